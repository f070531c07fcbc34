"""Applies what was planned in stages: kinds and namespaces before what needs them, and waits until those are there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from gitops_action.deploy import ordering
from gitops_action.deploy.result import Action, first_of
from gitops_action.model import Outcome as Fate
from gitops_action.pipeline.applying import apply_all
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.model import Manifest
    from gitops_action.pipeline.applied import Applied
    from gitops_action.pipeline.applying import Wanted
    from gitops_action.pipeline.push_plan import Plan
    from gitops_action.ports import ApiServer

_FOUNDATION_SECONDS: Final = 60.0


@dataclass(slots=True)
class Stages:
    """One server, and what was `applied` to it. `tried` plans what could not be tried before; `deadline` is monotonic time.

    `check` is called before each write, and raises once somebody else deploys. `force` takes fields from other managers.
    """

    server: ApiServer
    applied: Applied
    tried: Callable[[Sequence[Manifest]], Plan]
    tell: Callable[[str], None]
    check: Callable[[], None]
    deadline: float
    force: bool

    def apply(self, manifests: Sequence[Manifest], plan: Plan) -> str:
        """Apply what is planned for the manifests; return why that ended early, "" if all was applied."""
        ready = {id(one.manifest): one for one in (*plan.wanted, *plan.unchanged)}
        for one in plan.unchanged:
            self.applied.note(one.ended(Action.UNCHANGED), one.live)
        unchanged = {id(one.manifest) for one in plan.unchanged}
        todo = [one for one in manifests if id(one) not in unchanged]
        for stage in ordering.stages(todo):
            first = stage[0].id
            unknown = [one for one in stage if id(one) not in ready]
            problem = self._try_again(unknown, ready) if unknown else ""
            if not problem:
                problem = self._apply_stage([ready[id(one)] for one in stage])
            if not problem and ordering.stage(first.api_version, first.kind) == ordering.FOUNDATION:
                problem = self._found(stage)
            if problem:
                self.applied.skip(todo)
                return problem
        return ""

    def _try_again(self, unknown: Sequence[Manifest], ready: dict[int, Wanted]) -> str:
        """Try what could not be tried before its kinds and namespaces were there."""
        again = self.tried(unknown)
        for one in (*again.wanted, *again.unchanged):
            ready[id(one.manifest)] = one
        refused = [*again.refused, *(one for one in again.changes if one.outcome is Fate.UNVALIDATED)]
        self.applied.refuse(refused)
        return f"{refused[0].resource}: {refused[0].message}" if refused else ""

    def _apply_stage(self, stage: Sequence[Wanted]) -> str:
        self.tell(f"applying {len(stage)} objects, such as {stage[0].manifest.id}")
        done = apply_all(self.server, stage, force=self.force, deadline=self.deadline, check=self.check)
        for deployed, live in done:
            self.applied.note(deployed, live)
        failed = [deployed for deployed, _ in done if deployed.action is Action.FAILED]
        return first_of(failed, "could not be applied") if failed else ""

    def _found(self, stage: Sequence[Manifest]) -> str:
        """Wait until kinds and namespaces are there, and ask again what the server serves."""
        deadline = min(self.deadline, time.monotonic() + _FOUNDATION_SECONDS)
        problem = self.applied.healthy([one.id.key for one in stage], deadline, self.check)
        if not problem:
            self.server.discover()
        return problem
