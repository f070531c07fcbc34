"""The embedded control plane: a real API server that is soon there, lets nobody else in, and is gone with its parent."""

from __future__ import annotations

import base64
import http.client
import http.server
import json
import os
import signal
import ssl
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters import control_plane as adapter
from gitops_action.adapters.control_plane import HOST, ControlPlane, control_plane
from gitops_action.adapters.processes import Child, find_tool, run
from gitops_action.errors import ToolFailedError, ToolMissingError
from tests.support import require, tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.tools


@pytest.fixture(autouse=True)
def _programs() -> None:
    tool("etcd")
    tool("kube-apiserver")


def ask(plane: ControlPlane, method: str, path: str, body: object = None, token: str = "") -> tuple[int, Any]:
    connection = http.client.HTTPSConnection(HOST, plane.port, context=plane.tls(), timeout=10)
    headers = {"Authorization": f"Bearer {token or plane.token}", "Content-Type": "application/json"}
    with closing(connection):
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        said = response.read()
        is_json = response.getheader("Content-Type") == "application/json"
        return response.status, json.loads(said) if is_json else said.decode()


def processes_in(folder: Path) -> dict[int, str]:
    """The processes that run in a folder, and the guard that was told of it."""
    require(Path("/proc/self/cwd").exists(), "/proc, to see which processes there are")
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            if (entry / "cwd").readlink() == folder or (str(folder) in command and "guard.py" in command):
                found[int(entry.name)] = command.split("\0")[0].rpartition("/")[2]
        except OSError:
            continue  # it is gone, or somebody else's
    return found


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def listens(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    with closing(connection):
        try:
            connection.connect()
        except OSError:
            return False
        return True


@contextmanager
def seen_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Path]]:
    """Note the folders that control planes are given."""
    folders: list[Path] = []

    def make(prefix: str) -> str:
        folders.append(tmp_path / f"{prefix}{len(folders)}")
        folders[-1].mkdir(mode=0o700)
        return str(folders[-1])

    monkeypatch.setattr("gitops_action.adapters.control_plane.tempfile.mkdtemp", make)
    yield folders


def test_it_judges_as_a_cluster_does_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with seen_folders(monkeypatch, tmp_path) as folders:
        start = time.monotonic()
        with control_plane() as plane:
            print(f"ready after {time.monotonic() - start:.2f} s")  # noqa: T201 - a figure for people, not a judgement
            assert sorted(processes_in(folders[0]).values()) == ["etcd", "kube-apiserver", Path(sys.executable).name]
            status, version = ask(plane, "GET", "/version")
            assert (status, version["major"]) == (200, "1")
            wrong = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "dat": {}}
            path = "/api/v1/namespaces/kube-system/configmaps?dryRun=All&fieldValidation=Strict"
            assert eventually(lambda: ask(plane, "GET", "/api/v1/namespaces/kube-system")[0] == 200)
            status, answer = ask(plane, "POST", path, wrong)
            assert (status, answer["message"].count('unknown field "dat"')) == (400, 1)
            del wrong["dat"]
            assert ask(plane, "POST", path, wrong)[0] == 201
        assert not folders[0].exists()
        assert processes_in(folders[0]) == {}
        assert not listens(plane.port)


def test_privileged_containers_are_for_policies_to_refuse() -> None:
    container = {"name": "a", "image": "a", "securityContext": {"privileged": True}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [container]}}
    with control_plane() as plane:
        assert eventually(lambda: ask(plane, "GET", "/api/v1/namespaces/kube-system")[0] == 200)
        assert ask(plane, "POST", "/api/v1/namespaces/kube-system/pods?dryRun=All", pod)[0] == 201


def test_nobody_else_gets_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITOPS_TEST_SECRET", "x")
    with seen_folders(monkeypatch, tmp_path) as folders, control_plane() as plane:
        assert ask(plane, "GET", "/version", token="wrong")[0] == 401
        connection = http.client.HTTPSConnection(HOST, plane.port, context=ssl.create_default_context(), timeout=10)
        with closing(connection), pytest.raises(ssl.SSLCertVerificationError):
            connection.connect()
        assert stat.S_IMODE(folders[0].stat().st_mode) == 0o700
        for name in ("tokens.csv", "server.key", "accounts.key"):
            assert stat.S_IMODE((folders[0] / name).stat().st_mode) == 0o600
        assert plane.token not in repr(plane)
        processes = processes_in(folders[0])
        assert len(processes) == 3
        for pid in processes:
            assert plane.token not in Path(f"/proc/{pid}/cmdline").read_text()
            assert "GITOPS_TEST_SECRET" not in Path(f"/proc/{pid}/environ").read_text()
        assert listening(processes) == {f"{HOST}:{plane.port}"}


def listening(processes: dict[int, str]) -> set[str]:
    """The TCP addresses that processes listen on, from the kernel's own tables."""
    opened = {
        str(entry.readlink())
        for pid in processes
        for entry in Path(f"/proc/{pid}/fd").iterdir()
        if entry.is_symlink()  # still open
    }
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in opened:
                address, _, port = fields[1].partition(":")
                host = ".".join(str(byte) for byte in reversed(bytes.fromhex(address))) if table == "tcp" else address
                found.add(f"{host}:{int(port, 16)}")
    return found


def test_several_run_side_by_side_and_know_nothing_of_each_other() -> None:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "only-in-one"}}
    with control_plane() as one, control_plane() as other:
        assert one.port != other.port
        assert ask(one, "POST", "/api/v1/namespaces", body)[0] == 201
        assert ask(one, "GET", "/api/v1/namespaces/only-in-one")[0] == 200
        assert ask(other, "GET", "/api/v1/namespaces/only-in-one")[0] == 404
        assert ask(other, "GET", "/version", token=one.token)[0] == 401


PARENT = """
import os, sys, time
from gitops_action.adapters import control_plane as adapter
with adapter.control_plane() as plane:
    if sys.argv[1] == "fork" and os.fork() == 0:
        time.sleep(60)
    print(plane.port, os.getpid(), flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", ["alone", "fork"])
def test_nothing_survives_a_parent_that_is_killed(how: str, tmp_path: Path) -> None:
    """Also where a process that the parent has forked lives on and holds all that the parent held."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, how], stdout=subprocess.PIPE, env=environment, start_new_session=True
    ) as parent:
        try:
            assert parent.stdout is not None
            port, pid = map(int, parent.stdout.readline().split())
            (folder,) = tmp_path.iterdir()
            assert len(processes_in(folder)) == 3
            os.kill(pid, signal.SIGKILL)
            assert eventually(lambda: not processes_in(folder))
            assert eventually(lambda: not folder.exists())
            assert not listens(port)
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


def test_the_programs_do_not_survive_their_guard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    require(sys.platform == "linux", "Linux, which ends processes with their parent")
    with seen_folders(monkeypatch, tmp_path) as folders, control_plane() as plane:
        found = processes_in(folders[0])
        (guard,) = [pid for pid, name in found.items() if name not in {"etcd", "kube-apiserver"}]
        os.kill(guard, signal.SIGKILL)
        assert eventually(lambda: not listens(plane.port))
        assert eventually(lambda: set(processes_in(folders[0])) <= {guard})  # as a zombie until it is waited for
    assert not folders[0].exists()


def test_an_exception_in_the_block_ends_it_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with seen_folders(monkeypatch, tmp_path) as folders:
        with pytest.raises(KeyboardInterrupt), control_plane():
            raise KeyboardInterrupt
        assert processes_in(folders[0]) == {}
        assert not folders[0].exists()


def test_it_goes_on_when_the_thread_that_started_it_is_gone() -> None:
    stack: list[Any] = []

    def start() -> None:
        manager = control_plane()
        stack.extend([manager, manager.__enter__()])

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    manager, plane = stack
    try:
        time.sleep(0.5)
        assert ask(plane, "GET", "/version")[0] == 200
    finally:
        manager.__exit__(None, None, None)


def test_users_may_do_what_rbac_gives_them() -> None:
    with control_plane(users={"ci": ["reviewers"]}) as plane:
        token = plane.tokens["ci"]
        assert ask(plane, "GET", "/api/v1/namespaces", token=token)[0] == 403
        group = "rbac.authorization.k8s.io"
        named = {"apiVersion": f"{group}/v1", "metadata": {"name": "reviewers"}}
        role = {
            **named,
            "kind": "ClusterRole",
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}],
        }
        binding = {
            **named,
            "kind": "ClusterRoleBinding",
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "reviewers"},
            "subjects": [{"apiGroup": group, "kind": "Group", "name": "reviewers"}],
        }
        assert ask(plane, "POST", f"/apis/{group}/v1/clusterroles", role)[0] == 201
        assert ask(plane, "POST", f"/apis/{group}/v1/clusterrolebindings", binding)[0] == 201
        assert eventually(lambda: ask(plane, "GET", "/api/v1/namespaces/default/pods", token=token)[0] == 200)


def test_kubectl_reads_its_kubeconfig(tmp_path: Path) -> None:
    kubectl = tool("kubectl")
    with control_plane() as plane:
        config = tmp_path / "config"
        config.write_text(plane.kubeconfig())
        argv = [str(kubectl), "--kubeconfig", str(config), "get", "--raw", "/version"]
        assert json.loads(run(argv, timeout=30, cwd=tmp_path).stdout)["minor"]


class _Listener(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Thing", "plural": "things"},
        "scope": "Cluster",
        "versions": [
            {"name": name, "served": True, "storage": name == "v1", "schema": {"openAPIV3Schema": {"type": "object"}}}
            for name in ("v1", "v2")
        ],
    },
}


def test_it_reaches_nobody() -> None:
    connections: list[object] = []

    class Server(http.server.HTTPServer):
        def get_request(self) -> Any:
            request = super().get_request()
            connections.append(request[1])
            return request

    with Server((HOST, 0), _Listener) as server, control_plane() as plane:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bundle = base64.b64encode(plane.authority.encode()).decode()
        client = {"url": f"https://{HOST}:{server.server_port}/", "caBundle": bundle}
        webhook = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "x"},
            "webhooks": [
                {
                    "name": "x.example.com",
                    "clientConfig": client,
                    "rules": [
                        {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["namespaces"]}
                    ],
                    "sideEffects": "None",
                    "admissionReviewVersions": ["v1"],
                }
            ],
        }
        path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
        assert ask(plane, "POST", path, webhook)[0] == 201
        conversion = {
            "strategy": "Webhook",
            "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": client},
        }
        crd: Any = {**CRD, "spec": {**CRD["spec"], "conversion": conversion}}  # type: ignore[dict-item]  # plain JSON
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        assert ask(plane, "POST", crds, crd)[0] == 201
        things = "/apis/example.com/v2/things"
        assert eventually(lambda: ask(plane, "GET", things)[0] == 200)
        thing = {"apiVersion": "example.com/v2", "kind": "Thing", "metadata": {"name": "x"}}
        status, answer = ask(plane, "POST", f"{things}?dryRun=All", thing)
        assert status == 500
        assert "conversion webhook" in answer["message"]
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}
        assert ask(plane, "POST", "/api/v1/namespaces?dryRun=All", namespace)[0] == 201
        server.shutdown()
    assert connections == []


@pytest.mark.parametrize("missing", ["etcd", "kube-apiserver"])
def test_a_missing_program_is_named_with_how_to_get_it(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> Path | None:
        return None if name == missing else find_tool(name)

    monkeypatch.setattr("gitops_action.adapters.control_plane.find_tool", find)
    with pytest.raises(ToolMissingError, match=rf"needs the program {missing}: .*KUBEBUILDER_ASSETS.*make tools"):
        control_plane().__enter__()


def test_programs_are_taken_from_kubebuilders_folder_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for name in ("etcd", "kube-apiserver"):
        script = tmp_path / "assets" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/sh\necho ours >> {marker}\nsleep 30\n")
        script.chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "assets"))
    with pytest.raises(ToolFailedError, match="was not ready within 1 s"):
        control_plane(timeout=1).__enter__()
    assert marker.read_text() == "ours\nours\n"


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with seen_folders(monkeypatch, tmp_path) as folders:
        with pytest.raises(
            ToolFailedError, match=r"did not start: kube-apiserver ended with exit code 1: .*no-such-flag"
        ):
            control_plane(flags=["--no-such-flag"]).__enter__()
        assert processes_in(folders[0]) == {}
        assert not folders[0].exists()


def test_the_guard_ends_its_programs_when_it_is_told_to_end(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    sleep = ["/bin/sh", "-c", "echo $$ > pid; exec sleep 60"]
    guard = adapter._start(folder, [sleep])
    assert isinstance(guard, Child)
    try:
        assert eventually(lambda: (folder / "pid").exists() and (folder / "pid").read_text().strip() != "")
        (pid,) = [pid for pid, name in processes_in(folder).items() if name.startswith("python")]
        os.kill(pid, signal.SIGTERM)
        assert eventually(lambda: not folder.exists())
        assert [name for name in processes_in(folder).values() if name == "sleep"] == []
    finally:
        guard.close()
