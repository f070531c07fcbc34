"""References to repositories of images, in full: which registry, which repository in it, which image.

Names follow https://github.com/distribution/reference, with Docker Hub's conventions: `nginx` is `docker.io/library/nginx`.
"""

from __future__ import annotations

import re
from typing import Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

DOCKER_HUB: Final = "docker.io"
_HUB_NAMES: Final = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_HUB_API: Final = "registry-1.docker.io"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST: Final = regex(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]{{1,5}})?")
_PATH: Final = regex(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*")
_TAG: Final = regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST: Final = regex(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_LONGEST: Final = 255


@dataclass(frozen=True, slots=True, order=True)
class Repository:
    """A repository in a registry, such as `library/nginx` at `docker.io`."""

    host: str
    path: str

    @property
    def api_host(self) -> str:
        """The host, and port if there is one, that answers for the registry."""
        return _HUB_API if self.host == DOCKER_HUB else self.host

    @property
    def is_loopback(self) -> bool:
        """Whether the registry is on this very machine."""
        name = self.host if self.host.endswith("]") else self.host.rpartition(":")[0] or self.host
        return name in _LOOPBACK

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"


@dataclass(frozen=True, slots=True)
class Reference:
    """An image in a repository; `tag` and `digest` are "" where absent."""

    repository: Repository
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return str(self.repository) + tag + (f"@{self.digest}" if self.digest else "")


def parse(text: str) -> Reference:
    """Take a reference apart. Raises ValueError, saying what is wrong with it, where it is none."""
    rest, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise ValueError(f"`{digest}` is no digest (sha256: and 64 hexadecimal digits)")
    head, slash, last = rest.rpartition("/")
    name, colon, tag = last.partition(":")
    if colon and not is_tag(tag):
        raise ValueError(f"`{tag}` is no tag")
    return Reference(parse_repository(head + slash + name), tag, digest)


def parse_repository(text: str) -> Repository:
    """Read the name of a repository. Raises ValueError, saying what is wrong with it, where it is none."""
    first, slash, rest = text.partition("/")
    # The part before the first `/` is a host only if it cannot be the name of a user or of an organisation.
    is_host = bool(slash) and (bool(set(".:[") & set(first)) or first == "localhost" or first != first.lower())
    host, path = (first.lower(), rest) if is_host else (DOCKER_HUB, text)
    host = DOCKER_HUB if host in _HUB_NAMES else host
    if host == DOCKER_HUB and path and "/" not in path:
        path = f"library/{path}"
    if not _HOST.fullmatch(host):
        raise ValueError(f"`{host}` is no host of a registry")
    if not _PATH.fullmatch(path) or len(text) > _LONGEST:
        raise ValueError(f"`{text[:_LONGEST]}` is no name of an image (lower case, parts separated by `/`)")
    return Repository(host, path)


def is_host(text: str) -> bool:
    """Whether a text is a host, with a port or without."""
    return _HOST.fullmatch(text) is not None


def canonical_host(text: str) -> str:
    """Return the one name that a registry has here, for those under which people write it: an address, Docker Hub's names."""
    host = re.sub(r"^https?://", "", text.strip()).partition("/")[0].lower()
    return DOCKER_HUB if host in _HUB_NAMES else host


def is_tag(text: str) -> bool:
    """Whether a text can be a tag."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether a text is a digest that can be verified."""
    return _DIGEST.fullmatch(text) is not None
