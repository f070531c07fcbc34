"""The body of a pull request of new images: what is updated where, what came out in between, and the diff."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from gitops_action.diff.unified import unified
from gitops_action.images.plan import recorded
from gitops_action.report import wording
from gitops_action.report.escape import blob_url, code, fence, link, message, prose, visible_lines
from gitops_action.report.excerpts import presentable
from gitops_action.report.pull_requests import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitops_action.images.decisions import Decision
    from gitops_action.images.plan import Proposal

MARKER: Final = "<!-- gitops-action: images -->"
_ROWS: Final = (100, 25, 5, 1)
_TAGS: Final = 30


def body(
    proposal: Proposal, read: Callable[[str], bytes], *, introduction: str = "", url: str = "", commit: str = ""
) -> str:
    """Return the body. `read` gives files as they are; `url` is the repository's address and `commit` what lines are of."""
    head = [MARKER, *([introduction.strip()] if introduction.strip() else [])]
    place = f"{url}/blob/{commit}" if url and commit else ""
    for rows in _ROWS:
        text = "\n\n".join([*head, *_parts(proposal, place, rows)])
        if len(text) <= LONGEST // 2:
            break
    # For repositories whose squashed merges take the description as their message.
    said = "\n".join(f"{key}: {value}" for key, value in recorded(proposal))
    # No name ends the comment that this stands in.
    said = said.replace("<", "").replace(">", "")
    shown = f"{text}\n\n{_diffs(proposal, read, LONGEST - len(text) - len(said))}".rstrip()
    return f"{shown}\n\n<!--\n{said}\n-->\n"


def _parts(proposal: Proposal, place: str, rows: int) -> Iterator[str]:
    moves = list(dict.fromkeys((one.use.image or one.policy, one.old, one.new) for one in proposal.updates))
    lines = [f"{code(name)} from {code(old)} to {code(new)}" for name, old, new in moves[:rows]]
    if len(moves) == 1:
        yield f"Updates {lines[0]}."
    else:
        more = [f"- and {len(moves) - rows} more"] if len(moves) > rows else []
        yield "\n".join([f"Updates {prose(proposal.about)}:", "", *(f"- {line}" for line in lines), *more])
    yield f"### Where\n\n{_table(proposal.updates, place, rows)}"
    between = list(dict.fromkeys((one.use.image or one.policy, tuple(one.newer)) for one in proposal.updates))
    told = [(name, tags) for name, tags in between if len(tags) > 1]
    if told:
        parts = [f"{code(name)}: {_tags(tags)}" for name, tags in told[:rows]]
        inner = "\n".join(f"- {part}" for part in parts)
        yield f"### Versions since\n\n<details><summary>The newest first</summary>\n\n{inner}\n\n</details>"


def _tags(tags: Sequence[str]) -> str:
    shown = [code(tag) for tag in reversed(tags[-_TAGS:])]
    more = f" and {len(tags) - _TAGS} older" if len(tags) > _TAGS else ""
    return ", ".join(shown) + more


def _table(updates: Sequence[Decision], place: str, rows: int) -> str:
    lines = ["| Environment | Place | Field | Old | New | Policy |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(_row(one, place))} |" for one in updates[:rows]]
    more = f"\n\nand {len(updates) - rows} more" if len(updates) > rows else ""
    return "\n".join(lines) + more


def _row(one: Decision, place: str) -> tuple[str, ...]:
    where = one.use.location
    label = code(f"{where.file}:{where.line}" if where.line else where.file)
    shown = link(label, blob_url(place, where.file, where.line)) if place else label
    field = " ".join(filter(None, (code(one.use.object, 100), code(one.use.path, 200))))
    return prose(one.environment), shown, field, code(one.old), code(one.new), code(one.policy)


def _diffs(proposal: Proposal, read: Callable[[str], bytes], room: int) -> str:
    """Return the diff of the files, as far as there is room; of files with credentials it is only said that they change."""
    text = "### Diff\n"
    left: list[str] = []
    for path, content in sorted(proposal.changes.items()):
        before = read(path)
        if content is None or presentable(before, path) is None:
            left.append(f"{code(path)} is not shown, as it may hold credentials.")
            continue
        diff = unified(_plain(before), _plain(content))
        diff = diff.replace("--- base", f"--- {path}", 1).replace("+++ head", f"+++ {path}", 1)
        part = f"\n{fence(visible_lines(diff), 'diff')}\n"
        if len(text) + len(part) > room - 500:
            left.append(f"{wording.count(len(proposal.changes), 'file')} in all: see the files of this pull request.")
            break
        text += part
    return text + "".join(f"\n{line}\n" for line in left)


def _plain(data: bytes) -> str:
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    return text if text.endswith("\n") else f"{text}\n"


def refusals(decisions: Sequence[Decision]) -> list[str]:
    """Return what is left as it is, and why, one line for each reason of a policy."""
    lines = []
    told = sorted((one.policy, one.reason, str(one.use.location)) for one in decisions if one.reason)
    for (policy, reason), group in groupby(told, key=lambda one: one[:2]):
        places = [place for _, _, place in group]
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        lines.append(f"{places[0]}{more}: {policy}: {reason}" if policy else f"{places[0]}{more}: {reason}")
    return lines


def said(text: str) -> str:
    """Return a line of ours for Markdown."""
    return message(text)
