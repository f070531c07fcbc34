"""Credential plugins of kubeconfigs: programs that print a token or a certificate.

Follows https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gitops_action.adapters.tls import load_certificate
from gitops_action.errors import ClusterError

if TYPE_CHECKING:
    import ssl

    from gitops_action.adapters.kubeconfig_entry import Entry

_SECONDS: Final = 60.0
# A token is asked for anew this long before it ends.
_MARGIN: Final = timedelta(seconds=60)
_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


class Plugin:
    """The plugin of one user of a kubeconfig. It is asked once, and again when what it gave runs out.

    A certificate that it gives is loaded into the context of `tls`.
    """

    def __init__(self, user: Entry, cluster: Entry, tls: ssl.SSLContext) -> None:
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
            load_certificate(self._tls, certificate.encode(), key.encode(), self._user.name)
        token = status.get("token")
        if not isinstance(token, str) and not isinstance(certificate, str):
            raise self._failed("it gave neither a token nor a certificate")
        return f"Bearer {token}" if isinstance(token, str) else ""

    def _status(self) -> Mapping[str, Any]:
        version = str(self._spec.get("apiVersion"))
        if version not in _VERSIONS:
            raise self._failed(f"its apiVersion {version} is none of {', '.join(_VERSIONS)}")
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
                timeout=_SECONDS,
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
