"""The embedded control plane: a real kube-apiserver with its own etcd, for as long as a `with` block lasts.

Several can run side by side, and nothing of one is left behind, however its parent ends: `guard.py` sees to that. etcd
listens on sockets in a private folder, the API server on one port of the loopback interface for those who have a token.
Nothing in it can reach out: webhooks, conversion webhooks and aggregated servers get a way out that leads nowhere.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import shutil
import socket
import ssl
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.processes import Child, ChildEndedError, find_tool
from gitops_action.errors import ToolFailedError, ToolMissingError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HOST: Final = "127.0.0.1"
ADMIN: Final = "admin"
_ADMIN_GROUPS: Final = ("system:masters",)
_NO_USERS: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})
_LOOK_SECONDS: Final = 0.02
_ANSWER_SECONDS: Final = 2.0
_START_SECONDS: Final = 60.0

_ETCD: Final = (
    "--name=etcd",
    "--data-dir=etcd",
    # The store lives as long as the run, so nothing has to reach a disk.
    "--unsafe-no-fsync",
    # One member elects itself; there is nobody to wait for.
    "--heartbeat-interval=10",
    "--election-timeout=50",
    "--log-level=error",
    # Sockets in the folder, which is nobody else's. Relative, as a socket's path may have some 100 characters only.
    "--listen-client-urls=unix://client:0",
    "--advertise-client-urls=unix://client:0",
    "--listen-peer-urls=unix://peer:0",
    "--initial-advertise-peer-urls=unix://peer:0",
    "--initial-cluster=etcd=unix://peer:0",
)
_API_SERVER: Final = (
    "--etcd-servers=unix://client:0",
    f"--bind-address={HOST}",
    # Otherwise it looks for a network, and there need be none.
    f"--advertise-address={HOST}",
    "--endpoint-reconciler-type=none",
    "--permit-port-sharing",
    "--tls-cert-file=server.crt",
    "--tls-private-key-file=server.key",
    "--token-auth-file=tokens.csv",
    "--anonymous-auth=false",
    "--service-account-key-file=accounts.key",
    "--service-account-signing-key-file=accounts.key",
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-cluster-ip-range=10.0.0.0/16",
    # As clusters have it, kubeadm's for one; without, every privileged container is refused.
    "--allow-privileged",
    # Nobody makes service accounts here, so a Pod would wait for its own for ever; webhooks are never called.
    "--disable-admission-plugins=ServiceAccount,MutatingAdmissionWebhook,ValidatingAdmissionWebhook",
    "--egress-selector-config-file=egress.yaml",
    # Its few clients are ours.
    "--enable-priority-and-fairness=false",
    "--profiling=false",
)
_EGRESS: Final = json.dumps(
    {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [
            {
                "name": name,
                "connection": {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": "/nowhere/at/all"}}},
            }
            for name in ("cluster", "controlplane")
        ],
    }
)


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A running API server: where it is, the authority that signed its certificate (PEM), and each user's token."""

    port: int
    authority: str = field(repr=False)
    tokens: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"https://{HOST}:{self.port}"

    @property
    def token(self) -> str:
        """The token of the user who may do anything."""
        return self.tokens[ADMIN]

    def tls(self) -> ssl.SSLContext:
        """Return what a client needs to know that it talks to this very server."""
        return ssl.create_default_context(cadata=self.authority)

    def kubeconfig(self, user: str = ADMIN) -> str:
        """Return a kubeconfig for programs that want one. It holds the user's token: keep it private."""
        authority = base64.b64encode(self.authority.encode()).decode()
        cluster = {"server": self.url, "certificate-authority-data": authority}
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "embedded", "cluster": cluster}],
                "users": [{"name": user, "user": {"token": self.tokens[user]}}],
                "contexts": [{"name": "embedded", "context": {"cluster": "embedded", "user": user}}],
                "current-context": "embedded",
            }
        )


@contextmanager
def control_plane(
    *,
    users: Mapping[str, Sequence[str]] = _NO_USERS,
    flags: Sequence[str] = (),
    timeout: float = _START_SECONDS,
) -> Iterator[ControlPlane]:
    """Run a control plane with an empty store; it is ready when the block begins and gone when it ends.

    Besides the user who may do anything there are `users`, each with its groups; if there are any, RBAC decides what
    they may do. `flags` are further ones for the API server, `timeout` is in seconds.

    Raises ToolMissingError if etcd or kube-apiserver is nowhere to be found, ToolFailedError if they do not get ready.
    """
    programs = [_program("etcd"), _program("kube-apiserver")]
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="gitops-api-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        port = _reserve_port(stack)
        plane = _prepare(folder, port, users)
        mode = "RBAC" if users else "AlwaysAllow"
        api_server = [*_API_SERVER, f"--secure-port={port}", f"--authorization-mode={mode}", *flags]
        guard = _start(folder, [[programs[0], *_ETCD], [programs[1], *api_server]])
        stack.callback(guard.close)
        _wait(plane, guard, timeout)
        yield plane


def _program(name: str) -> str:
    path = find_tool(name)
    if path is None:
        raise ToolMissingError(
            f"the embedded API server needs the program {name}: set KUBEBUILDER_ASSETS to the folder of a downloaded "
            "envtest archive, put it on PATH, or build it with `make tools`; the container image has it"
        )
    return str(path)


def _reserve_port(stack: ExitStack) -> int:
    """Take a free port and hold it until the end: no other program gets it before the server does, or after.

    Ports are shared only where all who bind them say so and belong to one user; connections go to those who listen,
    which this socket never does.
    """
    holder = stack.enter_context(socket.socket())
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((HOST, 0))
    port: int = holder.getsockname()[1]
    return port


def _prepare(folder: Path, port: int, users: Mapping[str, Sequence[str]]) -> ControlPlane:
    """Write the keys, the tokens and the rest that the API server reads."""
    from gitops_action.adapters.certificates import private_key, server_certificate  # noqa: PLC0415 - dear to import

    certificate = server_certificate(HOST)
    groups = {**users, ADMIN: _ADMIN_GROUPS}
    tokens = {name: secrets.token_urlsafe(32) for name in groups}
    rows = [f'{tokens[name]},{name},{name},"{",".join(groups[name])}"\n' for name in groups]
    _write(folder / "server.crt", certificate.certificate)
    _write(folder / "server.key", certificate.key)
    _write(folder / "accounts.key", private_key())
    _write(folder / "tokens.csv", "".join(rows))
    _write(folder / "egress.yaml", _EGRESS)
    return ControlPlane(port, certificate.authority, tokens)


def _write(path: Path, text: str) -> None:
    """Write a new file that only this user may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _start(folder: Path, programs: Sequence[Sequence[str]]) -> Child:
    request = {"parent": os.getpid(), "folder": str(folder), "programs": programs}
    guard = Path(__file__).with_name("guard.py")
    return Child([sys.executable, "-I", "-S", str(guard), json.dumps(request)])


def _wait(plane: ControlPlane, guard: Child, timeout: float) -> None:
    """Return when the server says that it is ready."""
    deadline = time.monotonic() + timeout
    tls = plane.tls()
    while not _is_ready(plane, tls):
        try:
            guard.check()
        except ChildEndedError as error:
            raise ToolFailedError(f"the embedded API server did not start: {error.detail}") from error
        if time.monotonic() > deadline:
            raise ToolFailedError(f"the embedded API server was not ready within {timeout:g} s")
        time.sleep(_LOOK_SECONDS)


def _is_ready(plane: ControlPlane, tls: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection(HOST, plane.port, context=tls, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Authorization": f"Bearer {plane.token}"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
