"""What one promotion would be: from where, of what, how far, and what it would write."""

from __future__ import annotations

import hashlib
import re
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.promote import trailers
from gitops_action.promote.files import FilesMerged
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.config.promotion import PromotionPath
    from gitops_action.promote.components import Component
    from gitops_action.promote.folder import Folder
    from gitops_action.promote.gates import Source

BRANCHES: Final = "promote/"
"""How the names of our branches begin."""
_LONGEST_LIST: Final = 100
_PARAGRAPHS: Final = regex(r"\n[ \t]*\n")
_COMMENT_ENDS: Final = regex(r"^[ \t]*(?:<!--|-->)[ \t]*$", re.MULTILINE)


class State(StrEnum):
    """How a promotion stands."""

    READY = "ready"
    CONFLICT = "conflict"
    WAITING = "waiting"
    LOCKED = "locked"
    NOTHING = "nothing"
    ABSENT = "absent"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One component on its way from one environment to the next.

    `since` is the commit of the source up to which the target has everything. `pending` are the commits that changed it
    after that, the oldest first, of which the gates let `passed` go on; `waiting` says what holds the others. `before`
    identifies the target's files as they are. `excess` says what of the target's rendered change the source's does not
    have. `problem`: why nothing can be said.
    """

    path: PromotionPath
    component: Component
    since: str = ""
    pending: Sequence[Source] = ()
    passed: int = 0
    waiting: Sequence[str] = ()
    lock: str = ""
    merged: FilesMerged = field(default_factory=FilesMerged)
    before: str = ""
    excess: Sequence[str] = ()
    absent: bool = False
    problem: str = ""

    @property
    def branch(self) -> str:
        """The name of the branch that carries it."""
        return f"{BRANCHES}{self.component.name}/{self.path.source}-{self.path.target}"

    @property
    def sources(self) -> Sequence[Source]:
        """The commits that it carries, the newest first."""
        return tuple(reversed(self.pending[: self.passed]))

    @property
    def state(self) -> State:
        """How it stands."""
        if self.problem:
            return State.BROKEN
        if self.absent:
            return State.ABSENT
        if self.lock:
            return State.LOCKED
        if self.passed and self.merged.conflicts:
            return State.CONFLICT
        if self.passed and self.merged.changes:
            return State.READY
        return State.WAITING if self.waiting and self.passed < len(self.pending) else State.NOTHING

    @property
    def is_wanted(self) -> bool:
        """Whether there has to be a pull request."""
        return self.state in {State.READY, State.CONFLICT}

    @property
    def is_draft(self) -> bool:
        """Whether people have to look before it may be merged."""
        return bool(self.merged.conflicts or self.excess)


def message(proposal: Proposal) -> str:
    """Return the message of the commit that carries a promotion; its trailers are all the state that we keep."""
    path, name = proposal.path, proposal.component.name
    listed = proposal.sources[:_LONGEST_LIST]
    body = [f"- {one.subject or one.commit} ({one.commit[:12]})" for one in listed]
    if len(proposal.sources) > len(listed):
        body.append(f"- and {len(proposal.sources) - len(listed)} more")
    text = "\n".join((f"Promote {name} from {path.source} to {path.target}", "", *body))
    return trailers.append(text, recorded(proposal))


def recorded(proposal: Proposal) -> list[tuple[str, str]]:
    """Return the trailers that say what a promotion carries."""
    path = proposal.path
    return [
        ("Promote-From", path.source),
        ("Promote-To", path.target),
        ("Promote-Component", proposal.component.name),
        *(("Promote-Source", one.commit) for one in proposal.sources[:_LONGEST_LIST]),
        ("Promote-Target-Tree", proposal.before),
    ]


@dataclass(frozen=True, slots=True)
class Record:
    """What the trailers of a commit say: a promotion between two environments, with its sources, the newest first."""

    source: str
    target: str
    component: str
    sources: tuple[str, ...]
    before: str = ""


def record(text: str) -> Record | None:
    """Read the record in a commit's message; None if it has none that is whole.

    It may stand anywhere: GitHub puts the messages of several commits, or a pull request's description, into that of a
    squashed merge.
    """
    if "Promote-From" not in text:
        return None
    paragraphs = _PARAGRAPHS.split(_COMMENT_ENDS.sub("", text.replace("\r\n", "\n")))
    return next((found for found in map(_record, reversed(paragraphs)) if found is not None), None)


def _record(paragraph: str) -> Record | None:
    found: dict[str, list[str]] = {}
    for key, value in trailers.parse(f"subject\n\n{paragraph}"):
        found.setdefault(key.lower(), []).append(value)
    names = [found.get(key, []) for key in ("promote-from", "promote-to", "promote-component")]
    sources = tuple(found.get("promote-source", ()))
    if any(len(values) != 1 for values in names) or not sources or not all(map(_is_commit, sources)):
        return None
    source, target, component = (values[0] for values in names)
    return Record(source, target, component, sources, next(iter(found.get("promote-target-tree", [])), ""))


def fingerprint(folder: Folder) -> str:
    """Return what identifies all the files of a folder."""
    listing: Mapping[str, str | None] = {path: folder.digest(path) for path in folder.entries}
    return hashlib.sha256(repr(sorted(listing.items())).encode()).hexdigest()[:40]


def _is_commit(text: str) -> bool:
    return len(text) in {40, 64} and all(character in "0123456789abcdef" for character in text)
