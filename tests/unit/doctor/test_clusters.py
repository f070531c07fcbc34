"""The cluster's version, its kinds, and Flux in it."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.cluster.kinds import Kinds, ResourceType
from gitops_action.deploy.flux import Phase
from gitops_action.deploy.flux_status import Row, Snapshot
from gitops_action.doctor.clusters import Flux, Server, judge, judge_flux
from gitops_action.doctor.lines import Line, State

FLUX = (
    ("source.toolkit.fluxcd.io/v1", "GitRepository"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
)


def kinds(*served: tuple[str, str]) -> Kinds:
    return Kinds([ResourceType(api, kind, f"{kind.lower()}s", namespaced=True) for api, kind in served])


def server(version: str = "v1.36.3", **more: Any) -> Server:
    return Server(**{"version": version, "kinds": kinds(*FLUX), "minors": tuple(range(28, 38)), **more})


def controller(name: str, *, available: str = "True", replicas: int = 1) -> dict[str, Any]:
    conditions = [{"type": "Available", "status": available, "message": "no pods"}] if available else []
    return {
        "metadata": {"name": name, "labels": {"app.kubernetes.io/version": "v2.8.1"}},
        "spec": {"replicas": replicas},
        "status": {"conditions": conditions},
    }


CONTROLLERS = [controller("source-controller"), controller("kustomize-controller")]


def of_flux(flux: Flux, about: Server | None = None) -> dict[str, Line]:
    return {one.name: one for one in judge_flux(about or server(), flux, "")}


@pytest.mark.parametrize(
    ("version", "configured", "state", "said"),
    [
        ("v1.36.3", (), State.OK, "v1.36.3"),
        ("v1.36.3-gke.100", ("1.36",), State.OK, "v1.36.3"),
        ("v1.29.0", (), State.MISSING, "1.30 or newer"),
        ("v1.99.0", (), State.WARNING, "1.28 to 1.37"),
        ("v1.36.3", ("1.30", "1.31"), State.WARNING, "validated for 1.30, 1.31"),
        ("", (), State.UNKNOWN, "does not tell"),
    ],
)
def test_the_version(version: str, configured: tuple[str, ...], state: State, said: str) -> None:
    (found,) = judge(server(version, configured=configured), "")
    assert (found.state, said in found.message) == (state, True), found.message


def test_kinds_that_the_cluster_does_not_have() -> None:
    wanted = [("v1", "ConfigMap"), FLUX[0]]
    found = list(judge(server(wanted=wanted), ""))
    assert [one.message for one in found if one.name == "kinds"] == ["the cluster does not serve ConfigMap (v1)"]


def test_a_flux_that_is_well() -> None:
    found = of_flux(Flux(CONTROLLERS, "", Snapshot([])))
    assert {one.state for one in found.values()} == {State.OK}
    assert found["Flux controllers"].message == "kustomize-controller v2.8.1, source-controller v2.8.1"


def test_no_flux_at_all() -> None:
    assert {name: one.state for name, one in of_flux(Flux(), server(kinds=kinds())).items()} == {"Flux": State.MISSING}


def test_an_old_flux_and_one_in_parts() -> None:
    old = kinds(("source.toolkit.fluxcd.io/v1beta2", "GitRepository"), FLUX[1])
    found = of_flux(Flux(CONTROLLERS), server(kinds=old))
    assert found["Flux GitRepository"].state is State.MISSING
    assert "v1beta2; v1 is needed" in found["Flux GitRepository"].message
    assert found["Flux HelmRelease"].state is State.WARNING


@pytest.mark.parametrize(
    ("controllers", "state", "said"),
    [
        ([CONTROLLERS[0], controller("kustomize-controller", available="False")], State.MISSING, "(no pods)"),
        ([CONTROLLERS[0], controller("kustomize-controller", replicas=0)], State.MISSING, "scaled to 0"),
        ([CONTROLLERS[0], controller("kustomize-controller", available="")], State.MISSING, "does not say"),
        ([CONTROLLERS[0]], State.UNKNOWN, "no Deployment of kustomize-controller"),
        ([], State.UNKNOWN, "no Deployment of source-controller, kustomize-controller"),
        (None, State.UNKNOWN, "may not be looked at: forbidden"),
    ],
)
def test_controllers(controllers: list[dict[str, Any]] | None, state: State, said: str) -> None:
    found = of_flux(Flux(controllers, "forbidden"))["Flux controllers"]
    assert (found.state, said in found.message) == (state, True), found.message


def test_sources_that_fail_keep_deployments_from_working_and_others_do_not() -> None:
    source = Row(
        "source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "fleet", Phase.BROKEN, message="no auth"
    )
    apps = Row("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "apps", Phase.FAILED, message="bad")
    found = of_flux(Flux(CONTROLLERS, "", Snapshot([source, apps], {"Bucket": "forbidden"})))
    assert (found["Flux sources"].state, found["Flux sources"].message) == (
        State.MISSING, "GitRepository flux-system/fleet: no auth",
    )  # fmt: skip
    states = [one.state for one in judge_flux(server(), Flux(CONTROLLERS, "", Snapshot([apps], {"Bucket": "no"})), "")]
    assert states[-2:] == [State.UNKNOWN, State.WARNING]
