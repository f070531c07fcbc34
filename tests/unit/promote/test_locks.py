"""Locks as refs and commits."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from gitops_action.promote.locks import Lock, holds, message, parse, place_of, ref_name

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(NAMES, st.one_of(st.just(""), NAMES))
def test_a_place_is_read_back_from_its_ref(environment: str, component: str) -> None:
    assert place_of(ref_name(environment, component)) == (environment, component)


@given(st.lists(NAMES, min_size=5, max_size=5))
def test_git_takes_the_names(names: list[str]) -> None:
    for name in names:
        done = subprocess.run(["git", "check-ref-format", ref_name(name, name)], check=False)  # noqa: S607 - the machine's
        assert done.returncode == 0, name


@given(NAMES, st.text(max_size=80), st.text(max_size=80), st.one_of(st.none(), st.integers(1, 10**6)))
def test_a_lock_is_read_back_and_never_lost(component: str, owner: str, reason: str, pull: int | None) -> None:
    lock = Lock("production", component, owner, reason, NOW, NOW + timedelta(hours=2), pull)
    ref = ref_name("production", component)
    read = parse(ref, message(lock).replace("Lock-Component: " + component, "Lock-Component: x"))
    assert read is not None
    assert (read.environment, read.component) == ("production", component)
    assert holds([read], "production", component, NOW + timedelta(hours=1))


@given(st.text(max_size=200))
def test_what_cannot_be_read_holds_all_the_same(text: str) -> None:
    lock = parse(ref_name("production"), text)
    assert lock is not None
    assert holds([lock], "production", "web", NOW)


def test_what_a_lock_covers_and_for_how_long() -> None:
    whole = Lock("production", "", "alice", "freeze", NOW, NOW + timedelta(hours=1))
    part = Lock("production", "web", "alice", "incident", NOW)
    assert holds([whole], "production", "api", NOW) == whole
    assert holds([whole], "production", "api", NOW + timedelta(hours=1)) is None
    assert holds([whole], "staging", "api", NOW) is None
    assert holds([part], "production", "web", NOW + timedelta(days=999)) == part
    assert holds([part], "production", "api", NOW) is None


def test_no_other_ref_is_a_lock() -> None:
    assert parse("refs/heads/main", message(Lock("a", "", "b", "c", NOW))) is None
    assert parse("refs/gitops/locks/a/b/c", "") is None


def test_a_commit_that_speaks_of_another_place_holds_and_is_shown_as_unreadable() -> None:
    text = message(Lock("production", "web", "alice", "incident", NOW, NOW + timedelta(hours=1)))
    for ref in (ref_name("production"), ref_name("production", "api"), ref_name("staging", "web")):
        lock = parse(ref, text)
        assert lock is not None
        assert "cannot be read" in lock.reason
        assert holds([lock], lock.environment, lock.component or "any", NOW + timedelta(days=9)) == lock


def test_the_end_is_told_in_utc() -> None:
    end = datetime(2026, 11, 24, 15, 0, tzinfo=timezone(timedelta(hours=2)))
    assert "until 2026-11-24 13:00 UTC" in str(Lock("production", "", "alice", "freeze", NOW, end))
