"""`deploy --via flux`: asks Flux to look at Git now, and waits until it has applied this commit or one that contains it."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import inventory
from gitops_action.deploy import flux
from gitops_action.deploy.flux import Phase, Standing
from gitops_action.deploy.flux_selection import Wanted, selected
from gitops_action.deploy.result import Action, Deployed, Outcome, Result
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.flux_health import FluxHealth, in_one_line
from gitops_action.pipeline.flux_objects import GROUP, HELM, FluxObjects, dependencies, id_of, name_of, part, source_of
from gitops_action.pipeline.reading import Name
from gitops_action.pipeline.troubles import troubles
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitops_action.model import ResourceId
    from gitops_action.ports import ApiServer

_LOOK_SECONDS: Final = 1.0
_SAY_SECONDS: Final = 30.0
# A failure that may pass is taken for one once it has lasted so long.
_GRACE_SECONDS: Final = 30.0
_OF_HEALTH: Final = ("HealthCheckFailed", "Progressing", "ProgressingWithRetry")
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
    _objects: FluxObjects = field(init=False)
    _clock: Clock = field(default_factory=Clock)
    _broken: dict[ResourceId, float] = field(default_factory=dict)
    _standings: dict[ResourceId, Standing] = field(default_factory=dict)
    _missing: str = ""
    _chosen: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        """Begin without having asked anything."""
        self._objects = FluxObjects(self.server, self.tell)

    def look(self) -> Outcome:
        """Say how far Flux is with the commit, and ask nothing of it. Raises as `run`."""
        self._round(ask=False)
        return self._outcome(Result.PLANNED, "")

    @property
    def settled(self) -> str:
        """The one commit that all Kustomizations had applied at the last look, "" where they differ or one is at it."""
        commits = {flux.settled_at(live) for live in self._chosen}
        return commits.pop() if len(commits) == 1 else ""

    def run(self, begun: Callable[[], None] = lambda: None) -> Outcome:
        """Wait. Raises ClusterError where Flux is not to be asked, UsageError where nothing of it deploys this."""
        begun()
        deadline = time.monotonic() + self.timeout
        said, said_at = "", time.monotonic()
        with self._clock.step("wait for Flux"):
            while True:
                self._round(ask=True)
                states = [one.phase for one in self._standings.values()]
                now = time.monotonic()
                if any(one in {Phase.FAILED, Phase.SUSPENDED} for one in states):
                    return self._failed("")
                if not self._missing and all(one is Phase.READY for one in states):
                    break
                if now >= deadline:
                    return self._failed(f"not done after {self.timeout:g} s: ")
                text = self._summary()
                if text != said or now - said_at > _SAY_SECONDS:
                    self.tell(text)
                    said, said_at = text, now
                time.sleep(min(_LOOK_SECONDS, max(0.0, deadline - now)))
        return self._healthy(deadline)

    def _round(self, *, ask: bool) -> None:
        """Look at everything once, and note what was not to be seen yet."""
        self._missing = ""
        listed = self._objects.kustomizations()
        if listed is None:
            self._missing = f"the cluster does not answer: {self._objects.silent}"
            return
        sources = self._objects.sources(listed)
        chosen = selected(listed, sources, self.wanted, lambda commit: self.contains(commit, self.commit))
        self._standings, self._chosen = {}, chosen
        for key, live in sources.items():
            if any(source_of(one) == key for one in chosen):
                self._stand(id_of(live), flux.source(live, self._has))
                if ask and self._standings[id_of(live)].phase is not Phase.READY:
                    self._objects.ask(key, live)
        for live in chosen:
            self._stand(id_of(live), flux.kustomization(live, self._has, _fetched(sources.get(source_of(live)))))
        if ask:
            self._ask_kustomizations(chosen, sources)
        present = {id_of(one).key for one in listed}
        for live in chosen:
            self._inner(live, sources, present, ask=ask)

    def _inner(
        self, live: Mapping[str, Any], sources: Mapping[Name, Mapping[str, Any]], present: set[Any], *, ask: bool
    ) -> None:
        """Judge the HelmReleases that an applied Kustomization has made, and note Kustomizations of it that are not there."""
        if self._standings[id_of(live)].phase is not Phase.READY or part(live, "spec").get("kubeConfig"):
            return
        applied = inventory.of_flux(live) or []
        releases = [one for one in applied if (one.group, one.kind) == (HELM, "HelmRelease")]
        for which, name, answer in self._objects.releases(releases):
            if answer.ok and isinstance(answer.body, dict):
                self._release(which, name, answer.body, sources, ask=ask)
            else:
                self._stand(which, Standing(Phase.WAITING, f"cannot be read: {answer.message}"))
        for one in applied:
            if (one.group, one.kind) == (GROUP, "Kustomization") and one.key not in present:
                self._missing = f"{one}, which {id_of(live)} has applied, is not in the cluster"
                if ask:
                    self._objects.ask(name_of(live), live)

    def _release(
        self,
        which: ResourceId,
        name: Name,
        live: Mapping[str, Any],
        sources: Mapping[Name, Mapping[str, Any]],
        *,
        ask: bool,
    ) -> None:
        """Judge a HelmRelease. Where its chart comes from a source of ours, that has to be of the commit first.

        Its values may come from a ConfigMap, whose change shows nowhere in it: so it is asked to look again.
        """
        chart = self._objects.chart_of(live)
        packed = ""
        if chart is not None and _place(source_of(chart)) in {_place(one) for one in sources}:
            standing = flux.chart(chart, self._has)
            self._stand(id_of({"apiVersion": f"{name.api_version}", "kind": "HelmChart", **chart}), standing)
            if standing.phase is not Phase.READY:
                self._stand(which, Standing(Phase.WAITING, "waits for its chart"))
                return
            packed = str(part(part(chart, "status"), "artifact").get("revision") or "")
        token = self._objects.ask(name, live) if ask else ""
        self._stand(which, flux.helm_release(live, token, packed))

    def _has(self, commit: str) -> bool | None:
        return self.contains(commit, self.commit)

    def _stand(self, which: ResourceId, standing: Standing) -> None:
        """Note how far an object is; what is broken for long has failed, also if it tries again from time to time."""
        if standing.phase is Phase.BROKEN:
            now = time.monotonic()
            if now - self._broken.setdefault(which, now) > _GRACE_SECONDS:
                standing = replace(standing, phase=Phase.FAILED)
        elif standing.phase is Phase.READY:
            self._broken.pop(which, None)
        self._standings[which] = standing

    def _ask_kustomizations(
        self, chosen: Sequence[Mapping[str, Any]], sources: Mapping[Name, Mapping[str, Any]]
    ) -> None:
        """Ask those whose source and dependencies are there: whoever is asked too early waits for its next turn."""
        ready = {which.key for which, standing in self._standings.items() if standing.phase is Phase.READY}
        present = {id_of(one).key for one in chosen}
        for live in chosen:
            source = sources.get(source_of(live))
            if source is None or id_of(source).key not in ready or id_of(live).key in ready:
                continue
            needs = [(GROUP, "Kustomization", *one) for one in dependencies(live)]
            if all(need in ready or need not in present for need in needs):
                self._objects.ask(name_of(live), live)

    def _healthy(self, deadline: float) -> Outcome:
        """Wait for what Flux has applied, too: unless told to, it calls itself ready before that is healthy."""
        with self._clock.step("wait for health"):
            objects = self._health().waited(deadline)
        if not objects:
            return self._outcome(Result.SUCCESS, "")
        return self._outcome(Result.FAILURE, in_one_line(objects), objects)

    def _health(self) -> FluxHealth:
        return FluxHealth(self._objects, self._standings, self.tell)

    def _failed(self, how: str) -> Outcome:
        """Say which object of Flux holds everything up, and which of what it applied is not healthy."""
        # Of what cannot even be applied, the state of what was applied before is not the cause.
        caused = any(one.message.startswith(_OF_HEALTH) for one in self._standings.values())
        objects = self._health().now() if caused and not self._objects.silent else []
        ranked = sorted(self._standings.items(), key=lambda one: not one[1].phase.is_final)
        which, standing = next((one for one in ranked if one[1].phase is not Phase.READY), (None, None))
        why = f"{which} {standing.message}" if standing else self._missing or "Flux has nothing that deploys this"
        why = self._missing if self._objects.silent else why
        cause = f"; {in_one_line(objects)}" if objects else ""
        return self._outcome(Result.FAILURE, f"{how}{why}{cause}", objects)

    def _outcome(self, result: Result, message: str, more: Iterable[Deployed] = ()) -> Outcome:
        bad = [one for one, it in self._standings.items() if it.phase not in {Phase.READY, Phase.SUSPENDED}]
        said = {} if result.is_good or self._objects.silent else troubles(self.server, [_name(one) for one in bad])
        objects = [
            Deployed(which, _ACTIONS[one.phase], _words(one), "", None, said.get(_name(which), ()))
            for which, one in self._standings.items()
        ]
        seconds = {one.step: one.seconds for one in self._clock.timings}
        return Outcome(result, message, (*objects, *more), (), "", seconds, tuple(self._objects.notes))

    def _summary(self) -> str:
        left = [(which, one) for which, one in self._standings.items() if one.phase is not Phase.READY]
        named = "; ".join([*(f"{which} {one.message}" for which, one in left[:2]), *filter(None, [self._missing])])
        return f"{len(self._standings) - len(left)} of {len(self._standings)} are ready; waiting for {named}"


def _words(standing: Standing) -> str:
    """Say what is the matter with an object, or which commit a ready one has."""
    if standing.phase is not Phase.READY:
        return standing.message
    return f"has {standing.commit[:12]}" if standing.commit else ""


def _fetched(source: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the revision of a source's artifact, and the commit that it was made from."""
    if source is None:
        return "", ""
    artifact = part(part(source, "status"), "artifact")
    return str(artifact.get("revision") or ""), flux.origin_of(artifact)


def _place(name: Name) -> tuple[str, str, str]:
    return name.kind, name.namespace, name.name


def _name(which: ResourceId) -> Name:
    return Name(which.api_version, which.kind, which.namespace, which.name)
