"""With which credentials Git asks a remote repository: a token for its own host only, or a person's own."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Credentials:
    """What Git is told to be let in: settings, or what leads it to a person's own ones (None: to none of those)."""

    config: tuple[tuple[str, str], ...] = ()
    personal: Mapping[str, str] | None = None


def credentials(url: str, token: str, server: str) -> Credentials:
    """Return what carries the token: to the server's own host, and to no other; without one, a person's own credentials."""
    if not token:
        own = {name: os.environ[name] for name in ("HOME", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME") if name in os.environ}
        return Credentials(personal=own)
    parts, home = urlsplit(url), urlsplit(server)
    settings = (("credential.helper", ""), ("core.askPass", ""))
    same_host = (home.scheme, home.hostname, home.port) == (parts.scheme, parts.hostname, parts.port)
    if parts.scheme not in {"http", "https"} or not same_host:
        return Credentials(settings)
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    # An empty value takes away what actions/checkout may have left in the clone's own settings.
    return Credentials(
        (
            *settings,
            (f"http.{where}.extraheader", ""),
            (f"http.{where}.extraheader", f"Authorization: Basic {basic}"),
        )
    )
