"""Volumes that nobody looks at: the claims of a StatefulSet take the place of those with their names.

As `volumesToAddForTemplates` in pkg/apis/apps/validation/validation.go has it: the server reads such a volume, as strictly as
any, and validates the one that it becomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import value_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.validate.problems import Problem

_VOLUMES: Final = ("spec", "template", "spec", "volumes")
# What a schema says and reading does not.
_OF_VALIDATION: Final = frozenset({"required-field", "invalid-enum"})


def without_replaced(value: Mapping[str, Any], problems: Sequence[Problem]) -> list[Problem]:
    """Return what of the problems with an object, of any kind, is none because a claim takes the place of a volume."""
    if value.get("kind") != "StatefulSet":
        return list(problems)
    return [problem for problem in problems if not _is_replaced(value, problem)]


def _is_replaced(value: Mapping[str, Any], problem: Problem) -> bool:
    end = len(_VOLUMES)
    if problem.code not in _OF_VALIDATION or problem.pointer[:end] != _VOLUMES or len(problem.pointer) < end + 2:
        return False
    name = value_at(value, (*problem.pointer[: end + 1], "name"))
    claims = value["spec"].get("volumeClaimTemplates")
    return name is not None and isinstance(claims, list) and any(_name(claim) == name for claim in claims)


def _name(claim: Any) -> Any:
    metadata = claim.get("metadata") if isinstance(claim, Mapping) else None
    return metadata.get("name") if isinstance(metadata, Mapping) else None
