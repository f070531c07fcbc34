"""Reads what is accepted, and how findings are weighed: `severity`, `suppressions`, `inlineSuppressions`, `ignoreDifferences`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from gitops_action.codes import CODES, closest
from gitops_action.config.schema import Problem, name
from gitops_action.config.suppressions import IgnoredDifference, InlineSuppressions, Suppression
from gitops_action.model import Locator, Pointer, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.config.globs import PathPattern


class Reader(Protocol):
    """Reads patterns, and takes what is wrong; see `reading`."""

    @property
    def is_full(self) -> bool: ...  # noqa: D102
    def add(self, problem: Problem) -> None: ...  # noqa: D102
    def pattern(self, pointer: Pointer, text: str) -> PathPattern | None: ...  # noqa: D102


class SuppressionsReader:
    """Reads these parts, each of which meets the schema; `reader` reads patterns, and is told what is wrong."""

    def __init__(self, locator: Locator, reader: Reader) -> None:
        self._locator = locator
        self._reader = reader

    def severity(self, written: Mapping[str, str]) -> dict[str, Severity]:
        """Return the severities of codes."""
        for code in written:
            self._known(("severity", code), code, at_key=True)
        return {code: Severity(value) for code, value in written.items()}

    def inline(self, written: Mapping[str, Any]) -> InlineSuppressions:
        """Return whether comments may suppress findings."""
        never = written.get("never", [])
        for index, code in enumerate(never):
            self._known(("inlineSuppressions", "never", index), code)
        return InlineSuppressions(written.get("allow", True), frozenset(never))

    def suppressions(self, written: list[dict[str, str]]) -> tuple[Suppression, ...]:
        """Return the findings that are accepted."""
        found = []
        for index, entry in enumerate(written):
            pointer: Pointer = ("suppressions", index)
            self._known((*pointer, "code"), entry["code"])
            found.append(
                Suppression(
                    code=entry["code"],
                    reason=entry["reason"],
                    path=self._reader.pattern((*pointer, "path"), entry["path"]) if "path" in entry else None,
                    environment=entry.get("environment"),
                    api_version=entry.get("apiVersion"),
                    kind=entry.get("kind"),
                    namespace=entry.get("namespace"),
                    name=entry.get("name"),
                    pointer=tuple(entry["pointer"].split("/")[1:]) if "pointer" in entry else None,
                    expires=self._date((*pointer, "expires"), entry["expires"]) if "expires" in entry else None,
                    location=self._locator.locate(pointer),
                )
            )
        return tuple(found)

    def _known(self, pointer: Pointer, code: str, *, at_key: bool = False) -> None:
        if code in CODES or self._reader.is_full:
            return
        near = closest(code, CODES)
        hint = f"did you mean `{near}`?" if near else "docs/codes.md lists them"
        self._reader.add(Problem(pointer, f"there is no reason code `{code}`: {hint}", at_key))

    def _date(self, pointer: Pointer, text: str) -> date | None:
        try:
            return date.fromisoformat(text[:10])
        except ValueError as error:
            self._reader.add(Problem(pointer, f"{name(pointer)} is `{text}`, which is no day: {error}"))
            return None

    def differences(self, written: list[dict[str, Any]]) -> tuple[IgnoredDifference, ...]:
        """Return what may differ between Git and a cluster."""
        return tuple(_difference(entry) for entry in written)


def _difference(entry: Mapping[str, Any]) -> IgnoredDifference:
    return IgnoredDifference(
        environment=entry.get("environment"),
        api_version=entry.get("apiVersion"),
        kind=entry.get("kind"),
        namespace=entry.get("namespace"),
        name=entry.get("name"),
        pointers=tuple(tuple(text.split("/")[1:]) for text in entry.get("pointers", [])),
        managers=tuple(entry.get("managers", [])),
    )
