"""An overlay is affected exactly when something that it is built from has changed."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_action.adapters.git import Repository
from gitops_action.repository.affected import Affected, affected, everything
from gitops_action.repository.discovery import Cache, discover
from tests.gitrepo import Content, Link, init
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FLEET: dict[str, str] = {
    "apps/base/kustomization.yaml": "resources: [app.yaml]\nconfigMapGenerator: [{name: c, files: [app.conf]}]\n",
    "apps/base/app.yaml": "kind: A\n",
    "apps/base/app.conf": "a=b\n",
    "apps/staging/kustomization.yaml": "resources: [../base]\n",
    "apps/production/kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
    "apps/production/patch.yaml": "kind: A\n",
    "infra/kustomization.yaml": "resources: [ns.yaml]\n",
    "infra/ns.yaml": "kind: N\n",
    "README.md": "text\n",
}
BOTH = ("apps/production", "apps/staging")
ONE = ("apps/production",)


def check(base: Mapping[str, str], change: Mapping[str, str | None]) -> Affected:
    head = {**base, **change}
    after = {path: content for path, content in head.items() if content is not None}
    return affected(discover(MemoryTree(base)), discover(MemoryTree(after)), change)


@pytest.mark.parametrize(
    ("change", "base", "head"),
    [
        ({"apps/base/app.yaml": "kind: B"}, BOTH, BOTH),
        ({"apps/base/app.conf": "a=c"}, BOTH, BOTH),
        ({"apps/base/app.yaml": None}, BOTH, BOTH),
        ({"apps/production/patch.yaml": "kind: B"}, ONE, ONE),
        ({"apps/base/kustomization.yaml": ""}, BOTH, BOTH),
        ({"README.md": "other"}, (), ()),
        ({"apps/staging/unused.yaml": "kind: X"}, (), ()),
        ({"infra/Kustomization": "resources: [ns.yaml]"}, ("infra",), ("infra",)),
        # An overlay comes, goes, moves.
        ({"apps/new/kustomization.yaml": "resources: [../base]"}, (), ("apps/new",)),
        ({"apps/production/kustomization.yaml": None, "apps/production/patch.yaml": None}, ONE, ()),
        (
            {"infra/kustomization.yaml": None, "infra/ns.yaml": None, "core/kustomization.yaml": "resources: [ns.yaml]",
             "core/ns.yaml": "kind: N"},
            ("infra",),
            ("core",),
        ),
        # It starts or stops to build from something: its own file says so.
        ({"infra/kustomization.yaml": "resources: [../apps/production]"}, ("infra",), ("infra",)),
        # A base that becomes a component, and a component that becomes a base, cannot be built on both sides.
        ({"infra/kustomization.yaml": "kind: Component"}, ("infra",), ()),
        # What was missing arrives.
        ({"apps/staging/kustomization.yaml": "resources: [../base, more.yaml]", "apps/staging/more.yaml": ""},
         ("apps/staging",), ("apps/staging",)),
    ],
)  # fmt: skip
def test_affected(change: Mapping[str, str | None], base: tuple[str, ...], head: tuple[str, ...]) -> None:
    assert check(FLEET, change) == Affected(base, head)


def test_a_file_that_was_missing_arrives_without_its_kustomization_changing() -> None:
    files = {"k/kustomization.yaml": "resources: [late.yaml, ../folder]\n"}
    assert check(files, {"k/late.yaml": "kind: X"}).head == ("k",)
    assert check(files, {"folder/kustomization.yml": ""}).head == ("k",)


def test_an_overlay_above_a_root_makes_nothing_of_the_root_look_deleted() -> None:
    change = {"new/kustomization.yaml": "resources: [../infra]", "infra/ns.yaml": "kind: M"}
    # `infra` was a root and is none any more: built on both sides, so that its diff is what changed in it.
    assert check(FLEET, change) == Affected(("infra",), ("infra", "new"))


def test_the_last_overlay_above_a_base_goes() -> None:
    files = {"base/kustomization.yaml": "", "over/kustomization.yaml": "resources: [../base]"}
    assert check(files, {"over/kustomization.yaml": None}) == Affected(("over",), ())
    graph = discover(MemoryTree({"base/kustomization.yaml": ""}))
    assert graph.roots == ("base",)


def test_everything() -> None:
    base, head = discover(MemoryTree(FLEET)), discover(MemoryTree({"infra/kustomization.yaml": ""}))
    assert everything(base, head) == Affected((*BOTH, "infra"), ("infra",))


def test_real_revisions_with_links_and_deletions(tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    first: dict[str, Content] = {**FLEET, "shared/x.yaml": "kind: X", "infra/link.yaml": Link("../shared/x.yaml")}
    first["infra/kustomization.yaml"] = "resources: [ns.yaml, link.yaml]\n"
    base = repo.commit(first, checkout=False)
    through_link = repo.commit({"shared/x.yaml": "kind: Y"}, checkout=False)
    retargeted = repo.commit({"infra/link.yaml": Link("ns.yaml")}, checkout=False)
    gone = repo.commit({path: None for path in FLEET if path.startswith("apps/production")}, checkout=False)
    cache: Cache = {}
    with Repository.open(repo.path) as repository:

        def between(before: str, after: str) -> Affected:
            old, new = (discover(repository.tree(revision), cache) for revision in (before, after))
            return affected(old, new, [change.path for change in repository.changed(before, after)])

        assert between(base, through_link) == Affected(("infra",), ("infra",))
        assert between(through_link, retargeted) == Affected(("infra",), ("infra",))
        assert between(retargeted, gone) == Affected(("apps/production",), ())
        assert between(gone, retargeted) == Affected((), ("apps/production",))
        assert between(base, base) == Affected()


# Against a naive closure: what a build looks at, by plain recursion over parsed YAML

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def naive_kustomization(files: Mapping[str, str], folder: str) -> dict[str, list[str]] | None:
    for name in NAMES:
        path = posixpath.normpath(posixpath.join(folder, name))
        if path in files:
            return yaml.safe_load(files[path]) or {}
    return None


def naive_closure(files: Mapping[str, str], folder: str, seen: frozenset[str] = frozenset()) -> set[str]:
    paths = {posixpath.normpath(posixpath.join(folder, name)) for name in NAMES}
    if folder in seen:
        return paths
    kustomization = naive_kustomization(files, folder) or {}
    for field in ("resources", "components"):
        for text in kustomization.get(field, ()):
            path = posixpath.normpath(posixpath.join(folder, text))
            paths.add(path)
            if field == "components" or path not in files:
                paths |= naive_closure(files, path, seen | {folder})
    for text in kustomization.get("crds", ()):
        paths.add(posixpath.normpath(posixpath.join(folder, text)))
    return paths


def naive_state(files: Mapping[str, str], folder: str) -> dict[str, str | None]:
    if naive_kustomization(files, folder) is None:
        return {}
    return {path: files.get(path) for path in naive_closure(files, folder)}


FOLDERS = ["a", "b", "c", "a/d", "."]
FILES = st.sampled_from([f"{folder}/{name}".removeprefix("./") for folder in FOLDERS for name in ("x.yaml", "z.yaml")])
REFERENCES = st.sampled_from(
    ["x.yaml", "z.yaml", "a", "./d", "a/x.yaml", "../a", "../b", "../c", "../a/d", "../b/x.yaml"]
)


@st.composite
def kustomizations(draw: st.DrawFn) -> str:
    value: dict[str, object] = {}
    if draw(st.booleans()):
        value["kind"] = draw(st.sampled_from(["Kustomization", "Component"]))
    for field in ("resources", "components", "crds"):
        if draw(st.booleans()):
            value[field] = draw(st.lists(REFERENCES, max_size=3))
    return yaml.safe_dump(value)


KUSTOMIZATION_PATHS = st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)).map(
    lambda pair: posixpath.normpath(posixpath.join(*pair))
)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    files = draw(st.dictionaries(FILES, st.sampled_from(["1", "2"]), max_size=6))
    return files | draw(st.dictionaries(KUSTOMIZATION_PATHS, kustomizations(), max_size=6))


def inside(files: Mapping[str, str]) -> bool:
    """Whether the naive closure may be used: it does not know of references that leave the tree."""
    return not any(path.startswith("..") for folder in FOLDERS for path in naive_closure(files, folder))


@given(base=trees(), edits=trees(), deleted=st.sets(st.integers(0, 11)))
@settings(max_examples=200)
def test_affected_is_exactly_the_roots_whose_closure_changed(
    base: dict[str, str], edits: dict[str, str], deleted: Iterable[int]
) -> None:
    gone = {path for index, path in enumerate(sorted(base)) if index in set(deleted)}
    head = {path: content for path, content in {**base, **edits}.items() if path not in gone}
    changed = [path for path in {**base, **head} if base.get(path) != head.get(path)]
    graphs = discover(MemoryTree(base)), discover(MemoryTree(head))
    found = affected(*graphs, changed)
    for files, graph in zip((base, head), graphs, strict=True):
        if inside(files):
            for folder in graph.nodes:
                assert graph.closure(folder) == naive_closure(files, folder)
    if inside(base) and inside(head):
        roots = {*graphs[0].roots, *graphs[1].roots}
        expected = {folder for folder in roots if naive_state(base, folder) != naive_state(head, folder)}
        for graph, built in zip(graphs, (found.base, found.head), strict=True):
            can_be = {folder for folder, node in graph.nodes.items() if not node.component}
            assert set(built) == expected & can_be
        assert set(found.base) | set(found.head) <= expected


@given(trees())
@settings(max_examples=150)
def test_nothing_is_left_unbuilt(files: dict[str, str]) -> None:
    graph = discover(MemoryTree(files))
    built = {part for root in graph.roots for part in graph.parts(root)}
    assert all(node.component for folder, node in graph.nodes.items() if folder not in built)
    # And nothing is built twice without need.
    assert not any(other in graph.parts(root) for root in graph.roots for other in graph.roots if other != root)
