"""A unified diff of two canonical texts, within bounds on time and size."""

from __future__ import annotations

from collections import Counter
from difflib import unified_diff
from typing import Final

# difflib's work grows with the number of equal pairs of lines; beyond this many the differing middle is shown as
# removed and added in one piece. Ordinary manifests of some thousand lines stay far below.
_MAX_MATCHES: Final = 3_000_000
_CONTEXT: Final = 3


def unified(before: str, after: str) -> str:
    """Return the unified diff from `before` to `after` (3 lines of context), "" where they are equal.

    Either may be "", for an object that is not there. Lines end with a newline alone.
    """
    if before == after:
        return ""
    old, new = before.split("\n")[:-1], after.split("\n")[:-1]
    names = ("/dev/null" if not before else "base", "/dev/null" if not after else "head")
    if not before or not after:
        sign, lines = ("-", old) if before else ("+", new)
        start = f"-1,{len(old)} +0,0" if before else f"-0,0 +1,{len(new)}"
        body = [f"@@ {start} @@", *(sign + line for line in lines)]
    elif _is_costly(old, new):
        body = _in_one_piece(old, new)
    else:
        body = list(unified_diff(old, new, n=_CONTEXT, lineterm=""))[2:]
    return "\n".join([f"--- {names[0]}", f"+++ {names[1]}", *body]) + "\n"


def _is_costly(old: list[str], new: list[str]) -> bool:
    counts = Counter(new)
    return sum(counts[line] for line in old) > _MAX_MATCHES


def _in_one_piece(old: list[str], new: list[str]) -> list[str]:
    shortest = min(len(old), len(new))
    head = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    tail = next((i for i in range(shortest - head) if old[-1 - i] != new[-1 - i]), shortest - head)
    start = max(0, head - _CONTEXT)
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    end = old[len(old) - tail : len(old) - tail + _CONTEXT]
    lead = old[start:head]
    size = len(lead) + len(end)
    return [
        f"@@ -{start + 1},{size + len(before)} +{start + 1},{size + len(after)} @@",
        *(" " + line for line in lead),
        *("-" + line for line in before),
        *("+" + line for line in after),
        *(" " + line for line in end),
    ]
