"""Text of a pull request, held against GitHub's own Markdown parser."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_action.diff.canonical import visible
from gitops_action.report import escape
from tests.unit.report.hostile import COMMAND, HOSTILE, MANY, Page

CELL = "| a | b |\n|---|---|\n| {} | end |\n"
CELL_TAGS = ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


@MANY
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


@MANY
@given(HOSTILE)
def test_prose_says_the_same(text: str) -> None:
    shown = Page(f"x {escape.prose(text, 10_000)} y").text.replace("\u200b", "")
    assert shown.rstrip("\n").split() == f"x {visible(' '.join(text.split()))} y".replace("\u200b", "").split()


@MANY
@given(HOSTILE)
@example("`" * 80 + "<img src=x>@octocat")
@example("<img src=x>@octocat" + "`" * 79 + "a")
def test_code_stays_code(text: str) -> None:
    for frame, tags in (("x {} y", ["p"]), (CELL, CELL_TAGS)):
        markdown = frame.format(escape.code(text))
        page = Page(markdown)
        assert [tag for tag in page.tags if tag != "code"] == tags
        assert page.tags.count("code") <= 1
        page.require_dead_text()
        assert not COMMAND.search(markdown)


@MANY
@given(HOSTILE)
def test_messages(text: str) -> None:
    for frame, tags in (("x {} y", ["p"]), (CELL, CELL_TAGS)):
        markdown = frame.format(escape.message(text))
        page = Page(markdown)
        assert [tag for tag in page.tags if tag != "code"] == tags
        page.require_dead_text()
        assert not COMMAND.search(markdown)


@MANY
@given(HOSTILE)
def test_html_code_is_one_element(text: str) -> None:
    markdown = f"<details><summary>x {escape.html_code(text)} y</summary>\n\nz\n\n</details>\n"
    page = Page(markdown)
    assert [tag for tag in page.tags if tag != "code"] == ["details", "summary", "p"]
    assert not page.open
    assert not COMMAND.search(markdown)


@MANY
@given(HOSTILE)
@example("```\n</details>")
@example("~~~\n````\n`````")
@example(f"{'`' * 254}\n{'`' * 300}\n</details><img src=x>")
@example(f"{'~' * 300}\n</details><img src=x>")
def test_nothing_leaves_a_fence(text: str) -> None:
    lines = escape.visible_lines(text)
    markdown = f"before\n\n{escape.fence(lines, 'diff')}\n\nafter"
    page = Page(markdown)
    assert page.tags == ["p", "pre", "code", "p"]
    assert page.blocks() == ["".join(f"{line}\n" for line in lines)] or not "".join(lines)
    assert page.text.split() == ["before", "after"]
    assert not COMMAND.search(markdown)


@MANY
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
