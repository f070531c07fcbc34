"""Whatever was not checked is said, each in its own finding, and never counted as checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Engine, FailOn
from gitops_action.model import Verdict
from gitops_action.pipeline import validate as validating
from gitops_action.pipeline.settings import Overrides
from tests.unit.pipeline.jobs import config_map

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report

WIDGET = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\n"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: SCHEMA}}
"""
BROKEN = "{type: object, properties: {spec: {type: objekt}}}"
SEALED = 'apiVersion: v1\nkind: "ENC[AES256_GCM,data:a==,iv:b=,tag:c=,type:str]"\nmetadata: {name: s}\nsops: {mac: x}\n'


def validate(folder: Path, engine: Engine = Engine.SCHEMA, fail_on: FailOn | None = None) -> Report:
    return validating.validate([str(folder)], Overrides(engines=(engine,), fail_on=fail_on), SilentProgress())


@pytest.mark.parametrize("engine", [Engine.SCHEMA, pytest.param(Engine.KUBECONFORM, marks=pytest.mark.tools)])
@pytest.mark.parametrize(
    ("files", "codes", "counts"),
    [
        ({"w.yaml": WIDGET}, {"schema-missing"}, (1, 0)),
        ({"w.yaml": WIDGET, "a.yaml": config_map("a")}, {"schema-missing"}, (2, 1)),
        ({"w.yaml": WIDGET, "crd.yaml": CRD.replace("SCHEMA", BROKEN)}, {"schema-invalid", "schema-missing"}, (2, 1)),
        ({"w.yaml": WIDGET, "crd.yaml": CRD.replace("SCHEMA", "7")}, {"schema-missing"}, (2, 1)),
        ({"s.yaml": SEALED}, {"encrypted"}, (1, 0)),
        ({"a.yaml": config_map("a"), "t.yaml": "a: {{ .Values.a }}\nb: {{- if x }}\n"}, {"template-unchecked"}, (1, 1)),
        ({"a.yaml": config_map("a"), "fix-patch.yaml": "kind: ConfigMap\ndata: {a: b}\n"}, {"patch-unused"}, (1, 1)),
        ({"a.yaml": config_map("a"), "o/kustomization.yaml": "resources: []\n"}, {"renders-nothing"}, (1, 1)),
        ({"a.yaml": config_map("a"), "c/kustomization.yaml": "kind: Component\n"}, {"component-unused"}, (1, 1)),
    ],
)  # fmt: skip
def test_what_was_not_checked_has_a_finding_and_is_not_counted(
    tmp_path: Path, files: dict[str, str], codes: set[str], counts: tuple[int, int], engine: Engine
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    report = validate(tmp_path, engine)
    assert {finding.code for finding in report.findings} >= codes
    assert [(entry.engine, entry.found, entry.checked) for entry in report.coverage.engines] == [
        (engine.value, *counts)
    ]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "nothing"},
        {"manifest": config_map("a")},
        {"a.yaml": ""},
        {"a.yaml": "# only a comment\n---\n"},
        {"a.yaml": "apiVersion: v1\nkind: List\nitems: []\n"},
        {"docker-compose.yaml": "services: {}\n"},
        {".gitops.yaml": "version: 1\nignore: ['**']\n", "a.yaml": config_map("a")},
        {"fix-patch.yaml": "kind: ConfigMap\ndata: {a: b}\n"},
        {"kustomization.yaml": "resources: []\n"},
    ],
)
def test_nothing_to_check_is_an_error_whatever_there_is(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    report = validate(tmp_path)
    assert "no-manifests" in {finding.code for finding in report.findings}
    assert report.verdict is Verdict.FAILED
    assert validate(tmp_path, fail_on=FailOn.NEVER).verdict is Verdict.INCOMPLETE
    assert sum(entry.checked for entry in report.coverage.engines) == 0
