"""Rules and values from a pull request cannot hold up the check: what might is left out, and that is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_action.model import Finding
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.cel import rules as rules_module
from gitops_action.validate.crds import Crds
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import manifests
from tests.unit.validate.cel.cases import RULES, definition

TEXT = {"type": "string"}
NUMBERS = {"type": "array", "items": {"type": "integer"}}
LONG = "a" * 1_000_000


def judged(schema: dict[str, Any], rule: Any, value: Any) -> list[Finding]:
    crd = json.dumps(definition({"f": {**schema, RULES: [{"rule": rule}]}}))
    head = {"apiVersion": "cel.example.test/v1", "kind": "Test", "metadata": {"name": "x"}}
    engine = SchemaEngine(Catalog(36), Crds.from_manifests(manifests(crd, "crd.json")))
    return engine.validate(manifests(json.dumps({**head, "spec": {"f": value}}), "x.json")).findings


def doubled(times: int) -> str:
    rule = f"v{times}.size() > 0"
    for step in range(times, 0, -1):
        before = f"v{step - 1}" if step > 1 else "self"
        rule = f"cel.bind(v{step}, {before} + {before}, {rule})"
    return rule


@pytest.mark.parametrize(
    ("schema", "rule", "value"),
    [
        pytest.param(
            NUMBERS, "self.all(a, self.all(b, self.all(c, a + b + c > -1)))", [*range(2000)], id="nested loops"
        ),
        pytest.param(TEXT, doubled(8), LONG, id="doubled again and again"),
        pytest.param(TEXT, doubled(40), "a", id="doubled too often"),
        pytest.param(TEXT, "(" * 5000 + "true" + ")" * 5000, "a", id="parentheses"),
        pytest.param(TEXT, "self == 'a' || " * 5000 + "true", "a", id="long"),
        pytest.param(TEXT, "self.matches('((a{100}){100}){100}')", LONG, id="repeated repetition"),
        pytest.param(TEXT, "self.matches(self)", LONG, id="a pattern of the user's"),
        pytest.param(TEXT, "self.findAll('a').size() > 0", LONG, id="many findings"),
        pytest.param(TEXT, "self.replace('a', self).size() > 0", LONG, id="replaced by itself"),
        pytest.param(TEXT, "'%.1000000000f'.format([1.5]).size() > 0", "a", id="precision"),
        pytest.param(TEXT, "lists.range(1000000000).size() > 0", "a", id="range"),
        pytest.param(TEXT, "self.split('').map(x, x + x).size() > 0", LONG, id="split"),
        pytest.param(NUMBERS, "self.map(x, self.map(y, self)).size() > 0", [*range(2000)], id="lists of lists"),
        pytest.param(TEXT, 5, "a", id="no text"),
    ],
)
def test_it_is_left_out(schema: dict[str, Any], rule: Any, value: Any) -> None:
    assert [finding.code for finding in judged(schema, rule, value)] == ["rule-unchecked"]


def test_patterns_take_linear_time() -> None:
    assert [finding.code for finding in judged(TEXT, "self.matches('(a+)+(a+)+(a+)+b$')", LONG)] == ["rule-violated"]


def test_a_kind_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_module, "_MOST_SECONDS", -1.0)
    (finding,) = judged(TEXT, "self == 'b'", "a")
    assert (finding.code, finding.message) == (
        "rule-unchecked",
        "the rules of cel.example.test/v1 Test are not checked: they take too long",
    )


WORDS = "self oldSelf 'a' 1 1.5 null [ ] ( ) { } + == && ! . , ? : .size() .all(x, .map(x, has( x .matches( quantity( ip( url("
PARTS = st.sampled_from([*WORDS.split(), " in ", "format.", "\\", "'"])


@given(st.lists(PARTS, max_size=15).map("".join) | st.text(max_size=30), st.integers() | st.text(max_size=5))
@settings(max_examples=300)
def test_any_rule_is_judged_or_named(rule: str, value: int | str) -> None:
    schema = {"x-kubernetes-int-or-string": True}
    assert {finding.code for finding in judged(schema, rule, value)} <= {"rule-violated", "rule-unchecked"}
