"""Every value can be found again in its file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.model import Pointer
from gitops_action.repository.documents import Document, flatten, load
from tests.unit.repository.yamltext import OBJECTS, write


def only(text: str) -> Document:
    [document] = [result for result in load(text.encode(), "f.yaml") if isinstance(result, Document)]
    return document


def place(document: Document, pointer: Pointer, *, key: bool = False) -> tuple[int | None, int | None]:
    location = document.locate(pointer, key=key)
    assert location.file == "f.yaml"
    return location.line, location.column


@given(OBJECTS, st.integers(0, 3), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_value_and_key_is_found_where_it_is_written(value: Any, before: int, newline: str, mark: bool) -> None:
    written = write(value, before)
    document = only("\ufeff" * mark + written.text.replace("\n", newline))
    assert {pointer: place(document, pointer) for pointer in written.values} == written.values
    assert {pointer: place(document, pointer, key=True) for pointer in written.keys} == written.keys


@given(OBJECTS, st.data())
def test_what_is_not_there_is_found_at_its_parent(value: Any, data: st.DataObject) -> None:
    written = write(value)
    document = only(written.text)
    parent = data.draw(st.sampled_from(sorted(written.values, key=str)))
    missing = data.draw(st.sampled_from([("\u2060", "x"), (99,), (-1,)]))
    expected = written.keys.get(parent, written.values[parent])
    assert place(document, (*parent, *missing)) == expected
    assert place(document, (*parent, *missing), key=True) == expected


TEXT = """\
# line 1
base: &base
  image: a
  ports: &ports
  - 80
  - {port: 90, name: x}
first:
  <<: *base
  image: b
second:
  <<: [{tag: t}, *base]
  ports: *ports
empty:
flow: {a: [1, {b: 2}], "c": 3}
twice: 1
twice: 2
"é😀": ["x\u2028y", 2]
"""


@pytest.mark.parametrize(
    ("pointer", "value", "key"),
    [
        ((), (2, 1), (2, 1)),
        (("base",), (2, 7), (2, 1)),
        (("base", "image"), (3, 10), (3, 3)),
        (("first",), (8, 3), (7, 1)),
        (("first", "image"), (9, 10), (9, 3)),
        (("first", "ports"), (4, 10), (4, 3)),
        (("first", "ports", 0), (5, 5), (5, 5)),
        (("first", "ports", 1, "name"), (6, 22), (6, 16)),
        (("second", "tag"), (11, 14), (11, 9)),
        (("second", "image"), (3, 10), (3, 3)),
        (("second", "ports"), (4, 10), (12, 3)),
        (("second", "ports", 0), (5, 5), (5, 5)),
        (("empty",), (13, 7), (13, 1)),
        (("flow", "a", 1, "b"), (14, 19), (14, 16)),
        (("flow", "c"), (14, 29), (14, 24)),
        (("twice",), (16, 8), (16, 1)),
        (("é😀",), (17, 7), (17, 1)),
        (("é😀", 1), (17, 15), (17, 15)),
        (("none",), (2, 1), (2, 1)),
        (("first", "none", "x"), (7, 1), (7, 1)),
        (("base", "ports", 7), (4, 3), (4, 3)),
        (("base", "ports", 1, "x"), (6, 5), (6, 5)),
        (("base", "image", "x"), (3, 3), (3, 3)),
        (("flow", 0), (14, 1), (14, 1)),
        (("base", "ports", "0"), (4, 3), (4, 3)),
    ],
)
def test_through_aliases_and_merges(pointer: Pointer, value: tuple[int, int], key: tuple[int, int]) -> None:
    document = only(TEXT)
    assert place(document, pointer) == value
    assert place(document, pointer, key=True) == key


def test_a_merge_that_comes_later_is_where_its_value_is() -> None:
    document = only("a: &a {x: 1}\nb:\n  x: 2\n  <<: *a\n")
    assert document.value == {"a": {"x": 1}, "b": {"x": 1}}
    assert place(document, ("b", "x")) == (1, 11)


def test_keys_are_found_by_what_they_mean() -> None:
    document = only("on:\n  1: a\n  1.50: b\n  !!str 2: c\n")
    assert [place(document, ("true", key)) for key in ("1", "1.5", "2")] == [(2, 6), (3, 9), (4, 12)]


def test_items_of_lists_are_found_in_the_file() -> None:
    text = (
        "# c\n---\nkind: List\nitems:\n- &a\n  kind: A\n  spec: {x: 1}\n- kind: List\n  items:\n  - *a\n  - kind: B\n"
    )
    first, second, third = flatten(only(text))
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert isinstance(third, Document)
    assert place(first, ("spec", "x")) == (7, 13)
    assert place(second, ("spec", "x")) == (7, 13)
    assert place(second, ("spec",), key=True) == (7, 3)
    assert (third.line, place(third, ("kind",)), place(third, ("none",))) == (11, (11, 11), (11, 5))
    assert repr(third) == "Document('f.yaml', index=0, line=11)"


def test_each_document_of_a_file_has_its_own_places() -> None:
    documents = [
        r for r in load(b"a: 1\n...\n  a: 2\n--- {a: 3}\n---\n[\n---\n\na: 4\n", "f.yaml") if isinstance(r, Document)
    ]
    assert [place(document, ("a",)) for document in documents] == [(1, 4), (3, 6), (4, 9), (9, 4)]


def test_documents_that_only_carriage_returns_separate() -> None:
    """A line ends at a newline for editors and GitHub, so all is on the first line; columns go on."""
    documents = [r for r in load(b"a: 1\r---\rb: 2\r", "f.yaml") if isinstance(r, Document)]
    assert [place(document, (key,)) for document, key in zip(documents, "ab", strict=True)] == [(1, 4), (1, 13)]


def test_what_was_read_before_a_mistake_is_still_found() -> None:
    [document, _] = load(b"--- {a: 1}\n}\n", "f.yaml")
    assert isinstance(document, Document)
    assert place(document, ("a",)) == (1, 9)
