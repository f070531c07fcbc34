"""The body of a promotion's pull request: where it comes from, what it does, and what people have to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.model import Report, Verdict
from gitops_action.promote.decisions import Action, Decision
from gitops_action.promote.proposal import recorded
from gitops_action.regex import regex
from gitops_action.report import wording
from gitops_action.report.changes import group_changes
from gitops_action.report.details import Details
from gitops_action.report.escape import code, link, message, prose
from gitops_action.report.pull_requests import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitops_action.model import Change
    from gitops_action.promote.proposal import Proposal

MARKER: Final = "<!-- gitops-action: promotion -->"
_COLUMNS: Final = ("Where", "Field", "Source", "Target", "Note")
# How many rows of each table are shown; fewer where they would be too long.
_ROWS: Final = (100, 25, 5, 1)
_SHARE: Final = 8_000
_SUFFIX: Final = regex(r"\s*\(#[0-9]+\)$")
_PULL: Final = regex(r"\(#([0-9]+)\)$|^Merge pull request #([0-9]+)")


def title(proposal: Proposal, template: str = "") -> str:
    """Return the title of the pull request."""
    path, name = proposal.path, proposal.component.name
    text = template or "Promote {component} from {from} to {to}"
    for key, value in (("{component}", name), ("{from}", path.source), ("{to}", path.target)):
        text = text.replace(key, value)
    return text


def body(proposal: Proposal, changes: Sequence[Change], *, introduction: str = "", url: str = "") -> str:
    """Return the body. `url` is the repository's address, below which commits and pull requests are; "" links nothing."""
    head = [MARKER, *([introduction.strip()] if introduction.strip() else [])]
    for rows in _ROWS:
        text = "\n\n".join([*head, *_parts(proposal, url, rows)])
        # Escapes make a text longer; GitHub refuses one that is too long as a whole.
        if len(text) <= LONGEST:
            break
    # For repositories whose squashed merges take the description as their message.
    said = "\n".join(f"{key}: {value}" for key, value in recorded(proposal))
    shown = f"{text}\n\n{_rendered(changes, LONGEST - len(text) - len(said))}".rstrip()
    return f"{shown}\n\n<!--\n{said}\n-->\n"


def _parts(proposal: Proposal, url: str, rows: int) -> Iterator[str]:
    path, component = proposal.path, proposal.component
    where = f"{code(component.source)} → {code(component.target)}"
    yield f"Promotes **{prose(component.name)}** from **{prose(path.source)}** to **{prose(path.target)}**: {where}."
    conflicts = proposal.merged.conflicts
    if conflicts:
        yield (
            f"### ⚠️ {wording.count(len(conflicts), 'conflict')}\n\n"
            f"{_named(path.target)} keeps its own value in each. Decide, commit to this branch what is missing, "
            f"and mark the pull request as ready.\n\n{_table(conflicts, rows)}"
        )
    if proposal.excess:
        listed = "\n".join(f"- {message(one)}" for one in proposal.excess)
        yield (
            f"### ⚠️ More changes in {_named(path.target)} than in {_named(path.source)}\n\n"
            f"The change of {_named(path.source)} did not have these effects there. Look at them, then mark the pull "
            f"request as ready.\n\n{listed}"
        )
    supplies = proposal.merged.supplies
    if supplies:
        listed = "\n".join(f"- {code(one.file)}: {message(one.reason)}" for one in supplies[:rows])
        listed += f"\n- and {len(supplies) - rows} more" if len(supplies) > rows else ""
        yield f"### 🔑 Credentials to supply\n\nThey never travel; {_named(path.target)} needs its own.\n\n{listed}"
    yield f"### Sources\n\n{_sources(proposal, url, rows)}"
    chosen = [one for one in proposal.merged.decisions if one.action is Action.PROMOTE]
    if chosen:
        yield f"### Promoted\n\n{_table(chosen, rows)}"
    kept = [one for one in proposal.merged.decisions if one.action in {Action.KEEP, Action.BLOCK}]
    if kept:
        inner = f"<details><summary>{wording.count(len(kept), 'change')} left out</summary>\n\n{_table(kept, rows)}\n\n</details>"
        yield f"### Kept in {_named(path.target)}\n\n{inner}"
    if proposal.waiting:
        yield f"### Later\n\nMore is on its way, and waits: {message('; '.join(proposal.waiting))}."


def _named(text: str) -> str:
    return prose(text)


def _sources(proposal: Proposal, url: str, most: int) -> str:
    lines = []
    for one in proposal.sources[:most]:
        short = code(one.commit[:8])
        commit = link(short, f"{url}/commit/{one.commit}") if url else short
        author = f" by {prose(one.author)}" if one.author else ""
        lines.append(f"- {commit} {prose(_SUFFIX.sub('', one.subject))}{_pull(one.subject, url)}{author}")
    more = len(proposal.sources) - len(lines)
    return "\n".join([*lines, *([f"- and {more} more"] if more > 0 else [])])


def _pull(subject: str, url: str) -> str:
    found = _PULL.search(subject)
    number = found and (found[1] or found[2])
    if not number:
        return ""
    return f" ({link(f'#{number}', f'{url}/pull/{number}')})" if url else f" (#{number})"


def _table(decisions: Sequence[Decision], most: int) -> str:
    """Return decisions as a table, without the columns that would be empty."""
    rows = [_row(one) for one in decisions[:most]]
    kept = [at for at in range(len(_COLUMNS)) if any(row[at] for row in rows)]
    lines = [[_COLUMNS[at] for at in kept], ["---"] * len(kept), *([row[at] for at in kept] for row in rows)]
    more = len(decisions) - most
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{text}\n\nand {more} more" if more > 0 else text


def _row(one: Decision) -> tuple[str, ...]:
    place = f"{one.file}:{one.line}" if one.line else one.file
    field = " ".join(filter(None, (code(one.resource, 100), code(one.path, 200))))
    moved = f"{code(one.old)} → {code(one.new)}" if one.path else ""
    target = "" if one.action is Action.PROMOTE and one.target == one.old else code(one.target)
    return code(place), field, moved, target, message(one.reason)


def _rendered(changes: Sequence[Change], room: int) -> str:
    """Return what changes in the target's objects, as far as there is room."""
    if not changes:
        return ""
    writer = Details(len, " See the files of this pull request.", unfolded=len(changes) == 1)
    text = "### Rendered\n"
    shown = 0
    for group in group_changes(Report("diff", Verdict.PASSED, changes=changes, environments=("",))):
        part = writer.write(group, min(_SHARE, room - len(text) - 200))
        if not part:
            break
        text += part
        shown += len(group.places) or 1
    left = len(changes) - shown
    return text + (f"\n{wording.count(left, 'more object')} not shown.\n" if left > 0 else "")
