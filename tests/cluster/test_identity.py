"""`deploy/` on a real API server: its account previews everything, and whatever else it tries is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action.adapters.api_server import Access, HttpApiServer
from gitops_action.adapters.control_plane import control_plane
from gitops_action.cluster import requests
from gitops_action.cluster.answers import APPLY, Answer, Request
from tests.gitrepo import init
from tests.support import ROOT, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitops_action.adapters.control_plane import ControlPlane

pytestmark = pytest.mark.tools

PREVIEW = "system:serviceaccount:gitops-action:preview"
ACCOUNTS = ["system:serviceaccounts", "system:serviceaccounts:gitops-action", "system:authenticated"]
POLICY = "gitops-action-preview-only"
DRY = {"dryRun": "All"}
BUNDLE = ("namespace.yaml", "policy.yaml", "account.yaml", "rights.yaml")
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
MERGE = "application/merge-patch+json"


def documents(*paths: Path) -> list[dict[str, Any]]:
    return [value for path in paths for value in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def own_kinds() -> list[dict[str, Any]]:
    """What README says for the kinds of one's own, as it stands there."""
    text = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return list(yaml.safe_load_all(blocks[0]))


def client(plane: ControlPlane, user: str) -> HttpApiServer:
    return HttpApiServer(Access(plane.url, plane.tls(), lambda: f"Bearer {plane.tokens[user]}"))


def put(admin: HttpApiServer, *values: dict[str, Any]) -> None:
    for value in values:
        kind = admin.kinds.find(value["apiVersion"], value["kind"]) or admin.discover().find(
            value["apiVersion"], value["kind"]
        )
        assert kind is not None, value["kind"]
        answer = admin.send(requests.apply(kind, value, dry_run=False))
        assert answer.ok, answer.message


def eventually(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def remove(admin: HttpApiServer, path: str) -> None:
    assert admin.send(Request("DELETE", path)).ok


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
        "data": data,
    }


def deployment() -> dict[str, Any]:
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": pod},
    }


def pod() -> dict[str, Any]:
    spec = {"containers": [{"name": "web", "image": "example.com/web:1"}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {**spec, "nodeName": "nowhere"},
    }


# Nobody aggregates roles here: these are what a cluster puts `edit` and `admin` together from.
PARTS = {
    "edit": ("system:aggregate-to-edit", "system:aggregate-to-view"),
    "admin": ("system:aggregate-to-admin", "system:aggregate-to-edit", "system:aggregate-to-view"),
    "cluster-admin": ("cluster-admin",),
}


def grant(role: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"too-much-{role.replace(':', '-')}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": PREVIEW}],
    }


def in_force(preview: HttpApiServer) -> bool:
    # The namespace is there already, so nothing can come of it.
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
    return POLICY in preview.send(Request("POST", "/api/v1/namespaces", {}, body)).message


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    tool("etcd")
    tool("kube-apiserver")
    with control_plane(users={PREVIEW: ACCOUNTS, "nobody": ["system:authenticated"]}) as running:
        yield running


@pytest.fixture(scope="module")
def admin(plane: ControlPlane) -> Iterator[HttpApiServer]:
    with client(plane, "admin") as server:
        eventually(lambda: server.send(Request("GET", "/api/v1/namespaces/default")).ok)
        put(server, *documents(*(ROOT / "deploy" / name for name in BUNDLE)), *own_kinds())
        put(server, *documents(ROOT / "examples/fleet/crds/backups.yaml"))
        put(server, config_map("there", key="1"), deployment(), pod())
        yield server


@pytest.fixture(scope="module")
def preview(plane: ControlPlane, admin: HttpApiServer) -> Iterator[HttpApiServer]:
    assert admin
    with client(plane, PREVIEW) as server:
        eventually(lambda: in_force(server))
        yield server


@pytest.fixture(params=["", "edit", "admin", "cluster-admin"], ids=lambda role: role or "as shipped")
def role(request: pytest.FixtureRequest, admin: HttpApiServer, preview: HttpApiServer) -> Iterator[str]:
    """What somebody gave the account besides."""
    name: str = request.param
    if not name:
        yield name
        return
    granted = [grant(part) for part in PARTS[name]]
    put(admin, *granted)
    try:
        path = "/api/v1/namespaces/default/configmaps/there"
        eventually(lambda: preview.send(Request("DELETE", path, DRY)).ok)
        yield name
    finally:
        for one in granted:
            remove(admin, f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{one['metadata']['name']}")
        eventually(lambda: not preview.send(Request("DELETE", path, DRY)).ok)


# What works


def test_previews_work(preview: HttpApiServer) -> None:
    maps = "/api/v1/namespaces/default/configmaps"
    for request in (
        Request("GET", maps),
        Request("GET", f"{maps}/there"),
        Request("POST", maps, DRY, config_map("new")),
        Request("PATCH", f"{maps}/there", {**DRY, "fieldManager": "x"}, config_map("there", more="2"), APPLY),
        Request("PATCH", f"{maps}/new", {**DRY, "fieldManager": "x"}, config_map("new"), APPLY),
        Request("PATCH", f"{maps}/there", DRY, {"data": {"key": "2"}}, MERGE),
    ):
        answer = preview.send(request)
        assert answer.ok, f"{request}: {answer.message}"


def test_questions_about_oneself_work(preview: HttpApiServer) -> None:
    for group, kind, spec in (
        (
            "authorization.k8s.io",
            "SelfSubjectAccessReview",
            {"resourceAttributes": {"verb": "get", "resource": "pods"}},
        ),
        ("authorization.k8s.io", "SelfSubjectRulesReview", {"namespace": "default"}),
        ("authentication.k8s.io", "SelfSubjectReview", {}),
    ):
        body = {"apiVersion": f"{group}/v1", "kind": kind, "spec": spec}
        answer = preview.send(Request("POST", f"/apis/{group}/v1/{kind.lower()}s", {}, body))
        assert answer.ok, answer.message


def test_nothing_else_is_held_up(admin: HttpApiServer) -> None:
    put(admin, config_map("of-somebody-else"))
    remove(admin, "/api/v1/namespaces/default/configmaps/of-somebody-else")


# What is refused

NAMESPACED = "/api/v1/namespaces/default"
EVICTION = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web", "namespace": "default"}}
TOKEN_REQUEST = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}
BINDING = {**grant("view"), "metadata": {"name": "mine"}}
DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/web"
TOKEN = "/api/v1/namespaces/gitops-action/serviceaccounts/preview/token"
WRITES = {
    "apply": Request(
        "PATCH", f"{NAMESPACED}/configmaps/there", {"fieldManager": "x"}, config_map("there", more="2"), APPLY
    ),
    "apply a new one": Request(
        "PATCH", f"{NAMESPACED}/configmaps/new", {"fieldManager": "x"}, config_map("new"), APPLY
    ),
    "create": Request("POST", f"{NAMESPACED}/configmaps", {}, config_map("new")),
    "patch": Request("PATCH", f"{NAMESPACED}/configmaps/there", {}, {"data": {"key": "2"}}, MERGE),
    "update": Request("PUT", f"{NAMESPACED}/configmaps/there", {}, config_map("there", key="2")),
    "delete": Request("DELETE", f"{NAMESPACED}/configmaps/there"),
    "delete all": Request("DELETE", f"{NAMESPACED}/configmaps"),
    "exec": Request("POST", f"{NAMESPACED}/pods/web/exec", {"command": "id", "stdout": "true"}),
    "exec by GET": Request("GET", f"{NAMESPACED}/pods/web/exec", {"command": "id", "stdout": "true"}),
    "attach": Request("POST", f"{NAMESPACED}/pods/web/attach", {"stdout": "true"}),
    "port forwarding": Request("POST", f"{NAMESPACED}/pods/web/portforward", {"ports": "80"}),
    "proxy": Request("GET", f"{NAMESPACED}/pods/web/proxy"),
    "scale": Request("PATCH", f"{DEPLOYMENT}/scale", {}, {"spec": {"replicas": 0}}, MERGE),
    "status": Request("PATCH", f"{DEPLOYMENT}/status", {}, {"status": {"replicas": 9}}, MERGE),
    "eviction": Request("POST", f"{NAMESPACED}/pods/web/eviction", {}, EVICTION),
    "bind a role": Request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {}, BINDING),
    "create a token": Request("POST", TOKEN, {}, TOKEN_REQUEST),
    "create a token in a dry run": Request("POST", TOKEN, DRY, TOKEN_REQUEST),
}
# The bytes, not the parsed object: any difference counts.
WATCHED = (f"{NAMESPACED}/configmaps", f"{NAMESPACED}/pods", DEPLOYMENT, "/apis/rbac.authorization.k8s.io/v1/roles")


def stored(admin: HttpApiServer) -> list[str]:
    def without_revision(answer: Answer) -> str:
        assert answer.ok, answer.message
        if "items" in answer.body:
            answer.body["metadata"].pop("resourceVersion")
        return json.dumps(answer.body, sort_keys=True)

    return [without_revision(admin.send(Request("GET", path))) for path in WATCHED]


def test_every_write_is_refused(role: str, admin: HttpApiServer, preview: HttpApiServer) -> None:
    before = stored(admin)
    wrong = {}
    for name, request in WRITES.items():
        answer = preview.send(request)
        # With the rights of an administrator it is the policy that refuses. `edit` and `admin` lack some of them.
        by_policy = role != "cluster-admin" or POLICY in answer.message
        if answer.status != 403 or not by_policy:
            wrong[name] = f"{answer.status} {answer.message}"
    assert wrong == {}
    assert stored(admin) == before


def test_secrets_cannot_be_read(preview: HttpApiServer) -> None:
    path = f"{NAMESPACED}/secrets"
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}
    for request in (Request("GET", path), Request("PATCH", f"{path}/x", {**DRY, "fieldManager": "x"}, body, APPLY)):
        assert preview.send(request).status == 403


GUARDS = (
    f"{ADMISSION}/validatingadmissionpolicies/{POLICY}",
    f"{ADMISSION}/validatingadmissionpolicybindings/{POLICY}",
)


@pytest.mark.parametrize("role", ["", "edit", "admin"], indirect=True, ids=lambda role: role or "as shipped")
@pytest.mark.parametrize("guard", GUARDS, ids=["policy", "binding"])
def test_the_policy_cannot_be_removed_or_changed(role: str, guard: str, preview: HttpApiServer) -> None:
    assert preview.send(Request("GET", guard)).ok, role
    patch = {"metadata": {"labels": {"a": "b"}}}
    for request in (
        Request("DELETE", guard),
        Request("PATCH", guard, {}, patch, MERGE),
        Request("PATCH", guard, DRY, patch, MERGE),
        Request("DELETE", guard.rpartition("/")[0]),
        Request("POST", guard.rpartition("/")[0], {}, {}),
    ):
        answer = preview.send(request)
        assert answer.status == 403, f"{request}: {answer.message}"


def impersonating(plane: ControlPlane, user: str) -> int:
    import http.client  # noqa: PLC0415 - only here are headers of our own needed

    connection = http.client.HTTPSConnection("127.0.0.1", plane.port, context=plane.tls(), timeout=10)
    headers = {"Authorization": f"Bearer {plane.tokens[PREVIEW]}", "Impersonate-User": user}
    connection.request("GET", f"{NAMESPACED}/configmaps", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.usefixtures("preview")
@pytest.mark.parametrize("user", ["admin", "system:serviceaccount:default:default", "system:masters"])
def test_it_cannot_be_somebody_else(plane: ControlPlane, user: str) -> None:
    assert impersonating(plane, user) == 403


# What README says that it does not hold against: here it is, so that nobody has to find out.


@pytest.mark.parametrize("role", ["edit"], indirect=True)
def test_edit_lets_it_be_a_service_account(role: str, admin: HttpApiServer, plane: ControlPlane) -> None:
    other = {**grant("view"), "metadata": {"name": "other"}}
    other["subjects"] = [{"kind": "ServiceAccount", "namespace": "default", "name": "other"}]
    put(admin, {**other, "roleRef": {**other["roleRef"], "name": "system:aggregate-to-view"}})
    try:
        eventually(lambda: impersonating(plane, "system:serviceaccount:default:other") == 200)
        assert role
        assert impersonating(plane, "admin") == 403
    finally:
        remove(admin, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/other")


@pytest.mark.parametrize("role", ["cluster-admin"], indirect=True)
def test_an_administrator_can_remove_the_policy(role: str, preview: HttpApiServer) -> None:
    assert role
    assert preview.send(Request("DELETE", GUARDS[1], DRY)).ok


# Previews with the program itself


def run(plane: ControlPlane, user: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(plane.kubeconfig(user), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "gitops_action", *arguments, "--kubeconfig", str(kubeconfig)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=dict(os.environ),
    )


def test_every_kind_of_the_example_is_previewed(
    plane: ControlPlane, admin: HttpApiServer, preview: HttpApiServer, tmp_path: Path
) -> None:
    assert preview
    tool("kustomize")
    put(
        admin,
        *(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            for name in ("shop-staging", "shop-production")
        ),
    )
    example = ROOT / "examples/fleet"
    files = {path.relative_to(example).as_posix(): path.read_bytes() for path in example.rglob("*") if path.is_file()}
    repo = init(tmp_path / "fleet")
    base = repo.commit({"README.md": "Nothing yet\n"})
    repo.commit(files)
    (repo.path / "out").mkdir()
    done = run(plane, PREVIEW, repo.path, "diff", "--base", base, "--context", "embedded", "--output", "json")
    report = json.loads(done.stdout)
    changes = {(change["resource"]["kind"], change["outcome"]) for change in report["changes"]}
    # Secrets are a choice of their own (components/secrets).
    assert {kind for kind, outcome in changes if outcome == "forbidden"} == {"Secret"}
    assert {outcome for kind, outcome in changes if kind != "Secret"} <= {"create", "update", "unchanged"}
    assert {kind for kind, _ in changes} >= {"Deployment", "StatefulSet", "Backup", "Service", "NetworkPolicy"}


def test_our_own_validation_finds_nothing_wrong() -> None:
    tool("kustomize")
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", "validate", "deploy"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
