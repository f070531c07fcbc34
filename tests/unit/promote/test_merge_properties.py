"""What holds of every merge: nothing is lost, nothing is changed that was not meant."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_action.promote.decisions import Action
from gitops_action.promote.values import same
from gitops_action.repository.documents import Document, load
from tests.unit.promote.versions import merge

KEYS = st.sampled_from(["a", "b", "c", "replicas", "tag", "host", "env", "spec"])
SCALARS = st.one_of(
    st.integers(-9, 99),
    st.booleans(),
    st.none(),
    st.sampled_from(["x", "w", "1.10", "yes", ">=1.0", "a: b", "", " z", "#n", "é"]),
)
ITEMS = st.lists(st.sampled_from(["A", "B", "C", "D"]), unique=True, max_size=4).flatmap(
    lambda names: st.tuples(*(st.fixed_dictionaries({"name": st.just(name), "value": SCALARS}) for name in names)).map(
        list
    )
)
VALUES = st.recursive(
    st.one_of(SCALARS, ITEMS, st.lists(SCALARS, max_size=3)),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=5)


def text(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


def read(data: bytes) -> Any:
    found = load(data, "a.yaml")
    assert len(found) == 1, found
    assert isinstance(found[0], Document)
    return found[0].value


def merged(old: Any, new: Any, target: Any) -> tuple[Any, list[Any]]:
    done = merge({"a.yaml": text(old)}, {"a.yaml": text(new)}, {"a.yaml": text(target)})
    content = done.changes.get("a.yaml")
    return (target if content is None else read(content)), done.decisions


@given(DOCUMENTS, DOCUMENTS)
def test_a_source_that_did_not_change_changes_nothing(source: Any, target: Any) -> None:
    assert merge({"a.yaml": text(source)}, {"a.yaml": text(source)}, {"a.yaml": text(target)}).changes == {}


@given(DOCUMENTS, DOCUMENTS)
def test_a_target_like_the_old_source_becomes_the_new_one(old: Any, new: Any) -> None:
    result, decisions = merged(old, new, old)
    assert same(result, new)
    assert all(one.action is Action.PROMOTE for one in decisions)


@settings(max_examples=300)
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_merged_again_nothing_changes(old: Any, new: Any, target: Any) -> None:
    once, _ = merged(old, new, target)
    twice, decisions = merged(old, new, once)
    assert same(twice, once), decisions


def leaves(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    if isinstance(value, dict) and value:
        return {place: leaf for key, item in value.items() for place, leaf in leaves(item, (*path, key)).items()}
    if isinstance(value, list) and value and all(isinstance(item, dict) and "name" in item for item in value):
        return {place: leaf for item in value for place, leaf in leaves(item, (*path, item["name"])).items()}
    return {path: value}


@settings(max_examples=300)
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_a_value_of_the_targets_own_is_never_lost(old: Any, new: Any, target: Any) -> None:
    result, decisions = merged(old, new, target)
    before, after = leaves(old), leaves(new)
    present = leaves(result)
    promoted = {one.path for one in decisions if one.action is Action.PROMOTE}
    for place, value in leaves(target).items():
        untouched = place in before and place in after and same(before[place], after[place])
        foreign = not any(
            place[:length] in before or place[:length] in after for length in range(1, len(place) + 1)
        ) and not any(other[: len(place)] == place for other in (*before, *after))
        if untouched or foreign:
            covered = any(str(part) in path for path in promoted for part in place[:1])
            assert (place in present and same(present[place], value)) or covered, (place, decisions)


@given(DOCUMENTS, SCALARS, SCALARS)
def test_changes_that_have_nothing_to_do_with_each_other_come_in_any_order(base: Any, first: Any, second: Any) -> None:
    base = {"p": {"x": "old"}, "q": {"z": "old"}, **base}
    one = {**base, "p": {"x": first}}
    two = {**base, "q": {"z": second}}
    target = {**base, "own": 1}
    left, _ = merged(base, two, merged(base, one, target)[0])
    right, _ = merged(base, one, merged(base, two, target)[0])
    assert same(left, right)
