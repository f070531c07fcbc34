"""Text that attacks, reports made of it, and GitHub's own Markdown parser to see what becomes of them."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]  # it comes without types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # it comes without types
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gitops_action.codes import CODES
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
from gitops_action.report.links import Links, marker_line

# Where nobody waits for it, the cases of all properties together are more than 10,000.
IN_CI = os.environ.get("CI") == "true"
MANY = settings(max_examples=2_000 if IN_CI else 100)
REPORTS_TRIED = settings(max_examples=500 if IN_CI else 50, suppress_health_check=[HealthCheck.too_slow])

# Fragments out of which attacks are made, beside arbitrary text.
FRAGMENTS = st.sampled_from([
    "`", "``", "```", "````", "`" * 79, "`" * 81, "`" * 256, "~~~", "~" * 256, "\n", "\r", "\r\n", "\x00", "\u2028", "\x85", "\x0b", "\x0c", "<", ">", "<!--", "-->", "</details>",
    "</summary>", "</code>", "<script>", "<img src=x onerror=y>", "![a](b)", "[a](b)", "[a]: b", "]", "(", ")", "|", "\\", "\\|",
    "@octocat", "@org/team", "a@b.com", "#1", "o/r#1", "GH-1", "http://x.y", "https://x.y", "www.x.y", "ftp://x.y",
    "mailto:a@b.c", "xmpp:a@b.c", "&lt;", "&#64;", "&amp;", ":smile:", "$x$", "$$", "*a*", "**", "_a_", "__", "~~a~~", "# h", "- a", "> a",
    "1. a", "===", "---", "| a | b |", "|-|-|", "    code", "\t", " ", "\u202e", "\u2066", "\u200b", "deadbeef", "0" * 40, "::error::x",
    "##[error]x", "%0A", "\x1b[31m", "😀", "[^1]", "[ ]", "[x]", "<https://x.y>", "^", "{", "}", "'", '"',
])  # fmt: skip
HOSTILE = st.lists(FRAGMENTS | st.text(max_size=6), max_size=12).map("".join)

SHA = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])")
# What GitHub makes something of in the text of a page, outside of code.
LIVE = re.compile(
    r"@[0-9A-Za-z]|#[0-9]|\bGH-[0-9]|(?:https?|ftp)://|\bwww\.|:[a-z0-9_+-]+:|\$[^$\u200b]+\$", re.IGNORECASE | re.ASCII
)
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


MARKER = marker_line("check")
LINKS = Links("https://github.com/o/r/blob/" + "b" * 40, "https://github.com/o/r/actions/runs/1")
TAGS = {
    "h3", "p", "a", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "ul", "li", "details",
    "summary", "sub",
}  # fmt: skip
"""All that our pages are made of."""


def to_html(markdown: str) -> str:
    return str(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


class Page(HTMLParser):
    """The tags of a page, in order, and its text within code and outside of it."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.comments: list[str] = []
        self.code: list[str] = [""]
        self.text = ""
        self.feed(to_html(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "span":
            self.text += "\u200b"  # it parts what is before from what follows, as GitHub asks for a dollar sign
        else:
            self.tags.append(tag)
        if tag == "code":
            self.text += " "  # what stands before it and after it are not one word
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in {"br", "hr", "img", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "code":
            self.code.append("")

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.code[-1] += data
        else:
            self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def blocks(self) -> list[str]:
        return self.code[:-1]

    def require_dead_text(self) -> None:
        assert not LIVE.search(self.text), self.text
        assert not SHA.search(self.text), self.text
        assert not self.open


NAMESPACES = st.sampled_from(["", "web", "shop-staging"]) | HOSTILE
RESOURCES = st.builds(ResourceId, HOSTILE, st.sampled_from(["Deployment", "Secret"]) | HOSTILE, NAMESPACES, HOSTILE)
ENVIRONMENTS = st.sampled_from(["", "default", "staging", "production", "production-eu"]) | HOSTILE
VALUES = HOSTILE | st.none() | st.booleans() | st.integers() | st.just([1]) | st.just({"a": "b"})
FIELDS = st.builds(
    FieldChange,
    HOSTILE | HOSTILE.map(lambda text: f"spec.containers[name={text}].image"),
    VALUES,
    VALUES,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
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
        st.builds(Finding, HOSTILE | st.sampled_from(sorted(CODES)), st.sampled_from(Severity), HOSTILE, HOSTILE, st.none() | st.integers(1, 99),
                  st.none() | st.integers(1, 99), st.none() | RESOURCES, ENVIRONMENTS, HOSTILE, HOSTILE), max_size=4),
    st.lists(
        st.builds(Change, ENVIRONMENTS, st.sampled_from(Outcome), RESOURCES, HOSTILE, HOSTILE,
                  st.lists(FIELDS, max_size=2), DIFFS, HOSTILE), max_size=4),
    st.builds(Coverage, files=st.integers(0, 9), resources=st.integers(0, 9), targets=st.integers(0, 3),
              targets_failed=st.integers(0, 3),
              engines=st.lists(st.builds(EngineCoverage, HOSTILE, st.integers(0, 9), st.integers(0, 9)), max_size=2)),
    base=HOSTILE, head=HOSTILE, environments=st.lists(ENVIRONMENTS, max_size=5),
)  # fmt: skip
