"""What becomes of one use of an image under one policy: set to the newest tag, left, or refused; pure."""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gitops_action.config.images import Reflection
from gitops_action.images.uses import Part, repository_of, taken_apart
from gitops_action.promote.edits import Insert, Set
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.images.policies import Policy, Ranking
    from gitops_action.images.uses import Slot, Use
    from gitops_action.promote.edits import Edit


class Action(StrEnum):
    """What becomes of a use."""

    UPDATE = "update"
    CURRENT = "current"
    REFUSED = "refused"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Target:
    """What an image is to be. `name` is what it is called where another one is written; `digest` "" where none is wanted."""

    name: str
    tag: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one use, and why. `old` and `new` are for people; `newer` the tags after the old one, the newest last.

    `policy` is its id, "" where a person said what to set. `environment` and `component` are where the file is.
    """

    use: Use
    policy: str
    action: Action
    old: str = ""
    new: str = ""
    reason: str = ""
    newer: Sequence[str] = ()
    edits: Sequence[Edit] = field(default=(), repr=False)
    environment: str = ""
    component: str = ""


def wants_digest(policy: Policy, uses: Sequence[Use]) -> bool:
    """Whether the digest of the picked tag has to be known for these uses."""
    return any(policy.digest is not Reflection.NEVER or use.digest or _has_digest_slot(use) for use in uses)


def decide(policy: Policy, use: Use, ranking: Ranking, picked: str, digest: str) -> Decision:
    """Return what becomes of a use where the policy picks a tag, whose digest is known if it is wanted."""
    tag = picked
    if use.has_version:
        present = use.tag
        order = ranking.order(picked, present) if present else None
        if not present and not use.marker:
            return _refused(use, policy, "it names no tag: write one")
        if present and order is None:
            return _refused(
                use,
                policy,
                f"whether `{picked}` is newer than `{present}` is not known, as the policy's order has no place for the "
                "latter: set a tag of the policy once",
            )
        if order == -1:
            return _refused(
                use, policy, f"`{present}` is newer than `{picked}`, which the policy picks: it is not set back"
            )
        if order == 0:
            # The same version, perhaps written in another way.
            tag = present
    target = Target(policy.image, tag, digest)
    keeps = use.tag == tag and policy.digest is not Reflection.ALWAYS
    return changed(use, target, policy=policy.id, pinned=policy.digest is not Reflection.NEVER, keeps_digest=keeps,
                   newer=ranking.newer_than(use.tag) if use.tag else ())  # fmt: skip


def changed(  # noqa: PLR0913 - these are what a change has
    use: Use, target: Target, *, policy: str = "", pinned: bool = False, keeps_digest: bool = False,
    newer: Sequence[str] = (),
) -> Decision:  # fmt: skip
    """Return what makes a use what it is to be.

    With `pinned` a whole image gets a digest where it has none; one that it has is renewed, unless it `keeps_digest`.
    """
    edits: list[Edit] = []
    after: list[Slot] = []
    for slot in use.slots:
        text = _text(slot, use, target, pinned=pinned, keeps_digest=keeps_digest)
        if text is None:
            return Decision(use, policy, Action.REFUSED, reason=f"the digest of `{target.tag}` is not known")
        after.append(replace(slot, text=text))
        if text != slot.text:
            edits.append((Set if slot.present else Insert)(use.document, slot.pointer, text))
    if not edits:
        return Decision(use, policy, Action.CURRENT, old=_shown(use))
    moved = _shown(use), _shown(replace(use, slots=tuple(after)))
    return Decision(use, policy, Action.UPDATE, *moved, newer=newer, edits=tuple(edits))


def _shown(use: Use) -> str:
    """Return the version of a use for people; its name, where it is no more than that."""
    if not use.has_version and not use.digest:
        return use.slots[0].text
    return shown(use.tag, use.digest)


def _text(slot: Slot, use: Use, target: Target, *, pinned: bool, keeps_digest: bool) -> str | None:
    """Return what a value is to be; None where that is not known."""
    digest = use.digest if keeps_digest and use.digest else target.digest
    match slot.part:
        case Part.NAME:
            return _name(slot.text, target)
        case Part.DIGEST:
            return digest or None
        case Part.TAG:
            if "@" not in slot.text:
                return target.tag
            return f"{target.tag}@{digest}" if digest else None
        case Part.IMAGE:
            head = _name(taken_apart(slot.text)[0], target) + (f":{target.tag}" if target.tag else "")
            if not use.digest and not pinned:
                return head
            return f"{head}@{digest}" if digest else None


def _name(written: str, target: Target) -> str:
    """Return the name as it is written, if that means the same repository."""
    return written if repository_of(written) == repository_of(target.name) else target.name


def shown(tag: str, digest: str) -> str:
    """Return a version as people read it."""
    short = f"@{digest[:19]}" if digest else ""
    return f"{tag}{short}" or "nothing"


def _has_digest_slot(use: Use) -> bool:
    return any(slot.part is Part.DIGEST for slot in use.slots)


def _refused(use: Use, policy: Policy, reason: str) -> Decision:
    return Decision(use, policy.id, Action.REFUSED, old=_shown(use), reason=reason)
