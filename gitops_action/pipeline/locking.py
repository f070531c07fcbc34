"""Takes locks and takes them away: refs of the remote repository, moved by compare-and-swap."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitops_action.adapters.git_refusals import RefMovedError
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.promote.locks import PREFIX, Lock, message, parse, ref_name

if TYPE_CHECKING:
    from gitops_action.adapters.git_remote import Remote


class LockedError(UsageError):
    """Somebody else has the lock."""


def read_locks(remote: Remote) -> list[Lock]:
    """Return the locks of a repository. Raises GitOpsError where it cannot be asked."""
    return [lock for _, lock in _present(remote, f"{PREFIX}*").values()]


def take(remote: Remote, lock: Lock, now: datetime) -> None:
    """Take a lock, or raise LockedError saying who has it. One whose time is over is nobody's."""
    ref = ref_name(lock.environment, lock.component)
    present = _present(remote, ref).get(ref)
    if present is not None and not present[1].is_over(now):
        raise LockedError(f"{present[1]}")
    made = remote.commit(None, {}, message(lock, secrets.token_hex(8)), when=lock.created)
    try:
        remote.push(ref, made, present[0] if present else None)
    except RefMovedError as error:
        raise LockedError(f"somebody else has just locked {lock.component or lock.environment}") from error


def release(
    remote: Remote, environment: str, component: str, *, pull_request: int | None = None, force: bool = False
) -> Lock:
    """Take a lock away and return it. Raises UsageError if there is none, LockedError for one of another pull request."""
    ref = ref_name(environment, component)
    present = _present(remote, ref).get(ref)
    if present is None:
        raise UsageError(f"{component or environment} is not locked{f' in {environment}' if component else ''}")
    sha, lock = present
    over = lock.is_over(datetime.now(UTC))
    if lock.pull_request and lock.pull_request != pull_request and not force and not over:
        raise LockedError(
            f"{lock}; it is the lock of pull request #{lock.pull_request}: unlock it there, or with --force"
        )
    remote.push(ref, None, sha)
    return lock


def _present(remote: Remote, pattern: str) -> dict[str, tuple[str, Lock]]:
    refs = remote.refs(pattern)
    try:
        remote.fetch(*sorted(refs))
    except GitOpsError:
        # One of them may have been taken away just now: look once more.
        refs = remote.refs(pattern)
        remote.fetch(*sorted(refs))
    found = {}
    for ref, sha in sorted(refs.items()):
        try:
            text = remote.repository.history(sha, since=None, limit=1)[0].message
        except GitOpsError:
            text = ""  # a ref that is no commit holds all the same
        lock = parse(ref, text)
        if lock is not None:
            found[ref] = sha, lock
    return found
