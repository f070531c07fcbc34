"""What is told of a repository that is there: environments, their paths, who deploys, and the way of a change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config import Config
from gitops_action.config.load import load
from gitops_action.environments import DEFAULT, of_directory
from gitops_action.scaffold.adopt import Found, adopt
from gitops_action.scaffold.settings import of_existing
from gitops_action.scaffold.wish import Setup, Via
from tests.memorytree import MemoryTree


def found(*places: str, files: dict[str, str] | None = None) -> Found:
    tree = MemoryTree({f"{place}/kustomization.yaml": "" for place in places} | (files or {}))
    return adopt(tree, {place: of_directory(place, Config()) for place in places}, Config())


def configured(result: Found) -> Config:
    setup = Setup(tuple(result.environments), result.via, ways=result.ways)
    return load(of_existing(setup, result.environments, result.unordered)[".gitops.yaml"].encode())


def test_a_folder_for_each_environment() -> None:
    result = found("apps/staging", "apps/production", "clusters/staging/flux-system", "clusters/production/flux-system")
    assert result.environments == {"staging": ("apps/staging",), "production": ("apps/production",)}
    assert result.via is Via.FLUX
    assert result.ways == (("staging", "production"),)


def test_only_clusters_are_environments_all_the_same() -> None:
    assert found("clusters/home/apps", "clusters/office/apps").environments == {
        "home": ("clusters/home",),
        "office": ("clusters/office",),
    }


def test_many_components_become_a_pattern() -> None:
    result = found("apps/web/staging", "apps/api/staging", "apps/web/production", "apps/api/production")
    assert result.environments == {"staging": ("apps/*/staging",), "production": ("apps/*/production",)}


def test_a_pattern_never_reaches_what_is_not_its_own() -> None:
    # In `apps/prod/…` everything is production, whatever is below it.
    result = found("apps/web/staging", "apps/api/staging", "apps/prod/staging")
    config = configured(result)
    for place in ("apps/web/staging", "apps/api/staging", "apps/prod/staging"):
        assert of_directory(place, config) == of_directory(place, Config()), place


def test_regions_are_paired() -> None:
    names = ("staging-eu", "staging-us", "production-eu", "production-us")
    result = found(*(f"overlays/{name}" for name in names))
    assert set(result.ways) == {("staging-eu", "production-eu"), ("staging-us", "production-us")}


def test_one_stage_feeds_all_regions_of_the_next() -> None:
    result = found("overlays/staging", "overlays/production-eu", "overlays/production-us")
    assert set(result.ways) == {("staging", "production-eu"), ("staging", "production-us")}


def test_what_has_no_order_gets_no_way_and_is_named() -> None:
    result = found("overlays/blue", "overlays/green")
    assert result.ways == ()
    assert set(result.unordered) == {"blue", "green"}
    text = of_existing(Setup(tuple(result.environments), result.via, ways=()), result.environments, result.unordered)
    assert "not known of: blue, green" in text[".gitops.yaml"]


def test_nothing_told_is_said() -> None:
    result = found("kustomize")
    assert result.environments == {}
    assert "No environment could be told" in of_existing(Setup((), Via.APPLY, ways=()), {})[".gitops.yaml"]
    assert load(of_existing(Setup((), Via.APPLY, ways=()), {})[".gitops.yaml"].encode()).environments == ()


@pytest.mark.parametrize(
    ("path", "text", "via"),
    [
        ("clusters/a/flux-system/gotk-sync.yaml", "# later\n", Via.FLUX),
        (
            "clusters/a/apps.yaml",
            (
                "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: b}\n"
                "spec: {path: ./apps/staging, sourceRef: {kind: GitRepository, name: fleet}}\n"
            ),
            Via.FLUX,
        ),
        ("docs/flux.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flux-system}\n", Via.APPLY),
    ],
)
def test_flux_is_told_by_its_objects_and_its_folder(path: str, text: str, via: Via) -> None:
    assert found("apps/staging", files={path: text}).via is via


_PART = st.sampled_from(
    ["apps", "web", "api", "staging", "production", "eu-prod", "dev", "base", "clusters", "overlays", "x"]
)


@given(st.sets(st.lists(_PART, min_size=1, max_size=4).map("/".join), min_size=1, max_size=8))
def test_the_configuration_says_what_was_told_without_it(places: set[str]) -> None:
    result = found(*places)
    config = configured(result)
    for place in places:
        told = of_directory(place, Config())
        assert of_directory(place, config) == told, place
        assert told == DEFAULT or told in result.environments or told in result.impossible
