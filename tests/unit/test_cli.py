"""The command line as a process: exit codes, streams, and what is said of input that cannot be checked."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.charts import chart, packed, serve_index
from tests.gitrepo import GitRepo, init
from tests.hosts import running
from tests.support import tool
from tests.unit.pipeline.releasing import from_repository, release, repository_of

_HEAVY = ("github", "requests", "jsonschema", "kubernetes", "rich", "cel_expr_python", "gitops_action.validate.formats")
CANARY = "hunter2-canary-91"


def config_map(name: str, value: str = '"1"') -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  key: {value}\n"


def kustomization(*resources: str, suffix: str = "") -> str:
    lines = "".join(f"- {resource}\n" for resource in resources)
    return f"namePrefix: {suffix or 'x'}-\nresources:\n{lines}"


def cli(*arguments: str, cwd: Path, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, **env},
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def report(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    data = json.loads(done.stdout)
    assert isinstance(data, dict)
    return data


def codes(done: subprocess.CompletedProcess[str]) -> set[str]:
    findings = report(done)["findings"]
    assert isinstance(findings, list)
    return {finding["code"] for finding in findings}


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return what becomes of each object that does not stay as it is, by "target environment/name"."""
    changes = report(done)["changes"]
    assert isinstance(changes, list)
    return {
        f"{change['environment']}/{change['resource']['name']}": change["outcome"]
        for change in changes
        if change["outcome"] != "unchanged"
    }


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


@pytest.fixture
def fleet(repo: GitRepo) -> GitRepo:
    """One base and two overlays, and a plain file."""
    repo.commit(
        {
            "apps/base/kustomization.yaml": kustomization("cm.yaml"),
            "apps/base/cm.yaml": config_map("cm"),
            "apps/staging/kustomization.yaml": kustomization("../base", suffix="s"),
            "apps/production/kustomization.yaml": kustomization("../base", suffix="p"),
            "plain.yaml": config_map("plain"),
        }
    )
    return repo


def check(repo: GitRepo, base: str, head: str = "HEAD", *more: str) -> subprocess.CompletedProcess[str]:
    return cli("check", "--base", base, "--head", head, "--output", "json", *more, cwd=repo.path)


# What cannot be checked


def test_no_repository(tmp_path: Path) -> None:
    done = cli("check", "--base", "a", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not a Git repository (check out" in done.stderr


def test_unknown_revision(fleet: GitRepo) -> None:
    done = cli("check", "--base", "nope", cwd=fleet.path)
    assert done.returncode == 2
    assert "unknown revision 'nope'" in done.stderr


def test_no_commits(repo: GitRepo) -> None:
    done = cli("check", "--all", cwd=repo.path)
    assert done.returncode == 2
    assert "has no commits yet" in done.stderr


@pytest.mark.parametrize("arguments", [("check", "--all"), ("validate",), ("validate", "--fail-on", "never")])
def test_no_manifests_is_never_valid(repo: GitRepo, arguments: tuple[str, ...]) -> None:
    repo.commit({"README.md": "nothing\n"})
    done = cli(*arguments, cwd=repo.path)
    assert done.returncode != 0
    assert "no-manifests" in done.stdout
    assert "passed" not in done.stdout


def test_missing_renderer(fleet: GitRepo, tmp_path: Path) -> None:
    only = tmp_path / "bin"
    only.mkdir()
    (only / "git").symlink_to(os.popen("command -v git").read().strip())  # noqa: S605, S607 - to have Git and nothing else
    script = (
        "import sys; sys.executable = '/nowhere/python'; sys.argv = ['x', 'validate', 'apps'];"
        "from gitops_action.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=fleet.path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(only), "GITOPS_TOOL_CACHE": str(tmp_path / "none"), "HOME": str(tmp_path)},
    )
    assert done.returncode == 3
    assert "kustomize" in done.stderr
    assert "install" in done.stderr.lower()


def test_bad_files_do_not_hide_each_other(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(config_map("a", "1"))
    (tmp_path / "latin.yaml").write_bytes(config_map("b", '"\xe9"').encode("latin-1"))
    aliases = "".join(f"k{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    (tmp_path / "bomb.yaml").write_text(f"k0: &a0 [x]\n{aliases}")
    with (tmp_path / "big.yaml").open("wb") as big:
        big.truncate(100 * 1024 * 1024)
    os.mkfifo(tmp_path / "pipe.yaml")
    done = cli("validate", "--output", "json", cwd=tmp_path)
    assert done.returncode == 1
    assert codes(done) >= {"wrong-type", "file-encoding", "yaml-alias-expansion", "file-too-large", "file-unreadable"}


def test_broken_kustomization_leaves_the_others(fleet: GitRepo) -> None:
    base = fleet.commits[-1]
    fleet.commit(
        {
            "apps/staging/kustomization.yaml": kustomization("../base", "gone.yaml", suffix="s"),
            "apps/base/cm.yaml": config_map("cm", '"2"'),
        }
    )
    done = check(fleet, base)
    assert done.returncode == 1
    # Never a deletion: nobody knows what staging would have become.
    assert outcomes(done) == {"staging/s-x-cm": "unknown", "production/p-x-cm": "update"}
    done = check(fleet, base, "HEAD", "--fail-on", "never")
    assert done.returncode == 3


def test_each_output_file_is_written_as_its_ending_says(fleet: GitRepo) -> None:
    names = ["a.json", "a.html", "a.sarif", "a.xml", "a.md", "a.txt", "a", "a.out"]
    given = [argument for name in names for argument in ("--output-file", name)]
    done = cli("validate", *given, "--output", "markdown", cwd=fleet.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = {name: (fleet.path / name).read_text() for name in names}
    assert json.loads(written["a.json"])["verdict"] == "passed"
    assert json.loads(written["a.sarif"])["version"] == "2.1.0"
    assert written["a.html"].startswith("<!doctype html>")
    assert written["a.xml"].startswith("<?xml")
    assert written["a.txt"].splitlines()[-1].startswith("passed")
    assert written["a.md"] == written["a"] == written["a.out"] != written["a.txt"]


def test_manifests_have_forms_of_their_own(fleet: GitRepo) -> None:
    done = cli("render", *("--output-file", "a.yaml", "--output-file", "a.json"), cwd=fleet.path)
    assert (done.returncode, done.stdout) == (0, "")
    assert (fleet.path / "a.yaml").read_text() == cli("render", "apps", "plain.yaml", cwd=fleet.path).stdout
    assert json.loads((fleet.path / "a.json").read_text())[0]["kind"] == "ConfigMap"
    done = cli("render", "--output-file", "a.html", cwd=fleet.path)
    assert (done.returncode, "manifests have no form html" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("no/such/report.json", "there is no folder no/such: make it first"),
        ("apps", "it is a folder: name a file in it"),
    ],
)
def test_output_file_without_a_folder_is_said_before_the_work(fleet: GitRepo, file: str, reason: str) -> None:
    # Nothing is validated: that the named file is not there would be said otherwise.
    done = cli("validate", "gone.yaml", "--output-file", file, cwd=fleet.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}: {reason}" in done.stderr
    assert "gone.yaml" not in done.stderr


def test_output_file_that_cannot_be_written(fleet: GitRepo) -> None:
    name = f"{'x' * 300}.json"
    done = cli("validate", "--output-file", name, "--output-file", "a.md", cwd=fleet.path)
    assert done.returncode == 2
    assert "cannot be written: File name too long" in done.stderr
    # What is in neither file is in the output.
    assert report(done)["verdict"] == "passed"
    assert (fleet.path / "a.md").exists()


def test_standard_input_alone(tmp_path: Path) -> None:
    done = cli("validate", "-", "--output", "json", cwd=tmp_path, stdin=config_map("a", "1").encode())
    assert done.returncode == 1
    assert codes(done) == {"wrong-type"}
    assert cli("validate", "-", "x.yaml", cwd=tmp_path).returncode == 2


# What a change affects


def test_all_overlays_of_a_changed_base(fleet: GitRepo) -> None:
    base = fleet.commits[-1]
    fleet.commit({"apps/base/cm.yaml": config_map("cm", "2")})
    done = check(fleet, base)
    assert outcomes(done) == {"staging/s-x-cm": "update", "production/p-x-cm": "update"}
    findings = report(done)["findings"]
    assert isinstance(findings, list)
    assert {(it["file"], it["line"], it["environment"]) for it in findings} == {
        ("apps/base/cm.yaml", 6, "staging"),
        ("apps/base/cm.yaml", 6, "production"),
    }


def test_deleted_overlay(fleet: GitRepo) -> None:
    base = fleet.commits[-1]
    fleet.commit({"apps/staging/kustomization.yaml": None})
    assert outcomes(check(fleet, base)) == {"staging/s-x-cm": "delete"}


def test_only_the_branch_s_own_changes(fleet: GitRepo) -> None:
    fork = fleet.commits[-1]
    fleet.commit({"plain.yaml": config_map("plain", '"of main"')})
    fleet.branch("topic", fork)
    fleet.commit({"apps/production/kustomization.yaml": kustomization("../base", suffix="q")})
    done = check(fleet, "main", "topic")
    assert outcomes(done) == {"production/p-x-cm": "delete", "production/q-x-cm": "create"}
    assert report(done)["base"] == fork


def test_shallow_clone(fleet: GitRepo, tmp_path: Path) -> None:
    fork = fleet.commits[-1]
    fleet.commit({"plain.yaml": config_map("plain", '"2"')})
    fleet.branch("topic", fork)
    fleet.commit({"plain.yaml": config_map("plain", '"3"')})
    clone = fleet.clone(tmp_path / "clone", "--depth=1", "--no-single-branch")
    done = cli("check", "--base", "origin/main", "--head", "origin/topic", "--output", "json", cwd=clone)
    assert "merge-base-unknown" in codes(done)
    missing = cli("check", "--base", fork, cwd=clone)
    assert missing.returncode == 2
    assert "fetch-depth: 0" in missing.stderr


def test_bare_clone_gives_the_same(fleet: GitRepo, tmp_path: Path) -> None:
    base = fleet.commits[-1]
    fleet.commit({"plain.yaml": config_map("plain", '"2"')})
    clone = fleet.clone(tmp_path / "bare.git", "--bare")
    done = cli("check", "--repo", str(clone), "--base", base, "--output", "json", cwd=tmp_path)
    assert list(outcomes(done).values()) == ["update"]


def test_work_tree_stays_as_it_is(fleet: GitRepo) -> None:
    base = fleet.commits[-1]
    fleet.commit({"apps/base/cm.yaml": config_map("cm", '"2"')})

    def state() -> dict[str, tuple[int, bytes]]:
        files = (path for path in fleet.path.rglob("*") if path.is_file())
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = state()
    assert check(fleet, base).returncode == 0
    assert state() == before


def test_changed_since_sees_the_working_tree(fleet: GitRepo) -> None:
    assert codes(cli("validate", "--changed-since", "HEAD", "--output", "json", cwd=fleet.path)) == {"nothing-affected"}
    (fleet.path / "apps/base/cm.yaml").write_text(config_map("cm", "2"))
    done = cli("validate", "--changed-since", "HEAD", "--output", "json", cwd=fleet.path)
    assert (done.returncode, codes(done)) == (1, {"wrong-type"})


def test_validate_a_folder_whose_overlay_reads_its_neighbour(fleet: GitRepo) -> None:
    for path in ("apps/staging", "apps/base/cm.yaml"):
        done = cli("validate", path, "--output", "json", cwd=fleet.path)
        assert done.returncode == 0, done.stdout
        coverage = report(done)["coverage"]
        assert isinstance(coverage, dict)
        assert coverage["resources"] == (1 if path == "apps/staging" else 2)


# Secrets, streams, cost


def test_secrets_are_in_no_output(fleet: GitRepo) -> None:
    base = fleet.commits[-1]
    secret = (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: {CANARY}\n  more: [{CANARY}]\n"
    )
    fleet.commit({"secret.yaml": secret})
    for form in ("json", "text", "markdown"):
        for arguments in (("check", "--base", base), ("diff", "--base", base), ("validate",), ("render",)):
            done = cli(*arguments, "--output", form, cwd=fleet.path)
            assert done.returncode in {0, 1}
            assert CANARY not in done.stdout + done.stderr, arguments
    assert CANARY in cli("render", "--show-secrets", cwd=fleet.path).stdout


@pytest.mark.tools
def test_offline_no_host_is_asked_for_a_chart(tmp_path: Path) -> None:
    with running() as host:
        source = repository_of(serve_index(host, {("web", "1.0.0"): packed(chart())}))
        text = f"{source}---\n{release(spec=from_repository(version='1.0.0'))}"
        (tmp_path / "release.yaml").write_text(text)
        path = os.pathsep.join([str(tool("helm").parent), os.environ["PATH"]])
        for arguments in (("validate",), ("render",)):
            done = cli(*arguments, "--offline", cwd=tmp_path, GITOPS_TOOL_CACHE=str(tmp_path / "cache"), PATH=path)
            assert "nothing is fetched offline" in done.stdout + done.stderr
        assert host.asked == []
        done = cli("render", cwd=tmp_path, GITOPS_TOOL_CACHE=str(tmp_path / "cache"), PATH=path)
        assert "kind: Deployment" in done.stdout
        done = cli("render", "--offline", cwd=tmp_path, GITOPS_TOOL_CACHE=str(tmp_path / "cache"), PATH=path)
        assert "kind: Deployment" in done.stdout


_PRINTING = (
    *(("check", "--all"), ("diff", "--all"), ("matrix", "--all"), ("validate",), ("render",), ("doctor",)),
    *(("promote", "status"), ("explain", "unknown-field"), ("--help",), ("check", "--help"), ("--version",)),
)


@pytest.mark.parametrize("arguments", _PRINTING, ids=" ".join)
def test_standard_output_that_cannot_be_written(fleet: GitRepo, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = _streams(fleet, *arguments, stdout=full.fileno())
    assert (done.returncode, done.stderr) == (
        3,
        b"gitops-action: standard output cannot be written: No space left on device\n",
    )


@pytest.mark.parametrize("arguments", [("render", "--all"), ("promote", "status", "--head", "gone"), ("nonsense",)])
def test_standard_error_that_cannot_be_written(fleet: GitRepo, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = _streams(fleet, *arguments, stderr=full.fileno())
    assert done.returncode in {2, 3}, "and no crash"


def test_standard_output_that_is_closed(fleet: GitRepo) -> None:
    command = f"'{sys.executable}' -m gitops_action validate >&-"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=fleet.path, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)
    assert done.stderr.startswith(b"gitops-action: standard output cannot be written: ")


def _streams(repo: GitRepo, *arguments: str, **streams: int) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "gitops_action", *arguments]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(command, cwd=repo.path, check=False, **both)  # type: ignore[call-overload,no-any-return]


def test_broken_pipe_is_no_verdict(fleet: GitRepo) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", "validate"],
        cwd=fleet.path,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_interrupt(fleet: GitRepo) -> None:
    # It waits for standard input until the signal comes.
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "gitops_action", "validate", "-"],
        cwd=fleet.path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that puts the tests into the background has the signal ignored, also by what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads in the child
    ) as process:
        assert process.stderr is not None
        while b"gitops_action.pipeline.validate" not in process.stderr.readline():
            pass
        # One that comes while a module is being imported may be lost in a callback of Python's own.
        # A second one while it ends would end it in Python's own way, so that there is time for that.
        for _ in range(6):
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
                break
        _, err = process.communicate(timeout=60)
    # Python ends itself by the signal if it came while text was executed, as where a dataclass is made: 130 to a shell as well.
    assert process.returncode in {130, -signal.SIGINT}
    assert b"Traceback" not in err


def test_a_crash_says_so_and_leaves_a_log(tmp_path: Path) -> None:
    script = (
        "import sys, gitops_action.codes as codes; sys.argv = ['x', 'explain', 'no-manifests']\n"
        f"def fail(code): raise RuntimeError('{CANARY}')\n"
        "codes.explain = fail; from gitops_action.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    (log,) = tmp_path.glob("gitops-action-crash-*.log")
    assert done.returncode == 3
    assert str(log) in done.stderr
    assert CANARY not in done.stderr
    assert "RuntimeError" in log.read_text()


def _loaded(arguments: list[str], cwd: Path) -> set[str]:
    """Return the modules that a command has loaded in the end, and the packages that they are of."""
    script = (
        f"import sys; sys.argv = ['gitops-action', *{arguments!r}]\nfrom gitops_action.cli import main\n"
        "try: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True, check=True)
    names = done.stderr.splitlines()[-1].split()
    assert "gitops_action.cli" in names
    return {name[:end] for name in names for end, mark in enumerate(f"{name}.") if mark == "."}


# What no command needs that only reads or judges files, and then what is needed for the one or the other only.
_PARSING = frozenset({"yaml", "json", "gitops_action.repository", "gitops_action.config", "subprocess", "socket"})
_JUDGING = frozenset(
    {"jsonschema_rs", "gitops_action.validate.rules.pods", "gitops_action.validate.cel", "celpy", "cel"}
)
_RENDERING = frozenset(
    {
        *("gitops_action.render.kustomize", "gitops_action.render.helm.values", "gitops_action.render.helm.program"),
        *("gitops_action.pipeline.release_job", "gitops_action.adapters.workspace", "concurrent"),
    }
)
_REMOTE = frozenset(
    {
        *("asyncio", "http.client", "multiprocessing", "ssl", "urllib.request", "xml", "sqlite3", "unittest", "pydoc"),
        *("gitops_action.adapters.control_plane", "gitops_action.adapters.github", "gitops_action.adapters.https"),
        *("gitops_action.adapters.schema_store", "gitops_action.report.markdown"),
    }
)


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], _REMOTE | _PARSING | _JUDGING | _RENDERING | {"gitops_action.codes", "email"}),
        (["--version"], _REMOTE | _PARSING | _JUDGING | _RENDERING | {"gitops_action.codes", "email"}),
        (["explain", "wrong-type"], _REMOTE | _PARSING | _JUDGING | _RENDERING | {"email"}),
        (["validate", "--help"], _REMOTE | _PARSING | _JUDGING | _RENDERING | {"email"}),
        # jsonschema_rs itself loads socket and email.utils.
        (["validate", "plain.yaml"], _REMOTE | _RENDERING | _JUDGING - {"jsonschema_rs"}),
        (["render", "plain.yaml"], _REMOTE | _RENDERING | _JUDGING | {"email"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_commands_load_only_what_they_need(fleet: GitRepo, arguments: list[str], spared: frozenset[str]) -> None:
    assert not ({*_HEAVY} | spared) & _loaded(arguments, fleet.path)


@pytest.mark.tools
def test_rendering_does_not_load_what_judges(fleet: GitRepo) -> None:
    tool("kustomize")
    assert not ({*_HEAVY} | _REMOTE | _JUDGING) & _loaded(["render", "apps/base"], fleet.path)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str) -> None:
    program = Path(sys.executable).with_name("gitops-action")
    asked = {"COMP_WORDS": "gitops-action val", "COMP_CWORD": "val" if shell == "fish" else "1"}
    shown = [
        subprocess.run(
            [program], env={**os.environ, **asked, "_GITOPS_ACTION_COMPLETE": f"{shell}_{what}"},
            capture_output=True, text=True, check=True,
        ).stdout
        for what in ("source", "complete")
    ]  # fmt: skip
    assert "_GITOPS_ACTION_COMPLETE" in shown[0]
    assert "validate" in shown[1]


# What a word is taken for


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("check", "main..topic"), "name the ends of a range with --base main --head topic"),
        (("diff", "main...topic"), "name the ends of a range with --base main --head topic"),
        (
            ("check", "--base", "main..topic"),
            "--base main..topic: a range is no revision; name its ends: --base main --head",
        ),
        (("diff", "--base", "main..."), "name its ends: --base main --head HEAD"),
        (("check", "--base", "main", "--head", "a/b@{1}..topic~2"), "unknown revision"),
        (("matrix", "--base", "..v1.0"), "name its ends: --base HEAD --head v1.0"),
        (("check", "apps"), "files are for `gitops-action validate`"),
        (("init", "--via", "helm"), "'helm' is not one of 'apply', 'flux'."),
        (("report", "render", "none.json"), "none.json: it cannot be read: No such file or directory\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_words_that_are_meant_otherwise(fleet: GitRepo, arguments: tuple[str, ...], hint: str) -> None:
    done = cli(*arguments, cwd=fleet.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr
    assert "init repository" not in done.stderr


def test_a_report_from_standard_input(fleet: GitRepo) -> None:
    written = cli("validate", "--output", "json", cwd=fleet.path).stdout
    done = cli("report", "render", "-", cwd=fleet.path, stdin=written.encode())
    assert (done.returncode, done.stdout) == (0, cli("validate", cwd=fleet.path).stdout)


def test_a_report_is_not_merged_with_itself(fleet: GitRepo) -> None:
    written = cli("validate", "--output", "json", cwd=fleet.path).stdout
    for name in ("a.json", "b.json"):
        (fleet.path / name).write_text(written)
    for names in (("a.json", "a.json"), ("a.json", "b.json")):
        done = cli("report", "merge", *names, cwd=fleet.path)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{names[1]} and a.json are one report" in done.stderr
    assert cli("report", "merge", "a.json", cwd=fleet.path).returncode == 0


# What is not committed


@pytest.mark.parametrize("command", ["check", "diff"])
def test_what_is_not_committed_is_said_not_to_be_looked_at(fleet: GitRepo, command: str) -> None:
    def said(*more: str, github: str = "") -> list[str]:
        done = cli(command, "--base", fleet.commits[-1], *more, cwd=fleet.path, GITHUB_ACTIONS=github)
        assert done.returncode == 0
        return [line for line in done.stdout.splitlines() if "[uncommitted]" in line]

    assert said() == []
    (fleet.path / "apps/base/cm.yaml").write_text("kind: [")
    (line,) = said()
    assert line.startswith("info: apps/base/cm.yaml is changed and not committed: it was not looked at; commit it, or ")
    (fleet.path / "new.json").write_text("{")
    (fleet.path / ".github").mkdir()
    (fleet.path / ".github/dependabot.yml").write_text("version: 2\n")
    (line,) = said()
    assert "2 files are changed and not committed: they were not looked at" in line
    assert said("--head", "HEAD") == said(github="true") == []
