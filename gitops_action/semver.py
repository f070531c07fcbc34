"""Semantic versions and ranges of them, as Helm and Flux read them.

Both use Masterminds/semver: https://github.com/Masterminds/semver/tree/v3.4.0#checking-version-constraints. A range is one or
more groups joined by `||`; a group holds if all its conditions do. A version that is a pre-release is only in a group that
names one.
"""

from __future__ import annotations

import re
from functools import total_ordering
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable

# Longer ones are refused, as by the library.
_MAX_LENGTH: Final = 512
_MAX_GROUPS: Final = 32
_IDENTIFIERS: Final = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION: Final = regex(
    rf"v?(0|[1-9][0-9]{{0,17}})\.(0|[1-9][0-9]{{0,17}})\.(0|[1-9][0-9]{{0,17}})(?:-({_IDENTIFIERS}))?(?:\+({_IDENTIFIERS}))?",
    re.ASCII,
)
_OPERATOR: Final = r"(?:!=|>=|=>|<=|=<|~>|=|>|<|~|\^)?"
_PARTIAL: Final = (
    rf"v?(?:[0-9]{{1,18}}|[xX*])(?:\.(?:[0-9]{{1,18}}|[xX*])){{0,2}}(?:-{_IDENTIFIERS})?(?:\+{_IDENTIFIERS})?"
)
_SPAN: Final = regex(rf"\s*({_PARTIAL})\s+-\s+({_PARTIAL})\s*", re.ASCII)
_CONDITION: Final = regex(rf"\s*({_OPERATOR})\s*({_PARTIAL})", re.ASCII)
_BETWEEN: Final = regex(r"\s*,\s*|\s+")
_WILD: Final = frozenset({"x", "X", "*"})
_PARTS: Final = 3
_TAG: Final = regex(
    rf"v?([0-9]{{1,19}})(?:\.([0-9]{{1,19}}))?(?:\.([0-9]{{1,19}}))?(?:-({_IDENTIFIERS}))?(?:\+({_IDENTIFIERS}))?",
    re.ASCII,
)
_UINT64: Final = 2**64
_DOTS: Final = 2


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version. Build metadata does not count when two are compared, as the specification has it."""

    numbers: tuple[int, int, int]
    pre: tuple[str, ...] = ()
    build: str = ""
    text: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    @property
    def is_prerelease(self) -> bool:
        """Whether it comes before the release of the same numbers."""
        return bool(self.pre)

    @property
    def _key(self) -> tuple[tuple[int, int, int], bool, tuple[tuple[int, int, str], ...]]:
        # A release comes after its pre-releases; numbers before words.
        parts = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in self.pre)
        return self.numbers, not self.pre, parts


def parse(text: str) -> Version | None:
    """Read a whole version, with or without `v` before it; None for anything else."""
    match = _VERSION.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    if match is None:
        return None
    pre = tuple(match[4].split(".")) if match[4] else ()
    if any(part.isdecimal() and len(part) > 1 and part[0] == "0" for part in pre):
        return None
    return Version((int(match[1]), int(match[2]), int(match[3])), pre, match[5] or "", text)


def of_tag(text: str) -> Version | None:
    """Read a tag as Flux does: with `v` before it or not, and `2026.01.05` is one; None for anything else.

    https://github.com/fluxcd/pkg/blob/version/v0.10.0/version/version.go
    """
    match = _TAG.fullmatch(text)
    if match is None or text.count(".") < _DOTS:
        return None
    major, minor, patch = (int(match[group] or 0) for group in (1, 2, 3))
    pre = tuple(match[4].split(".")) if match[4] else ()
    if max(major, minor, patch) >= _UINT64 or any(
        part.isdecimal() and len(part) > 1 and part[0] == "0" for part in pre
    ):
        return None
    return Version((major, minor, patch), pre, match[5] or "", text)


@dataclass(frozen=True, slots=True)
class _Condition:
    """An operator and a version of which `given` numbers are written."""

    operator: str
    version: Version
    given: int

    def holds(self, version: Version) -> bool:
        return _OPERATORS[self.operator](self, version)

    def shares(self, version: Version, count: int) -> bool:
        return version.numbers[:count] == self.version.numbers[:count]


def _equal(condition: _Condition, version: Version) -> bool:
    return version == condition.version if condition.given == _PARTS else _tilde(condition, version)


def _unequal(condition: _Condition, version: Version) -> bool:
    if condition.given in {0, _PARTS}:
        return version != condition.version
    if not condition.shares(version, condition.given):
        return True
    # `!=1.2` is every 1.2.x, but for pre-releases, which are compared.
    return condition.given == _PARTS - 1 and version.pre != condition.version.pre


def _greater(condition: _Condition, version: Version) -> bool:
    if condition.given in {0, _PARTS}:
        return version > condition.version
    return version.numbers[: condition.given] > condition.version.numbers[: condition.given]


def _less_or_equal(condition: _Condition, version: Version) -> bool:
    if condition.given == _PARTS:
        return version <= condition.version
    if not condition.given:
        # `<=*` is read as `<=0.0`.
        return version.numbers[:2] <= (0, 0)
    return version.numbers[: condition.given] <= condition.version.numbers[: condition.given]


def _tilde(condition: _Condition, version: Version) -> bool:
    if version < condition.version:
        return False
    if condition.version.numbers == (0, 0, 0) and condition.given in {0, _PARTS}:
        return True
    return condition.shares(version, 1 if condition.given == 1 else 2)


def _caret(condition: _Condition, version: Version) -> bool:
    if version < condition.version:
        return False
    major, minor, _ = condition.version.numbers
    if major or condition.given == 1:
        return condition.shares(version, 1)
    if not condition.given:
        return condition.shares(version, 3)
    return condition.shares(version, 2 if minor or condition.given == _PARTS - 1 else 3)


_OPERATORS: Final[dict[str, Callable[[_Condition, Version], bool]]] = {
    "": _equal,
    "=": _equal,
    "!=": _unequal,
    ">": _greater,
    "<": lambda condition, version: version < condition.version,
    ">=": lambda condition, version: version >= condition.version,
    "=>": lambda condition, version: version >= condition.version,
    "<=": _less_or_equal,
    "=<": _less_or_equal,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}


@dataclass(frozen=True, slots=True)
class Range:
    """Which versions are wanted."""

    text: str
    groups: tuple[tuple[_Condition, ...], ...]

    def __contains__(self, version: Version) -> bool:
        return any(_in_group(group, version) for group in self.groups)


def _in_group(group: tuple[_Condition, ...], version: Version) -> bool:
    if version.is_prerelease and not any(condition.version.is_prerelease for condition in group):
        return False
    return all(condition.holds(version) for condition in group)


def read_range(text: str) -> Range:
    """Read a range; "" is any release. Raises ValueError, saying what is wrong, for what is none."""
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"a range has at most {_MAX_LENGTH} characters")
    written = _SPAN.sub(r">=\1 <=\2 ", text).split("||")
    if len(written) > _MAX_GROUPS:
        raise ValueError(f"a range has at most {_MAX_GROUPS} parts between `||`")
    return Range(text, tuple(_group(part or "*", text) for part in written))


def _group(written: str, text: str) -> tuple[_Condition, ...]:
    conditions: list[_Condition] = []
    place = 0
    while match := _CONDITION.match(written, place):
        conditions.append(_condition(match[1], match[2]))
        place = match.end()
        between = _BETWEEN.match(written, place)
        if between is None:
            break
        place = between.end()
    if written[place:].strip() or not conditions or written.rstrip().endswith(","):
        raise ValueError(f"`{text}` is not a range of versions, such as `1.x`, `^1.2` or `>=1.0.0 <2.0.0`")
    return tuple(conditions)


def _condition(operator: str, written: str) -> _Condition:
    plain = written.partition("+")[0].removeprefix("v")
    head, dash, pre = plain.partition("-")
    numbers: list[int] = []
    for part in head.split("."):
        if part in _WILD:
            break
        numbers.append(int(part))
    given = len(numbers)
    major, minor, patch = (*numbers, 0, 0, 0)[:_PARTS]
    return _Condition(operator, Version((major, minor, patch), tuple(pre.split(".")) if dash else ()), given)
