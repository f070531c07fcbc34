"""Defaults in the schemas of custom resources: each must fit its own schema, without fields that would be pruned.

ValidateDefaults, pkg/apiserver/schema/defaulting/validation.go of apiextensions-apiserver. CEL rules and the metadata
of embedded objects are not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.compiling import SchemaError, compile_schema
from gitops_action.validate.formats import CHECKERS
from gitops_action.validate.messages import all_problems
from gitops_action.validate.problems import Problem, path_text
from gitops_action.validate.structural import value_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_SCALARS: Final = {"string": str, "boolean": bool, "integer": int}
_PLAIN: Final = frozenset({"type", "description", "default", "enum", "title", "nullable", "example"})


def default_value(check: Check, schema: Mapping[str, Any], at: Pointer) -> None:
    """Check the default of a node. Defaults inside of it are not filled in before: the server does not either."""
    default = schema["default"]
    if schema.keys() <= _PLAIN and _fits(default, schema):
        return
    try:
        converted = value_schema({"type": "object", "properties": {"default": schema}})
        instance = {"default": default}
        errors = list(compile_schema(converted, CHECKERS).validator.iter_errors(instance))
    except (SchemaError, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return  # what is wrong with the schema is said of the schema
    for problem in all_problems(errors, converted, instance):
        message = f"{path_text(at)}: {problem.message}"
        check.problems.append(Problem(problem.code, (*at, *problem.pointer), message, problem.key))


def _fits(default: Any, schema: Mapping[str, Any]) -> bool:
    if default.__class__ is not _SCALARS.get(schema.get("type", "")):
        return False
    return not schema.get("enum") or default in schema["enum"]
