from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_action.diff.canonical import to_yaml
from gitops_action.diff.unified import unified
from gitops_action.model import (
    Change,
    Coverage,
    EngineCoverage,
    FieldChange,
    Finding,
    Outcome,
    Report,
    ResourceId,
    Severity,
    Verdict,
)
from gitops_action.report.markdown import MIN_LIMIT, Links, comment, marker_line, summary
from tests.unit.report.sample import change, finding, minimal, sample, update
from tests.unit.report.test_escape import COMMAND, HOSTILE, Page, to_html

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

MARKER = marker_line("check")
LINKS = Links("https://github.com/o/r/blob/" + "b" * 40, "https://github.com/o/r/actions/runs/1")
OURS = {
    "h3",
    "p",
    "strong",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "pre",
    "ul",
    "li",
    "details",
    "summary",
    "sub",
}


def test_comment(snapshot: SnapshotAssertion) -> None:
    assert comment(sample(), marker=MARKER, links=LINKS) == snapshot


def test_a_comment_without_links_or_changes(snapshot: SnapshotAssertion) -> None:
    assert (
        comment(minimal(coverage=Coverage(3, {}, 5, 1, 0, (EngineCoverage("schema", 5, 5),))), marker=MARKER)
        == snapshot
    )


def test_the_marker_is_the_first_line_and_hidden() -> None:
    text = comment(sample(), marker=MARKER)
    assert text.split("\n")[0] == MARKER == "<!-- gitops-action check -->"
    page = Page(text)
    assert page.comments == [" gitops-action check "]
    assert set(page.tags) <= OURS


@given(st.lists(HOSTILE, max_size=3))
def test_a_marker_is_hidden_whatever_it_is_made_of(parts: list[str]) -> None:
    line = marker_line(*parts)
    page = Page(comment(minimal(), marker=line))
    assert line.isascii()
    assert len(page.comments) == 1
    assert page.tags[0] == "h3"


@pytest.mark.parametrize("marker", ["", "x", "<!-- a", "<!-- a\n-->", "<!-- a --> b -->", "<!-- a -- b -->", "<!-->"])
def test_what_is_no_marker_is_refused(marker: str) -> None:
    with pytest.raises(ValueError, match="not a hidden line"):
        comment(minimal(), marker=marker)


@pytest.mark.parametrize(("report", "headline"), [
    (minimal(), "⚪ nothing was checked · no object changes"),
    (minimal(coverage=Coverage(resources=2)), "✅ no problems found · no object changes"),
    (minimal("validate", coverage=Coverage(resources=2)), "✅ no problems found"),
    (minimal("diff", coverage=Coverage(resources=2)), "✅ no object changes"),
    (minimal(verdict=Verdict.INCOMPLETE), "⚠️ incomplete · no object changes"),
    (minimal(verdict=Verdict.INCOMPLETE, findings=(finding(),)), "⚠️ incomplete: 1 error · no object changes"),
    (minimal(verdict=Verdict.FAILED, findings=(finding(), finding(line=8), finding(severity=Severity.INFO, line=9))),
     "❌ 2 errors, 1 note · no object changes"),
    (minimal(coverage=Coverage(resources=1), changes=(update("staging", 1, 2),)),
     "✅ no problems found · 1 of 1 object changes in <code>staging</code>"),
    (minimal(coverage=Coverage(resources=1), changes=tuple(update(f"e{n}", 1, 2) for n in range(40)),
             environments=tuple(f"e{n}" for n in range(40))),
     "✅ no problems found · 40 of 40 objects change in 40 environments"),
    (minimal(coverage=Coverage(resources=1), changes=(change(Outcome.UNKNOWN, ResourceId("v1", "X", "", "a")),)),
     "✅ no problems found · no object is known to change; 1 not known"),
])  # fmt: skip
def test_headline(report: Report, headline: str) -> None:
    assert f"<h3>{headline}</h3>" in to_html(summary(report))


def test_what_was_not_checked_is_said() -> None:
    assert "Nothing was checked" in summary(minimal())
    assert "Nothing was validated: no engine judged any of 7 objects" in summary(
        minimal(coverage=Coverage(resources=7))
    )
    partial = summary(sample())
    assert "1 of 3 overlays could not be rendered" in partial
    assert "`schema` checked 41 of 43 objects; 2 not checked" in partial
    assert "Nothing was" not in partial


def test_environments_keep_their_own_values() -> None:
    blocks = [block for block in Page(summary(sample())).blocks() if "replicas:" in block]
    assert ["+  replicas: 6" in block for block in blocks] == [True, False]
    assert ["+  replicas: 2" in block for block in blocks] == [False, True]


def test_the_same_finding_and_the_same_change_are_told_once() -> None:
    text = summary(sample())
    assert len(re.findall("did you mean", text)) == 1
    assert "`replicas`? · in `staging`, `production` |" in text
    titles = re.findall(r"<summary>(.*?)</summary>", text)
    assert len([title for title in titles if "Secret" in title]) == 1
    assert titles[0].startswith("🔴 delete <code>PersistentVolumeClaim</code>")


def big_change(number: int, lines: int, outcome: Outcome = Outcome.UPDATE, kind: str = "ConfigMap") -> Change:
    body = "".join(f"+line {number} {line} " + "x" * 40 + "\n" for line in range(lines))
    return change(
        outcome, ResourceId("v1", kind, "web", f"object-{number}"), diff=f"--- base\n+++ head\n@@ -1 +1 @@\n{body}"
    )


def shown_and_left(text: str) -> tuple[int, int]:
    left = re.search(r"\n(\d+) changed objects? not shown", text)
    return text.count("<details"), int(left[1]) if left else 0


@pytest.mark.parametrize("limit", [MIN_LIMIT, 10_000, 65_000])
def test_what_does_not_fit_is_counted(limit: int) -> None:
    changes = [big_change(number, 30) for number in range(100)]
    changes.append(big_change(1000, 30, Outcome.DELETE))
    text = comment(minimal(changes=changes, coverage=Coverage(resources=101)), marker=MARKER, limit=limit)
    assert len(text) <= limit
    shown, left = shown_and_left(text)
    assert shown + left == 101
    assert left > 0
    assert text.index("object-1000") < text.index("object-0")
    page = Page(text)
    assert not page.open
    assert page.tags.count("details") == shown


def test_the_room_is_used() -> None:
    text = comment(minimal(changes=[big_change(number, 30) for number in range(500)]), marker=MARKER)
    assert len(text) > 60_000


def test_one_enormous_diff_is_shortened_within_its_fence_and_the_rest_still_shown() -> None:
    changes = [big_change(1, 100_000, Outcome.DELETE), *(big_change(number, 5) for number in range(2, 20))]
    text = comment(minimal(changes=changes), marker=MARKER)
    assert len(text) <= 65_000
    assert shown_and_left(text) == (19, 0)
    left = re.search(r"\n(\d+) lines of this diff not shown", text)
    assert left is not None
    first = next(block for block in Page(text).blocks() if "line 1 0 " in block)
    assert first.count("\n") + int(left[1]) == 100_001


def test_many_findings_leave_room_for_the_diffs_and_the_worst_stay() -> None:
    findings = [finding(line=line, severity=Severity.WARNING) for line in range(1, 3000)] + [finding(line=5000)]
    text = comment(minimal(findings=findings, changes=[big_change(1, 10)]), marker=MARKER)
    assert len(text) <= 65_000
    left = re.search(r"\n(\d+) findings not shown", text)
    assert left is not None
    assert text.count("did you mean") + int(left[1]) == 3000
    assert "deployment.yaml:5000" in text
    assert "<details" in text


def test_a_summary_is_measured_in_bytes() -> None:
    changes = [replace(big_change(number, 3), diff="+" + "ä" * 3000 + "\n") for number in range(20)]
    text = summary(minimal(changes=changes), limit=20_000)
    assert len(text.encode()) <= 20_000
    assert shown_and_left(text)[1] > 0


def test_a_limit_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        comment(minimal(), marker=MARKER, limit=MIN_LIMIT - 1)


RESOURCES = st.builds(ResourceId, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
DIFFS = (
    HOSTILE.map(lambda text: "--- base\n+++ head\n@@ -1 +1 @@\n+" + text)
    | HOSTILE
    | HOSTILE.map(lambda text: unified("", to_yaml({"data": {text: [text, {"a": text}]}})))
)
REPORTS: Any = st.builds(
    Report,
    st.sampled_from(["check", "diff", "validate"]) | HOSTILE,
    st.sampled_from(Verdict),
    st.lists(
        st.builds(Finding, HOSTILE, st.sampled_from(Severity), HOSTILE, HOSTILE, st.none() | st.integers(1, 99),
                  st.none() | st.integers(1, 99), st.none() | RESOURCES, HOSTILE, HOSTILE, HOSTILE), max_size=4),
    st.lists(
        st.builds(Change, HOSTILE, st.sampled_from(Outcome), RESOURCES, HOSTILE, HOSTILE,
                  st.lists(st.builds(FieldChange, HOSTILE, HOSTILE, HOSTILE), max_size=2), DIFFS, HOSTILE), max_size=4),
    st.builds(Coverage, files=st.integers(0, 9), resources=st.integers(0, 9), targets=st.integers(0, 3),
              targets_failed=st.integers(0, 3),
              engines=st.lists(st.builds(EngineCoverage, HOSTILE, st.integers(0, 9), st.integers(0, 9)), max_size=2)),
    base=HOSTILE, head=HOSTILE, environments=st.lists(HOSTILE, max_size=5),
)  # fmt: skip


@given(REPORTS)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_report_becomes_more_than_text(report: Report) -> None:
    for text in (
        comment(report, marker=MARKER, links=LINKS, limit=MIN_LIMIT),
        comment(report, marker=MARKER, links=LINKS),
    ):
        page = Page(text)
        assert set(page.tags) <= OURS | {"a"}
        assert all(link.startswith("https://github.com/o/r/") for link in page.links)
        assert page.comments == [" gitops-action check "]
        assert page.tags.count("details") == len(re.findall("^<details", text, re.MULTILINE))
        assert page.tags.count("h3") == 1
        page.require_dead_text()
        assert not COMMAND.search(text)


@given(st.lists(st.integers(0, 3000), max_size=12), st.integers(0, 400), st.integers(MIN_LIMIT, 70_000), st.booleans())
@settings(deadline=None)
def test_the_limit_is_kept(sizes: list[int], findings: int, limit: int, long_lines: bool) -> None:
    changes = [
        replace(big_change(number, size), diff="+" + "y" * size * 50) if long_lines else big_change(number, size)
        for number, size in enumerate(sizes)
    ]
    report = minimal(
        findings=[finding(f"e{line}", line=line, message="m" * 700) for line in range(1, findings + 1)],
        changes=[
            *changes,
            *(change(Outcome.UNKNOWN, ResourceId("v", "k", "n", "x" * 300), f"e{n}") for n in range(findings)),
        ],
        environments=[f"{'e' * 90}{number}" for number in range(3)],
    )
    text = comment(report, marker=MARKER, links=LINKS, limit=limit)
    assert len(text) <= limit
    assert not Page(text).open
    shown, left = shown_and_left(text)
    assert shown + left == len(sizes)
