"""`deploy --via flux`: asks Flux to look at Git now, and waits until it has applied this commit or one that contains it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import inventory, requests
from gitops_action.cluster.answers import Request
from gitops_action.deploy import flux
from gitops_action.deploy.flux import Phase, Standing
from gitops_action.deploy.flux_selection import Wanted, selected
from gitops_action.deploy.health import health_of
from gitops_action.deploy.result import Action, Deployed, Outcome, Result
from gitops_action.errors import ClusterError, UsageError
from gitops_action.model import ResourceId
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.pages import items_of, pages
from gitops_action.pipeline.reading import Name, read_all
from gitops_action.pipeline.troubles import troubles
from gitops_action.pipeline.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.ports import ApiServer

GROUP: Final = "kustomize.toolkit.fluxcd.io"
_SOURCES: Final = "source.toolkit.fluxcd.io"
_HELM: Final = "helm.toolkit.fluxcd.io"
_LOOK_SECONDS: Final = 1.0
_SAY_SECONDS: Final = 30.0
# A failure that may pass is taken for one once it has lasted so long.
_GRACE_SECONDS: Final = 30.0
_MOST_PAGES: Final = 40
_FORBIDDEN: Final = 403
_UNKNOWN_ACCOUNT: Final = 401
_ACTIONS: Final = {
    Phase.READY: Action.READY,
    Phase.WAITING: Action.WAITING,
    Phase.BROKEN: Action.WAITING,
    Phase.FAILED: Action.FAILED,
    Phase.SUSPENDED: Action.FAILED,
}


@dataclass(slots=True)
class FluxWait:
    """One wait for Flux. `contains(a, b)` says whether commit `a` has `b` in its history, None if nobody knows `a`."""

    server: ApiServer
    commit: str
    wanted: Wanted
    contains: Callable[[str, str], bool | None]
    timeout: float = 600.0
    tell: Callable[[str], None] = lambda _: None
    _clock: Clock = field(default_factory=Clock)
    _asked: set[Name] = field(default_factory=set)
    _broken: dict[ResourceId, tuple[str, float]] = field(default_factory=dict)
    _standings: dict[ResourceId, Standing] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)

    def look(self) -> Outcome:
        """Say how far Flux is with the commit, and ask nothing of it. Raises as `run`."""
        self._round(ask=False)
        return self._outcome(Result.PLANNED, "")

    def run(self, begun: Callable[[], None] = lambda: None) -> Outcome:
        """Wait. Raises ClusterError where Flux is not to be asked, UsageError where nothing of it deploys this."""
        begun()
        deadline = time.monotonic() + self.timeout
        said, said_at = "", time.monotonic()
        with self._clock.step("wait for Flux"):
            while True:
                complete = self._round(ask=True)
                states = [one.phase for one in self._standings.values()]
                now = time.monotonic()
                if any(one in {Phase.FAILED, Phase.SUSPENDED} for one in states):
                    return self._failed("")
                if complete and all(one is Phase.READY for one in states):
                    break
                if now >= deadline:
                    return self._failed(f"not done after {self.timeout:g} s: ")
                text = self._summary()
                if text != said or now - said_at > _SAY_SECONDS:
                    self.tell(text)
                    said, said_at = text, now
                time.sleep(min(_LOOK_SECONDS, max(0.0, deadline - now)))
        return self._healthy(deadline)

    def _round(self, *, ask: bool) -> bool:
        """Look at everything once; return whether there is nothing that was not looked at yet."""
        kind = self._kind(GROUP, "Kustomization")
        listed = self._list(kind)
        if listed is None:
            return False
        sources = self._sources(listed)
        chosen = selected(listed, sources, self.wanted, lambda commit: self.contains(commit, self.commit))
        self._standings = {}
        for key, live in sources.items():
            if any(_source_of(one) == key for one in chosen):
                self._stand(_id(live), flux.source(live, self._has))
                if ask:
                    self._ask(key, live)
        for live in chosen:
            self._stand(_id(live), flux.kustomization(live, self._has, _fetched(sources.get(_source_of(live)))))
        if ask:
            self._ask_kustomizations(kind, chosen, sources)
        complete = True
        for live in chosen:
            complete &= self._inner(live, {_id(one).key for one in chosen}, {_id(one).key for one in listed})
        return complete

    def _inner(self, live: Mapping[str, Any], chosen: set[Any], present: set[Any]) -> bool:
        """Judge the HelmReleases that an applied Kustomization has made; return whether its Kustomizations are all known."""
        if self._standings[_id(live)].phase is not Phase.READY or _part(live, "spec").get("kubeConfig"):
            return True
        applied = inventory.of_flux(live) or []
        releases = [one for one in applied if one.group == _HELM and one.kind == "HelmRelease"]
        if releases:
            kind = self._kind(_HELM, "HelmRelease")
            names = [Name(kind.api_version, kind.kind, one.namespace, one.name) for one in releases]
            answers = read_all(self.server, [kind] * len(names), names)
            for which, answer in zip(releases, answers, strict=True):
                if answer.ok and isinstance(answer.body, dict):
                    self._stand(which, flux.helm_release(answer.body))
                else:
                    self._stand(which, Standing(Phase.WAITING, f"cannot be read: {answer.message}"))
        inner = [one for one in applied if one.group == GROUP and one.kind == "Kustomization"]
        return all(one.key in chosen or one.key in present for one in inner)

    def _has(self, commit: str) -> bool | None:
        return self.contains(commit, self.commit)

    def _stand(self, which: ResourceId, standing: Standing) -> None:
        """Note how far an object is; what is broken for long has failed."""
        if standing.phase is Phase.BROKEN:
            message, since = self._broken.get(which, ("", 0.0))
            now = time.monotonic()
            if message != standing.message:
                self._broken[which] = standing.message, now
            elif now - since > _GRACE_SECONDS:
                standing = Standing(Phase.FAILED, standing.message, standing.commit)
        else:
            self._broken.pop(which, None)
        self._standings[which] = standing

    def _ask_kustomizations(
        self, kind: ResourceType, chosen: Sequence[Mapping[str, Any]], sources: Mapping[Name, Mapping[str, Any]]
    ) -> None:
        """Ask those whose source and dependencies are there: whoever is asked too early waits for its next turn."""
        ready = {which.key for which, standing in self._standings.items() if standing.phase is Phase.READY}
        present = {_id(one).key for one in chosen}
        for live in chosen:
            source = sources.get(_source_of(live))
            if source is None or _id(source).key not in ready or _id(live).key in ready:
                continue
            needs = [(GROUP, "Kustomization", one[0], one[1]) for one in _dependencies(live)]
            if all(need in ready or need not in present for need in needs):
                self._ask(_name(live, kind.api_version, kind.kind), live)

    def _ask(self, name: Name, live: Mapping[str, Any]) -> None:
        """Ask for a reconciliation, once. Who may not ask waits until Flux looks by itself."""
        if name in self._asked or self._standings[_id(live)].phase is Phase.READY:
            return
        self._asked.add(name)
        kind = self.server.kinds.find(name.api_version, name.kind)
        if kind is None or _part(live, "spec").get("suspend") is True:
            return
        body = {"metadata": {"annotations": {flux.REQUESTED: datetime.now(UTC).isoformat()}}}
        path, query = kind.path(name.namespace, name.name), {"fieldManager": requests.MANAGER}
        answer = self.server.send(Request("PATCH", path, query, body, "application/merge-patch+json"))
        if not answer.ok:
            why = f"{name.kind} {name.namespace}/{name.name} could not be asked to reconcile: {answer.message}"
            self._notes.append(why)
            self.tell(f"{why}; waiting until it does by itself")

    def _sources(self, kustomizations: Sequence[Mapping[str, Any]]) -> dict[Name, Mapping[str, Any]]:
        names = sorted({name for one in kustomizations if (name := _source_of(one)).name})
        known = [(name, kind) for name in names if (kind := self._source_kind(name)) is not None]
        # A source may be written in an older version than the server prefers.
        asked = [Name(kind.api_version, kind.kind, name.namespace, name.name) for name, kind in known]
        answers = read_all(self.server, [kind for _, kind in known], asked)
        return {
            name: answer.body
            for (name, _), answer in zip(known, answers, strict=True)
            if answer.ok and isinstance(answer.body, dict)
        }

    def _source_kind(self, name: Name) -> ResourceType | None:
        return self.server.kinds.find(name.api_version, name.kind) or self.server.kinds.of_group(_SOURCES, name.kind)

    def _kind(self, group: str, name: str) -> ResourceType:
        kind = self.server.kinds.of_group(group, name)
        if kind is None:
            raise UsageError(f"the cluster has no kind {name} of {group}: Flux is not installed there (`--via apply`)")
        return kind

    def _list(self, kind: ResourceType) -> list[dict[str, Any]] | None:
        """Return all objects of a kind; None where the cluster does not answer just now."""
        found: list[dict[str, Any]] = []
        for answer in pages(self.server, kind.path(), most=_MOST_PAGES):
            items = items_of(answer)
            if items is None and not answer.is_answer and answer.status != _UNKNOWN_ACCOUNT:
                self.tell(f"the cluster does not answer: {answer.message}")
                return None
            if items is None:
                raise ClusterError(f"Flux's {kind.plural} cannot be listed: {answer.message}")
            found += ({"apiVersion": kind.api_version, "kind": kind.kind, **one} for one in items)
        return found

    def _healthy(self, deadline: float) -> Outcome:
        """Wait for what Flux has applied, too: unless told to, it calls itself ready before that is healthy."""
        with self._clock.step("wait for health"):
            pending = self._applied()
            found = wait(
                self.server, pending, deadline=deadline, check=lambda: None, tell=self.tell
            ) if pending else {}  # fmt: skip
        bad = {name: health for name, health in found.items() if not health.is_current}
        if not bad:
            return self._outcome(Result.SUCCESS, "")
        said = troubles(self.server, list(bad))
        objects = [
            Deployed(_resource(name), Action.FAILED, health.message, "", health, said.get(name, ()))
            for name, health in bad.items()
        ]
        return self._outcome(Result.FAILURE, _line(objects[0], len(objects)), objects)

    def _applied(self) -> dict[Name, ResourceType]:
        """Return what was applied and is not healthy yet, as far as it may be read."""
        names: dict[Name, ResourceType] = {}
        for live in self._list(self._kind(GROUP, "Kustomization")) or ():
            if _id(live) in self._standings and not _part(live, "spec").get("kubeConfig"):
                for one in inventory.of_flux(live) or ():
                    kind = self.server.kinds.find(one.api_version, one.kind)
                    if kind is not None and not one.group.endswith(".fluxcd.io"):
                        names[Name(one.api_version, one.kind, one.namespace, one.name)] = kind
        answers = read_all(self.server, list(names.values()), list(names))
        hidden = [name for name, answer in zip(names, answers, strict=True) if answer.status == _FORBIDDEN]
        if hidden:
            self._notes.append(f"the health of {len(hidden)} objects is not known: the account may not read them")
        return {
            name: kind
            for (name, kind), answer in zip(names.items(), answers, strict=True)
            if answer.status != _FORBIDDEN and not (answer.ok and health_of(answer.body).is_current)
        }

    def _failed(self, how: str) -> Outcome:
        """Say which object of Flux holds everything up, and which of what it applied is not healthy."""
        objects = []
        if any(one.phase is Phase.FAILED for one in self._standings.values()):
            pending = self._applied()
            answers = read_all(self.server, list(pending.values()), list(pending))
            said = troubles(self.server, list(pending))
            objects = [
                Deployed(_resource(name), Action.FAILED, health.message, "", health, said.get(name, ()))
                for name, answer in zip(pending, answers, strict=True)
                if not (health := health_of(answer.body if answer.ok else None)).is_current
            ]
        ranked = sorted(
            self._standings.items(), key=lambda one: (not one[1].phase.is_final, one[1].phase is Phase.READY)
        )
        which, standing = next(one for one in ranked if one[1].phase is not Phase.READY) if ranked else (None, None)
        message = f"{which} {standing.message}" if standing else "Flux has nothing that deploys this"
        cause = f"; {_line(objects[0], len(objects))}" if objects else ""
        return self._outcome(Result.FAILURE, f"{how}{message}{cause}", objects)

    def _outcome(self, result: Result, message: str, more: Iterable[Deployed] = ()) -> Outcome:
        objects = [
            Deployed(
                which,
                _ACTIONS[standing.phase],
                standing.message,
                "",
                None,
                (standing.commit[:12],) if standing.commit else (),
            )
            for which, standing in self._standings.items()
        ]
        seconds = {one.step: one.seconds for one in self._clock.timings}
        return Outcome(result, message, (*objects, *more), (), "", seconds, tuple(self._notes))

    def _summary(self) -> str:
        left = [(which, one) for which, one in self._standings.items() if one.phase is not Phase.READY]
        named = "; ".join(f"{which} {one.message}" for which, one in left[:2])
        return f"{len(self._standings) - len(left)} of {len(self._standings)} are ready; waiting for {named}"


def _line(one: Deployed, total: int) -> str:
    event = f" ({one.events[0]})" if one.events else ""
    more = f"; and {total - 1} more" if total > 1 else ""
    return f"{one.resource} is not healthy: {one.message}{event}{more}"


def _fetched(source: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the revision of a source's artifact, and the commit that it was made from."""
    if source is None:
        return "", ""
    artifact = _part(_part(source, "status"), "artifact")
    return str(artifact.get("revision") or ""), flux.origin_of(artifact)


def _source_of(live: Mapping[str, Any]) -> Name:
    spec = _part(live, "spec")
    reference = _part(spec, "sourceRef")
    space = reference.get("namespace") or _part(live, "metadata").get("namespace")
    version = reference.get("apiVersion") or f"{_SOURCES}/v1"
    return Name(str(version), str(reference.get("kind") or ""), str(space or ""), str(reference.get("name") or ""))


def _dependencies(live: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    listed = _part(live, "spec").get("dependsOn")
    own = str(_part(live, "metadata").get("namespace") or "")
    for one in listed if isinstance(listed, list) else ():
        yield str(one.get("namespace") or own), str(one.get("name") or "")


def _name(live: Mapping[str, Any], api_version: str, kind: str) -> Name:
    metadata = _part(live, "metadata")
    return Name(api_version, kind, str(metadata.get("namespace") or ""), str(metadata.get("name") or ""))


def _id(live: Mapping[str, Any]) -> ResourceId:
    metadata = _part(live, "metadata")
    return ResourceId(
        str(live.get("apiVersion")), str(live.get("kind")), str(metadata.get("namespace") or ""), str(metadata["name"])
    )


def _resource(name: Name) -> ResourceId:
    return ResourceId(name.api_version, name.kind, name.namespace, name.name)


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = value.get(key)
    return part if isinstance(part, Mapping) else {}
