"""Volumes of StatefulSets that the server replaces before it validates the template.

volumesToAddForTemplates, pkg/apis/apps/validation/validation.go: a claim template takes the place of a volume
of its name. That volume is read, so its fields and types count, but nothing more is asked of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.validate.problems import Problem

_VOLUMES: Final = ("spec", "template", "spec", "volumes")
_OF_VALIDATION: Final = frozenset({"required-field", "invalid-enum"})


def is_of_replaced(value: Mapping[str, Any], problem: Problem) -> bool:
    """Tell whether a problem, which is there with an object, is one of validation, and of a volume that is replaced."""
    depth = len(_VOLUMES)
    if problem.code not in _OF_VALIDATION or problem.pointer[:depth] != _VOLUMES or len(problem.pointer) < depth + 2:
        return False
    volume, templates = value_at(value, problem.pointer[: depth + 1]), value["spec"].get("volumeClaimTemplates")
    if not isinstance(volume, dict) or not isinstance(templates, list):
        return False
    metas = [item.get("metadata") for item in templates if isinstance(item, dict)]
    names = [meta.get("name") for meta in metas if isinstance(meta, dict)]
    return bool(volume.get("name")) and volume["name"] in names
