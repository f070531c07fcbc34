"""`deploy --via apply`: makes a cluster what Git says, in stages, and deletes what left Git once the rest is healthy."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from gitops_action.cluster import requests
from gitops_action.cluster.answers import Request
from gitops_action.deploy import apply_set
from gitops_action.deploy.result import Action, Deployed, Outcome, Result, first_of
from gitops_action.diff.live import Ignored
from gitops_action.errors import ClusterError
from gitops_action.model import Change
from gitops_action.model import Outcome as Fate
from gitops_action.pipeline import apply_sets, deleting, push_plan
from gitops_action.pipeline.applied import Applied
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.leases import NotPermittedError, lease
from gitops_action.pipeline.stages import Stages
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from gitops_action.deploy.apply_set import Parent
    from gitops_action.model import Manifest
    from gitops_action.pipeline.applied import Key
    from gitops_action.pipeline.leases import Held
    from gitops_action.pipeline.push_plan import Plan
    from gitops_action.ports import ApiServer

_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class Options:
    """How to push. `timeout` (seconds) is for all waiting; `prune_kinds` may be deleted although they are not by themselves.

    `older` allows a commit that is older than the one deployed. `confirm` is shown the plan before anything is written,
    and says whether to go on. What is `ignored` of an object is left to whoever set it.
    """

    timeout: float = 600.0
    force_conflicts: bool = False
    older: bool = False
    prune_kinds: Collection[str] = ()
    confirm: Callable[[Sequence[Change]], bool] | None = None
    ignored: Callable[[Change], Ignored] = lambda _: Ignored()


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
    _applied: Applied = field(init=False)
    _changes: list[Change] = field(default_factory=list)
    _previous: str = ""

    def __post_init__(self) -> None:
        """Raise UsageError for manifests that cannot be deployed at all."""
        push_plan.require_deployable(self.manifests)
        self.manifests = [
            replace(one, value=apply_set.as_member(requests.with_data(requests.for_apply(one.value)), self.parent.id))
            for one in self.manifests
        ]
        self._deadline = time.monotonic() + self.options.timeout
        self._applied = Applied(self.server, self.tell)

    def look(self) -> Outcome:
        """Say what would be done, and change nothing. Raises ClusterError, UsageError for an inventory of somebody else."""
        inventory = apply_sets.read(self.server, self.parent)
        self._previous = inventory.commit
        if self._is_superseded(inventory.newest):
            return self._superseded(inventory)
        refused = self._planned(inventory)[1]
        return self._ended(Result.FAILURE if refused else Result.PLANNED, _refusal(refused), refused)

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
        if self._is_superseded(inventory.newest):
            return self._superseded(inventory)
        plan, refused = self._planned(inventory)
        if refused:
            return self._ended(Result.FAILURE, f"{_refusal(refused)}; nothing was applied", refused)
        if self.options.confirm is not None and not self.options.confirm(self._changes):
            return self._ended(Result.ERROR, "it was not confirmed: nothing was applied")
        held.check()
        # Until it has ended well, whoever looks for drift or comes next knows that it has not.
        begun = apply_sets.Inventory(inventory.commit, inventory.members | self._members(), self.commit)
        apply_sets.write(self.server, self.parent, begun)
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
        if bad:
            return self._ended(Result.FAILURE, first_of(bad, "could not be deleted"), pruned)
        held.check()
        apply_sets.write(self.server, self.parent, apply_sets.Inventory(self.commit, kept))
        return self._ended(Result.SUCCESS, "", pruned)

    def _is_superseded(self, deployed: str) -> bool:
        return (
            bool(deployed)
            and deployed != self.commit
            and not self.options.older
            and self.contains(deployed, self.commit)
        )

    def _superseded(self, inventory: apply_sets.Inventory) -> Outcome:
        how = ", though not to the end" if inventory.attempt else ""
        message = f"{inventory.newest[:12]} is deployed{how}, which is newer and contains it (--older deploys it all the same)"
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

    def _planned(self, inventory: apply_sets.Inventory) -> tuple[Plan, list[Deployed]]:
        """Try everything, what is to be deleted among it; return the plan, and what the cluster would not do."""
        with self._clock.step("dry run"):
            self.tell(f"trying {len(self.manifests)} objects")
            found = self._tried(self.manifests)
        with self._clock.step("inventory"):
            gone = self._gone(inventory)
            refused = deleting.refused(self.server, gone.pruned)
        message = "it was deployed before, and nothing declares it any more"
        deleted = [Change(self.parent.environment, Fate.DELETE, one.resource, message=message) for one in gone.pruned]
        self._changes = [*found.changes, *deleted]
        failed = (Deployed(one.resource, Action.FAILED, one.message, one.file) for one in found.refused)
        return found, [*failed, *refused]

    def _tried(self, manifests: Sequence[Manifest]) -> Plan:
        name, force = self.parent.environment, self.options.force_conflicts
        return push_plan.plan(self.server, manifests, name, self.options.ignored, force=force)

    def _gone(self, inventory: apply_sets.Inventory) -> deleting.Gone:
        listed = apply_sets.members(self.server, self.parent, self._where(inventory))
        return deleting.gone(listed, self._declared(), self.options.prune_kinds)

    def _where(self, inventory: apply_sets.Inventory) -> apply_set.Members:
        """Return where members can be. Where the parent was lost, they are looked for among kinds and namespaces of now."""
        return inventory.members if inventory.members.kinds else self._members()

    def _declared(self) -> set[Key]:
        return {push_plan.identity(one.id, self.server.kinds) for one in self.manifests}

    def _members(self) -> apply_set.Members:
        return apply_set.Members.of((group, kind, space) for group, kind, space, _ in self._declared())

    def _apply(self, plan: Plan, held: Held) -> str:
        with self._clock.step("apply"):
            stages = Stages(
                self.server, self._applied, self._tried, self.tell, held.check, self._deadline,
                self.options.force_conflicts,
            )  # fmt: skip
            return stages.apply(self.manifests, plan)

    def _wait_healthy(self, held: Held) -> str:
        with self._clock.step("wait"):
            return self._applied.healthy(self._applied.keys, self._deadline, held.check)

    def _prune(self, inventory: apply_sets.Inventory, held: Held) -> list[Deployed]:
        """Delete what is declared no more: looked up again, as it may be gone, or declared by now."""
        with self._clock.step("prune"):
            found = self._gone(inventory)
            held.check()
            return [*found.kept, *deleting.delete(self.server, found.pruned)]

    def _ended(self, result: Result, message: str, more: Sequence[Deployed] = ()) -> Outcome:
        seconds = {one.step: one.seconds for one in self._clock.timings}
        return Outcome(result, message, (*self._applied.objects, *more), self._changes, self._previous, seconds)


def _refusal(refused: Sequence[Deployed]) -> str:
    return first_of(refused, "would not be taken by the cluster") if refused else ""


def _once(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tell each thing only once."""
    said: set[str] = set()

    def wrapped(text: str) -> None:
        if text not in said:
            said.add(text)
            tell(text)

    return wrapped
