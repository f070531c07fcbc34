"""Rules hold for the releases whose servers have them: features come and go with their gates' defaults.

The releases are those of pkg/features/kube_features.go and of the validation code of Kubernetes 1.28 to 1.37.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.unit.validate.rules import cases_batch, cases_containers, cases_pods, cases_volumes, cases_workloads
from tests.unit.validate.rules.cases_scheduling import PREFERRED, REQUIRED, SPREAD, TERM
from tests.unit.validate.rules.cases_security import SECURE
from tests.unit.validate.rules.variants import DROPPED, Case, Table, found

Row = tuple[str, Mapping[str, Any], str, dict[Any, Any], str, int, int]
FIRST: Final = 28
LAST: Final = 37
NO_LABEL: Final = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["a b"]}]}]}
WEB: Final = "containers.0"

# A manifest, what is changed in it, the value that is wrong, and the releases that say so.
RELEASES: Final[list[Row]] = [
    ("a variable's name", cases_containers.POD, "spec", {f"{WEB}.env.0.name": "a b"}, f"{WEB}.env.0.name", FIRST, 31),
    ("a search", cases_pods.POD, "spec", {"dnsConfig.searches": ["_tcp.a"]}, "dnsConfig.searches.0", FIRST, 32),
    ("an address with zeros", cases_pods.POD, "spec", {"hostAliases.0.ip": "010.0.0.1"}, "hostAliases.0.ip", 36, LAST),
    ("a container's restarts", cases_pods.POD, "spec", {f"{WEB}.restartPolicy": "Never"}, f"{WEB}.restartPolicy", FIRST, 33),
    (
        "an init container's restarts",
        cases_containers.POD,
        "spec",
        {"initContainers.0.restartPolicy": "Never"},
        "initContainers.0.restartPolicy",
        29,
        33,
    ),
    (
        "a sidecar's probe",
        cases_containers.POD,
        "spec",
        {"initContainers.0.restartPolicy": "Always", "initContainers.0.livenessProbe": {"tcpSocket": {"port": 80}}},
        "initContainers.0.livenessProbe",
        FIRST,
        28,
    ),
    (
        "no sleep",
        cases_containers.POD,
        "spec",
        {f"{WEB}.lifecycle.preStop": {"sleep": {"seconds": 0}}},
        f"{WEB}.lifecycle.preStop.sleep.seconds",
        30,
        32,
    ),
    (
        "a resized init container",
        cases_containers.POD,
        "spec",
        {"initContainers.0.resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]},
        "initContainers.0.resizePolicy.0.restartPolicy",
        36,
        LAST,
    ),
    ("a resource resized twice", cases_pods.POD, "spec", {f"{WEB}.resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}] * 2}, f"{WEB}.resizePolicy.1.resourceName", 33, LAST),
    ("a Pod's resources", cases_pods.POD, "spec", {"resources.limits": {"gpu": "1"}}, "resources.limits.gpu", 34, LAST),
    ("another host name", cases_pods.POD, "spec", {"hostnameOverride": "A"}, "hostnameOverride", 35, LAST),
    ("an unmasked proc", SECURE, "spec", {f"{WEB}.securityContext.procMount": "Unmasked"}, f"{WEB}.securityContext.procMount", 33, LAST),
    ("own users and the host's network", cases_pods.POD, "spec", {"hostUsers": False, "hostNetwork": True}, "hostNetwork", 33, LAST),
    ("a change of SELinux labels", SECURE, "spec", {"securityContext.seLinuxChangePolicy": "MountOption"}, "securityContext.seLinuxChangePolicy", 33, 36),
    ("another change of SELinux labels", SECURE, "spec", {"securityContext.seLinuxChangePolicy": "Always"}, "securityContext.seLinuxChangePolicy", 33, LAST),
    ("a sysctl of the network", SECURE, "spec", {"hostNetwork": True, "securityContext.sysctls.0.name": "net.a"}, "securityContext.sysctls.0.name", 30, LAST),
    ("a claim of nothing", cases_pods.POD, "spec", {"resourceClaims": [{"name": "a"}]}, "resourceClaims.0", 34, LAST),
    ("a node's label", cases_pods.POD, "spec", {f"affinity.nodeAffinity.{REQUIRED}": NO_LABEL}, f"affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms.0.matchExpressions.0.values.0", 32, LAST),
    ("a preferred node's label", cases_pods.POD, "spec", {f"affinity.nodeAffinity.{PREFERRED}": [{"weight": 1, "preference": NO_LABEL["nodeSelectorTerms"][0]}]}, "", 0, 0),
    ("keys without a selector", cases_pods.POD, "spec", {f"affinity.podAffinity.{REQUIRED}.0": {"topologyKey": "a", "matchLabelKeys": ["a"]}}, f"affinity.podAffinity.{REQUIRED}.0.matchLabelKeys", 31, LAST),
    ("a key of a template's spread", cases_pods.TEMPLATE, "template.spec", {"topologySpreadConstraints": [SPREAD | {"matchLabelKeys": ["app"]}]}, "topologySpreadConstraints.0.matchLabelKeys.0", FIRST, 33),
    ("a key of a Pod's spread", cases_pods.POD, "spec", {"topologySpreadConstraints": [SPREAD | {"matchLabelKeys": ["app"]}]}, "topologySpreadConstraints.0.matchLabelKeys.0", FIRST, LAST),
    ("a term", cases_pods.POD, "spec", {f"affinity.podAffinity.{REQUIRED}.0": TERM | {"matchLabelKeys": ["app"]}}, f"affinity.podAffinity.{REQUIRED}.0.matchLabelKeys.0", 31, LAST),
    ("a way of being read-only", cases_containers.POD, "spec", {f"{WEB}.volumeMounts.1.recursiveReadOnly": "Always"}, f"{WEB}.volumeMounts.1.recursiveReadOnly", 31, LAST),
    ("a token's path", cases_volumes.POD, "spec.volumes", {"10.projected.sources.3.serviceAccountToken.path": "../a"}, "10.projected.sources.3.serviceAccountToken.path", 30, LAST),
    ("an image that a controller may fill in", cases_volumes.TEMPLATE, "template.spec.volumes", {"8.image.reference": ""}, "8.image.reference", 37, LAST),
    ("a claim's class", cases_volumes.POD, "spec.volumes", {"7.ephemeral.volumeClaimTemplate.spec.volumeAttributesClassName": "A"}, "7.ephemeral.volumeClaimTemplate.spec.volumeAttributesClassName", 34, LAST),
    ("a StatefulSet's service", cases_workloads.stateful_set.cases[0].manifest, "spec", {"serviceName": "A"}, "serviceName", 33, LAST),
    ("a StatefulSet's template", cases_workloads.stateful_set.cases[0].manifest, "spec", {"template.spec.containers.0.name": "A"}, "template.spec.containers.0.name", 34, LAST),
    ("a StatefulSet's claims", cases_workloads.stateful_set.cases[0].manifest, "spec", {"volumeClaimTemplates.0.spec.accessModes": DROPPED}, "volumeClaimTemplates.0.spec.accessModes", 34, LAST),
    ("a StatefulSet's label", cases_workloads.stateful_set.cases[0].manifest, "spec", {"template.metadata.labels.other": "a b"}, "template.metadata.labels.other", FIRST, LAST),
    ("a StatefulSet's update", cases_workloads.stateful_set.cases[0].manifest, "spec", {"updateStrategy.rollingUpdate.maxUnavailable": 0}, "updateStrategy.rollingUpdate.maxUnavailable", 37, LAST),
    ("a Job's manager", cases_batch.job.cases[0].manifest, "spec", {"managedBy": "a"}, "managedBy", 32, LAST),
    ("a limit for each index", cases_batch.job.cases[0].manifest, "spec", {"backoffLimitPerIndex": 1}, "backoffLimitPerIndex", 29, LAST),
    ("a policy for success", cases_batch.job.cases[0].manifest, "spec", {"successPolicy.rules": [{"succeededCount": 1}]}, "successPolicy", 31, LAST),
]  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0]) for row in RELEASES])
@pytest.mark.parametrize("minor", range(FIRST, LAST + 1))
def test_releases(row: Row, minor: int) -> None:
    name, manifest, root, changes, pointer, first, last = row
    table = Table(name, manifest, root)
    table.bad(name, "wrong", pointer or root, changes)
    case: Case = table.cases[1]
    expected = [case.pointer] if first <= minor <= last else []
    assert [where for _, where in found(case, minor) if where == case.pointer] == expected
