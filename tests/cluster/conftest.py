"""What several tests of clusters begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.control_plane import control_plane
from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.adapters.control_plane import ControlPlane


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    tool("etcd")
    tool("kube-apiserver")
    with control_plane() as running:
        yield running
