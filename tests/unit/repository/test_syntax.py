"""What a person is told about text that is no YAML: what, where, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.model import Finding
from gitops_action.repository.documents import load

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

# The line and the column at which a person has to look, and the text.
BROKEN = (
    (2, 1, "spec:\n\treplicas: 1\n"),
    (2, 1, "a: b\n\tc: d\n"),
    (2, 1, "a: >\n\tb\n"),
    (1, 4, 'a: "b\nc: d\n'),
    (2, 8, "a: 1\nb: 'it's\n"),
    (1, 5, 'a: "\\d+"\n'),
    (2, 1, "a: 1\nb\n"),
    (2, 1, "a: 1\nb:2\nc: 3\n"),
    (2, 1, "- a\n-b\nc: d\n"),
    (1, 5, "a: b: c\n"),
    (2, 3, "a: b\n  c: d\n"),
    (3, 2, "a:\n  b: 1\n c: 2\n"),
    (5, 3, "a:\n- b\n  c\n- d\n  e: f\n"),
    (1, 8, 'a: "b" c\n'),
    (2, 1, "- a\nb: c\n"),
    (1, 6, "key: [a, b\nc: d\n"),
    (1, 6, "key: {a: 1\n"),
    (1, 6, "key: [\n"),
    (1, 4, "a: ]\n"),
    (1, 4, "a: - b\n"),
    (2, 1, "  a: 1\nb: 2\n"),
    (1, 4, "a: @b\n"),
    (1, 4, "a: `b`\n"),
    (1, 4, "a: %b\n"),
    (1, 4, "a: *b\n"),
    (1, 4, "a: * b\n"),
    (1, 4, "a: & b\n"),
    (1, 6, "a: |1x\n b\n"),
    (1, 5, "a: |0\n b\n"),
    (1, 4, "a: !<b\n"),
    (1, 4, "a: !b!c d\n"),
    (1, 1, "%FOO bar\n---\na: 1\n"),
    (1, 1, "%YAML 1.2\n---\na: 1\n"),
    (1, 4, "a: \x1b[0m\n"),
    (1, 3, "{{- if .Values.a }}\na: b\n{{- end }}\n"),
    (1, 2, "{% for a in b %}\n"),
    (2, 9, 'x: 1\na: "{{ "b" }}"\n'),
    (3, 1, "a: ![b]\nc:\nd\ne: f\n"),
)


def test_messages(snapshot: SnapshotAssertion) -> None:
    shown = []
    for line, column, text in BROKEN:
        finding = next(result for result in load(text.encode(), "f.yaml") if isinstance(result, Finding))
        assert finding.code == "yaml-syntax", text
        assert (finding.line, finding.column) == (line, column), (text, finding.message)
        shown.append(f"{text!r}\n{line}:{column}: {finding.message}\n")
    assert "\n".join(shown) == snapshot


def test_lines_are_those_of_the_file() -> None:
    text = "a: 1\n---\n# c\nb: [\n---\nc: 1\n--- {d: @}\n"
    findings = [result for result in load(text.encode(), "f.yaml") if isinstance(result, Finding)]
    assert [(finding.line, finding.column) for finding in findings] == [(4, 4), (7, 9)]
