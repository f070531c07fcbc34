"""One change as Markdown: a title that says the essence, and the diff folded away below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.model import Outcome
from gitops_action.report import escape, fields, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.report.changes import ChangeGroup

SHORTEST: Final = 400
"""The room below which no diff is begun."""

_SIGNS: Final = {Outcome.DELETE: "🔴", Outcome.REPLACE: "🟠", Outcome.UPDATE: "🟡", Outcome.CREATE: "🟢"}
_OTHER_SIGN: Final = "⚪"
_OLD_SIDE: Final = {"--- base", "--- /dev/null"}
_NEW_SIDE: Final = {"+++ head", "+++ /dev/null"}
_LONGEST_LINE: Final = 1_000
_MOST_NAMES: Final = 50
_MOST_CLAIMS: Final = 10
# Room for what opens and closes a fence and says what is missing.
_FRAME: Final = 200


class Details:
    """Writes changes; `size` measures a text as its page does, `elsewhere` says where the rest is to be found."""

    def __init__(self, size: Callable[[str], int], elsewhere: str, *, unfolded: bool) -> None:
        self._size = size
        self._elsewhere = elsewhere
        self._opened = " open" if unfolded else ""

    def write(self, group: ChangeGroup, share: int, word: str = "") -> str:
        """Write one change's diff: whole if it fits in `share`, else shortened to that, or "" where it is too little.

        `word` says what happened, if not the outcome.
        """
        if share < SHORTEST:
            return ""
        frame = f"\n<details{self._opened}><summary>{title(group, word)}</summary>\n"
        frame += "".join(f"\n{note}\n" for note in _notes(group))
        lines = _body(group.diff)
        if len(group.diff) <= share:
            whole = f"{frame}\n{escape.fence(lines, 'diff')}\n\n</details>\n"
            if self._size(whole) <= share:
                return whole
        # A fence may have to be longer than was allowed for; the loop ends since the room for lines only shrinks.
        budget = share - self._size(frame) - _FRAME
        while budget >= SHORTEST:
            kept = self._first(lines, budget)
            note = f"{wording.count(len(lines) - len(kept), 'line')} of this diff not shown.{self._elsewhere}"
            text = f"{frame}\n{escape.fence(kept, 'diff')}\n\n{note}\n\n</details>\n"
            if self._size(text) <= share:
                return text
            budget = budget * 3 // 4
        return ""

    def _first(self, lines: Sequence[str], budget: int) -> list[str]:
        kept = []
        for line in lines:
            short = escape.clip(line, _LONGEST_LINE)
            budget -= self._size(short) + 1
            if budget < 0:
                break
            kept.append(short)
        return kept


def sign(outcome: Outcome) -> str:
    """Return the coloured dot of an outcome."""
    return _SIGNS.get(outcome, _OTHER_SIGN)


def title(group: ChangeGroup, word: str = "") -> str:
    """Return the line that is always seen, as HTML: what becomes of which object, where, and of a single field how."""
    change = group.change
    parts = [
        f"{sign(change.outcome)} {word or change.outcome.value} {_code(change.resource.kind)} {_code(wording.name_of(group))}",
        wording.spread(group, _code),
    ]
    if len(change.fields) == 1:
        verb, text = fields.brief(change.fields[0])
        parts.append(f"{verb} {escape.html_code(text)}".strip())
    elif change.fields:
        parts.append(wording.count(len(change.fields), "field"))
    return " · ".join(filter(None, parts))


def _code(text: str) -> str:
    return escape.html_code(text, 100)


def _notes(group: ChangeGroup) -> list[str]:
    notes = []
    if group.change.message:
        notes.append(f"Note: {escape.fitted(escape.message, group.change.message, 2_000)}")
    notes += [
        f"Conflict: {_fitted(claim.manager)} owns {_fitted(claim.path)}."
        for claim in group.change.claims[:_MOST_CLAIMS]
    ]
    notes += [
        f"Stays in the cluster: {_fitted(one.path)}, owned by {_fitted(one.manager)}."
        for one in group.change.leftovers[:_MOST_CLAIMS]
    ]
    hidden = sum(max(0, len(listed) - _MOST_CLAIMS) for listed in (group.change.claims, group.change.leftovers))
    if hidden:
        notes.append(f"{wording.count(hidden, 'more owned field')} not shown.")
    if len(group.places) > wording.NAMED:
        several = len(group.namespaces) > 1
        names = ["/".join(filter(None, place if several else place[:1])) for place in group.places]
        shown = ", ".join(escape.fitted(escape.code, name, 120) for name in names[:_MOST_NAMES])
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        notes.append(f"In {shown}{more}.")
    if group.varied:
        notes.append("`…` stands for the namespace of each.")
    return notes


def _fitted(text: str) -> str:
    return escape.fitted(escape.code, text, 300)


def _body(diff: str) -> list[str]:
    """Return a diff's lines without its two first, which only say what the title does."""
    lines = escape.visible_lines(diff)
    heads = len(lines) > 2 and lines[0] in _OLD_SIDE and lines[1] in _NEW_SIDE  # noqa: PLR2004 - the two lines
    return lines[2:] if heads else lines
