"""How to reach a cluster, from a kubeconfig, from inside a Pod, or from an address with a token.

Follows https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/: several files are merged, the
first that says something wins, and paths are relative to the file that has them. What cannot be honoured is an error: a
plugin that is absent must not turn into a request without credentials. docs/decisions/0008 says why no library does it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from gitops_action.adapters import tls
from gitops_action.adapters.api_server import Access
from gitops_action.adapters.credential_plugin import Plugin
from gitops_action.adapters.kubeconfig_entry import Entry, read
from gitops_action.errors import UsageError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_UNSUPPORTED: Final = ("auth-provider", "as", "as-groups", "as-uid", "as-user-extra")


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The merged contexts, clusters and users of one or several files."""

    contexts: Mapping[str, Entry] = field(default_factory=dict)
    clusters: Mapping[str, Entry] = field(default_factory=dict)
    users: Mapping[str, Entry] = field(default_factory=dict)
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
    def _named(entries: Mapping[str, Entry], name: str, what: str, context: str) -> Entry:
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
    return Access(
        server, tls.context(authority, "the certificate authority"), lambda: f"Bearer {token}" if token else ""
    )


def _of_pod() -> Access:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    authority = read(_ACCOUNT / "ca.crt", "the authority of the cluster")
    url = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return Access(url, tls.context(authority, "the authority of the cluster"), _of_file(_ACCOUNT / "token"))


def _merged(files: list[Path]) -> Kubeconfig:
    parts: dict[str, dict[str, Entry]] = {"contexts": {}, "clusters": {}, "users": {}}
    current = ""
    for file in files:
        document = _parsed(file)
        written = document.get("current-context")
        current = current or (written if isinstance(written, str) else "")
        for plural, entries in parts.items():
            for item in document.get(plural) or ():
                value = item.get(plural.removesuffix("s")) if isinstance(item, Mapping) else None
                if isinstance(value, Mapping) and isinstance(item.get("name"), str):
                    entries.setdefault(item["name"], Entry(item["name"], value, file.resolve().parent))
    return Kubeconfig(parts["contexts"], parts["clusters"], parts["users"], current)


def _parsed(file: Path) -> Mapping[str, Any]:
    data = read(file, "the kubeconfig")
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


def _access(cluster: Entry, user: Entry | None) -> Access:
    server = cluster.text("server")
    if not server.startswith(("https://", "http://")):
        raise UsageError(f"kubeconfig: the server of cluster `{cluster.name}` is no address: `{server}`")
    what = f"kubeconfig: certificate-authority of cluster `{cluster.name}`"
    secured = tls.context(cluster.data("certificate-authority"), what)
    if cluster.value.get("insecure-skip-tls-verify"):
        raise UsageError(
            f"kubeconfig: cluster `{cluster.name}` has insecure-skip-tls-verify, and a preview from nobody knows whom is "
            "none: give its certificate-authority-data"
        )
    server_name, proxy = cluster.text("tls-server-name"), cluster.text("proxy-url")
    if user is None:
        return Access(server, secured, server_name=server_name, proxy=proxy)
    for key in _UNSUPPORTED:
        if user.value.get(key):
            raise UsageError(f"kubeconfig: `{key}` of user `{user.name}` is not supported: use a token or exec")
    tls.load_certificate(secured, user.data("client-certificate"), user.data("client-key"), user.name)
    return Access(server, secured, _authorization(user, cluster, secured), server_name, proxy)


def _authorization(user: Entry, cluster: Entry, secured: ssl.SSLContext) -> Callable[[], str]:
    if user.text("tokenFile"):
        return _of_file(user.folder / user.text("tokenFile"))
    if token := user.text("token"):
        return lambda: f"Bearer {token}"
    if isinstance(user.value.get("exec"), Mapping):
        return Plugin(user, cluster, secured)
    if user.text("username"):
        pair = f"{user.text('username')}:{user.text('password')}"
        return lambda: "Basic " + base64.b64encode(pair.encode()).decode()
    return lambda: ""


def _of_file(path: Path) -> Callable[[], str]:
    """Read the file for each request: whoever renews the token writes it there."""
    return lambda: "Bearer " + read(path, "the token").decode(errors="replace").strip()
