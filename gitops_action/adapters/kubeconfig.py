"""How to reach a cluster, from a kubeconfig, from inside a Pod, or from an address with a token.

Follows https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/: several files are merged, the
first that says something wins, and paths are relative to the file that has them. What cannot be honoured is an error: a
plugin that is absent must not turn into a request without credentials. docs/decisions/0008 says why no library does it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from gitops_action.adapters.api_server import Access
from gitops_action.errors import ClusterError, UsageError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_PLUGIN_SECONDS: Final = 60.0
# A token is asked for anew this long before it ends.
_MARGIN: Final = timedelta(seconds=60)
_EXEC_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_UNSUPPORTED: Final = ("auth-provider", "as", "as-groups", "as-uid", "as-user-extra")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One named part of a kubeconfig, and the folder that its paths are relative to."""

    name: str
    value: Mapping[str, Any]
    folder: Path

    def text(self, key: str) -> str:
        value = self.value.get(key)
        return value if isinstance(value, str) else ""

    def data(self, key: str) -> bytes | None:
        """Return what `KEY-data` has in base64, else the content of the file that `KEY` names."""
        written = self.text(f"{key}-data")
        if written:
            try:
                return base64.b64decode(written, validate=True)
            except (binascii.Error, ValueError):
                raise UsageError(f"kubeconfig: {key}-data of `{self.name}` is not base64") from None
        path = self.text(key)
        return _read(self.folder / path, f"kubeconfig: {key} of `{self.name}`") if path else None


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The merged contexts, clusters and users of one or several files."""

    contexts: Mapping[str, _Entry] = field(default_factory=dict)
    clusters: Mapping[str, _Entry] = field(default_factory=dict)
    users: Mapping[str, _Entry] = field(default_factory=dict)
    current: str = ""

    def access(self, context: str = "") -> Access:
        """Return how to reach the cluster of a context, by default the current one.

        Raises UsageError for a context that is not there or cannot be used.
        """
        wanted = context or self.current
        known = ", ".join(sorted(self.contexts)) or "none"
        if not wanted:
            raise UsageError(f"the kubeconfig has no current context: name one with --context; it has {known}")
        if wanted not in self.contexts:
            raise UsageError(f"the kubeconfig has no context `{wanted}`; it has {known}")
        chosen = self.contexts[wanted]
        cluster = self._named(self.clusters, chosen.text("cluster"), "cluster", wanted)
        user = self._named(self.users, chosen.text("user"), "user", wanted) if chosen.text("user") else None
        return _access(cluster, user)

    @staticmethod
    def _named(entries: Mapping[str, _Entry], name: str, what: str, context: str) -> _Entry:
        if name not in entries:
            raise UsageError(f"kubeconfig: context `{context}` names the {what} `{name}`, which is not there")
        return entries[name]


def access(path: str = "", context: str = "") -> Access:
    """Return how to reach a cluster.

    `path` is a kubeconfig; without it $KUBECONFIG, ~/.kube/config, or the account of the Pod that we run in. Raises
    UsageError where there is none, or it cannot be used.
    """
    found = load(path)
    if found is None:
        if context or not (_ACCOUNT / "token").is_file():
            raise UsageError("there is no kubeconfig: name one with --kubeconfig, or set KUBECONFIG")
        return _of_pod()
    return found.access(context)


def load(path: str = "") -> Kubeconfig | None:
    """Read the kubeconfig at `path`, else those of $KUBECONFIG, else ~/.kube/config; None if there is none.

    Raises UsageError for a file that is named and cannot be read.
    """
    if path:
        return _merged([Path(path)])
    listed = [Path(part) for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    files = listed or [Path.home() / ".kube" / "config"]
    existing = [file for file in files if file.is_file()]
    return _merged(existing) if existing else None


def of_token(server: str, authority: bytes | None, token: str) -> Access:
    """Return how to reach the server at an address with a token. `authority` is PEM; None: those of the system."""
    if not server.startswith("https://"):
        raise UsageError(f"the server's address must begin with https://, not be `{server}`")
    return Access(server, _tls(authority, "the certificate authority"), lambda: f"Bearer {token}" if token else "")


def _of_pod() -> Access:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    authority = _read(_ACCOUNT / "ca.crt", "the authority of the cluster")
    url = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return Access(url, _tls(authority, "the authority of the cluster"), _of_file(_ACCOUNT / "token"))


def _merged(files: list[Path]) -> Kubeconfig:
    parts: dict[str, dict[str, _Entry]] = {"contexts": {}, "clusters": {}, "users": {}}
    current = ""
    for file in files:
        document = _parsed(file)
        written = document.get("current-context")
        current = current or (written if isinstance(written, str) else "")
        for plural, entries in parts.items():
            for item in document.get(plural) or ():
                value = item.get(plural.removesuffix("s")) if isinstance(item, Mapping) else None
                if isinstance(value, Mapping) and isinstance(item.get("name"), str):
                    entries.setdefault(item["name"], _Entry(item["name"], value, file.resolve().parent))
    return Kubeconfig(parts["contexts"], parts["clusters"], parts["users"], current)


def _parsed(file: Path) -> Mapping[str, Any]:
    data = _read(file, "the kubeconfig")
    try:
        document = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError):
        # The parser's own message quotes the lines, which have credentials.
        raise UsageError(f"{file}: is not YAML") from None
    if not isinstance(document, Mapping) or any(
        not isinstance(document.get(key) or [], list) for key in ("contexts", "clusters", "users")
    ):
        raise UsageError(f"{file}: is not a kubeconfig")
    return document


def _access(cluster: _Entry, user: _Entry | None) -> Access:
    server = cluster.text("server")
    if not server.startswith(("https://", "http://")):
        raise UsageError(f"kubeconfig: the server of cluster `{cluster.name}` is no address: `{server}`")
    what = f"kubeconfig: certificate-authority of cluster `{cluster.name}`"
    tls = _tls(cluster.data("certificate-authority"), what)
    if cluster.value.get("insecure-skip-tls-verify"):
        raise UsageError(
            f"kubeconfig: cluster `{cluster.name}` has insecure-skip-tls-verify, and a preview from nobody knows whom is "
            "none: give its certificate-authority-data"
        )
    server_name, proxy = cluster.text("tls-server-name"), cluster.text("proxy-url")
    if user is None:
        return Access(server, tls, server_name=server_name, proxy=proxy)
    for key in _UNSUPPORTED:
        if user.value.get(key):
            raise UsageError(f"kubeconfig: `{key}` of user `{user.name}` is not supported: use a token or exec")
    _load_certificate(tls, user.data("client-certificate"), user.data("client-key"), user.name)
    return Access(server, tls, _authorization(user, cluster, tls), server_name, proxy)


def _authorization(user: _Entry, cluster: _Entry, tls: ssl.SSLContext) -> Callable[[], str]:
    if user.text("tokenFile"):
        return _of_file(user.folder / user.text("tokenFile"))
    if token := user.text("token"):
        return lambda: f"Bearer {token}"
    if isinstance(user.value.get("exec"), Mapping):
        return _Plugin(user, cluster, tls)
    if user.text("username"):
        pair = f"{user.text('username')}:{user.text('password')}"
        return lambda: "Basic " + base64.b64encode(pair.encode()).decode()
    return lambda: ""


def _of_file(path: Path) -> Callable[[], str]:
    """Read the file for each request: whoever renews the token writes it there."""
    return lambda: "Bearer " + _read(path, "the token").decode(errors="replace").strip()


class _Plugin:
    """A credential plugin (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).

    It is asked once, and again when what it gave runs out.
    """

    def __init__(self, user: _Entry, cluster: _Entry, tls: ssl.SSLContext) -> None:
        self._user = user
        self._spec: Mapping[str, Any] = user.value["exec"]
        self._cluster = cluster
        self._tls = tls
        self._lock = threading.Lock()
        self._authorization: str | None = None
        self._ends: datetime | None = None

    def __call__(self) -> str:
        """Return the Authorization. Raises ClusterError if the plugin does not give any."""
        with self._lock:
            is_over = self._ends is not None and datetime.now(UTC) + _MARGIN >= self._ends
            if self._authorization is None or is_over:
                self._authorization = self._ask()
            return self._authorization

    def _ask(self) -> str:
        status = self._status()
        self._ends = _time(status.get("expirationTimestamp"))
        certificate, key = status.get("clientCertificateData"), status.get("clientKeyData")
        if isinstance(certificate, str) and isinstance(key, str):
            _load_certificate(self._tls, certificate.encode(), key.encode(), self._user.name)
        token = status.get("token")
        if not isinstance(token, str) and not isinstance(certificate, str):
            raise self._failed("it gave neither a token nor a certificate")
        return f"Bearer {token}" if isinstance(token, str) else ""

    def _status(self) -> Mapping[str, Any]:
        version = str(self._spec.get("apiVersion"))
        if version not in _EXEC_VERSIONS:
            raise self._failed(f"its apiVersion {version} is none of {', '.join(_EXEC_VERSIONS)}")
        spec: dict[str, Any] = {"interactive": False}
        if self._spec.get("provideClusterInfo"):
            spec["cluster"] = {"server": self._cluster.text("server")}
            authority = self._cluster.data("certificate-authority")
            if authority is not None:
                spec["cluster"]["certificate-authority-data"] = base64.b64encode(authority).decode()
        info = json.dumps({"apiVersion": version, "kind": "ExecCredential", "spec": spec})
        own = {str(one["name"]): str(one["value"]) for one in self._spec.get("env") or () if "name" in one}
        command = str(self._spec.get("command"))
        if "/" in command:
            command = str(self._user.folder / command)
        argv = [command, *(str(part) for part in self._spec.get("args") or ())]
        try:
            done = subprocess.run(
                argv,
                env={**os.environ, **own, "KUBERNETES_EXEC_INFO": info},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PLUGIN_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            hint = self._spec.get("installHint")
            raise self._failed("it is not installed" + (f": {hint}" if isinstance(hint, str) else "")) from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._failed(f"it cannot be run: {type(error).__name__}") from None
        if done.returncode:
            raise self._failed(f"it ended with code {done.returncode}")
        try:
            status = json.loads(done.stdout).get("status")
        except (ValueError, AttributeError):
            status = None
        if not isinstance(status, Mapping):
            raise self._failed("what it prints is no ExecCredential")
        return status

    def _failed(self, reason: str) -> ClusterError:
        return ClusterError(
            f"kubeconfig: user `{self._user.name}` needs the credential plugin {self._spec.get('command')}: {reason}"
        )


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None
    except ValueError:
        return None


def _tls(authority: bytes | None, what: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=None if authority is None else authority.decode())
    except (ssl.SSLError, UnicodeDecodeError, ValueError):
        raise UsageError(f"{what} is no certificate in PEM") from None


def _load_certificate(tls: ssl.SSLContext, certificate: bytes | None, key: bytes | None, name: str) -> None:
    if certificate is None or key is None:
        return
    # The library reads files only. Both are gone again before the first request.
    with tempfile.TemporaryDirectory(prefix="gitops-tls-") as folder:
        path = Path(folder) / "client.pem"
        path.touch(0o600)
        path.write_bytes(certificate + b"\n" + key)
        try:
            tls.load_cert_chain(path)
        except (ssl.SSLError, ValueError):
            raise UsageError(
                f"kubeconfig: the client certificate and key of user `{name}` do not fit together"
            ) from None


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {path}: {error.strerror}") from error
