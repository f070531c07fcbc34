"""What a change has to pass before it is proposed to the next environment."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from gitops_action.config.promotion import SoakFrom
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.config.promotion import Gates, Window


class Facts(Protocol):
    """What GitHub knows of commits; asked only for what a gate needs."""

    def healthy_since(self, environment: str, commit: str) -> datetime | None:
        """Return since when an environment has run this commit, or one that contains it, in health; None: never."""
        ...

    def states(self, commit: str) -> Mapping[str, str]:
        """Return the state of each status and check of a commit, by its context or name."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """One commit of the source that changed a component, and when it came to the branch."""

    commit: str
    merged_at: datetime
    subject: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """How far the gates let the pending changes go.

    `count` is how many of the pending sources, the oldest first, have passed; `waiting` says what holds the next one.
    """

    count: int
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateKeeper:
    """The gates of one path at one time; `facts` is None where GitHub cannot be asked."""

    gates: Gates
    environment: str
    now: datetime
    facts: Facts | None
    cache: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def passage(self, pending: Sequence[Source]) -> Passage:
        """Return how many of `pending` (the oldest first) may go on: up to the newest one that has passed every gate."""
        closed = self._closed()
        if closed:
            return Passage(0, (closed,))
        first: tuple[str, ...] = ()
        for count in range(len(pending), 0, -1):
            after = pending[count].merged_at if count < len(pending) else None
            waiting = self._waiting(pending[count - 1], after)
            if not waiting:
                return Passage(count, first)
            first = first or waiting
        return Passage(0, first)

    def _closed(self) -> str:
        windows = self.gates.windows
        if not windows or any(is_open(window, self.now) for window in windows):
            return ""
        opens = min(next_opening(window, self.now) for window in windows)
        return f"outside of the hours for promotion: the next ones begin {opens:%Y-%m-%d %H:%M %Z}"

    def _waiting(self, source: Source, replaced_at: datetime | None) -> tuple[str, ...]:
        """Say what a source still waits for; `replaced_at` is when a later change of the component ended its soak."""
        return tuple(filter(None, (self._soaking(source, replaced_at), self._unsuccessful(source))))

    def _soaking(self, source: Source, replaced_at: datetime | None) -> str:
        gates = self.gates
        if not gates.soak:
            return ""
        since: datetime | None = source.merged_at
        if gates.soak_from is SoakFrom.DEPLOYMENT:
            if self.facts is None:
                return f"whether {self.environment} runs it in health is not known: GitHub was not asked"
            since = self.facts.healthy_since(self.environment, source.commit)
        if since is None:
            return f"no healthy deployment of it to {self.environment} is recorded"
        until = since + gates.soak
        if until <= min(self.now, replaced_at or self.now):
            return ""
        if replaced_at is not None and replaced_at < until:
            return f"it was replaced in {self.environment} before it had soaked"
        return f"it soaks in {self.environment} until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    def _unsuccessful(self, source: Source) -> str:
        gates = self.gates
        if not gates.statuses:
            return ""
        if self.facts is None:
            return "whether its required statuses are successful is not known: GitHub was not asked"
        if source.commit not in self.cache:
            self.cache[source.commit] = self.facts.states(source.commit)
        states = self.cache[source.commit]
        missing = [
            f"`{name}` is {states.get(name, 'missing')}" for name in gates.statuses if states.get(name) != "success"
        ]
        return f"required statuses of {source.commit[:8]}: {', '.join(missing)}" if missing else ""


def is_open(window: Window, now: datetime) -> bool:
    """Whether `now` (with a time zone) lies in the window; one that ends at or before its start runs into the next day."""
    return any(start <= now < end for start, end in _near(window, now, -1, 1))


def next_opening(window: Window, now: datetime) -> datetime:
    """Return when the window opens next, in its own time zone."""
    return min(start for start, _ in _near(window, now, 0, 9) if start > now)


def _near(window: Window, now: datetime, first: int, last: int) -> list[tuple[datetime, datetime]]:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - few have windows

    zone = ZoneInfo(window.zone)
    today = now.astimezone(zone).date()
    found = []
    for day in (today + timedelta(days=offset) for offset in range(first, last)):
        if day.weekday() in window.days:
            end_day = day if window.end > window.start else day + timedelta(days=1)
            found.append((datetime.combine(day, window.start, zone), datetime.combine(end_day, window.end, zone)))
    return found
