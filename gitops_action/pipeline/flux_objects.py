"""Reads Flux's objects in a cluster, and asks them to look again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import requests
from gitops_action.cluster.answers import Request
from gitops_action.deploy import flux
from gitops_action.errors import ClusterError, UsageError
from gitops_action.model import ResourceId
from gitops_action.pipeline.pages import items_of, pages
from gitops_action.pipeline.reading import Name, read_all
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitops_action.cluster.answers import Answer
    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.ports import ApiServer

GROUP: Final = "kustomize.toolkit.fluxcd.io"
SOURCES: Final = "source.toolkit.fluxcd.io"
HELM: Final = "helm.toolkit.fluxcd.io"
_MOST_PAGES: Final = 40
_UNKNOWN_ACCOUNT: Final = 401


@dataclass(slots=True)
class FluxObjects:
    """Flux's objects in one cluster. `notes` say what could not be asked; `tell` is told at once."""

    server: ApiServer
    tell: Callable[[str], None]
    notes: list[str] = field(default_factory=list)
    silent: str = ""
    """Why the cluster did not answer when it was last asked for a list, "" if it did."""
    _asked: dict[Name, str] = field(default_factory=dict)

    def kind(self, group: str, name: str) -> ResourceType:
        """Return how a kind of Flux is served. Raises UsageError where it is not."""
        kind = self.server.kinds.of_group(group, name)
        if kind is None:
            raise UsageError(f"the cluster has no kind {name} of {group}: Flux is not installed there (`--via apply`)")
        return kind

    def kustomizations(self) -> list[dict[str, Any]] | None:
        """Return all Kustomizations; None where the cluster does not answer just now. Raises ClusterError if it refuses."""
        kind = self.kind(GROUP, "Kustomization")
        found: list[dict[str, Any]] = []
        self.silent = ""
        for answer in pages(self.server, kind.path(), most=_MOST_PAGES):
            items = items_of(answer)
            if items is None and not answer.is_answer and answer.status != _UNKNOWN_ACCOUNT:
                self.silent = answer.message
                self.tell(f"the cluster does not answer: {answer.message}")
                return None
            if items is None:
                raise ClusterError(f"Flux's {kind.plural} cannot be listed: {answer.message}")
            found += ({"apiVersion": kind.api_version, "kind": kind.kind, **one} for one in items)
        return found

    def sources(self, kustomizations: Sequence[Mapping[str, Any]]) -> dict[Name, Mapping[str, Any]]:
        """Return the sources of the Kustomizations, as far as they may be read."""
        names = sorted({name for one in kustomizations if (name := source_of(one)).name})
        known = [(name, kind) for name in names if (kind := self._source_kind(name)) is not None]
        # A source may be written in an older version than the server prefers.
        asked = [Name(kind.api_version, kind.kind, name.namespace, name.name) for name, kind in known]
        answers = read_all(self.server, [kind for _, kind in known], asked)
        return {
            name: answer.body
            for (name, _), answer in zip(known, answers, strict=True)
            if answer.ok and isinstance(answer.body, dict)
        }

    def releases(self, which: Sequence[ResourceId]) -> list[tuple[ResourceId, Name, Answer]]:
        """Read HelmReleases."""
        if not which:
            return []
        kind = self.kind(HELM, "HelmRelease")
        names = [Name(kind.api_version, kind.kind, one.namespace, one.name) for one in which]
        return list(zip(which, names, read_all(self.server, [kind] * len(names), names), strict=True))

    def chart_of(self, release: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the HelmChart of a HelmRelease; None where it has none, or it may not be read."""
        namespace, name = flux.chart_of(release)
        kind = self.server.kinds.of_group(SOURCES, "HelmChart")
        if not name or kind is None:
            return None
        answer = self.server.send(Request("GET", kind.path(namespace, name)))
        return answer.body if answer.ok and isinstance(answer.body, dict) else None

    def _source_kind(self, name: Name) -> ResourceType | None:
        return self.server.kinds.find(name.api_version, name.kind) or self.server.kinds.of_group(SOURCES, name.kind)

    def ask(self, name: Name, live: Mapping[str, Any]) -> str:
        """Ask for a reconciliation, once; return what it says once it has handled that, "" where it was not asked.

        Who may not ask waits until Flux looks by itself.
        """
        if name not in self._asked:
            kind = self.server.kinds.find(name.api_version, name.kind)
            if kind is None or part(live, "spec").get("suspend") is True:
                return ""
            self._asked[name] = self._annotated(name, kind)
        return self._asked[name]

    def _annotated(self, name: Name, kind: ResourceType) -> str:
        token = datetime.now(UTC).isoformat()
        body = {"metadata": {"annotations": {flux.REQUESTED: token}}}
        path, query = kind.path(name.namespace, name.name), {"fieldManager": requests.MANAGER}
        answer = self.server.send(Request("PATCH", path, query, body, "application/merge-patch+json"))
        if answer.ok:
            return token
        why = f"{name.kind} {name.namespace}/{name.name} could not be asked to reconcile: {answer.message}"
        self.notes.append(why)
        self.tell(f"{why}; waiting until it does by itself")
        return ""


def source_of(live: Mapping[str, Any]) -> Name:
    """Return what an object of Flux takes its content from."""
    spec = part(live, "spec")
    reference = part(spec, "sourceRef")
    space = reference.get("namespace") or part(live, "metadata").get("namespace")
    version = reference.get("apiVersion") or f"{SOURCES}/v1"
    return Name(str(version), str(reference.get("kind") or ""), str(space or ""), str(reference.get("name") or ""))


def dependencies(live: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (namespace, name) of the Kustomizations that have to be ready first."""
    listed = part(live, "spec").get("dependsOn")
    own = str(part(live, "metadata").get("namespace") or "")
    for one in listed if isinstance(listed, list) else ():
        yield str(one.get("namespace") or own), str(one.get("name") or "")


def name_of(live: Mapping[str, Any]) -> Name:
    """Return the name of an object."""
    metadata = part(live, "metadata")
    return Name(
        str(live.get("apiVersion")), str(live.get("kind")), str(metadata.get("namespace") or ""), str(metadata["name"])
    )


def id_of(live: Mapping[str, Any]) -> ResourceId:
    """Return what identifies an object."""
    name = name_of(live)
    return ResourceId(name.api_version, name.kind, name.namespace, name.name)


def part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a mapping in another, an empty one where there is none."""
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}
