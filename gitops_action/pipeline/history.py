"""`history`: what was deployed to an environment, from GitHub's deployments and Git; nothing is kept elsewhere."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from gitops_action.adapters.git import Repository
from gitops_action.deploy.history import Entry
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.pipeline.places import name_of

if TYPE_CHECKING:
    from gitops_action.pipeline.places import Place


def history(place: Place, environment: str, limit: int) -> list[Entry]:
    """Return the newest deployments of an environment, the newest first.

    Raises UsageError without a token, GitHubError where GitHub refuses.
    """
    from gitops_action.adapters.github_deployments import Deployments  # noqa: PLC0415 - few commands ask GitHub

    if not place.token:
        raise UsageError("GitHub knows the deployments: it is asked with the token in GITHUB_TOKEN (or GH_TOKEN)")
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        hub = stack.enter_context(Deployments.from_environment(place.token, place.api_url, name_of(place, repository)))
        return [Entry(one, _subject(repository, one.sha)) for one in hub.newest(environment, limit=limit)]


def _subject(repository: Repository, sha: str) -> str:
    try:
        return repository.history(sha, since=None, limit=1)[0].subject
    except GitOpsError:
        return ""  # a commit that this clone does not have
