"""The place that set a value: in the base, in a patch, or in a kustomization.

In the sources here the expected place of a value is marked by its text: `place()` finds the line and column of a text
that occurs once in a file, so that no expectation is a number copied from output.
"""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.files import DirectoryTree
from gitops_action.model import Location
from tests.support import corpus
from tests.unit.render.rendering import render, render_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Manifest, Pointer
    from gitops_action.render.kustomize import RenderResult

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 1
  paused: false
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1.0
          ports:
            - containerPort: 80
          args:
            - --first
            - --second
        - name: side
          image: side:1.0
"""
BASE = {
    "base/kustomization.yaml": "resources:\n  - d.yaml\n",
    "base/d.yaml": f"# two objects\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec: {{}}\n---\n{DEPLOYMENT}",
}


def place(files: Mapping[str, str], file: str, text: str) -> Location:
    """Where `text`, which occurs once in `file`, begins."""
    content = dedent(files[file])
    assert content.count(text) == 1, f"{text!r} is {content.count(text)} times in {file}"
    before = content[: content.index(text)]
    return Location(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def one(result: RenderResult, kind: str) -> Manifest:
    assert result.ok, result.findings
    (manifest,) = [item for item in result.manifests if item.value["kind"] == kind]
    return manifest


def located(
    overlay: Mapping[str, str], pointer: Pointer, *, kind: str = "Deployment", key: bool = False
) -> tuple[Location, dict[str, str]]:
    files = {**BASE, **overlay}
    manifest = one(render(files), kind)
    return manifest.locator.locate(pointer, key=key), files


CONTAINER = ("spec", "template", "spec", "containers")
PLAIN = {"overlay/kustomization.yaml": "resources: [../base]\nnamePrefix: x-\nnameSuffix: -y\nnamespace: prod\n"}


@pytest.mark.parametrize(
    ("pointer", "key", "file", "text"),
    [
        ((), False, "base/d.yaml", "apiVersion: apps/v1"),
        (("metadata", "name"), False, "base/d.yaml", "web\n  labels: {app: web}\nspec"),
        (("spec", "replicas"), False, "base/d.yaml", "1\n  paused"),
        (("spec", "replicas"), True, "base/d.yaml", "replicas"),
        ((*CONTAINER, 0, "image"), False, "base/d.yaml", "nginx:1.0"),
        ((*CONTAINER, 1, "image"), False, "base/d.yaml", "side:1.0"),
        ((*CONTAINER, 0, "args", 1), False, "base/d.yaml", "--second"),
        # Not there: the nearest parent that is, by its key or its place in its list.
        ((*CONTAINER, 1, "resources", "limits"), False, "base/d.yaml", "name: side"),
        (("spec", "strategy"), False, "base/d.yaml", "spec:\n  replicas"),
        (("metadata", "namespace"), False, "overlay/kustomization.yaml", "prod"),
    ],
)
def test_values_of_the_base(pointer: Pointer, key: bool, file: str, text: str) -> None:
    found, files = located(PLAIN, pointer, key=key)
    assert found == place(files, file, text)


STRATEGIC = {
    "overlay/kustomization.yaml": "resources: [../base]\npatches:\n  - path: p.yaml\n",
    "overlay/p.yaml": """\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 5
          template:
            spec:
              containers:
                - name: extra
                  image: extra:2.0
                - name: side
                  image: side:2.0
    """,
}


@pytest.mark.parametrize(
    ("pointer", "file", "text"),
    [
        (("spec", "replicas"), "overlay/p.yaml", "5"),
        # kustomize puts the containers of the patch first: extra, side, web.
        ((*CONTAINER, 0, "image"), "overlay/p.yaml", "extra:2.0"),
        ((*CONTAINER, 0, "ports"), "overlay/p.yaml", "name: extra"),
        ((*CONTAINER, 2, "image"), "base/d.yaml", "nginx:1.0"),
        ((*CONTAINER, 2, "ports", 0, "containerPort"), "base/d.yaml", "80"),
        ((*CONTAINER, 1, "image"), "overlay/p.yaml", "side:2.0"),
        ((*CONTAINER, 1, "name"), "overlay/p.yaml", "side\n"),
        (("spec", "paused"), "base/d.yaml", "false"),
        (("metadata", "labels", "app"), "base/d.yaml", "web}\nspec"),
        # Both have a spec; neither has this in it.
        (("spec", "strategy"), "base/d.yaml", "spec:\n  replicas"),
    ],
)
def test_values_of_a_strategic_merge_patch(pointer: Pointer, file: str, text: str) -> None:
    found, files = located(STRATEGIC, pointer)
    assert found == place(files, file, text)


def test_the_last_patch_that_sets_the_value_counts() -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: {count}}}\n"
    overlay = {
        "overlay/kustomization.yaml": "resources: [../middle]\npatches: [{path: a.yaml}, {path: b.yaml}]\n",
        "middle/kustomization.yaml": "resources: [../base]\npatches: [{path: c.yaml}]\n",
        "overlay/a.yaml": patch.format(count=3),
        "overlay/b.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
        "middle/c.yaml": patch.format(count=3),
    }
    found, files = located(overlay, ("spec", "replicas"))
    assert found == place(files, "overlay/a.yaml", "3")


def test_a_patch_for_another_object_does_not_count() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {replicas: 1}\n"
    overlay = {
        "overlay/kustomization.yaml": "resources: [../base]\npatches: [{path: s.yaml}]",
        "overlay/s.yaml": service,
    }
    found, files = located(overlay, ("spec", "replicas"))
    assert found == place(files, "base/d.yaml", "1\n  paused")


@pytest.mark.parametrize(
    ("name", "file", "text"), [("(w+e?)+b", "overlay/p.yaml", "7"), ("(x+)+", "base/d.yaml", "1\n  paused")]
)
def test_a_patch_that_sets_just_this_value_counts_also_where_its_selector_is_not_tried(
    name: str, file: str, text: str
) -> None:
    """Something has set the value, and nothing else has."""
    overlay = {
        "overlay/kustomization.yaml": f"resources: [../base]\npatches: [{{path: p.yaml, target: {{name: '{name}'}}}}]\n",
        "overlay/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: any}\nspec: {replicas: 7}\n",
    }
    found, files = located(overlay, ("spec", "replicas"))
    assert found == place(files, file, text)


def test_a_patch_by_a_set_of_labels() -> None:
    target = "{labelSelector: 'app in (api, web)'}"
    overlay = {
        "overlay/kustomization.yaml": f"resources: [../base]\npatches: [{{path: p.yaml, target: {target}}}]\n",
        "overlay/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: any}\nspec: {replicas: 7}\n",
    }
    found, files = located(overlay, ("spec", "replicas"))
    assert found == place(files, "overlay/p.yaml", "7")


@pytest.mark.parametrize(
    ("affix", "file", "text"),
    [
        ("namePrefix: Prod_", "overlay/kustomization.yaml", "Prod_"),
        ("nameSuffix: -X", "overlay/kustomization.yaml", "-X"),
        ("namePrefix: prod-", "base/d.yaml", "web\n  labels"),
    ],
)
def test_a_prefix_that_no_name_can_have(affix: str, file: str, text: str) -> None:
    overlay = {"overlay/kustomization.yaml": f"resources: [../base]\n{affix}\n"}
    found, files = located(overlay, ("metadata", "name"))
    assert found == place(files, file, text)


def test_a_patch_by_the_name_before_the_prefix() -> None:
    overlay = {
        "overlay/kustomization.yaml": "resources: [../middle]\npatches: [{path: p.yaml}]\nnamePrefix: o-\n",
        "middle/kustomization.yaml": "resources: [../base]\nnamePrefix: m-\n",
        "overlay/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: m-web}\nspec: {replicas: 7}\n",
    }
    found, files = located(overlay, ("spec", "replicas"))
    assert found == place(files, "overlay/p.yaml", "7")


JSON_PATCH = {
    "overlay/kustomization.yaml": """\
        resources: [../base]
        patches:
          - path: p.yaml
            target: {kind: Deployment, name: "w.*"}
          - path: q.json
            target: {kind: Service}
    """,
    "overlay/p.yaml": """\
        - op: replace
          path: /spec/replicas
          value: 9
        - op: add
          path: /spec/template/spec/containers/0/args/-
          value: --third
        - op: add
          path: /spec/strategy
          value:
            type: Recreate
        - op: add
          path: /metadata/annotations/example.com~1owner
          value: ops
    """,
    "overlay/q.json": '[{"op": "add", "path": "/spec/replicas", "value": 1}]',
}


@pytest.mark.parametrize(
    ("pointer", "key", "file", "text"),
    [
        (("spec", "replicas"), False, "overlay/p.yaml", "9"),
        ((*CONTAINER, 0, "args", 2), False, "overlay/p.yaml", "--third"),
        ((*CONTAINER, 0, "args", 1), False, "base/d.yaml", "--second"),
        (("spec", "strategy", "type"), False, "overlay/p.yaml", "Recreate"),
        (("spec", "strategy", "type"), True, "overlay/p.yaml", "type"),
        (("spec", "strategy"), True, "overlay/p.yaml", "/spec/strategy"),
        (("spec", "strategy", "rollingUpdate"), False, "overlay/p.yaml", "value:\n    type"),
        (("metadata", "annotations", "example.com/owner"), False, "overlay/p.yaml", "ops"),
        (("spec", "paused"), False, "base/d.yaml", "false"),
    ],
)
def test_values_of_a_json_patch(pointer: Pointer, key: bool, file: str, text: str) -> None:
    found, files = located(JSON_PATCH, pointer, key=key)
    assert found == place(files, file, text)


INLINE = {
    "overlay/kustomization.yaml": """\
        resources:
          - ../base
        patches:
          - patch: |-
              # why
              - op: replace
                path: /spec/replicas
                value: 11
            target:
              kind: Deployment
          - patch: |
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec:
                minReadySeconds: 12
          - patch: '{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"revisionHistoryLimit": 13}}'
    """,
}


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        (("spec", "replicas"), "11"),
        (("spec", "minReadySeconds"), "12"),
        # In a text that is not a literal block the lines are not the file's: where it begins.
        (("spec", "revisionHistoryLimit"), "'{"),
    ],
)
def test_values_of_inline_patches(pointer: Pointer, text: str) -> None:
    found, files = located(INLINE, pointer)
    assert found == place(files, "overlay/kustomization.yaml", text)


FIELDS = {
    "overlay/kustomization.yaml": """\
        resources: [../base]
        components: [../part]
        images:
          - name: nginx
            newTag: "2.0"
          - name: side
            newName: registry.example/side
          - name: other
            newTag: "3.0"
        replicas:
          - name: web
            count: 21
        commonAnnotations:
          note: hello
        labels:
          - pairs:
              tier: front
            includeTemplates: true
    """,
    "part/kustomization.yaml": """\
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        patches:
          - target: {kind: Deployment}
            patch: |-
              - {op: add, path: /spec/progressDeadlineSeconds, value: 600}
    """,
}


@pytest.mark.parametrize(
    ("pointer", "key", "file", "text"),
    [
        ((*CONTAINER, 0, "image"), False, "overlay/kustomization.yaml", '"2.0"'),
        ((*CONTAINER, 1, "image"), False, "overlay/kustomization.yaml", "registry.example/side"),
        (("spec", "replicas"), False, "overlay/kustomization.yaml", "21"),
        (("metadata", "annotations", "note"), False, "overlay/kustomization.yaml", "hello"),
        (("metadata", "annotations", "note"), True, "overlay/kustomization.yaml", "note"),
        (("metadata", "labels", "tier"), False, "overlay/kustomization.yaml", "front"),
        (("spec", "template", "metadata", "labels", "tier"), True, "overlay/kustomization.yaml", "tier"),
        (("metadata", "labels", "app"), False, "base/d.yaml", "web}\nspec"),
        (("spec", "progressDeadlineSeconds"), False, "part/kustomization.yaml", "600"),
    ],
)
def test_values_of_fields_and_components(pointer: Pointer, key: bool, file: str, text: str) -> None:
    found, files = located(FIELDS, pointer, key=key)
    assert found == place(files, file, text)


def test_namespaces_of_subjects_and_namespaces() -> None:
    files = {
        "overlay/kustomization.yaml": "resources: [n.yaml]\nnamespace: prod\n",
        "overlay/n.yaml": """\
            apiVersion: v1
            kind: Namespace
            metadata: {name: a}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: b}
            roleRef: {kind: Role, name: r, apiGroup: rbac.authorization.k8s.io}
            subjects: [{kind: ServiceAccount, name: default, namespace: a}]
        """,
    }
    result = render(files)
    expected = place(files, "overlay/kustomization.yaml", "prod")
    assert one(result, "Namespace").locator.locate(("metadata", "name")) == expected
    assert one(result, "RoleBinding").locator.locate(("subjects", 0, "namespace")) == expected


GENERATED = {
    "base/kustomization.yaml": """\
        configMapGenerator:
          - name: settings
            literals:
              - one=1
            files:
              - config.ini
              - renamed=other.txt
            options:
              labels: {from: entry}
        secretGenerator:
          - name: token
            type: example.com/token
            envs: [token.env]
        generatorOptions:
          annotations: {from: all}
    """,
    "base/config.ini": "[a]\n",
    "base/other.txt": "x\n",
    "base/token.env": "# c\nUSER=u\n  PASSWORD=p\n",
    "overlay/kustomization.yaml": """\
        resources: [../base]
        namePrefix: p-
        configMapGenerator:
          - name: settings
            behavior: merge
            literals: [two=2]
    """,
}


@pytest.mark.parametrize(
    ("kind", "pointer", "file", "text"),
    [
        ("ConfigMap", ("data", "one"), "base/kustomization.yaml", "one=1"),
        ("ConfigMap", ("data", "two"), "overlay/kustomization.yaml", "two=2"),
        ("ConfigMap", ("data", "config.ini"), "base/config.ini", "[a]"),
        ("ConfigMap", ("data", "renamed"), "base/other.txt", "x"),
        ("ConfigMap", ("metadata", "labels", "from"), "base/kustomization.yaml", "entry"),
        ("ConfigMap", ("metadata", "annotations", "from"), "base/kustomization.yaml", "all"),
        ("Secret", ("metadata", "name"), "base/kustomization.yaml", "token\n    type"),
        ("Secret", ("type",), "base/kustomization.yaml", "example.com/token"),
        ("Secret", ("data", "USER"), "base/token.env", "USER"),
        ("Secret", ("data", "PASSWORD"), "base/token.env", "PASSWORD"),
        ("Secret", ("immutable",), "base/kustomization.yaml", "name: token"),
    ],
)
def test_values_of_generated_objects(kind: str, pointer: Pointer, file: str, text: str) -> None:
    found = one(render(GENERATED), kind).locator.locate(pointer)
    assert found == place(GENERATED, file, text)


def test_values_of_replacements() -> None:
    overlay = {
        "overlay/kustomization.yaml": """\
            resources: [../base]
            replacements:
              - source: {kind: Service, fieldPath: metadata.name}
                targets:
                  - select: {kind: Deployment}
                    fieldPaths:
                      - spec.template.spec.containers.[name=side].image
        """
    }
    found, files = located(overlay, (*CONTAINER, 1, "image"))
    assert found == place(files, "overlay/kustomization.yaml", "spec.template.spec.containers.[name=side].image")
    other, files = located(overlay, (*CONTAINER, 0, "image"))
    assert other == place(files, "base/d.yaml", "nginx:1.0")


def test_items_of_lists() -> None:
    files = {
        "overlay/kustomization.yaml": "resources: [l.yaml]\nnamePrefix: p-\n",
        "overlay/l.yaml": """\
            apiVersion: v1
            kind: List
            items:
              - apiVersion: v1
                kind: ConfigMap
                metadata: {name: one}
                data: {a: first}
              - apiVersion: v1
                kind: ConfigMap
                metadata: {name: two}
                data: {a: second}
        """,
    }
    result = render(files)
    found = {item.id.name: item.locator.locate(("data", "a")) for item in result.manifests}
    assert found == {
        "p-one": place(files, "overlay/l.yaml", "first"),
        "p-two": place(files, "overlay/l.yaml", "second"),
    }


def test_objects_of_one_kind_and_similar_names_are_told_apart() -> None:
    names = ("web", "web-x", "x-web", "x-web-x")
    documents = "---\n".join(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: <{name}>}}\n" for name in names
    )
    files = {
        "overlay/kustomization.yaml": "resources: [c.yaml]\nnamePrefix: x-\nnameSuffix: -x\n",
        "overlay/c.yaml": documents,
    }
    result = render(files)
    assert len(result.manifests) == len(names)
    for manifest in result.manifests:
        name = manifest.id.name.removeprefix("x-").removesuffix("-x")
        assert manifest.locator.locate(("data", "a")) == place(files, "overlay/c.yaml", f"<{name}>")


def test_where_a_patch_takes_the_notes_away() -> None:
    """Origins are annotations; what removes all annotations removes them."""
    overlay = {
        "overlay/kustomization.yaml": "resources: [../base]\nnamePrefix: p-\npatches: [{path: p.yaml}]\n",
        "overlay/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: null}\n",
    }
    found, files = located(overlay, ("spec", "replicas"))
    assert found == place(files, "base/d.yaml", "1\n  paused")


def test_where_the_build_depends_on_annotations() -> None:
    """Built twice; the notes of one build are given to the objects of the other."""
    overlay = {
        "overlay/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml, target: {kind: Deployment}}]\n",
        "overlay/p.yaml": "- {op: copy, from: /metadata/labels, path: /metadata/annotations}\n",
    }
    found, files = located(overlay, ("spec", "replicas"))
    assert found == place(files, "base/d.yaml", "1\n  paused")


@pytest.mark.corpora
def test_each_object_of_the_example_knows_its_file() -> None:
    root = corpus("flux2-multi-tenancy")
    tree = DirectoryTree(root)
    (result,) = render_tree(tree, {"tenants/staging": "staging"})
    found = {str(manifest.id): manifest.locator.locate(()).file for manifest in result.manifests}
    base = "tenants/base/dev-team"
    assert found == {
        "Namespace/apps": f"{base}/rbac.yaml",
        "ServiceAccount/apps/dev-team": f"{base}/rbac.yaml",
        "RoleBinding/apps/gotk-reconciler": f"{base}/rbac.yaml",
        "Kustomization/apps/dev-team": f"{base}/sync.yaml",
        "GitRepository/apps/dev-team": f"{base}/sync.yaml",
    }
    path = one(result, "Kustomization").locator.locate(("spec", "path"))
    assert path.file == "tenants/staging/dev-team-patch.yaml"
