"""What releases need of a tree besides themselves: sources, ConfigMaps and Secrets, and which kinds its CRDs define.

A change can leave out what a release needs, as it lies in an overlay that is not affected. So what is not among the objects
under check is looked for in the files of the tree, nearest to the release first.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from gitops_action.model import Finding, Location, Manifest
from gitops_action.parts import part
from gitops_action.pipeline.plain import is_definition
from gitops_action.pipeline.release_generated import Generated
from gitops_action.regex import regex
from gitops_action.render.helm.kinds import KIND, SOURCES
from gitops_action.render.helm.tree import CHART_FILE
from gitops_action.repository.documents import Document, without_warnings
from gitops_action.repository.flux_sources import FluxObject, FluxSources, is_flux
from gitops_action.repository.paths import folders_with
from gitops_action.repository.references import objects
from gitops_action.repository.tree import EntryKind
from gitops_action.validate.catalog import every_kind
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitops_action.adapters.keeping import Keep
    from gitops_action.config import Config
    from gitops_action.model import Pointer
    from gitops_action.repository.flux_artifacts import Copied
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

_SUFFIXES: Final = (".yaml", ".yml")
_NAMED: Final = frozenset({*SOURCES, "ConfigMap", "Secret", KIND})
# A file without one of these need not be parsed. It begins with what is searched for, which is several times faster.
_KIND: Final = regex(rb"""kind["']?[ \t]*:[ \t]*["']?(?:%s)\b""" % "|".join(sorted(_NAMED)).encode())
_DEFINITION: Final = b"CustomResourceDefinition"


class Sources:
    """What one tree has, read when first asked for."""

    def __init__(
        self, tree: Tree, manifests: Iterable[Manifest], config: Config, keep: Keep, graph: Graph | None = None
    ) -> None:
        """Take the tree, and those of its objects that are looked at; what is read of CRDs is kept in `keep`.

        `graph` has the tree's kustomizations, without which nothing is known of what others generate.
        """
        self._tree = tree
        self._generated = Generated(tree, graph, config)
        self._config = config
        self._keep = keep
        self._known: dict[tuple[str, ...], Manifest] = {}
        self._definitions = [one for one in manifests if is_definition(one)]
        for one in manifests:
            which = one.id
            if which.kind in _NAMED:
                self._known.setdefault((one.environment, one.cluster, which.kind, which.namespace, which.name), one)

    def find(self, release: Manifest, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return an object by kind, namespace and name, as `release` means it; None if it is not in the tree."""
        for cluster in dict.fromkeys((release.cluster, "")):
            for space in dict.fromkeys((namespace, "")):
                found = self._known.get((release.environment, cluster, kind, space, name))
                if found is not None:
                    return found
        file = release.locator.locate(()).file
        written = self._named(kind, name)
        for candidates in (written, () if written else self._generated.find(kind, name, release.environment)):
            for space in (namespace, ""):
                found = self._nearest(file, [one for one in candidates if one.id.namespace == space])
                if found is not None:
                    return found
        return None

    @staticmethod
    def _nearest(file: str, candidates: Sequence[Manifest]) -> Manifest | None:
        """Return the one that lies nearest to a file, None where several do: of two environments' it could be either."""
        if not candidates:
            return None
        shared = [
            len(posixpath.commonpath([f"/{file}", f"/{one.locator.locate(()).file}"]).split("/")) for one in candidates
        ]
        best = [one for one, depth in zip(candidates, shared, strict=True) if depth == max(shared)]
        return best[0] if len(best) == 1 or all(one.value == best[0].value for one in best) else None

    def copied(self, release: Manifest, namespace: str, name: str) -> Copied:
        """Return what an ExternalArtifact that a release names is made of."""
        file = release.locator.locate(()).file
        return self._flux(release).copied(file, namespace, name)

    def _flux(self, release: Manifest) -> FluxSources:
        """Return Flux's objects as they are written in files, and those of the cluster of a release."""
        clusters = {(release.environment, release.cluster), (release.environment, "")}
        looked_at = [one for (where, cluster, *_), one in self._known.items() if (where, cluster) in clusters]
        written = [one for named in self._by_name.values() for one in named]
        objects = (FluxObject(one.locator.locate(()).file, one.value, one.cluster) for one in (*written, *looked_at))
        return FluxSources([one for one in objects if is_flux(one.value)])

    def _named(self, kind: str, name: str) -> list[Manifest]:
        return self._by_name.get((kind, name), [])

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], list[Manifest]]:
        found: dict[tuple[str, str], list[Manifest]] = {}
        for path, data in self._files:
            if not _KIND.search(data):
                continue
            for item in objects(data, path):
                if (
                    isinstance(item, Document)
                    and isinstance(item.value, dict)
                    and str(item.value.get("kind")) in _NAMED
                ):
                    one = Manifest(item.value, item)
                    found.setdefault((one.id.kind, one.id.name), []).append(one)
        return found

    @cached_property
    def _files(self) -> list[tuple[str, bytes]]:
        """The files that have an object of use."""
        entries = self._tree.entries
        charts = tuple(f"{folder}/" for folder in folders_with(CHART_FILE, entries))
        paths = [
            path
            for path, entry in entries.items()
            if path.endswith(_SUFFIXES)
            and entry.kind is EntryKind.FILE
            # What is in a chart is there once the chart is installed.
            and not path.startswith(charts)
            and not self._config.ignores(path)
        ]
        return [
            (path, data)
            for path, data in self._tree.read(paths)
            if isinstance(data, bytes) and (_DEFINITION in data or _KIND.search(data))
        ]

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts, with their ports, that sources of charts in the tree name."""
        return frozenset(address.partition("/")[0] for address in self.addresses)

    @cached_property
    def addresses(self) -> frozenset[str]:
        """The addresses that sources of charts in the tree name, as `address_of` gives them."""
        return frozenset(map(address_of, self.urls)) - {""}

    @cached_property
    def urls(self) -> frozenset[str]:
        """The addresses of sources of charts, as the tree has them, without a slash at their end."""
        kinds = {"HelmRepository", "OCIRepository", "GitRepository"}
        sources = (one for (kind, _), named in self._by_name.items() if kind in kinds for one in named)
        written = (part(one.value, "spec").get("url") for one in sources)
        return frozenset(url.rstrip("/") for url in written if isinstance(url, str))

    @cached_property
    def local_charts(self) -> frozenset[str]:
        """The folders of the tree that HelmReleases install."""
        found = set()
        for (kind, _), named in self._by_name.items():
            for one in named if kind == KIND else ():
                chart = part(part(part(one.value, "spec"), "chart"), "spec").get("chart")
                if isinstance(chart, str):
                    found.add(posixpath.normpath(chart).lstrip("/"))
        return frozenset(found)

    @cached_property
    def _custom(self) -> Mapping[tuple[str, str], bool]:
        """Whether objects have a namespace, by the apiVersion and kind of what the tree defines."""
        found = dict(_scopes(self._definitions))
        for path, data in self._files:
            if _DEFINITION in data:
                found |= self._defined(path, data)
        return found

    def _defined(self, path: str, data: bytes) -> dict[tuple[str, str], bool]:
        """Read the CRDs of a file; they are large and change rarely, so what they say is kept."""
        key = f"crds 1 {hashlib.sha256(data).hexdigest()}"
        kept = self._keep.get(key)
        if kept is not None and kept.content is not None:
            return {(version, kind): bool(namespaced) for version, kind, namespaced in json.loads(kept.content)}
        found = [
            Manifest(item.value, item)
            for item in objects(data, path)
            if isinstance(item, Document) and isinstance(item.value, dict)
        ]
        scopes = _scopes(one for one in found if is_definition(one))
        self._keep.put(key, json.dumps([[*name, namespaced] for name, namespaced in scopes.items()]).encode())
        return scopes

    def namespaced(self, made: Sequence[Mapping[str, Any]]) -> Namespaced:
        """Return what says of a kind whether its objects have a namespace; `made` can define kinds too."""
        return Namespaced(lambda: {**self._custom, **_scopes(_definitions(made))})

    def api_versions(self, made: Iterable[Mapping[str, Any]]) -> list[str]:
        """Return what `.Capabilities.APIVersions` has besides Kubernetes' own: by the tree, by `made`, by the configuration."""
        kinds = {**self._custom, **_scopes(_definitions(made))}
        found = set(self._config.charts.api_versions)
        for version, kind in kinds:
            found |= {version, f"{version}/{kind}"}
        return sorted(found)


class Namespaced:
    """Says of an apiVersion and a kind whether its objects have a namespace; None if that is not known."""

    def __init__(self, custom: Callable[[], Mapping[tuple[str, str], bool]]) -> None:
        """Take what tells what is known of custom resources: asked once there is one, as it takes all files of a tree to say."""
        self._find = custom

    @cached_property
    def _custom(self) -> Mapping[tuple[str, str], bool]:
        return self._find()

    def __call__(self, api_version: str, kind: str) -> bool | None:
        """Return what is known."""
        built_in = every_kind().get((api_version, kind))
        return self._custom.get((api_version, kind)) if built_in is None else built_in.namespaced


def address_of(url: object) -> str:
    """Return the host, in lower case, and the path of an address that can be asked; "" for anything else."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    except ValueError:
        return ""
    asked = parts.scheme in {"https", "http", "oci"}
    return f"{parts.netloc.lower()}{parts.path.rstrip('/').removesuffix('.git')}" if asked else ""


def _definitions(values: Iterable[Mapping[str, Any]]) -> list[Manifest]:
    return [Manifest(value, _NOWHERE) for value in values if value.get("kind") == _DEFINITION.decode()]


def _scopes(definitions: Iterable[Manifest]) -> dict[tuple[str, str], bool]:
    crds = Crds.from_manifests(definitions)
    return {
        (version, kind): found.namespaced is not False
        for version, kind in crds.kinds()
        for found in crds.of(version, kind)
    }


class _Nowhere:
    """What is not written in the tree."""

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:  # noqa: ARG002 - as a Locator has it
        """Return no place."""
        return Location("")


_NOWHERE: Final = _Nowhere()


def read_values(tree: Tree, path: str) -> tuple[dict[str, Any] | None, Document | None, str]:
    """Return the values in a file of the tree, the document that has them, and what is wrong with it."""
    if path not in tree.entries:
        return None, None, f"{path} is not in the repository"
    _, data = next(iter(tree.read([path])))
    if isinstance(data, Finding):
        return None, None, data.message
    for item in without_warnings(objects(data, path)):
        if isinstance(item, Finding):
            return None, None, item.message
        if isinstance(item.value, dict):
            return item.value, item, ""
        return None, None, f"{path} is no mapping"
    return {}, None, ""
