"""Whose events are whose, told by names alone."""

from __future__ import annotations

import pytest

from gitops_action.pipeline.reading import Name
from gitops_action.pipeline.troubles import _is_of


@pytest.mark.parametrize(
    ("kind", "name", "owner", "is_its"),
    [
        ("Deployment", "api", "Deployment", True),
        ("ReplicaSet", "api-6d4f7c9b8", "Deployment", True),
        ("Pod", "api-6d4f7c9b8-x2x9z", "Deployment", True),
        # Another Deployment, which is called almost the same.
        ("Pod", "api-gateway-6d4f7c9b8-x2x9z", "Deployment", False),
        ("ReplicaSet", "api-gateway", "Deployment", False),
        ("Pod", "api-0", "Deployment", False),
        ("Pod", "api-0", "StatefulSet", True),
        ("Pod", "api-0-0", "StatefulSet", False),
        ("Pod", "api-x2x9z", "DaemonSet", True),
        ("Pod", "api-x2x9z", "Job", True),
        ("Pod", "api-3-x2x9z", "Job", True),
        ("ConfigMap", "api", "Deployment", False),
    ],
)
def test_what_an_object_makes_is_told_by_its_name(kind: str, name: str, owner: str, is_its: bool) -> None:
    assert _is_of(kind, name, Name("apps/v1", owner, "web", "api")) is is_its
