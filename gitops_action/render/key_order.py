"""The order in which Go's YAML writes the keys of a mapping: `a2` before `a10`, and letters after all else.

Upstream: go.yaml.in/yaml/v2 v2.4.4 `sorter.go`.
"""

from __future__ import annotations

from typing import Final

_INT64: Final = 2**63


def compare(one: str, other: str) -> int:
    """Return less than 0 if `one` comes first, more if `other` does."""
    for index, (first, second) in enumerate(zip(one, other, strict=False)):
        if first == second:
            continue
        if first.isalpha() or second.isalpha():
            if first.isalpha() and second.isalpha():
                return -1 if first < second else 1
            return -1 if second.isalpha() else 1
        return -1 if _is_less(one, other, index) else 1
    return len(one) - len(other)


def _is_less(one: str, other: str, index: int) -> bool:
    start = 0
    if "0" in (one[index], other[index]):
        before = index - 1
        while before >= 0 and one[before].isdecimal():
            if one[before] != "0":
                start = 1
                break
            before -= 1
    first, first_end = _number(one, index, start)
    second, second_end = _number(other, index, start)
    if first != second:
        return first < second
    if first_end != second_end:
        return first_end < second_end
    return one[index] < other[index]


def _number(text: str, index: int, start: int) -> tuple[int, int]:
    """Return the number that begins at `index` as Go's int64 has it, and where it ends."""
    number = start
    while index < len(text) and text[index].isdecimal():
        number = (number * 10 + ord(text[index]) - ord("0") + _INT64) % (2 * _INT64) - _INT64
        index += 1
    return number, index
