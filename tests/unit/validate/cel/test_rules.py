"""How the rules of custom resources become findings."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import yaml

from gitops_action.validate.catalog import Catalog
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
        ("rule-violated", "spec: not six", 6),
        ("rule-violated", "spec.names[1]: failed rule: self.startsWith('a')", 9),
    ]


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
