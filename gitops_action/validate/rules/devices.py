"""What claims and slices of devices have in common, from pkg/apis/resource/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import C_IDENTIFIER
from gitops_action.validate.rules.persistent_volumes import driver_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

__all__ = ["distinct", "driver_name", "few", "is_current", "qualified_name"]

_LONGEST_IDENTIFIER: Final = 32


def is_current(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is of v1; those before it have fields in other places."""
    return bool(value.get("apiVersion") == "resource.k8s.io/v1")


def few(check: Check, items: Sequence[Any] | None, at: Pointer, most: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the items of a list and their indices; none of a list that is too long, like validateSlice."""
    if items and len(items) > most:
        values.wrong(check, at, f"may have at most {most} items", "limit-exceeded")
    elif items:
        for index, item in enumerate(items):
            yield index, item or {}


def distinct(check: Check, items: Sequence[Any], at: Pointer, field: str) -> None:
    """Check that no two items have the same in a field, like validateSet."""
    seen: set[str | None] = set()
    for index, item in enumerate(items):
        name = (item or {}).get(field)
        if name and name in seen:
            check.duplicate((*at, index, field), name)
        seen.add(name)


def qualified_name(check: Check, name: str, at: Pointer, *, full: bool = False, key: bool = False) -> None:
    """Follow validateQualifiedName, and validateFullyQualifiedName if `full`; more than one slash is passed over there."""
    domain, slash, identifier = name.rpartition("/")
    if name.count("/") > 1:
        return
    before = len(check.problems)
    if slash or full:
        driver_name(check, domain, at)
    if len(check.problems) == before and not (C_IDENTIFIER.fits(identifier) and len(identifier) <= _LONGEST_IDENTIFIER):
        what = f"must end in a name of at most {_LONGEST_IDENTIFIER} letters, digits and `_`, the first no digit"
        values.wrong(check, at, what, "invalid-name", key=key)
