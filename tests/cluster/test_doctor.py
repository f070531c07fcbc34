"""The doctor of accounts on a real API server, and the preview by the account of `deploy/`."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from gitops_action import action
from gitops_action.adapters.control_plane import ControlPlane, control_plane
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.cluster.answers import Request
from gitops_action.doctor.lines import Examination, Line, State, Topic
from gitops_action.errors import ClusterError, UsageError
from gitops_action.model import Outcome
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.doctor import Wish, doctor
from gitops_action.pipeline.places import Place
from gitops_action.pipeline.settings import Overrides
from gitops_action.report import doctor as report
from tests.cluster.servers import client, deploy, done, get, patch
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


# What Git has decides what is asked


_REPOSITORY: Final = {
    ".gitops.yaml": (
        "version: 1\nenvironments:\n  production: {paths: [apps/production], deploy: {via: apply, namespace: gitops}}\n"
    ),
    "apps/production/all.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: web}\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a, namespace: api}\n"
        "spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}\n---\n"
        "apiVersion: example.com/v1\nkind: Strange\nmetadata: {name: a, namespace: api}\n"
    ),
}
_RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture
def bound(admin: HttpApiServer) -> Iterator[None]:
    """`nobody` may write ConfigMaps and Ingresses in single namespaces, and only there."""
    everything = ["get", "list", "patch", "create", "delete", "update"]
    groups = {
        "web": [("", "configmaps")],
        "api": [("networking.k8s.io", "ingresses")],
        "gitops": [("", "configmaps"), ("coordination.k8s.io", "leases")],
    }
    made = []
    for space, kinds in groups.items():
        admin.send(Request("POST", "/api/v1/namespaces", {}, _space(space)))
        rules = [{"apiGroups": [group], "resources": [kind], "verbs": everything} for group, kind in kinds]
        role = {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "deployer", "namespace": space}, "rules": rules,
        }  # fmt: skip
        binding = {
            **role,
            "kind": "RoleBinding",
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
            "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "nobody"}],
        }
        del binding["rules"]
        path = f"{_RBAC}/namespaces/{space}"
        done(admin.send(Request("POST", f"{path}/roles", {}, role)))
        done(admin.send(Request("POST", f"{path}/rolebindings", {}, binding)))
        made += [f"{path}/rolebindings/deployer", f"{path}/roles/deployer"]
    yield
    for path in made:
        done(admin.send(Request("DELETE", path)))


@pytest.mark.usefixtures("bound")
def test_rights_that_are_bound_in_single_namespaces_are_enough(
    git_repo: GitRepo, plane: ControlPlane, tmp_path: Path
) -> None:
    git_repo.commit(_REPOSITORY)
    deadline = time.monotonic() + 30
    while True:
        found = _look(plane, "nobody", tmp_path, "deploy", repo=git_repo.path)
        if _line(found, "rights for deploy-apply").state is State.OK:
            break
        assert time.monotonic() < deadline, _line(found, "rights for deploy-apply").message
        time.sleep(0.1)
    assert found.exit_code == 0
    assert "Strange (example.com/v1)" in _line(found, "kinds").message


@pytest.mark.usefixtures("bound")
def test_what_is_lacking_is_said_with_its_namespace(git_repo: GitRepo, plane: ControlPlane, tmp_path: Path) -> None:
    files = {**_REPOSITORY, "apps/production/more.yaml": THING}
    git_repo.commit(files)
    deadline = time.monotonic() + 30
    wanted = "it may not get, list, patch, create configmaps in default"
    while (found := _line(_look(plane, "nobody", tmp_path, "deploy", repo=git_repo.path), "rights for deploy-apply")).message != wanted:  # fmt: skip
        assert time.monotonic() < deadline, found.message
        time.sleep(0.1)
    assert found.state is State.MISSING
    assert "kubectl create clusterrole" in found.fix
    assert "--user=nobody" in found.fix


def test_the_commands_of_a_fix_do_mend_it(
    git_repo: GitRepo, plane: ControlPlane, admin: HttpApiServer, tmp_path: Path
) -> None:
    git_repo.commit(_REPOSITORY)
    fix = _line(_look(plane, "nobody", tmp_path, "deploy", repo=git_repo.path), "rights for deploy-apply").fix
    kubeconfig = tmp_path / "admin"
    kubeconfig.write_text(plane.kubeconfig(), encoding="utf-8")
    kubectl = f"{tool('kubectl')} --kubeconfig={kubeconfig}"
    try:
        subprocess.run(["/bin/sh", "-c", fix.replace("kubectl", kubectl)], check=True, capture_output=True)
        deadline = time.monotonic() + 30
        while _line(_look(plane, "nobody", tmp_path, "deploy", repo=git_repo.path), "rights for deploy-apply").state is not State.OK:  # fmt: skip
            assert time.monotonic() < deadline, "the fix does not mend it"
            time.sleep(0.1)
    finally:
        for kind in ("clusterrolebindings", "clusterroles"):
            done(admin.send(Request("DELETE", f"{_RBAC}/{kind}/gitops-action-deploy-apply")))


# The policy


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"failurePolicy": "Ignore"}, "failurePolicy"),
        ({"validations": [{"expression": "request.dryRun || true", "message": "this account may only preview; dry run"}]}, "dry runs"),
    ],
)  # fmt: skip
def test_a_policy_that_was_weakened_is_noticed(
    change: dict[str, Any], said: str, plane: ControlPlane, admin: HttpApiServer, tmp_path: Path
) -> None:
    path = f"{ADMISSION}validatingadmissionpolicies/gitops-action-preview-only"
    before = get(admin, path)["spec"]
    try:
        patch(admin, path, {"spec": change})
        found = _line(_look(plane, PREVIEW, tmp_path), "policy")
        assert (found.state, said in found.message) == (State.MISSING, True), found.message
    finally:
        patch(admin, path, {"spec": before})
    with client(plane, PREVIEW) as server:
        _await_policy(server)
    assert _line(_look(plane, PREVIEW, tmp_path), "policy").state is State.OK


def test_writes_that_an_aggregated_server_would_get_are_noticed(
    plane: ControlPlane, admin: HttpApiServer, tmp_path: Path
) -> None:
    group = "things.example.com"
    api = {
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": f"v1.{group}"},
        "spec": {
            "group": group, "version": "v1", "groupPriorityMinimum": 1000, "versionPriority": 10,
            "insecureSkipTLSVerify": True, "service": {"name": "nowhere", "namespace": "default"},
        },
    }  # fmt: skip
    services = "/apis/apiregistration.k8s.io/v1/apiservices"
    assert _line(_look(plane, PREVIEW, tmp_path), "aggregated servers").state is State.OK
    done(admin.send(Request("POST", services, {}, api)))
    try:
        # Nobody answers for it, so that its kinds are not known: that is not fine.
        found = _line(_look(plane, PREVIEW, tmp_path), "aggregated servers")
        assert (found.state, group in found.message) == (State.UNKNOWN, True), found.message
    finally:
        done(admin.send(Request("DELETE", f"{services}/v1.{group}")))


# Clusters that are not there, or do not know who asks


def test_a_token_that_is_wrong_and_a_server_that_is_gone(plane: ControlPlane, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(plane.kubeconfig("nobody").replace(plane.tokens["nobody"], "wrong"), encoding="utf-8")
    found = doctor(Place(tmp_path), Clusters(str(path)), Wish(["preview"]), SilentProgress())
    assert (_line(found, "account").state, found.exit_code) == (State.MISSING, 1)
    port = plane.url.rpartition(":")[2]
    path.write_text(plane.kubeconfig("nobody").replace(f":{port}", ":1"), encoding="utf-8")
    found = doctor(Place(tmp_path), Clusters(str(path)), Wish(["preview"]), SilentProgress())
    assert found.exit_code == 1
    assert "cannot be reached" in _line(found, "account").message


def test_a_kubeconfig_that_is_not_there_hides_nothing_else(tmp_path: Path) -> None:
    found = doctor(Place(tmp_path), Clusters(str(tmp_path / "absent")), Wish(["preview"]), SilentProgress())
    assert "cannot be read" in _line(found, "cluster").message
    assert {Topic.PROGRAMS, Topic.GIT, Topic.GITHUB} <= {one.topic for one in found.lines}
    path = tmp_path / "kubeconfig"
    path.write_text("apiVersion: v1\nkind: Config\n", encoding="utf-8")
    found = doctor(Place(tmp_path), Clusters(str(path), {"": "nowhere"}), Wish(["preview"]), SilentProgress())
    assert "has no context `nowhere`" in _line(found, "cluster").message


def _in_a_workflow(kubeconfig: Path, folder: Path, **inputs: str) -> tuple[int, str, str]:
    """Run the action; return its exit code, its log and the job's summary."""
    out, summary = io.StringIO(), folder / "summary"
    files = {name: folder / name for name in ("output", "state")}
    for file in (*files.values(), summary):
        file.touch()
    env = {
        "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(kubeconfig.parent), "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(files["output"]), "PATH": os.environ["PATH"], "INPUT_KUBECONFIG": str(kubeconfig),
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
    }  # fmt: skip
    return action.run(env, out), out.getvalue(), summary.read_text(encoding="utf-8")


def test_a_workflow_can_ask_the_doctor(plane: ControlPlane, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(plane.kubeconfig(PREVIEW), encoding="utf-8")
    code, log, summary = _in_a_workflow(kubeconfig, tmp_path, command="doctor", job="preview")
    # There is no repository here, and the rest is said all the same.
    assert code == 1
    assert "what is not a dry run is refused by a policy" in log
    assert "| **preview** | ❌ lacks | repository |" in summary
    assert plane.tokens[PREVIEW] not in log + summary
    with pytest.raises(UsageError, match="input job: `nonsense` is none of"):
        _in_a_workflow(kubeconfig, tmp_path, command="doctor", job="nonsense")
    with pytest.raises(ClusterError, match="Flux is not installed"):
        _in_a_workflow(kubeconfig, tmp_path, command="status")


def test_each_cluster_is_looked_at_with_the_environments_in_it(
    git_repo: GitRepo, plane: ControlPlane, tmp_path: Path
) -> None:
    git_repo.commit(
        {
            ".gitops.yaml": (
                "version: 1\nenvironments:\n"
                "  staging: {paths: [apps/staging], context: stg}\n  production: {paths: [apps/production]}\n"
            ),
            "apps/staging/a.yaml": THING,
            "apps/production/a.yaml": THING.replace("namespace: default", "namespace: web"),
        }
    )
    whole = yaml.safe_load(plane.kubeconfig("nobody"))
    (context,) = whole["contexts"]
    whole["contexts"] = [{**context, "name": name} for name in ("stg", "production", "other")]
    whole["current-context"] = "other"
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    found = doctor(Place(git_repo.path), Clusters(str(path)), Wish(["preview"]), SilentProgress())
    lacking = {one.where: one.message for one in found.lines if one.name == "rights for preview"}
    assert lacking == {
        "stg": "it may not get, patch, create configmaps in default",
        "production": "it may not get, patch, create configmaps in web",
    }
    assert "Cluster production" in report.text(found)
