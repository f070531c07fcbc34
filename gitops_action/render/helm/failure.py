"""What Helm's error messages mean: one sentence for people, and the place in a template if the chart lies in the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gitops_action.model import Location
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.ports import Completed

_MAX_MESSAGE: Final = 400
# `execution error at (app/templates/a.yaml:5:3): …`, `template: app/templates/a.yaml:5:3: …`, `parse error at (app/…:5): …`
_PLACES: Final = regex(
    r"(?:execution error at \(|template: |parse error at \()(?P<path>[^\s:()]+):(?P<line>\d+)(?::(?P<column>\d+))?"
)
_YAML: Final = regex(r"YAML parse error on (?P<path>\S+): (?P<why>.*)", re.DOTALL)
_EXECUTION: Final = regex(r"execution error at \([^)]*\): (?P<why>.*)", re.DOTALL)
_EXECUTING: Final = regex(r"template: (?P<where>\S+): executing \"[^\"]*\" at (?P<at><.*?>): (?P<why>.*)", re.DOTALL)
_SCHEMA: Final = regex(
    r"values don't meet the specifications of the schema\(s\) in the following chart\(s\):\s*(?P<why>.*)", re.DOTALL
)
_HINT: Final = regex(r"\s*Use --debug flag to render out invalid YAML\s*$")


def explain(completed: Completed, roots: Sequence[str], folder: str = "") -> tuple[str, Location | None]:
    """Return what Helm said against a chart and, where the chart lies in `folder` of the repository, the template it means.

    `roots` are the folders of this machine to cut out of the message.
    """
    text = completed.stderr.decode(errors="replace")
    start = re.search(r"(?m)^Error: ", text)
    text = _HINT.sub("", text[start.end() :] if start else text).strip()
    for root in sorted(set(roots), key=len, reverse=True):
        text = text.replace(root + "/", "").replace(root, ".")
    places = list(_PLACES.finditer(text))
    return _message(text) or f"exit code {completed.exit_code}", _location(text, places, folder)


def _message(text: str) -> str:
    for pattern, form in (
        (_EXECUTION, "{why}"),
        (_SCHEMA, "the values do not meet the chart's schema: {why}"),
        (_YAML, "{path} does not give YAML: {why}"),
        (_EXECUTING, "{where}: {at}: {why}"),
    ):
        if match := pattern.search(text):
            text = form.format(**match.groupdict())
            break
    return " ".join(text.split())[:_MAX_MESSAGE]


def _location(text: str, places: Sequence[re.Match[str]], folder: str) -> Location | None:
    if not folder:
        return None
    prefix = "" if folder == "." else f"{folder}/"
    if places:
        # The last is where it happened; those before included it.
        path = places[-1]["path"].partition("/")[2]
        column = places[-1]["column"]
        in_archive = path.startswith("charts/") or not path
        return (
            None
            if in_archive
            else Location(prefix + path, int(places[-1]["line"]), int(column) + 1 if column else None)
        )
    broken = _YAML.search(text)
    path = broken["path"].partition("/")[2] if broken else ""
    return Location(prefix + path) if path and not path.startswith("charts/") else None
