"""`drift`: looks whether clusters still are what was deployed there, twice; says so in one issue; heals if it may."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git import Repository
from gitops_action.cluster import requests
from gitops_action.cluster.inventory import with_marks
from gitops_action.deploy.apply_set import Parent, as_member
from gitops_action.deploy.drift import Kind, Look, confirmed
from gitops_action.deploy.flux_selection import Wanted
from gitops_action.deploy.result import Via
from gitops_action.environments import DEFAULT
from gitops_action.errors import ClusterError, GitHubError, GitOpsError, UsageError
from gitops_action.pipeline import drift_look
from gitops_action.pipeline.ancestry import Ancestry
from gitops_action.pipeline.applying import Wanted as ToApply
from gitops_action.pipeline.applying import apply_all
from gitops_action.pipeline.desired import Desired, desired
from gitops_action.pipeline.promotion import name_of, remote_of, source_of
from gitops_action.pipeline.settings import Overrides

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.adapters.api_server import HttpApiServer
    from gitops_action.deploy.drift import Drifted
    from gitops_action.model import Manifest
    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.pipeline.promotion import Place
    from gitops_action.ports import ApiServer, Progress
    from gitops_action.promote.locks import Lock

LABEL: Final = "drift"
"""The label of our issues."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Where to look, and what to do about it. No `environments` means all.

    `settle` is how many seconds later the second look is. `heal` makes what has drifted what Git says, unless that are more
    than `limit` objects. `report` keeps an issue on GitHub.
    """

    environments: Sequence[str] = ()
    revision: str = "HEAD"
    settle: float = 60.0
    undeclared: bool = False
    heal: bool = False
    limit: int = 10
    report: bool = True


def drift(  # noqa: PLR0913, PLR0917 - what a look is made of
    place: Place,
    clusters: Clusters,
    wish: Wish,
    progress: Progress,
    tell: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] | None = None,
) -> list[Look]:
    """Look at the cluster of each environment. A cluster that cannot be looked at is unknown, and hides no other.

    Raises UsageError for what makes no sense, GitOpsError where nothing can be looked at.
    """
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        git = desired(repository, wish.revision, Overrides(config=place.config), progress, wish.environments)
        names = list(wish.environments) or _deployed(git, tell)
        if not names:
            raise UsageError(f"there is no environment at {git.sha[:12]}: nothing was looked at")
        ways = {name: clusters.access(name, git.config, names if clusters.asked else [*names, ""]) for name in names}
        from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - few commands need a cluster

        servers = {name: stack.enter_context(HttpApiServer(ways[name])) for name in names}
        watch = _Watch(place, wish, repository, git, progress, tell, stack)
        looks = {name: watch.first(name, servers[name]) for name in names}
        if any(one.found for one in looks.values()) and wish.settle > 0:
            tell(f"looking again in {wish.settle:g} s, as what passes by itself is no drift")
            (sleep or pause)(wish.settle)
        looks = {name: watch.second(look, servers[name]) for name, look in looks.items()}
        if wish.heal:
            looks = {name: watch.healed(look, servers[name]) for name, look in looks.items()}
        if wish.undeclared:
            looks = {name: watch.with_undeclared(look, servers[name]) for name, look in looks.items()}
        if wish.report and place.token:
            looks = {name: _told(look, place, repository, tell) for name, look in looks.items()}
        return list(looks.values())


def _deployed(git: Desired, tell: Callable[[str], None]) -> list[str]:
    """Return the environments that have objects; where some are configured, what belongs to none of them is deployed by nobody."""
    names = [name for name in git.environments if git.of(name)]
    configured = {known.name for known in git.config.environments}
    if configured and DEFAULT in names and DEFAULT not in configured and len(names) > 1:
        tell(f"{len(git.of(DEFAULT))} objects belong to no environment, so nobody deploys them: not looked at")
        names.remove(DEFAULT)
    return names


def pause(seconds: float) -> None:
    """Wait between the two looks."""
    time.sleep(seconds)


def _told(look: Look, place: Place, repository: Repository, tell: Callable[[str], None]) -> Look:
    """Keep the environment's issue: open while something has drifted, closed once nothing has. Not known changes nothing."""
    from gitops_action.adapters.github_deployments import Deployments  # noqa: PLC0415 - only who has a token
    from gitops_action.report import drift as report  # noqa: PLC0415

    if look.skipped:
        return look
    name = look.environment
    try:
        with Deployments.from_environment(place.token, place.api_url, name_of(place, repository)) as hub:
            if look.left:
                return replace(
                    look, issue=hub.upsert_issue(report.marker(name), report.title(name), report.issue(look), [LABEL])
                )
            if not look.unknown:
                hub.close_issue(report.marker(name), [LABEL], f"Nothing has drifted any more, at {look.commit[:12]}.")
    except GitHubError as error:
        tell(f"the issue of {name} is not as it should be: {error}")
        return replace(look, notes=[*look.notes, str(error)])
    return look


class _Watch:
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
        self._stack = stack
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
        why = self._why_not(look)
        if why:
            return replace(look, held=why)
        git = self._deployed[look.environment]
        if _via(git, look.environment) is Via.FLUX:
            return replace(look, held="Flux deploys this, and heals by itself: ask it to, with `flux reconcile`")
        self._tell(f"healing {len(look.found)} objects of {look.environment}")
        member = self._parent(look.environment)
        commit, _ = drift_look.rollout(server, member)
        wanted = []
        for manifest in self._manifests(look.environment, look.found):
            kind = server.kinds.find(manifest.id.api_version, manifest.id.kind)
            if kind is None:
                continue
            live = server.send(requests.read(kind, manifest.value))
            there = live.body if live.ok else None
            value = as_member(manifest.value, member.id) if commit else with_marks(manifest.value, there)
            wanted.append(ToApply(replace(manifest, value=value), kind, there))
        done = apply_all(server, wanted, force=True, deadline=time.monotonic() + 60.0, check=lambda: None)
        return replace(look, healed=[deployed for deployed, _ in done])

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
        pushed, holder = drift_look.rollout(server, self._parent(name))
        if holder:
            return pushed, f"a deployment is under way: {holder}", ""
        if not pushed:
            return self._git.sha, "", ""
        if not self._knows(pushed):
            return pushed, f"{pushed[:12]} is deployed, which is not known here: fetch it", ""
        return pushed, "", ""

    def _of_flux(self, name: str, server: ApiServer) -> tuple[str, str, str]:
        from gitops_action.pipeline.flux_wait import FluxWait  # noqa: PLC0415 - one of two ways

        settings = self._git.config.deployment(name)
        url = self._repository.remote_url(self._place.remote) or self._place.remote
        addresses = [url, *([f"{self._place.server}/{self._place.repository}"] if self._place.repository else [])]
        wanted = Wanted(name, self._git.config, addresses, settings.kustomizations)
        outcome = FluxWait(server, self._git.sha, wanted, self._ancestry.contains).look()
        behind = [one for one in outcome.objects if one.action.value != "ready"]
        if not behind:
            return self._git.sha, "", ""
        return self._git.sha, f"Flux is not there yet: {behind[0].resource} {behind[0].message}", ""

    def _knows(self, commit: str) -> bool:
        try:
            self._repository.resolve(f"{commit}^{{commit}}")
        except GitOpsError:
            return False
        return True

    def _at(self, commit: str, name: str) -> Desired:
        if commit == self._git.sha:
            return self._git
        return desired(self._repository, commit, Overrides(config=self._place.config), self._progress, [name])

    def _manifests(self, name: str, drifted: Sequence[Drifted]) -> list[Manifest]:
        wanted = {one.resource.key for one in drifted}
        return [one for one in self._deployed[name].of(name) if one.id.key in wanted]

    def _parent(self, name: str) -> Parent:
        source = source_of(self._place, self._repository)
        return Parent(name, self._git.config.deployment(name).namespace, source)

    def _why_not(self, look: Look) -> str:
        """Say why nothing may be healed."""
        if len(look.found) > self._wish.limit:
            return f"{len(look.found)} objects have drifted, and at most {self._wish.limit} are healed at once"
        if look.behind:
            return f"{look.behind[:12]} waits to be deployed"
        try:
            locks = self._locks()
        except GitOpsError as error:
            return f"whether it is locked is not known: {error}"
        own = [lock for lock in locks if lock.environment == look.environment]
        return f"{own[0]}" if own else ""

    def _locks(self) -> list[Lock]:
        from datetime import UTC, datetime  # noqa: PLC0415 - only who heals looks at locks

        from gitops_action.pipeline.locking import read_locks  # noqa: PLC0415

        if self._remote is None:
            raise UsageError("there is no remote repository")
        return [lock for lock in read_locks(self._remote) if not lock.is_over(datetime.now(UTC))]


def _via(git: Desired, name: str) -> Via | None:
    via = git.config.deployment(name).via
    return Via(via) if via else None


def exit_code(looks: Sequence[Look]) -> int:
    """Return 1 if something has drifted and was not healed, 3 if something could not be looked at, else 0."""
    if any(one.left for one in looks):
        return 1
    return 3 if any(one.skipped or any(it.kind is Kind.UNKNOWN for it in one.drifted) for one in looks) else 0
