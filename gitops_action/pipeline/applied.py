"""What a deployment has applied so far, object by object, and whether it is healthy."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from gitops_action.cluster import requests
from gitops_action.deploy.health import health_of, vanishes
from gitops_action.deploy.result import Action, Deployed
from gitops_action.pipeline.reading import Name
from gitops_action.pipeline.troubles import troubles
from gitops_action.pipeline.waiting import wait
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.model import Change, Manifest
    from gitops_action.ports import ApiServer

Key: TypeAlias = tuple[str, str, str, str]


@dataclass(slots=True)
class Applied:
    """What became of the objects of one deployment, and how they are now; `tell` is told what is waited for."""

    server: ApiServer
    tell: Callable[[str], None]
    _found: dict[Key, tuple[Deployed, Mapping[str, Any] | None]] = field(default_factory=dict)

    @property
    def objects(self) -> list[Deployed]:
        """What became of each, in the order in which it did."""
        return [deployed for deployed, _ in self._found.values()]

    @property
    def keys(self) -> list[Key]:
        """The objects by their keys."""
        return list(self._found)

    def note(self, deployed: Deployed, live: Mapping[str, Any] | None) -> None:
        """Note what became of an object, and how it is now (None where it was refused)."""
        self._found[deployed.resource.key] = deployed, live

    def refuse(self, changes: Iterable[Change]) -> None:
        """Note what the cluster would not take."""
        for one in changes:
            self.note(Deployed(one.resource, Action.FAILED, one.message, one.file), None)

    def skip(self, manifests: Iterable[Manifest]) -> None:
        """Note of all that nothing was said of yet that their turn did not come."""
        for one in manifests:
            if one.id.key not in self._found:
                where = one.locator.locate(())
                self.note(Deployed(one.id, Action.SKIPPED, "what comes before it was not applied", where.file), None)

    def healthy(self, keys: Sequence[Key], deadline: float, check: Callable[[], None]) -> str:
        """Wait for objects; return what is wrong with the first that is not healthy, "" if all are. `check` may end it."""
        pending, names = self._pending(keys)
        if not pending:
            return ""
        vanishing = {name for name, key in names.items() if vanishes(self._found[key][1] or {})}
        found = wait(self.server, pending, deadline=deadline, check=check, tell=self.tell, vanishing=vanishing)
        bad = {name: health for name, health in found.items() if not health.is_current}
        said = troubles(self.server, list(bad)) if bad else {}
        for name, health in found.items():
            deployed, live = self._found[names[name]]
            self._found[names[name]] = replace(deployed, health=health, events=said.get(name, ())), live
        wrong = [self._found[names[name]][0] for name in bad]
        return unhealthy(wrong, late=time.monotonic() >= deadline) if wrong else ""

    def _pending(self, keys: Sequence[Key]) -> tuple[dict[Name, ResourceType], dict[Name, Key]]:
        """Return what is not healthy yet, after noting the health of all."""
        pending: dict[Name, ResourceType] = {}
        names: dict[Name, Key] = {}
        for key in keys:
            deployed, live = self._found[key]
            if live is None:
                continue
            health = health_of(live)
            self._found[key] = replace(deployed, health=health), live
            kind = self.server.kinds.find(deployed.resource.api_version, deployed.resource.kind)
            if not health.is_current and kind is not None:
                name = Name(kind.api_version, kind.kind, requests.namespace_of(kind, live), deployed.resource.name)
                pending[name], names[name] = kind, key
        return pending, names


def unhealthy(wrong: Sequence[Deployed], *, late: bool) -> str:
    """Say in one line what is wrong with the worst of these objects, and what its last event was."""
    failed = [one for one in wrong if one.health is not None and one.health.is_final]
    worst = (failed or list(wrong))[0]
    said = worst.health.message if worst.health is not None else worst.message
    event = f" ({worst.events[0]})" if worst.events else ""
    more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    how = "is not healthy in time" if late and not failed else "is not healthy"
    return f"{worst.resource} {how}: {said}{event}{more}"
