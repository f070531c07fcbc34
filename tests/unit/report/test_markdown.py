from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.codes import CODES, markdown_page
from gitops_action.model import (
    Change,
    Coverage,
    EngineCoverage,
    FieldChange,
    Outcome,
    Report,
    ResourceId,
    Severity,
    Verdict,
)
from gitops_action.report.links import CODES_PAGE, Links, marker_line
from gitops_action.report.markdown import comment, summary
from tests.unit.report.hostile import HOSTILE, LINKS, MANY, MARKER, TAGS, Page, to_html
from tests.unit.report.sample import DEPLOYMENT, change, finding, minimal, sample, update

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

ALL_CHECKED = Coverage(3, {}, 5, 1, 0, (EngineCoverage("schema", 5, 5),))


def test_comment(snapshot: SnapshotAssertion) -> None:
    assert comment(sample(), marker=MARKER, links=LINKS) == snapshot


def test_a_comment_without_links_or_changes(snapshot: SnapshotAssertion) -> None:
    assert comment(minimal(coverage=ALL_CHECKED, head="b" * 40), marker=MARKER, links=Links(codes="")) == snapshot


def test_the_marker_is_the_first_line_and_hidden() -> None:
    text = comment(sample(), marker=MARKER)
    assert text.split("\n")[0] == MARKER == "<!-- gitops-action check -->"
    page = Page(text)
    assert page.comments == [" gitops-action check "]
    assert set(page.tags) <= TAGS


@MANY
@given(st.lists(HOSTILE | HOSTILE.map(lambda text: text * 100), max_size=3))
def test_a_marker_is_hidden_whatever_it_is_made_of(parts: list[str]) -> None:
    line = marker_line(*parts)
    page = Page(comment(minimal(), marker=line))
    assert line.isascii()
    assert len(page.comments) == 1
    assert page.tags[0] == "h3"


def test_long_markers_differ_where_their_parts_do() -> None:
    assert marker_line("check", "x" * 500 + "a") != marker_line("check", "x" * 500 + "b")


@pytest.mark.parametrize(
    "marker",
    ["", "x", "<!-- a", "<!-- a\n-->", "<!-- a --> b -->", "<!-- a -- b -->", "<!-->", f"<!-- {'a' * 500} -->"],
)
def test_what_is_no_marker_is_refused(marker: str) -> None:
    with pytest.raises(ValueError, match="not a hidden line"):
        comment(minimal(), marker=marker)


def gone(name: str, environment: str = "staging") -> Change:
    return change(Outcome.DELETE, ResourceId("v1", "ConfigMap", "web", name), environment, diff="-a\n")


@pytest.mark.parametrize(("report", "headline"), [
    (minimal(), "⚪ nothing was checked · no object changes"),
    (minimal(coverage=Coverage(resources=2)), "✅ no problems found · no object changes"),
    (minimal("validate", coverage=Coverage(resources=2)), "✅ no problems found"),
    (minimal("diff", coverage=Coverage(resources=2)), "✅ no object changes"),
    (minimal(coverage=Coverage(resources=2), base=""), "✅ no problems found"),
    (minimal("diff", coverage=Coverage(resources=2), base=""), "⚪ nothing was compared"),
    (minimal(verdict=Verdict.INCOMPLETE), "⚠️ incomplete · no object changes"),
    (minimal(verdict=Verdict.INCOMPLETE, findings=(finding(),)), "⚠️ incomplete: 1 error · no object changes"),
    (minimal(verdict=Verdict.FAILED, findings=(finding(), finding(line=8), finding(severity=Severity.INFO, line=9))),
     "❌ 2 errors, 1 note · no object changes"),
    (minimal(coverage=Coverage(resources=1), changes=(update("staging", 1, 2),)),
     "✅ no problems found · 1 of 1 object changes in <code>staging</code>"),
    (minimal(coverage=Coverage(resources=1), changes=(update("default", 1, 2),), environments=("default",)),
     "✅ no problems found · 1 of 1 object changes"),
    (minimal(coverage=Coverage(resources=1), changes=tuple(update(f"e{n}", 1, 2) for n in range(40)),
             environments=tuple(f"e{n}" for n in range(40))),
     "✅ no problems found · 40 of 40 objects change in 40 environments"),
    (minimal(coverage=Coverage(resources=1), changes=(change(Outcome.UNKNOWN, ResourceId("v1", "X", "", "a")),)),
     "✅ no problems found · no object is known to change; 1 not known"),
    (minimal(coverage=Coverage(resources=1), changes=(update("staging", 1, 2), gone("a"), gone("b"))),
     "✅ no problems found · 1 of 1 object changes and 2 are deleted in <code>staging</code>"),
    (minimal(coverage=Coverage(resources=1), changes=(gone("a"), change(Outcome.UNCHANGED, DEPLOYMENT))),
     "✅ no problems found · 1 of 2 objects is deleted in <code>staging</code>"),
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


def test_without_a_base_no_change_is_denied() -> None:
    text = summary(minimal(coverage=ALL_CHECKED, base=""))
    assert "no object changes" not in text
    assert "no base, so nothing was compared" in text


def test_environments_keep_their_own_values() -> None:
    blocks = [block for block in Page(summary(sample())).blocks() if "\n+  replicas:" in block]
    assert ["+  replicas: 6" in block for block in blocks] == [True, False]
    assert ["+  replicas: 2" in block for block in blocks] == [False, True]


def titles(text: str) -> list[str]:
    return re.findall(r"<summary>(.*?)</summary>", text)


def test_the_same_finding_and_the_same_change_are_told_once() -> None:
    text = summary(sample())
    assert len(re.findall("did you mean", text)) == 1
    assert "`replicas`? · in `staging`, `production` · [`unknown-field`](" in text
    assert len([title for title in titles(text) if "Secret" in title]) == 1
    assert titles(text)[0].startswith("🔴 delete <code>PersistentVolumeClaim</code>")


def test_one_environment_that_stands_for_none_is_not_named() -> None:
    changes = (update("default", 1, 2), gone("a", "default"))
    text = summary(minimal(changes=changes, findings=(finding("default"),), environments=("default",)))
    assert "default" not in text
    assert "\n| delete | update |\n|---:|---:|\n| 1 | 1 |\n" in text
    assert "**1 object would be deleted: `ConfigMap/web/a`.**" in text


def test_beside_others_it_is_named_where_the_numbers_are() -> None:
    changes = (update("default", 1, 2), update("production", 2, 3))
    text = summary(minimal(changes=changes, findings=(finding("default"),), environments=("production", "default")))
    assert "| `default` | 1 |" in text
    assert "`replicas`? · [`unknown-field`]" in text


def test_deletions_are_named_where_they_happen() -> None:
    names = ("staging", "qa", "test", "production")
    changes = [gone(f"a-{number}", "staging") for number in range(5)]
    changes += [gone("b", "qa"), gone("b", "test"), gone("c", "production")]
    changes.append(change(Outcome.DELETE, ResourceId("v1", "Namespace", "", "web"), "staging", diff="-a\n"))
    changes.append(change(Outcome.REPLACE, DEPLOYMENT, "qa", diff="-a\n"))
    text = summary(minimal(changes=changes, environments=names))
    assert (
        "**9 objects would be deleted in `staging`: `Namespace/web`, `ConfigMap/web/a-0`, `ConfigMap/web/a-1` and 3 more; "
        "in `qa`: `ConfigMap/web/b`; in `production`: `ConfigMap/web/c`; 1 more in 1 other environment.**"
    ) in text
    assert "**1 object would be replaced in `qa`: `Deployment/web/podinfo`.**" in text


def test_a_code_leads_to_its_explanation() -> None:
    text = summary(minimal(findings=(finding(), finding(code="no-such-code", line=8))))
    assert f"· [`unknown-field`]({CODES_PAGE}#unknown-field) |" in text
    assert "· `no-such-code` |" in text
    own = summary(minimal(findings=(finding(),)), links=Links(codes="https://git.example.com/codes"))
    assert "(https://git.example.com/codes#unknown-field)" in own
    assert "](" not in summary(minimal(findings=(finding(),)), links=Links(codes=""))


def test_each_code_has_its_place_on_the_page() -> None:
    assert CODES_PAGE.endswith("/blob/main/docs/codes.md")
    headings = re.findall("^## (.+)$", markdown_page(), re.MULTILINE)
    assert set(headings) == set(CODES)


def test_empty_cells_are_empty() -> None:
    text = summary(sample())
    assert "| `production` | 1 |  | 2 |  |  |" in text
    cells = {cell.strip() for line in text.split("\n") if line.startswith("| `") for cell in line.split("|")}
    assert not cells & {"0", "-", "–", "—"}  # noqa: RUF001 - the dashes


def fields(*changed: FieldChange) -> str:
    (title,) = titles(summary(minimal(changes=(replace(update("staging", 1, 2), fields=changed),))))
    return title.partition("<code>staging</code>")[2]


def test_a_single_field_is_shown_in_the_title() -> None:
    assert fields(FieldChange("spec.replicas", 1, 2)) == " · <code>replicas: 1 → 2</code>"
    assert fields(FieldChange("spec.paused", None, True, present_before=False)) == " · adds <code>paused: true</code>"
    assert fields(FieldChange("data.key", "a", "b", redacted=True)) == " · changes <code>key</code>"
    assert fields(FieldChange("a", "<b>", "`c`")) == " · <code>a: &quot;&lt;b&gt;&quot; → &quot;`c`&quot;</code>"
    assert fields(FieldChange("a", 1, 2), FieldChange("b", 1, 2)) == " · 2 fields"
    assert fields() == ""
