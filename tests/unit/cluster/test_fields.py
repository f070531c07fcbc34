"""The paths that servers write, as pointers into the object they mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.cluster.fields import pointer, without_indices

VALUE: dict[str, Any] = {
    "metadata": {"labels": {"app.kubernetes.io/name": "x"}, "annotations": {"a.b": {"c": 1}}},
    "data": {"a.b": "1", "a": {"b": "2"}},
    "spec": {
        "containers": [{"name": "web", "ports": [{"containerPort": 80}]}, {"name": "side", "image": 3}],
        "limits": {"nvidia.com/gpu": "1"},
    },
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spec.containers[1].image", ("spec", "containers", 1, "image")),
        ("spec.containers[0].ports[0].hostPort", ("spec", "containers", 0, "ports", 0, "hostPort")),
        ("metadata.labels[app.kubernetes.io/name]", ("metadata", "labels", "app.kubernetes.io/name")),
        ("data[a.b]", ("data", "a.b")),
        # The longest key counts where both readings are possible.
        ("data.a.b", ("data", "a.b")),
        ("spec.limits.nvidia.com/gpu", ("spec", "limits", "nvidia.com/gpu")),
        ('.spec.containers[name="side"].image', ("spec", "containers", 1, "image")),
        ("spec.containers[name=web].ports", ("spec", "containers", 0, "ports")),
        ("spec.containers[9].image", ("spec", "containers", 9, "image")),
        ("spec.absent.more[0]", ("spec", "absent", "more", "0")),
        ("<nil>", ()),
        ("", ()),
    ],
)
def test_what_a_path_means(text: str, expected: tuple[str | int, ...]) -> None:
    assert pointer(text, VALUE) == expected


KEYS = st.from_regex(r"[a-z]{1,4}([./-][a-z]{1,4}){0,2}", fullmatch=True)
VALUES = st.recursive(
    st.integers(), lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=4), max_leaves=12
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [at, *(place for key, child in children for place in places(child, (*at, key)))]


@given(VALUES)
def test_whatever_there_is_is_found_again(value: Any) -> None:
    for place in places(value):
        text = "".join(f"[{part}]" for part in place)
        assert pointer(text, value) == place


@given(st.text(max_size=60), VALUES)
def test_no_path_is_too_odd(text: str, value: Any) -> None:
    assert all(isinstance(part, str | int) for part in pointer(text, value))
    without_indices(text, value)


def test_paths_without_indices() -> None:
    assert without_indices("spec.containers.image", VALUE) == [("spec", "containers", 1, "image")]
    assert without_indices("spec.containers.name", VALUE) == [
        ("spec", "containers", 0, "name"),
        ("spec", "containers", 1, "name"),
    ]
    assert without_indices("spec.nothing", VALUE) == []
