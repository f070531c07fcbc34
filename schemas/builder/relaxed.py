"""Fields that the OpenAPI description calls required and the API server does not insist on.

Found by creating (as a dry run, on a real kube-apiserver 1.36) an object of each kind in which each struct is empty, and
looking for the field in the server's complaints. What remained was settled by objects without just that field, and by
reading `pkg/apis/*/validation`. A field is here if its zero value is valid, if it has a default, or if a disabled
feature drops it.
"""

from __future__ import annotations

from typing import Final

# By "<group>/<type>": the second word of the definition's name from the end is its version, the third its group.
RELAXED: Final[dict[str, frozenset[str]]] = {
    # Zero, false or an empty text, list or struct is valid.
    "apps/ControllerRevision": frozenset({"revision"}),
    "apps/StatefulSetSpec": frozenset({"serviceName"}),
    "apiextensions/CustomResourceDefinitionVersion": frozenset({"served", "storage"}),
    "batch/PodFailurePolicy": frozenset({"rules"}),
    "core/Event": frozenset({"involvedObject", "metadata"}),
    "core/HTTPHeader": frozenset({"value"}),
    "core/ISCSIPersistentVolumeSource": frozenset({"lun"}),
    "core/ISCSIVolumeSource": frozenset({"lun"}),
    "core/LimitRangeSpec": frozenset({"limits"}),
    "core/PreferredSchedulingTerm": frozenset({"preference"}),
    "core/ScaleIOPersistentVolumeSource": frozenset({"secretRef"}),
    "core/ScaleIOVolumeSource": frozenset({"secretRef"}),
    "core/SleepAction": frozenset({"seconds"}),
    "core/Sysctl": frozenset({"value"}),
    "discovery/EndpointSlice": frozenset({"endpoints"}),
    "discovery/ForZone": frozenset({"name"}),
    "networking/NetworkPolicySpec": frozenset({"podSelector"}),
    "resource/CapacityRequestPolicyRange": frozenset({"min"}),
    "resource/Counter": frozenset({"value"}),
    "resource/DeviceCapacity": frozenset({"value"}),
    "resource/DeviceClass": frozenset({"spec"}),
    "resource/ResourceClaim": frozenset({"spec"}),
    "resource/ResourceClaimTemplate": frozenset({"spec"}),
    "resource/ResourceClaimTemplateSpec": frozenset({"spec"}),
    "resource/ResourcePool": frozenset({"generation"}),
    "scheduling/PriorityClass": frozenset({"value"}),
    "storage/CSIDriver": frozenset({"spec"}),
    "storage/CSINode": frozenset({"spec"}),
    "storage/CSINodeSpec": frozenset({"drivers"}),
    "storage/TokenRequest": frozenset({"audience"}),
    # Judged for the object itself, not for the template of one.
    "meta/OwnerReference": frozenset({"apiVersion", "kind", "name", "uid"}),
    # A claim's dataSource of a kind that the server does not know is dropped; rules demand both where they are kept.
    "core/TypedLocalObjectReference": frozenset({"kind", "name"}),
    # The server sets a default.
    "batch/PodFailurePolicyOnPodConditionsPattern": frozenset({"status"}),
    "rbac/RoleRef": frozenset({"apiGroup"}),
    # Dropped, as the feature is gone or off as a rule.
    "core/ConfigMapNodeConfigSource": frozenset({"kubeletConfigKey", "name", "namespace"}),
    "core/PodCertificateProjection": frozenset({"keyType", "signerName"}),
}

# Enumerations of fields that the server drops unless a feature is switched on.
OPEN: Final = frozenset({("core/Lifecycle", "stopSignal")})


def relaxed(definition: str) -> frozenset[str]:
    """Return the fields of a definition that are not required after all."""
    return RELAXED.get(_short(definition), frozenset())


def is_open(definition: str, field: str) -> bool:
    """Whether the server takes other values for a field than those that its description lists."""
    return (_short(definition), field) in OPEN


def _short(definition: str) -> str:
    parts = definition.split(".")
    return "/".join((parts[-3], parts[-1]))
