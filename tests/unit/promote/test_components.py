"""Which directories belong together."""

from __future__ import annotations

import pytest

from gitops_action.config import load
from gitops_action.config.promotion import Layout
from gitops_action.promote.components import components, folders_of


def found(
    paths: list[str], config: str = "", layout: Layout = Layout.AUTO, target: str = "production"
) -> list[tuple[str, str, str]]:
    read = load(f"version: 1\n{config}".encode())
    return [
        (one.name, one.source, one.target) for one in components("staging", target, read, folders_of(paths), layout)
    ]


def tree(*folders: str) -> list[str]:
    return [f"{folder}/kustomization.yaml" for folder in folders]


def test_directories_of_environments() -> None:
    paths = tree("apps/staging", "apps/production", "apps/base/web", "clusters/staging", "clusters/production")
    assert found(paths) == [
        ("apps", "apps/staging", "apps/production"),
        ("clusters", "clusters/staging", "clusters/production"),
    ]


def test_directories_in_an_environment() -> None:
    paths = tree("envs/staging/web", "envs/staging/api", "envs/production/web")
    assert found(paths) == [
        ("api", "envs/staging/api", "envs/production/api"),
        ("web", "envs/staging/web", "envs/production/web"),
    ]
    assert found(paths, layout=Layout.WHOLE) == [("envs", "envs/staging", "envs/production")]


def test_environments_in_an_application() -> None:
    paths = tree("apps/web/overlays/staging", "apps/web/overlays/production", "apps/api/overlays/staging")
    assert found(paths) == [
        ("api", "apps/api/overlays/staging", "apps/api/overlays/production"),
        ("web", "apps/web/overlays/staging", "apps/web/overlays/production"),
    ]


def test_configured_paths_pair_by_their_wildcards() -> None:
    config = 'environments:\n  staging: {paths: ["apps/*/stg", infra/stg]}\n  production: {paths: [infra/live, "apps/*/live"]}\n'
    paths = tree("apps/web/stg", "apps/web/live", "infra/stg", "infra/live")
    assert found(paths, config) == [("infra", "infra/stg", "infra/live"), ("web", "apps/web/stg", "apps/web/live")]


@pytest.mark.parametrize("name", ["we b", "..", "a.lock", "-x", "ü~^:"])
def test_names_can_stand_in_a_branch(name: str) -> None:
    (one,) = found(tree(f"envs/staging/{name}"))
    assert all(character.isascii() and (character.isalnum() or character in "._-") for character in one[0])
    assert not one[0].endswith((".lock", "."))
    assert one[1] == f"envs/staging/{name}"


def test_two_of_one_name_get_longer_ones() -> None:
    paths = tree("a/apps/staging/web", "b/apps/staging/web")
    names = [name for name, _, _ in found(paths)]
    assert len(set(names)) == 2
