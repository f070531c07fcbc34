"""What people are told of overlays that do not build: both programs, the same sentence, the right line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.unit.render.rendering import PROGRAMS, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_action.render.kustomize import Program

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers: [{name: web, image: nginx}]
"""
BASE = {"base/kustomization.yaml": "resources:\n  - d.yaml\n", "base/d.yaml": DEPLOYMENT}
OTHER = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: other\nspec: {}\n"

CASES: dict[str, tuple[dict[str, str], str, str]] = {
    "missing-file": (
        {"overlay/kustomization.yaml": "resources:\n  - ../base\n  - gone.yaml\n"},
        "overlay/kustomization.yaml:3:5",
        "overlay/gone.yaml does not exist",
    ),
    "missing-file-of-base": (
        {"overlay/kustomization.yaml": "resources: [../base]", "base/kustomization.yaml": "resources:\n- gone.yaml\n"},
        "base/kustomization.yaml:2:3",
        "base/gone.yaml does not exist",
    ),
    "missing-patch": (
        {"overlay/kustomization.yaml": "resources: [../base]\npatches:\n- path: gone.yaml\n"},
        "overlay/kustomization.yaml:3:9",
        "overlay/gone.yaml does not exist",
    ),
    "missing-generator-file": (
        {"overlay/kustomization.yaml": "configMapGenerator:\n- name: a\n  files:\n  - k=gone.txt\n"},
        "overlay/kustomization.yaml:4:5",
        "overlay/gone.txt does not exist",
    ),
    "missing-component": (
        {"overlay/kustomization.yaml": "resources: [../base]\ncomponents:\n- ../gone\n"},
        "overlay/kustomization.yaml:3:3",
        "gone does not exist",
    ),
    "folder-without-kustomization": (
        {"overlay/kustomization.yaml": "resources: [../other]", "other/d.yaml": DEPLOYMENT},
        "overlay/kustomization.yaml:1:13",
        "other has no kustomization.yaml, kustomization.yml or Kustomization",
    ),
    "yaml": (
        {"overlay/kustomization.yaml": "resources: [../base]", "base/d.yaml": "kind: A\n  b: c\n"},
        "base/d.yaml:2:3",
        "base/d.yaml is not well-formed YAML: ",
    ),
    "duplicate-key": (
        {"overlay/kustomization.yaml": "resources: [../base]", "base/d.yaml": f"{DEPLOYMENT}kind: Deployment\n"},
        "base/d.yaml:9:1",
        "kustomize: base/d.yaml cannot be read: ",
    ),
    "duplicate-object": (
        {"overlay/kustomization.yaml": "resources:\n- ../base\n- d.yaml\n", "overlay/d.yaml": DEPLOYMENT},
        "overlay/kustomization.yaml:3:3",
        "Deployment web is defined more than once in what is built here",
    ),
    "duplicate-object-of-bases": (
        {
            "overlay/kustomization.yaml": "resources:\n- ../base\n- ../base2\n",
            "base2/kustomization.yaml": "resources: [d.yaml]",
            "base2/d.yaml": DEPLOYMENT,
        },
        "overlay/kustomization.yaml:3:3",
        "Deployment web is defined more than once in what is built here",
    ),
    "patch-for-nothing": (
        {"overlay/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n", "overlay/p.yaml": OTHER},
        "overlay/p.yaml:4:9",
        "a patch is for Deployment other, which is not among what it is applied to",
    ),
    "old-patch-for-nothing": (
        {
            "overlay/kustomization.yaml": "resources: [../base]\npatchesStrategicMerge: [p.yaml]",
            "overlay/p.yaml": OTHER,
        },
        "overlay/p.yaml:4:9",
        "a patch is for Deployment other, which is not among what it is applied to",
    ),
    "inline-patch-for-nothing": (
        {
            "overlay/kustomization.yaml": (
                "resources: [../base]\npatches:\n- patch: |-\n    kind: Deployment\n    apiVersion: apps/v1\n"
                "    metadata:\n      name: other.name\n"
            )
        },
        "overlay/kustomization.yaml:3:10",
        "a patch is for Deployment other.name, which is not among what it is applied to",
    ),
    "not-a-patch": (
        {
            "overlay/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n",
            "overlay/p.yaml": "replicas: 3",
        },
        "overlay/kustomization.yaml:3:9",
        (
            "p.yaml is neither a strategic merge patch (which names apiVersion, kind and metadata.name, unless it has a "
            "target) nor a JSON patch"
        ),
    ),
    "json-patch-without-parent": (
        {
            "overlay/kustomization.yaml": "resources: [../base]\npatches:\n- path: p.yaml\n  target: {kind: Deployment}\n",
            "overlay/p.yaml": "- op: replace\n  path: /spec/foo/bar\n  value: 1\n",
        },
        "overlay/p.yaml:2",
        "a JSON patch cannot replace /spec/foo/bar: nothing is there",
    ),
    "inline-json-patch-without-parent": (
        {
            "overlay/kustomization.yaml": (
                "resources: [../base]\npatches:\n- target: {kind: Deployment}\n  patch: |-\n"
                "    - op: replace\n      path: /spec/foo/bar\n      value: 1\n"
            )
        },
        "overlay/kustomization.yaml:6",
        "a JSON patch cannot replace /spec/foo/bar: nothing is there",
    ),
    "unknown-field": (
        {"overlay/kustomization.yaml": "resources: [../base]\nresource: []\n"},
        "overlay/kustomization.yaml:2:1",
        "there is no field `resource` in a kustomization; did you mean `resources`?",
    ),
    "unknown-field-within": (
        {"overlay/kustomization.yaml": "resources: [../base]\nimages:\n- name: a\n  tag: b\n"},
        "overlay/kustomization.yaml:4:3",
        "there is no field `images[0].tag` in a kustomization: there are digest, name, newName, newTag, tagSuffix",
    ),
    "unknown-field-of-a-base": (
        {
            "overlay/kustomization.yaml": "resources: [../part]\n",
            "part/kustomization.yaml": "configMapGenerator:\n- name: a\n  literal: [a=b]\n",
        },
        "part/kustomization.yaml:3:3",
        "there is no field `configMapGenerator[0].literal` in a kustomization; did you mean `literals`?",
    ),
    "wrong-version": (
        {"overlay/kustomization.yaml": "kind: Kustomization\napiVersion: v1\nresources: [../base]\n"},
        "overlay/kustomization.yaml:2:1",
        "the kustomization is not valid: apiVersion for Kustomization should be kustomize.config.k8s.io/v1beta1",
    ),
    "component-among-resources": (
        {
            "overlay/kustomization.yaml": "resources:\n- ../part\n",
            "part/kustomization.yaml": "kind: Component\nnamePrefix: a\n",
        },
        "overlay/kustomization.yaml:2:3",
        "part is a Component: name it under `components`, not under `resources`",
    ),
    "base-among-components": (
        {"overlay/kustomization.yaml": "resources: []\ncomponents:\n- ../base\n"},
        "overlay/kustomization.yaml:3:3",
        "base is not a Component: name it under `resources`, not under `components`",
    ),
    "no-object": (
        {"overlay/kustomization.yaml": "resources:\n- v.yaml\n", "overlay/v.yaml": "a: b"},
        "overlay/kustomization.yaml:2:3",
        "overlay/v.yaml has a document that is not a Kubernetes object: missing Resource metadata",
    ),
    "no-name": (
        {"overlay/kustomization.yaml": "resources:\n- v.yaml\n", "overlay/v.yaml": "apiVersion: v1\nkind: Pod"},
        "overlay/kustomization.yaml:2:3",
        "overlay/v.yaml has a document that is not a Kubernetes object: missing metadata.name",
    ),
    "literal": (
        {"overlay/kustomization.yaml": "namePrefix: a\nsecretGenerator: [{name: a, literals: [canary]}]"},
        "overlay/kustomization.yaml:2:1",
        "an entry of `literals` is not of the form name=value",
    ),
    "merge-into-nothing": (
        {"overlay/kustomization.yaml": "configMapGenerator:\n- {name: b}\n- {name: a, behavior: merge}\n"},
        "overlay/kustomization.yaml:3:3",
        "there is no ConfigMap a that the generator could merge into or replace",
    ),
    "replacement-source": (
        {
            "overlay/kustomization.yaml": (
                "resources: [../base]\nreplacements:\n- source: {kind: ConfigMap, name: x}\n"
                "  targets: [{select: {kind: Deployment}, fieldPaths: [spec.replicas]}]"
            )
        },
        "overlay/kustomization.yaml:2:1",
        "a replacement finds no object for the source ConfigMap x",
    ),
    "replacement-target": (
        {
            "overlay/kustomization.yaml": (
                "resources: [../base]\nreplacements:\n- source: {kind: Deployment, fieldPath: metadata.name}\n"
                "  targets: [{select: {kind: Deployment}, fieldPaths: [spec.a.b]}]"
            )
        },
        "overlay/kustomization.yaml:2:1",
        "a replacement finds no field spec.a.b in a target",
    ),
    "variable": (
        {
            "overlay/kustomization.yaml": (
                "resources: [../base]\nvars:\n- name: X\n  objref: {kind: Nope, name: x, apiVersion: v1}\n"
            )
        },
        "overlay/kustomization.yaml:2:1",
        "the variable X refers to no field of any object",
    ),
    "unforeseen": (
        {
            "overlay/kustomization.yaml": (
                'resources: [../base]\npatches:\n- target: {kind: Deployment}\n  patch: \'[{"op": "jump", "path": "/a"}]\'\n'
            )
        },
        "overlay/kustomization.yaml",
        "kustomize: Unexpected kind: jump",
    ),
}


@pytest.mark.parametrize("case", CASES)
@PROGRAMS
def test_the_sentence_and_the_place(case: str, program: Callable[[], Program]) -> None:
    files, place, sentence = CASES[case]
    result = render({**BASE, **files}, program=program())
    assert not result.ok
    (finding,) = result.findings
    assert finding.code == "kustomize-build-failed"
    assert finding.message.startswith(sentence)
    found = str(finding.location)
    assert found.startswith(place) if place.endswith(":") else found == place
    assert (finding.target, finding.environment) == ("overlay", "test")


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_this_machine_is_shown(case: str) -> None:
    """No folder of this machine, no address in memory, no content of Secrets, one line."""
    result = render({**BASE, **CASES[case][0]})
    for finding in result.findings:
        assert not re.search(r"/tmp|gitops-action|0x[0-9a-f]{6}|canary|\n|/root|/home", finding.message)
        assert not finding.file.startswith("/")
        assert len(finding.message) <= 400


def test_secrets_in_a_patch_that_cannot_be_read_are_not_shown() -> None:
    patch = "apiVersion: v1\nkind: Secret\nstringData: {password: canary}\n"
    files = {
        "overlay/kustomization.yaml": "resources: [../base]\npatches:\n- patch: |\n    " + patch.replace("\n", "\n    ")
    }
    (finding,) = render({**BASE, **files}).findings
    assert "canary" not in finding.message
    assert finding.code == "kustomize-build-failed"
