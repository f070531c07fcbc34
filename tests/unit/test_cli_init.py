"""`init` and `create` on the command line: what is shown, what is written, and that it is all or nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops_action.cli import app
from gitops_action.config.load import load
from gitops_action.errors import GitOpsError, UsageError
from tests.gitrepo import GitRepo, init
from tests.unit.scaffold import manifest

if TYPE_CHECKING:
    from click.testing import Result
    from syrupy.assertion import SnapshotAssertion

BOTH = ("--environments", "staging,production")


def run(*words: str, input: str | None = None) -> Result:  # noqa: A002 - the runner's name for it
    from click.testing import CliRunner  # noqa: PLC0415

    return CliRunner().invoke(app, words, input=input, env={"GITHUB_TOKEN": "", "GH_TOKEN": ""})


def refused(*words: str) -> str:
    """Run what must be refused, and return what is said."""
    done = run(*words)
    assert isinstance(done.exception, GitOpsError), done.output
    assert done.exception.exit_code == UsageError.exit_code
    return str(done.exception)


def snapshot_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "fleet"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def repo(folder: Path) -> GitRepo:
    return init(folder)


@pytest.mark.parametrize("via", ["apply", "flux"])
def test_the_plan_is_shown_first(repo: GitRepo, via: str, snapshot: SnapshotAssertion) -> None:
    done = run("init", "--via", via, *BOTH, "--dry-run")
    assert done.exit_code == 0
    assert done.output == snapshot
    assert snapshot_of(repo.path) == {}


def test_the_readme_of_a_new_repository(folder: Path, snapshot: SnapshotAssertion) -> None:
    for via in ("apply", "flux"):
        (folder / via).mkdir()
        assert run("init", "--via", via, *BOTH, "--yes", "--repo", via).exit_code == 0
        assert (folder / via / "README.md").read_text() == snapshot(name=via)


def test_help_has_the_options_and_the_further_words() -> None:
    shown = run("init", "--help").output
    assert "--environments" in shown
    assert "--adopt" in shown
    assert "flux" in shown.partition("Commands:")[2]


def test_it_is_written_once_and_then_unchanged(repo: GitRepo) -> None:
    assert run("init", "--via", "apply", *BOTH, "--yes").exit_code == 0
    before = snapshot_of(repo.path)
    done = run("init", "--via", "apply", *BOTH)
    assert done.exit_code == 0
    assert "0 to write" in done.output
    assert "Nothing was to be written." in done.output
    assert snapshot_of(repo.path) == before


def test_nobody_to_ask_is_an_error(repo: GitRepo) -> None:
    assert "no terminal to ask on: add --yes" in refused("init", "--via", "apply", *BOTH)
    assert snapshot_of(repo.path) == {}


def test_what_is_there_is_left_and_said(repo: GitRepo) -> None:
    (repo.path / "README.md").write_text("ours\n")
    (repo.path / "apps").write_text("a file where a folder is needed\n")
    (repo.path / "clusters").symlink_to("/tmp")
    done = run("init", "--via", "apply", *BOTH, "--yes")
    assert done.exit_code == 0, done.output
    assert "README.md: it is there with other content" in done.output
    assert "apps/base/web/deployment.yaml: something that is no file has this name" in done.output
    assert (repo.path / "README.md").read_text() == "ours\n"
    assert (repo.path / "apps").is_file()
    assert not Path("/tmp/staging").exists()
    # The README does not say what is left to do, so it is printed.
    assert "kubectl apply --server-side -k access" in done.output


def test_a_folder_without_git_is_told_how(folder: Path) -> None:
    done = run("init", "--via", "apply", *BOTH, "--yes")
    assert done.exit_code == 0
    assert "`git init --initial-branch=main`" in done.output
    assert (folder / ".gitops.yaml").is_file()


def test_the_main_branch_is_the_repositorys(folder: Path) -> None:
    init(folder).git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert run("init", "--via", "apply", *BOTH, "--yes").exit_code == 0
    assert "branches: [trunk]" in (folder / ".github/workflows/gitops-deploy.yml").read_text()


def test_a_commit_pins_the_workflows(repo: GitRepo) -> None:
    sha = "0123456789abcdef0123456789abcdef01234567"
    assert run("init", "--via", "apply", *BOTH, "--yes", "--action-ref", sha).exit_code == 0
    assert f"check.yml@{sha}\n" in (repo.path / ".github/workflows/gitops-check.yml").read_text()
    assert not (repo.path / ".github/zizmor.yml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "flux; and name the environments"),
        (("--environments", "a,b"), "say who writes to the clusters"),
        (("--via", "apply"), "name the environments"),
        (("--via", "apply", "--environments", "a,a"), "named twice"),
        (("--via", "apply", "--environments", "a b"), "cannot be an environment"),
        (("--via", "apply", *BOTH, "--app", "Web"), "--app"),
        (("--via", "apply", *BOTH, "--branch", "a b"), "--branch"),
        (("--via", "apply", *BOTH, "--code-owner", "team"), "--code-owner"),
        (("--via", "apply", *BOTH, "--action-ref", "v0 x"), "--action-ref"),
        (("--via", "apply", *BOTH, "--repo", "absent"), "absent is not a folder"),
        (("--adopt",), "holds no Kubernetes configuration to adopt"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(repo: GitRepo, words: tuple[str, ...], said: str) -> None:
    assert said in refused("init", *words, "--yes")
    assert snapshot_of(repo.path) == {}


def test_a_folder_in_the_middle_of_a_repository_is_refused(repo: GitRepo) -> None:
    (repo.path / "sub").mkdir()
    assert "workflows belong at its top" in refused("init", "--via", "apply", *BOTH, "--repo", "sub")


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    bare = init(tmp_path / "bare.git", bare=True)
    assert "it has no work tree" in refused("init", "--via", "apply", *BOTH, "--repo", str(bare.path))


def test_no_git_is_an_error_that_says_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    done = run("init", "--via", "apply", *BOTH, "--yes")
    assert "install Git" in str(done.exception)
    assert snapshot_of(folder) == {}


def test_a_disk_that_is_full_in_the_middle_leaves_nothing(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    count = [0]
    link = os.link

    def full(source: str, target: str) -> None:
        count[0] += 1
        if count[0] == 20:
            raise OSError(28, "No space left on device")
        link(source, target)

    monkeypatch.setattr(os, "link", full)
    assert "No space left on device; nothing was written" in refused("init", "--via", "flux", *BOTH, "--yes")
    assert [path.name for path in repo.path.iterdir()] == [".git"]


# What others have for the same purpose


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (".github/zizmor.yaml", ".github/zizmor.yml"),
        ("zizmor.yml", ".github/zizmor.yml"),
        ("CODEOWNERS", ".github/CODEOWNERS"),
        ("docs/CODEOWNERS", ".github/CODEOWNERS"),
        (".github/dependabot.yaml", ".github/dependabot.yml"),
        (".gitops.yml", ".gitops.yaml"),
        ("README.rst", "README.md"),
    ],
)
def test_what_has_the_same_purpose_is_not_pushed_aside(repo: GitRepo, theirs: str, ours: str) -> None:
    (repo.path / theirs).parent.mkdir(exist_ok=True)
    (repo.path / theirs).write_text("version: 1\n")
    done = run("init", "--via", "apply", *BOTH, "--yes")
    assert done.exit_code == 0, done.output
    assert not (repo.path / ours).exists()
    assert f"{theirs} has the purpose of {ours}, which is left out" in done.output
    assert ("Next steps:" in done.output) == (ours == "README.md")


def test_a_zizmor_configuration_that_is_there_is_told_what_to_trust(repo: GitRepo) -> None:
    (repo.path / ".github").mkdir()
    (repo.path / ".github/zizmor.yml").write_text("rules: {}\n")
    done = run("init", "--via", "apply", *BOTH, "--yes")
    assert "`gitops-action/*: ref-pin`" in done.output
    pinned = run(
        "init", "--via", "apply", *BOTH, "--dry-run", "--action-ref", "0123456789abcdef0123456789abcdef01234567"
    )
    assert "ref-pin" not in pinned.output


# Adopting


def test_another_configuration_is_left_alone(repo: GitRepo) -> None:
    repo.commit(
        {
            ".gitops.yml": "version: 1\nenvironments:\n  live: {paths: [deploy/live]}\n",
            "deploy/live/kustomization.yaml": "resources: [a.yaml]\n",
            "deploy/live/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        }
    )
    done = run("init", "--adopt", "--yes")
    assert done.exit_code == 0, done.output
    assert not (repo.path / ".gitops.yaml").exists()
    assert ".gitops.yml has the purpose of .gitops.yaml" in done.output
    assert "environment: [live]" in (repo.path / ".github/workflows/gitops-deploy.yml").read_text()


def test_only_configuration_and_workflows_are_written(repo: GitRepo) -> None:
    manifests = {
        f"apps/{name}/a.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"
        for name in ("dev", "prod")
    }
    repo.commit(manifests)
    assert run("init", "--adopt", "--yes").exit_code == 0
    written = set(snapshot_of(repo.path)) - set(manifests)
    assert all(
        path in {".gitops.yaml", ".github/zizmor.yml"} or path.startswith(".github/workflows/gitops-")
        for path in written
    )
    assert "environments:\n  dev:\n    paths: [apps/dev]\n" in (repo.path / ".gitops.yaml").read_text()
    assert "{from: dev, to: prod}" in (repo.path / ".gitops.yaml").read_text()


def test_names_that_cannot_be_environments_are_left_out_and_said(repo: GitRepo) -> None:
    repo.commit(
        {
            f"clusters/{name}/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
            for name in ("my cluster", "plan", "live", "a[1]")
        }
    )
    done = run("init", "--adopt", "--yes")
    assert done.exit_code == 0, done.output
    assert load((repo.path / ".gitops.yaml").read_bytes()).environments[0].name == "live"
    assert "cannot be environments by their names, and are left out: a[1], my cluster, plan" in done.output


@pytest.mark.parametrize("marker", ["", ' # {"$imagepolicy": "flux-system:web"}'])
def test_images_are_looked_for_where_there_are_markers(repo: GitRepo, marker: str) -> None:
    pod = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: a\n    image: a/b:1{marker}\n"
    repo.commit({"apps/dev/a.yaml": pod})
    assert run("init", "--adopt", "--yes").exit_code == 0
    assert (repo.path / ".github/workflows/gitops-images.yml").exists() is bool(marker)


def test_environments_that_are_not_there_are_refused(repo: GitRepo) -> None:
    repo.commit({"apps/dev/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    assert "production: not found here; there are dev" in refused("init", "--adopt", "--environments", "dev,production")


def test_a_configuration_that_cannot_be_read_is_an_error(repo: GitRepo) -> None:
    repo.commit({".gitops.yaml": "version: 2\n", "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    assert ".gitops.yaml:1:10" in refused("init", "--adopt", "--yes")


# Flux


def bootstrap(repo: GitRepo, *more: str, text: str = "") -> tuple[str, ...]:
    (repo.path.parent / "install.yaml").write_text(text or manifest.text())
    return (
        "init", "flux", "--owner", "octo", "--repository", "fleet", "--path", "clusters/staging", "--components",
        "../install.yaml", *more,
    )  # fmt: skip


def test_flux_is_set_up_in_the_repository(repo: GitRepo, snapshot: SnapshotAssertion) -> None:
    done = run(*bootstrap(repo, "--yes"))
    assert done.exit_code == 0, done.output
    assert done.output == snapshot
    assert set(snapshot_of(repo.path)) == {
        f"clusters/staging/flux-system/{name}"
        for name in ("gotk-components.yaml", "gotk-sync.yaml", "kustomization.yaml")
    }
    assert (repo.path / "clusters/staging/flux-system/gotk-components.yaml").read_text() == manifest.text()
    again = run(*bootstrap(repo))
    assert (again.exit_code, "3 files: 0 to write, 3 unchanged" in again.output) == (0, True)


@pytest.mark.parametrize(
    ("resources", "said"),
    [("apps.yaml", True), ("flux-system", False), ("./flux-system/", False), ("flux-system-2", True)],
)
def test_a_kustomization_that_leaves_flux_itself_out_is_said(repo: GitRepo, resources: str, said: bool) -> None:
    (repo.path / "clusters/staging").mkdir(parents=True)
    (repo.path / "clusters/staging/kustomization.yaml").write_text(f"resources:\n- {resources}\n")
    done = run(*bootstrap(repo, "--dry-run"))
    assert ("clusters/staging/kustomization.yaml does not list flux-system" in done.output) is said


def test_what_is_no_install_manifest_writes_nothing(repo: GitRepo) -> None:
    assert "install.yaml" in refused(*bootstrap(repo, "--yes", text="a: [1\n"))
    assert "it lacks" in refused(*bootstrap(repo, "--yes", text=manifest.text(manifest.objects()[:2])))
    assert "cannot be read" in refused(*bootstrap(repo, "--yes")[:-2], "absent.yaml")
    assert "give Flux's install manifest" in refused(
        "init", "flux", "--owner", "octo", "--repository", "fleet", "--path", "clusters/a", "--yes"
    )
    assert snapshot_of(repo.path) == {}


# Objects of Flux


SOURCE = ("create", "source", "git", "podinfo", "--url", "https://example.com/podinfo", "--branch", "main")


@pytest.fixture
def cluster(repo: GitRepo) -> GitRepo:
    assert run("init", "--via", "flux", *BOTH, "--yes").exit_code == 0
    return repo


def test_a_source_and_a_kustomization_are_written(cluster: GitRepo) -> None:
    assert run(*SOURCE, "--into", "clusters/staging").output == "Wrote clusters/staging/podinfo-source.yaml\n"
    done = run(
        "create", "kustomization", "podinfo", "--source", "podinfo", "--path", "./kustomize", "--prune", "--wait", "--into",
        "clusters/staging",
    )  # fmt: skip
    assert done.exit_code == 0
    assert done.stderr == ""
    text = (cluster.path / "clusters/staging/podinfo-kustomization.yaml").read_text()
    assert "wait: true" in text
    assert "timeout: 2m0s" in text


def test_nothing_is_written_by_a_look(cluster: GitRepo) -> None:
    before = snapshot_of(cluster.path)
    # Byte for byte what `flux create source git … --export` of Flux 2.9 prints.
    assert run(*SOURCE, "--export").output == (
        "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: podinfo\n  namespace: flux-system\n"
        "spec:\n  interval: 1m0s\n  ref:\n    branch: main\n  url: https://example.com/podinfo\n"
    )
    done = run(*SOURCE, "--into", "clusters/staging", "--dry-run")
    assert "clusters/staging/podinfo-source.yaml would hold:" in done.output
    assert snapshot_of(cluster.path) == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "name one with --into"),
        (("--into", "nowhere"), "there is no folder nowhere"),
        (("--into", "../x"), "--into"),
        (("--path-in-repo", "/etc/x.yaml"), "--path-in-repo"),
        (("--path-in-repo", "clusters/staging/apps.yaml"), "is there already"),
        (("--path-in-repo", ".git/x.yaml"), "Git's own folder"),
        (("--into", "clusters/staging", "--pull-request"), "GITHUB_TOKEN"),
    ],
)
def test_places_that_cannot_be(cluster: GitRepo, more: tuple[str, ...], said: str) -> None:
    before = snapshot_of(cluster.path)
    assert said in refused(*SOURCE, *more)
    assert snapshot_of(cluster.path) == before


def test_an_object_that_a_check_would_refuse_is_not_written(cluster: GitRepo) -> None:
    before = snapshot_of(cluster.path)
    said = refused(*SOURCE, "--into", "clusters/staging", "--label", "a b=c")
    assert "would not be valid" in said
    assert "clusters/staging/podinfo-source.yaml:" in said
    assert snapshot_of(cluster.path) == before


def test_a_file_that_git_ignores_is_not_overwritten(cluster: GitRepo) -> None:
    (cluster.path / ".gitignore").write_text("*-source.yaml\n")
    theirs = cluster.path / "clusters/staging/podinfo-source.yaml"
    theirs.write_text("mine\n")
    assert "a file that Git ignores is in the way" in refused(*SOURCE, "--into", "clusters/staging")
    assert theirs.read_text() == "mine\n"


def test_no_file_is_written_through_a_link(cluster: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (cluster.path / "clusters/staging/more").symlink_to(tmp_path / "outside")
    assert "in the way" in refused(*SOURCE, "--path-in-repo", "clusters/staging/more/a.yaml")
    assert list((tmp_path / "outside").iterdir()) == []
