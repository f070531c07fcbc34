"""What Git prints, as plain values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git_objects import decode_path
from gitops_action.repository.commits import Commit
from gitops_action.repository.tree import ChangedFile, ChangeStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.ports import Completed

# -z ends each commit with the same sign as its fields.
COMMIT_FORMAT: Final = "%H%x00%P%x00%T%x00%an%x00%ae%x00%ce%x00%ct%x00%B"
"""What `git log -z` is to print of each commit, to be read by `commits`."""
_STATUSES: Final = {b"A": ChangeStatus.ADDED, b"D": ChangeStatus.DELETED}


def commits(told: bytes) -> list[Commit]:
    """Return the commits that `git log` has printed in COMMIT_FORMAT, in its order."""
    fields = told.decode(errors="replace").split("\0")
    width = COMMIT_FORMAT.count("%x00") + 1
    return [_commit(fields[at : at + width]) for at in range(0, len(fields) - width + 1, width)]


def _commit(fields: Sequence[str]) -> Commit:
    sha, parents, tree, name, email, committer, when, message = fields
    at = datetime.fromtimestamp(int(when), UTC)
    return Commit(sha, tuple(parents.split()), tree, name, email, committer, at, message)


def changed_files(raw: bytes) -> list[ChangedFile]:
    """Return what `git diff-tree -z --raw` has printed, sorted by path; a change of permissions alone is none."""
    fields = raw.split(b"\0")
    changes = []
    for about, path in zip(fields[::2], fields[1::2], strict=False):
        # Git prints a colon, both modes, both object names and one letter.
        mode_before, mode_after, before, after, status = about.lstrip(b":").split()
        if before == after and mode_before[:3] == mode_after[:3]:
            continue
        changes.append(ChangedFile(decode_path(path), _STATUSES.get(status, ChangeStatus.MODIFIED)))
    return sorted(changes)


def listed_objects(told: bytes) -> dict[str, str]:
    """Return the names of the objects that `git ls-tree -z` has printed, by path."""
    lines = (line.partition("\t") for line in told.decode("utf-8", "surrogateescape").split("\0"))
    return {path: about.split()[2] for about, _, path in lines if path}


def last_line(done: Completed) -> str:
    """Return the line in which Git says why it gave up."""
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    fatal = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return (fatal or lines or ["Git gave no reason"])[-1]
