"""The report as one HTML page that needs nothing else: no network, no server, no build.

The page may run its own script and show its own style, told by their hashes, and nothing else. Text of a pull request is
in it as escaped text or as data, which the script shows as text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from gitops_action.diff.canonical import visible
from gitops_action.model import Change, Outcome, Report, Severity
from gitops_action.report import wording
from gitops_action.report.escape import one_line
from gitops_action.report.grouping import RISK as _RISK
from gitops_action.report.grouping import (
    FindingGroup,
    environment_places,
    group_findings,
    is_production,
    is_stateful,
    meant,
)
from gitops_action.report.json_report import defused, written
from gitops_action.report.links import CODES_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = ("environment", "outcome", "kind", "name", "place", "message", "diff", "drift", "notes")
"""What a change is on the page, in this order."""

_WORDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_KEYS: Final = (
    ("j, k", "next and previous change"),
    ("o, Enter", "open or close it"),
    ("/", "search; Escape leaves it"),
    ("u, s", "unified, side by side"),
    ("e, c", "expand all, collapse all"),
    ("t", "light or dark"),
    ("?", "this help"),
)


def render(report: Report) -> str:
    """Write the report as one page."""
    report = meant(report)
    style, script = _part("page.css"), _part("page.js")
    policy = f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; base-uri 'none'; form-action 'none'"
    headline = _text(f"{wording.icon(report)} {wording.headline(report, _plain)}")
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="referrer" content="no-referrer">\n',
            f"<title>{headline}</title>\n<style>{style}</style>\n</head>\n<body>\n",
            f"<header>\n<h1>{headline}</h1>\n",
            *(f"<p><strong>{_text(said)}</strong></p>\n" for said in wording.statements(report, _plain)),
            f'<p class="quiet">{_text(wording.coverage_line(report, _plain))}</p>\n',
            *_timings(report),
            "</header>\n<main>\n",
            *_findings(report),
            *_changes(report),
            f"</main>\n{_help()}",
            f'<script type="application/json" id="data">{_data(report)}</script>\n<script>{script}</script>\n</body>\n</html>\n',
        )
    )


def _timings(report: Report) -> Iterator[str]:
    if report.timings:
        steps = " · ".join(f"{timing.step} {timing.seconds:.1f} s" for timing in report.timings)
        yield f'<p class="quiet">Time: {_text(steps)}</p>\n'


def _findings(report: Report) -> Iterator[str]:
    groups = group_findings(report.findings, report.environments)
    if not groups:
        return
    yield '<section aria-labelledby="findings-title">\n<h2 id="findings-title">Findings</h2>\n<table class="findings">\n'
    yield '<thead><tr><th scope="col">Severity</th><th scope="col">Where</th><th scope="col">Finding</th></tr></thead>\n<tbody>\n'
    yield from map(_row, groups)
    yield "</tbody>\n</table>\n</section>\n"


def _row(group: FindingGroup) -> str:
    finding = group.finding
    word = _WORDS[finding.severity]
    where = str(finding.location) or str(finding.resource or "")
    among = f" in {wording.listed(group.environments, _plain, 'environment')}" if group.environments else ""
    code = _text(finding.code)
    environments = _escaped(json.dumps(group.environments))
    return (
        f'<tr data-environments="{environments}"><td class="{word}">{word}</td><td class="where"><code>{_parts(where)}</code></td>'
        f'<td>{_text(finding.message + among)} <a href="{CODES_PAGE}#{code}">{code}</a></td></tr>\n'
    )


def _changes(report: Report) -> Iterator[str]:
    if not report.changes:
        return
    yield '<section aria-labelledby="changes-title">\n<h2 id="changes-title">Changes</h2>\n'
    yield "<noscript><p>The list of changes needs JavaScript; nothing is fetched.</p></noscript>\n"
    yield '<div id="interactive" hidden>\n<form id="filters" class="bar" role="search">\n'
    yield '<label>Search <input id="search" type="search" autocomplete="off"></label>\n'
    for name in ("environment", "kind", "outcome"):
        yield f'<label>{name.capitalize()} <select id="{name}"><option value="">all</option></select></label>\n'
    for name, words in (("unified", "Unified"), ("sides", "Side by side")):
        yield f'<button type="button" id="{name}" aria-pressed="false">{words}</button>\n'
    for name, words in (
        ("expand", "Expand all"),
        ("collapse", "Collapse all"),
        ("theme", "Light or dark"),
        ("keys", "Keys"),
    ):
        yield f'<button type="button" id="{name}">{words}</button>\n'
    yield '</form>\n<p id="count" class="quiet" role="status"></p>\n<ul id="changes" class="changes"></ul>\n</div>\n</section>\n'


def _help() -> str:
    rows = "".join(f"<p><kbd>{html.escape(keys)}</kbd> {html.escape(words)}</p>" for keys, words in _KEYS)
    return (
        f'<dialog id="help" aria-labelledby="help-title"><h2 id="help-title">Keys</h2>{rows}'
        '<form method="dialog"><button>Close</button></form></dialog>\n'
    )


def _data(report: Report) -> str:
    """Return the changes as JSON that no HTML parser takes for anything else; the riskiest first."""
    places = environment_places(report)
    changes = sorted(
        (
            change
            for change in report.changes
            if change.outcome is not Outcome.UNCHANGED or change.drift_diff or change.leftovers
        ),
        key=lambda change: (
            _RISK[change.outcome],
            not is_stateful(change.resource),
            not is_production(change.environment),
            places[change.environment],
            change.resource,
            change.target,
        ),
    )
    text = written({"columns": COLUMNS, "changes": [_change(change) for change in changes]})
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return defused(text)


def _change(change: Change) -> list[Any]:
    resource = change.resource
    place = " · ".join(filter(None, (change.target, change.file, resource.api_version)))
    notes = [f"Conflict: {claim.manager} owns {claim.path}." for claim in change.claims]
    notes += [f"Stays in the cluster: {claim.path}, owned by {claim.manager}." for claim in change.leftovers]
    name = "/".join(filter(None, (resource.namespace, resource.name)))
    line = [change.environment, change.outcome.value, resource.kind, name, place, change.message]
    return [*map(_plain, line), visible(change.diff), visible(change.drift_diff), [_plain(note) for note in notes]]


def _plain(text: str) -> str:
    return one_line(text, 2_000)


def _text(text: str) -> str:
    return _escaped(_plain(text))


def _parts(path: str) -> str:
    """Return a path that is broken behind its slashes, where it has to be."""
    return _text(path).replace("/", "/<wbr>")


def _escaped(text: str) -> str:
    # A page may be printed into a log, where a runner looks for commands; half a surrogate pair is no text in UTF-8.
    return html.escape(text).replace("##[", "#&#35;[").encode(errors="replace").decode()


@cache
def _part(name: str) -> str:
    return resources.files("gitops_action.report").joinpath("page", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
