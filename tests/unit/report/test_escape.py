"""Text of a pull request, held against GitHub's own Markdown parser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]  # it comes without types
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # it comes without types
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_action.diff.canonical import visible
from gitops_action.report import escape

# Fragments out of which attacks are made, beside arbitrary text.
FRAGMENTS = st.sampled_from([
    "`", "``", "```", "````", "~~~", "\n", "\r", "\r\n", "\x00", "\u2028", "\x85", "\x0b", "\x0c", "<", ">", "<!--", "-->", "</details>",
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


CELL = "| a | b |\n|---|---|\n| {} | end |\n"
CELL_TAGS = ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


@given(HOSTILE)
@example("a\\")
@example("\\|`")
def test_prose_stays_prose(text: str) -> None:
    for frame, tags in (("x {} y", ["p"]), (CELL, CELL_TAGS)):
        markdown = frame.format(escape.prose(text))
        page = Page(markdown)
        assert page.tags == tags
        page.require_dead_text()
        assert not COMMAND.search(markdown)


@given(HOSTILE)
def test_prose_says_the_same(text: str) -> None:
    shown = Page(f"x {escape.prose(text, 10_000)} y").text.replace("\u200b", "")
    assert shown.rstrip("\n").split() == f"x {visible(' '.join(text.split()))} y".replace("\u200b", "").split()


@given(HOSTILE)
def test_code_stays_code(text: str) -> None:
    for frame, tags in (("x {} y", ["p"]), (CELL, CELL_TAGS)):
        markdown = frame.format(escape.code(text))
        page = Page(markdown)
        assert [tag for tag in page.tags if tag != "code"] == tags
        assert page.tags.count("code") <= 1
        page.require_dead_text()
        assert not COMMAND.search(markdown)


@given(HOSTILE)
def test_messages(text: str) -> None:
    for frame, tags in (("x {} y", ["p"]), (CELL, CELL_TAGS)):
        markdown = frame.format(escape.message(text))
        page = Page(markdown)
        assert [tag for tag in page.tags if tag != "code"] == tags
        page.require_dead_text()
        assert not COMMAND.search(markdown)


@given(HOSTILE)
def test_html_code_is_one_element(text: str) -> None:
    markdown = f"<details><summary>x {escape.html_code(text)} y</summary>\n\nz\n\n</details>\n"
    page = Page(markdown)
    assert [tag for tag in page.tags if tag != "code"] == ["details", "summary", "p"]
    assert not page.open
    assert not COMMAND.search(markdown)


@given(HOSTILE)
@example("```\n</details>")
@example("~~~\n````\n`````")
def test_nothing_leaves_a_fence(text: str) -> None:
    lines = escape.visible_lines(text)
    markdown = f"before\n\n{escape.fence(lines, 'diff')}\n\nafter"
    page = Page(markdown)
    assert page.tags == ["p", "pre", "code", "p"]
    assert page.blocks() == ["".join(f"{line}\n" for line in lines)] or not "".join(lines)
    assert page.text.split() == ["before", "after"]
    assert not COMMAND.search(markdown)


@given(HOSTILE, st.integers(1, 10**6) | st.none())
def test_a_link_leads_where_it_says(file: str, line: int | None) -> None:
    home = "https://github.com/o/r/blob/abc"
    page = Page(CELL.format(escape.link(escape.code(file) or "x", escape.blob_url(home, file, line))))
    assert [tag for tag in page.tags if tag not in {"code", "a"}] == CELL_TAGS
    assert len(page.links) == 1
    assert page.links[0].startswith(home)
    page.require_dead_text()


@pytest.mark.parametrize(("text", "shown"), [
    ("`a` and b", "`a` and b"), ("a `b|c` d", "a b&#124;c d"), ("one ` tick", "one &#96; tick"),
    ("a\nb", "a b"), ("a\u202eb", "a&#92;u202eb"), ("", ""),
])  # fmt: skip
def test_message_keeps_its_own_code(text: str, shown: str) -> None:
    assert escape.message(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    assert escape.prose("z" * 400) == "z" * 299 + "…"
    assert escape.code("z" * 400) == "`" + "z" * 199 + "…`"
