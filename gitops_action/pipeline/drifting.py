"""`drift`: looks whether clusters still are what was deployed there, twice; says so in one issue; heals if it may."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git import Repository
from gitops_action.deploy.drift import Kind, Look
from gitops_action.environments import DEFAULT
from gitops_action.errors import GitHubError, UsageError
from gitops_action.pipeline.desired import Desired, desired
from gitops_action.pipeline.places import name_of
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.watching import Watch
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.adapters.api_server import HttpApiServer
    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.pipeline.places import Place
    from gitops_action.ports import Progress

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
        said = Overrides(config=place.config)
        git = desired(repository, wish.revision, said, progress, wish.environments)

        def is_broken(name: str) -> bool:
            return bool(git.errors) and bool(desired(repository, git.sha, said, progress, [name]).errors)

        names = list(wish.environments) or _deployed(git, tell, is_broken)
        if not names:
            raise UsageError(f"there is no environment at {git.sha[:12]}: nothing was looked at")
        servers, lost = _servers(clusters, git, names, stack)
        watch = Watch(place, wish, repository, git, progress, tell, stack)
        looks = {name: watch.first(name, servers[name]) if name in servers else lost[name] for name in names}
        if any(one.found for one in looks.values()) and wish.settle > 0:
            tell(f"looking again in {wish.settle:g} s, as what passes by itself is no drift")
            (sleep or pause)(wish.settle)
        for name, server in servers.items():
            looks[name] = watch.second(looks[name], server)
            if wish.heal:
                looks[name] = watch.healed(looks[name], server)
            if wish.undeclared:
                looks[name] = watch.with_undeclared(looks[name], server)
        if wish.report and place.token:
            looks = {name: _told(look, place, repository, tell) for name, look in looks.items()}
        return list(looks.values())


def _deployed(git: Desired, tell: Callable[[str], None], is_broken: Callable[[str], bool]) -> list[str]:
    """Return the environments that have objects; where some are configured, what belongs to none of them is deployed by nobody.

    One of which nothing can be rendered is not one without objects.
    """
    names = [name for name in git.environments if git.of(name) or is_broken(name)]
    configured = {known.name for known in git.config.environments}
    if configured and DEFAULT in names and DEFAULT not in configured and len(names) > 1:
        tell(f"{len(git.of(DEFAULT))} objects belong to no environment, so nobody deploys them: not looked at")
        names.remove(DEFAULT)
    return names


def _servers(
    clusters: Clusters, git: Desired, names: Sequence[str], stack: ExitStack
) -> tuple[dict[str, HttpApiServer], dict[str, Look]]:
    """Return the server of each environment, and of those whose cluster is not known that nobody looked.

    Raises UsageError where no cluster at all is known.
    """
    from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - few commands need a cluster

    servers: dict[str, HttpApiServer] = {}
    lost: dict[str, Look] = {}
    for name in names:
        try:
            access = clusters.access(name, git.config, names if clusters.asked else [*names, ""])
        except UsageError as error:
            if len(lost) == len(names) - 1:
                raise
            lost[name] = Look(name, git.sha, skipped=str(error))
        else:
            servers[name] = stack.enter_context(HttpApiServer(access))
    return servers, lost


def pause(seconds: float) -> None:
    """Wait between the two looks."""
    time.sleep(seconds)


def _told(look: Look, place: Place, repository: Repository, tell: Callable[[str], None]) -> Look:
    """Keep the environment's issue: open while something has drifted, closed once nothing has. Not known changes nothing."""
    from gitops_action.adapters.github_issues import Issues  # noqa: PLC0415 - only who has a token
    from gitops_action.report import drift as report  # noqa: PLC0415

    if look.skipped:
        return look
    name = look.environment
    try:
        with Issues.from_environment(place.token, place.api_url, name_of(place, repository)) as hub:
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


def exit_code(looks: Sequence[Look]) -> int:
    """Return 1 if something has drifted and was not healed, 3 if something could not be looked at, else 0."""
    if any(one.left for one in looks):
        return 1
    return 3 if any(one.skipped or any(it.kind is Kind.UNKNOWN for it in one.drifted) for one in looks) else 0
