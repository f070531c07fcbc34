"""What all policies together come to: which uses are set to which tags, in which files, in how many pull requests; pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES, finding_at
from gitops_action.config.images import Grouping
from gitops_action.images.decisions import Action, Decision
from gitops_action.images.objects import nearest
from gitops_action.model import Finding
from gitops_action.promote import trailers
from gitops_action.promote.edit import EditError, edit
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitops_action.images.policies import Policy
    from gitops_action.images.uses import Use
    from gitops_action.model import Pointer

BRANCHES: Final = "images/"
"""How the names of our branches begin."""
_UNSAFE: Final = regex(r"[^A-Za-z0-9-]+")
_LONGEST_LIST: Final = 100
_RECORD: Final = "Image-Update"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of one policy: how many tags its image has, and which one is picked ("" for none). `problem`: why none."""

    policy: Policy
    tags: int = 0
    picked: str = ""
    problem: str = ""
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """The updates of one pull request, and what its files become."""

    branch: str
    about: str
    updates: tuple[Decision, ...]
    changes: Mapping[str, bytes | None] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run found out. `kept` are branches of policies of which nothing is known now: they stay.

    `notes` say what was not looked at.
    """

    looked: Sequence[Looked] = ()
    decisions: Sequence[Decision] = ()
    proposals: Sequence[Proposal] = ()
    findings: Sequence[Finding] = ()
    kept: frozenset[str] = frozenset()
    notes: Sequence[str] = ()


def finding(code: str, message: str, use: Use | None = None) -> Finding:
    """Return a finding about a use, or about none."""
    place = use.location if use else None
    if place is None:
        return Finding(code, CODES[code].severity, message)
    return finding_at(code, message, place)


def assign(
    uses: Iterable[Use], policies: Sequence[Policy], suspended: frozenset[str]
) -> tuple[dict[str, list[Use]], list[Finding]]:
    """Give each use that has a marker to its policy, by id. A marker of a policy that is not in the tree is left alone."""
    found: dict[str, list[Use]] = defaultdict(list)
    findings: list[Finding] = []
    for use in uses:
        mine = [one for one in policies if one.label == use.marker]
        # An object without a namespace gets one when it is built, which is not known here.
        mine = mine or [one for one in policies if one.label == f":{use.marker.partition(':')[2]}"]
        policy = nearest(use.file, mine, lambda one: one.location.file)
        if policy is not None:
            found[policy.id].append(use)
        elif use.marker not in suspended:
            findings.append(
                finding(
                    "image-policy-absent", f"there is no ImagePolicy {use.marker} in the tree: it is left alone", use
                )
            )
    return found, findings


def without_conflicts(assigned: Mapping[str, Sequence[Use]]) -> tuple[dict[str, list[Use]], list[Finding]]:
    """Leave out the uses with a value that two policies would set, which is a finding for each."""
    claims: dict[tuple[str, int, Pointer], set[str]] = defaultdict(set)
    for name, uses in assigned.items():
        for use in uses:
            for slot in use.slots:
                claims[use.file, use.document, slot.pointer].add(name)
    result: dict[str, list[Use]] = {}
    findings: dict[tuple[str, int, Pointer], Finding] = {}
    for name, uses in assigned.items():
        result[name] = []
        for use in uses:
            clash = next(
                (key for slot in use.slots if len(claims[key := (use.file, use.document, slot.pointer)]) > 1), None
            )
            if clash is None:
                result[name].append(use)
            else:
                names = " and ".join(f"`{one}`" for one in sorted(claims[clash]))
                findings[clash] = finding(
                    "image-policy-conflict",
                    f"{names} both set this value: nothing is written until one of them does",
                    use,
                )
    return result, list(findings.values())


def propose(
    decisions: Sequence[Decision], grouping: Grouping, read: Callable[[str], bytes]
) -> tuple[list[Proposal], list[Decision], list[Finding]]:
    """Return what is to be proposed, all decisions as they are after the edits were tried, and what cannot be edited."""
    groups: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    findings: list[Finding] = []
    final: list[Decision] = []
    for decision in decisions:
        one = decision
        if one.action is Action.UPDATE:
            try:
                edit(read(one.use.file), one.use.file, one.edits)
            except EditError as error:
                findings.append(finding("image-not-editable", str(error), one.use))
                one = replace(one, action=Action.REFUSED, reason="it cannot be edited", edits=())
            else:
                groups[_group(one, grouping)].append(one)
        final.append(one)
    proposals = []
    for (branch, about), mine in sorted(groups.items()):
        changes, refused = changes_of(mine, read)
        findings += refused
        if changes:
            proposals.append(Proposal(branch, about, tuple(mine), changes))
    return proposals, final, findings


def changes_of(
    decisions: Sequence[Decision], read: Callable[[str], bytes]
) -> tuple[dict[str, bytes | None], list[Finding]]:
    """Return what the files become with all these edits at once, and what cannot be edited."""
    by_file: dict[str, list[Decision]] = defaultdict(list)
    for one in decisions:
        by_file[one.use.file].append(one)
    changes: dict[str, bytes | None] = {}
    findings = []
    for file, mine in by_file.items():
        try:
            changes[file] = edit(read(file), file, list(dict.fromkeys(edit for one in mine for edit in one.edits)))
        except EditError as error:
            findings.append(finding("image-not-editable", str(error), mine[0].use))
    return changes, findings


def branch_of(decision_policy: str, environment: str, grouping: Grouping) -> tuple[str, str]:
    """Return the branch of an update and what to call its pull request."""
    if grouping is Grouping.ALL:
        return f"{BRANCHES}group_all", "all images"
    if grouping is Grouping.ENVIRONMENT:
        return f"{BRANCHES}environment_{_safe(environment)}", f"the images of {environment}"
    # The colon of `namespace:name` is a dot: own policies have none, so that no two names meet.
    return f"{BRANCHES}{_safe(decision_policy.replace(':', '.', 1), keep='.')}", decision_policy


def _group(one: Decision, grouping: Grouping) -> tuple[str, str]:
    return branch_of(one.policy, one.environment, grouping)


def _safe(text: str, keep: str = "") -> str:
    unsafe = re.compile(rf"[^A-Za-z0-9{re.escape(keep)}-]+") if keep else _UNSAFE
    return re.sub(r"\.{2,}|\.(?=lock\Z)", "-", unsafe.sub("-", text)).strip("-.") or "unnamed"


def title(proposal: Proposal, template: str = "") -> str:
    """Return the title of a pull request."""
    moves = list(dict.fromkeys((_short(one), one.new) for one in proposal.updates))
    if len(moves) == 1:
        said = _line(f"{moves[0][0]} to {moves[0][1]}")
    else:
        names = list(dict.fromkeys(name for name, _ in moves))
        said = _line(", ".join(names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004 - fit
    return template.replace("{images}", said) if template else f"Update {said}"


def _short(one: Decision) -> str:
    return one.use.image.rpartition("/")[2] or one.policy


def message(proposal: Proposal) -> str:
    """Return the message of the commit that carries the updates; its trailers are all the state that we keep."""
    lines = [_line(f"- {one.use.location}: {one.old} to {one.new}") for one in proposal.updates[:_LONGEST_LIST]]
    if len(proposal.updates) > len(lines):
        lines.append(f"- and {len(proposal.updates) - len(lines)} more")
    return trailers.append("\n".join((title(proposal), "", *lines)), recorded(proposal))


def recorded(proposal: Proposal) -> list[tuple[str, str]]:
    """Return the trailers that say what is updated to what."""
    said = dict.fromkeys(
        _line(" ".join(filter(None, (one.policy, one.use.image, one.new)))) for one in proposal.updates
    )
    return [(_RECORD, text) for text in [*said][:_LONGEST_LIST]]


def _line(text: str) -> str:
    """Return what came from files as one line that no trailer hides in."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:500] or "nothing"


def record(text: str) -> tuple[str, ...]:
    """Return what the trailers of a commit say was updated to what; () for a commit that is none of these."""
    return tuple(value for key, value in trailers.parse(text) if key.lower() == _RECORD.lower())
