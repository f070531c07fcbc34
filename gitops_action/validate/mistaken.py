"""Objects under the name of another kind: what is wrong with each of their fields is wrong with one word, the kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.validate.lookup import Schemas

_SHAPE: Final = frozenset({"unknown-field", "required-field"})
# One wrong field deeper down is more often a field too many than a kind that is another.
_FEW: Final = 2
_NAMED: Final = 3


def kind_mismatch(value: Mapping[str, Any], wrong: Sequence[Problem], schemas: Schemas) -> Problem | None:
    """Say that an object fits another kind of its apiVersion as a whole, if what is `wrong` with it as its own looks so.

    It does if it has a field at the top that its kind has not, or lacks one, or if several fields are unknown or missing.
    """
    amiss = [problem for problem in wrong if problem.code in _SHAPE and problem.pointer[:1] != ("metadata",)]
    at_top = any(len(problem.pointer) == 1 and _says_something(value, problem) for problem in amiss)
    if len(amiss) < len(wrong) or not (at_top or len(amiss) >= _FEW):
        return None
    kinds = schemas.fitting(value)
    if not kinds:
        return None
    kind = value["kind"]
    fields = _listed([".".join(str(part) for part in problem.pointer) for problem in amiss], "and")
    message = f"the fields are those of {_listed(kinds, 'or')}, not of {quoted(kind)}: see {fields}"
    return Problem("kind-mismatch", ("kind",), message)


def _says_something(value: Mapping[str, Any], problem: Problem) -> bool:
    """Whether a problem at the top is a field with content, which says what was meant, or a missing one."""
    return problem.code == "required-field" or bool(value.get(str(problem.pointer[0])))


def _listed(names: Iterable[str], word: str) -> str:
    shown = list(names)
    rest = [f"{len(shown) - _NAMED} more"] if len(shown) > _NAMED else []
    shown = [*shown[:_NAMED], *rest]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"
