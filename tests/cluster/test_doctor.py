"""The doctor of accounts on a real API server, and the preview by the account of `deploy/`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from gitops_action.adapters.control_plane import ControlPlane, control_plane
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.cluster.answers import Request
from gitops_action.doctor.lines import Examination, Line, State, Topic
from gitops_action.model import Outcome
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.doctor import Wish, doctor
from gitops_action.pipeline.promotion import Place
from gitops_action.pipeline.settings import Overrides
from gitops_action.report import doctor as report
from tests.cluster.servers import client, deploy, done, get
from tests.gitrepo import GitRepo, init
from tests.support import ROOT, tool
from tests.unit.pipeline.jobs import check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitops_action.adapters.api_server import HttpApiServer

pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("doctor")]

PREVIEW: Final = "system:serviceaccount:gitops-action:preview"
USERS: Final = {
    PREVIEW: ["system:serviceaccounts", "system:serviceaccounts:gitops-action", "system:authenticated"],
    "nobody": ["system:authenticated"],
}
ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1/"
THING: Final = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: thing, namespace: default}\ndata: {a: b}\n"


def _deploy_folder(server: HttpApiServer) -> None:
    for name in yaml.safe_load((ROOT / "deploy" / "kustomization.yaml").read_text())["resources"]:
        deploy(server, (ROOT / "deploy" / name).read_text(encoding="utf-8"), manager="admin")


def _await_policy(server: HttpApiServer) -> None:
    for _ in range(600):
        if "dry run" in server.send(Request("POST", "/api/v1/namespaces", {}, _space("default"))).message:
            return
    raise AssertionError("the policy does not come into force")


def _space(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    tool("etcd")
    tool("kube-apiserver")
    with control_plane(users=USERS) as running:
        with client(running) as admin:
            _deploy_folder(admin)
            deploy(admin, THING, manager="admin")
            deploy(admin, THING.replace("ConfigMap", "Secret").replace("data: {a: b}", "stringData: {a: b}"), "admin")
        with client(running, PREVIEW) as server:
            _await_policy(server)
        yield running


@pytest.fixture
def admin(plane: ControlPlane) -> Iterator[HttpApiServer]:
    with client(plane) as server:
        yield server


@pytest.fixture
def preview(plane: ControlPlane) -> Iterator[HttpApiServer]:
    with client(plane, PREVIEW) as server:
        yield server


@pytest.fixture(params=["as shipped", "with admin bound", "with cluster-admin bound"])
def granted(request: pytest.FixtureRequest, admin: HttpApiServer) -> Iterator[str]:
    """What somebody grants the account besides."""
    # Nobody aggregates roles here, so `admin` itself is empty: these are what a cluster puts it together from.
    parts = ("system:aggregate-to-admin", "system:aggregate-to-edit", "system:aggregate-to-view")
    roles = {"with admin bound": parts, "with cluster-admin bound": ("cluster-admin",)}.get(request.param, ())
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    for role in roles:
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"mistake-{role.replace(':', '-')}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": PREVIEW}],
        }
        done(admin.send(Request("POST", path, {}, binding)))
    if roles:
        _await_right(admin, allowed=True)
    yield request.param
    for role in roles:
        done(admin.send(Request("DELETE", f"{path}/mistake-{role.replace(':', '-')}")))
    if roles:
        _await_right(admin, allowed=False)


def _await_right(admin: HttpApiServer, *, allowed: bool) -> None:
    """Wait until the authorizer knows what was bound: to delete is none of the account's own rights."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": PREVIEW,
            "resourceAttributes": {"verb": "delete", "resource": "configmaps", "namespace": "default"},
        },
    }
    deadline = time.monotonic() + 30
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    while admin.send(Request("POST", path, {}, review)).body["status"]["allowed"] is not allowed:
        assert time.monotonic() < deadline, "the binding did not take effect in time"
        time.sleep(0.05)


@pytest.fixture
def git_repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


def test_a_change_is_previewed(git_repo: GitRepo, plane: ControlPlane, tmp_path: Path) -> None:
    secret = (
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: thing, namespace: default}\nstringData: {a: canary-7f3a}\n"
    )
    web = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\nspec:\n"
    web += "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n"
    web += "    spec: {containers: [{name: a, image: b}]}\n"
    start = git_repo.commit({"apps/production/all.yaml": THING + secret})
    git_repo.commit({"apps/production/all.yaml": THING.replace("a: b", "a: z") + secret.replace("7f3a", "91bc") + web})
    path = tmp_path / "kubeconfig"
    path.write_text(plane.kubeconfig(PREVIEW), encoding="utf-8")
    report = check(git_repo, start, overrides=Overrides(clusters=Clusters(str(path))))
    assert {(one.resource.kind, one.outcome) for one in report.changes} == {
        ("ConfigMap", Outcome.CONFLICT),
        ("Secret", Outcome.FORBIDDEN),
        ("Deployment", Outcome.CREATE),
    }


def _look(plane: ControlPlane, user: str, folder: Path, *jobs: str, repo: Path | None = None) -> Examination:
    path = folder / "kubeconfig"
    path.write_text(plane.kubeconfig(user), encoding="utf-8")
    found = doctor(Place(repo or folder), Clusters(str(path)), Wish(jobs), SilentProgress())
    for written in (report.text(found), report.as_json(found), report.markdown(found)):
        assert plane.tokens[user] not in written
    return found


def _examined(plane: ControlPlane, user: str, folder: Path) -> dict[str, State]:
    return {one.name: one.state for one in _look(plane, user, folder).lines if one.topic is Topic.CLUSTER}


def _line(found: Examination, name: str) -> Line:
    return next(one for one in found.lines if one.name == name)


def test_the_doctor_finds_nothing_wrong_with_it(plane: ControlPlane, tmp_path: Path) -> None:
    found = _examined(plane, PREVIEW, tmp_path)
    names = (
        "account",
        "power",
        "writes",
        "policy",
        "aggregated servers",
        "rights for preview",
        "secrets",
        "Kubernetes",
    )
    assert {name: found[name] for name in names} == dict.fromkeys(names, State.OK)


@pytest.mark.parametrize("granted", ["with admin bound", "with cluster-admin bound"], indirect=True)
def test_the_doctor_sees_power(granted: str, plane: ControlPlane, tmp_path: Path) -> None:
    found = _examined(plane, PREVIEW, tmp_path)
    assert (found["power"], found["writes"], found["secrets"]) == (State.MISSING, State.OK, State.WARNING), granted


def test_the_doctor_fails_on_cluster_admin(plane: ControlPlane, admin: HttpApiServer, tmp_path: Path) -> None:
    before = get(admin, "/api/v1/namespaces/default")
    path = tmp_path / "kubeconfig"
    path.write_text(plane.kubeconfig(), encoding="utf-8")
    argv = [sys.executable, "-m", "gitops_action", "doctor", "--kubeconfig", str(path), "--output", "json"]
    done_ = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done_.returncode == 1, done_.stderr
    found = {one["name"]: one["state"] for one in json.loads(done_.stdout)["lines"]}
    assert (found["power"], found["writes"]) == ("missing", "missing")
    # It was a conflict, and nothing else.
    assert get(admin, "/api/v1/namespaces/default") == before


def test_the_doctor_says_what_an_account_lacks(plane: ControlPlane, tmp_path: Path) -> None:
    found = _look(plane, "nobody", tmp_path)
    states = {one.name: one.state for one in found.lines}
    assert (states["power"], states["writes"], states["rights for preview"]) == (State.OK, State.OK, State.MISSING)
    assert _line(found, "rights for preview").message == (
        "it may not get, patch, create configmaps; get, patch, create services; get, patch, create namespaces; "
        "get, patch, create deployments of apps"
    )
    # What guards the cluster may not be looked at either, and that is not fine.
    assert (states["policy"], states["aggregated servers"]) == (State.UNKNOWN, State.UNKNOWN)
    assert found.exit_code == 1


@pytest.mark.parametrize(
    ("group", "resource", "verb"),
    [
        ("", "nodes/proxy", "get"),
        ("admissionregistration.k8s.io", "mutatingadmissionpolicies", "create"),
        ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings", "delete"),
    ],
)
def test_the_doctor_sees_what_no_policy_guards(  # noqa: PLR0917 - a right has three parts
    group: str, resource: str, verb: str, plane: ControlPlane, admin: HttpApiServer, tmp_path: Path
) -> None:
    rbac = "rbac.authorization.k8s.io"
    path = f"/apis/{rbac}/v1"
    rule = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
    role = {"apiVersion": f"{rbac}/v1", "kind": "ClusterRole", "metadata": {"name": "hole"}, "rules": [rule]}
    binding = {
        **role,
        "kind": "ClusterRoleBinding",
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "hole"},
        "subjects": [{"kind": "User", "apiGroup": rbac, "name": PREVIEW}],
    }
    del binding["rules"]
    done(admin.send(Request("POST", f"{path}/clusterroles", {}, role)))
    done(admin.send(Request("POST", f"{path}/clusterrolebindings", {}, binding)))
    try:
        deadline = time.monotonic() + 30
        while _examined(plane, PREVIEW, tmp_path)["power"] is not State.MISSING:
            assert time.monotonic() < deadline, "doctor does not see it"
            time.sleep(0.1)
    finally:
        done(admin.send(Request("DELETE", f"{path}/clusterrolebindings/hole")))
        done(admin.send(Request("DELETE", f"{path}/clusterroles/hole")))
    deadline = time.monotonic() + 30
    while _examined(plane, PREVIEW, tmp_path)["power"] is not State.OK:
        assert time.monotonic() < deadline, "the right does not go away"
        time.sleep(0.1)


def test_the_doctor_writes_nothing_where_nothing_keeps_it_from_it(plane: ControlPlane, tmp_path: Path) -> None:
    with client(plane) as admin:
        path = "/api/v1/namespaces/default/serviceaccounts/default"
        assert admin.send(Request("GET", path)).status == 404
        assert _examined(plane, "admin", tmp_path)["writes"] is State.MISSING
        assert admin.send(Request("GET", path)).status == 404


def test_a_policy_that_is_absent_is_noticed(tmp_path: Path) -> None:
    with control_plane(users=USERS) as plane, client(plane) as admin:
        for name in ("namespace.yaml", "account.yaml", "rights.yaml"):
            deploy(admin, (ROOT / "deploy" / name).read_text(encoding="utf-8"), manager="admin")
        assert _examined(plane, PREVIEW, tmp_path)["writes"] is State.MISSING
