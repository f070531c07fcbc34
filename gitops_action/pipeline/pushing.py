"""`deploy --via apply`: makes a cluster what Git says, in stages, and deletes what left Git once the rest is healthy."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.cluster import requests
from gitops_action.cluster.answers import Request
from gitops_action.deploy import apply_set, ordering
from gitops_action.deploy.health import health_of
from gitops_action.deploy.result import Action, Deployed, Outcome, Result
from gitops_action.diff.sensitive import Redaction
from gitops_action.errors import ClusterError
from gitops_action.model import Change
from gitops_action.model import Outcome as Fate
from gitops_action.pipeline import apply_sets, push_plan
from gitops_action.pipeline.applying import apply_all
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.leases import NotPermittedError, lease
from gitops_action.pipeline.reading import Name
from gitops_action.pipeline.troubles import troubles
from gitops_action.pipeline.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.deploy.apply_set import Parent
    from gitops_action.model import Manifest
    from gitops_action.pipeline.applying import Wanted
    from gitops_action.pipeline.leases import Held
    from gitops_action.pipeline.push_plan import Plan
    from gitops_action.ports import ApiServer

_Key: TypeAlias = tuple[str, str, str, str]
_FOUNDATION_SECONDS: Final = 60.0
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class Options:
    """How to push. `timeout` (seconds) is for all waiting; `prune_kinds` may be deleted although they are not by themselves.

    `older` allows a commit that is older than the one deployed. `confirm` is shown the plan before anything is written,
    and says whether to go on.
    """

    timeout: float = 600.0
    force_conflicts: bool = False
    older: bool = False
    prune_kinds: Collection[str] = ()
    confirm: Callable[[Sequence[Change]], bool] | None = None


@dataclass(slots=True)
class Push:
    """One deployment of the manifests of one environment to one server.

    `contains(a, b)` says whether commit `a` has commit `b` in its history; `tell` is told how far it is.
    """

    server: ApiServer
    parent: Parent
    manifests: Sequence[Manifest]
    commit: str
    contains: Callable[[str, str], bool]
    options: Options = field(default_factory=Options)
    tell: Callable[[str], None] = lambda _: None
    _clock: Clock = field(default_factory=Clock)
    _deadline: float = 0.0
    _live: dict[_Key, tuple[Deployed, Mapping[str, Any] | None]] = field(default_factory=dict)
    _changes: list[Change] = field(default_factory=list)
    _previous: str = ""

    def __post_init__(self) -> None:
        """Raise UsageError for manifests that cannot be deployed at all."""
        push_plan.require_deployable(self.manifests)
        self.manifests = [
            replace(one, value=apply_set.as_member(requests.for_apply(one.value), self.parent.id))
            for one in self.manifests
        ]
        self._deadline = time.monotonic() + self.options.timeout

    def look(self) -> Outcome:
        """Say what would be done, and change nothing. Raises ClusterError, UsageError for an inventory of somebody else."""
        inventory = apply_sets.read(self.server, self.parent)
        self._previous = inventory.commit
        if self._is_superseded(inventory.commit):
            return self._superseded(inventory.commit)
        plan = self._planned()
        self._find_gone(plan, inventory)
        refused = [Deployed(one.resource, Action.FAILED, one.message, one.file) for one in plan.refused]
        return self._ended(Result.FAILURE if refused else Result.PLANNED, _refusal(plan), refused)

    def run(self, holder: str, begun: Callable[[], None] = lambda: None) -> Outcome:
        """Deploy as the only one who does; `begun` is called once nobody else is at it.

        Raises ClusterError or UsageError where it cannot be done; what happens to single objects is in the outcome.
        """
        self._require_namespace()

        def others(who: str) -> None:
            self.tell(f"waiting for another deployment: {who}")

        patience = max(0.0, self._deadline - time.monotonic())
        where = self.parent.namespace, self.parent.name
        with lease(self.server, *where, holder, patience=patience, waiting=_once(others)) as held:
            begun()
            self._deadline = time.monotonic() + self.options.timeout
            return self._deploy(held)

    def _deploy(self, held: Held) -> Outcome:
        inventory = apply_sets.read(self.server, self.parent)
        self._previous = inventory.commit
        if self._is_superseded(inventory.commit):
            return self._superseded(inventory.commit)
        plan = self._planned()
        self._find_gone(plan, inventory)
        if plan.refused:
            return self._ended(Result.FAILURE, f"{_refusal(plan)}; nothing was applied", [
                Deployed(one.resource, Action.FAILED, one.message, one.file) for one in plan.refused
            ])  # fmt: skip
        if self.options.confirm is not None and not self.options.confirm(self._changes):
            return self._ended(Result.ERROR, "it was not confirmed: nothing was applied")
        held.check()
        members = inventory.members | self._members()
        apply_sets.write(self.server, self.parent, members, self.commit)
        problem = self._apply(plan, held) or self._wait_healthy(held)
        if problem:
            return self._ended(Result.FAILURE, problem)
        pruned = self._prune(inventory, held)
        bad = [one for one in pruned if one.is_bad]
        spared = {
            f"{one.resource.kind}.{one.resource.group}".rstrip(".") for one in pruned if one.action is Action.SKIPPED
        }
        mine = self._members()
        kept = apply_set.Members(
            mine.kinds | spared, mine.namespaces | {one.resource.namespace for one in pruned} - {""}
        )
        apply_sets.write(self.server, self.parent, members if bad else kept, self.commit)
        if bad:
            return self._ended(Result.FAILURE, _first(bad, "could not be deleted"), pruned)
        return self._ended(Result.SUCCESS, "", pruned)

    def _is_superseded(self, deployed: str) -> bool:
        return (
            bool(deployed)
            and deployed != self.commit
            and not self.options.older
            and self.contains(deployed, self.commit)
        )

    def _superseded(self, deployed: str) -> Outcome:
        message = f"{deployed[:12]} is deployed, which is newer and contains it (--older deploys it all the same)"
        return self._ended(Result.SUPERSEDED, message)

    def _require_namespace(self) -> None:
        """Make the namespace of the inventory where there is none, so that an empty cluster will do."""
        namespace = self.parent.namespace
        found = self.server.send(Request("GET", f"/api/v1/namespaces/{namespace}"))
        if found.status != _NOT_FOUND:
            return
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        answer = self.server.send(Request("POST", "/api/v1/namespaces", {"fieldManager": requests.MANAGER}, body))
        if answer.status == _FORBIDDEN:
            raise NotPermittedError(f"the account may not deploy here: {answer.message}; nothing was written")
        if not answer.ok and not answer.exists_already:
            raise ClusterError(f"namespace `{namespace}`, for the inventory, cannot be made: {answer.message}")

    def _planned(self) -> Plan:
        with self._clock.step("dry run"):
            self.tell(f"trying {len(self.manifests)} objects")
            found = push_plan.plan(
                self.server, self.manifests, self.parent.environment, Redaction(), force=self.options.force_conflicts
            )
        self._changes = found.changes
        return found

    def _find_gone(self, plan: Plan, inventory: apply_sets.Inventory) -> None:
        where = inventory.members
        if not where.kinds:
            return
        with self._clock.step("inventory"):
            listed = apply_sets.members(self.server, self.parent, where)
            push_plan.prune(plan, listed, self._declared(), self.options.prune_kinds)
        message = "it was deployed before, and nothing declares it any more"
        self._changes += (
            Change(self.parent.environment, Fate.DELETE, one.resource, message=message) for one in plan.pruned
        )

    def _declared(self) -> set[_Key]:
        return {push_plan.identity(one.id, self.server.kinds) for one in self.manifests}

    def _members(self) -> apply_set.Members:
        return apply_set.Members.of((group, kind, space) for group, kind, space, _ in self._declared())

    def _apply(self, plan: Plan, held: Held) -> str:
        """Apply stage by stage; return why that ended early, "" if all was applied."""
        ready = {id(one.manifest): one for one in (*plan.wanted, *plan.unchanged)}
        for one in plan.unchanged:
            self._note(one, one.ended(Action.UNCHANGED), one.live)
        unchanged = {id(one.manifest) for one in plan.unchanged}
        todo = [one for one in self.manifests if id(one) not in unchanged]
        with self._clock.step("apply"):
            for stage in ordering.stages(todo):
                first = stage[0].id
                unknown = [one for one in stage if id(one) not in ready]
                if unknown:
                    problem = self._try_again(unknown, ready)
                    if problem:
                        return problem
                problem = self._apply_stage([ready[id(one)] for one in stage], held)
                if not problem and ordering.stage(first.api_version, first.kind) == ordering.FOUNDATION:
                    problem = self._found(stage, held)
                if problem:
                    self._skip(todo)
                    return problem
        return ""

    def _try_again(self, unknown: Sequence[Manifest], ready: dict[int, Wanted]) -> str:
        """Try what could not be tried before its kinds and namespaces were there."""
        again = push_plan.plan(
            self.server, unknown, self.parent.environment, Redaction(), force=self.options.force_conflicts
        )
        for one in (*again.wanted, *again.unchanged):
            ready[id(one.manifest)] = one
        refused = [*again.refused, *(one for one in again.changes if one.outcome is Fate.UNVALIDATED)]
        for change in refused:
            self._live[change.resource.key] = (
                Deployed(change.resource, Action.FAILED, change.message, change.file),
                None,
            )
        if refused:
            return f"{refused[0].resource}: {refused[0].message}"
        return ""

    def _apply_stage(self, stage: Sequence[Wanted], held: Held) -> str:
        self.tell(f"applying {len(stage)} objects, such as {stage[0].manifest.id}")
        done = apply_all(
            self.server, stage, force=self.options.force_conflicts, deadline=self._deadline, check=held.check
        )
        for one, (deployed, live) in zip(stage, done, strict=True):
            self._note(one, deployed, live)
        failed = [deployed for deployed, _ in done if deployed.action is Action.FAILED]
        return _first(failed, "could not be applied") if failed else ""

    def _found(self, stage: Sequence[Manifest], held: Held) -> str:
        """Wait until kinds and namespaces are there, and ask again what the server serves."""
        deadline = min(self._deadline, time.monotonic() + _FOUNDATION_SECONDS)
        problem = self._healthy([one.id.key for one in stage], deadline, held)
        if not problem:
            self.server.discover()
        return problem

    def _wait_healthy(self, held: Held) -> str:
        with self._clock.step("wait"):
            return self._healthy(list(self._live), self._deadline, held)

    def _healthy(self, keys: Sequence[_Key], deadline: float, held: Held) -> str:
        """Wait for objects; return what is wrong with the first that is not healthy."""
        pending: dict[Name, ResourceType] = {}
        names: dict[Name, _Key] = {}
        for key in keys:
            deployed, live = self._live[key]
            if live is None:
                continue
            health = health_of(live)
            self._live[key] = replace(deployed, health=health), live
            kind = self.server.kinds.find(deployed.resource.api_version, deployed.resource.kind)
            if not health.is_current and kind is not None:
                name = Name(kind.api_version, kind.kind, requests.namespace_of(kind, live), deployed.resource.name)
                pending[name], names[name] = kind, key
        if not pending:
            return ""
        found = wait(self.server, pending, deadline=deadline, check=held.check, tell=self.tell)
        bad = {name: health for name, health in found.items() if not health.is_current}
        said = troubles(self.server, list(bad)) if bad else {}
        for name, health in found.items():
            deployed, live = self._live[names[name]]
            self._live[names[name]] = replace(deployed, health=health, events=said.get(name, ())), live
        wrong = [self._live[names[name]][0] for name in bad]
        return unhealthy(wrong, time.monotonic() >= deadline) if wrong else ""

    def _prune(self, inventory: apply_sets.Inventory, held: Held) -> list[Deployed]:
        """Delete what is declared no more: looked up again, as it may be gone, or declared by now."""
        if not inventory.members.kinds:
            return []
        found = push_plan.Plan()
        with self._clock.step("prune"):
            listed = apply_sets.members(self.server, self.parent, inventory.members)
            push_plan.prune(found, listed, self._declared(), self.options.prune_kinds)
            held.check()
            done = [Deployed(one.resource, Action.SKIPPED, f"kept: {reason}") for one, reason in found.spared]
            return [*done, *self._deleted(found.pruned)]

    def _deleted(self, members: Sequence[apply_sets.Member]) -> list[Deployed]:
        def request(one: apply_sets.Member) -> Request:
            uid = str((one.live.get("metadata") or {}).get("uid") or "")
            body = {
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "propagationPolicy": "Background",
                "preconditions": {"uid": uid},
            }
            return Request("DELETE", one.kind.path(one.resource.namespace, one.resource.name), {}, body)

        answers = self.server.send_all(map(request, members))
        return [
            Deployed(one.resource, Action.DELETED)
            if answer.ok or answer.status == _NOT_FOUND
            else Deployed(one.resource, Action.FAILED, f"was to be deleted: {answer.message}")
            for one, answer in zip(members, answers, strict=True)
        ]

    def _note(self, one: Wanted, deployed: Deployed, live: Mapping[str, Any] | None) -> None:
        self._live[one.manifest.id.key] = deployed, live

    def _skip(self, todo: Sequence[Manifest]) -> None:
        for one in todo:
            if one.id.key not in self._live:
                where = one.locator.locate(())
                skipped = Deployed(one.id, Action.SKIPPED, "what comes before it was not applied", where.file)
                self._live[one.id.key] = skipped, None

    def _ended(self, result: Result, message: str, more: Sequence[Deployed] = ()) -> Outcome:
        objects = [deployed for deployed, _ in self._live.values()]
        seconds = {one.step: one.seconds for one in self._clock.timings}
        return Outcome(result, message, (*objects, *more), self._changes, self._previous, seconds)


def unhealthy(wrong: Sequence[Deployed], late: bool) -> str:  # noqa: FBT001 - how the wait ended
    """Say in one line what is wrong with the worst of these objects, and what its last event was."""
    failed = [one for one in wrong if one.health is not None and one.health.is_final]
    worst = (failed or list(wrong))[0]
    said = worst.health.message if worst.health is not None else worst.message
    event = f" ({worst.events[0]})" if worst.events else ""
    more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    how = "is not healthy in time" if late and not failed else "is not healthy"
    return f"{worst.resource} {how}: {said}{event}{more}"


def _refusal(plan: Plan) -> str:
    if not plan.refused:
        return ""
    more = f"; and {len(plan.refused) - 1} more" if len(plan.refused) > 1 else ""
    first = plan.refused[0]
    return f"the cluster would not take {first.resource}: {first.message}{more}"


def _first(failed: Sequence[Deployed], what: str) -> str:
    more = f"; and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"{failed[0].resource} {what}: {failed[0].message}{more}"


def _once(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tell each thing only once."""
    said: set[str] = set()

    def wrapped(text: str) -> None:
        if text not in said:
            said.add(text)
            tell(text)

    return wrapped
