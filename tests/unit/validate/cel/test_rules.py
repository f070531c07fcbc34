"""How the rules of custom resources become findings."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml

from gitops_action.validate import lookup
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.cel import environment
from gitops_action.validate.crds import Crds, bundled
from gitops_action.validate.lookup import Schemas
from gitops_action.validate.schema import SchemaEngine
from gitops_action.validate.structural import has_rules
from tests.manifests import manifests

HEAD = "apiVersion: cel.example.test/v1\nkind: Test\nmetadata:\n  name: x\n"
RULES = "x-kubernetes-validations"


def definition(spec: dict[str, Any]) -> str:
    schema = {"type": "object", "properties": {"spec": spec}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "tests.cel.example.test"},
        "spec": {"group": "cel.example.test", "names": {"kind": "Test"}, "scope": "Namespaced", "versions": [version]},
    }
    return yaml.safe_dump(crd, sort_keys=False)


def judged(crd: str, text: str) -> list[tuple[str, str, int | None]]:
    defined = manifests(crd, "crd.yaml")
    result = SchemaEngine(Catalog.newest(), Crds.from_manifests(defined)).validate(manifests(text, "x.yaml"))
    return [(found.code, found.message, found.line) for found in result.findings]


SPEC = {
    "type": "object",
    RULES: [
        {"rule": "self.min <= self.max", "messageExpression": "'at least ' + string(self.min)", "fieldPath": ".max"},
        {"rule": "self.max != 6", "message": "not six"},
    ],
    "properties": {
        "min": {"type": "integer", "default": 7},
        "max": {"type": "integer"},
        "names": {"type": "array", "items": {"type": "string", RULES: [{"rule": "self.startsWith('a')"}]}},
    },
}


def test_a_violation_is_at_the_value() -> None:
    text = HEAD + "spec:\n  max: 6\n  names:\n    - aa\n    - b\n"
    assert judged(definition(SPEC), text) == [
        ("rule-violated", "spec.max: at least 7", 6),
        ("rule-violated", "spec: not six", 5),
        ("rule-violated", "spec.names[1]: failed rule: self.startsWith('a')", 9),
    ]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("self.names.all(n, n.startsWith('a'))", 9),
        ("self.parts.all(p, p.names.exists(n, n == 'a'))", 5),
        ("size(self.names) < 3", 5),
        ("self.names.exists(n, n == 'c')", 5),
        ("!('b' in self.names)", 9),
    ],
)
def test_a_violation_is_at_the_item_without_which_there_is_none(rule: str, line: int) -> None:
    names = {"type": "array", "items": {"type": "string"}}
    parts = {"type": "array", "items": {"type": "object", "properties": {"names": names}}}
    spec = {"type": "object", RULES: [{"rule": rule}], "properties": {"names": names, "parts": parts}}
    text = "spec:\n  names:\n    - a\n    - aa\n    - b\n  parts:\n    - names: [c]\n    - names: [a, c]\n    - names: []\n"
    assert [found for *_, found in judged(definition(spec), HEAD + text)] == [line]


@pytest.mark.parametrize(
    ("rule", "message", "line"),
    [
        pytest.param(
            "self.type != 'A' || !has(self.secret)", "Secret is not for type A", 6, id="it would hold without"
        ),
        pytest.param("self.low < self.high", "low must be less than high", 8, id="the first of two"),
        pytest.param("self.low < self.high", "the order is wrong", 5, id="none is named"),
        pytest.param(
            "!has(self.secret) || has(self.name)", "name is required with a secret", 6, id="too many or too few"
        ),
        pytest.param("has(self.name)", "low needs a name", 5, id="one that is not to blame"),
    ],
)
def test_a_violation_is_at_the_field_that_its_message_speaks_of(rule: str, message: str, line: int) -> None:
    texts, numbers = ({"type": kind} for kind in ("string", "integer"))
    fields = {"secret": texts, "type": texts, "name": texts, "low": numbers, "high": numbers}
    spec = {"type": "object", RULES: [{"rule": rule, "message": message}], "properties": fields}
    text = "spec:\n  secret: a\n  type: A\n  low: 3\n  high: 2\n"
    assert [found for *_, found in judged(definition(spec), HEAD + text)] == [line]


def test_nothing_is_said_of_what_does_not_fit_its_schema() -> None:
    text = HEAD + "spec:\n  max: '6'\n  names:\n    - b\n"
    assert [code for code, *_ in judged(definition(SPEC), text)] == ["wrong-type", "rule-violated"]


def test_a_rule_that_cannot_be_compiled_is_named_once() -> None:
    spec = {"type": "object", RULES: [{"rule": "self.unheardOf()"}], "properties": {"a": {"type": "string"}}}
    crd = definition(spec)
    found = judged(crd, f"{HEAD}spec: {{a: b}}\n---\n{HEAD}spec: {{a: c}}\n")
    line = next(number for number, text in enumerate(crd.splitlines(), 1) if "rule:" in text)
    rule = "the rule properties.spec.x-kubernetes-validations[0] of cel.example.test/v1 Test"
    message = f"{rule} is not checked: undeclared reference to 'unheardOf' (in container '')"
    assert found == [("rule-unchecked", message, line)]


def test_a_new_object_has_a_name_and_no_status() -> None:
    rules = [
        {"rule": "self.metadata.name.startsWith('new-') && self.metadata.name.size() > 4", "message": "new"},
        {"rule": "!has(self.status)", "message": "fresh"},
    ]
    fields = {"spec": {"type": "object"}, "status": {"type": "object", RULES: [{"rule": "false"}]}}
    crd = yaml.safe_load(definition({"type": "object"}))
    (version,) = crd["spec"]["versions"]
    version["schema"]["openAPIV3Schema"] = {"type": "object", "properties": fields, RULES: rules}
    text = HEAD.replace("name: x", "generateName: new-") + "status: {}\n"
    assert [message for _, message, _ in judged(yaml.safe_dump(crd), text)] == ["fresh", "status: failed rule: false"]
    version["subresources"] = {"status": {}}
    assert judged(yaml.safe_dump(crd), text) == []


def test_what_sops_has_encrypted_is_not_judged() -> None:
    spec = {
        "type": "object",
        RULES: [{"rule": "self.token.size() > 3"}],
        "properties": {
            "token": {"type": "string", RULES: [{"rule": "self.size() > 3"}]},
            "name": {"type": "string", RULES: [{"rule": "self.size() > 3"}]},
        },
    }
    cipher = "ENC[AES256_GCM,data:cQ==,iv:+8a+VuD=,tag:99Amm+dt==,type:str]"
    text = f"{HEAD}spec:\n  token: {cipher}\n  name: a\nsops:\n  mac: {cipher}\n  encrypted_regex: ^token$\n  version: 3.9.0\n"
    found = [(code, message) for code, message, _ in judged(definition(spec), text)]
    assert ("rule-violated", "spec.name: failed rule: self.size() > 3") in found
    assert [code for code, _ in found] == ["rule-violated", "encrypted"]


def test_without_the_library_no_rule_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "import_module", _absent)
    lookup._rules.cache_clear()
    for cached in (environment._environment, environment._extension):
        cached.cache_clear()
    text = HEAD + "spec:\n  max: 6\n"
    said = "the rules of cel.example.test/v1 Test are not checked: there is no CEL library for this platform"
    assert [(code, message) for code, message, _ in judged(definition(SPEC), f"{text}---\n{text}")] == [
        ("rule-unchecked", said)
    ]


def _absent(name: str) -> None:
    raise ImportError(name)


def test_bundled_rules_are_checked_too() -> None:
    text = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\n"
        "spec:\n  interval: 5m\n  kubeConfig: {}\n  chartRef: {kind: OCIRepository, name: podinfo}\n"
    )
    found = SchemaEngine(Catalog.newest()).validate(manifests(text, "x.yaml")).findings
    assert [(finding.code, finding.line) for finding in found] == [("rule-violated", 6)]


def test_each_target_version_has_its_formats() -> None:
    crd = Crds.from_manifests(manifests(definition({"type": "string", "format": "k8s-short-name"}), "crd.yaml"))
    text = HEAD + "spec: A\n"
    assert not SchemaEngine(Catalog(33), crd).validate(manifests(text)).findings
    assert len(SchemaEngine(Catalog(36), crd).validate(manifests(text)).findings) == 1


def test_every_rule_of_the_bundled_definitions_compiles() -> None:
    with_rules = [kind for kind in bundled().kinds() if has_rules(bundled().of(*kind)[0].schema)]
    assert len(with_rules) > 5
    for kind in with_rules:
        assert not list(Schemas(Catalog.newest()).find(*kind).unchecked_rules()), kind


def test_the_library_is_loaded_for_rules_only() -> None:
    script = (
        "import sys\n"
        "from tests.unit.validate.cel.test_rules import *\n"
        "judged(definition({'type': 'object'}), HEAD + 'spec: {}')\n"
        "print('cel_expr_python' in sys.modules)\n"
        "judged(definition(SPEC), HEAD + 'spec: {}')\n"
        "print('cel_expr_python' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
