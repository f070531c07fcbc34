"""What people read of a promotion: the pull request's body and the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config.promotion import PromotionPath
from gitops_action.model import Outcome
from gitops_action.promote.components import Component
from gitops_action.promote.decisions import Action, Decision
from gitops_action.promote.files import FilesMerged
from gitops_action.promote.gates import Source
from gitops_action.promote.proposal import Proposal, message, record
from gitops_action.report.promotion import MARKER, body, title
from gitops_action.report.promotion_text import plan_text
from gitops_action.report.pull_requests import WITHDRAWN, withdrawn
from tests.unit.report.sample import DEPLOYMENT, change

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

WHEN = datetime(2026, 11, 24, tzinfo=UTC)
FILE = "apps/web/production/deployment.yaml"
DECISIONS = [
    Decision(Action.PROMOTE, FILE, "spec.containers[name=app].image", "Deployment/web", 12, "web:1", "web:2", "web:1"),
    Decision(Action.KEEP, FILE, "spec.replicas", "Deployment/web", 6, "1", "2", "5", "`replicas`: by default"),
    Decision(
        Action.CONFLICT, FILE, "spec.level", "Deployment/web", 8, "a", "b", "c", "the target has a value of its own"
    ),
    Decision(Action.SUPPLY, "apps/web/production/secret.yaml", reason="supply Secret/db"),
]
PROPOSAL = Proposal(
    PromotionPath("staging", "production"),
    Component("web", "apps/web/staging", "apps/web/production"),
    "a" * 40,
    [Source("b" * 40, WHEN, "First (#11)", "Alice"), Source("c" * 40, WHEN, "Merge pull request #12 from x", "Bob")],
    2,
    merged=FilesMerged({FILE: b"x"}, DECISIONS),
    before="f" * 40,
    excess=("Deployment `web`: `spec.paused`",),
)


def test_the_body(snapshot: SnapshotAssertion) -> None:
    shown = change(
        Outcome.UPDATE, DEPLOYMENT, "", diff="--- base\n+++ head\n@@ -1 +1 @@\n-image: web:1\n+image: web:2\n"
    )
    assert body(PROPOSAL, [shown], introduction="Please look.", url="https://github.com/octo/fleet") == snapshot


def test_the_plan(snapshot: SnapshotAssertion) -> None:
    waiting = replace(
        PROPOSAL, passed=0, waiting=("it soaks in staging until 2026-11-24 10:00 UTC",), merged=FilesMerged(), excess=()
    )
    idle = replace(
        PROPOSAL, component=Component("api", "a", "b"), pending=(), passed=0, merged=FilesMerged(), excess=()
    )
    assert plan_text([PROPOSAL, waiting, idle]) == snapshot


def test_what_we_closed_says_so() -> None:
    assert WITHDRAWN in withdrawn(MARKER, "nothing is left to promote")


def test_titles() -> None:
    assert title(PROPOSAL) == "Promote web from staging to production"
    assert title(PROPOSAL, "[{to}] {component} <- {from}") == "[production] web <- staging"


@given(st.text(max_size=60), st.text(max_size=30))
def test_the_record_is_read_back_whatever_subjects_say(subject: str, author: str) -> None:
    line = " ".join(subject.split())
    hostile = replace(
        PROPOSAL, pending=[Source("b" * 40, WHEN, line, author), Source("c" * 40, WHEN, "Promote-Source: " + "d" * 40)]
    )
    found = record(message(hostile))
    assert found is not None
    assert (found.source, found.target, found.component) == ("staging", "production", "web")
    assert found.sources == ("c" * 40, "b" * 40)


@given(st.text(max_size=80), st.text(max_size=80))
def test_text_of_others_stays_text(subject: str, value: str) -> None:
    decisions = [replace(DECISIONS[0], new=value, target=value, reason=value), replace(DECISIONS[2], old=value)]
    hostile = replace(
        PROPOSAL,
        pending=[Source("b" * 40, WHEN, subject, subject)],
        passed=1,
        merged=FilesMerged({FILE: b""}, decisions),
    )
    text = body(hostile, [])
    assert text.count("### Sources") == 1
    assert "<script" not in text.lower()
    assert "##[" not in text


def test_a_body_is_never_longer_than_github_takes() -> None:
    many = [
        replace(DECISIONS[2], path=f"spec.{'*' * 150}{number}", old="<" * 90, reason="|`*_" * 150)
        for number in range(300)
    ]
    sources = [Source("b" * 40, WHEN, "`" * 300, "<" * 300) for _ in range(500)]
    long = replace(
        PROPOSAL, pending=sources, passed=500, merged=FilesMerged({FILE: b""}, many), excess=("x" * 500,) * 20
    )
    shown = [change(Outcome.UPDATE, DEPLOYMENT, "", diff="--- base\n+++ head\n" + "+x\n" * 50_000)]
    text = body(long, shown)
    assert len(text) < 65_536
    assert "more" in text
