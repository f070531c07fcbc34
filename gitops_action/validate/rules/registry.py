"""Which rules hold for which kind. Modules are imported when the first object of a kind comes along."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules.check import UNKNOWN, Check, KindFacts
from gitops_action.validate.rules.lists import twice
from gitops_action.validate.rules.metadata import object_meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.validate.problems import Problem
    from gitops_action.validate.rules.check import Rule

# (group, kind) → "module:function" for every version of the kind that has the rule's fields.
RULES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "PersistentVolume"): ("persistent_volumes:persistent_volume",),
    ("", "PersistentVolumeClaim"): ("storage:claim",),
    ("", "ConfigMap"): ("stored_data:config_map",),
    ("", "Endpoints"): ("endpoints:endpoints",),
    ("", "Event"): ("small_kinds:core_event",),
    ("", "LimitRange"): ("quotas:limit_range",),
    ("", "Namespace"): ("small_kinds:namespace",),
    ("", "Node"): ("nodes:node",),
    ("", "Pod"): ("pods:pod",),
    ("", "PodTemplate"): ("pods:pod_template",),
    ("", "ReplicationController"): ("workloads:replication_controller",),
    ("", "Service"): ("services:service",),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"): ("admission_policies:mutating_policy",),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"): ("admission_policies:mutating_binding",),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): ("webhooks:webhook_configuration",),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): ("admission_policies:validating_policy",),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"): ("admission_policies:validating_binding",),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): ("webhooks:webhook_configuration",),
    ("apiregistration.k8s.io", "APIService"): ("api_services:api_service",),
    ("", "ResourceQuota"): ("quotas:resource_quota",),
    ("", "Secret"): ("stored_data:secret",),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ("custom_resource_definitions:definition",),
    ("apps", "ControllerRevision"): ("small_kinds:controller_revision",),
    ("apps", "DaemonSet"): ("workloads:daemon_set",),
    ("apps", "Deployment"): ("workloads:deployment",),
    ("apps", "ReplicaSet"): ("workloads:replica_set",),
    ("apps", "StatefulSet"): ("workloads:stateful_set",),
    ("authorization.k8s.io", "LocalSubjectAccessReview"): ("access_reviews:local_review",),
    ("authorization.k8s.io", "SelfSubjectAccessReview"): ("access_reviews:own_review",),
    ("authorization.k8s.io", "SubjectAccessReview"): ("access_reviews:review",),
    ("autoscaling", "HorizontalPodAutoscaler"): ("autoscaling:autoscaler",),
    ("batch", "CronJob"): ("batch:cron_job",),
    ("batch", "Job"): ("batch:job",),
    ("certificates.k8s.io", "CertificateSigningRequest"): ("certificates:signing_request",),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"): ("flow_control:flow_schema",),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"): ("flow_control:priority_level",),
    ("networking.k8s.io", "IPAddress"): ("service_ranges:ip_address",),
    ("networking.k8s.io", "ServiceCIDR"): ("service_ranges:service_cidr",),
    ("networking.k8s.io", "Ingress"): ("ingress:ingress",),
    ("networking.k8s.io", "IngressClass"): ("ingress:ingress_class",),
    ("networking.k8s.io", "NetworkPolicy"): ("network_policy:network_policy",),
    ("policy", "PodDisruptionBudget"): ("policy:disruption_budget",),
    ("rbac.authorization.k8s.io", "ClusterRole"): ("rbac:cluster_role",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("rbac:cluster_role_binding",),
    ("rbac.authorization.k8s.io", "Role"): ("rbac:role",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("rbac:role_binding",),
    ("resource.k8s.io", "DeviceClass"): ("device_claims:device_class",),
    ("resource.k8s.io", "ResourceClaim"): ("device_claims:claim",),
    ("resource.k8s.io", "ResourceClaimTemplate"): ("device_claims:claim_template",),
    ("resource.k8s.io", "ResourceSlice"): ("device_slices:resource_slice",),
    ("storage.k8s.io", "CSIDriver"): ("storage:csi_driver",),
    ("storage.k8s.io", "CSINode"): ("storage:csi_node",),
    ("storage.k8s.io", "CSIStorageCapacity"): ("storage:storage_capacity",),
    ("storage.k8s.io", "StorageClass"): ("storage:storage_class",),
    ("storage.k8s.io", "VolumeAttachment"): ("storage:attachment",),
    ("storage.k8s.io", "VolumeAttributesClass"): ("storage:attributes_class",),
    ("coordination.k8s.io", "Lease"): ("small_kinds:lease",),
    ("discovery.k8s.io", "EndpointSlice"): ("endpoints:endpoint_slice",),
    ("events.k8s.io", "Event"): ("small_kinds:event",),
    ("node.k8s.io", "RuntimeClass"): ("small_kinds:runtime_class",),
    ("scheduling.k8s.io", "PriorityClass"): ("small_kinds:priority_class",),
}


def judge(value: Mapping[str, Any], minor: int, *, secret: bool, kind: KindFacts = UNKNOWN) -> list[Problem]:
    """Return what the server's own validation would say of an object; see `check` for what `value` must be.

    A custom resource has its defaults filled in.
    """
    check = Check(minor, secret, kind)
    object_meta(check, value)
    if kind.built_in:
        for rule in rules_of(str(value.get("apiVersion", "")), str(value.get("kind", ""))):
            rule(check, value, ())
    if kind.keyed is not None:
        twice(check, value, kind.keyed)
    return check.problems


@cache
def rules_of(api_version: str, kind: str) -> tuple[Rule, ...]:
    """Return the rules of a kind, loaded."""
    return tuple(_load(name) for name in RULES.get((api_version.rpartition("/")[0], kind), ()))


def _load(name: str) -> Rule:
    module, _, function = name.partition(":")
    rule: Rule = getattr(import_module(f"{__package__}.{module}"), function)
    return rule
