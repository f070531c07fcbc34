"""A cluster of real components: an API server that can be killed and started again, controllers, nodes without kubelets.

Each component is a process of its own, with its log in the folder; all end with the block, also where pytest is killed.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gitops_action.adapters.api_server import Access, HttpApiServer
from gitops_action.adapters.certificates import private_key, server_certificate
from gitops_action.cluster.answers import JSON, Request
from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

HOST: Final = "127.0.0.1"
NODE: Final = "node-0"
_SECONDS: Final = 90.0
_DEATH: Final = 1
_NODE: Final = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {
        "name": NODE,
        "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"},
        "labels": {"type": "kwok", "kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"},
    },
    "status": {
        "allocatable": {"cpu": "64", "memory": "256Gi", "pods": "2000"},
        "capacity": {"cpu": "64", "memory": "256Gi", "pods": "2000"},
    },
}


def free_port() -> int:
    """Return a port that nobody has just now."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


def _dies_with_us() -> None:  # pragma: no cover - in the child
    ctypes.CDLL(None).prctl(_DEATH, signal.SIGKILL, 0, 0, 0)


@dataclass
class Component:
    """A program of the cluster: how it is started, and how one knows that it is ready."""

    argv: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None


@dataclass
class Cluster:
    """A running cluster. `tokens` has the token of each user; `admin` may do anything."""

    folder: Path
    port: int
    authority: str
    tokens: Mapping[str, str]
    components: dict[str, Component] = field(default_factory=dict)
    clients: list[HttpApiServer] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The API server's address."""
        return f"https://{HOST}:{self.port}"

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig of the admin."""
        return self.kubeconfig_of("admin")

    def kubeconfig_of(self, user: str) -> Path:
        """Return a kubeconfig of a user."""
        path = self.folder / f"kubeconfig-{user}"
        if not path.exists():
            authority = base64.b64encode(self.authority.encode()).decode()
            value = {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {"name": "test", "cluster": {"server": self.url, "certificate-authority-data": authority}}
                ],
                "users": [{"name": user, "user": {"token": self.tokens[user]}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
                "current-context": "test",
            }
            path.write_text(json.dumps(value), encoding="utf-8")
            path.chmod(0o600)
        return path

    def server(self, user: str = "admin") -> HttpApiServer:
        """Return a new client, which ends with the cluster."""
        import ssl  # noqa: PLC0415 - one use

        tls = ssl.create_default_context(cadata=self.authority)
        client = HttpApiServer(Access(self.url, tls, lambda: f"Bearer {self.tokens[user]}"))
        self.clients.append(client)
        return client

    def get(self, path: str) -> Any:
        """Return what is at a path, None if there is nothing."""
        answer = self._admin.send(Request("GET", path))
        return answer.body if answer.ok else None

    def send(self, method: str, path: str, body: Any = None, content_type: str = JSON) -> Any:
        """Send a request that must succeed, and return the answer's body."""
        answer = self._admin.send(Request(method, path, {}, body, content_type))
        assert answer.ok, f"{method} {path}: {answer.message}"
        return answer.body

    def patch(self, path: str, value: Mapping[str, Any], manager: str = "kubectl-edit") -> Any:
        """Change an object as a person would."""
        query = {"fieldManager": manager}
        answer = self._admin.send(Request("PATCH", path, query, dict(value), "application/merge-patch+json"))
        assert answer.ok, answer.message
        return answer.body

    @property
    def _admin(self) -> HttpApiServer:
        return self.clients[0] if self.clients else self.server()

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl as the admin, and return what it prints."""
        argv = [str(tool("kubectl")), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(argv, input=stdin.encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def add(self, name: str, component: Component) -> None:
        """Add a component and start it."""
        self.components[name] = component
        self.start(name)

    def start(self, name: str) -> None:
        """Start a component, and wait until it is ready."""
        one = self.components[name]
        log = self.folder / f"{name}.log"
        with log.open("ab") as file:
            one.process = subprocess.Popen(
                one.argv, cwd=self.folder, stdout=file, stderr=file, stdin=subprocess.DEVNULL,
                env={**os.environ, **one.env}, preexec_fn=_dies_with_us,  # noqa: PLW1509 - one call to the kernel
            )  # fmt: skip
        until(one.ready, lambda: f"{name} is not ready:\n{tail(log)}", failed=lambda: one.process.poll() is not None)  # type: ignore[union-attr] # it was just started

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """End a component."""
        process = self.components[name].process
        if process is not None and process.poll() is None:
            process.send_signal(number)
            process.wait(30)

    def close(self) -> None:
        """End everything."""
        for client in self.clients:
            client.__exit__(None, None, None)
        for name in reversed(self.components):
            self.kill(name)


def tail(log: Path) -> str:
    """Return the end of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def until(
    good: Callable[[], Any], message: Callable[[], str] = lambda: "it did not happen", *,
    seconds: float = _SECONDS, failed: Callable[[], bool] = lambda: False,
) -> Any:  # fmt: skip
    """Wait until something holds, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        found = good()
        if found:
            return found
        assert not failed(), message()
        assert time.monotonic() < deadline, message()
        time.sleep(0.1)


@contextmanager
def cluster(
    folder: Path, *, controllers: bool = False, users: Mapping[str, Sequence[str]] | None = None
) -> Iterator[Cluster]:
    """Run a cluster for as long as the block lasts; with `controllers`, Pods become ready in it. `users` have their groups."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate = server_certificate(HOST)
    groups = {"admin": ["system:masters"], **(users or {})}
    made = Cluster(folder, free_port(), certificate.authority, {name: secrets.token_urlsafe(24) for name in groups})
    (folder / "server.crt").write_text(certificate.certificate)
    (folder / "server.key").write_text(certificate.key)
    (folder / "authority.crt").write_text(certificate.authority)
    (folder / "accounts.key").write_text(private_key())
    rows = [f'{made.tokens[name]},{name},{name},"{",".join(groups[name])}"\n' for name in groups]
    (folder / "tokens.csv").write_text("".join(rows))
    try:
        _control_plane(made)
        if controllers:
            _controllers(made)
        yield made
    finally:
        made.close()


def _control_plane(made: Cluster) -> None:
    client, peer = (f"http://{HOST}:{free_port()}" for _ in range(2))
    made.add(
        "etcd",
        Component(
            [
                str(tool("etcd")), "--name=etcd", "--data-dir=etcd", "--unsafe-no-fsync", "--log-level=error",
                f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=etcd={peer}",
            ]
        ),
    )  # fmt: skip
    made.add(
        "kube-apiserver",
        Component(
            [
                str(tool("kube-apiserver")), f"--etcd-servers={client}", f"--bind-address={HOST}",
                f"--advertise-address={HOST}", "--endpoint-reconciler-type=none", f"--secure-port={made.port}",
                "--tls-cert-file=server.crt", "--tls-private-key-file=server.key", "--token-auth-file=tokens.csv",
                "--service-account-key-file=accounts.key", "--service-account-signing-key-file=accounts.key",
                "--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.0.0.0/16",
                "--allow-privileged", "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount",
                "--profiling=false",
            ],
            lambda: made.get("/readyz") is not None,
        ),
    )  # fmt: skip


def _controllers(made: Cluster) -> None:
    config = f"--kubeconfig={made.kubeconfig}"
    made.send("POST", "/api/v1/nodes", _NODE)
    made.add(
        "kube-controller-manager",
        Component(
            [
                str(tool("kube-controller-manager")), config, "--leader-elect=false", "--secure-port=0",
                "--service-account-private-key-file=accounts.key", "--root-ca-file=authority.crt",
                "--concurrent-deployment-syncs=10", "--node-monitor-grace-period=24h", "--concurrent-replicaset-syncs=10",
            ],
            lambda: made.get("/api/v1/namespaces/default/serviceaccounts/default") is not None,
        ),
    )  # fmt: skip
    made.add(
        "kube-scheduler", Component([str(tool("kube-scheduler")), config, "--leader-elect=false", "--secure-port=0"])
    )
    program = tool("kwok")
    stages = [f"--config={path}" for path in sorted((program.resolve().parent / "share").glob("*.yaml"))]
    made.add(
        "kwok",
        Component([str(program), config, "--manage-all-nodes=true", *stages], lambda: _is_ready(made)),
    )


def _is_ready(made: Cluster) -> bool:
    node = made.get(f"/api/v1/nodes/{NODE}") or {}
    found = {one["type"]: one["status"] for one in node.get("status", {}).get("conditions", [])}
    # The scheduler puts nothing on a node that the controllers have not let in yet.
    return found.get("Ready") == "True" and not node.get("spec", {}).get("taints")
