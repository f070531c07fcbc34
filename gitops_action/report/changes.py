"""Puts together the changes that a reader would call the same, in the order of what is at stake."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Change, Outcome, Report
from gitops_action.records import dataclass
from gitops_action.report.grouping import RISK, environment_places, is_production, is_stateful

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMESPACE: Final = "namespace: "
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The same change of an object of the same name, in one or several environments and namespaces.

    `change` is the first of them and `places` each one's (environment, namespace), in the report's order. `diff` is
    what all of them have: where it names the object's own namespace and that differs, `…` stands for it and `varied`
    is True.
    """

    change: Change
    places: tuple[tuple[str, str], ...]
    diff: str
    varied: bool = False

    @property
    def environments(self) -> tuple[str, ...]:
        """Each environment once; "" where none is meant."""
        return tuple(dict.fromkeys(environment for environment, _ in self.places))

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Each namespace once; "" where none is written."""
        return tuple(dict.fromkeys(namespace for _, namespace in self.places))


def group_changes(report: Report, *, context: bool = True) -> list[ChangeGroup]:
    """Return the changes that can be shown as a diff, the riskiest first.

    Without `context`, changes are the same whatever stands around them: for who shows no more than the fields.
    """
    groups: dict[tuple[Any, ...], list[Change]] = defaultdict(list)
    for change in report.changes:
        if change.outcome is not Outcome.UNCHANGED and change.diff:
            groups[_sameness(change, context=context)].append(change)
    places = environment_places(report)
    result = [_merged(sorted(same, key=lambda one: _place(one, places))) for same in groups.values()]
    return sorted(result, key=lambda group: _risk(group, places))


def group_drift(report: Report) -> list[ChangeGroup]:
    """Return what had drifted before the change, from the cluster's state to Git's, put together in the same way."""
    drifted = [
        replace(one, outcome=Outcome.UPDATE, fields=one.drift, diff=one.drift_diff, message="", claims=(), leftovers=())
        for one in report.changes
        if one.drift_diff
    ]
    return group_changes(replace(report, changes=drifted)) if drifted else []


def _place(change: Change, places: dict[str, int]) -> tuple[Any, ...]:
    return (places[change.environment], change.resource.namespace, change.target, change.diff)


def _risk(group: ChangeGroup, places: dict[str, int]) -> tuple[Any, ...]:
    change = group.change
    return (
        RISK[change.outcome],
        not is_stateful(change.resource),
        not any(map(is_production, group.environments)),
        places[group.environments[0]],
        change.resource,
        change.diff,
    )


def _sameness(change: Change, *, context: bool) -> tuple[Any, ...]:
    """Return what equal changes have in common: everything but the object's own namespace."""
    resource = change.resource
    identity = (resource.api_version, resource.kind, resource.name)
    owned = (tuple(change.claims), tuple(change.leftovers))
    return (change.outcome, identity, change.message, repr(change.fields), owned, _shape(change, context=context))


def _shape(change: Change, *, context: bool) -> str:
    """Return a diff without the object's own namespace, and without line numbers, which tell a reader nothing."""
    lines = []
    for line in change.diff.split("\n"):
        if line.startswith("@@"):
            lines.append("@@")
        elif context or not line.startswith(" "):
            lines.append(_without(line, change.resource.namespace))
    return "\n".join(lines)


def _without(line: str, namespace: str) -> str:
    """Put an ellipsis in the place of a namespace where the line says it and nothing else."""
    if namespace and line.endswith(namespace) and line[1:].lstrip() == _NAMESPACE + namespace:
        return line[: len(line) - len(namespace)] + _ELLIPSIS
    return line


def _merged(same: Sequence[Change]) -> ChangeGroup:
    """Make one of changes of the same shape."""
    first = same[0]
    places = tuple(dict.fromkeys((change.environment, change.resource.namespace) for change in same))
    if len({namespace for _, namespace in places}) == 1:
        return ChangeGroup(first, places, first.diff)
    diff = "\n".join(_without(line, first.resource.namespace) for line in first.diff.split("\n"))
    return ChangeGroup(first, places, diff, varied=diff != first.diff)
