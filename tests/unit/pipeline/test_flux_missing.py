"""Sources that are nowhere: said where that can be known, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline.followed import affected
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.validate import validate
from tests.gitrepo import GitRepo, init
from tests.unit.pipeline.jobs import check
from tests.unit.pipeline.test_following import config_map, flux, followed, seen, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.tools

CODE = "flux-source-missing"


def source(name: str, kind: str = "GitRepository", url: str = "https://example.com/fleet") -> dict[str, Any]:
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"interval": "1m", "url": url},
    }


def release(repository: str) -> dict[str, Any]:
    named = {"kind": "HelmRepository", "name": repository, "namespace": "flux-system"}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"interval": "1m", "chart": {"spec": {"chart": "web", "sourceRef": named}}},
    }


def of(name: str) -> dict[str, Any]:
    return flux("apps", "./apps", sourceRef={"kind": "GitRepository", "name": name})


SYSTEM = {
    "clusters/prod/flux-system/gotk-sync.yaml": text(source("flux-system"), flux("flux-system", "./clusters/prod")),
    "clusters/prod/charts.yaml": text(source("charts", "HelmRepository", "https://example.com/charts")),
    "apps/a.yaml": text(config_map("a")),
}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


def messages(files: Mapping[str, str]) -> list[tuple[str, int | None, str]]:
    return [
        (one.file, one.line, one.message.partition(", which ")[2]) for one in seen(files).findings if one.code == CODE
    ]


def test_a_misspelt_name() -> None:
    files = {**SYSTEM, "clusters/prod/apps.yaml": text(of("flux-sytem"))}
    line = files["clusters/prod/apps.yaml"].splitlines().index("    name: flux-sytem") + 1
    hint = "nothing here makes: did you mean `flux-system`?"
    assert messages(files) == [("clusters/prod/apps.yaml", line, hint)]
    assert messages({**files, "clusters/prod/apps.yaml": text(of("flux-system"))}) == []


def test_the_folder_may_be_gone_too() -> None:
    files = {
        **SYSTEM,
        "clusters/prod/apps.yaml": text({**of("flux-sytem"), "spec": {**of("flux-sytem")["spec"], "path": "./no"}}),
    }
    assert [name for name, *_ in messages(files)] == ["clusters/prod/apps.yaml"]


def test_what_the_operator_makes_is_known_by_who_uses_it() -> None:
    files = {"apps/a.yaml": text(config_map("a")), "infra/b.yaml": text(config_map("b"))}
    wrong = {**of("flux-sytem"), "metadata": {"name": "x", "namespace": "flux-system"}}
    right = [flux("infra", "./infra"), flux("apps", "./apps")]
    assert len(messages({**files, "clusters/prod/flux.yaml": text(*right, wrong)})) == 1
    assert messages({**files, "clusters/prod/flux.yaml": text(*right)}) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ["nothing here makes"]),
        ({"sources/more.yaml": text(source("other", "HelmRepository"))}, []),
        # Something may make it that is not looked into.
        ({"clusters/prod/set.yaml": "apiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSet\nmetadata: {name: s}\n"}, []),
        ({"infra/kustomization.yaml": "resources: ['https://example.com/base.yaml']\n"}, []),
        ({"clusters/prod/else.yaml": text(
            source("else", url="https://example.com/else"),
            flux("else", "./else", sourceRef={"kind": "GitRepository", "name": "else"}),
        )}, []),
    ],
    ids=["nowhere", "elsewhere in the tree", "operator", "remote", "other repository"],
)  # fmt: skip
def test_a_source_that_is_nowhere(more: dict[str, str], expected: list[str]) -> None:
    files = {
        **SYSTEM,
        "clusters/prod/apps.yaml": text(of("flux-system")),
        "apps/web.yaml": text(release("other")),
        **more,
    }
    assert [message for *_, message in messages(files)] == expected


def test_a_change_that_takes_a_source_away_affects_who_uses_it() -> None:
    base = {
        **SYSTEM,
        "clusters/prod/more.yaml": text(source("more")),
        "clusters/prod/apps.yaml": text(of("more")),
    }
    head = {path: content for path, content in base.items() if path != "clusters/prod/more.yaml"}
    _, after = affected(followed(base), followed(head), {"clusters/prod/more.yaml"})
    assert {unit.name for unit in after.units} == {"flux-system", "apps"}


# Releases that no Kustomization of Flux deploys


@pytest.mark.parametrize("where", ["plain", "overlay"])
@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("chrats", {}, "nothing here makes: did you mean `charts`?"),
        ("charts", {}, ""),
        ("other", {}, "nothing here makes"),
        ("other", {"b.yaml": text(source("other", "HelmRepository"))}, ""),
        ("other", {"b/kustomization.yaml": "resources: ['https://example.com/base.yaml']\n"}, ""),
    ],
    ids=["misspelt", "right", "nowhere", "elsewhere in the tree", "remote"],
)
def test_a_release_that_no_kustomization_deploys(
    repo: GitRepo, where: str, name: str, more: dict[str, str], expected: str
) -> None:
    files = {**SYSTEM, "clusters/prod/apps.yaml": text(of("flux-system")), "more/web.yaml": text(release(name)), **more}
    if where == "overlay":
        files["more/kustomization.yaml"] = "resources: [web.yaml]\n"
    repo.commit(files)
    found = {
        "check": [one for one in check(repo, everything=True).findings if one.code == CODE],
        "validate": [
            one
            for one in validate([str(repo.path)], Overrides(offline=True), SilentProgress()).findings
            if one.code == CODE
        ],
    }
    for findings in found.values():
        assert [one.message.partition(", which ")[2] for one in findings] == [expected] * bool(expected)
        assert all(one.file == "more/web.yaml" for one in findings)


def test_without_a_cluster_only_a_misspelt_name_is_told(repo: GitRepo) -> None:
    repo.commit(
        {"a.yaml": text(source("charts", "HelmRepository"), release("chrats")), "b.yaml": text(release("other"))}
    )
    assert [(one.code, one.file) for one in check(repo).findings if one.code == CODE] == [(CODE, "a.yaml")]
