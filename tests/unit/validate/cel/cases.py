"""The cases of cases.yaml: a definition with a field for each, and an object for each value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

RULES: Final = "x-kubernetes-validations"
_TEXT: Final = {"type": "string", "maxLength": 60}


@dataclass(frozen=True)
class Case:
    """The schema of one field, with its rule, and what the server says of values of it."""

    number: int
    schema: dict[str, Any]
    good: list[Any]
    bad: list[Any]
    missed: list[Any]

    @property
    def name(self) -> str:
        """The rule or the format."""
        rules = self.schema.get(RULES)
        return rules[0]["rule"] if rules else str(self.schema.get("format", self.number))

    def manifest(self, value: Any) -> str:
        """An object with the value."""
        head = {"apiVersion": "cel.example.test/v1", "kind": "Test", "metadata": {"name": "x"}}
        return json.dumps({**head, "spec": {f"field{self.number}": value}})


def _read(number: int, written: dict[str, Any]) -> Case:
    schema = dict(written.get("schema", _TEXT))
    if "rule" in written:
        rules = written["rule"]
        schema[RULES] = [{"rule": rule} for rule in ([rules] if isinstance(rules, str) else rules)]
    return Case(number, schema, written["good"], written["bad"], written.get("missed", []))


def cases() -> list[Case]:
    """Every case of the table."""
    table = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text())
    return [_read(number, written) for number, written in enumerate(table)]


def definition(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a definition whose objects have these fields in `spec`."""
    spec = {"type": "object", "properties": fields}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
    }
    names = {"kind": "Test", "plural": "tests", "singular": "test", "listKind": "TestList"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "tests.cel.example.test"},
        "spec": {"group": "cel.example.test", "names": names, "scope": "Namespaced", "versions": [version]},
    }
