"""What `init --via apply` writes, deployed to a real cluster by the account that it gives the workflow."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.deploy.result import Action, Result
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.drifting import Wish, drift
from gitops_action.scaffold import repository
from gitops_action.scaffold.wish import Setup, Via
from tests.cluster.components import cluster
from tests.cluster.fleet import Fleet, actions
from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("push")]
DEPLOYER = "system:serviceaccount:gitops-action:deploy"
GROUPS = ["system:serviceaccounts", "system:serviceaccounts:gitops-action", "system:authenticated"]
SETUP = Setup(("staging", "production"), Via.APPLY)
SERVICE = "apps/base/web/service.yaml"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Fleet]]:
    """A cluster in which a person has applied `access/`, and the repository."""
    folder = tmp_path_factory.mktemp("begin")
    with cluster(folder / "cluster", controllers=True, users={DEPLOYER: GROUPS}) as found:
        fleet = Fleet.begin(folder, found, repository.of_new(SETUP))
        found.kubectl("apply", "--server-side", "-k", str(fleet.clone.path / "access"))
        yield found, fleet


def may(found: Cluster, *question: str) -> bool:
    """Ask the API server, as the account that deploys."""
    argv = [str(tool("kubectl")), f"--kubeconfig={found.kubeconfig_of(DEPLOYER)}", "auth", "can-i", *question]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip() == "yes"


def test_the_workflows_account_brings_an_empty_cluster_up(begun: tuple[Cluster, Fleet]) -> None:
    found, fleet = begun
    record = fleet.deploy("production", user=DEPLOYER)
    assert record.result is Result.SUCCESS, record.outcome.message
    assert set(actions(record)) == {"Namespace/web", "Deployment/web/web", "Service/web/web"}
    assert set(actions(record).values()) == {Action.CREATED}
    live = found.get("/apis/apps/v1/namespaces/web/deployments/web")
    assert live["status"]["availableReplicas"] == 2
    # The namespace asks for the strictest of Kubernetes' standards, and the example keeps it.
    space = found.get("/api/v1/namespaces/web")
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"

    again = fleet.deploy("production", user=DEPLOYER)
    assert again.result is Result.SUCCESS
    assert set(actions(again).values()) == {Action.UNCHANGED}


def test_it_takes_away_what_leaves_git(begun: tuple[Cluster, Fleet]) -> None:
    found, fleet = begun
    assert fleet.deploy("production", user=DEPLOYER).result is Result.SUCCESS
    kustomization = "apps/base/web/kustomization.yaml"
    text = (fleet.clone.path / kustomization).read_text()
    fleet.commit({SERVICE: None, kustomization: text.replace("  - service.yaml\n", "")})
    record = fleet.deploy("production", user=DEPLOYER)
    assert record.result is Result.SUCCESS, record.outcome.message
    assert actions(record)["Service/web/web"] is Action.DELETED
    assert found.get("/api/v1/namespaces/web/services/web") is None
    fleet.commit({SERVICE: repository.of_new(SETUP)[SERVICE], kustomization: text})


def test_drift_is_looked_for_in_the_environments_and_not_in_the_accounts(begun: tuple[Cluster, Fleet]) -> None:
    found, fleet = begun
    assert fleet.deploy("production", user=DEPLOYER).result is Result.SUCCESS
    told: list[str] = []
    clusters = Clusters(contexts={"": "test"}, kubeconfig=str(found.kubeconfig_of(DEPLOYER)))
    looks = drift(fleet.place, clusters, Wish(settle=0), SilentProgress(), told.append)
    assert [one.environment for one in looks] == ["staging", "production"]
    assert looks[1].skipped == ""
    assert looks[1].drifted == []
    assert any("belong to no environment" in one for one in told)


@pytest.mark.parametrize(
    "question",
    [
        ("get", "secrets", "--all-namespaces"),
        ("create", "secrets", "--all-namespaces"),
        ("delete", "namespaces"),
        ("delete", "customresourcedefinitions"),
        ("create", "pods", "--subresource=exec", "--all-namespaces"),
        ("create", "serviceaccounts", "--subresource=token", "--all-namespaces"),
        ("delete", "validatingadmissionpolicies"),
        ("escalate", "clusterroles"),
        ("bind", "clusterroles"),
        ("impersonate", "users"),
        ("*", "*"),
    ],
)
def test_it_may_do_no_more_than_it_needs(begun: tuple[Cluster, Fleet], question: tuple[str, ...]) -> None:
    assert not may(begun[0], *question)


def test_it_may_do_what_it_needs(begun: tuple[Cluster, Fleet]) -> None:
    for verb in ("get", "list", "create", "patch", "delete"):
        assert may(begun[0], verb, "deployments.apps", "--all-namespaces"), verb


def test_it_cannot_give_itself_more(begun: tuple[Cluster, Fleet]) -> None:
    found, fleet = begun
    role = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: more}\n"
        'rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]\n'
    )
    kustomization = "infrastructure/base/kustomization.yaml"
    text = (fleet.clone.path / kustomization).read_text()
    fleet.commit({"infrastructure/base/more.yaml": role, kustomization: f"{text}  - more.yaml\n"})
    record = fleet.deploy("production", user=DEPLOYER)
    assert record.result is Result.FAILURE
    assert "more" in record.outcome.message
    assert found.get("/apis/rbac.authorization.k8s.io/v1/clusterroles/more") is None
    fleet.commit({"infrastructure/base/more.yaml": None, kustomization: text})
