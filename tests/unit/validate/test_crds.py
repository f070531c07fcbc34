from __future__ import annotations

import pytest

from gitops_action.model import Finding
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.crds import Crds, bundled
from gitops_action.validate.lookup import Schemas, definition_findings
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import manifests

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.org
spec:
  group: example.org
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: integer, minimum: 1}
                labels: {type: object, additionalProperties: {type: string}}
    - name: v1alpha1
      served: false
      storage: false
      schema: {openAPIV3Schema: {type: object}}
"""
WIDGET = """
apiVersion: example.org/v1
kind: Widget
metadata: {name: w}
spec:
  size: 0
  lables: {}
"""


def check(text: str, crds: str = CRD) -> list[Finding]:
    engine = SchemaEngine(Catalog(36), Crds.from_manifests(manifests(crds, "crd.yaml")))
    return engine.validate(manifests(text)).findings


def test_resources_are_judged_by_the_definition_in_the_tree() -> None:
    assert [(f.code, f.line, f.column, f.message) for f in check(WIDGET)] == [
        ("invalid-value", 6, 9, "spec.size must be at least 1, not the number 0"),
        ("unknown-field", 7, 3, 'unknown field "lables" in spec; did you mean "labels"?'),
    ]


def test_without_the_definition_they_are_not_judged_and_that_is_said() -> None:
    result = SchemaEngine(Catalog(36)).validate(manifests(WIDGET))
    assert [(f.code, f.severity, f.line) for f in result.findings] == [("schema-missing", "warning", 3)]
    assert (result.found, result.checked) == (1, 0)


def test_a_version_that_is_not_served_is_an_error() -> None:
    [finding] = check(WIDGET.replace("example.org/v1", "example.org/v1alpha1"))
    assert (finding.code, finding.line) == ("api-removed", 2)
    assert finding.message == (
        "example.org/v1alpha1 Widget is not served: its CustomResourceDefinition says served: false"
    )


def test_a_version_that_is_not_defined_is_an_error() -> None:
    [finding] = check(WIDGET.replace("example.org/v1", "example.org/v2"))
    assert (finding.code, finding.line) == ("unknown-kind", 2)
    assert finding.message == (
        "the CustomResourceDefinition of Widget has no example.org/v2; it has example.org/v1, example.org/v1alpha1"
    )


def test_two_definitions_of_one_kind_may_each_accept() -> None:
    other = CRD.replace("minimum: 1", "minimum: 0").replace("labels:", "lables:")
    assert check(WIDGET, f"{CRD}\n---\n{other}") == []
    assert len(check(WIDGET, f"{CRD}\n---\n{CRD}")) == 2


def test_an_old_definition_is_reported_and_gives_no_schema() -> None:
    old = CRD.replace("apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1")
    [missing] = check(WIDGET, old)
    assert missing.code == "schema-missing"
    assert missing.message.endswith("its CustomResourceDefinition is of v1beta1, which is not read")
    [removed] = SchemaEngine(Catalog(36)).validate(manifests(old)).findings
    assert (removed.code, removed.line) == ("api-removed", 2)


def test_a_schema_that_cannot_be_used_is_a_finding_on_its_definition_and_one_on_each_resource() -> None:
    broken = CRD.replace("type: integer", "type: intger")
    findings = check(WIDGET, broken)
    assert [(f.code, f.file, f.line) for f in findings] == [
        ("schema-missing", "app.yaml", 3),
        ("schema-invalid", "crd.yaml", 10),
    ]


def test_a_pattern_that_cannot_be_evaluated_is_told_once() -> None:
    crd = CRD.replace("additionalProperties: {type: string}", 'additionalProperties: {type: string, pattern: "(?i)x"}')
    good = WIDGET.replace("size: 0", "size: 1").replace("lables: {}", "labels: {a: b}")
    engine = SchemaEngine(Catalog(36), Crds.from_manifests(manifests(crd, "crd.yaml")))
    [finding] = engine.validate([*manifests(good), *manifests(good, "other.yaml")]).findings
    assert (finding.code, finding.severity, finding.file) == ("rule-unchecked", "info", "crd.yaml")
    assert '"(?i)x"' in finding.message


HEAD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD + "spec: {group: 1, names: [], versions: 3}",
        HEAD + "spec: {group: a.b, names: {kind: C}, versions: [1, {name: 2}, null]}",
        "apiVersion: example.org/v1\nkind: CustomResourceDefinition",
        "kind: CustomResourceDefinition",
    ],
)
def test_what_is_no_definition_gives_none(text: str) -> None:
    assert list(Crds.from_manifests(manifests(text)).kinds()) == []


def test_a_definition_without_a_schema_cannot_be_used() -> None:
    crds = Crds.from_manifests(manifests(HEAD + "spec: {group: a.b, names: {kind: C}, versions: [{name: v1}]}"))
    lookup = Schemas(Catalog(36), crds).find("a.b/v1", "C")
    assert lookup.problem is not None
    [finding] = definition_findings(lookup.notes, "schema")
    assert finding.message == "the schema of a.b/v1 C cannot be used: it has no schema"


def test_flux_comes_with_the_program() -> None:
    assert {kind for _, kind in bundled().kinds()} >= {
        "Alert", "Bucket", "GitRepository", "HelmChart", "HelmRelease", "HelmRepository", "ImagePolicy",
        "ImageRepository", "ImageUpdateAutomation", "Kustomization", "OCIRepository", "Provider", "Receiver",
    }  # fmt: skip
    [finding] = (
        SchemaEngine(Catalog(36))
        .validate(
            manifests("""
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps}
        spec:
          interval: 10 minutes
          path: ./apps
          prune: true
          sourceRef: {kind: GitRepository, name: flux-system}
        """)
        )
        .findings
    )
    assert (finding.code, finding.line, finding.column) == ("invalid-format", 6, 13)


def test_an_older_version_of_flux_is_not_an_error() -> None:
    [finding] = (
        SchemaEngine(Catalog(36))
        .validate(
            manifests("""
        apiVersion: helm.toolkit.fluxcd.io/v2beta1
        kind: HelmRelease
        metadata: {name: apps}
        """)
        )
        .findings
    )
    assert (finding.code, finding.severity) == ("schema-missing", "warning")
    assert finding.message.endswith("the bundled schemas have helm.toolkit.fluxcd.io/v2")


def test_every_bundled_schema_compiles() -> None:
    schemas = Schemas(Catalog(36))
    for key in bundled().kinds():
        lookup = schemas.find(*key)
        assert (len(lookup.schemas), lookup.problem, lookup.notes) == (1, None, [])
