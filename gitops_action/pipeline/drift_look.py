"""Looks at one cluster: what was deployed there, what of it has drifted, and what nobody declared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import inventory, requests
from gitops_action.deploy.drift import Drifted, Kind, of_change
from gitops_action.deploy.health import vanishes
from gitops_action.diff.live import Arriving, changed
from gitops_action.diff.redact import Scrubber, secret_values
from gitops_action.diff.sensitive import Redaction
from gitops_action.errors import ClusterError, UsageError
from gitops_action.model import Change, Outcome, ResourceId
from gitops_action.pipeline import apply_sets
from gitops_action.pipeline.asking import ignored_of
from gitops_action.pipeline.clusters import require_one
from gitops_action.pipeline.leases import current_holder
from gitops_action.pipeline.live import Renderings, previews
from gitops_action.pipeline.pages import items_of, pages
from gitops_action.pipeline.push_plan import identity
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.deploy.apply_set import Parent
    from gitops_action.model import Manifest
    from gitops_action.ports import ApiServer

_MOST_PAGES: Final = 40
_PARTIAL: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
# What every namespace has, and what controllers make for others without owning it.
_NATURAL: Final = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
_PASSING: Final = frozenset({"Event", "Lease", "Endpoints", "EndpointSlice", "PodMetrics", "ControllerRevision", "Pod"})


def compared(server: ApiServer, manifests: Sequence[Manifest], config: Config, environment: str) -> list[Drifted]:
    """Return what in the cluster is not as these manifests say. Raises ClusterError if it cannot be used at all, or which it is."""
    require_one(environment, manifests)
    changes = [
        Change(environment, Outcome.UNCHANGED, one.id, one.target, one.locator.locate(()).file) for one in manifests
    ]
    rules = Redaction()
    scrub = Scrubber(secret_values(one.value for one in manifests))
    found = []
    for part in previews(server, changes, Renderings.of(manifests, manifests), config.field_manager):
        for preview in part:
            change = changed(preview, Arriving(), ignored_of(preview.change, config), rules)
            drifted = of_change(change)
            gone = drifted is not None and drifted.kind is Kind.MISSING
            if drifted is not None and not (gone and preview.head is not None and vanishes(preview.head.value)):
                found.append(replace(drifted, message=scrub(drifted.message)))
    return sorted(found, key=lambda one: one.resource)


@dataclass(frozen=True, slots=True)
class Rollout:
    """What was pushed to a cluster: the commit that its objects are of, or on their way to ("" where there is none).

    `holder` is who is at it just now ("" for nobody), `unfinished` whether it did not end well. `unknown` says what could
    not be read.
    """

    commit: str = ""
    holder: str = ""
    unfinished: bool = False
    unknown: str = ""


def rollout(server: ApiServer, parent: Parent) -> Rollout:
    """Return what was pushed to the cluster, as its inventory and its lease say."""
    try:
        found = apply_sets.read(server, parent)
    except (ClusterError, UsageError) as error:
        return Rollout(unknown=str(error))
    if not found.newest:
        return Rollout()
    try:
        holder = current_holder(server, parent.namespace, parent.name)
    except ClusterError as error:
        return Rollout(found.newest, "", bool(found.attempt), str(error))
    return Rollout(found.newest, holder, bool(found.attempt))


def undeclared(
    server: ApiServer, manifests: Sequence[Manifest], spaces: Collection[str]
) -> tuple[list[ResourceId], list[str]]:
    """Return the objects in these namespaces that nobody declared, and what could not be listed.

    What another object owns, what an inventory has, and what Kubernetes makes in each namespace is left out.
    """
    declared = {identity(one.id, server.kinds) for one in manifests}
    declared |= _inventories(server)
    found: list[ResourceId] = []
    notes: list[str] = []
    for kind in server.kinds.listable():
        if not kind.namespaced or kind.kind in _PASSING:
            continue
        for space in sorted(spaces):
            for answer in pages(server, kind.path(space), most=_MOST_PAGES, accept=_PARTIAL):
                items = items_of(answer)
                if items is None:
                    notes.append(f"{kind.plural} of {space} cannot be listed: {answer.message}")
                    break
                for item in items:
                    which = ResourceId(kind.api_version, kind.kind, space, requests.name_of(item))
                    if which.key not in declared and not _is_natural(item, which):
                        found.append(which)
    return sorted(found), list(dict.fromkeys(notes))


def _inventories(server: ApiServer) -> set[tuple[str, str, str, str]]:
    kind = server.kinds.of_group("kustomize.toolkit.fluxcd.io", "Kustomization")
    if kind is None:
        return set()
    listed = (item for answer in pages(server, kind.path(), most=_MOST_PAGES) for item in items_of(answer) or ())
    return {one.key for item in listed for one in inventory.of_flux(item) or ()}


def _is_natural(item: Mapping[str, Any], which: ResourceId) -> bool:
    metadata = item.get("metadata") or {}
    labels = metadata.get("labels") or {}
    return bool(
        metadata.get("ownerReferences")
        or (which.kind, which.name) in _NATURAL
        or labels.get("owner") == "helm"
        or inventory.PART_OF in labels
        or "applyset.kubernetes.io/id" in labels
        or "kubernetes.io/service-account.name" in (metadata.get("annotations") or {})
    )
