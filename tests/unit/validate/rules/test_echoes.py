"""What does not fit the schema is said once: no rule speaks of what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from gitops_action.model import Location, Manifest
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.schema import SchemaEngine
from tests.unit.validate.rules import cases_batch, cases_containers, cases_pods, cases_volumes, cases_workloads
from tests.unit.validate.rules.variants import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer

DEPLOYMENT: Final = cases_workloads.deployment.cases[0].manifest
STATEFUL_SET: Final = cases_workloads.stateful_set.cases[0].manifest
JOB: Final = cases_batch.job.cases[0].manifest
WEB: Final = "spec.containers.0"


class Nowhere:
    """Remembers what was asked for."""

    def __init__(self) -> None:
        self.pointers: list[Pointer] = []

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        del key
        self.pointers.append(pointer)
        return Location("x.yaml", 1, 1)


@pytest.mark.parametrize(
    ("manifest", "path", "value"),
    [
        (cases_containers.POD, "spec.volumes.0.name", 5),
        (cases_containers.POD, "spec.volumes.0", "data"),
        (cases_containers.POD, "spec.volumes", "data"),
        (cases_containers.POD, f"{WEB}.volumeMounts.0.name", 5),
        (cases_containers.POD, f"{WEB}.name", 5),
        (cases_containers.POD, f"{WEB}.image", 5),
        (cases_containers.POD, "spec.initContainers.0", 5),
        (cases_containers.POD, f"{WEB}.ports.0.containerPort", "http"),
        (cases_containers.POD, f"{WEB}.env.1.valueFrom.fieldRef", 5),
        (cases_containers.POD, f"{WEB}.env.1.valueFrom.fieldRef.fieldPath", 5),
        (cases_containers.POD, f"{WEB}.envFrom.0.configMapRef", 5),
        (cases_containers.POD, f"{WEB}.livenessProbe.httpGet", "/"),
        (cases_containers.POD, f"{WEB}.livenessProbe.httpGet.port", []),
        (cases_containers.POD, f"{WEB}.lifecycle.preStop.sleep", 5),
        (cases_containers.POD, f"{WEB}.resources.limits.cpu", []),
        (cases_containers.POD, f"{WEB}.resources.limits", "1"),
        (cases_containers.POD, f"{WEB}.resources.requests.cpu", "much"),
        (cases_pods.POD, "spec.tolerations", [{"key": 5, "value": "a"}]),
        (cases_pods.POD, "spec.dnsConfig", 5),
        (cases_pods.POD, "spec.containers", {}),
        (cases_volumes.POD, "spec.volumes.2.configMap.items.0.path", 5),
        (cases_volumes.POD, "spec.volumes.7.ephemeral.volumeClaimTemplate.spec.accessModes", "ReadWriteOnce"),
        (cases_volumes.POD, "spec.volumes.9.downwardAPI.items.0.fieldRef", 5),
        (DEPLOYMENT, "spec.selector.matchLabels.app", 5),
        (DEPLOYMENT, "spec.selector", "app"),
        (DEPLOYMENT, "spec.template.metadata.labels.app", 5),
        (DEPLOYMENT, "spec.template.metadata.labels", "app"),
        (DEPLOYMENT, "spec.template.metadata.labels.app", "a b"),
        (DEPLOYMENT, "spec.progressDeadlineSeconds", "60"),
        (DEPLOYMENT, "spec.strategy.rollingUpdate.maxSurge", []),
        (STATEFUL_SET, "spec.volumeClaimTemplates.0.metadata.name", 5),
        (STATEFUL_SET, "spec.volumeClaimTemplates", "data"),
        (JOB, "spec.template.spec.restartPolicy", "Sometimes"),
        (JOB, "spec.template.spec", "x"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_one_finding_for_one_mistake(manifest: Mapping[str, Any], path: str, value: object) -> None:
    table = Table("manifest", manifest)
    table.bad("changed", "", path, {path: value})
    case, nowhere = table.cases[1], Nowhere()
    result = SchemaEngine(Catalog(36)).validate([Manifest(case.manifest, nowhere)])
    wrong = [(finding.code, pointer) for finding, pointer in zip(result.findings, nowhere.pointers, strict=True)]
    assert [pointer for _, pointer in wrong if pointer[: len(case.pointer)] != case.pointer] == [], wrong
    assert wrong
