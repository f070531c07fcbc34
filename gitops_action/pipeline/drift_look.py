"""Looks at one cluster: what was deployed there, what of it has drifted, and what nobody declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import inventory, requests
from gitops_action.cluster.answers import Request
from gitops_action.deploy.apply_set import Parent, commit_of
from gitops_action.deploy.drift import Drifted, of_change
from gitops_action.diff.live import Arriving, changed
from gitops_action.diff.sensitive import Redaction
from gitops_action.model import Change, Outcome, ResourceId
from gitops_action.pipeline.asking import ignored_of
from gitops_action.pipeline.leases import API_VERSION
from gitops_action.pipeline.live import Renderings, previews
from gitops_action.pipeline.pages import items_of, pages
from gitops_action.pipeline.push_plan import identity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.model import Manifest
    from gitops_action.ports import ApiServer

_MOST_PAGES: Final = 40
_PARTIAL: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
# What every namespace has, and what controllers make for others without owning it.
_NATURAL: Final = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
_PASSING: Final = frozenset({"Event", "Lease", "Endpoints", "EndpointSlice", "PodMetrics", "ControllerRevision", "Pod"})


def compared(server: ApiServer, manifests: Sequence[Manifest], config: Config, environment: str) -> list[Drifted]:
    """Return what in the cluster is not as these manifests say. Raises ClusterError if it cannot be used at all."""
    changes = [
        Change(environment, Outcome.UNCHANGED, one.id, one.target, one.locator.locate(()).file) for one in manifests
    ]
    rules = Redaction()
    found = []
    for part in previews(server, changes, Renderings.of(manifests, manifests), config.field_manager):
        for preview in part:
            change = changed(preview, Arriving(), ignored_of(preview.change, config), rules)
            drifted = of_change(change)
            if drifted is not None:
                found.append(drifted)
    return sorted(found, key=lambda one: one.resource)


def rollout(server: ApiServer, parent: Parent) -> tuple[str, str]:
    """Return the commit that was pushed to the cluster, and who is at it just now; "" where there is none, or nobody."""
    path = f"/api/v1/namespaces/{parent.namespace}/configmaps/{parent.name}"
    answer = server.send(Request("GET", path))
    if not answer.ok or parent.refused(answer.body):
        return "", ""
    found = server.send(Request("GET", f"/apis/{API_VERSION}/namespaces/{parent.namespace}/leases/{parent.name}"))
    spec = found.body.get("spec") if found.ok and isinstance(found.body, dict) else None
    return commit_of(answer.body), str((spec or {}).get("holderIdentity") or "")


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
