from __future__ import annotations

import base64
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.diff.compare import compare
from gitops_action.diff.redact import Scrubber, secret_values
from gitops_action.errors import UsageError
from gitops_action.model import Manifest
from gitops_action.report import RENDERERS, render
from gitops_action.report.annotations import annotate
from gitops_action.report.json_reading import load
from gitops_action.report.links import marker_line
from gitops_action.report.markdown import comment
from tests.unit.diff.support import At
from tests.unit.report.sample import finding, minimal, sample


def test_each_form() -> None:
    assert set(RENDERERS) >= {"text", "json", "markdown", "sarif", "junit"}
    assert load(render(sample(), "json")).command == "check"
    assert render(sample(), "markdown").startswith("### ❌ ")
    assert "\x1b[" in render(sample(), "text", colour=True)


def test_an_unknown_form_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="'pdf'; there are text, json, markdown, sarif, junit"):
        render(sample(), "pdf")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=3, max_size=20))
def test_a_secret_reaches_no_renderer(value: str) -> None:
    secret = f"s3cr3t-{value.strip()}-canary"
    encoded = base64.b64encode(secret.encode()).decode()
    values = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"k": secret, "l": "x"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"k": "b2xk", "m": encoded}},
    ]
    for base, head in (values, reversed(values)):
        changes = compare([Manifest(base, At("a.yaml"))], [Manifest(head, At("a.yaml"))])
        findings = Scrubber(secret_values(values)).findings([finding(message=f"bad: {secret!r} {encoded}")])
        report = minimal(changes=changes, findings=findings)
        shown = [render(report, form) for form in RENDERERS] + [repr(report), str(annotate(findings))]
        shown.append(comment(report, marker=marker_line("a")))
        for text in shown:
            assert "s3cr3t" not in text
            assert "canary" not in text
            assert encoded not in text
            assert len(text) > 50


def test_text_and_markdown_load_nothing_heavy() -> None:
    script = (
        "import sys; from gitops_action.report import markdown, text, annotations\n"
        "print(sorted({'jsonschema', 'jsonschema_rs', 'yaml', 'rich', 'github', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
