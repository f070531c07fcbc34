"""The line with the wrong indentation, against texts in which one line was moved on purpose."""

from __future__ import annotations

from random import Random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.model import Finding
from gitops_action.repository.documents import load
from gitops_action.repository.indentation import misplaced
from tests.conformance.seeds import seeds

_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: shop
  labels:
    app: shop
spec:
  selector:
    app: shop
  ports:
    - name: http
      port: 80
"""


def _error(text: str) -> Finding | None:
    return next((item for item in load(text.encode(), "one.yaml") if isinstance(item, Finding)), None)


def _moved(text: str, number: int, by: int) -> str:
    rows = text.split("\n")
    row = rows[number - 1]
    rows[number - 1] = _shifted(row, by)
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("line", "by", "said"),
    [
        (4, 1, "indented by 3 where 2 would fit"),
        (4, -1, "indented by 1 where 2 would fit"),
        (5, 2, "indented by 4 where 2 would fit"),
        (8, -2, "indented by 0 where 2 would fit"),
        (8, 1, "indented by 3 where 2 would fit"),
        (11, -1, "indented by 3 where 4 would fit"),
        (11, 2, "indented by 6 where 4 would fit"),
        (12, 2, "indented by 8 where 6 would fit"),
    ],
)
def test_line_that_was_moved(line: int, by: int, said: str) -> None:
    error = _error(_moved(_SERVICE, line, by))
    assert error is not None
    assert (error.code, error.line) == ("yaml-syntax", line)
    assert said in error.message


def test_what_would_be_no_field_of_an_object_is_in_its_place() -> None:
    """Moved to the top `labels` would be as regular; no object has such a field."""
    text = "apiVersion: v1\nkind: Namespace\nmetadata:\n    name: a\n  labels:\n    b: c\n"
    for ending in ("\n", "\r\n"):
        error = _error(text.replace("\n", ending))
        assert error is not None
        assert (error.line, error.message[:40]) == (4, "this line is indented by 4 where 2 would")


def test_columns_of_a_second_document() -> None:
    error = _error(f"{_SERVICE}---\n{_moved(_SERVICE, 4, 1)}")
    assert error is not None
    assert (error.line, error.column) == (13 + 4, 4)


@pytest.mark.parametrize(
    "text",
    [
        "a: b: c\n",
        'message: "one" two\nother: 1\n',
        "list:\n  - one\n  two\n",
        "a: [1, 2\nb: 3\n",
        "a:\n\t- b\n  c: d\n",
        "a: b\n c: d: e\n",
    ],
)
def test_other_mistakes_are_said_as_before(text: str) -> None:
    error = _error(text)
    assert error is not None
    assert "would fit" not in error.message


def test_where_a_key_could_stand_twice() -> None:
    """Moved in either direction the line can be read; a key without a value is the odder of the two."""
    text = "spec:\nreplicas: 2\n  template:\n    metadata: {}\n"
    found = misplaced(text, text.index("template"))
    assert found is not None
    assert (found.index, found.column, found.fitting) == (text.index("replicas"), 0, 2)


@pytest.mark.parametrize(
    ("first", "last", "by", "said"),
    [
        (8, 9, 2, "indented by 4 where 2 would fit"),
        (5, 6, 2, "indented by 4 where 2 would fit"),
    ],
)
def test_line_that_was_moved_with_all_that_is_in_it(first: int, last: int, by: int, said: str) -> None:
    text = _SERVICE
    for number in range(first, last + 1):
        text = _moved(text, number, by)
    error = _error(text)
    assert error is not None
    assert (error.code, error.line) == ("yaml-syntax", first)
    assert said in error.message


def test_long_documents_are_left_alone() -> None:
    text = _moved(_SERVICE, 4, 1) + "".join(f"key-{number}: value\n" for number in range(2_000))
    error = _error(text)
    assert error is not None
    assert "would fit" not in error.message


@given(st.integers(0, 2**32))
def test_a_repair_makes_the_text_readable(number: int) -> None:
    chance = Random(number)  # noqa: S311 - the same each time
    text = chance.choice(seeds()).text
    rows = text.split("\n")
    moved = _moved(text, chance.randint(1, len(rows)), chance.choice([1, 2]))
    try:
        list(yaml.parse(moved, yaml.CSafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        found = misplaced(moved, mark.index) if mark else None
        if found is None:
            return
        line = moved.count("\n", 0, found.index)
        rows = moved.split("\n")
        assert found.column == len(rows[line]) - len(rows[line].lstrip(" "))
        by, deeper = found.fitting - found.column, found.column + 1
        inside = next((n for n, row in enumerate(rows) if n > line and row.strip() and row[:deeper].strip()), len(rows))
        assert any(
            _is_readable([*rows[:line], *(_shifted(row, by) for row in rows[line:end]), *rows[end:]])
            for end in (line + 1, inside)
        )


def _shifted(row: str, by: int) -> str:
    return " " * by + row if by > 0 else row[-by:]


def _is_readable(rows: list[str]) -> bool:
    try:
        list(yaml.parse("\n".join(rows), yaml.CSafeLoader))
    except yaml.YAMLError:
        return False
    return True


def test_most_moved_lines_of_real_manifests_are_named() -> None:
    chance = Random(20261129)  # noqa: S311 - the same each time
    texts = sorted({seed.text for seed in seeds()})
    refused = named = 0
    while refused < 500:
        text = chance.choice(texts)
        rows = text.split("\n")
        line, by = chance.randint(1, len(rows)), chance.choice([-2, -1, 1, 2])
        content = rows[line - 1].lstrip(" ")
        if not content or content[0] == "#" or len(rows[line - 1]) - len(content) < max(1, -by):
            continue
        error = _error(_moved(text, line, by))
        if error is None or error.code != "yaml-syntax":
            continue
        refused += 1
        named += error.line == line
    assert named / refused >= 0.9, f"{named} of {refused}"
