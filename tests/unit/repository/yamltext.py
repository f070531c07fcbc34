"""YAML texts for tests, made here so that the place of each value is known without the code under test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from gitops_action.model import Pointer

# What may stand in double quotes as it is: no control characters, no line breaks of any kind.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), max_size=12)
# Between these, Go's JSON writes a float's shortest digits as an integer: equal as floats, but not to Python's int.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not 2**53 < abs(number) < 1e21)
NUMBERS = st.integers(-(2**63), 2**64 - 1) | FLOATS
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)
OBJECTS = st.dictionaries(TEXT, VALUES, min_size=1, max_size=4)


@dataclass
class Written:
    """A block-style text, and the (line, column) at which each value and each key stands in it."""

    lines: list[str] = field(default_factory=list)
    values: dict[Pointer, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Pointer, tuple[int, int]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def begin(self, pointer: Pointer, column: int) -> None:
        """Note that the value at `pointer` begins with the next line, at a 0-based column."""
        self.values[pointer] = (len(self.lines) + 1, column + 1)


def write(value: Any, before: int = 0) -> Written:
    """Write `value` as the only document, below `before` lines of comments; every key and every item on its own line."""
    written = Written([f"# comment {number}" for number in range(before)])
    _write(value, (), 0, "", written)
    return written


def _write(value: Any, pointer: Pointer, indent: int, head: str, written: Written) -> None:
    """Write `value` after `head` (a key with its colon, or a dash), which stands at column `indent`."""
    if not isinstance(value, dict | list) or not value:
        text = json.dumps(value, ensure_ascii=False)
        written.begin(pointer, indent + len(head) + bool(head))
        written.lines.append(" " * indent + (f"{head} {text}" if head else text))
        return
    if head:
        written.lines.append(" " * indent + head)
        indent += 2
    written.begin(pointer, indent)
    for step, child in value.items() if isinstance(value, dict) else enumerate(value):
        inner = (*pointer, step)
        if isinstance(value, dict):
            written.keys[inner] = (len(written.lines) + 1, indent + 1)
        _write(
            child,
            inner,
            indent,
            f"{json.dumps(step, ensure_ascii=False)}:" if isinstance(value, dict) else "-",
            written,
        )
