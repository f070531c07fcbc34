"""A client of OCI registries that reads: tags, manifests, blobs, and when an image was made.

Protocol: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md; the documents of images:
https://github.com/opencontainers/image-spec/blob/v1.1.1/spec.md. Everything is held to limits of size, number and time, and
what has a digest to that digest. A registry gets the credentials that were given for it, and nobody else does.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin, urlsplit

from gitops_action.adapters.registry_http import DEFAULT_LIMITS, Session, kind, parsed
from gitops_action.errors import RegistryError
from gitops_action.images.credentials import Logins
from gitops_action.images.references import is_digest, is_tag
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gitops_action.adapters.https import Answer
    from gitops_action.adapters.registry_http import Limits
    from gitops_action.images.references import Repository

MAX_TAGS: Final = 100_000
MAX_PAGES: Final = 1_000
MANIFEST_BYTES: Final = 4 << 20
_PAGE_BYTES: Final = 16 << 20
_INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_ACCEPT: Final = ", ".join((*_INDEXES, *_MANIFESTS))
_CREATED: Final = "org.opencontainers.image.created"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a tag or a digest names: an image or other artifact, or an index of several (`is_index`)."""

    media_type: str
    digest: str
    value: Mapping[str, Any]
    content: bytes = field(repr=False)

    @property
    def is_index(self) -> bool:
        """Whether this lists manifests, one for each platform."""
        return self.media_type in _INDEXES or (not self.media_type and "manifests" in self.value)


@dataclass(frozen=True, slots=True)
class Made:
    """What an image says of itself: when it was made (None where it does not), and its labels and annotations."""

    created: datetime | None
    labels: Mapping[str, str]


class Registry:
    """All registries, each asked with its own credentials. Safe to use from several threads.

    `plain` are hosts, with their ports, that speak HTTP without encryption; those on loopback always do. All methods raise
    RegistryError where a registry does not give what was asked for; its message begins with the host.
    """

    def __init__(
        self,
        logins: Logins | None = None,
        *,
        plain: Collection[str] = (),
        limits: Limits = DEFAULT_LIMITS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the credentials; without any, registries are asked as anybody may."""
        self._logins = logins or Logins()
        self._plain = frozenset(plain)
        self._limits = limits
        self._sleep = sleep
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def tags(self, repository: Repository) -> list[str]:
        """Return all tags, in the registry's order. One that does not come to an end is a RegistryError too."""
        what = f"list the tags of {repository.path}"
        first = f"/v2/{repository.path}/tags/list?n={self._limits.page}"
        url: str | None = first
        found: dict[str, None] = {}
        for _ in range(MAX_PAGES):
            if url is None:
                return list(found)
            answer = self._ask(repository, url, what, accept="application/json", max_bytes=_PAGE_BYTES)
            page = _tags(repository, answer, what)
            before = len(found)
            found.update(dict.fromkeys(page))
            url = _next(repository, url, answer, what)
            is_new = len(found) > before
            if (url is not None and not is_new) or len(found) > MAX_TAGS:
                break
            if url is None and is_new and len(page) >= self._limits.page:
                # Not all registries say that there is more (go-containerregistry's does not).
                url = f"{first}&last={quote(page[-1], safe='')}"
        raise RegistryError(
            "registry-unavailable",
            f"{repository.host}: cannot {what}: its pages do not come to an end ({len(found)} tags were read)",
        )

    def manifest(self, repository: Repository, reference: str) -> Manifest:
        """Return what a tag or digest names; one asked for by digest is held to it."""
        what = f"read {repository.path}{'@' if is_digest(reference) else ':'}{reference}"
        answer = self._ask(repository, _manifest_path(repository, reference), what, accept=_ACCEPT)
        value = parsed(answer)
        if not isinstance(value, dict):
            raise _no_registry(repository, answer, what)
        digest = reference if is_digest(reference) else _digest("sha256", answer.content)
        if _digest(digest.partition(":")[0], answer.content) != digest:
            raise _corrupt(repository, what)
        media_type = value.get("mediaType")
        media_type = media_type if isinstance(media_type, str) else kind(answer)
        return Manifest(media_type, digest, value, answer.content)

    def digest(self, repository: Repository, tag: str) -> str:
        """Return the digest of what a tag names now, without reading it (which some registries count as a download)."""
        what = f"look up {repository.path}:{tag}"
        answer = self._ask(repository, _manifest_path(repository, tag), what, accept=_ACCEPT, method="HEAD")
        found = answer.headers.get("docker-content-digest", "").strip()
        return found if is_digest(found) else self.manifest(repository, tag).digest

    def blob(self, repository: Repository, digest: str, max_bytes: int) -> bytes:
        """Return the content of a digest, which it is held to."""
        what = f"read {digest[:19]} of {repository.path}"
        if not is_digest(digest):
            raise RegistryError("registry-unavailable", f"{repository.host}: cannot {what}: that is no digest")
        path = f"/v2/{repository.path}/blobs/{digest}"
        answer = self._ask(repository, path, what, accept="*/*", max_bytes=max_bytes)
        if _digest(digest.partition(":")[0], answer.content) != digest:
            raise _corrupt(repository, what)
        return answer.content

    def created(self, repository: Repository, tag: str) -> Made:
        """Return when an image was made, and its labels; of an index of several, those of the first image that runs."""
        manifest = self.manifest(repository, tag)
        annotations = _texts(manifest.value.get("annotations"))
        if manifest.is_index:
            manifest = self.manifest(repository, _first_image(repository, manifest, tag))
            annotations |= _texts(manifest.value.get("annotations"))
        descriptor = manifest.value.get("config")
        digest = descriptor.get("digest") if isinstance(descriptor, Mapping) else None
        config: Any = {}
        if isinstance(digest, str):
            content = self.blob(repository, digest, MANIFEST_BYTES)
            try:
                config = json.loads(content)
            except (ValueError, RecursionError):
                config = {}
        config = config if isinstance(config, dict) else {}
        settings = config.get("config")
        labels = _texts(settings.get("Labels") if isinstance(settings, dict) else None)
        return Made(_time(config.get("created") or annotations.get(_CREATED)), labels | annotations)

    def _ask(  # noqa: PLR0913 - these are what a question has
        self,
        repository: Repository,
        path: str,
        what: str,
        *,
        accept: str,
        max_bytes: int = MANIFEST_BYTES,
        method: str = "GET",
    ) -> Answer:
        with self._lock:
            if repository.host not in self._sessions:
                settings = (self._logins, self._plain, self._limits, self._sleep)
                self._sessions[repository.host] = Session(repository.host, *settings)
            session = self._sessions[repository.host]
        return session.ask(repository, path, accept=accept, max_bytes=max_bytes, what=what, method=method)


def _manifest_path(repository: Repository, reference: str) -> str:
    if not is_digest(reference) and not is_tag(reference):
        raise RegistryError(
            "registry-unavailable", f"{repository.host}: `{reference[:80]}` is neither a tag nor a digest"
        )
    return f"/v2/{repository.path}/manifests/{quote(reference, safe=':')}"


def _tags(repository: Repository, answer: Answer, what: str) -> list[str]:
    value = parsed(answer)
    if not isinstance(value, dict) or "tags" not in value:
        raise _no_registry(repository, answer, what)
    tags = value["tags"] or []
    return [tag for tag in tags if isinstance(tag, str) and is_tag(tag)] if isinstance(tags, list) else []


def _next(repository: Repository, url: str, answer: Answer, what: str) -> str | None:
    """Return the path of the next page; None after the last. Only this registry's own pages are asked for."""
    link = answer.headers.get("link", "")
    target, closing, parameters = link.strip().removeprefix("<").partition(">")
    if not closing or "next" not in parameters.replace('"', "").replace("'", "").split("rel=")[-1].split():
        return None
    try:
        joined = urlsplit(urljoin(f"https://{repository.api_host}{url}", target))
    except ValueError:
        joined = urlsplit("")
    if joined.netloc.lower() not in {repository.api_host.lower(), repository.host.lower()}:
        raise RegistryError(
            "registry-unavailable", f"{repository.host}: cannot {what}: its next page is at another host"
        )
    return joined.path + (f"?{joined.query}" if joined.query else "")


def _first_image(repository: Repository, index: Manifest, tag: str) -> str:
    """Return the digest of an index's image for Linux on x86-64, else of its first for any platform."""
    entries = index.value.get("manifests")
    images = [
        entry
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping) and isinstance(entry.get("digest"), str)
    ]

    def platform(entry: Mapping[str, Any]) -> tuple[Any, Any]:
        value = entry.get("platform")
        return (value.get("os"), value.get("architecture")) if isinstance(value, Mapping) else (None, None)

    # What is attached to images, such as attestations, has an unknown platform.
    images = [entry for entry in images if platform(entry) != ("unknown", "unknown")]
    images.sort(key=lambda entry: platform(entry) != ("linux", "amd64"))
    if not images:
        raise RegistryError(
            "registry-missing", f"{repository.host}: {repository.path}:{tag} is an index without images"
        )
    digest: str = images[0]["digest"]
    return digest


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {key: text for key, text in value.items() if isinstance(key, str) and isinstance(text, str)}


def _time(value: Any) -> datetime | None:
    """Read a time of RFC 3339; the time zero, which reproducible builds have, says nothing."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if found is None or found.year < 1971:  # noqa: PLR2004 - the year after zero
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _digest(algorithm: str, content: bytes) -> str:
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def _corrupt(repository: Repository, what: str) -> RegistryError:
    return RegistryError(
        "registry-unavailable",
        f"{repository.host}: cannot {what}: what it sent does not have the digest that it should",
    )


def _no_registry(repository: Repository, answer: Answer, what: str) -> RegistryError:
    return RegistryError(
        "registry-unavailable",
        f"{repository.host}: cannot {what}: it answers with what no registry says ({kind(answer)}): is the address right, "
        "or is there a login page before it?",
    )
