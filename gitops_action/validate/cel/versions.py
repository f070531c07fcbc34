"""Semantic versions as rules compare them, https://github.com/blang/semver."""

from __future__ import annotations

from typing import Final

from gitops_action.regex import regex
from gitops_action.validate.cel.refusal import FunctionError

# Tells a version from a quantity, whose functions have the same names.
MARK: Final = "version:"
_NUMBER: Final = r"(0|[1-9][0-9]*)"
_PART: Final = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION: Final = regex(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_LARGEST: Final = 2**64
_DIGITS: Final = 20


def semver(text: str, normalize: bool = False) -> str:  # noqa: FBT001, FBT002 - as rules call it
    """Return the version with its mark. Raises FunctionError for none."""
    if normalize:
        text = _normalized(text)
    match = _VERSION.fullmatch(text)
    if not match or any(len(number) > _DIGITS or int(number) >= _LARGEST for number in match.groups()[:3]):
        raise FunctionError("no semantic version")
    return MARK + text


def is_semver(text: str, normalize: bool = False) -> bool:  # noqa: FBT001, FBT002 - as rules call it
    """Tell whether the text is a semantic version."""
    try:
        semver(text, normalize)
    except ValueError:
        return False
    return True


def part(text: str, index: int) -> int:
    """Return the major (0), minor (1) or patch (2) number."""
    return int(_groups(text)[index])


def compare(one: str, other: str) -> int:
    """Return 1, 0 or -1; metadata after `+` does not count."""
    left, right = _key(one), _key(other)
    return (left > right) - (left < right)


def _key(text: str) -> tuple[tuple[int, ...], bool, list[tuple[bool, int, str]]]:
    major, minor, patch, pre = _groups(text)
    parts = pre.split(".") if pre else []
    numbered = [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
    return (int(major), int(minor), int(patch)), not pre, numbered


def _groups(text: str) -> tuple[str, str, str, str]:
    match = _VERSION.fullmatch(text.removeprefix(MARK))
    if not match:
        raise FunctionError("no semantic version")
    return match[1], match[2], match[3], match[4] or ""


def _normalized(text: str) -> str:
    parts = text.removeprefix("v").split(".", 2)
    for index, piece in enumerate(parts):
        if len(piece) > 1:
            bare = piece.lstrip("0")
            parts[index] = bare if bare[:1].isdigit() else f"0{bare}"
    if len(parts) < 3 and not {"+", "-"} & set(parts[-1]):  # noqa: PLR2004 - major, minor, patch
        parts += ["0"] * (3 - len(parts))
    return ".".join(parts)
