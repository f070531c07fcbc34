"""Reports of any size and content stay within their limits, whole, and nothing but text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_action.model import Change, Coverage, EngineCoverage, Outcome, Report, ResourceId, Severity
from gitops_action.report.links import CODES_PAGE
from gitops_action.report.markdown import MIN_LIMIT, comment, summary
from tests.unit.report.hostile import COMMAND, FRAGMENTS, LINKS, MARKER, REPORTS, REPORTS_TRIED, TAGS, Page
from tests.unit.report.sample import change, finding, minimal


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


def test_of_many_environments_production_and_deletions_stay_in_the_table() -> None:
    names = [f"{'e' * 40}-{number:04}" for number in range(2_000)] + ["eu-production"]
    changes = [replace(big_change(1, 1), environment=name) for name in names]
    changes.append(replace(big_change(2, 1, Outcome.DELETE), environment=names[1_500]))
    text = comment(minimal(changes=changes, environments=names), marker=MARKER)
    table = [line for line in text.split("\n") if line.startswith("| `")]
    left = re.search(r"\n(\d+) environments not shown\. The JSON report has them\.\n", text)
    assert left is not None
    assert len(table) + int(left[1]) == 2_001
    assert table[-1].startswith("| `eu-production` |")
    assert table[-2].startswith(f"| `{names[1_500]}` | 1 |")
    assert table[:-2] == sorted(table[:-2])


def test_where_the_rest_is_follows_the_link_there_is() -> None:
    changes = [big_change(number, 30) for number in range(100)]
    text = comment(minimal(changes=changes), marker=MARKER, limit=MIN_LIMIT, links=LINKS)
    assert re.search(r"\n\d+ changed objects not shown\. They are in the full report\.\n", text)
    assert f"[full report]({LINKS.report})" in text


def test_a_group_that_is_not_shown_counts_each_of_its_objects() -> None:
    changes = [
        replace(big_change(number, 500), environment=name) for number in range(20) for name in ("staging", "production")
    ]
    text = comment(minimal(changes=changes), marker=MARKER, limit=MIN_LIMIT)
    shown, left = shown_and_left(text)
    assert 2 * shown + left == 40


def test_where_a_change_happens_is_counted_in_the_title_and_named_below() -> None:
    names = [f"cluster-{number:02}" for number in range(60)]
    text = comment(minimal(changes=[replace(big_change(1, 1), environment=name) for name in names]), marker=MARKER)
    assert "<code>web/object-1</code> · 60 environments</summary>" in text
    assert "\nIn `cluster-00`, `cluster-01`, " in text
    assert "`cluster-49` and 10 more.\n" in text


def test_a_summary_is_measured_in_bytes() -> None:
    changes = [replace(big_change(number, 3), diff="+" + "ä" * 3000 + "\n") for number in range(20)]
    text = summary(minimal(changes=changes), limit=20_000)
    assert len(text.encode()) <= 20_000
    assert shown_and_left(text)[1] > 0


def test_a_limit_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        comment(minimal(), marker=MARKER, limit=MIN_LIMIT - 1)


def require_whole(text: str) -> Page:
    """Take a page apart: nothing in it is cut, and nothing that is not ours is more than text."""
    page = Page(text)
    assert not page.open
    assert set(page.tags) <= TAGS
    assert all(link.startswith(("https://github.com/o/r/", CODES_PAGE)) for link in page.links)
    assert page.tags.count("details") == len(re.findall("^<details", text, re.MULTILINE))
    assert page.tags.count("details") == page.tags.count("summary") == page.tags.count("pre")
    assert page.tags.count("h3") == page.tags.count("sub") == 1
    page.require_dead_text()
    assert not COMMAND.search(text)
    return page


@given(REPORTS)
@REPORTS_TRIED
def test_no_report_becomes_more_than_text(report: Report) -> None:
    for limit in (MIN_LIMIT, 65_000):
        text = comment(report, marker=MARKER, links=LINKS, limit=limit)
        assert len(text) <= limit
        assert require_whole(text).comments == [" gitops-action check "]
        text = summary(report, links=LINKS, limit=limit)
        assert len(text.encode()) <= limit
        assert require_whole(text).comments == []


@given(FRAGMENTS | st.sampled_from("$é😀x"), st.integers(1, 600), st.integers(1, 12))
@REPORTS_TRIED
@example("`", 80, 1)
def test_names_and_texts_of_any_length(part: str, times: int, environments: int) -> None:
    """What the longest escapes are made of, everywhere at once."""
    long = part * times
    names = [f"{long}{number}" for number in range(environments)]
    resource = ResourceId("v1", long, long, long)
    outcomes = (Outcome.DELETE, Outcome.REPLACE, Outcome.UPDATE, Outcome.UNKNOWN)
    changes = [
        change(outcome, resource, name, diff=f"-{name}\n", message=long) for outcome in outcomes for name in names
    ]
    report = minimal(
        findings=[finding(name, message=long, file=long, code=long) for name in names],
        changes=[*changes, *(change(Outcome.UNKNOWN, resource, name, message=long) for name in names)],
        environments=names,
        coverage=Coverage(9, {}, 9, 9, 2, [EngineCoverage(long, 9, 1) for _ in names], 9, 9),
        head="b" * 40,
    )
    for limit in (MIN_LIMIT, 9_000):
        text = comment(report, marker=MARKER, links=LINKS, limit=limit)
        assert len(text) <= limit
        require_whole(text)
        text = summary(report, links=LINKS, limit=limit)
        assert len(text.encode()) <= limit
        require_whole(text)


@given(st.lists(st.integers(0, 3000), max_size=12), st.integers(0, 400), st.integers(MIN_LIMIT, 70_000), st.booleans())
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
