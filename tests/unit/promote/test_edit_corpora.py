"""One value of a real file is edited, and nothing else of it: on every YAML file of the corpora."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gitops_action.model import Finding
from gitops_action.promote.edit import EditError, Set, edit
from gitops_action.promote.values import same
from gitops_action.repository.documents import Document, load
from tests.corpora import fetch
from tests.support import CORPORA, corpus

pytestmark = [pytest.mark.corpora, pytest.mark.slow]
PER_FILE = 6


def scalars(value: Any, pointer: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in scalars(item, (*pointer, key))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in scalars(item, (*pointer, index))]
    return [pointer]


def changed(value: Any, pointer: tuple[Any, ...], new: Any) -> Any:
    if not pointer:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[pointer[0]] = changed(value[pointer[0]], pointer[1:], new)
    return copy


def test_a_value_is_edited_and_nothing_else() -> None:
    for one in fetch.CORPORA:
        corpus(one.folder)
    random_ = random.Random(7)  # noqa: S311 - a sample
    edits = files = 0
    for path in sorted(CORPORA.rglob("*.y*ml")):
        data = path.read_bytes()
        loaded = load(data, path.name)
        documents = [item for item in loaded if isinstance(item, Document)]
        if not documents or any(isinstance(item, Finding) for item in loaded):
            continue
        files += 1
        for _ in range(PER_FILE):
            document = random_.choice(documents)
            places = [place for place in scalars(document.value) if place]
            if not places:
                continue
            place = random_.choice(places)
            new = random_.choice(
                ["v2.0.1", "1.10", "0123", "yes", "a: b", "#x", " padded ", "", 7, True, None, 1.5, "é\n", "- x"]
            )
            try:
                result = edit(data, path.name, [Set(document.index, place, new)])
            except EditError:
                continue
            edits += 1
            after = {item.index: item.value for item in load(result, path.name) if isinstance(item, Document)}
            for item in documents:
                wanted = changed(item.value, place, new) if item is document else item.value
                assert item.index not in after or same(after[item.index], wanted), (path, place, new)
            old_lines, new_lines = data.splitlines(), result.splitlines()
            first = document.locate(place).line or 1
            assert old_lines[: first - 1] == new_lines[: first - 1], (path, place, new)
            # Behind the value, everything is as it was: the lines of the file's end that did not belong to it.
            following = next(
                (at for at in range(1, len(new_lines) + 1) if old_lines[-at:] != new_lines[-at:]), len(new_lines)
            )
            spans = len(old_lines) - following - first + 2
            old: Any = document.value
            for step in place:
                old = old[step]
            # A text may be folded over several lines.
            assert spans <= str(old).count("\n") + 3 + len(str(old)) // 50, (path, place, new, spans)
    assert files > 300
    assert edits > files * PER_FILE * 0.95
