"""What kustomize takes for an address instead of a path.

Whether it may be fetched is `config.remote_bases`' to say, which lets pass only what it plainly understands.
"""

from __future__ import annotations

import re
from typing import Final

from gitops_action.regex import regex

_HTTP: Final = regex(r"https?:", re.IGNORECASE)
_SCHEME: Final = regex(r"(?:ssh|https?|file)://", re.IGNORECASE)
_ANY_SCHEME: Final = regex(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_USER: Final = regex(r"[a-z][a-z0-9-]*@", re.IGNORECASE)
_GITHUB: Final = regex(r"github\.com[/:]", re.IGNORECASE)


def is_web_address(text: str) -> bool:
    """Whether kustomize would fetch `text` over HTTP wherever it reads a file (api/internal/loader: IsRemoteFile)."""
    return _HTTP.match(text) is not None


def has_scheme(text: str) -> bool:
    """Whether `text` is written as a URL of any kind, `oci://` among them."""
    return _ANY_SCHEME.match(text) is not None


def is_repository(text: str) -> bool:
    """Whether kustomize would clone `text` rather than look for a folder of that name.

    It takes what parses as the address of a Git repository, before it looks at the disk:
    https://github.com/kubernetes-sigs/kustomize/blob/api/v0.20.1/api/internal/git/repospec.go (NewRepoSpecFromURL)
    """
    if text.startswith("/"):
        return False
    rest = text.partition("?")[0]
    if rest[:5].lower() == "git::":
        rest = rest[5:]
    scheme = _SCHEME.match(rest)
    if scheme:
        # A file URL is taken whole; the others need a host and, after it, a repository.
        rest = rest[scheme.end() :]
        if scheme[0].lower() == "file://":
            return bool(rest)
    user = _USER.match(rest)
    rest = rest[user.end() :] if user else rest
    short = not scheme and (user is not None or _GITHUB.match(rest) is not None)
    if not scheme and not short:
        return False
    slash, colon = rest.find("/"), rest.find(":")
    end = colon if short and (slash < 0 or 0 < colon < slash) else slash
    return end >= 0 and _is_repository_path(rest[end + 1 :])


def _is_repository_path(path: str) -> bool:
    """Whether the part after the host names a repository, by a mark (`_git/`, `//`, `.git`) or as owner and name."""
    if "_git/" in path:
        return not _leaves(path.partition("_git/")[2].partition("/")[2])
    if "//" in path:
        repository, _, inside = path.partition("//")
        return repository != "" and not _leaves(inside)
    if ".git" in path:
        return not _leaves(path.partition(".git")[2])
    parts = path.split("/")
    return len(parts) > 1 and not _leaves("/".join(parts[2:]))


def _leaves(path: str) -> bool:
    depth = 0
    for part in path.split("/"):
        depth += -1 if part == ".." else 0 if part in {"", "."} else 1
        if depth < 0:
            return True
    return False
