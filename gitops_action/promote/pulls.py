"""What GitHub knows of pull requests, commits and deployments, as plain values."""

from __future__ import annotations

from gitops_action.records import dataclass


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request of the repository's own branches. `merge_sha` is the commit that it was merged as, "" if it was not."""

    number: int
    url: str
    title: str
    body: str
    head_ref: str
    head_sha: str
    base_ref: str
    state: str = "open"
    merged: bool = False
    draft: bool = False
    author: str = ""
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    node_id: str = ""
    auto_merge: bool = False
    fork: bool = False
    merge_sha: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment. `state` is that of its newest status ("" if it has none), told at `state_at` (ISO 8601).

    `healthy_at` is when it first succeeded, "" if it never did: GitHub calls it inactive once a later one has succeeded.
    """

    id: int
    sha: str
    environment: str
    created_at: str
    state: str = ""
    state_at: str = ""
    healthy_at: str = ""


@dataclass(frozen=True, slots=True)
class RepositoryInfo:
    """What matters of a repository before anything is written to it."""

    default_branch: str
    archived: bool
    html_url: str
