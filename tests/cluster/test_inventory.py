"""The inventory of a pushed environment in a real cluster: an ApplySet that kubectl takes for one of its own kind."""

from __future__ import annotations

import os
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action import __version__
from gitops_action.deploy.result import Action, Result
from gitops_action.errors import UsageError
from tests.cluster.components import cluster, until
from tests.cluster.fleet import Fleet, actions, namespace, settings, workload
from tests.cluster.pushing import PATH, begin, change, get
from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("drift")]
_FEW = timedelta(seconds=3)
_TOOLING = "applyset.kubernetes.io/tooling"
_ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: NAME}\nrules: []\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("inventory")) as found:
        yield found


def parent_of(fleet: Fleet) -> Any:
    return fleet.cluster.get(f"/api/v1/namespaces/{fleet.name}/configmaps/gitops-production")


def by_kubectl(fleet: Fleet, manifest: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Let kubectl apply to the ApplySet, and prune what is not in the manifest."""
    argv = [
        str(tool("kubectl")), f"--kubeconfig={fleet.cluster.kubeconfig}", "apply", "--prune", "--server-side",
        "--applyset=configmaps/gitops-production", f"--namespace={fleet.name}", "-f", "-", *more,
    ]  # fmt: skip
    env = {**os.environ, "KUBECTL_APPLYSET": "true"}
    return subprocess.run(argv, env=env, input=manifest, check=False, capture_output=True, text=True)


def test_kubectl_takes_the_inventory_for_an_apply_set(tmp_path: Path, shared: Cluster) -> None:
    """The tooling is the one thing that keeps kubectl off; where that says kubectl, all else is as it would have made it."""
    other = f"other-{abs(hash(tmp_path)) % 10**8}"
    elsewhere = settings("there", x="1").replace("{name: there}", f"{{name: there, namespace: {other}}}")
    flat = {
        "namespace2.yaml": namespace(other),
        "a.yaml": settings("a", x="1"),
        "role.yaml": _ROLE.replace("NAME", other),
    }
    fleet = begin(tmp_path, shared, flat)
    listed = "resources: [namespace.yaml, namespace2.yaml, a.yaml, role.yaml, there.yaml]\n"
    a = settings("a", x="1").replace("{name: a}", f"{{name: a, namespace: {fleet.name}}}")
    fleet.commit({f"{PATH}/kustomization.yaml": listed, f"{PATH}/there.yaml": elsewhere, f"{PATH}/a.yaml": a})
    assert fleet.deploy().result is Result.SUCCESS
    notes = parent_of(fleet)["metadata"]["annotations"]
    assert notes[_TOOLING] == f"gitops-action/v{__version__}"
    assert notes["applyset.kubernetes.io/contains-group-kinds"] == (
        "ClusterRole.rbac.authorization.k8s.io,ConfigMap,Namespace"
    )
    assert notes["applyset.kubernetes.io/additional-namespaces"] == other
    refused = by_kubectl(fleet, settings("b", x="1"))
    assert refused.returncode == 1
    assert "gitops-action" in refused.stderr
    path = f"/api/v1/namespaces/{fleet.name}/configmaps/gitops-production"
    shared.patch(path, {"metadata": {"annotations": {_TOOLING: "kubectl/v1.36.3"}}})
    done = by_kubectl(fleet, "---\n".join([namespace(fleet.name), namespace(other), settings("b", x="1")]))
    assert done.returncode == 0, done.stderr
    pruned = {line for line in done.stdout.splitlines() if line.endswith(" pruned")}
    # In each of the namespaces, and what is in none.
    assert pruned == {
        "configmap/a pruned",
        "configmap/there pruned",
        f"clusterrole.rbac.authorization.k8s.io/{other} pruned",
    }


def test_the_inventory_has_the_id_that_kubectl_gives_it(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    ours = parent_of(fleet)["metadata"]["labels"]["applyset.kubernetes.io/id"]
    shared.send("DELETE", f"/api/v1/namespaces/{fleet.name}/configmaps/gitops-production")
    assert by_kubectl(fleet, settings("other", x="1"), "--force-conflicts").returncode == 0
    assert parent_of(fleet)["metadata"]["labels"]["applyset.kubernetes.io/id"] == ours
    # And it is kubectl's now: nobody of ours takes it.
    with pytest.raises(UsageError, match="belongs to kubectl"):
        fleet.deploy()


def test_what_left_git_is_found_in_all_namespaces_and_in_none(tmp_path: Path, shared: Cluster) -> None:
    other = f"other-{abs(hash(tmp_path)) % 10**8}"
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1"), "role.yaml": _ROLE.replace("NAME", other)})
    there = settings("there", x="1").replace("{name: there}", f"{{name: there, namespace: {other}}}")
    # Plain files, as the overlay gives all the same namespace.
    plain = {
        f"{PATH}/kustomization.yaml": None, f"{PATH}/a.yaml": settings("a", x="1").replace("{name: a}", f"{{name: a, namespace: {fleet.name}}}"),
        f"{PATH}/there.yaml": there, f"{PATH}/namespace2.yaml": namespace(other),
    }  # fmt: skip
    fleet.commit(plain)
    assert fleet.deploy().result is Result.SUCCESS
    fleet.commit({f"{PATH}/there.yaml": None, f"{PATH}/namespace2.yaml": None, f"{PATH}/role.yaml": None})
    done = actions(fleet.deploy())
    assert done[f"ConfigMap/{other}/there"] is Action.DELETED
    assert done[f"ClusterRole/{other}"] is Action.DELETED
    assert done[f"Namespace/{other}"] is Action.SKIPPED
    # It is remembered until somebody names it.
    assert actions(fleet.deploy())[f"Namespace/{other}"] is Action.SKIPPED
    assert actions(fleet.deploy(prune=["Namespace"]))[f"Namespace/{other}"] is Action.DELETED


def test_a_kind_that_left_git_stays_with_its_objects(tmp_path: Path, shared: Cluster) -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    group = f"g{abs(hash(tmp_path)) % 10**8}.example.com"
    kind = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"lamps.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": "Lamp", "plural": "lamps"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    lamp = {"apiVersion": f"{group}/v1", "kind": "Lamp", "metadata": {"name": "one"}}
    files = {"crd.yaml": yaml.safe_dump(kind), "lamp.yaml": yaml.safe_dump(lamp), "a.yaml": settings("a", x="1")}
    fleet = begin(tmp_path, shared, files)
    assert fleet.deploy().result is Result.SUCCESS
    change(fleet, {"a.yaml": settings("a", x="1"), "lamp.yaml": yaml.safe_dump(lamp)})
    assert actions(fleet.deploy())[f"CustomResourceDefinition/lamps.{group}"] is Action.SKIPPED
    assert shared.get(f"/apis/{group}/v1/namespaces/{fleet.name}/lamps/one")
    change(fleet, {"a.yaml": settings("a", x="1")})
    record = fleet.deploy(prune=["CustomResourceDefinition"])
    assert actions(record)[f"Lamp/{fleet.name}/one"] is Action.DELETED
    assert actions(record)[f"CustomResourceDefinition/lamps.{group}"] is Action.DELETED


def test_an_object_of_another_inventory_is_not_taken_away_silently(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    rival = begin(tmp_path / "rival", shared, {"b.yaml": settings("b", x="1")})
    # The same object in another environment's Git.
    mine = settings("a", x="1").replace("{name: a}", f"{{name: a, namespace: {fleet.name}}}")
    rival.commit({f"{PATH}/kustomization.yaml": None, f"{PATH}/b.yaml": mine})
    record = rival.deploy()
    assert record.result is Result.FAILURE
    assert f"ConfigMap/{fleet.name}/a" in record.outcome.message
    assert "it is part of another inventory (applyset-" in record.outcome.message
    assert "nothing was applied" in record.outcome.message
    assert set(actions(fleet.deploy()).values()) == {Action.UNCHANGED}
    assert rival.deploy(force_conflicts=True).result is Result.SUCCESS
    assert fleet.deploy().result is Result.FAILURE


def test_a_lost_inventory_is_found_again_by_its_members(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1"), "b.yaml": settings("b", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    shared.send("DELETE", f"/api/v1/namespaces/{fleet.name}/configmaps/gitops-production")
    change(fleet, {"a.yaml": settings("a", x="1")})
    assert actions(fleet.deploy())[f"ConfigMap/{fleet.name}/b"] is Action.DELETED


def test_the_inventory_says_what_has_not_ended(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    first = fleet.clone.git("rev-parse", "HEAD")
    # No controller is there to make it ready.
    second = change(fleet, {"a.yaml": settings("a", x="2"), "web.yaml": workload("web")})
    assert fleet.deploy(timeout=_FEW).result is Result.FAILURE
    notes = parent_of(fleet)["metadata"]["annotations"]
    assert (notes["gitops-action/commit"], notes["gitops-action/attempt"]) == (first, second)
    superseded = fleet.deploy(revision=first)
    assert superseded.result is Result.SUPERSEDED
    assert f"{second[:12]} is deployed, though not to the end" in superseded.outcome.message
    record = fleet.deploy(revision=first, older=True)
    assert record.result is Result.SUCCESS
    notes = parent_of(fleet)["metadata"]["annotations"]
    assert (notes["gitops-action/commit"], notes.get("gitops-action/attempt")) == (first, None)
    assert get(fleet, "deployments", "web") is None


def test_what_may_not_be_deleted_is_known_before_anything_is_applied(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1"), "b.yaml": settings("b", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    bindings = f"{policies[: -len('policies')]}policybindings"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["configmaps"]}
    where = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": fleet.name}}}
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": fleet.name},
        "spec": {"matchConstraints": {"resourceRules": [rule], **where}, "validations": [{"expression": "false", "message": "keep it"}]},
    }  # fmt: skip
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": fleet.name},
        "spec": {"policyName": fleet.name, "validationActions": ["Deny"]},
    }  # fmt: skip
    shared.send("POST", policies, policy)
    shared.send("POST", bindings, binding)
    change(fleet, {"a.yaml": settings("a", x="2")})
    record = until(lambda: (it := fleet.deploy(dry_run=True)).result is Result.FAILURE and it, seconds=30)
    assert f"ConfigMap/{fleet.name}/b" in record.outcome.message
    assert "keep it" in record.outcome.message
    assert fleet.deploy().result is Result.FAILURE
    assert get(fleet, "configmaps", "a")["data"] == {"x": "1"}
    shared.send("DELETE", f"{bindings}/{fleet.name}")
    until(lambda: fleet.deploy().result is Result.SUCCESS, seconds=30)
