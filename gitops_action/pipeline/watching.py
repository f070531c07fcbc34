"""The looks at environments: what was deployed in each, what of it has drifted, and what becomes of that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitops_action.cluster import requests
from gitops_action.deploy.apply_set import Parent
from gitops_action.deploy.drift import Look, confirmed
from gitops_action.deploy.flux_selection import Wanted
from gitops_action.deploy.result import Action, Via
from gitops_action.errors import ClusterError, GitOpsError, UsageError
from gitops_action.model import Change, Outcome
from gitops_action.pipeline import drift_look, healing
from gitops_action.pipeline.ancestry import Ancestry
from gitops_action.pipeline.asking import ignored_of
from gitops_action.pipeline.desired import Desired, desired
from gitops_action.pipeline.drift_look import Rollout
from gitops_action.pipeline.places import remote_of, source_of
from gitops_action.pipeline.settings import Overrides

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import ExitStack

    from gitops_action.adapters.api_server import HttpApiServer
    from gitops_action.adapters.git import Repository
    from gitops_action.deploy.drift import Drifted
    from gitops_action.diff.live import Ignored
    from gitops_action.model import Manifest
    from gitops_action.pipeline.drifting import Wish
    from gitops_action.pipeline.places import Place
    from gitops_action.ports import ApiServer, Progress
    from gitops_action.promote.locks import Lock


class Watch:
    """What the looks at several environments have in common."""

    def __init__(  # noqa: PLR0913, PLR0917 - as above
        self,
        place: Place,
        wish: Wish,
        repository: Repository,
        git: Desired,
        progress: Progress,
        tell: Callable[[str], None],
        stack: ExitStack,
    ) -> None:
        self._place = place
        self._wish = wish
        self._repository = repository
        self._git = git
        self._progress = progress
        self._tell = tell
        self._remote = remote_of(place, repository, stack)
        self._ancestry = Ancestry(repository, self._remote)
        self._deployed: dict[str, Desired] = {}

    def first(self, name: str, server: HttpApiServer) -> Look:
        """Look at one environment, as it was deployed."""
        look = Look(name, self._git.sha)
        try:
            commit, busy, note = self._commit(name, server)
            if busy:
                return replace(look, skipped=busy)
            git = self._at(commit, name)
            if git.errors:
                worst = git.errors[0]
                return replace(look, commit=git.sha, skipped=f"cannot be rendered: {worst.location}: {worst.message}")
            self._deployed[name] = git
            self._tell(f"looking at {len(git.of(name))} objects of {name}")
            found = drift_look.compared(server, git.of(name), self._git.config, name)
        except (ClusterError, UsageError) as error:
            return replace(look, skipped=str(error))
        behind = self._git.sha if git.sha != self._git.sha else ""
        return replace(
            look, commit=git.sha, objects=len(git.of(name)), drifted=found, behind=behind, notes=[note] if note else []
        )

    def second(self, look: Look, server: ApiServer) -> Look:
        """Look again at what had drifted."""
        if look.skipped or not look.found or self._wish.settle <= 0:
            return look
        try:
            commit, busy, _ = self._commit(look.environment, server)
            if busy or commit != look.commit:
                return replace(look, skipped=busy or f"{commit[:12]} was deployed meanwhile", drifted=[])
            found = drift_look.compared(
                server, self._manifests(look.environment, look.drifted), self._git.config, look.environment
            )
        except ClusterError as error:
            return replace(look, skipped=str(error), drifted=[])
        return replace(look, drifted=confirmed(look.drifted, found))

    def healed(self, look: Look, server: ApiServer) -> Look:
        """Make what has drifted what Git says, if nothing speaks against it."""
        if look.skipped or not look.found:
            return look
        name = look.environment
        parent = self._parent(name)
        via = _via(self._deployed[name], name)
        pushed = Rollout() if via is Via.FLUX else drift_look.rollout(server, parent)
        why = healing.why_not(look, via, pushed, self._wish.limit) or self._locked(look)
        if why:
            return replace(look, held=why)
        self._tell(f"healing {len(look.found)} objects of {name}")
        return healing.heal(server, look, parent, self._manifests(name, look.found), self._ignored)

    def _ignored(self, manifest: Manifest) -> Ignored:
        return ignored_of(Change(manifest.environment, Outcome.UNCHANGED, manifest.id), self._git.config)

    def with_undeclared(self, look: Look, server: ApiServer) -> Look:
        """Add what nobody declared, in the namespaces of the environment."""
        git = self._deployed.get(look.environment)
        if look.skipped or git is None:
            return look
        manifests = git.of(look.environment)
        spaces = {
            requests.namespace_of(kind, one.value)
            for one in manifests
            if (kind := server.kinds.find(one.id.api_version, one.id.kind))
        }
        try:
            found, notes = drift_look.undeclared(server, manifests, spaces - {""})
        except ClusterError as error:
            return replace(look, notes=[*look.notes, f"what nobody declared is not known: {error}"])
        return replace(look, undeclared=found, notes=[*look.notes, *notes])

    def _commit(self, name: str, server: ApiServer) -> tuple[str, str, str]:
        """Return the commit that is deployed, why nobody should look just now (""), and what is not known.

        What Git says by now and was not deployed yet is no drift.
        """
        if _via(self._git, name) is Via.FLUX:
            return self._of_flux(name, server)
        pushed = drift_look.rollout(server, self._parent(name))
        note = f"not known: {pushed.unknown}" if pushed.unknown else ""
        if pushed.holder:
            return pushed.commit, f"a deployment is under way: {pushed.holder}", note
        if not pushed.commit:
            return self._git.sha, "", f"{note}; compared with {self._git.sha[:12]}" if note else ""
        if not self._knows(pushed.commit):
            return pushed.commit, f"{pushed.commit[:12]} is deployed, which is not known here: fetch it", note
        if pushed.unfinished:
            note = f"the deployment of {pushed.commit[:12]} did not end well: what it left undone is shown here, too"
        return pushed.commit, "", note

    def _of_flux(self, name: str, server: ApiServer) -> tuple[str, str, str]:
        from gitops_action.pipeline.flux_wait import FluxWait  # noqa: PLC0415 - one of two ways

        settings = self._git.config.deployment(name)
        url = self._repository.remote_url(self._place.remote) or self._place.remote
        addresses = [url, *([f"{self._place.server}/{self._place.repository}"] if self._place.repository else [])]
        wanted = Wanted(name, self._git.config, addresses, settings.kustomizations)
        flux = FluxWait(server, self._git.sha, wanted, self._ancestry.contains)
        # A release that is not ready says nothing about what Flux has applied.
        behind = [
            one
            for one in flux.look().objects
            if one.action is not Action.READY and not one.resource.kind.startswith("Helm")
        ]
        if not behind:
            return self._git.sha, "", ""
        why = f"Flux is not there yet: {behind[0].resource} {behind[0].message}"
        commit = flux.settled
        return (commit, "", why) if commit and self._knows(commit) else (self._git.sha, why, "")

    def _knows(self, commit: str) -> bool:
        try:
            self._repository.resolve(f"{commit}^{{commit}}")
        except GitOpsError:
            return False
        return True

    def _at(self, commit: str, name: str) -> Desired:
        if commit == self._git.sha and not self._git.errors:
            return self._git
        # What cannot be rendered of one environment says nothing about another.
        return desired(self._repository, commit, Overrides(config=self._place.config), self._progress, [name])

    def _manifests(self, name: str, drifted: Sequence[Drifted]) -> list[Manifest]:
        wanted = {one.resource.key for one in drifted}
        return [one for one in self._deployed[name].of(name) if one.id.key in wanted]

    def _parent(self, name: str) -> Parent:
        source = source_of(self._place, self._repository)
        return Parent(name, self._git.config.deployment(name).namespace, source)

    def _locked(self, look: Look) -> str:
        try:
            return healing.locked(look, self._locks())
        except GitOpsError as error:
            return f"whether it is locked is not known: {error}"

    def _locks(self) -> list[Lock]:
        from gitops_action.pipeline.locking import read_locks  # noqa: PLC0415

        if self._remote is None:
            raise UsageError("there is no remote repository")
        return [lock for lock in read_locks(self._remote) if not lock.is_over(datetime.now(UTC))]


def _via(git: Desired, name: str) -> Via | None:
    via = git.config.deployment(name).via
    return Via(via) if via else None
