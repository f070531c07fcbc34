"""What a deployer has put into a cluster by its own account, so that what leaves Git is known to be deleted.

Flux: `status.inventory.entries` of a Kustomization, whose ids are NAMESPACE_NAME_GROUP_KIND
(https://github.com/fluxcd/cli-utils/blob/main/pkg/object/objmetadata.go). ApplySets (KEP-3659): the members carry
`applyset.kubernetes.io/part-of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitops_action.cluster import helm
from gitops_action.model import ResourceId
from gitops_action.parts import part

PART_OF: Final = "applyset.kubernetes.io/part-of"
# A colon cannot stand in the name of an RBAC object's file, so that two underscores stand for it.
_COLON: Final = "__"


def of_flux(item: Mapping[str, Any]) -> list[ResourceId] | None:
    """Return what a live Kustomization or HelmRelease has applied; None if it does not say."""
    status = item.get("status")
    inventory = status.get("inventory") if isinstance(status, Mapping) else None
    entries = inventory.get("entries") if isinstance(inventory, Mapping) else None
    if not isinstance(entries, list):
        return None
    found = [_entry(entry) for entry in entries if isinstance(entry, Mapping)]
    return [one for one in found if one is not None]


def _entry(entry: Mapping[str, Any]) -> ResourceId | None:
    identity, version = entry.get("id"), entry.get("v")
    if not isinstance(identity, str) or not isinstance(version, str):
        return None
    namespace, _, rest = identity.partition("_")
    rest, _, kind = rest.rpartition("_")
    name, _, group = rest.rpartition("_")
    api_version = f"{group}/{version}" if group else version
    return ResourceId(api_version, kind, namespace, name.replace(_COLON, ":")) if kind and name else None


def prunes(kustomization: Mapping[str, Any]) -> bool:
    """Whether Flux deletes what is no longer rendered."""
    spec = kustomization.get("spec")
    return isinstance(spec, Mapping) and spec.get("prune") is True and not spec.get("suspend")


def of_release(release: Mapping[str, Any]) -> list[ResourceId]:
    """Return what a live HelmRelease has installed and Helm takes away when the chart no longer has it.

    Nothing where it is suspended. Whether a definition was a plain one of the chart, which Helm leaves, cannot be told.
    """
    spec = release.get("spec")
    if isinstance(spec, Mapping) and spec.get("suspend"):
        return []
    return [one for one in of_flux(release) or () if one.kind != "CustomResourceDefinition"]


def path_of(kustomization: Mapping[str, Any]) -> str:
    """Return the folder that a Kustomization deploys, from the repository's root; "" is the root."""
    spec = kustomization.get("spec")
    path = spec.get("path") if isinstance(spec, Mapping) else None
    parts = path.split("/") if isinstance(path, str) else []
    return "/".join(part for part in parts if part not in {"", "."})


# What deployers add to each object by themselves, to know it again.
_MARKS: Final = (
    PART_OF,
    "kustomize.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/namespace",
    "helm.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/namespace",
)


def with_marks(value: Mapping[str, Any], live: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return an object with the marks by which its deployer knows it: whoever applies it without them takes them away."""
    there = live or {}
    is_of_helm = helm.is_marked(there)
    found = {
        "labels": (*_MARKS, *(helm.LABELS if is_of_helm else ())),
        "annotations": helm.ANNOTATIONS if is_of_helm else (),
    }
    result = value
    for member, marks in found.items():
        own, others = _members(value, member), _members(there, member)
        added = {key: others[key] for key in marks if key in others and key not in own}
        if added:
            result = {**result, "metadata": {**part(result, "metadata"), member: {**own, **added}}}
    return result


def apply_set_of(live: Mapping[str, Any]) -> str:
    """Return the ApplySet that a live object is part of, "" if it is of none."""
    part_of = _members(live, "labels").get(PART_OF)
    return part_of if isinstance(part_of, str) else ""


def _members(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return part(part(value, "metadata"), name)
