"""Reads the part `promotion` of a configuration that meets the schema, and finds what a schema cannot express."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, Final

from gitops_action.codes import closest
from gitops_action.config.promotion import (
    Gates,
    Layout,
    Mode,
    Permission,
    Promotion,
    PromotionPath,
    PullRequests,
    Rules,
    SoakFrom,
    Window,
    find_cycle,
)
from gitops_action.config.schema import Problem
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from gitops_action.model import Locator, Pointer

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS: Final = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = regex(r"(?:[0-9]{1,6}[wdhms])+")


def duration(text: str) -> timedelta | None:
    """Read a length of time such as `90m`, `2h` or `1d12h` (weeks, days, hours, minutes, seconds); None if it is none."""
    if not _DURATION.fullmatch(text):
        return None
    return timedelta(seconds=sum(int(part[:-1]) * _UNITS[part[-1]] for part in re.findall(r"[0-9]+[wdhms]", text)))


def pull_requests(written: Mapping[str, Any], labels: tuple[str, ...]) -> PullRequests:
    """Read what pull requests get; `labels` where nothing is said of them."""
    return PullRequests(
        tuple(written.get("labels", labels)),
        tuple(written.get("reviewers", ())),
        tuple(written.get("teamReviewers", ())),
        tuple(written.get("assignees", ())),
        written.get("autoMerge", ""),
        written.get("title", ""),
        written.get("body", ""),
        written.get("dispatch", ""),
    )


class PromotionReader:
    """Reads the paths and what belongs to them; `add` is told what is wrong."""

    def __init__(self, locator: Locator, environments: Collection[str], add: Callable[[Problem], None]) -> None:
        """Take where the file was read from and the environments that it sets, none if it leaves them to names."""
        self._locator = locator
        self._environments = environments
        self._add = add

    def read(self, written: Mapping[str, Any]) -> Promotion:
        """Read the whole part; of what is wrong, as much as makes sense."""
        general = written.get("gates", {})
        paths: list[PromotionPath] = []
        for index, entry in enumerate(written.get("paths", [])):
            for path in self._paths(("promotion", "paths", index), entry, general):
                if any((path.source, path.target) == (other.source, other.target) for other in paths):
                    self._problem(("promotion", "paths", index), f"the path {path} is there already")
                else:
                    paths.append(path)
        self._graph(paths)
        for name in written.get("permissions", {}):
            self._known(("promotion", "permissions", name), name, at_key=True)
        pulls = written.get("pullRequests", {})
        return Promotion(
            tuple(paths),
            Layout(written.get("layout", Layout.AUTO)),
            _rules(written),
            {name: _rules(entry) for name, entry in written.get("components", {}).items()},
            pull_requests(pulls, PullRequests().labels),
            {
                name: Permission(tuple(entry.get("users", ())), tuple(entry.get("teams", ())))
                for name, entry in written.get("permissions", {}).items()
            },
        )

    def _paths(self, pointer: Pointer, entry: Mapping[str, Any], general: Mapping[str, Any]) -> Iterator[PromotionPath]:
        targets = [entry["to"]] if isinstance(entry["to"], str) else entry["to"]
        mode = Mode(entry.get("mode", Mode.DELTA))
        if (mode is Mode.FIELDS) != bool(entry.get("fields")):
            self._problem((*pointer, "mode"), "`fields` lists what the mode `fields` promotes: give both, or neither")
        self._known((*pointer, "from"), entry["from"])
        gates = self._gates((*pointer, "gates"), {**general, **entry.get("gates", {})})
        for target in targets:
            self._known((*pointer, "to"), target)
            yield PromotionPath(
                entry["from"],
                target,
                mode,
                tuple(entry.get("fields", ())),
                tuple(entry.get("components", ())),
                gates,
                tuple(entry.get("after", ())),
                entry.get("onboard", False),
                self._locator.locate(pointer),
            )

    def _graph(self, paths: list[PromotionPath]) -> None:
        circle = find_cycle(paths)
        if circle:
            where = next(i for i, path in enumerate(paths) if path.source in circle and path.target in circle)
            self._problem(
                ("promotion", "paths", min(where, len(paths) - 1)),
                f"environments lead to each other in a circle: {' → '.join(circle)}",
            )
        for path in paths:
            beside = {other.target for other in paths if other.source == path.source and other.target != path.target}
            for name in path.after:
                if name not in beside:
                    message = f"`after: {name}`: there is no other path from `{path.source}` to `{name}`"
                    self._problem(("promotion", "paths"), message)
            waves = {
                name: set(other.after) for other in paths if other.source == path.source for name in (other.target,)
            }
            if _waits_for_itself(path.target, waves):
                self._problem(("promotion", "paths"), f"the path {path} would wait for itself through `after`")

    def _gates(self, pointer: Pointer, written: Mapping[str, Any]) -> Gates:
        soak = duration(written.get("soak", "0s"))
        if soak is None:
            self._problem((*pointer, "soak"), f"`{written['soak']}` is no length of time: write 90m, 2h or 1d12h")
        return Gates(
            soak or timedelta(),
            SoakFrom(written.get("soakFrom", SoakFrom.DEPLOYMENT)),
            tuple(written.get("statuses", ())),
            tuple(
                self._window((*pointer, "windows", index), entry)
                for index, entry in enumerate(written.get("windows", []))
            ),
        )

    def _window(self, pointer: Pointer, entry: Mapping[str, Any]) -> Window:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - start-up time; few have windows

        zone = entry.get("timeZone", "UTC")
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._problem((*pointer, "timeZone"), f"there is no time zone `{zone}`: write one such as Europe/Berlin")
            zone = "UTC"
        days = frozenset(day for text in entry.get("days", ["monday-sunday"]) for day in _days(text))
        return Window(days, time.fromisoformat(entry["start"]), time.fromisoformat(entry["end"]), zone)

    def _known(self, pointer: Pointer, name: str, *, at_key: bool = False) -> None:
        if self._environments and name not in self._environments:
            near = closest(name, self._environments)
            hint = f": did you mean `{near}`?" if near else f": there are {', '.join(self._environments)}"
            self._problem(pointer, f"there is no environment `{name}`{hint}", at_key=at_key)

    def _problem(self, pointer: Pointer, message: str, *, at_key: bool = False) -> None:
        self._add(Problem(pointer, message, at_key))


def _rules(written: Mapping[str, Any]) -> Rules:
    return Rules(*(tuple(written.get(name, ())) for name in ("keep", "promote", "block")))


def _days(text: str) -> Iterator[int]:
    first, _, last = text.partition("-")
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    yield from (day % 7 for day in range(start, end + 1 if end >= start else end + 8))


def _waits_for_itself(name: str, waves: Mapping[str, set[str]]) -> bool:
    seen: set[str] = set()
    pending = list(waves.get(name, ()))
    while pending:
        other = pending.pop()
        if other == name:
            return True
        if other not in seen:
            seen.add(other)
            pending += waves.get(other, ())
    return False
