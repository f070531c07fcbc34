"""The HTML page in a real browser: what a reader does with it, and what a screen reader needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.model import FieldChange, Outcome, ResourceId, Severity
from gitops_action.report.html_report import render
from tests.browser import Browser, find_browser
from tests.npm.fetch import descriptions
from tests.support import require
from tests.unit.report.sample import change, finding, minimal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gitops_action.model import Change, Report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.xdist_group("browser")]
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><b>bold</b>"
SEEN = "[...document.querySelectorAll('#changes > li:not([hidden]) summary')].map((e) => e.textContent)"
COUNT = "document.getElementById('count').textContent"


def one(
    number: int, environment: str, outcome: Outcome = Outcome.UPDATE, kind: str = "Deployment", **more: Any
) -> Change:
    diff = f"--- base\n+++ head\n@@ -1,3 +1,3 @@\n kept\n-old {number}\n+new {number}\n+more\n"
    fields = (FieldChange("spec.replicas", 1, 2),)
    return change(
        outcome, ResourceId("apps/v1", kind, "web", f"app-{number}"), environment, diff=diff, fields=fields, **more
    )


def report() -> Report:
    changes = [
        one(1, "staging"),
        one(1, "production"),
        one(2, "production", Outcome.DELETE, "StatefulSet"),
        one(
            3,
            "production",
            kind="Service",
            message=HOSTILE,
            drift=(FieldChange("spec.a", 1, 2),),
            drift_diff="-drift\n+git\n",
        ),
    ]
    findings = [finding("staging"), finding("production", line=9, severity=Severity.WARNING, message=HOSTILE)]
    return minimal(changes=changes, findings=findings, environments=("staging", "production"))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    program = find_browser()
    require(program, "Chromium")
    with Browser(str(program), tmp_path) as opened:
        yield opened
        assert opened.errors == []
        assert [url for url in opened.requests if not url.startswith(("file:", "about:"))] == []


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Callable[..., Browser]:
    def show(what: Report, fragment: str = "") -> Browser:
        page = tmp_path / "report.html"
        page.write_text(render(what), encoding="utf-8")
        browser.open(page, fragment)
        return browser

    return show


def test_all_changes_are_there_the_riskiest_first(show: Callable[..., Browser]) -> None:
    page = show(report())
    assert page.run(SEEN) == [
        "delete StatefulSet/web/app-2 in production",
        "update Deployment/web/app-1 in production",
        "update Service/web/app-3 in production drifted",
        "update Deployment/web/app-1 in staging",
    ]
    assert page.run(COUNT) == "4 of 4 changes shown"


def test_text_does_not_become_html(show: Callable[..., Browser]) -> None:
    page = show(report())
    page.press("e")
    assert page.run("document.title") != "owned"
    assert page.run("document.querySelectorAll('img, b').length") == 0
    assert HOSTILE in page.run("document.getElementById('changes').textContent")


def test_filters_and_search(show: Callable[..., Browser]) -> None:
    page = show(report())
    choose = "(() => { const e = document.getElementById(%s); e.value = %s; e.dispatchEvent(new Event('input')); })()"
    page.run(choose % ("'environment'", "'staging'"))
    assert page.run(SEEN) == ["update Deployment/web/app-1 in staging"]
    assert page.run("document.querySelectorAll('tr[data-environments]:not([hidden])').length") == 1
    page.run(choose % ("'environment'", "''"))
    page.run(choose % ("'outcome'", "'delete'"))
    assert page.run(SEEN) == ["delete StatefulSet/web/app-2 in production"]
    page.run(choose % ("'outcome'", "''"))
    page.run(choose % ("'kind'", "'Service'"))
    assert page.run(COUNT) == "1 of 4 changes shown"
    page.run(choose % ("'kind'", "''"))
    page.press("/")
    page.type("new 1 STAGING")
    assert page.run(SEEN) == ["update Deployment/web/app-1 in staging"]
    # What is shown can be passed on.
    assert page.run("location.hash") == "#q=new+1+STAGING"


def test_the_address_says_what_is_shown(show: Callable[..., Browser]) -> None:
    page = show(report(), "#outcome=delete&view=sides")
    assert page.run(SEEN) == ["delete StatefulSet/web/app-2 in production"]
    page.press("e")
    assert page.run("document.querySelectorAll('table.sides').length") == 1


def test_a_click_opens_and_both_views_show_the_diff(show: Callable[..., Browser]) -> None:
    page = show(report())
    page.click("#changes > li:nth-child(2) summary")
    lines = "[...document.querySelectorAll('#changes > li:nth-child(2) .diff span')].map((e) => [e.className, e.textContent])"
    assert page.run(lines) == [
        ["hunk", "@@ -1,3 +1,3 @@"],
        ["", " kept"],
        ["removed", "-old 1"],
        ["added", "+new 1"],
        ["added", "+more"],
    ]
    page.click("#sides")
    rows = "[...document.querySelectorAll('#changes > li:nth-child(2) .sides tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))"
    assert page.run(rows) == [["@@ -1,3 +1,3 @@"] * 2, [" kept"] * 2, ["-old 1", "+new 1"], ["", "+more"]]
    assert page.run("document.getElementById('sides').getAttribute('aria-pressed')") == "true"


def test_the_keyboard_is_enough(show: Callable[..., Browser]) -> None:
    page = show(report())
    focused = "document.activeElement.textContent"
    for key in "jjk":
        page.press(key)
    assert page.run(focused) == "delete StatefulSet/web/app-2 in production"
    page.press("o")
    assert page.run("document.querySelectorAll('details[open]').length") == 1
    page.press("Enter")
    assert page.run("document.querySelectorAll('details[open]').length") == 0
    page.press("e")
    assert page.run("document.querySelectorAll('details[open]').length") == 4
    page.press("c")
    assert page.run("document.querySelectorAll('details[open]').length") == 0
    page.press("/")
    assert page.run("document.activeElement.id") == "search"
    page.press("Escape")
    assert page.run("document.activeElement.id") == ""
    page.press("?")
    assert page.run("document.getElementById('help').open") is True


def test_light_and_dark(show: Callable[..., Browser]) -> None:
    page = show(report())
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.run(colour)
    picture = page.picture()
    page.press("t")
    assert page.run(colour) != light
    assert page.picture() != picture
    page.press("t")
    assert page.run(colour) == light
    page.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert show(report()).run(colour) == "rgb(13, 17, 23)"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["unified", "sides"])
def test_accessible(show: Callable[..., Browser], theme: str, view: str) -> None:
    """No violation that axe-core finds, with all that can be seen open."""
    page = show(report(), f"#view={view}")
    if theme == "dark":
        page.press("t")
    page.press("e")
    page.run(descriptions().axe.read_text(encoding="utf-8") + "; 0")
    found = page.run(
        "axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]))"
    )
    assert found == [], json.dumps(found, indent=1)
    page.press("?")
    assert page.run("axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) => v.id))") == []


def test_five_thousand_changes_are_all_there_and_searched(show: Callable[..., Browser]) -> None:
    page = show(minimal(changes=[one(number, f"cluster-{number % 40:02}") for number in range(5_000)]))
    assert page.run(COUNT) == "5000 of 5000 changes shown"
    page.press("/")
    page.type("app-4321")
    assert page.run(SEEN) == ["update Deployment/web/app-4321 in cluster-01"]
    page.press("Escape")
    page.press("e")
    assert "new 4321" in page.run("document.querySelector('#changes > li:not([hidden]) .diff').textContent")


def test_a_page_without_changes_runs_too(show: Callable[..., Browser]) -> None:
    page = show(minimal(findings=[finding("staging", message="##[group]x")], environments=("staging",)))
    assert "##[group]x" in page.run("document.querySelector('table.findings').textContent")


def test_a_runner_finds_no_command_in_the_page_and_a_reader_sees_the_text(show: Callable[..., Browser]) -> None:
    what = minimal(
        changes=[one(1, "staging", message="##[error]no")], findings=[finding("sta##[g", message="##[group]x")]
    )
    assert "##[" not in render(what)
    page = show(what)
    assert "##[group]x" in page.run("document.querySelector('table.findings').textContent")
    assert "##[error]no" in page.run("document.querySelector('#changes').textContent")
