"""Asking kustomize for origins changes nothing of what it renders, nor whether it renders."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gitops_action.adapters.files import DirectoryTree
from tests.support import corpus
from tests.unit.render.rendering import PROGRAMS, kubectl, kustomize, plain, render_tree, tree_of, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_action.render.kustomize import Program

Kustomization = dict[str, Any]

CORPORA = ["flux2-kustomize-helm-example", "flux2-multi-tenancy", "podinfo"]


@pytest.mark.corpora
@pytest.mark.parametrize("name", CORPORA)
@PROGRAMS
def test_corpora_render_as_kustomize_renders_them(name: str, program: Callable[[], Program]) -> None:
    root = corpus(name)
    tree = DirectoryTree(root)
    targets = [path.parent.relative_to(root).as_posix() for path in sorted(root.rglob("kustomization.yaml"))]
    assert targets
    results = render_tree(tree, dict.fromkeys(targets, ""), program())
    assert [result.target for result in results] == targets
    for result in results:
        assert result.ok
        assert values(result) == plain(tree, result.target, program())


DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {"name": "web", "image": "nginx:1", "envFrom": [{"configMapRef": {"name": "settings"}}]}
                ],
                "serviceAccountName": "runner",
            },
        },
    },
}
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "annotations": {"own": "1"}},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}
ACCOUNT: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "runner", "annotations": {}},
}
CRD_OBJECT: dict[str, Any] = {
    "apiVersion": "example.com/v1",
    "kind": "Thing",
    "metadata": {"name": "thing", "namespace": "elsewhere"},
    "spec": {"a": None, "b": [1, "1", True], "ref": "web"},
}

JSON_PATHS = st.sampled_from(
    [
        "/metadata/annotations/a",
        "/metadata/annotations",
        "/metadata/labels/a",
        "/spec/replicas",
        "/metadata",
        "/spec/new",
    ]
)
OPERATIONS = st.one_of(
    st.builds(lambda path: {"op": "add", "path": path, "value": "1"}, JSON_PATHS),
    st.builds(lambda path: {"op": "replace", "path": path, "value": {"a": "2"}}, JSON_PATHS),
    st.builds(lambda path: {"op": "remove", "path": path}, JSON_PATHS),
    st.builds(lambda path: {"op": "test", "path": path, "value": {"own": "1"}}, JSON_PATHS),
    st.builds(lambda path: {"op": "copy", "from": path, "path": "/spec/copied"}, JSON_PATHS),
    st.builds(lambda path: {"op": "move", "from": path, "path": "/spec/moved"}, JSON_PATHS),
)
STRATEGIC = st.sampled_from(
    [
        {**{key: SERVICE[key] for key in ("apiVersion", "kind")}, "metadata": {"name": "web", "annotations": None}},
        {**SERVICE, "$patch": "delete"},
        {**SERVICE, "$patch": "replace", "spec": {"type": "ExternalName"}},
        {**SERVICE, "metadata": {"name": "web", "annotations": {"$patch": "replace", "b": "2"}}},
        {**DEPLOYMENT, "spec": {"template": {"spec": {"containers": [{"name": "side", "image": "b:2"}]}}}},
    ]
)
PATCHES = st.lists(
    st.one_of(
        st.builds(
            lambda operations, kind: {"patch": json.dumps(operations), "target": {"kind": kind}},
            st.lists(OPERATIONS, min_size=1, max_size=2),
            st.sampled_from(["Deployment", "Service", "Thing", ".*"]),
        ),
        st.builds(lambda patch: {"patch": yaml.safe_dump(patch)}, STRATEGIC),
    ),
    max_size=2,
)
REPLACEMENTS = st.sampled_from(
    [
        [
            {
                "source": {"kind": "Service", "fieldPath": "metadata.annotations.own"},
                "targets": [
                    {"select": {"kind": "Deployment"}, "fieldPaths": ["spec.template.spec.serviceAccountName"]}
                ],
            }
        ],
        [
            {
                "source": {"kind": "Service", "fieldPath": "metadata.annotations"},
                "targets": [
                    {"select": {"kind": "Thing"}, "fieldPaths": ["spec.found"], "options": {"create": True}},
                ],
            }
        ],
    ]
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "namePrefix": st.sampled_from(["a-", "b-"]),
    "nameSuffix": st.sampled_from(["-a", "-b"]),
    "namespace": st.sampled_from(["one", "two"]),
    "commonLabels": st.just({"team": "a"}),
    "commonAnnotations": st.just({"note": "1"}),
    "labels": st.just([{"pairs": {"tier": "web"}, "includeSelectors": True, "includeTemplates": True}]),
    "images": st.just([{"name": "nginx", "newName": "registry.example/nginx", "newTag": "2"}]),
    "replicas": st.just([{"name": "web", "count": 3}]),
    "patches": PATCHES,
    "replacements": REPLACEMENTS,
    "sortOptions": st.sampled_from([{"order": "fifo"}, {"order": "legacy"}]),
    "buildMetadata": st.lists(
        st.sampled_from(["originAnnotations", "transformerAnnotations", "managedByLabel"]), unique=True
    ),
    "generatorOptions": st.sampled_from([{"annotations": {"g": "1"}}, {"disableNameSuffixHash": True}]),
}


def optional(names: list[str]) -> st.SearchStrategy[Kustomization]:
    return st.fixed_dictionaries({}, optional={name: FIELDS[name] for name in names})


GENERATED = st.sampled_from(
    [
        {},
        {"configMapGenerator": [{"name": "settings", "literals": ["a=1"]}]},
        {"secretGenerator": [{"name": "secret", "literals": ["a=1"], "options": {"annotations": {"x": "y"}}}]},
    ]
)
MERGED = st.sampled_from(
    [
        {},
        {"configMapGenerator": [{"name": "settings", "behavior": "merge", "literals": ["b=2"]}]},
        {"components": ["../part"]},
    ]
)
STYLES = st.sampled_from(["block", "flow", "json", "document", "indented", "comment", "crlf", "bom"])
SOME = ["namePrefix", "nameSuffix", "namespace", "commonLabels", "labels", "images", "replicas", "patches"]


def written(kustomization: Kustomization, style: str) -> bytes:
    """The same kustomization in the styles that people write."""
    if style in {"flow", "json"}:
        return json.dumps(kustomization, indent=2 if style == "json" else None).encode()
    text = yaml.safe_dump(kustomization, sort_keys=False)
    if style == "document":
        text = f"%YAML 1.1\n---\n{text}...\n"
    elif style == "indented":
        text = "".join(f"  {line}\n" for line in text.splitlines())
    elif style == "comment":
        text = f"# what it is for\n\n{text}# the end"
    elif style == "crlf":
        text = text.replace("\n", "\r\n")
    elif style == "bom":
        text = f"\ufeff{text}"
    return text.encode()


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    base=optional(SOME),
    generated=GENERATED,
    overlay=optional(list(FIELDS)),
    merged=MERGED,
    style=STYLES,
    pick=st.sets(st.integers(0, 3), min_size=1),
)
@example(
    base={},
    generated={},
    overlay={
        "patches": [
            {
                "target": {"kind": "Service"},
                "patch": '[{"op":"test","path":"/metadata/annotations","value":{"own":"1"}}]',
            }
        ]
    },
    merged={},
    style="block",
    pick={1},
)
@example(
    base={},
    generated={},
    overlay={
        "patches": [
            {
                "target": {"kind": "Deployment"},
                "patch": '[{"op":"copy","from":"/metadata/annotations","path":"/spec/x"}]',
            }
        ]
    },
    merged={},
    style="block",
    pick={0},
)
def test_small_overlays_render_as_kustomize_renders_them(
    *,
    base: Kustomization,
    generated: Kustomization,
    overlay: Kustomization,
    merged: Kustomization,
    style: str,
    pick: set[int],
) -> None:
    files = [("d.yaml", DEPLOYMENT), ("s.yaml", SERVICE), ("a.yaml", ACCOUNT), ("t.yaml", CRD_OBJECT)]
    chosen = [files[index] for index in sorted(pick)]
    tree = tree_of(
        {
            **{f"base/{name}": yaml.safe_dump(value) for name, value in chosen},
            "base/kustomization.yaml": written({"resources": [name for name, _ in chosen], **base, **generated}, style),
            "part/kustomization.yaml": (
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -part\nresources: [x.yaml]\n"
            ),
            "part/x.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: part}\n",
            "overlay/kustomization.yaml": written({"resources": ["../base"], **overlay, **merged}, style),
        }
    )
    expected = plain(tree, "overlay")
    (result,) = render_tree(tree, {"overlay": ""})
    assert result.ok == (expected is not None), result.findings
    assert values(result) == (expected or [])
    for manifest in result.manifests:
        place = manifest.locator.locate(())
        assert place.file in tree.entries
        assert place.line


@PROGRAMS
def test_both_programs_give_the_same(program: Callable[[], Program]) -> None:
    tree = tree_of(
        {
            "base/d.yaml": yaml.safe_dump(DEPLOYMENT),
            "base/kustomization.yaml": "resources: [d.yaml]\nnamePrefix: a-\nconfigMapGenerator: [{name: settings, literals: [a=1]}]",
        }
    )
    (result,) = render_tree(tree, {"base": ""}, program())
    settings, deployment = result.manifests
    assert re.fullmatch("a-settings-[0-9a-z]{10}", settings.id.name)
    assert deployment.id.name == "a-web"
    container = deployment.value["spec"]["template"]["spec"]["containers"][0]
    assert container["envFrom"] == [{"configMapRef": {"name": settings.id.name}}]


@pytest.mark.corpora
@pytest.mark.parametrize("name", CORPORA)
def test_both_programs_give_the_same_of_corpora(name: str) -> None:
    root = corpus(name)
    tree = DirectoryTree(root)
    targets = [path.parent.relative_to(root).as_posix() for path in sorted(root.rglob("kustomization.yaml"))]
    one, other = (render_tree(tree, dict.fromkeys(targets, ""), program()) for program in (kustomize, kubectl))
    assert [values(result) for result in one] == [values(result) for result in other]
