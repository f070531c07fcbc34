from __future__ import annotations

import json
from typing import Any

import pytest

from gitops_action.errors import UsageError
from gitops_action.validate import catalog as module
from gitops_action.validate.catalog import Catalog, every_kind, minors
from gitops_action.validate.compiling import compile_schema


@pytest.mark.parametrize("version", ["1.36", "v1.36", "1.36.3", "v1.36.3", "1.36.3-eks-5", "1.36.0+k3s1", " 1.36 "])
def test_a_version_may_be_written_as_clusters_print_it(version: str) -> None:
    assert Catalog.for_version(version) == Catalog(36)


@pytest.mark.parametrize("version", ["", "36", "latest", "2.0", "1.", "1.36.", "1.x", "1.36 beta", "1.9999"])
def test_another_version_is_an_error_that_says_how_to_write_it(version: str) -> None:
    with pytest.raises(UsageError, match=r"write it as 1\.36"):
        Catalog.for_version(version)


def test_a_version_that_is_not_bundled_names_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"1\.12; there are for 1\.28 to 1\.\d+"):
        Catalog.for_version("1.12")


def test_ten_minors_are_bundled_without_a_gap() -> None:
    assert minors() == tuple(range(28, 38))
    assert Catalog.newest().version == "1.37"


@pytest.mark.parametrize(
    ("api_version", "kind", "minor", "there"),
    [
        ("v1", "Pod", 28, True),
        ("apps/v1", "Deployment", 37, True),
        ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", 28, True),
        ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", 29, False),
        ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", 28, False),
        ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", 29, True),
        ("policy/v1beta1", "PodDisruptionBudget", 28, False),
        # Nobody can create these.
        ("v1", "ComponentStatus", 36, False),
        ("apps/v1", "DeploymentList", 36, False),
        ("autoscaling/v1", "Scale", 36, False),
        ("v1", "Status", 36, False),
    ],
)
def test_each_minor_has_the_kinds_that_it_serves(api_version: str, kind: str, minor: int, *, there: bool) -> None:
    assert ((api_version, kind) in Catalog(minor).kinds) is there
    assert (Catalog(minor).schema(api_version, kind) is not None) is there


def test_kinds_know_their_scope_and_their_end() -> None:
    kinds = every_kind()
    assert kinds["v1", "Namespace"].namespaced is False
    assert kinds["v1", "ConfigMap"].namespaced is True
    budget = kinds["policy/v1beta1", "PodDisruptionBudget"]
    assert (budget.deprecated, budget.removed, budget.replacement) == (21, 25, ("policy/v1", "PodDisruptionBudget"))
    assert kinds["apps/v1", "Deployment"].group == "apps"
    assert kinds["v1", "Pod"].group == ""


def test_a_definition_is_the_one_of_its_minor() -> None:
    probe = "io.k8s.api.core.v1.Toleration"
    assert Catalog(28).definition(probe)["properties"]["operator"]["enum"] == ["Equal", "Exists"]
    assert Catalog(37).definition(probe)["properties"]["operator"]["enum"] == ["Equal", "Exists", "Gt", "Lt"]
    with pytest.raises(KeyError):
        Catalog(28).definition("io.k8s.api.core.v1.Nothing")


def test_what_later_rules_need_is_kept() -> None:
    ports = Catalog(36).definition("io.k8s.api.core.v1.ServiceSpec")["properties"]["ports"]
    assert ports["x-kubernetes-list-map-keys"] == ["port", "protocol"]
    assert ports["x-kubernetes-patch-merge-key"] == "port"
    protocol = Catalog(36).definition("io.k8s.api.core.v1.ServicePort")["properties"]["protocol"]
    assert protocol["default"] == "TCP"


def test_one_kind_is_read_without_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    every_kind()
    module._definition.cache_clear()
    parsed: list[bytes] = []
    loads = json.loads

    def noting(text: bytes) -> Any:
        parsed.append(text)
        return loads(text)

    monkeypatch.setattr(json, "loads", noting)
    Catalog(36).schema("v1", "ConfigMap")
    assert 0 < len(parsed) < 10


@pytest.mark.parametrize("minor", range(28, 38))
def test_every_schema_is_self_contained_and_compiles(minor: int) -> None:
    catalog = Catalog(minor)
    assert len(catalog.kinds) > 70
    for key in catalog.kinds:
        schema = catalog.schema(*key)
        assert schema is not None
        compiled = compile_schema(schema)
        assert compiled.unchecked == ()
