"""Which objects patches and selectors mean, and how values are found again in lists."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_action.render.pointers import ABSENT, align, at, same
from gitops_action.render.subject import Subject

WEB = Subject(
    "Deployment",
    "apps",
    "v1",
    ("web", "p-web"),
    frozenset({"", "prod"}),
    {"app": "web", "tier": "front"},
    {"note": "1"},
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, True),
        ({"kind": "Deployment"}, True),
        ({"Kind": "Deployment"}, True),
        ({"kind": "Deploy"}, False),
        ({"kind": "Deploy.*"}, True),
        ({"group": "apps", "version": "v1", "kind": "Deployment", "name": "web"}, True),
        ({"group": "batch"}, False),
        ({"name": "p-web"}, True),
        ({"name": "we"}, False),
        ({"name": "(api|web)"}, True),
        ({"name": "w.*"}, True),
        ({"name": "other"}, False),
        ({"namespace": "prod"}, True),
        ({"namespace": "dev"}, False),
        ({"labelSelector": "app=web"}, True),
        ({"labelSelector": "app == web, tier!=back"}, True),
        ({"labelSelector": "app=api"}, False),
        ({"labelSelector": "app,!gone"}, True),
        ({"labelSelector": "!app"}, False),
        ({"annotationSelector": "note=1"}, True),
        ({"annotationSelector": "note=2"}, False),
        ({"labelSelector": "app in (api, web),tier notin (back)"}, True),
        ({"labelSelector": "app notin (web)"}, False),
        ({"labelSelector": "gone in (web)"}, False),
        ({"labelSelector": "in"}, False),
        # What cannot be established is not claimed.
        ({"labelSelector": "app in web"}, None),
        ({"labelSelector": "app > 1"}, None),
        ({"labelSelector": "app in web", "name": "other"}, False),
        ({"labelSelector": 1}, False),
        ({"name": "["}, None),
        ({"name": 1}, False),
        (None, False),
    ],
)
def test_selectors(target: Any, expected: bool | None) -> None:
    assert WEB.is_selected_by(target) is expected


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a*)*b", ".*.*.*.*.*=", r"(.)\1*", "(?:a|a)*b", "x" * 500])
def test_patterns_that_would_run_away_are_not_tried(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re, "compile", lambda *_: pytest.fail("compiled"))
    subject = Subject("Deployment", "apps", "v1", ("a" * 250,), frozenset())
    assert not subject.is_selected_by({"name": pattern})


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}, True),
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "p-web", "namespace": "prod"}}, True),
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "dev"}}, False),
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": ["dev"]}}, False),
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}}, False),
        ({"apiVersion": "v1", "kind": "Deployment", "metadata": {"name": "web"}}, False),
        ({"apiVersion": "apps/v1", "kind": "Service", "metadata": {"name": "web"}}, False),
        ({"kind": "Deployment"}, False),
        ([], False),
        (None, False),
    ],
)
def test_strategic_merge_patches(patch: Any, expected: bool) -> None:
    assert WEB.is_meant_by(patch) is expected


def test_alignment_by_what_names_an_element() -> None:
    rendered = {"c": [{"name": "new"}, {"name": "b", "p": [{"containerPort": 2}, {"containerPort": 1}]}, {"name": "a"}]}
    written = {"c": [{"name": "a"}, {"name": "b", "p": [{"containerPort": 1}]}]}
    assert align(rendered, written, ("c", 2, "name")) == ("c", 0, "name")
    assert align(rendered, written, ("c", 1, "p", 1, "containerPort")) == ("c", 1, "p", 0, "containerPort")
    assert align(rendered, written, ("c", 1, "p", 0)) == ("c", 1, "p")
    assert align(rendered, written, ("c", 0, "name")) == ("c",)


def test_alignment_of_plain_values() -> None:
    assert align(["x", "b", "a"], ["a", "b"], (2,)) == (0,)
    assert align(["a", "a"], ["a", "a"], (1,)) == (1,)
    assert align([1, True], [True, 1], (0,)) == (1,)
    assert align(["new"], ["a"], (0,)) == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "key", "port", "a", "b"]), inner, max_size=3)
    ),
    max_leaves=12,
)
POINTERS = st.lists(st.sampled_from(["name", "key", "port", "a", "b", 0, 1, 2, -1]), max_size=5).map(tuple)


@given(VALUES, POINTERS)
@example([], (-1,))
def test_an_object_aligns_with_itself(value: Any, pointer: tuple[str | int, ...]) -> None:
    found = align(value, value, pointer)
    assert found == pointer[: len(found)]
    if at(value, pointer) is not ABSENT:
        assert same(at(value, found), at(value, pointer))


@given(VALUES, VALUES, POINTERS)
def test_alignment_ends_at_something_written(rendered: Any, written: Any, pointer: tuple[str | int, ...]) -> None:
    found = align(rendered, written, pointer)
    assert len(found) <= len(pointer)
    assert at(written, found) is not ABSENT
