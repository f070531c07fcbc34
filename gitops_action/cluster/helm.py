"""How live objects of Helm's releases are known, and how Helm changes them.

Helm marks what it creates (pkg/action/validate.go, `setMetadataVisitor`), and leaves what carries its policy when it is told to
delete it (pkg/kube, `ResourcePolicyAnno`). Up to version 3, and for what such a version installed also later, it patches:
what the last manifest had and the new one has not is removed, whoever owns it, and all else is set, without conflicts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import ownership
from gitops_action.parts import part

if TYPE_CHECKING:
    from collections.abc import Mapping

MANAGERS: Final = frozenset({"helm-controller", "helm"})
"""The names under which Helm writes."""
LABELS: Final = ("app.kubernetes.io/managed-by",)
ANNOTATIONS: Final = ("meta.helm.sh/release-name", "meta.helm.sh/release-namespace")
_POLICY: Final = "helm.sh/resource-policy"


def is_marked(live: Mapping[str, Any]) -> bool:
    """Whether Helm has created an object, or taken it over."""
    return ANNOTATIONS[0] in _annotations(live)


def is_patched(live: Mapping[str, Any]) -> bool:
    """Whether Helm changes an object by patches: it has written it, and never by server-side apply."""
    found = [manager for manager, _ in ownership.managers(live) if manager.name in MANAGERS and not manager.subresource]
    return is_marked(live) and bool(found) and not any(manager.applies for manager in found)


def is_kept(value: Mapping[str, Any]) -> bool:
    """Whether Helm leaves an object in the cluster that a release no longer has."""
    policy = _annotations(value).get(_POLICY)
    return isinstance(policy, str) and policy.strip().lower() == "keep"


def _annotations(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return part(part(value, "metadata"), "annotations")
