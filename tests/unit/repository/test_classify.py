"""Only manifests are judged as manifests, and none is passed over in silence."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.adapters.files import DirectoryTree
from gitops_action.model import Severity
from gitops_action.repository.classify import Classified, FileClass, Surroundings, by_path, classify
from gitops_action.repository.discovery import discover
from gitops_action.repository.tree import EntryKind
from tests.memorytree import MemoryTree
from tests.support import corpus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.repository.tree import Tree

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n"


def classified(tree: Tree) -> dict[str, Classified]:
    surroundings = Surroundings(tree.entries, discover(tree))
    found = {}
    for path, data in tree.read(path for path, entry in tree.entries.items() if entry.kind is EntryKind.FILE):
        known = by_path(path, surroundings)
        found[path] = classify(path, data, surroundings) if known is None else Classified(path, known)
    return found


def one(path: str, content: str | bytes, **others: str) -> Classified:
    return classified(MemoryTree({path: content, **others}))[path]


def spoken(found: Classified) -> list[tuple[str, Severity, int | None]]:
    return [(finding.code, finding.severity, finding.line) for finding in found.findings]


# By content


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.yaml", POD, FileClass.MANIFEST),
        ("a.yml", POD, FileClass.MANIFEST),
        ("a.json", '{"apiVersion": "v1", "kind": "Pod"}', FileClass.MANIFEST),
        ("a.yaml", RELEASE, FileClass.FLUX),
        ("a.yaml", f"{RELEASE}---\n{POD}", FileClass.MANIFEST),
        ("a.yaml", "apiVersion: source.extensions.fluxcd.io/v1beta1\nkind: ArtifactGenerator\n", FileClass.FLUX),
        ("a.yaml", "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\n", FileClass.FLUX),
        ("a.yaml", "apiVersion: v1\nkind: List\nitems: []\n", FileClass.MANIFEST),
        ("a.yaml", "apiVersion: example.com/v1\nkind: Anything\n", FileClass.MANIFEST),
        ("a.yaml", "", FileClass.EMPTY),
        ("a.yaml", "# nothing\n---\n# more\n", FileClass.EMPTY),
        ("a.yaml", "key: value\n", FileClass.OTHER),
        ("a.yaml", "- a\n- b\n", FileClass.OTHER),
        ("a.yaml", "just text\n", FileClass.OTHER),
        ("a.txt", POD, FileClass.OTHER),
        ("a.yaml.tmpl", POD, FileClass.OTHER),
        ("README.md", "", FileClass.OTHER),
        # Files that have an apiVersion or a kind of another sort.
        ("datasources.yaml", "apiVersion: 1\ndatasources: []\n", FileClass.OTHER),
        ("pipeline.yaml", "kind: pipeline\ntype: docker\nsteps: []\n", FileClass.OTHER),
        ("kind.yaml", "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n", FileClass.TOOL_CONFIG),
        ("kubelet.yaml", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n", FileClass.TOOL_CONFIG),
        ("config", "apiVersion: v1\nkind: Config\n", FileClass.OTHER),
        ("config.yaml", "apiVersion: v1\nkind: Config\nclusters: []\n", FileClass.TOOL_CONFIG),
        ("config.yaml", "apiVersion: example.com/v1\nkind: Config\nmetadata: {name: a}\n", FileClass.MANIFEST),
        ("schema.json", '{"$schema": "x", "properties": {"kind": {"type": "string"}}}', FileClass.OTHER),
        ("chart-dev.yaml", "apiVersion: v2\nname: a\nversion: 1.2.3\n", FileClass.HELM_CHART),
        ("labels.yaml", "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: a}\n", FileClass.KUSTOMIZE_CONFIG),
        ("my-kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
         FileClass.KUSTOMIZE_CONFIG),
    ],
)  # fmt: skip
def test_by_content(path: str, content: str, expected: FileClass) -> None:
    found = one(path, content)
    assert (found.file_class, found.findings) == (expected, ())


def test_objects_of_lists_come_one_by_one_and_what_is_no_object_is_left_out() -> None:
    found = one(
        "a.yaml", f"{POD}---\napiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Service}}\n- {{a: b}}\n"
    )
    assert [document.value["kind"] for document in found.documents] == ["Pod", "Service"]  # type: ignore[index,call-overload] # mappings
    assert spoken(found) == [("missing-kind", Severity.ERROR, 9)]


def test_flux_beside_others_is_told() -> None:
    assert one("a.yaml", f"{RELEASE}---\n{POD}").flux
    assert not one("a.yaml", POD).flux


# What is clearly meant as a manifest, and broken


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("apiVersion: apps/v1\nmetadata: {name: a}\nspec: {}\n", "missing-kind", 1),
        ("apiVersion: v1\ndata: {a: b}\n", "missing-kind", 1),
        ("apiVersion: apps/v1\nkind:\nmetadata: {name: a}\n", "missing-kind", 2),
        ("apiVersion: apps/v1\nkind: ''\n", "missing-kind", 2),
        ("apiVersion: apps/v1\nkind: [Pod]\n", "missing-kind", 2),
        ("kind:\n", "missing-kind", 1),
        ("apiVersion: v1\nmetadata: {name: a}\nknid: Service\n", "missing-kind", 3),
        ("apiVersion: v1\nmetadata: {name: a}\nKind: Service\n", "missing-kind", 3),
        ("metadata: {name: a}\napiversion: v1\nkind: Service\n", "missing-api-version", 2),
        ("kind: Deployment\nspec: {}\n", "missing-api-version", 1),
        ("kind: Deployment\n", "missing-api-version", 1),
        ("kind: deployment\nmetadata: {name: a}\n", "missing-api-version", 1),
        ("metadata: {name: a}\nkind: Deployment\napiVersion: 1\n", "missing-api-version", 3),
        ("metadata: {name: a}\nspec: {replicas: 1}\n", "missing-kind", 1),
        (f"{POD}---\nmetadata: {{name: b}}\n", "missing-kind", 5),
        (f"{POD}---\nkind: Service\n", "missing-api-version", 5),
        (f"{POD}---\n- a\n", "missing-kind", 5),
        (f"{POD}---\ntext\n", "missing-kind", 5),
        (f"key: value\n---\n{POD}", "missing-kind", 1),
    ],
)
def test_incomplete_objects(content: str, code: str, line: int) -> None:
    found = one("a.yaml", content)
    assert found.file_class is FileClass.MANIFEST
    assert spoken(found) == [(code, Severity.ERROR, line)]


@pytest.mark.parametrize("path", ["a.yaml", "a.json"])
def test_a_broken_file_that_could_be_a_manifest_is_an_error(path: str) -> None:
    found = one(path, '{"apiVersion": "v1",\n "kind": "Pod", ]\n')
    assert found.file_class is FileClass.MANIFEST
    assert [(code, severity) for code, severity, _ in spoken(found)] == [("yaml-syntax", Severity.ERROR)]


def test_a_broken_file_that_could_not_be_one_is_a_warning() -> None:
    assert spoken(one("a.yaml", "key: [a\n"))[0][:2] == ("yaml-syntax", Severity.WARNING)
    assert one("a.yaml", "key: [a\n").file_class is FileClass.OTHER
    assert one("a.json", "{// a comment\n}").findings == ()


def test_what_can_be_read_beside_what_cannot_counts() -> None:
    found = one("a.yaml", f"{POD}---\na: [\n---\n{POD}")
    assert found.file_class is FileClass.MANIFEST
    assert len(found.documents) == 2
    assert [code for code, _, _ in spoken(found)] == ["yaml-syntax"]


def test_duplicate_keys_matter_in_manifests_only() -> None:
    assert spoken(one("a.yaml", f"{POD}spec: {{a: 1, a: 2}}\n"))[0][:2] == ("yaml-duplicate-key", Severity.ERROR)
    assert spoken(one("a.yaml", "a: 1\na: 2\n")) == []


def test_other_encodings_are_always_said() -> None:
    for content in (POD.encode("utf-16"), b"key: \xff\n"):
        assert spoken(one("a.yaml", content))[0][:2] == ("file-encoding", Severity.ERROR)
    assert spoken(one("a.json", b'{"key": "\xff"}'))[0][0] == "file-encoding"


def test_a_file_that_cannot_be_read_is_said_if_it_matters() -> None:
    tree = MemoryTree({"a.yaml": None, "b.png": None, ".github/c.yaml": None})
    found = classified(tree)
    assert spoken(found["a.yaml"]) == [("file-unreadable", Severity.ERROR, None)]
    assert found["b.png"].findings == found[".github/c.yaml"].findings == ()


# Templates and Helm


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n", FileClass.HELM_TEMPLATE),
        ("{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n", FileClass.HELM_TEMPLATE),
        ('apiVersion: v1\nmetadata:\n  {{- include "x" . | nindent 2 }}\n', FileClass.HELM_TEMPLATE),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: {{cell}}}\n", FileClass.TEMPLATE),
        ("{% if x %}\napiVersion: v1\nkind: Pod\n{% endif %}\n", FileClass.TEMPLATE),
        ("<% x %>\napiVersion: v1\nkind: <%= x %>\n", FileClass.TEMPLATE),
    ],
)
def test_templates_outside_of_charts_are_said_to_be_unchecked(content: str, expected: FileClass) -> None:
    found = one("a.yaml", content)
    assert found.file_class is expected
    assert [(code, severity) for code, severity, _ in spoken(found)] == [("template-unchecked", Severity.WARNING)]


def test_braces_in_text_make_no_template() -> None:
    rule = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: '{{ .Values.x }} {{ $labels.y }}'\n"
    assert one("a.yaml", rule).file_class is FileClass.MANIFEST
    # Broken elsewhere than at the braces: that is an error.
    broken = one("a.yaml", "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: '{{ $labels.y }}'\n  b: c\n  c: 'x\n")
    assert broken.file_class is FileClass.MANIFEST
    assert spoken(broken)[0][:2] == ("yaml-syntax", Severity.ERROR)


CHART = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/Chart.lock": "x",
    "charts/app/values.yaml": "kind: DaemonSet\nimage: x\n",
    "charts/app/values-prod.yaml": "kind: DaemonSet\n",
    "charts/app/values.schema.json": "{}",
    "charts/app/ci/test-values.yaml": "a: b\n",
    "charts/app/templates/pod.yaml": "kind: {{ .Values.kind }}\n",
    "charts/app/templates/NOTES.txt": "hello",
    "charts/app/templates/_helpers.tpl": "",
    "charts/app/crds/crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n",
    "charts/app/charts/sub/templates/x.yaml": POD,
    "charts/app/charts/sub/Chart.yaml": "apiVersion: v2\n",
    "charts/app/.helmignore": "",
    "charts/app/README.md": "",
}


def test_charts() -> None:
    found = classified(MemoryTree(CHART))
    assert {path.removeprefix("charts/app/"): one.file_class for path, one in found.items()} == {
        "Chart.yaml": FileClass.HELM_CHART,
        "Chart.lock": FileClass.HELM_CHART,
        "values.yaml": FileClass.HELM_VALUES,
        "values-prod.yaml": FileClass.HELM_VALUES,
        "values.schema.json": FileClass.HELM_VALUES,
        "ci/test-values.yaml": FileClass.HELM_VALUES,
        "templates/pod.yaml": FileClass.HELM_TEMPLATE,
        "templates/NOTES.txt": FileClass.HELM_TEMPLATE,
        "templates/_helpers.tpl": FileClass.HELM_TEMPLATE,
        "crds/crd.yaml": FileClass.MANIFEST,
        "charts/sub/templates/x.yaml": FileClass.HELM_TEMPLATE,
        "charts/sub/Chart.yaml": FileClass.HELM_CHART,
        ".helmignore": FileClass.TOOL_CONFIG,
        "README.md": FileClass.OTHER,
    }
    assert not any(one.findings for one in found.values())


def test_a_chart_at_the_root() -> None:
    found = classified(MemoryTree({"Chart.yaml": "", "templates/a.yaml": POD, "values.yaml": "", "other/b.yaml": POD}))
    assert found["templates/a.yaml"].file_class is FileClass.HELM_TEMPLATE
    assert found["values.yaml"].file_class is FileClass.HELM_VALUES
    assert found["other/b.yaml"].file_class is FileClass.MANIFEST


@pytest.mark.parametrize(
    "path", ["values.yaml", "app-values.yaml", "values-prod.yml", "values.prod.yaml", "a.values.yaml"]
)
def test_values_are_never_invalid_manifests(path: str) -> None:
    found = one(path, "kind: DaemonSet\nmetadata: {}\nspec: {a: b}\n")
    assert (found.file_class, found.findings) == (FileClass.HELM_VALUES, ())
    # But a manifest is one whatever its name.
    assert one(path, RELEASE).file_class is FileClass.FLUX


def test_broken_values_are_said() -> None:
    assert spoken(one("values.yaml", "kind: [a\n"))[0][:2] == ("yaml-syntax", Severity.WARNING)


# Tools


@pytest.mark.parametrize(
    "path",
    [".github/workflows/ci.yaml", "sub/.github/dependabot.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml", ".fluxschema.yml",
     ".gitops.yaml", ".sops.yaml", ".yamllint", ".gitlab/agents/a/config.yaml", "apps/.hidden.yaml"],
)  # fmt: skip
def test_tools_by_place(path: str) -> None:
    assert one(path, POD).file_class is FileClass.TOOL_CONFIG


@pytest.mark.parametrize(
    "path",
    ["docker-compose.yml", "docker-compose.override.yaml", "compose.yaml", "renovate.json", "mkdocs.yml", "package.json",
     "tsconfig.build.json", "Taskfile.yml", "azure-pipelines.yml", "skaffold.yaml", "action.yml", "helmfile.yaml"],
)  # fmt: skip
def test_tools_by_name_unless_the_content_is_a_manifest(path: str) -> None:
    other = "a: b\n" if path.endswith("ml") else '{"a": "b"}'
    assert one(path, other).file_class is FileClass.TOOL_CONFIG
    assert one(path, "a: [b\n").findings == ()
    assert one(path, '{"apiVersion": "v1", "kind": "Pod"}').file_class is FileClass.MANIFEST


@pytest.mark.parametrize("path", ["compose-app.yaml", "app-compose.yaml", "packages.json", "k8s.github/a.yaml"])
def test_names_that_only_resemble_tools(path: str) -> None:
    assert one(path, POD if path.endswith("ml") else "{}").file_class is not FileClass.TOOL_CONFIG


# Patches and kustomizations

PARTIAL = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 2}\n"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.yaml", "- op: replace\n  path: /spec/replicas\n  value: 2\n"),
        ("a.json", '[{"op": "remove", "path": "/a"}]'),
        ("a.yaml", f"{PARTIAL}$patch: replace\n"),
        ("a.yaml", "$patch: delete\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"),
        ("a.yaml", f"{PARTIAL}template: {{spec: [{{$setElementOrder/containers: [{{name: a}}]}}]}}\n"),
        ("a.yaml", "spec: {$retainKeys: [type]}\n"),
        ("replicas-patch.yaml", PARTIAL),
        ("patch-replicas.yaml", PARTIAL),
        ("patch.yaml", PARTIAL),
        ("x.patch.yaml", "spec: {replicas: 2}\n"),
        ("patches/replicas.yaml", PARTIAL),
        ("patches/replicas.yaml", "apiVersion: v1\nspec: {}\n"),
    ],
)
def test_patches_are_never_invalid_manifests(path: str, content: str) -> None:
    found = one(path, content)
    assert found.file_class is FileClass.PATCH
    assert spoken(found) == [("patch-unused", Severity.INFO, None)]
    assert found.documents == ()
    for field in ("patches: [{path: %s}]", "patchesStrategicMerge: [%s]", "patchesJson6902: [{path: %s}]"):
        used = one(path, content, **{"kustomization.yaml": field % path})
        assert (used.file_class, used.findings) == (FileClass.PATCH, ())


def test_a_text_with_a_directive_is_no_patch() -> None:
    found = one("a.yaml", "apiVersion: v1\nkind: ConfigMap\ndata:\n  x: |\n    $patch: delete\n")
    assert found.file_class is FileClass.MANIFEST


def test_what_only_resembles_a_patch_by_name() -> None:
    for path in ("dispatch.yaml", "patchwork.yaml", "patcher/a.yaml", "hot-patch-controller.yaml"):
        assert one(path, POD).file_class is FileClass.MANIFEST


def test_what_a_build_uses_is_judged_as_it_comes_out() -> None:
    tree = MemoryTree(
        {
            "k/kustomization.yaml": "resources: [ns.yaml, patch-operator.yaml, broken.yaml]\nconfigurations: [names.yaml]\n"
            "crds: [crd.yaml]\ntransformers: [t.yaml]\nconfigMapGenerator: [{files: [data.yaml, app-values.yaml]}]\n"
            "helmCharts: [{name: x, valuesFile: mine.yaml}]\n",
            "k/ns.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: _}\n---\nkind: Oops\n",
            "k/patch-operator.yaml": POD,
            "k/broken.yaml": "apiVersion: [\n",
            "k/names.yaml": "nameReference: []\n",
            "k/crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n",
            "k/t.yaml": "apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: a}\n",
            "k/data.yaml": "kind: Oops\n",
            "k/app-values.yaml": "a: b\n",
            "k/mine.yaml": "kind: Oops\n",
        }
    )
    found = classified(tree)
    assert {path.removeprefix("k/"): (one.file_class, one.rendered) for path, one in found.items()} == {
        "kustomization.yaml": (FileClass.KUSTOMIZATION, False),
        "ns.yaml": (FileClass.MANIFEST, True),
        "patch-operator.yaml": (FileClass.MANIFEST, True),
        "broken.yaml": (FileClass.MANIFEST, True),
        "names.yaml": (FileClass.OTHER, False),
        "crd.yaml": (FileClass.MANIFEST, False),
        "t.yaml": (FileClass.KUSTOMIZE_CONFIG, False),
        "data.yaml": (FileClass.DATA, False),
        "app-values.yaml": (FileClass.HELM_VALUES, False),
        "mine.yaml": (FileClass.HELM_VALUES, False),
    }
    assert not any(one.findings for one in found.values())
    # The same outside of a build: each is said.
    loose = MemoryTree({"ns.yaml": "kind: Oops\n", "broken.yaml": "apiVersion: [\n"})
    assert all(one.findings for one in classified(loose).values())


def test_files_of_a_component_that_nobody_uses_are_judged_raw() -> None:
    found = one("k/a.yaml", "kind: Oops\n", **{"k/kustomization.yaml": "kind: Component\nresources: [a.yaml]\n"})
    assert not found.rendered
    assert spoken(found) == [("missing-api-version", Severity.ERROR, 1)]


def test_kustomizations_and_components() -> None:
    tree = MemoryTree(
        {
            "a/kustomization.yaml": "resources: []",
            "b/Kustomization": "",
            "c/kustomization.yml": "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n",
            "d/kustomization.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n",
            "e/kustomization.yaml": "resources: [",
            "a/kustomization.yml": "resources: []",
            "a/Kustomization": "",
        }
    )
    assert {path: one.file_class for path, one in classified(tree).items()} == {
        "a/Kustomization": FileClass.KUSTOMIZATION,
        "a/kustomization.yaml": FileClass.KUSTOMIZATION,
        "a/kustomization.yml": FileClass.KUSTOMIZATION,
        "b/Kustomization": FileClass.KUSTOMIZATION,
        "c/kustomization.yml": FileClass.COMPONENT,
        "d/kustomization.yaml": FileClass.FLUX,
        "e/kustomization.yaml": FileClass.KUSTOMIZATION,
    }


# SOPS

SOPS = "sops: {mac: x, lastmodified: y, age: []}\n"


def test_sops() -> None:
    secret = one("secret.yaml", f"apiVersion: v1\nkind: Secret\ndata: {{a: 'ENC[AES256_GCM,data:x]'}}\n{SOPS}")
    assert (secret.file_class, secret.encrypted, secret.findings) == (FileClass.MANIFEST, True, ())
    values = one("x.yaml", f"password: ENC[x]\n{SOPS}")
    assert (values.file_class, values.encrypted, values.findings) == (FileClass.OTHER, True, ())
    whole = one("x.yaml", f"apiVersion: ENC[AES256_GCM,data:x]\nkind: ENC[AES256_GCM,data:y]\n{SOPS}")
    assert (whole.file_class, whole.encrypted, whole.findings) == (FileClass.OTHER, True, ())
    assert not one("x.yaml", f"{POD}sops: yes\n").encrypted


# In general


PATHS = st.sampled_from(
    ["a.yaml", "a.json", "values.yaml", "x-patch.yaml", "compose.yaml", "kustomization.yaml", "b/c.yml"]
)
# Operations of patches among the keys, and values that cannot be hashed among theirs.
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
OBJECTS = st.dictionaries(
    st.sampled_from(
        ["apiVersion", "kind", "metadata", "spec", "sops", "$patch", "items", "name", "version", "op", "path"]
    ),
    SCALARS | st.dictionaries(st.sampled_from(["name", "mac", "$patch"]), SCALARS) | st.lists(SCALARS, max_size=2),
)


@given(
    path=PATHS,
    content=st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | st.lists(OBJECTS, max_size=2).map(lambda v: json.dumps(v).encode())
    | OBJECTS.map(lambda v: json.dumps(v).encode()),
)
def test_no_content_makes_it_fail(path: str, content: bytes) -> None:
    tree = MemoryTree({path: content})
    found = classify(path, content, Surroundings([path], discover(tree)))
    assert found.file_class.is_manifest or not found.documents


@given(st.lists(OBJECTS, min_size=1, max_size=3))
def test_no_object_of_a_plain_file_is_lost(values: list[dict[str, object]]) -> None:
    """Each object comes out, or a finding speaks of it, or the file as a whole is a patch's or is not meant as manifest."""
    # Escapes of surrogates are JSON, and no YAML.
    content = "\n---\n".join(json.dumps(value, ensure_ascii=False) for value in values)
    found = one("a.yaml", content)
    complete = [
        value
        for value in values
        if all(isinstance(value.get(key), str) and value.get(key) for key in ("apiVersion", "kind"))
        and value["kind"] != "List"
    ]
    if complete and found.file_class not in {FileClass.PATCH, FileClass.TOOL_CONFIG, FileClass.KUSTOMIZE_CONFIG}:
        assert found.file_class.is_manifest
        lists = sum(str(value["kind"]).endswith("List") for value in complete)
        # Text can have characters that YAML does not allow, such as a delete.
        refused = sum(finding.code == "yaml-syntax" for finding in found.findings)
        assert len(found.documents) + lists + refused >= len(complete)


# The corpora: each file that is no ordinary manifest, and why


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "others", "manifests", "rendered"),
    [
        ("podinfo", {"LICENSE": "other", "kustomize/kustomization.yaml": "kustomization"}, 3, 3),
        (
            "flux2-kustomize-helm-example",
            {
                "LICENSE": "other",
                ".fluxschema.yml": "tool-config",  # for the flux-schema program
                # These stand for what `flux bootstrap` writes: comments only.
                **{f"clusters/{cluster}/flux-system/gotk-{part}.yaml": "empty"
                   for cluster in ("production", "staging") for part in ("components", "sync")},
                # Values in name, a strategic merge patch of the HelmRelease in fact.
                "apps/production/podinfo-values.yaml": "patch",
                "apps/staging/podinfo-values.yaml": "patch",
                **{f"{folder}/kustomization.yaml": "kustomization"
                   for folder in ("apps/base/podinfo", "apps/production", "apps/staging", "infrastructure/configs",
                                  "infrastructure/controllers", "clusters/production/flux-system",
                                  "clusters/staging/flux-system")},
                # Flux's own objects.
                **dict.fromkeys(("apps/base/podinfo/release.yaml", "apps/base/podinfo/repository.yaml"), "flux"),
                **{f"clusters/{cluster}/{part}.yaml": "flux"
                   for cluster in ("production", "staging") for part in ("apps", "artifacts", "infrastructure")},
            },
            5, 7,
        ),
        (
            "flux2-multi-tenancy",
            {
                "LICENSE": "other",
                **{f"clusters/{cluster}/flux-system/gotk-{part}.yaml": "empty"
                   for cluster in ("production", "staging") for part in ("components", "sync")},
                # Of kind Kustomization (Flux's), with nothing but a path: a patch.
                "tenants/production/dev-team-patch.yaml": "patch",
                "tenants/staging/dev-team-patch.yaml": "patch",
                **{f"{folder}/kustomization.yaml": "kustomization"
                   for folder in ("tenants/base/dev-team", "tenants/production", "tenants/staging", "infrastructure/kyverno",
                                  "infrastructure/kyverno-policies", "clusters/production/flux-system",
                                  "clusters/staging/flux-system")},
                **dict.fromkeys(("infrastructure/kyverno/source.yaml", "infrastructure/kyverno/sync.yaml", "tenants/base/dev-team/sync.yaml"), "flux"),
                **{f"clusters/{cluster}/{part}.yaml": "flux"
                   for cluster in ("production", "staging") for part in ("infrastructure", "tenants")},
            },
            3, 6,
        ),
        (
            "kubernetes-examples",
            {
                "LICENSE": "other",
                "_archived/newrelic/newrelic-config.yaml": "empty",  # commented out, to be overwritten
                "_archived/openshift-origin/secret.json": "empty",  # the same, with YAML's comments
                # Settings of the database itself.
                "databases/cassandra/image/files/cassandra.yaml": "other",
                "databases/cassandra/java/src/test/resources/cassandra.yaml": "other",
                # Read by kube-scheduler from a file: `Policy` never was in the API's core group.
                "_archived/scheduler-policy/scheduler-policy-config.json": "tool-config",
                "_archived/scheduler-policy/scheduler-policy-config-with-extender.json": "tool-config",
                # Unquoted {{name}}, filled in by shell scripts.
                **{f"_archived/{path}-template.yaml": "template"
                   for path in ("newrelic/newrelic-config", "newrelic-infrastructure/newrelic-config",
                                "storage/vitess/etcd-controller", "storage/vitess/etcd-service",
                                "storage/vitess/vtgate-controller")},
            },
            None, 0,
        ),
        (
            "kubeconform-fixtures",
            {
                "LICENSE": "other",
                "blank.yaml": "empty",
                "comment.yaml": "empty",
                # `key: value`. kubeconform calls it an error; nothing says that it is meant as a manifest.
                "missing_kind.yaml": "other",
                # JSON schemas.
                "grafanaalertrulegroup_v1beta1.json": "other",
                "registry/trainingjob-sagemaker-v1.json": "other",
            },
            None, 0,
        ),
    ],
)  # fmt: skip
def test_corpora(name: str, others: Mapping[str, str], manifests: int | None, rendered: int) -> None:
    found = classified(DirectoryTree(corpus(name)))
    assert {
        path: one.file_class.value for path, one in found.items() if one.file_class is not FileClass.MANIFEST
    } == others
    if manifests is not None:
        assert sum(one.file_class is FileClass.MANIFEST for one in found.values()) == manifests
    assert sum(one.rendered and one.file_class.is_manifest for one in found.values()) == rendered


@pytest.mark.corpora
def test_corpora_findings() -> None:
    """The findings of classification, by corpus: the real errors of kubernetes-examples, and the fixtures' own."""
    counts = {
        name: Counter(finding.code for one in classified(DirectoryTree(corpus(name))).values() for finding in one.findings)
        for name in ("podinfo", "flux2-kustomize-helm-example", "flux2-multi-tenancy", "kubernetes-examples",
                     "kubeconform-fixtures")
    }  # fmt: skip
    assert counts == {
        "podinfo": {},
        "flux2-kustomize-helm-example": {},
        "flux2-multi-tenancy": {},
        "kubernetes-examples": {"yaml-duplicate-key": 5, "template-unchecked": 5},
        "kubeconform-fixtures": {"yaml-duplicate-key": 1, "missing-api-version": 1, "missing-kind": 6},
    }
