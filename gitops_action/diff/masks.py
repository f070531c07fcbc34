"""What is hidden of one value, or of two side by side, and what is left in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.diff.lists import pair
from gitops_action.diff.normalise import is_encrypted, is_secret, is_secret_list, same
from gitops_action.diff.sensitive import Redaction, credentials

if TYPE_CHECKING:
    from gitops_action.model import Pointer

# What is shown of a Secret; anything else in it, known or misspelt, is hidden.
_SHOWN_OF_SECRET: Final = frozenset({"apiVersion", "kind", "metadata", "type", "immutable", "sops"})


class Mask(str):
    """A text in which something has been hidden."""

    __slots__ = ()


SAME: Final = Mask("<redacted>")
OLD: Final = Mask("<redacted, old value>")
NEW: Final = Mask("<redacted, new value>")

ABSENT: Final = object()
"""What stands for a side that is not there."""


def kind_of(value: Mapping[str, Any] | None) -> str:
    """Return a manifest's kind, "" where it has none."""
    kind = None if value is None else value.get("kind")
    return kind if isinstance(kind, str) else ""


class Walk:
    """One pass over two values side by side. `values` collects what it hides."""

    def __init__(self, rules: Redaction, kind: str) -> None:
        self._rules = rules
        self._kind = kind
        self.values: set[str] = set()

    def both(self, before: Any, after: Any, pointer: Pointer, *, hidden: bool) -> tuple[Any, Any]:
        """Hide what is to be hidden in two values at one place; either may be `ABSENT`."""
        sides = [side for side in (before, after) if side is not ABSENT]
        if all(isinstance(side, Mapping) for side in sides):
            return self._objects(before, after, pointer, hidden=hidden)
        if all(isinstance(side, list | tuple) for side in sides):
            return self._lists(before, after, pointer, hidden=hidden)
        if len(sides) > 1 and any(isinstance(side, Mapping | list | tuple) for side in sides):
            # Different shapes have nothing in common: each is walked on its own.
            return (
                self.both(before, ABSENT, pointer, hidden=hidden)[0],
                self.both(ABSENT, after, pointer, hidden=hidden)[1],
            )
        return self._leaves(before, after, hidden=hidden)

    def _objects(self, before: Any, after: Any, pointer: Pointer, *, hidden: bool) -> tuple[Any, Any]:
        """Walk two mappings; an object inside another (an item of a List) is judged by its own kind and pointers."""
        inner = after if after is not ABSENT else before
        if pointer and all(key in inner for key in ("apiVersion", "kind", "metadata")):
            walk = Walk(self._rules, kind_of(inner))
            walk.values = self.values
            return walk._mappings(before, after, (), hidden=hidden)
        return self._mappings(before, after, pointer, hidden=hidden)

    def _mappings(self, before: Any, after: Any, pointer: Pointer, *, hidden: bool) -> tuple[Any, Any]:
        old: Mapping[str, Any] = {} if before is ABSENT else before
        new: Mapping[str, Any] = {} if after is ABSENT else after
        keys = self._hidden_keys(old, pointer) | self._hidden_keys(new, pointer)
        left: dict[str, Any] = {}
        right: dict[str, Any] = {}
        for key in {**old, **new}:
            one, other = self.both(
                old.get(key, ABSENT), new.get(key, ABSENT), (*pointer, key), hidden=hidden or key in keys
            )
            if one is not ABSENT:
                left[key] = one
            if other is not ABSENT:
                right[key] = other
        return (ABSENT if before is ABSENT else left, ABSENT if after is ABSENT else right)

    def _hidden_keys(self, value: Mapping[str, Any], pointer: Pointer) -> set[str]:
        hidden = self._rules.hidden_keys(self._kind, pointer, value)
        if is_secret(value):
            hidden |= set(value) - _SHOWN_OF_SECRET
        if is_secret_list(value):
            hidden.add("items")
        return hidden

    def collect(self, value: Any, pointer: Pointer, *, hidden: bool) -> None:
        """Take up what is hidden in one value: as `both` does with one side, without making anything of it."""
        if isinstance(value, Mapping):
            if pointer and "apiVersion" in value and "kind" in value and "metadata" in value:
                walk = Walk(self._rules, kind_of(value))
                walk.values = self.values
                walk.collect(value, (), hidden=hidden)
                return
            keys = self._hidden_keys(value, pointer)
            for key, item in value.items():
                self.collect(item, (*pointer, key), hidden=hidden or key in keys)
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                self.collect(item, (*pointer, index), hidden=hidden)
        elif hidden:
            self._leaf(value, SAME)
        elif isinstance(value, str):
            self._parts(value)

    def _lists(self, before: Any, after: Any, pointer: Pointer, *, hidden: bool) -> tuple[Any, Any]:
        old = [] if before is ABSENT else list(before)
        new = [] if after is ABSENT else list(after)
        for match in pair(str(pointer[-1]) if pointer else "", old, new):
            index = match.after if match.after is not None else match.before or 0
            left, right = self.both(
                ABSENT if match.before is None else old[match.before],
                ABSENT if match.after is None else new[match.after],
                (*pointer, index),
                hidden=hidden,
            )
            if match.before is not None:
                old[match.before] = left
            if match.after is not None:
                new[match.after] = right
        return (ABSENT if before is ABSENT else old, ABSENT if after is ABSENT else new)

    def _leaves(self, before: Any, after: Any, *, hidden: bool) -> tuple[Any, Any]:
        if not hidden:
            return self._texts(before, after)
        unchanged = before is ABSENT or after is ABSENT or same(before, after)
        return (self._leaf(before, SAME if unchanged else OLD), self._leaf(after, SAME if unchanged else NEW))

    def _leaf(self, value: Any, mask: Mask) -> Any:
        if value is ABSENT or is_encrypted(value):
            return value
        if isinstance(value, str):
            self.values.add(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.values.add(repr(value) if not isinstance(value, int) or value.bit_length() < 4096 else hex(value))  # noqa: PLR2004 - see canonical
        return mask

    def _texts(self, before: Any, after: Any) -> tuple[Any, Any]:
        """Hide the parts of two ordinary texts that have the shape of a credential."""
        old, new = self._parts(before), self._parts(after)
        if not old and not new:
            return before, after
        if before is ABSENT or after is ABSENT:
            return masked(before, old, old, OLD), masked(after, new, new, NEW)
        return masked(before, old, new, OLD), masked(after, new, old, NEW)

    def _parts(self, text: Any) -> dict[tuple[int, int], str]:
        if not isinstance(text, str):
            return {}
        parts = {(start, end): text[start:end] for start, end in credentials(text)}
        if not parts:
            return parts
        self.values.update(parts.values())
        return parts


def masked(text: Any, parts: Mapping[tuple[int, int], str], other: Mapping[tuple[int, int], str], mask: Mask) -> Any:
    """Put `mask` over parts of a text, given by (start, end); SAME over those that `other` has too."""
    if not parts:
        return text
    known = set(other.values())
    result, done = "", 0
    for (start, end), part in parts.items():
        result += text[done:start] + (SAME if part in known else mask)
        done = end
    return Mask(result + text[done:])


def is_masked(value: Any) -> bool:
    """Whether anything in a value has been hidden."""
    if isinstance(value, Mapping):
        return any(is_masked(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(is_masked(item) for item in value)
    return isinstance(value, Mask)
