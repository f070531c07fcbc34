"""The JSON schemas that we publish, for tests of what is written by them."""

from __future__ import annotations

import json

import jsonschema_rs

from tests.support import ROOT


def problems(name: str, text: str) -> list[str]:
    """Return how a JSON text breaks one of the schemas."""
    schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    return [error.message for error in validator.iter_errors(json.loads(text))]
