"""What a person reads for each kind of error in a custom resource's schema."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.validate.compiling import compile_schema
from gitops_action.validate.messages import all_problems
from gitops_action.validate.native import BASE64
from gitops_action.validate.problems import Problem, closest, path_text, pointer_into, quoted, value_text


def said(schema: dict[str, Any], spec: Any, kind: str = "C") -> list[Problem]:
    compiled = compile_schema({"properties": {"spec": schema}})
    value = {"kind": kind, "spec": spec}
    return all_problems(compiled.validator.iter_errors(value), compiled.schema, value)


@pytest.mark.parametrize(
    ("schema", "spec", "code", "message"),
    [
        ({"type": ["integer", "null"]}, "x", "wrong-type", 'spec must be an integer, not the string "x"'),
        ({"type": "integer"}, "12", "wrong-type", 'spec must be an integer, not the string "12"; take the quotes away'),
        ({"type": "boolean"}, "true", "wrong-type", 'spec must be true or false, not the string "true"; take the quotes away'),
        ({"type": "string"}, True, "wrong-type", "spec must be a string, not the boolean true; put it in quotes: YAML reads yes, y and on as true"),
        ({"type": "string"}, False, "wrong-type", "spec must be a string, not the boolean false; put it in quotes: YAML reads no, n and off as false"),
        ({"type": "string"}, {}, "wrong-type", "spec must be a string, not a mapping"),
        ({"type": ["integer", "string"]}, [], "wrong-type", "spec must be a string or an integer, not a list"),
        ({"type": "object"}, None, "required-field", "spec must be a mapping, not null"),
        ({"type": "string", "enum": ["a"]}, 1, "wrong-type", "spec must be a string, not the number 1; put it in quotes"),
        ({"enum": ["Always", "Never", None, ""]}, "never", "invalid-enum",
         'spec must be one of Always, Never, not the string "never"; did you mean "Never"?'),
        ({"enum": ["Only"]}, "x", "invalid-enum", 'spec must be Only, not the string "x"'),
        ({"enum": [f"v{n}" for n in range(20)]}, 1, "invalid-enum",
         "spec must be one of v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11 … (20 in all), not the number 1"),
        ({"const": 3}, 4, "invalid-enum", "spec must be 3, not the number 4"),
        ({"pattern": "^a$"}, "b", "invalid-format", 'spec must be of the form ^a$, not the string "b"'),
        ({"pattern": "^a$"}, "b" * 99, "invalid-format", "spec must be of the form ^a$, which this text is not"),
        ({"pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"}, "10", "invalid-format",
         'spec must be a duration such as 10m or 1h30m, not the string "10"'),
        ({"format": "ipv4"}, "b", "invalid-format", 'spec must be an IPv4 address, not the string "b"'),
        ({"minimum": 3}, 2, "invalid-value", "spec must be at least 3, not the number 2"),
        ({"exclusiveMaximum": 3}, 3, "invalid-value", "spec must be less than 3, not the number 3"),
        ({"maxLength": 1}, "ab", "invalid-value", 'spec must have at most 1 characters, not the string "ab"'),
        ({"minItems": 1}, [], "invalid-value", "spec must have at least 1 items"),
        ({"maxProperties": 0}, {"a": 1}, "invalid-value", "spec must have at most 0 fields"),
        ({"multipleOf": 2}, 3, "invalid-value", "spec must be a multiple of 2, not the number 3"),
        ({"uniqueItems": True}, [1, 1], "invalid-value", "spec has an item twice"),
        ({"not": {"required": ["a"]}}, {"a": 1}, "invalid-value", "spec is not as its schema demands (not)"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, [], "wrong-type", "spec must be a string or an integer, not a list"),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, "required-field", "spec needs a or b"),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 1}, "invalid-value",
         "spec fits more than one of the alternatives that exclude each other"),
    ],
)  # fmt: skip
def test_each_kind_of_error(schema: dict[str, Any], spec: Any, code: str, message: str) -> None:
    [problem] = said(schema, spec)
    assert (problem.code, problem.message) == (code, message)
    assert problem.pointer == ("spec",)


def test_the_branch_that_was_meant_is_the_one_that_fits_further() -> None:
    by_kind = {"oneOf": [
        {"properties": {"kind": {"enum": ["S3"]}, "s3": {"required": ["bucket"]}}, "required": ["kind"]},
        {"properties": {"kind": {"enum": ["Git"]}, "git": {"properties": {"depth": {"type": "integer"}}}}, "required": ["kind", "git"]},
    ]}  # fmt: skip
    [problem] = said(by_kind, {"kind": "Git", "git": {"depth": "x"}})
    assert problem.message == 'spec.git.depth must be an integer, not the string "x"'


def test_keys_that_look_like_numbers_are_keys() -> None:
    schema = {"additionalProperties": {"items": {"type": "string"}}}
    [problem] = said(schema, {"5": ["a", 1]})
    assert problem.pointer == ("spec", "5", 1)
    assert problem.message.startswith("spec.5[1] must be a string")


@pytest.mark.parametrize(
    ("kind", "field", "message"),
    [
        ("Secret", "data", "data.a must be base64, which this text is not; plain text goes under stringData"),
        (
            "ConfigMap",
            "binaryData",
            'binaryData.a must be base64, not the string "hunter 2"; plain text goes under data',
        ),
        ("Other", "data", 'data.a must be base64, not the string "hunter 2"'),
    ],
)
def test_plain_text_in_place_of_base64(kind: str, field: str, message: str) -> None:
    compiled = compile_schema({"properties": {field: {"additionalProperties": {"type": "string", "pattern": BASE64}}}})
    value = {"kind": kind, field: {"a": "hunter 2"}}
    [problem] = all_problems(compiled.validator.iter_errors(value), compiled.schema, value)
    assert problem.message == message


@pytest.mark.parametrize("schema", [{"type": "integer"}, {"enum": ["x"]}, {"pattern": "^x$"}, {"maxLength": 1}])
def test_secrets_stay_secret(schema: dict[str, Any]) -> None:
    [problem] = said(schema, "hunter2", kind="Secret")
    assert "hunter2" not in problem.message
    assert problem.message.endswith(("not a string", "which this text is not"))


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ((), ""),
        (("spec", "containers", 0, "image"), "spec.containers[0].image"),
        (("metadata", "labels", "a.b/c"), 'metadata.labels["a.b/c"]'),
        (("data", ""), 'data[""]'),
        (("data", 'a"b\n'), 'data["a\\"b\\n"]'),
        (("data", "x" * 100), f"data.{'x' * 100}"),
    ],
)
def test_paths(pointer: tuple[str | int, ...], text: str) -> None:
    assert path_text(pointer) == text


def test_paths_are_read_by_the_value() -> None:
    value = {"1": [{"2": 3}], "a": "x"}
    assert pointer_into(value, ["1", "0", "2"]) == ("1", 0, "2")
    assert pointer_into(value, [1, 0, 2]) == ("1", 0, "2")
    assert pointer_into(value, ["a", "b", 1]) == ("a", "b", "1")
    assert pointer_into(value, ["1", "x"]) == ("1", "x")
    assert pointer_into(value, ["1", 9, "y"]) == ("1", 9, "y")


def test_values_are_cut() -> None:
    assert quoted("x" * 60) == '"' + "x" * 60 + '"'
    assert quoted("x" * 61) == '"' + "x" * 59 + '…"'
    assert value_text("x" * 100, secret=False) == "a string"
    assert value_text(10**100, secret=False) == "a number"
    assert value_text("x", secret=True) == "a string"


def test_what_was_meant() -> None:
    assert closest("lables", ["labels", "name"]) == "labels"
    assert closest("HOSTNETWORK", ["hostNetwork"]) == "hostNetwork"
    assert closest("zzz", ["labels"]) is None
    assert closest("x", []) is None
