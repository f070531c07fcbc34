"""`rollback`: a pull request that makes an environment what it was, and a hold that keeps automation from redoing it."""

from __future__ import annotations

import getpass
import hashlib
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git import Repository
from gitops_action.deploy import rollback as pure
from gitops_action.deploy.rollback import Done, Rollback
from gitops_action.environments import absent, of_directory, of_file
from gitops_action.errors import GitHubError, GitOpsError, UsageError
from gitops_action.model import Finding
from gitops_action.pipeline.locking import LockedError, take
from gitops_action.pipeline.places import fetch_tip, opened
from gitops_action.pipeline.proposing import Proposed, propose
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.sides import read
from gitops_action.promote.locks import Lock
from gitops_action.records import dataclass
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.adapters.git_remote import Remote
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.pipeline.places import Place
    from gitops_action.pipeline.sides import Question
    from gitops_action.promote.pulls import PullRequest
    from gitops_action.repository.commits import Commit
    from gitops_action.repository.tree import Tree

LABEL: Final = "rollback"
_DEPLOYMENTS: Final = 100
# Older rollbacks than so many commits ago do not speak against going back to something.
_HISTORY: Final = 500


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be rolled back; `to` is a commit, "" for the last healthy deployment. `actor` is who wants it, and why."""

    environment: str
    to: str = ""
    reason: str = ""
    actor: str = ""
    dry_run: bool = False


def rollback(place: Place, wish: Wish, body: Callable[[Rollback, str, str], str]) -> Done:
    """Propose the rollback and hold the environment; `body` writes the pull request's text (rollback, reason, address).

    The same rollback twice is one pull request. Raises UsageError where there is nothing to roll back, or nothing to roll
    back to; GitOpsError where Git or GitHub refuse.
    """
    with ExitStack() as stack:
        local = stack.enter_context(Repository.open(place.repo))
        remote, hub = opened(place, local, stack)
        about = hub.repository()
        main = place.branch or about.default_branch
        tip = fetch_tip(remote, main)
        found = _planned(remote.repository, hub, tip, wish, place.config)
        if wish.dry_run:
            return Done(found)
        pull = _proposed(remote, hub, found, body(found, wish.reason, about.html_url), main)
        notes = [hub.add_labels(pull, [LABEL])]
        owner = wish.actor or local.setting("user.email") or getpass.getuser()
        hold, note = _held(remote, found, pull.number, owner)
        return Done(found, pull.url, pull.number, hold, [one for one in (*notes, note) if one])


def _planned(repository: Repository, hub: Pulls, tip: str, wish: Wish, config: str) -> Rollback:
    asked = read(repository, Revisions(tip, everything=True), Overrides(config=config))
    environment = wish.environment
    if environment not in asked.sizes:
        raise UsageError(f"the main branch: {absent(environment, asked.sizes, asked.config)}")
    states = _States(repository, asked, environment)
    # Of a merge, the commit with the trailers is the one that was merged.
    history = repository.history(tip, since=None, limit=_HISTORY, first_parent=False)
    done = [(one, it) for one in history if (it := pure.said(one)) is not None and it[0] == environment]
    if wish.to:
        target, healthy_at = repository.resolve(wish.to), ""
        if repository.merge_base(target, tip) != target:
            raise UsageError(f"--to: {target[:12]} is not in the history of the main branch")
    else:
        _refuse_again(done, states, tip)
        chosen = pure.choose(
            hub.deployments(environment, limit=_DEPLOYMENTS), states.of, tip, [it[2] for _, it in done]
        )
        target, healthy_at = chosen.sha, chosen.healthy_at
    changes = states.changes(tip, target)
    if not changes:
        raise UsageError(f"`{environment}` is what it was at {target[:12]} already: there is nothing to roll back")
    reverted = [one for one in repository.history(tip, since=target) if states.touches(one)]
    return Rollback(environment, target, tip, changes, reverted, states.shared(tip, target), healthy_at)


def _refuse_again(done: Sequence[tuple[Commit, tuple[str, str, str]]], states: _States, tip: str) -> None:
    """Raise UsageError where the environment is what a rollback made it: that is never rolled back by itself."""
    for commit, _ in done[:1]:
        if states.of(commit.sha) == states.of(tip):
            raise UsageError(
                f"`{states.environment}` is what the rollback {commit.sha[:12]} made it, and a rollback is never rolled back "
                "by itself: name a commit with --to"
            )


class _States:
    """What the files of one environment are at different commits."""

    def __init__(self, repository: Repository, asked: Question, environment: str) -> None:
        self.environment = environment
        self._repository = repository
        self._config = asked.config
        targets = [root for root in asked.head.targets if of_directory(root, asked.config) == environment]
        self._used = {path for root in targets for path in asked.head.graph.closure(root)}
        self._used |= asked.head.flux.reads.get(environment, frozenset())
        self._known: dict[str, str] = {}
        self._trees: dict[str, Tree] = {}

    def of(self, commit: str) -> str:
        """Identify the environment's files at a commit, "" where the commit is not known."""
        if commit not in self._known:
            try:
                entries = self._repository.tree(commit).entries
                mine = sorted(
                    (path, entry.digest, entry.kind.value) for path, entry in entries.items() if self._is_mine(path)
                )
                self._known[commit] = hashlib.sha256(repr(mine).encode()).hexdigest()
            except GitOpsError:
                self._known[commit] = ""
        return self._known[commit]

    def changes(self, tip: str, target: str) -> dict[str, bytes | None]:
        """Return what makes the environment's files at `tip` what they were at `target`. Raises UsageError for a link."""
        differing = [one.path for one in self._repository.changed(tip, target) if self._is_mine(one.path)]
        before = self._repository.tree(target)
        there = [path for path in differing if path in before.entries]
        for path in there:
            if before.entries[path].kind is not EntryKind.FILE:
                raise UsageError(f"{path} was no plain file at {target[:12]}: restore it by hand")
        contents: dict[str, bytes | None] = dict.fromkeys(differing)
        for path, data in before.read(there):
            if isinstance(data, Finding):
                raise UsageError(f"{path} at {target[:12]}: {data.message}")
            contents[path] = data
        return contents

    def touches(self, commit: Commit) -> bool:
        """Whether a commit changed the environment's files."""
        if not commit.parents:
            return True
        return any(self._is_mine(one.path) for one in self._repository.changed(commit.parents[0], commit.sha))

    def shared(self, tip: str, target: str) -> list[str]:
        """Return what the environment is built from besides its own files, and what changed in the same time."""
        changed = {one.path for one in self._repository.changed(target, tip)}
        return sorted(path for path in self._used & changed if not self._is_mine(path))

    def _is_mine(self, path: str) -> bool:
        return of_file(path, self._config) == self.environment


def _proposed(remote: Remote, hub: Pulls, found: Rollback, text: str, main: str) -> PullRequest:
    """Make the branch and the pull request what they should be."""
    wanted = Proposed(pure.branch(found.environment), found.changes, pure.message(found), pure.title(found), text)
    return propose(remote, hub, main, found.tip, wanted, is_ours=lambda commit: pure.said(commit) is not None)


def _held(remote: Remote, found: Rollback, number: int, owner: str) -> tuple[str, str]:
    """Lock the environment; return the hold, and why there is none."""
    now = datetime.now(UTC).replace(microsecond=0)
    reason = f"rolled back to {found.target[:8]} by #{number}; `unlock {found.environment}` lifts the hold"
    lock = Lock(found.environment, "", owner, reason, now)
    try:
        take(remote, lock, now)
    except LockedError as error:
        return str(error), ""
    except (GitHubError, GitOpsError) as error:
        return "", f"the environment is not held, so that promotions may redo what was rolled back: {error}"
    return str(lock), ""
