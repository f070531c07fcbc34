"""Defaults in the schemas of custom resources: each must fit its own schema, without fields that would be pruned.

ValidateDefaults, pkg/apiserver/schema/defaulting/validation.go of apiextensions-apiserver. CEL rules and the metadata
of embedded objects are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.compiling import SchemaError, compile_schema
from gitops_action.validate.formats import CHECKERS
from gitops_action.validate.messages import all_problems
from gitops_action.validate.problems import Problem, path_text
from gitops_action.validate.rules.schema_nodes import INT_OR_STRING
from gitops_action.validate.structural import value_schema

if TYPE_CHECKING:
    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_SCALARS: Final = {"string": str, "boolean": bool, "integer": int}
_PLAIN: Final = frozenset({"type", "description", "default", "enum", "title", "nullable", "example"})


def default_value(check: Check, schema: Mapping[str, Any], at: Pointer) -> None:
    """Check the default of a node. Defaults inside of it are not filled in before: the server does not either."""
    default, factor = schema["default"], schema.get("multipleOf")
    if isinstance(factor, int | float) and factor <= 0 and isinstance(default, int | float):
        check.invalid("invalid-value", (*at, "multipleOf"), factor, "greater than 0 where there is a default")
        return
    if schema.keys() <= _PLAIN and _fits(default, schema):
        return
    try:
        converted = value_schema({"type": "object", "properties": {"default": _loose(schema)}})
        instance = {"default": default}
        errors = list(compile_schema(converted, CHECKERS).validator.iter_errors(instance))
    except (SchemaError, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return  # what is wrong with the schema is said of the schema
    for problem in all_problems(errors, converted, instance):
        message = f"{path_text(at)}: {problem.message}"
        check.problems.append(Problem(problem.code, (*at, *problem.pointer), message, problem.key))


def _loose(schema: Any) -> Any:
    """Return a node without x-kubernetes-int-or-string, which says nothing of a default (ToKubeOpenAPI); anyOf does."""
    if not isinstance(schema, Mapping):
        return schema
    loose = {
        name: part for name, part in schema.items() if name != INT_OR_STRING or "anyOf" in schema or "allOf" in schema
    }
    for name in ("items", "additionalProperties"):
        if name in loose:
            loose[name] = _loose(loose[name])
    if isinstance(fields := loose.get("properties"), Mapping):
        loose["properties"] = {name: _loose(part) for name, part in fields.items()}
    return loose


def _fits(default: Any, schema: Mapping[str, Any]) -> bool:
    if default.__class__ is not _SCALARS.get(schema.get("type", "")):
        return False
    return not schema.get("enum") or default in schema["enum"]
