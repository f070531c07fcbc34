"""What promotions that are planned at once are to each other: two want one file, or one comes after another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.promote.decisions import Action, Decision
from gitops_action.promote.files import FilesMerged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.promote.proposal import Proposal


def without_clashes(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Of two sources that want different things of one file, only the first one's is written; the other is a conflict."""
    claimed: dict[str, tuple[Proposal, bytes | None]] = {}
    result = []
    for proposal in proposals:
        merged = proposal.merged
        clashes = {
            file: claimed[file][0]
            for file, content in merged.changes.items()
            if file in claimed and claimed[file][1] != content
        }
        if clashes:
            kept = {file: content for file, content in merged.changes.items() if file not in clashes}
            said = [
                Decision(
                    Action.CONFLICT,
                    file,
                    reason=f"the promotion {other.path} of {other.component.name} changes it too: merge that first",
                )
                for file, other in sorted(clashes.items())
            ]
            proposal = replace(proposal, merged=FilesMerged(kept, [*merged.decisions, *said]))  # noqa: PLW2901
        for file, content in proposal.merged.changes.items():
            claimed.setdefault(file, (proposal, content))
        result.append(proposal)
    return result


def after_waves(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Hold back what has to come after other targets, until those have it."""
    known: Mapping[tuple[str, str, str], Proposal] = {
        (one.path.source, one.path.target, one.component.name): one for one in proposals
    }
    result = []
    for one in proposals:
        earlier = (known.get((one.path.source, name, one.component.name)) for name in one.path.after)
        missing = [other for other in earlier if other is not None and not _has_arrived(other, one)]
        if missing and one.passed:
            names = ", ".join(other.path.target for other in missing)
            held = f"first it goes to {names} (`after`)"
            one = replace(one, passed=0, waiting=(held,), merged=FilesMerged())  # noqa: PLW2901
        result.append(one)
    return result


def _has_arrived(earlier: Proposal, later: Proposal) -> bool:
    """Whether an earlier target has all that is to go to a later one, or does not want it."""
    if earlier.absent:
        return True
    outstanding = {source.commit for source in earlier.pending}
    return not any(source.commit in outstanding for source in later.sources) or (
        earlier.passed == len(earlier.pending) and not earlier.merged.changes and not earlier.merged.conflicts
    )
