"""The report's schema is a valid schema, says what each part means, and holds for what is written, by another library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
from hypothesis import given, settings

from gitops_action.data import schemas_folder
from gitops_action.model import Outcome, Report, Severity, Verdict
from gitops_action.report.json_report import SCHEMA_VERSION, dump
from tests.unit.report.sample import sample
from tests.unit.report.test_json_report import REPORTS

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = json.loads((schemas_folder() / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def objects(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield place, schema
        for key, value in schema.items():
            yield from objects(value, f"{place}/{key}")
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            yield from objects(value, f"{place}/{number}")


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_property_is_described_and_nothing_else_is_allowed() -> None:
    for place, schema in objects(SCHEMA):
        for name, inner in schema.get("properties", {}).items():
            assert "description" in inner or "$ref" in inner, f"{place}/{name}"
        if "properties" in schema:
            assert schema["additionalProperties"] is False, place


def test_its_words_are_the_models() -> None:
    change, finding = SCHEMA["$defs"]["change"]["properties"], SCHEMA["$defs"]["finding"]["properties"]
    assert change["outcome"]["enum"] == [outcome.value for outcome in Outcome]
    assert finding["severity"]["enum"] == [severity.value for severity in Severity]
    assert set(SCHEMA["properties"]["verdict"]["enum"]) == {verdict.value for verdict in Verdict}
    assert SCHEMA["properties"]["schemaVersion"]["const"] == SCHEMA_VERSION


def test_it_holds_for_the_sample() -> None:
    VALIDATOR.validate(json.loads(dump(sample())))


@given(REPORTS)
@settings(max_examples=50)
def test_it_holds_for_any_report(report: Report) -> None:
    VALIDATOR.validate(json.loads(dump(report)))
