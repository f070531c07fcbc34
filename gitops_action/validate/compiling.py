"""Compiles JSON schemas, with care: a schema from a pull request may be wrong or hostile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.records import dataclass
from gitops_action.validate.defaulting import prepared
from gitops_action.validate.rules.check import UNKNOWN, KindFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema_rs import Draft7Validator, Draft202012Validator

    from gitops_action.validate.cel.rules import Rules

    Formats: TypeAlias = dict[str, Callable[..., bool]]

DRAFT_2020: Final = "https://json-schema.org/draft/2020-12/schema"


class SchemaError(ValueError):
    """A schema that cannot be used; the message says why, on one line."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A schema and its validator.

    `unchecked` are the patterns that the checker cannot evaluate and that were left out. `structural` is the schema of
    a custom resource as its definition has it, with its defaults; None for a built-in kind. `facts` is what the rules
    want to know of the kind. `custom_rules` compiles those of the structural schema (once), None if it has none.
    """

    schema: dict[str, Any]
    validator: Draft7Validator | Draft202012Validator
    unchecked: tuple[str, ...] = ()
    structural: Mapping[str, Any] | None = None
    facts: KindFacts = UNKNOWN
    custom_rules: Callable[[], Rules] | None = None

    def prepared(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the object in the form in which the API server would validate it."""
        instance = value if type(value) is dict else dict(value)
        return instance if self.structural is None else prepared(instance, self.structural)


def compile_schema(schema: dict[str, Any], formats: Formats | None = None) -> Compiled:
    """Compile a schema of draft 7, or of 2020-12 if it says so; nothing is fetched, and patterns take time linear in the text.

    `formats` are those that it has beside JSON schema's own.

    Raises SchemaError.
    """
    from jsonschema_rs import ValidationError  # noqa: PLC0415 - start-up time

    try:
        return Compiled(schema, _validator(schema, formats))
    except ValidationError as error:
        bad = tuple(sorted({pattern for pattern in _patterns(schema) if not is_usable(pattern)}))
        if not bad:
            raise SchemaError(_reason(error)) from None
        without = _without(schema, frozenset(bad))
    except (ValueError, TypeError, RecursionError) as error:
        raise SchemaError(_reason(error)) from None
    try:
        return Compiled(without, _validator(without, formats), bad)
    except (ValidationError, ValueError, TypeError, RecursionError) as error:
        raise SchemaError(_reason(error)) from None


def _validator(schema: dict[str, Any], formats: Formats | None = None) -> Draft7Validator | Draft202012Validator:
    from jsonschema_rs import Draft7Validator, Draft202012Validator, RegexOptions  # noqa: PLC0415 - start-up time

    of_dialect = Draft202012Validator if schema.get("$schema") == DRAFT_2020 else Draft7Validator
    return of_dialect(schema, validate_formats=True, formats=formats, pattern_options=RegexOptions(), offline=True)


def is_usable(pattern: str) -> bool:
    """Tell whether the checker can evaluate a pattern."""
    from jsonschema_rs import ValidationError  # noqa: PLC0415 - start-up time

    try:
        _validator({"pattern": pattern})
    except (ValidationError, ValueError):
        return False
    return True


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            yield pattern
        for part in schema.values():
            yield from _patterns(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _patterns(part)


def _without(schema: Any, patterns: frozenset[str]) -> Any:
    if isinstance(schema, dict):
        return {
            key: _without(part, patterns)
            for key, part in schema.items()
            if not (key == "pattern" and isinstance(part, str) and part in patterns)
        }
    if isinstance(schema, list):
        return [_without(part, patterns) for part in schema]
    return schema


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
