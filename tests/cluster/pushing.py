"""A repository with one environment, which is pushed to a namespace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.cluster.fleet import Fleet, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.cluster.components import Cluster

PATH: Final = "environments/production"


def begin(tmp_path: Path, shared: Cluster, files: Mapping[str, str], name: str = "web") -> Fleet:
    """Return a repository whose one environment is a namespace of its own, with an inventory of its own."""
    space = f"{name}-{abs(hash(tmp_path)) % 10**8}"
    config = f"version: 1\nenvironments:\n  production:\n    paths: [{PATH}]\n    deploy: {{namespace: {space}, timeout: 60s}}\n"
    fleet = Fleet.begin(tmp_path, shared, {".gitops.yaml": config, **overlay(PATH, files, space)})
    fleet.name = space
    return fleet


def change(fleet: Fleet, files: Mapping[str, str]) -> str:
    """Commit other files in place of all that the overlay had."""
    gone = dict.fromkeys(fleet.origin.git("ls-tree", "-r", "--name-only", "main", PATH).split())
    return fleet.commit({**gone, **overlay(PATH, files, fleet.name)})


def get(fleet: Fleet, plural: str, name: str) -> Any:
    group = "apis/apps/v1" if plural == "deployments" else "api/v1"
    return fleet.cluster.get(f"/{group}/namespaces/{fleet.name}/{plural}/{name}")
