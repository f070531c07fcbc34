"""Where a new object of Flux goes, and what is edited beside it."""

from __future__ import annotations

import pytest

from gitops_action.errors import UsageError
from gitops_action.promote.edit import EditError
from gitops_action.scaffold import flux_objects, placing
from gitops_action.scaffold.flux_objects import GitRepository, Kustomization, Source
from tests.memorytree import MemoryTree

SOURCE = flux_objects.git_repository(GitRepository("podinfo", "flux-system", "https://example.com/a", branch="main"))
APPS = flux_objects.kustomization(Kustomization("apps", "flux-system", Source("GitRepository", "podinfo"), "apps"))
TEXT = flux_objects.text(SOURCE)
PATH = "clusters/a/podinfo-source.yaml"


def place(files: dict[str, str], path: str = PATH) -> dict[str, bytes]:
    tree = MemoryTree(files)
    return placing.place(tree, placing.Cluster(tree, "clusters/a"), path, SOURCE, TEXT)


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({"clusters/a/flux-system/kustomization.yaml": "", "apps/x.yaml": flux_objects.text(APPS)}, "clusters/a"),
        ({"deploy/flux.yaml": flux_objects.text(APPS)}, "deploy"),
        ({"deploy/flux.yaml": flux_objects.text(APPS), "deploy/more/b.yaml": flux_objects.text(APPS)}, "deploy"),
    ],
)
def test_the_one_cluster_is_found(files: dict[str, str], folder: str) -> None:
    assert placing.cluster_folder(MemoryTree(files)) == folder


def test_several_clusters_are_named() -> None:
    tree = MemoryTree({f"clusters/{name}/flux-system/kustomization.yaml": "" for name in "abcdefg"})
    with pytest.raises(UsageError, match=r"clusters/a, .* and 2 more; name one with --into"):
        placing.cluster_folder(tree)
    with pytest.raises(UsageError, match="no folder here holds objects of Flux"):
        placing.cluster_folder(MemoryTree({"a.yaml": "a: 1\n"}))


def test_without_a_kustomization_flux_takes_up_all_files() -> None:
    assert place({"clusters/a/apps.yaml": "a: 1\n"}) == {PATH: TEXT.encode()}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# ours\nresources:\n  - apps.yaml   # first\n\nnamespace: x\n",
            "# ours\nresources:\n  - apps.yaml   # first\n  - podinfo-source.yaml\n\nnamespace: x\n",
        ),
        ("resources: [apps.yaml]\n", "resources: [apps.yaml, podinfo-source.yaml]\n"),
        ("resources:\r\n- apps.yaml\r\n", "resources:\r\n- apps.yaml\r\n- podinfo-source.yaml\r\n"),
        ("resources: [] # none yet\n", "resources: # none yet\n- podinfo-source.yaml\n"),
        ("kind: Kustomization\n", "kind: Kustomization\nresources:\n- podinfo-source.yaml\n"),
        ("resources:\n- ./podinfo-source.yaml\n", None),
    ],
)
def test_the_kustomization_beside_it_gets_a_line(before: str, after: str | None) -> None:
    written = place({"clusters/a/kustomization.yaml": before})
    assert written.pop(PATH) == TEXT.encode()
    assert written == ({"clusters/a/kustomization.yaml": after.encode()} if after else {})


@pytest.mark.parametrize("text", ["resources: text\n", "", "a: [1\n", "resources: &a [b]\nbases: *a\n"])
def test_a_kustomization_that_cannot_be_edited_is_an_error_with_its_place(text: str) -> None:
    with pytest.raises((EditError, UsageError), match=r"clusters/a/kustomization\.yaml"):
        place({"clusters/a/kustomization.yaml": text})


def test_names_that_are_taken_are_refused_with_the_place() -> None:
    with pytest.raises(
        UsageError, match=r"clusters/a/sub/all.yaml:4:1: GitRepository flux-system/podinfo is there already"
    ):
        place({"clusters/a/sub/all.yaml": f"# all\n---\n# podinfo\n{TEXT.removeprefix('---' + chr(10))}"})
    with pytest.raises(UsageError, match=f"{PATH} is there already"):
        place({PATH: "a: 1\n"})
    # The same name in another cluster is another object.
    assert place({"clusters/b/podinfo-source.yaml": TEXT}) == {PATH: TEXT.encode()}


def test_a_file_that_flux_would_not_read_is_refused() -> None:
    with pytest.raises(UsageError, match="has to end in"):
        place({}, "clusters/a/podinfo.txt")


def test_what_is_not_there_yet_is_said() -> None:
    value = flux_objects.kustomization(
        Kustomization("apps", "flux-system", Source("GitRepository", "podinfo"), "apps", depends_on=(("", "infra"),))
    )
    tree = MemoryTree({"clusters/a/x.yaml": "a: 1\n"})
    said = list(placing.notes(tree, placing.Cluster(tree, "clusters/a"), value))
    assert said == [
        "GitRepository flux-system/podinfo is not in clusters/a: create it, too",
        "Kustomization flux-system/infra, on which it depends, is not in clusters/a",
    ]
    own = flux_objects.kustomization(
        Kustomization("apps", "flux-system", Source("GitRepository", "flux-system"), "apps")
    )
    (one,) = placing.notes(tree, placing.Cluster(tree, "clusters/a"), own)
    assert "there is no folder apps" in one
    secret = flux_objects.git_repository(GitRepository("a", "b", "https://example.com", branch="c", secret="key"))
    (one,) = placing.notes(tree, placing.Cluster(tree, "clusters/a"), secret)
    assert "the Secret b/key has to be in the cluster" in one
