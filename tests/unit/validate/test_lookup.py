from __future__ import annotations

import pytest

from gitops_action.model import Severity
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.crds import Crds
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import manifests


def said(identity: str, *minors: int) -> list[tuple[str, str]]:
    """What engine `schema` says of an apiVersion, whatever else is wrong with the object."""
    api_version, kind = identity.split()
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n"
    findings = SchemaEngine([Catalog(minor) for minor in minors]).validate(manifests(text)).findings
    return [(f.code, f.message) for f in findings if f.code.startswith("api-")]


FLOW_SCHEMA = "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema"


@pytest.mark.parametrize(
    ("kind", "minor", "code", "message"),
    [
        (
            FLOW_SCHEMA,
            29,
            "api-deprecated",
            f"{FLOW_SCHEMA} is deprecated since Kubernetes 1.29 and not served from 1.32 on",
        ),
        (FLOW_SCHEMA, 32, "api-removed", f"{FLOW_SCHEMA} was removed in Kubernetes 1.32"),
        ("v1 Endpoints", 33, "api-deprecated", "v1 Endpoints is deprecated since Kubernetes 1.33"),
    ],
)
def test_the_end_of_an_api_by_target_version(kind: str, minor: int, code: str, message: str) -> None:
    instead = {FLOW_SCHEMA: "flowcontrol.apiserver.k8s.io/v1 FlowSchema"}.get(kind, "discovery.k8s.io/v1 EndpointSlice")
    assert said(kind, minor) == [(code, f"{message}; use {instead}")]


@pytest.mark.parametrize(("kind", "minor"), [(FLOW_SCHEMA, 28), ("v1 Endpoints", 32), ("apps/v1 Deployment", 37)])
def test_nothing_is_said_before(kind: str, minor: int) -> None:
    assert said(kind, minor) == []


def test_several_versions_are_judged_one_by_one() -> None:
    assert [code for code, _ in said(FLOW_SCHEMA, 28, 29, 31, 32)] == ["api-deprecated", "api-removed"]


def test_what_is_deprecated_is_still_judged() -> None:
    text = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: x}\nsubset: []\n"
    result = SchemaEngine(Catalog(36)).validate(manifests(text))
    assert [(f.code, f.severity, f.line) for f in result.findings] == [
        ("unknown-field", Severity.ERROR, 4),
        ("api-deprecated", Severity.WARNING, 1),
    ]
    assert (result.found, result.checked) == (1, 1)


CRD = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: widgets.example.org}
    spec:
      group: example.org
      names: {kind: Widget, plural: widgets}
      scope: Namespaced
      versions:
        - {name: v1alpha1, served: true, storage: false, deprecated: true, schema: {openAPIV3Schema: {type: object}}}
        - {name: v1beta1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
        - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
    """


def test_a_custom_resource_is_deprecated_by_its_definition() -> None:
    engine = SchemaEngine(Catalog(36), Crds.from_manifests(manifests(CRD)))
    text = "apiVersion: example.org/{}\nkind: Widget\nmetadata: {{name: x}}\n"
    [finding] = engine.validate(manifests(text.format("v1alpha1"))).findings
    assert (finding.code, finding.message) == (
        "api-deprecated",
        "example.org/v1alpha1 Widget is deprecated by its CustomResourceDefinition; use example.org/v1",
    )
    assert engine.validate(manifests(text.format("v1"))).findings == []
    [finding] = engine.validate(manifests(text.format("v1beta1"))).findings
    assert finding.code == "api-removed"
