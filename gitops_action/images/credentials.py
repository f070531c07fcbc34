"""Logins of registries: what docker's `config.json` has under `auths`, or lines like `ghcr.io=USER:PASSWORD`.

Format: https://docs.docker.com/reference/cli/docker/login/#credential-stores (programs that keep credentials are not run).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from gitops_action.errors import UsageError
from gitops_action.images import references
from gitops_action.records import dataclass


@dataclass(frozen=True, slots=True)
class Login:
    """Who to be at one registry."""

    username: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of the header Authorization."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Logins:
    """The logins that were given, by registry."""

    by_host: Mapping[str, Login] = field(default_factory=dict, repr=False)

    def find(self, host: str) -> Login | None:
        """Return the login for a registry, None where there is none: then nobody in particular asks."""
        return self.by_host.get(references.canonical_host(host))


def parse(text: str) -> Logins:
    """Read logins. Raises UsageError for what is none; the message never has anything of the text but names of hosts."""
    return _docker_config(text) if text.lstrip().startswith("{") else _lines(text)


def _lines(text: str) -> Logins:
    found: dict[str, Login] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        host, equals, rest = line.strip().partition("=")
        username, colon, password = rest.partition(":")
        if not equals or not references.is_host(references.canonical_host(host)):
            # A line that is none may be a password.
            raise UsageError(f"credentials of registries: line {number} is not HOST=USER:PASSWORD")
        if not colon or not username or not password:
            raise UsageError(f"credentials of registries: line {number}, {host}: no user and password after the `=`")
        found[references.canonical_host(host)] = Login(username, password)
    return Logins(found)


def _docker_config(text: str) -> Logins:
    try:
        config = json.loads(text)
    except ValueError:
        raise UsageError("credentials of registries: it begins like docker's config.json, but it is no JSON") from None
    auths = config.get("auths", {})
    if not isinstance(auths, Mapping):
        raise UsageError("credentials of registries: `auths` of docker's config.json is no object")
    found = {}
    for host, entry in auths.items():
        login = _login(host, entry if isinstance(entry, Mapping) else {})
        if login is not None:
            found[references.canonical_host(host)] = login
    return Logins(found)


def _login(host: str, entry: Mapping[str, Any]) -> Login | None:
    """Read one entry; one without anything in it means that a program keeps the credentials: there are none for us."""
    if entry.get("identitytoken") or entry.get("registrytoken"):
        raise UsageError(
            f"credentials of registries: {host} has a token of docker's instead of a user and password, which is not "
            "supported: make a password or access token at the registry"
        )
    auth, username, password = (entry.get(key) for key in ("auth", "username", "password"))
    if isinstance(auth, str) and auth:
        try:
            username, _, password = base64.b64decode(auth, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise UsageError(f"credentials of registries: `auth` of {host} is not USER:PASSWORD in base64") from None
        password = password.rstrip("\0")
    if not isinstance(username, str) or not isinstance(password, str) or not username:
        return None
    return Login(username, password)
