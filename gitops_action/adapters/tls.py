"""What a connection to a cluster trusts, and the certificate that it shows."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from gitops_action.errors import UsageError


def context(authority: bytes | None, what: str) -> ssl.SSLContext:
    """Return what trusts an authority in PEM, or those of the system. Raises UsageError, in which `what` says what it is."""
    try:
        return ssl.create_default_context(cadata=None if authority is None else authority.decode())
    except (ssl.SSLError, UnicodeDecodeError, ValueError):
        raise UsageError(f"{what} is no certificate in PEM") from None


def load_certificate(tls: ssl.SSLContext, certificate: bytes | None, key: bytes | None, name: str) -> None:
    """Load the certificate of a client, in PEM, where it has one. Raises UsageError where they do not fit together."""
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
