"""Fetches charts from repositories with an index and from OCI registries. It keeps nothing but what it asked for once."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from gitops_action.adapters.chart_pages import Pages, UnavailableError, require_safe, split
from gitops_action.images import references
from gitops_action.images.patterns import compiled
from gitops_action.records import dataclass
from gitops_action.render.helm import index
from gitops_action.render.helm.archive import MAX_PACKED
from gitops_action.render.helm.charts import CHART_LAYER, Artifact, Indexed
from gitops_action.semver import of_tag, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitops_action.adapters.registry import Registry
    from gitops_action.images.credentials import Logins

_MAX_INDEX: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Fetched:
    """An archive as it came: not looked into yet. `origin` is where from, for people."""

    content: bytes
    version: str
    origin: str


@dataclass(slots=True)
class Fetching:
    """Asks for charts; safe to use from several threads. Whether a host may be asked is for the caller to find out."""

    logins: Logins | None
    sleep: Callable[[float], None]
    now: Callable[[], float]
    _registries: Registry | None = None
    _asked: Pages | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def _pages(self) -> Pages:
        with self._lock:
            if self._asked is None:
                self._asked = Pages(self.logins, self.sleep, self.now)
            return self._asked

    def fetch(self, chart: Indexed | Artifact) -> Fetched:
        """Return the archive of a chart. Raises UnavailableError or RegistryError."""
        return self._of_index(chart) if isinstance(chart, Indexed) else self._of_registry(chart)

    def _of_index(self, chart: Indexed) -> Fetched:
        address = f"{chart.url}/index.yaml"
        content = self._pages.get(address, _MAX_INDEX, again=True)
        try:
            entry = index.choose(index.read(content, chart.name), chart.name, chart.version)
        except index.ChartIndexError as error:
            raise UnavailableError(f"{address}: {error}") from error
        except ValueError as error:
            raise UnavailableError(str(error), "helm-release-invalid") from error
        url = urljoin(chart.url + "/", entry.url)
        if split(url).netloc != split(chart.url).netloc:
            from gitops_action.adapters import https  # noqa: PLC0415 - most runs fetch nothing

            require_safe(url)
            if not https.is_public(split(url).hostname or ""):
                raise UnavailableError(f"{address} leads to an address that is not public")
        data = self._pages.get(url, MAX_PACKED)
        if entry.digest and digest_of(data) != entry.digest:
            raise UnavailableError(f"{url} is not what the index says: its digest differs", "chart-corrupt")
        return Fetched(data, entry.version, url)

    def _of_registry(self, chart: Artifact) -> Fetched:
        try:
            repository = references.parse_repository(chart.repository)
        except ValueError as error:
            raise UnavailableError(str(error), "helm-release-invalid") from error
        registry = self._registry()
        reference, version = chart.digest or chart.tag, chart.tag
        if not reference:
            # A registry takes no `+` in a tag; Helm writes `_` for it.
            version = chart.version
            if chart.pattern is not None or parse(version) is None:
                try:
                    best = _newest(registry.tags(repository), chart)
                except ValueError as error:
                    raise UnavailableError(str(error), "helm-release-invalid") from error
                if best is None:
                    matching = f" and matches `{chart.pattern}`" if chart.pattern else ""
                    raise UnavailableError(f"{repository}: no tag is in `{chart.version or '*'}`{matching}")
                version = best
            reference = version.replace("+", "_")
        manifest = registry.manifest(repository, reference)
        layer = _layer(manifest.value, chart.layer)
        if layer is None:
            raise UnavailableError(f"{repository}:{reference} has no layer with a chart")
        return Fetched(registry.blob(repository, layer, MAX_PACKED), version or reference, str(chart))

    def _registry(self) -> Registry:
        from gitops_action.adapters.registry import Registry  # noqa: PLC0415 - most runs fetch nothing

        with self._lock:
            if self._registries is None:
                self._registries = Registry(self.logins)
            return self._registries


def _newest(tags: Iterable[str], chart: Artifact) -> str | None:
    """Return the version that a range means among the tags of a registry. Raises ValueError for what is no range or pattern.

    As source-controller 1.9 does it for an OCIRepository, where `pattern` is not None: `getTagBySemver`, with the pattern on
    tags as they are, before `_` is read as `+`, which is done for charts by their media type only.
    """
    if chart.pattern:
        pattern = compiled(chart.pattern)
        tags = [tag for tag in tags if pattern.finds(tag)]
    versions = (tag.replace("_", "+") for tag in tags) if chart.layer == CHART_LAYER else tags
    return index.newest(versions, chart.version, parse if chart.pattern is None else of_tag)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of an archive, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _layer(manifest: Mapping[str, Any], wanted: str) -> str | None:
    """Return the digest of the layer that is the chart: of its media type, of the one that is asked for, or the first."""
    listed = manifest.get("layers")
    layers = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    for media_type in (wanted, CHART_LAYER):
        for one in layers:
            if media_type and one.get("mediaType") == media_type and isinstance(one.get("digest"), str):
                return str(one["digest"])
    digest = layers[0].get("digest") if layers else None
    return digest if isinstance(digest, str) else None
