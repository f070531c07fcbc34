"""Whether a cluster is fit for Flux, told from what it answers."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.cluster.answers import Answer
from gitops_action.doctor.lines import State
from gitops_action.doctor.prerequisites import judge, questions


def answers(
    version: Any = "v1.36.3", *, allowed: bool | None = True, path: str | None = None, status: int = 404
) -> list[Answer]:
    own = Answer(status, {}) if path is None else Answer(200, {"spec": {"path": path}})
    may = Answer(403, {}) if allowed is None else Answer(201, {"status": {"allowed": allowed}})
    return [Answer(200, {"gitVersion": version}), may, own]


def states(found: list[Answer], minor: int = 9, path: str = "clusters/a") -> dict[str, State]:
    return {one.name: one.state for one in judge(found, f"v2.{minor}.0", minor, path)}


def test_a_new_cluster_is_fit() -> None:
    assert set(states(answers()).values()) == {State.OK}


@pytest.mark.parametrize(
    ("version", "minor", "state"),
    [
        ("v1.33.0", 9, State.OK),
        ("v1.32.9", 9, State.MISSING),
        ("v1.32.0-gke.100", 7, State.OK),
        ("v1.24.0", 0, State.OK),
        ("v1.23.0", 0, State.MISSING),
        ("v1.36.0", 10, State.UNKNOWN),
        ("v1.32.0", 10, State.MISSING),
        ("garbage", 9, State.MISSING),
        (7, 9, State.MISSING),
    ],
)
def test_versions(version: Any, minor: int, state: State) -> None:
    assert states(answers(version), minor)["kubernetes"] is state


@pytest.mark.parametrize(("allowed", "state"), [(True, State.OK), (False, State.MISSING), (None, State.UNKNOWN)])
def test_rights(allowed: bool | None, state: State) -> None:
    assert states(answers(allowed=allowed))["rights"] is state


@pytest.mark.parametrize(
    ("path", "status", "state"),
    [
        (None, 404, State.OK),
        ("./clusters/a/", 200, State.OK),
        ("./clusters/b", 200, State.MISSING),
        (None, 403, State.UNKNOWN),
        (None, 0, State.UNKNOWN),
    ],
)
def test_a_cluster_follows_one_folder(path: str | None, status: int, state: State) -> None:
    assert states(answers(path=path, status=status))["flux"] is state


def test_nothing_that_is_asked_changes_anything() -> None:
    for one in questions():
        assert one.method == "GET" or one.path.endswith("/selfsubjectaccessreviews")
