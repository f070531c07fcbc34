"""Whether what Flux has applied is healthy, as far as it may be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.cluster import inventory
from gitops_action.deploy.health import CURRENT, health_of
from gitops_action.deploy.result import Action, Deployed
from gitops_action.model import ResourceId
from gitops_action.pipeline.flux_objects import id_of, part
from gitops_action.pipeline.reading import ABSENT, Name, read_all
from gitops_action.pipeline.troubles import troubles
from gitops_action.pipeline.waiting import wait
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.deploy.health import Health
    from gitops_action.pipeline.flux_objects import FluxObjects

_FORBIDDEN: Final = 403


@dataclass(slots=True)
class FluxHealth:
    """The health of what some Kustomizations have applied, into the cluster that they are in."""

    objects: FluxObjects
    kustomizations: Collection[ResourceId]
    tell: Callable[[str], None]

    def waited(self, deadline: float) -> list[Deployed]:
        """Wait until all is healthy, one has failed, or the time is over; return what is not healthy."""
        kinds, health = self._looked()
        pending = {name: kinds[name] for name, one in health.items() if not one.is_current}
        if not pending:
            return []
        # What an inventory names was there once; a Job that is gone has ended, and Flux makes it anew if it wants to.
        jobs = {name for name in pending if _is_job(name)}
        found = wait(
            self.objects.server, pending, deadline=deadline, check=lambda: None, tell=self.tell, vanishing=jobs
        )
        return self._bad(found)

    def now(self) -> list[Deployed]:
        """Return what is not healthy just now."""
        return self._bad(self._looked()[1])

    def _bad(self, found: Mapping[Name, Health]) -> list[Deployed]:
        bad = {name: health for name, health in found.items() if not health.is_current}
        said = troubles(self.objects.server, list(bad)) if bad else {}
        ranked = sorted(bad.items(), key=lambda one: not one[1].is_final)
        return [
            Deployed(_resource(name), Action.FAILED, health.message, "", health, said.get(name, ()))
            for name, health in ranked
        ]

    def _looked(self) -> tuple[dict[Name, ResourceType], dict[Name, Health]]:
        """Return the kinds and the health of what was applied, without what may not be read."""
        kinds = self.objects.server.kinds
        names: dict[Name, ResourceType] = {}
        for live in self.objects.kustomizations() or ():
            if id_of(live) in self.kustomizations and not part(live, "spec").get("kubeConfig"):
                for one in inventory.of_flux(live) or ():
                    kind = kinds.find(one.api_version, one.kind)
                    if kind is not None and not one.group.endswith(".fluxcd.io"):
                        names[Name(one.api_version, one.kind, one.namespace, one.name)] = kind
        answers = dict(zip(names, read_all(self.objects.server, list(names.values()), list(names)), strict=True))
        hidden = [name for name, answer in answers.items() if answer.status == _FORBIDDEN]
        if hidden:
            note = f"the health of {len(hidden)} objects is not known: the account may not read them"
            self.objects.notes += [note] if note not in self.objects.notes else []
        found = {name: answer for name, answer in answers.items() if answer.status != _FORBIDDEN}
        return names, {
            name: CURRENT
            if answer.status == ABSENT.status and _is_job(name)
            else health_of(answer.body if answer.ok and isinstance(answer.body, dict) else None)
            for name, answer in found.items()
        }


def in_one_line(objects: Sequence[Deployed]) -> str:
    """Say what is wrong with the first of these objects, and what its last event was."""
    one = objects[0]
    event = f" ({one.events[0]})" if one.events else ""
    more = f"; and {len(objects) - 1} more" if len(objects) > 1 else ""
    return f"{one.resource} is not healthy: {one.message}{event}{more}"


def _is_job(name: Name) -> bool:
    return name.kind == "Job" and name.api_version.startswith("batch/")


def _resource(name: Name) -> ResourceId:
    return ResourceId(name.api_version, name.kind, name.namespace, name.name)
