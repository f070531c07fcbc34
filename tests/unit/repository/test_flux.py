"""Which folders Flux deploys: only those of this repository, also through artifacts that are made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.adapters.files import DirectoryTree
from gitops_action.repository.flux import Deployment, deployments
from tests.memorytree import MemoryTree
from tests.support import corpus

if TYPE_CHECKING:
    from collections.abc import Mapping


def flux(kind: str, name: str, spec: object, namespace: str = "flux-system") -> str:
    group = {"Kustomization": "kustomize.toolkit", "ArtifactGenerator": "source.extensions"}.get(kind, "source.toolkit")
    value = {"apiVersion": f"{group}.fluxcd.io/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}}
    return yaml.safe_dump({**value, "spec": spec})


def deploy(path: str | None, kind: str = "GitRepository", name: str = "flux-system", **reference: str) -> str:
    spec = {"sourceRef": {"kind": kind, "name": name, **reference}}
    return flux("Kustomization", "x", spec if path is None else {**spec, "path": path})


def folders(files: Mapping[str, str], *existing: str) -> list[str]:
    tree = MemoryTree({**files, **{f"{folder}/a.yaml": "" for folder in existing}})
    return [deployment.folder for deployment in deployments(tree, files)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("./apps", ["apps"]),
        ("apps/", ["apps"]),
        ("/apps", ["apps"]),
        ("./apps/./web//", ["apps/web"]),
        # The root, what is outside, and what is not there.
        ("./", []),
        ("", []),
        (None, []),
        ("../apps", []),
        ("apps/../apps", []),
        ("./gone", []),
        ("./apps/${cluster}", []),
        ("apps/web/a.yaml", []),
    ],
)
def test_paths(path: str | None, expected: list[str]) -> None:
    assert folders({"f.yaml": deploy(path)}, "apps/web") == expected


def test_files_with_several_objects_and_lists() -> None:
    items = [yaml.safe_load(deploy("./b")), yaml.safe_load(deploy("./c"))]
    both = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items})
    files = {"one.yaml": f"{deploy('./a')}---\n{deploy('./b')}", "two.yaml": both, "broken.yaml": deploy("./a") + "["}
    tree = MemoryTree({**files, "a/x": "", "b/x": "", "c/x": ""})
    assert deployments(tree, [*files, "gone.yaml"]) == [
        Deployment("one.yaml", "a"),
        Deployment("one.yaml", "b"),
        Deployment("two.yaml", "b"),
        Deployment("two.yaml", "c"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        # A kustomization of kustomize's own, one without a source (a patch), other kinds of sources, odd types.
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nspec: {path: ./a, sourceRef: {kind: GitRepository}}\n",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ./a}\n",
        deploy("./a", kind="HelmRepository"),
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: [a]\n",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: [a], sourceRef: GitRepository}\n",
    ],
)
def test_what_says_nothing(text: str) -> None:
    assert folders({"f.yaml": text}, "a") == []


SELF = flux("GitRepository", "flux-system", {"url": "ssh://git@github.com/org/fleet.git"})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/org/fleet", ["a"]),
        ("https://GitHub.com/org/fleet.git/", ["a"]),
        ("git@github.com:org/fleet.git", ["a"]),
        ("https://github.com/org/other", []),
        ("oci://ghcr.io/org/fleet", []),
    ],
)
def test_sources_that_the_tree_says_to_be_another_repository_do_not_count(url: str, expected: list[str]) -> None:
    other = flux("GitRepository", "other", {"url": url})
    assert folders({"self.yaml": SELF, "other.yaml": other, "f.yaml": deploy("./a", name="other")}, "a") == expected
    # Without knowing its own address nobody can tell, and the folder is there.
    assert folders({"other.yaml": other, "f.yaml": deploy("./a", name="other")}, "a") == ["a"]
    # One of that name in another namespace is another one.
    elsewhere = deploy("./a", name="other", namespace="elsewhere")
    assert folders({"self.yaml": SELF, "other.yaml": other, "f.yaml": elsewhere}, "a") == ["a"]


def generator(
    *copies: tuple[str, str], kind: str = "GitRepository", source: str = "flux-system", artifact: str = "x"
) -> str:
    return flux(
        "ArtifactGenerator",
        "g",
        {
            "sources": [{"alias": "repo", "kind": kind, "name": source}],
            "artifacts": [{"name": artifact, "copy": [{"from": origin, "to": to} for origin, to in copies]}],
        },
    )


@pytest.mark.parametrize(
    ("path", "copies", "expected"),
    [
        ("./", [("@repo/apps/**", "@artifact/")], ["apps"]),
        ("./web", [("@repo/apps/**", "@artifact/")], ["apps/web"]),
        ("./there/web", [("@repo/apps/**", "@artifact/there/")], ["apps/web"]),
        ("./web", [("@repo/apps/**", "@artifact/there/")], []),
        ("./therefore", [("@repo/apps/**", "@artifact/there/")], []),
        # Everything below the folder that is deployed was copied from there.
        ("./", [("@repo/apps/**", "@artifact/one/"), ("@repo/infra/**", "@artifact/two/")], ["apps", "infra"]),
        ("./apps", [("@repo/**", "@artifact/")], ["apps"]),
        # Single files, other patterns, other sources: nothing is said of a folder.
        ("./", [("@repo/apps/web/a.yaml", "@artifact/")], []),
        ("./", [("@repo/apps/*.yaml", "@artifact/")], []),
        ("./", [("@repo/*/**", "@artifact/")], []),
        ("./", [("@repo/apps/**", "@artifact/file")], []),
        ("./", [("@other/apps/**", "@artifact/")], []),
        ("./", [("@repo/apps/**", "@repo/")], []),
        ("./", [("@repo/apps/**", "@artifact/../x/")], []),
        ("./", [("apps/**", "@artifact/")], []),
    ],
)
def test_artifacts_made_of_this_repository(path: str, copies: list[tuple[str, str]], expected: list[str]) -> None:
    files = {"f.yaml": deploy(path, "ExternalArtifact", "x"), "g.yaml": generator(*copies)}
    assert folders(files, "apps/web", "infra") == expected


@pytest.mark.parametrize("kind", [["GitRepository"], {"a": "b"}, None, 5])
def test_a_source_of_an_artifact_whose_kind_is_no_text_is_none(kind: object) -> None:
    spec = {
        "sources": [{"alias": "repo", "kind": kind, "name": "flux-system"}],
        "artifacts": [{"name": "x", "copy": [{"from": "@repo/apps/**", "to": "@artifact/"}]}],
    }
    files = {"f.yaml": flux("ArtifactGenerator", "g", spec), "g.yaml": deploy("./", "ExternalArtifact", "x")}
    assert folders(files, "apps") == []


def test_artifacts_of_other_sources_and_names() -> None:
    use = deploy("./", "ExternalArtifact", "x")
    copy = ("@repo/apps/**", "@artifact/")
    assert folders({"f.yaml": use, "g.yaml": generator(copy, kind="HelmChart")}, "apps") == []
    assert folders({"f.yaml": use, "g.yaml": generator(copy, artifact="y")}, "apps") == []
    elsewhere = deploy("./", "ExternalArtifact", "x", namespace="elsewhere")
    assert folders({"f.yaml": elsewhere, "g.yaml": generator(copy)}, "apps") == []
    sources = {"s.yaml": SELF, "o.yaml": flux("GitRepository", "other", {"url": "https://github.com/org/other"})}
    assert folders({"f.yaml": use, "g.yaml": generator(copy), **sources}, "apps") == ["apps"]
    assert folders({"f.yaml": use, "g.yaml": generator(copy, source="other"), **sources}, "apps") == []


def test_each_cluster_has_its_own_generator() -> None:
    files = {}
    for cluster in ("blue", "green"):
        files[f"clusters/{cluster}/a.yaml"] = generator((f"@repo/apps/{cluster}/**", "@artifact/"))
        files[f"clusters/{cluster}/deep/er/f.yaml"] = deploy("./", "ExternalArtifact", "x")
    tree = MemoryTree({**files, "apps/blue/x": "", "apps/green/x": ""})
    assert deployments(tree, files) == [
        Deployment("clusters/blue/deep/er/f.yaml", "apps/blue"),
        Deployment("clusters/green/deep/er/f.yaml", "apps/green"),
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["./a", "flux-system", "@repo/a/**", "@artifact/", "..", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["path", "sourceRef", "kind", "name", "sources", "artifacts", "copy", "from", "to", "alias"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["Kustomization", "ArtifactGenerator", "GitRepository"]), VALUES, VALUES)
def test_no_object_makes_it_fail(kind: str, spec: object, other: object) -> None:
    files = {"f.yaml": flux(kind, "x", spec), "g.yaml": flux("Kustomization", "y", other)}
    assert set(folders(files, "a")) <= {"a"}


@pytest.mark.corpora
def test_the_example_of_flux_itself() -> None:
    """clusters/*/apps.yaml deploys ./production of the artifact `apps`, which artifacts.yaml copies from apps/production."""
    tree = DirectoryTree(corpus("flux2-kustomize-helm-example"))
    found = {(item.file.split("/")[1], item.folder) for item in deployments(tree, tree.entries)}
    assert found == {
        (cluster, folder)
        for cluster in ("production", "staging")
        for folder in (f"apps/{cluster}", "infrastructure/controllers", "infrastructure/configs")
    }


@pytest.mark.corpora
def test_the_multi_tenancy_example() -> None:
    """Its `kyverno-controller` deploys the root of an OCI artifact, `dev-team` that of another branch: neither is said of us."""
    tree = DirectoryTree(corpus("flux2-multi-tenancy"))
    found = {(item.file.split("/")[1], item.folder) for item in deployments(tree, tree.entries)}
    assert found == {
        (cluster, folder)
        for cluster in ("production", "staging")
        for folder in (f"tenants/{cluster}", "infrastructure/kyverno", "infrastructure/kyverno-policies")
    }
