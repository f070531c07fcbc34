"""Where commands that write begin: the clone, its remote repository and GitHub, opened as far as each is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gitops_action.deploy.flux_selection import normal
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from gitops_action.adapters.git import Repository
    from gitops_action.adapters.git_remote import Remote
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.promote.locks import Lock
    from gitops_action.promote.pulls import RepositoryInfo


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: the clone, its remote repository, GitHub. `token` "": GitHub is not asked.

    `server` is GitHub's address for people, whose host the token may go to; `branch` the main branch, GitHub's default
    where "".
    """

    repo: Path
    remote: str = "origin"
    token: str = ""
    server: str = "https://github.com"
    repository: str = ""
    api_url: str = ""
    branch: str = ""
    config: str = ""


def open_remote(place: Place, repository: Repository, stack: ExitStack) -> Remote:
    """Open the remote repository until the stack is unwound. Raises UsageError where there is none."""
    from gitops_action.adapters.git_remote import Remote  # noqa: PLC0415 - few commands talk to it

    return stack.enter_context(Remote.open(repository, place.remote, token=place.token, server=place.server))


def remote_of(place: Place, repository: Repository, stack: ExitStack) -> Remote | None:
    """Return the remote repository, which knows commits and locks that a clone does not have; None without one."""
    try:
        return open_remote(place, repository, stack)
    except UsageError:
        return None


def locks_if_reached(place: Place, repository: Repository, stack: ExitStack) -> list[Lock] | None:
    """Return the locks of the remote repository; None where there is none, or it does not answer."""
    from gitops_action.pipeline.locking import read_locks  # noqa: PLC0415 - few commands look at locks

    try:
        return read_locks(open_remote(place, repository, stack))
    except GitOpsError:
        return None


def opened(place: Place, repository: Repository, stack: ExitStack) -> tuple[Remote, Pulls]:
    """Open the remote repository and GitHub, until the stack is unwound. Raises UsageError where they are not known."""
    from gitops_action.adapters.github_pulls import Pulls  # noqa: PLC0415

    remote = open_remote(place, repository, stack)
    name = name_of(place, repository)
    hub = stack.enter_context(Pulls.from_environment(place.token, place.api_url, name))
    return remote, hub


def name_of(place: Place, repository: Repository) -> str:
    """Return `owner/name` on GitHub: what is said, or what the remote repository's address says."""
    if place.repository:
        return place.repository
    url = repository.remote_url(place.remote) or place.remote
    parts = url.removesuffix("/").removesuffix(".git").replace(":", "/").split("/")
    return "/".join(parts[-2:])


def source_of(place: Place, repository: Repository) -> str:
    """Return what identifies the repository wherever a command runs: its address, without what may differ between two of it."""
    if place.repository:
        return normal(f"{place.server}/{place.repository}")
    return normal(repository.remote_url(place.remote) or place.remote)


def writable(hub: Pulls, what: str) -> RepositoryInfo:
    """Return what GitHub says of the repository. Raises UsageError for an archived one, in which nothing can be done (`what`)."""
    about = hub.repository()
    if about.archived:
        raise UsageError(f"the repository is archived: nothing can be {what} in it")
    return about


def fetch_tip(remote: Remote, branch: str, advice: str = "") -> str:
    """Fetch a branch of the remote repository and return its tip. Raises UsageError, with an advice, where there is none."""
    ref = f"refs/heads/{branch}"
    tip = remote.refs(ref).get(ref)
    if tip is None:
        raise UsageError(f"the remote repository has no branch `{branch}`{advice and f': {advice}'}")
    remote.fetch(tip)
    return tip


def just_after(committed_at: datetime) -> datetime:
    """Return the time of a commit of ours on one of that time: the same for the same input, so that two runs make one."""
    return max(committed_at + timedelta(seconds=1), datetime.fromtimestamp(0, UTC))
