"""Tables in terminals that are narrower than they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.report.columns import Columns, cells_of, shortened

HEAD = ("NAME", "REVISION", "READY", "GIT", "MESSAGE")
ROWS = [
    (
        "flux-system/infrastructure-controllers",
        "main@sha1:0123456789ab",
        "ready",
        "",
        "Applied revision: main@sha1:01234",
    ),
    ("shop/web", "1.2.3", "failed, suspended", "", f"no such chart in https://charts.example.org/{'x' * 80}"),
]


def table(width: int | None) -> list[str]:
    columns = Columns(ROWS, head=HEAD, width=width, indent=2)
    return [*columns.heading(), *(line for row in ROWS for line in columns.lines(row))]


def test_without_a_terminal_each_row_is_a_line_as_wide_as_it_is() -> None:
    head, first, second = table(None)
    assert head == f"  NAME{' ' * 36}REVISION{' ' * 16}READY{' ' * 14}MESSAGE"
    assert first.endswith("ready              Applied revision: main@sha1:01234")
    assert second.endswith("x" * 80)


def test_in_a_narrow_terminal_names_lose_their_middle_and_sentences_go_on_below() -> None:
    assert table(100) == [
        "  NAME                         REVISION                READY             MESSAGE",
        "  flux-system/i…e-controllers  main@sha1:0123456789ab  ready             Applied revision:",
        "                                                                         main@sha1:01234",
        "  shop/web                     1.2.3                   failed,           no such chart in",
        "                                                       suspended         https://charts.example.org/",
        "                                                                         xxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "                                                                         xxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "                                                                         xxxxxxxxxxxxxxxxxxxxxxxxxx",
    ]


def test_in_a_narrower_one_sentences_stand_below() -> None:
    assert table(60) == [
        "  NAME                     REVISION                READY",
        "  flux-system…controllers  main@sha1:0123456789ab  ready",
        "      Applied revision: main@sha1:01234",
        "  shop/web                 1.2.3                   failed,",
        "                                                   suspended",
        "      no such chart in",
        "      https://charts.example.org/xxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "      xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ]


@pytest.mark.parametrize("width", [40, 60, 66, 80, 100, 150, 400])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = table(width)
    assert max(map(cells_of, lines)) <= width
    assert "x" * 80 in "".join(line.strip() for line in lines)


def test_cells_that_are_all_alike_go_on_below_side_by_side() -> None:
    row = ("web", "nginx:1.2 redis:7, to promote 2 from dev", "nginx:1.1, waiting", "quay.io/long/image/of/it:1")
    assert list(Columns([row], width=60, sentences=False).lines(row)) == [
        "web  nginx:1.2     nginx:1.1,     quay.io/long/image/of/it:1",
        "     redis:7, to   waiting",
        "     promote 2",
        "     from dev",
    ]


def test_where_nothing_helps_lines_are_as_narrow_as_they_make_sense() -> None:
    assert table(20)[0] == table(10)[0]


def test_colours_take_no_room() -> None:
    columns = Columns(ROWS, width=80)
    plain = [line for row in ROWS for line in columns.lines(row)]
    coloured = [line for row in ROWS for line in columns.lines(row, {2: "31"})]
    assert coloured != plain
    assert [re.sub(r"\x1b\[\d*m", "", line).rstrip() for line in coloured] == plain


def test_no_rows_are_no_columns() -> None:
    assert list(Columns([], head=HEAD).heading()) == [""]


@given(st.text("ab/é世", max_size=30), st.integers(1, 20))
def test_shortened(text: str, width: int) -> None:
    found = shortened(text, width)
    assert cells_of(found) <= width
    assert found == text or "…" in found
