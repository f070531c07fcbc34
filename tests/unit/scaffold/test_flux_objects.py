"""Objects of Flux: what `flux create … --export` prints for the same options, and what is refused.

The expectations were written from Flux's own test data (cmd/flux/testdata/create_source_git) and its sources.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from gitops_action.config import Config
from gitops_action.errors import UsageError
from gitops_action.model import Manifest
from gitops_action.pipeline.judging import Judges
from gitops_action.repository.documents import Document, load
from gitops_action.scaffold import flux_flags, flux_objects
from gitops_action.scaffold.flux_objects import GitRepository, Kustomization, Source
from gitops_action.validate.crds import Crds

URL = "https://github.com/stefanprodan/podinfo"


def spec(**options: Any) -> Any:
    return flux_objects.git_repository(GitRepository("podinfo", "flux-system", **{"url": URL, **options}))["spec"]


@pytest.mark.parametrize(
    ("options", "ref"),
    [
        ({"branch": "test"}, {"branch": "test"}),
        ({"tag": "test"}, {"tag": "test"}),
        ({"semver": ">=5.0.0"}, {"semver": ">=5.0.0"}),
        ({"ref_name": "refs/pull/420/head"}, {"name": "refs/pull/420/head"}),
        ({"commit": "c88a2f41" * 5}, {"commit": "c88a2f41" * 5}),
        ({"commit": "c88a2f41" * 5, "branch": "test"}, {"commit": "c88a2f41" * 5, "branch": "test"}),
    ],
)
def test_each_reference(options: dict[str, str], ref: dict[str, str]) -> None:
    assert spec(**options)["ref"] == ref


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "say which commit is meant"),
        ({"branch": "a", "tag": "b"}, "--tag and --branch exclude"),
        ({"tag": "a", "semver": "b"}, "--tag and --semver exclude"),
        ({"commit": "abc"}, "no whole commit"),
        ({"branch": "a", "url": "git@github.com:octo/fleet"}, "--url"),
        ({"branch": "a", "url": "file:///etc"}, "--url"),
        ({"branch": "a", "url": "https://me:secret@example.com/a"}, "holds a credential"),
        ({"branch": "a", "url": "https://token@example.com/a"}, "holds a credential"),
        ({"branch": "a", "url": "https:// example.com"}, "--url"),
        ({"branch": "a", "interval": "5"}, "--interval"),
        ({"branch": "a", "timeout": "x"}, "--fetch-timeout"),
        ({"branch": "a", "secret": "A B"}, "--secret-ref"),
    ],
)
def test_what_flux_does_not_take_is_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        spec(**options)
    assert "secret@" not in str(refused.value)


def test_all_of_a_source() -> None:
    value = flux_objects.git_repository(
        GitRepository(
            "podinfo", "apps", "ssh://git@github.com/octo/fleet", branch="main", interval="5m", timeout="30s", secret="key",
            provider="github", ignore=("/docs", "*.md"), submodules=True, labels={"team": "a"},
        )
    )  # fmt: skip
    assert yaml.safe_load(flux_objects.text(value)) == {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "podinfo", "namespace": "apps", "labels": {"team": "a"}},
        "spec": {
            "url": "ssh://git@github.com/octo/fleet",
            "ref": {"branch": "main"},
            "interval": "5m",
            "timeout": "30s",
            "secretRef": {"name": "key"},
            "provider": "github",
            "ignore": "/docs\n*.md",
            "recurseSubmodules": True,
        },
    }


def whole() -> Kustomization:
    return Kustomization(
        "apps", "flux-system", flux_flags.source("OCIRepository/apps.sources"), "./deploy/", prune=True, interval="10m",
        retry_interval="1m", timeout="3m", target_namespace="web", service_account="deployer",
        depends_on=flux_flags.depends_on(("infra,other/base",)),
        health_checks=flux_flags.health_checks(("Deployment/web.web", "HelmRelease/db.data")),
        decryption="sops", decryption_secret="keys", kubeconfig_secret="remote", labels={"a": "b"},
    )  # fmt: skip


def test_all_of_a_kustomization() -> None:
    assert yaml.safe_load(flux_objects.text(flux_objects.kustomization(whole()))) == {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system", "labels": {"a": "b"}},
        "spec": {
            "sourceRef": {"kind": "OCIRepository", "name": "apps", "namespace": "sources"},
            "path": "./deploy",
            "prune": True,
            "interval": "10m",
            "retryInterval": "1m",
            "timeout": "3m",
            "targetNamespace": "web",
            "serviceAccountName": "deployer",
            "dependsOn": [{"name": "infra"}, {"name": "base", "namespace": "other"}],
            "healthChecks": [
                {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "web"},
                {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "name": "db", "namespace": "data"},
            ],
            "decryption": {"provider": "sops", "secretRef": {"name": "keys"}},
            "kubeConfig": {"secretRef": {"name": "remote"}},
        },
    }


def test_waiting_for_all_stands_above_single_checks() -> None:
    wanted = Kustomization("a", "b", Source("GitRepository", "c"), wait=True, health_checks=(("Deployment", "x", "y"),))
    found = flux_objects.kustomization(wanted)["spec"]
    assert found["wait"] is True
    assert "healthChecks" not in found
    assert found["path"] == "./"


def test_our_own_engine_finds_both_valid() -> None:
    repository = GitRepository("podinfo", "flux-system", URL, semver=">=1.0.0")
    text = flux_objects.text(flux_objects.git_repository(repository), flux_objects.kustomization(whole()))
    manifests = [
        Manifest(one.value, one, "")
        for one in load(text.encode(), "a.yaml")
        if isinstance(one, Document) and isinstance(one.value, dict)
    ]
    assert len(manifests) == 2
    judged = Judges(Config(), Crds()).judge(manifests)
    assert judged.findings == []
    assert judged.counts == {"schema": (2, 2)}


@pytest.mark.parametrize(
    ("read", "bad"),
    [
        *((flux_flags.source, bad) for bad in ("", "Secret/a", "GitRepository/", "a b", "/a", "a.B")),
        *((lambda text: flux_flags.depends_on((text,)), bad) for bad in ("", "a,,b", "/a", "A", "a/b/c")),
        *(
            (lambda text: flux_flags.health_checks((text,)), bad)
            for bad in ("", "web", "Deployment/web", "Pod/a.b", "Deployment/a.b.c")
        ),
        *((lambda text: flux_flags.labels((text,)), bad) for bad in ("", "a", "=b")),
    ],
)
def test_options_that_are_none(read: Any, bad: str) -> None:
    with pytest.raises(UsageError, match="--"):
        read(bad)


def test_a_source_is_a_git_repository_where_nothing_else_is_said() -> None:
    assert flux_flags.source("podinfo") == Source("GitRepository", "podinfo")
    assert flux_flags.source("gitrepository/podinfo.apps") == Source("GitRepository", "podinfo", "apps")
    assert flux_flags.depends_on(()) == ()
