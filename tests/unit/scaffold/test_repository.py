"""A new repository holds what it promises: it passes its own check, actionlint and zizmor, and asks for little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config.load import load
from gitops_action.model import Verdict
from gitops_action.pipeline import check, promotion
from gitops_action.pipeline.places import Place
from gitops_action.pipeline.promoting import Wish
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides
from gitops_action.scaffold import repository
from gitops_action.scaffold.wish import OURS, REF, Setup, Via
from tests.gitrepo import GitRepo, init
from tests.support import ROOT, tool

if TYPE_CHECKING:
    from gitops_action.model import Report

LISTS = (("production",), ("staging", "production"), ("dev", "staging", "production"), ("blue", "on", "1"))
EVERY = [
    pytest.param(Setup(environments, via), id=f"{via.value}-{'-'.join(environments)}")
    for via in Via
    for environments in LISTS
]
SHA = "0123456789abcdef0123456789abcdef01234567"
each = pytest.mark.parametrize("setup", EVERY)


def made(path: Path, setup: Setup) -> GitRepo:
    repo = init(path)
    repo.commit(repository.of_new(setup), "Begin")
    return repo


def checked(repo: GitRepo, *, base: str = "") -> Report:
    return check.check(repo.path, Revisions("HEAD", base, everything=not base), Overrides(), SilentProgress())


@pytest.mark.tools
@each
def test_its_own_check_finds_nothing_at_all(tmp_path: Path, setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tool('kustomize').parent}:/usr/bin:/bin")
    found = checked(made(tmp_path / "fleet", setup))
    assert found.verdict is Verdict.PASSED
    assert list(found.findings) == []
    # One Deployment, one Service and one Namespace in each environment, at least.
    assert found.coverage.resources >= 3 * len(setup.environments)
    assert found.coverage.targets_failed == 0


@pytest.mark.tools
@each
def test_actionlint_and_zizmor_find_nothing(tmp_path: Path, setup: Setup) -> None:
    repo = made(tmp_path / "fleet", setup)
    for argv in (
        [str(tool("actionlint"))],
        [str(Path(sys.executable).parent / "zizmor"), "--offline", "--no-progress", "--quiet", "."],
    ):
        done = subprocess.run(argv, cwd=repo.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_needs_no_settings_where_a_commit_is_named(tmp_path: Path) -> None:
    setup = Setup(("production",), Via.APPLY, ref=SHA)
    repo = made(tmp_path / "fleet", setup)
    assert not (repo.path / ".github/zizmor.yml").exists()
    argv = [str(Path(sys.executable).parent / "zizmor"), "--offline", "--no-progress", "--quiet", "."]
    done = subprocess.run(argv, cwd=repo.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_zizmor_would_object_to_the_tag_without_its_settings(tmp_path: Path) -> None:
    repo = made(tmp_path / "fleet", Setup(("production",), Via.APPLY))
    (repo.path / ".github/zizmor.yml").unlink()
    argv = [str(Path(sys.executable).parent / "zizmor"), "--offline", "--no-progress", "--quiet", "."]
    done = subprocess.run(argv, cwd=repo.path, capture_output=True, text=True, check=False)
    assert "unpinned-uses" in done.stdout


@pytest.mark.tools
@each
def test_a_new_tag_is_promoted_along_the_way(tmp_path: Path, setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tool('kustomize').parent}:/usr/bin:/bin")
    repo = made(tmp_path / "fleet", setup)
    if len(setup.environments) == 1:
        assert "promotion" not in (repo.path / ".gitops.yaml").read_text()
        return
    first, second = setup.environments[:2]
    path = f"apps/{first}/web/kustomization.yaml"
    text = (repo.path / path).read_text()
    assert "newTag: 6.9.0" in text
    repo.commit({path: text.replace("newTag: 6.9.0", "newTag: 6.9.1")}, "Release (#1)")
    proposals = promotion.look(Place(repo.path), "HEAD", Wish(), SilentProgress(), checked=True).checked
    changed = [one.proposal for one in proposals if one.proposal.merged.changes]
    assert [(str(one.path), one.component.name) for one in changed] == [(f"{first} → {second}", "web")]
    (written,) = changed[0].merged.changes.values()
    assert written is not None
    assert b"newTag: 6.9.1" in written
    assert not changed[0].is_draft


def workflows(setup: Setup) -> dict[str, Any]:
    return {
        path.rpartition("/")[2]: yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but texts
        for path, text in repository.of_new(setup).items()
        if "/workflows/" in path
    }


@each
def test_workflows_call_reusable_ones_with_the_rights_that_these_ask_for(setup: Setup) -> None:
    """A caller that grants less than the called job asks for is an error on GitHub; one that grants more is a risk."""
    for name, workflow in workflows(setup).items():
        assert workflow["permissions"] == {}, name
        (job,) = workflow["jobs"].values()
        path, _, ref = job["uses"].removeprefix(f"{OURS}/").partition("@")
        assert ref == REF
        called = yaml.load((ROOT / path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - as above
        asked: dict[str, str] = {}
        for theirs in called["jobs"].values():
            asked |= theirs["permissions"]
        assert job["permissions"] == asked, name
        taken = called["on"]["workflow_call"]
        assert set(job.get("with", {})) <= set(taken.get("inputs", {}))
        assert set(job.get("secrets", {})) <= set(taken.get("secrets", {}))
        needed = {key for key, secret in taken.get("secrets", {}).items() if secret.get("required") == "true"}
        assert needed <= set(job.get("secrets", {}))


def test_nothing_that_needs_a_cluster_runs_before_there_is_one() -> None:
    for name, workflow in workflows(Setup(("production",), Via.APPLY)).items():
        (job,) = workflow["jobs"].values()
        needs = name in {"gitops-deploy.yml", "gitops-drift.yml"}
        assert (job.get("if") == "vars.GITOPS_CLUSTERS == 'true'") is needs, name


def test_no_workflow_runs_a_strangers_code_with_rights() -> None:
    for workflow in workflows(Setup(("staging", "production"), Via.FLUX)).values():
        assert not {"pull_request_target", "workflow_run"} & set(workflow["on"])
        assert all("steps" not in job for job in workflow["jobs"].values())


@each
def test_environments_are_those_that_were_named(setup: Setup) -> None:
    config = load(repository.of_new(setup)[".gitops.yaml"].encode())
    assert tuple(one.name for one in config.environments) == setup.environments
    assert {config.deployment(name).via for name in setup.environments} == {setup.via.value}


@each
def test_the_policy_of_the_image_finds_the_example(setup: Setup) -> None:
    files = repository.of_new(setup)
    (policy,) = load(files[".gitops.yaml"].encode()).images.policies
    assert policy.name == "web"
    overlay = yaml.safe_load(files[f"apps/{setup.environments[0]}/web/kustomization.yaml"])
    assert policy.image == overlay["images"][0]["name"]
    assert [path.text for path in policy.paths] == [f"apps/{setup.environments[0]}"]


def test_the_schema_named_for_editors_is_one_that_exists() -> None:
    first = repository.of_new(Setup(("production",), Via.APPLY))[".gitops.yaml"].splitlines()[0]
    path = first.partition(f"{OURS}/{REF}/")[2]
    assert (ROOT / path).is_file()


def test_the_policy_and_the_rights_are_those_of_deploy() -> None:
    files = repository.of_new(Setup(("production",), Via.APPLY))
    for name in ("policy.yaml", "rights.yaml", "account.yaml", "namespace.yaml"):
        assert files[f"access/{name}"] == (ROOT / "deploy" / name).read_text(encoding="utf-8")


def test_flux_has_the_applications_wait_for_the_infrastructure() -> None:
    files = repository.of_new(Setup(("staging",), Via.FLUX))
    apps = yaml.safe_load(files["clusters/staging/apps.yaml"])
    assert apps["spec"]["dependsOn"] == [{"name": "infrastructure"}]
    assert apps["spec"]["sourceRef"] == {"kind": "GitRepository", "name": "flux-system"}
    for name in ("apps", "infrastructure", "access"):
        path = yaml.safe_load(files[f"clusters/staging/{name}.yaml"])["spec"]["path"].removeprefix("./")
        assert f"{path}/kustomization.yaml" in files


def test_code_owners_guard_what_grants_power() -> None:
    text = repository.of_new(Setup(("staging", "production"), Via.APPLY, owners=("@octo/platform",)))[
        ".github/CODEOWNERS"
    ]
    rules = dict(line.split() for line in text.splitlines() if not line.startswith("#"))
    assert set(rules) == {
        "/.gitops.yaml", "/.github/", "/access/", "/clusters/", "/infrastructure/", "/apps/production/",
    }  # fmt: skip
    assert set(rules.values()) == {"@octo/platform"}
    unnamed = repository.of_new(Setup(("production",), Via.APPLY))[".github/CODEOWNERS"]
    assert all(line.startswith("#") for line in unnamed.splitlines())


def test_what_git_ignores_hides_no_configuration(tmp_path: Path) -> None:
    repo = made(tmp_path / "fleet", Setup(("production",), Via.FLUX))
    for path in ("apps/base/identity/deployment.yaml", "apps/base/known_hosts/service.yaml"):
        (repo.path / path).parent.mkdir(parents=True)
        (repo.path / path).write_text("kind: X\n")
    for path in ("identity", "identity.pub", "known_hosts", "kubeconfig", "gitops-report.json"):
        (repo.path / path).write_text("x\n")
    told = repo.git("status", "--porcelain", "--untracked-files=all").splitlines()
    assert [line[3:].strip() for line in told] == [
        "apps/base/identity/deployment.yaml",
        "apps/base/known_hosts/service.yaml",
    ]
