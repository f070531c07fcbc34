"""Which remote bases the setting `remoteBases` lets an overlay fetch: addresses held to a list of prefixes.

What is an address at all is `repository.addresses`' to say, which calls one whatever kustomize might fetch. Here only what
is plainly understood passes: of a doubtful text each module takes the side that is safe, so they share no parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

# The forms that Kustomize takes for a remote: URLs, scp-like addresses and bare `github.com/...` paths; see
# https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.7.1/api/internal/git/repospec.go
_REFERENCE: Final = regex(
    r"(?:git::)?(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:git@)?"
    r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[0-9]{1,5})(?=/|$))?(?P<separator>[/:]|$)(?P<path>[^?#]*)",
    re.IGNORECASE,
)
_SCHEMES: Final = frozenset({"", "https", "ssh"})
_PLAIN_PATH: Final = regex(r"[A-Za-z0-9._~/+-]*")


def is_allowed(reference: str, allowed: Iterable[str]) -> bool:
    """Whether `reference`, as a kustomization has it, lies under one of the `allowed` hosts or URL prefixes.

    Prefixes end at whole parts of a path: ``github.com/org/repo`` does not allow ``github.com/org/repository``.
    What cannot be understood, carries credentials, or is not encrypted is not allowed.
    """
    parsed = _parse(reference)
    if parsed is None:
        return False
    scheme, host, path = parsed
    for prefix in allowed:
        wanted = _parse(prefix)
        if wanted is None or wanted[1] != host or wanted[0] not in {"", scheme or "https"}:
            continue
        if path[: len(wanted[2])] == wanted[2]:
            return True
    return False


def is_prefix(text: str) -> bool:
    """Whether `text` can be one of the `allowed`: one that cannot be understood would match nothing, in silence."""
    return _parse(text) is not None


def _parse(reference: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Split into scheme ("" if bare), host with port, and the parts of the path; None if it is not plain enough."""
    match = _REFERENCE.match(reference)
    if match is None:
        return None
    scheme = (match["scheme"] or "").lower()
    if scheme not in _SCHEMES or not _PLAIN_PATH.fullmatch(match["path"]):
        return None
    # `host:path` is an address of SSH; a URL has no such form.
    if match["separator"] == ":":
        if scheme:
            return None
        scheme = "ssh"
    # What comes before `//` is the repository that is fetched, and that is what has to be allowed.
    parts = [part for part in match["path"].lstrip("/").partition("//")[0].split("/") if part]
    if {".", ".."}.intersection(match["path"].split("/")):
        return None
    # `org/repo.git` and `org/repo` are one repository.
    parts = [part.removesuffix(".git") for part in parts]
    host = match["host"].lower() + (f":{match['port']}" if match["port"] else "")
    return scheme, host, tuple(parts)
