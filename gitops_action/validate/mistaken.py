"""Objects under the name of another kind: what is wrong with each of their fields is wrong with one word, the kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import Problem, listed, path_text, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.validate.lookup import Schemas

_SHAPE: Final = frozenset({"unknown-field", "required-field"})
_COMMON: Final = frozenset({"apiVersion", "kind", "metadata"})
# One wrong field deeper down is more often a field too many than a kind that is another.
_FEW: Final = 2
_NAMED: Final = 3


def kind_mismatch(value: Mapping[str, Any], wrong: Sequence[Problem], schemas: Schemas) -> Problem | None:
    """Say that an object fits another kind of its apiVersion as a whole, if what is `wrong` with it as its own looks so.

    It does if it has a field at the top that its kind has not, or lacks one, or if several fields are unknown or missing, or
    all that one at the top has in it.
    """
    amiss = [problem for problem in wrong if problem.code in _SHAPE and problem.pointer[:1] != ("metadata",)]
    at_top = any(len(problem.pointer) == 1 and _says_something(value, problem) for problem in amiss)
    tells = at_top or len(amiss) >= _FEW or any(_is_all(value, problem) for problem in amiss)
    if len(amiss) < len(wrong) or not tells or not _has_content(value):
        return None
    kinds = schemas.fitting(value)
    if not kinds:
        return None
    kind = value["kind"]
    fields = listed(_few([path_text(problem.pointer) for problem in amiss]), "and")
    message = f"the fields are those of {listed(_few(kinds))}, not of {quoted(kind)}: see {fields}"
    return Problem("kind-mismatch", ("kind",), message)


def kind_or_version(value: Mapping[str, Any], problem: Problem, schemas: Schemas) -> Problem:
    """Place what is said of an apiVersion that has no such kind at the kind, if the object fits another of its kinds.

    It does not, if it fits the kind that it names, of another apiVersion.
    """
    if problem.code != "unknown-kind" or problem.pointer != ("apiVersion",) or not _has_content(value):
        return problem
    kind = value["kind"]
    versions = [version for version, name in schemas.catalog.kinds if name == kind]
    if any(schemas.fits({**value, "apiVersion": version}, kind) for version in versions) or not schemas.fitting(value):
        return problem
    return replace(problem, pointer=("kind",))


def _has_content(value: Mapping[str, Any]) -> bool:
    """Whether there is anything by which a kind could be told: with nothing but metadata, something was left out."""
    return any(part for field, part in value.items() if field not in _COMMON)


def _says_something(value: Mapping[str, Any], problem: Problem) -> bool:
    """Whether a problem at the top is a field with content, which says what was meant, or a missing one."""
    return problem.code == "required-field" or bool(value.get(str(problem.pointer[0])))


def _is_all(value: Mapping[str, Any], problem: Problem) -> bool:
    """Whether an unknown field is all that there is in a field at the top, so that nothing in it is of the kind."""
    return problem.code == "unknown-field" and len(problem.pointer) == _FEW and len(value[str(problem.pointer[0])]) == 1


def _few(names: Sequence[str]) -> list[str]:
    return [*names[:_NAMED], *([f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [])]
