"""The commands of promotion on a real repository, without GitHub."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.cli import app
from tests.github.fleet import CONFIG, deployment
from tests.github.fleet import app as application
from tests.gitrepo import GitRepo, init
from tests.support import CORPORA, require

if TYPE_CHECKING:
    from click.testing import Result

SOURCE, TARGET = "apps/web/staging/deployment.yaml", "apps/web/production/deployment.yaml"


def invoke(*words: str) -> Result:
    from click.testing import CliRunner  # noqa: PLC0415

    return CliRunner().invoke(app, words, env={"GITHUB_TOKEN": "", "GH_TOKEN": ""}, catch_exceptions=True)


def run(*words: str) -> Result:
    return invoke("promote", *words)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    made = init(tmp_path / "repo")
    files = application("web", ("staging", "1.0", 1), ("production", "1.0", 5))
    made.commit({".gitops.yaml": CONFIG, **files}, "Begin")
    made.commit({SOURCE: deployment("web", "1.1", 2)}, "Release 1.1 (#3)")
    monkeypatch.chdir(made.path)
    return made


@pytest.mark.tools
def test_locally_only_the_work_tree_is_written(repo: GitRepo) -> None:
    refs = repo.git("for-each-ref")
    done = run("staging", "production", "--local")
    assert done.exit_code == 0, done.output
    assert (repo.path / TARGET).read_text() == deployment("web", "1.1", 5)
    assert repo.git("status", "--porcelain") == f"M {TARGET}"
    assert repo.git("for-each-ref") == refs
    assert "promote apps/web/production/deployment.yaml:15" in done.output
    assert done.output.endswith(f"\nwrote {TARGET}\n")
    repo.git("checkout", TARGET)
    assert json.loads(run("staging", "production", "--local", "--output", "json").stdout)["version"] == 1
    assert (
        "keep apps/web/production/deployment.yaml:6 Deployment/web spec.replicas: 1 → 2 (the target has 5)"
        in done.output
    )


@pytest.mark.tools
def test_a_dry_run_writes_nothing(repo: GitRepo) -> None:
    done = run("staging", "production", "--local", "--dry-run")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, f"would write {TARGET}")
    assert repo.git("status", "--porcelain") == ""
    assert run("production", "staging", "--local").stdout.endswith("\nNothing to write.\n")


def test_help_has_what_promotes_first() -> None:
    shown = run("--help").stdout
    assert all(word in shown for word in ("--local", "--dry-run", "--component", "reconcile", "FROM TO"))
    assert "  [" not in invoke("promote", "staging", "production", "--help").stdout.splitlines()[0]
    assert "Usage: gitops-action promote [OPTIONS]" in _usage("promote", "a")
    assert "--from a --to b" in _usage("promote", "plan", "a", "b")
    assert "--from FROM --to TO" in _usage("promote", "plan", "a")
    assert "rollback" not in run("plan", "--help").stdout


@pytest.mark.tools
@pytest.mark.usefixtures("repo")
def test_options_before_the_environments() -> None:
    assert run("--dry-run", "--local", "staging", "production").stdout.endswith(f"would write {TARGET}\n")


def _usage(*words: str) -> str:
    from click.testing import CliRunner  # noqa: PLC0415

    done = CliRunner().invoke(app, words, prog_name="gitops-action")
    assert done.exit_code == 2
    return done.stderr


@pytest.mark.tools
def test_files_that_people_are_working_on_are_left_alone(repo: GitRepo) -> None:
    (repo.path / TARGET).write_text("mine")
    done = run("staging", "production", "--local")
    assert done.exit_code != 0
    assert "commit or discard" in str(done.exception)
    assert (repo.path / TARGET).read_text() == "mine"


@pytest.mark.tools
def test_what_is_to_be_decided_ends_with_1(repo: GitRepo) -> None:
    repo.commit({SOURCE: deployment("web", "1.1", 2).replace("app: web", "app: a")})
    repo.commit({TARGET: deployment("web", "1.0", 5).replace("app: web", "app: b")})
    done = run("staging", "production", "--local")
    assert done.exit_code == 1
    assert "conflict" in done.output


@pytest.mark.tools
def test_gates_hold_nothing_back_locally(repo: GitRepo) -> None:
    repo.commit(
        {".gitops.yaml": CONFIG.replace("to: production}", "to: production, gates: {soak: 9w, statuses: [x]}}")}
    )
    assert "not known: GitHub was not asked" in run("plan").output
    assert run("staging", "production", "--local").exit_code == 0
    assert (repo.path / TARGET).read_text() == deployment("web", "1.1", 5)


def test_what_was_not_looked_at_is_said(repo: GitRepo) -> None:
    assert "whether anything is locked is not known" in run("plan").stderr
    repo.git("remote", "add", "origin", str(repo.path))
    assert run("plan").stderr == ""


def test_a_plan_as_text_and_json(repo: GitRepo) -> None:
    assert "web: to promote (1 of 1 changes)" in run("plan").stdout
    found = json.loads(run("plan", "--output", "json").stdout)
    (one,) = found["promotions"]
    assert (one["state"], one["files"], one["branch"]) == ("ready", [TARGET], "promote/web/staging-production")
    assert [source["subject"] for source in one["pending"]] == ["Release 1.1 (#3)"]
    assert repo.git("status", "--porcelain") == ""


def test_the_environments_side_by_side(repo: GitRepo) -> None:
    assert run("status").stdout == (
        "component  staging  production\n"
        f"web        web:1.1  web:1.0, to promote 1 from staging since {repo.commits[0][:8]}\n"
    )
    versions: list[dict[str, Any]] = json.loads(run("status", "--output", "json").stdout)["versions"]
    assert [(one["environment"], one["versions"]) for one in versions] == [
        ("staging", ["web:1.1"]),
        ("production", ["web:1.0"]),
    ]


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("staging",), "Missing argument"),
        (("staging", "prod", "--local"), "no directory"),
        (("staging", "production", "--component", "api", "--local"), "no component `api` (components: web)"),
        (("staging", "production", "--since", "v9", "--local"), "unknown revision"),
        (("staging", "production", "--mode", "fields", "--local"), "needs `fields`"),
        (("staging", "production"), "GITHUB_TOKEN"),
        (("plan", "--from", "staging"), "both environments"),
        (("reconcile",), "GITHUB_TOKEN"),
    ],
)
def test_what_is_wrong_is_said(words: tuple[str, ...], told: str) -> None:
    done = run(*words)
    assert done.exit_code != 0
    assert told in f"{done.output}{done.exception}"


@pytest.mark.tools
def test_a_configured_path_that_means_nothing_is_named(repo: GitRepo) -> None:
    settings = "version: 1\nenvironments:\n  dev: {paths: [apps/nope]}\n  production: {paths: ['apps/*/production']}\n"
    repo.commit({".gitops.yaml": settings})
    done = run("dev", "production", "--local")
    said = f"{done.output}{done.exception}"
    assert "environment `dev` has no directory in" in said
    assert "nothing is in `apps/nope` (.gitops.yaml:3:17)" in said


@pytest.mark.tools
@pytest.mark.corpora
def test_the_example_of_flux_keeps_what_is_productions_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = Path(CORPORA) / "flux2-kustomize-helm-example"
    require(example.is_dir(), "the corpora")
    shutil.copytree(example, tmp_path / "fleet")
    monkeypatch.chdir(tmp_path / "fleet")
    made = init(tmp_path / "fleet")
    files = {
        str(path.relative_to(made.path)): path.read_bytes()
        for path in made.path.rglob("*")
        if path.is_file() and ".git/" not in str(path)
    }
    made.commit(files, "The example")
    values = "apps/staging/podinfo-values.yaml"
    old = (made.path / values).read_text()
    made.commit({values: old.replace("  values:\n", "  values:\n    redis:\n      tag: 8.7.0\n")}, "Newer redis")
    before = (made.path / "apps/production/podinfo-values.yaml").read_text()
    done = run("staging", "production", "--local")
    assert done.exit_code == 0, done.output
    after = (made.path / "apps/production/podinfo-values.yaml").read_text()
    assert after.splitlines() == [*before.splitlines(), "    redis:", "      tag: 8.7.0"]
    for own in ("podinfo.production", '">=1.0.0"'):
        assert own in after
    assert "test:" not in after
    assert made.git("status", "--porcelain").split() == ["M", "apps/production/podinfo-values.yaml"]
    # A range that production has otherwise is for people.
    os.chdir(made.path)
    made.git("checkout", "--quiet", ".")
    made.commit({values: (made.path / values).read_text().replace(">=1.0.0-alpha", ">=2.0.0-alpha")}, "Next major")
    done = run("staging", "production", "--local")
    assert done.exit_code == 1
    assert "range of versions" in done.output
    assert made.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("lock", "production", "web", "--reason", "incident", "--for", "2h"), "web in production is locked by"),
        (("lock", "prodution", "--reason", "x"), "no environment `prodution`"),
        (("lock", "production", "wbe", "--reason", "x"), "no component `wbe`"),
        (("lock", "production", "--reason", "x", "--for", "ever"), "no length of time"),
        (("lock", "production"), "--reason"),
        (("unlock", "production"), "not locked"),
    ],
)
def test_locks(repo: GitRepo, words: tuple[str, ...], told: str) -> None:
    repo.git("remote", "add", "origin", str(init(repo.path.parent / "origin", bare=True).path))
    done = invoke(*words)
    assert told in f"{done.output}{done.exception}"
    assert bool(done.exit_code) == ("is locked by" not in told)


def test_a_lock_is_seen_in_the_plan_and_taken_away(repo: GitRepo) -> None:
    repo.git("remote", "add", "origin", str(init(repo.path.parent / "origin", bare=True).path))
    assert invoke("lock", "production", "--reason", "freeze").exit_code == 0
    assert "web: locked" in run("plan").output
    assert "Unlocked: production is locked by" in invoke("unlock", "production").output
    assert "web: to promote" in run("plan").output


def test_the_doctor_knows_the_paths_that_a_plan_takes(repo: GitRepo) -> None:
    repo.commit({".gitops.yaml": None})
    told = "the names of directories tell staging → production"
    assert told in invoke("doctor", "--job", "promote", "--offline").stdout
    assert told in run("plan").stderr
