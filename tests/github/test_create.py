"""`create --pull-request`: the object as a file on a branch of its own, from the remote's main branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.errors import GitHubError, UsageError
from gitops_action.pipeline.creating import Created, Where, create
from gitops_action.pipeline.places import Place
from gitops_action.scaffold import flux_objects, repository
from gitops_action.scaffold.flux_objects import GitRepository
from gitops_action.scaffold.wish import Setup, Via
from tests.github.conftest import READ_ONLY, WORKFLOW
from tests.github.fleet import Fleet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.fake import Fake

FOLDER = "clusters/staging"
BRANCH = "create/gitrepository-podinfo"
FILE = f"{FOLDER}/podinfo-source.yaml"
WHERE = Where(into=FOLDER, pull_request=True)
VALUE = flux_objects.git_repository(
    GitRepository("podinfo", "flux-system", "https://example.com/podinfo", branch="main", secret="podinfo")
)
KUSTOMIZATION = "# by hand\nresources:\n  - apps.yaml\n"


@pytest.fixture
def fleet(tmp_path: Path, fake: Fake) -> Fleet:
    files = repository.of_new(Setup(("staging", "production"), Via.FLUX))
    config = files.pop(".gitops.yaml")
    return Fleet.begin(tmp_path, fake, files | {f"{FOLDER}/kustomization.yaml": KUSTOMIZATION}, config)


def run(fleet: Fleet, where: Where = WHERE, token: str = WORKFLOW) -> Created:
    place = Place(fleet.clone, token=token, repository=fleet.fake.state.repository, api_url=fleet.fake.url)
    return create(place, VALUE, where)


def branches(fleet: Fleet) -> list[str]:
    return fleet.origin.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()


def test_a_pull_request_has_the_file_and_the_line_for_it(fleet: Fleet) -> None:
    done = run(fleet)
    (pull,) = fleet.open
    assert done.url.endswith(f"/pull/{pull.number}")
    assert (pull.head_ref, pull.title, pull.draft) == (BRANCH, "Add GitRepository podinfo", False)
    assert f"- `{FILE}`" in pull.body
    assert "the Secret flux-system/podinfo has to be in the cluster" in pull.body
    assert fleet.read(FILE, BRANCH) == flux_objects.text(VALUE).rstrip("\n")
    assert fleet.read(f"{FOLDER}/kustomization.yaml", BRANCH) == f"{KUSTOMIZATION}  - podinfo-source.yaml"
    changed = fleet.origin.git("diff", "--name-only", "main", BRANCH).split()
    assert changed == [f"{FOLDER}/kustomization.yaml", FILE]
    # Neither the work tree nor the clone's refs know of it.
    assert not (fleet.clone / FILE).exists()


def test_the_same_again_is_the_same_pull_request(fleet: Fleet) -> None:
    first = run(fleet)
    sha = fleet.origin.git("rev-parse", BRANCH)
    assert run(fleet).url == first.url
    assert fleet.origin.git("rev-parse", BRANCH) == sha
    assert len(fleet.open) == 1


def test_it_is_made_anew_when_the_main_branch_moves(fleet: Fleet) -> None:
    run(fleet)
    tip = fleet.commit({"README.md": "moved\n"})
    run(fleet)
    assert fleet.origin.git("rev-parse", f"{BRANCH}^") == tip
    assert len(fleet.open) == 1


def test_a_persons_commit_is_never_lost(fleet: Fleet) -> None:
    run(fleet)
    tree = fleet.origin.git("rev-parse", f"{BRANCH}^{{tree}}")
    theirs = fleet.origin.commit_tree(tree, fleet.origin.git("rev-parse", BRANCH), message="Mine")
    fleet.origin.git("update-ref", f"refs/heads/{BRANCH}", theirs)
    fleet.commit({"README.md": "moved\n"})
    with pytest.raises(UsageError, match=f"somebody has committed to {BRANCH}"):
        run(fleet)
    assert fleet.origin.git("rev-parse", BRANCH) == theirs


def test_what_main_has_already_is_refused_with_its_place(fleet: Fleet) -> None:
    fleet.commit({f"{FOLDER}/all.yaml": flux_objects.text(VALUE)})
    with pytest.raises(UsageError, match=rf"{FOLDER}/all.yaml:2:1: GitRepository flux-system/podinfo is there already"):
        run(fleet)
    assert branches(fleet) == ["main"]


def test_a_look_touches_nothing(fleet: Fleet) -> None:
    done = run(fleet, Where(into=FOLDER, pull_request=True, dry_run=True))
    assert set(done.files) == {FILE, f"{FOLDER}/kustomization.yaml"}
    assert branches(fleet) == ["main"]
    assert fleet.open == []


def test_a_token_that_may_only_read_is_told_so(fleet: Fleet) -> None:
    with pytest.raises(GitHubError):
        run(fleet, token=READ_ONLY)
    assert fleet.open == []
