"""When a change may go on: hours, soak, statuses."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config.promotion import Gates, SoakFrom, Window
from gitops_action.promote.gates import GateKeeper, Source, is_open, next_opening

if TYPE_CHECKING:
    from collections.abc import Mapping

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)


class Known:
    """What GitHub would say."""

    def __init__(self, healthy: Mapping[str, datetime] | None = None, states: Mapping[str, str] | None = None) -> None:
        self._healthy, self._states = healthy or {}, states or {}

    def healthy_since(self, _environment: str, commit: str) -> datetime | None:
        return self._healthy.get(commit)

    def states(self, _commit: str) -> Mapping[str, str]:
        return self._states


def sources(*ages: int) -> list[Source]:
    """Commits that were merged so many hours after START, the oldest first."""
    return [Source(f"c{number}", START + hours * HOUR) for number, hours in enumerate(ages)]


def keeper(gates: Gates, hours: float, facts: Known | None = None) -> GateKeeper:
    return GateKeeper(gates, "staging", START + hours * HOUR, facts)


def test_without_gates_all_goes() -> None:
    assert keeper(Gates(), 0).passage(sources(0, 1)).count == 2


def test_soak_since_the_merge() -> None:
    gates = Gates(soak=2 * HOUR, soak_from=SoakFrom.MERGE)
    passage = keeper(gates, 1).passage(sources(0))
    assert (passage.count, passage.waiting) == (0, ("it soaks in staging until 2026-11-23 10:00 UTC",))
    assert keeper(gates, 2).passage(sources(0)).count == 1


def test_a_later_change_begins_anew_and_one_that_soaked_before_goes_on() -> None:
    gates = Gates(soak=2 * HOUR, soak_from=SoakFrom.MERGE)
    assert keeper(gates, 4).passage(sources(0, 3)).count == 1
    assert keeper(gates, 4).passage(sources(0, 1)).count == 2 - 1 + (4 - 1 >= 2)
    assert keeper(gates, 2.5).passage(sources(0, 1)).count == 0
    assert keeper(gates, 5).passage(sources(0, 3)).count == 2


def test_soak_since_the_healthy_deployment() -> None:
    gates = Gates(soak=HOUR)
    assert "is recorded" in keeper(gates, 9, Known()).passage(sources(0)).waiting[0]
    assert "not known" in keeper(gates, 9, None).passage(sources(0)).waiting[0]
    assert keeper(gates, 3, Known({"c0": START + 2.5 * HOUR})).passage(sources(0)).count == 0
    assert keeper(gates, 3, Known({"c0": START + 2 * HOUR})).passage(sources(0)).count == 1


@pytest.mark.parametrize(
    ("states", "count"), [({"e2e": "success"}, 1), ({"e2e": "failure"}, 0), ({}, 0), ({"E2E": "success"}, 0)]
)
def test_required_statuses(states: dict[str, str], count: int) -> None:
    passage = keeper(Gates(statuses=("e2e",)), 0, Known(states=states)).passage(sources(0))
    assert passage.count == count
    assert keeper(Gates(statuses=("e2e",)), 0, None).passage(sources(0)).count == 0


def window(days: str, start: str, end: str, zone: str = "UTC") -> Window:
    return Window(frozenset(map(int, days)), time.fromisoformat(start), time.fromisoformat(end), zone)


@pytest.mark.parametrize(
    ("made", "now", "opened"),
    [
        (window("01234", "09:00", "17:00"), "2026-11-23T09:00", True),
        (window("01234", "09:00", "17:00"), "2026-11-23T17:00", False),
        (window("01234", "09:00", "17:00"), "2026-11-22T12:00", False),
        (window("0", "22:00", "04:00"), "2026-11-24T03:59", True),
        (window("0", "22:00", "04:00"), "2026-11-24T04:00", False),
        (window("0", "22:00", "04:00"), "2026-11-23T03:00", False),
        (window("0", "09:00", "10:00", "Asia/Tokyo"), "2026-11-23T00:30", True),
        (window("0", "00:00", "00:00"), "2026-11-23T23:59", True),
    ],
)
def test_windows(made: Window, now: str, opened: bool) -> None:
    assert is_open(made, datetime.fromisoformat(now).replace(tzinfo=UTC)) is opened


@given(
    st.sets(st.integers(0, 6), min_size=1),
    st.times(),
    st.times(),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - hypothesis takes them plain
)
def test_a_window_is_open_when_it_opens_next(days: set[int], start: time, end: time, zone: str, now: datetime) -> None:
    made = Window(frozenset(days), start.replace(microsecond=0), end.replace(microsecond=0), zone)
    at = now.replace(tzinfo=UTC)
    opens = next_opening(made, at)
    assert opens > at
    # Where clocks go forward, a window of minutes may lie in the hour that there is not.
    later = opens.astimezone(UTC) + timedelta(seconds=1)
    assert is_open(made, later) or opens.utcoffset() != (opens - timedelta(days=1)).utcoffset() or made.end > made.start


def test_closed_hours_hold_everything_and_say_when_they_open() -> None:
    gates = Gates(windows=(window("2", "09:00", "10:00"),))
    passage = keeper(gates, 0).passage(sources(0))
    assert passage.count == 0
    assert "2026-11-25 09:00 UTC" in passage.waiting[0]
