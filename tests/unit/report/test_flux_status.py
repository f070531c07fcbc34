"""What `status` prints."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gitops_action.deploy.flux import Phase
from gitops_action.deploy.flux_status import Position, Row, Snapshot
from gitops_action.report import flux_status as report
from tests.schemas import problems

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

NOW = datetime(2026, 1, 8, 12, tzinfo=UTC)
COMMIT = "1234567890abcdef1234567890abcdef12345678"
SOURCE = Row(
    "source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "fleet", Phase.READY, False, f"main@sha1:{COMMIT}",
    "2026-01-01T09:30:00Z", "stored artifact", "", COMMIT, Position(0, 0),
)  # fmt: skip
APPS = Row(
    "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "apps", Phase.BROKEN, False, f"main@sha1:{COMMIT}",
    "2026-01-08T11:58:20Z", "HealthCheckFailed: timeout waiting for:\n[Deployment/default/web]", "production", COMMIT,
    Position(2, 0),
)  # fmt: skip
RELEASE = Row(
    "helm.toolkit.fluxcd.io/v2",
    "HelmRelease",
    "default",
    "web\x1b[31m",
    Phase.READY,
    True,
    "6.5.4",
    "",
    "upgrade succeeded",
)
SNAPSHOT = Snapshot([SOURCE, APPS, RELEASE], {"Bucket": "buckets is forbidden"}, ["not compared"], COMMIT)


def test_the_table(snapshot: SnapshotAssertion) -> None:
    assert report.text(SNAPSHOT, NOW) == snapshot


def test_the_table_in_a_summary(snapshot: SnapshotAssertion) -> None:
    assert report.markdown(SNAPSHOT, NOW) == snapshot


def test_nothing_in_it_drives_a_terminal() -> None:
    assert "\x1b" not in report.text(SNAPSHOT, NOW)
    assert "\x1b[31mfailing" in report.text(SNAPSHOT, NOW, colour=True)


def test_columns_that_say_nothing_are_left_out() -> None:
    text = report.text(Snapshot([RELEASE]), NOW)
    assert "NAME" in text
    assert not {"GIT", "ENVIRONMENT", "AGE"} & set(text.split())


def test_nothing_at_all() -> None:
    assert report.text(Snapshot([]), NOW) == "Flux has nothing to do here: no object was found\n"


def test_json_is_what_its_schema_says() -> None:
    text = report.as_json(SNAPSHOT)
    value = json.loads(text)
    assert problems("status", text) == []
    assert [(one["name"], one["state"], one["behind"]) for one in value["objects"]][:2] == [
        ("fleet", "ready", 0),
        ("apps", "failing", 2),
    ]


def test_only_changes_are_told() -> None:
    moved = Row(**{**{name: getattr(SOURCE, name) for name in SOURCE.__slots__}, "position": Position(1, 0)})
    found = report.changed([SOURCE, RELEASE], [moved, APPS])
    assert [(what, row.name) for what, row in found] == [
        ("changed", "fleet"),
        ("added", "apps"),
        ("deleted", RELEASE.name),
    ]
    assert report.changed([SOURCE], [SOURCE]) == []
    assert report.change_line("changed", APPS, NOW) == (
        "12:00:00 Kustomization/flux-system/apps failing (main@sha1:1234567890ab, 2 commits behind) "
        "HealthCheckFailed: timeout waiting for: [Deployment/default/web]"
    )
    assert json.loads(report.change_json("deleted", APPS))["type"] == "deleted"


@pytest.mark.parametrize(
    ("since", "age"),
    [
        ("2026-01-08T11:59:59Z", "1s"),
        ("2026-01-08T13:00:00Z", "0s"),
        ("2026-01-08T09:00:00Z", "3h"),
        ("2026-01-08T08:59:00Z", "3h1m"),
        ("2025-12-31T12:00:30Z", "7d23h"),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_ages(since: str, age: str) -> None:
    assert report._age(since, NOW) == age


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_into_a_terminal(width: int) -> None:
    rows = [line for line in report.text(SNAPSHOT, NOW, width=width).splitlines() if line.startswith(" ")]
    assert max(map(len, rows)) <= width
