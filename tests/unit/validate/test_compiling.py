from __future__ import annotations

from typing import Any

import pytest

from gitops_action.validate.compiling import SchemaError, compile_schema
from gitops_action.validate.regexes import to_ecma


def test_a_pattern_that_cannot_be_evaluated_is_left_out_and_named() -> None:
    schema: dict[str, Any] = {
        "properties": {"a": {"pattern": "(?i)x"}, "b": {"pattern": "^y$"}},
        "items": [{"pattern": "(?=z)"}],
    }
    compiled = compile_schema(schema)
    assert compiled.unchecked == ("(?=z)", "(?i)x")
    assert compiled.validator.is_valid({"a": "nothing"})
    assert not compiled.validator.is_valid({"b": "nothing"})
    assert schema["properties"]["a"] == {"pattern": "(?i)x"}, "the caller's schema stays as it is"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strin"},
        {"minLength": -1},
        {"required": "a"},
        {"$ref": "#/definitions/none"},
        {"$ref": "https://a.example/s.json"},
    ],
)
def test_a_wrong_schema_is_an_error_of_one_line(schema: dict[str, object]) -> None:
    with pytest.raises(SchemaError) as caught:
        compile_schema(schema)
    assert len(str(caught.value).splitlines()) == 1


def test_a_recursive_schema_ends() -> None:
    compiled = compile_schema(
        {"$ref": "#/definitions/a", "definitions": {"a": {"items": {"$ref": "#/definitions/a"}, "type": "array"}}}
    )
    assert compiled.validator.is_valid([[[]]])
    assert not compiled.validator.is_valid([[1]])


def test_hostile_patterns_take_linear_time() -> None:
    # A backtracking engine would not end within the age of the universe, and the test's time limit would.
    compiled = compile_schema({"pattern": "^(a+)+$"})
    assert not compiled.validator.is_valid("a" * 50_000 + "!")


@pytest.mark.parametrize(
    ("go", "ecma"),
    [
        (r"\Aa\z", "^a$"),
        (r"[[:alpha:]_]+", "[A-Za-z_]+"),
        (r"[^[:space:]]", r"[^\t\n\v\f\r ]"),
        (r"\pL\PN\p{Greek}", r"\p{L}\P{N}\p{Greek}"),
        (r"(?P<year>\d+)-(?<month>\d+)", r"(?:\d+)-(?:\d+)"),
        (r"\Qa.b\E+", r"a\.b+"),
        (r"\Qa.b", r"a\.b"),
        (r"\\z\.\-", r"\\z\.\-"),
        (r"(?i)abc", r"(?i)abc"),
        (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
        (r"[[:nonsense:]]", r"[[:nonsense:]]"),
    ],
)
def test_patterns_of_go_are_rewritten(go: str, ecma: str) -> None:
    assert to_ecma(go) == ecma
