"""In which order objects are applied: what others need comes first, what may stand in their way last."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitops_action.model import Manifest

_DEFINITION: Final = "CustomResourceDefinition"
# The kinds of each stage; whatever is in none goes with `None`: workloads, and custom resources.
# Webhooks and API services come last, as what they ask may only arrive with the same deployment.
_STAGES: Final[tuple[frozenset[str] | None, ...]] = (
    frozenset({_DEFINITION, "Namespace"}),
    frozenset(
        {
            "PriorityClass", "RuntimeClass", "StorageClass", "IngressClass", "CSIDriver", "ServiceAccount", "Role",
            "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ResourceQuota", "LimitRange", "NetworkPolicy",
            "PersistentVolume", "PersistentVolumeClaim", "ConfigMap", "Secret", "Service",
        }
    ),
    None,
    frozenset(
        {
            "APIService", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
        }
    ),
)  # fmt: skip
_REST: Final = _STAGES.index(None)
_BUILT_IN: Final = ("k8s.io",)
FOUNDATION: Final = 0
"""The stage of what has to be in place before anything else can be asked of the server."""


def stage(api_version: str, kind: str) -> int:
    """Return the stage of a kind; lower ones first. A kind of somebody else's that is called like one of ours is just a kind."""
    group = api_version.rpartition("/")[0]
    if "." in group and not group.endswith(_BUILT_IN):
        return _REST
    return next((number for number, kinds in enumerate(_STAGES) if kinds is not None and kind in kinds), _REST)


def stages(manifests: Iterable[Manifest]) -> list[list[Manifest]]:
    """Return the manifests in stages, each in the order in which it was given."""

    def number(manifest: Manifest) -> int:
        which = manifest.id
        return stage(which.api_version, which.kind)

    return [list(members) for _, members in groupby(sorted(manifests, key=number), key=number)]
