"""Random edits of random documents in random styles: right or refused, and never another line touched."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.promote.edit import Delete, EditError, Insert, Set, edit
from gitops_action.promote.values import same
from gitops_action.repository.documents import Document, load
from tests.unit.repository.yamltext import OBJECTS, VALUES, write

STYLES = st.sampled_from(["block", "flow", "mixed", "json", "indented json", "ours"])


def places(value: Any, pointer: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [pointer, *(found for step, item in entries for found in places(item, (*pointer, step)))]


def text_of(value: Any, style: str) -> str:
    if "json" in style:
        return json.dumps(value, indent=2 if style == "indented json" else None, ensure_ascii=False)
    if style == "ours":
        return write(value, 2).text
    flow = {"block": False, "flow": True, "mixed": None}[style]
    return yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True, sort_keys=False)


@given(OBJECTS, STYLES, st.data())
def test_an_edit_is_right_or_refused(value: dict[str, Any], style: str, data: st.DataObject) -> None:
    source = text_of(value, style).encode()
    before = load(source, "a.yaml")
    if len(before) != 1 or not isinstance(before[0], Document):
        return
    read: Any = before[0].value
    pointer = data.draw(st.sampled_from(places(read)[1:]))
    new = data.draw(VALUES)
    kind: Any = data.draw(st.sampled_from([Set, Delete, Insert]))
    parent = read
    for step in pointer[:-1]:
        parent = parent[step]
    if kind is Insert and isinstance(parent, dict):
        pointer = (*pointer[:-1], data.draw(st.sampled_from(["new", "a b", "1", "yes", ""])))
    one = Delete(0, pointer) if kind is Delete else kind(0, pointer, new)
    try:
        after = edit(source, "a.yaml", [one])
    except EditError as error:
        assert str(error).startswith("a.yaml")  # noqa: PT017 - refusing is right too
        return
    (found,) = load(after, "a.yaml")
    assert isinstance(found, Document)
    there: Any = found.value
    for step in pointer[:-1]:
        there = there[step]
    if kind is Delete:
        assert len(there) == len(parent) - 1
    else:
        assert same(there[pointer[-1]], new)
    if style == "ours":
        # Comments above, and all lines before the entry's collection, are as they were. One that becomes empty is written
        # beside its key or dash, which belongs to the collection around it.
        assert after.decode().split("\n")[:2] == source.decode().split("\n")[:2]
        first = before[0].locate(pointer[:-1] if there else pointer[:-2]).line or 1
        assert after.split(b"\n")[: first - 1] == source.split(b"\n")[: first - 1]
