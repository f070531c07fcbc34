"""The HTML page: complete in one file, and nothing of a report in it but text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from hypothesis import given

from gitops_action.model import Outcome, ResourceId
from gitops_action.report.html_report import COLUMNS, render
from tests.unit.report.hostile import COMMAND, REPORTS, REPORTS_TRIED
from tests.unit.report.sample import change, finding, minimal, sample

if TYPE_CHECKING:
    from gitops_action.model import Report


class Parsed(HTMLParser):
    """A page as a browser reads it: its elements, and the text of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.text = ""
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag in self.raw:
            self.raw[tag].append("")
            self._open = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.raw[self._open][-1] += data
        else:
            self.text += data

    @property
    def data(self) -> Any:
        return json.loads(self.raw["script"][0])


def changes(report: Report) -> list[dict[str, Any]]:
    found: list[list[Any]] = Parsed(render(report)).data["changes"]
    return [dict(zip(COLUMNS, entry, strict=True)) for entry in found]


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_what_may_run_is_what_is_in_the_page() -> None:
    page = render(sample())
    parsed = Parsed(page)
    (policy,) = [value for name, value in parsed.attributes if name == "content" and value and "default-src" in value]
    _data, script = parsed.raw["script"]
    (style,) = parsed.raw["style"]
    assert policy == (
        f"default-src 'none'; script-src '{digest(script)}'; style-src '{digest(style)}'; base-uri 'none'; form-action 'none'"
    )
    # The policy holds from where it stands on.
    assert page.index("Content-Security-Policy") < min(
        page.index("<style"), page.index("<script"), page.index("<title")
    )


def test_nothing_is_fetched_and_no_element_has_a_script() -> None:
    parsed = Parsed(render(sample()))
    assert not {"link", "img", "iframe", "object", "base"} & {*parsed.tags}
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name in {"src", "style"}]
    assert "innerHTML" not in parsed.raw["script"][1]


def test_the_riskiest_first_and_what_stays_is_left_out() -> None:
    def one(outcome: Outcome, kind: str, environment: str = "staging") -> Any:
        return change(outcome, ResourceId("v1", kind, "web", "x"), environment, diff="+a")

    report = minimal(
        changes=[
            one(Outcome.CREATE, "ConfigMap"),
            one(Outcome.UNCHANGED, "Service"),
            one(Outcome.DELETE, "ConfigMap"),
            one(Outcome.DELETE, "ConfigMap", "production"),
            one(Outcome.DELETE, "StatefulSet"),
        ],
        environments=("staging", "production"),
    )
    assert [(entry["outcome"], entry["kind"], entry["environment"]) for entry in changes(report)] == [
        ("delete", "StatefulSet", "staging"),
        ("delete", "ConfigMap", "production"),
        ("delete", "ConfigMap", "staging"),
        ("create", "ConfigMap", "staging"),
    ]


def test_without_script_the_verdict_and_the_findings_are_there() -> None:
    text = Parsed(render(sample())).text
    assert "did you mean `replicas`?" in text
    assert "2 errors" in text or "1 error" in text
    assert "needs JavaScript" in text


def test_the_same_report_is_the_same_page() -> None:
    assert render(sample()) == render(sample())


def test_a_path_is_broken_behind_its_slashes() -> None:
    page = render(minimal(findings=[finding(file="apps/web/deployment.yaml", line=3)]))
    assert "<code>apps/<wbr>web/<wbr>deployment.yaml:3" in page


@given(report=REPORTS)
@REPORTS_TRIED
def test_text_of_a_report_stays_text(report: Report) -> None:
    page = render(report)
    plain = Parsed(render(sample()))
    parsed = Parsed(page)
    assert {*parsed.tags} <= {*plain.tags, "noscript"}
    assert len(parsed.raw["script"]) == 2
    assert parsed.raw["script"][1] == plain.raw["script"][1]
    assert re.search(r"[<>&\u2028\u2029]", parsed.raw["script"][0]) is None
    assert {*(name for name, _ in parsed.attributes)} <= {*(name for name, _ in plain.attributes)}
    links = {value for name, value in parsed.attributes if name == "href" and value}
    assert all(link.startswith("https://github.com/gitops-action/") for link in links)
    assert not COMMAND.search(page)
    assert len(parsed.data["changes"]) <= len(report.changes)
    page.encode()  # no half of a surrogate pair
