"""The rules say what the API server says, of every case in the tables of cases."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING, Final

import pytest

from gitops_action.adapters.control_plane import HOST, ControlPlane, control_plane
from tests.support import tool
from tests.unit.validate.rules.variants import Case, expected, found

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES: Final = (
    *("annotations", "batch", "claims", "containers", "cron_jobs", "drivers", "env", "mounts", "pods", "probes"),
    *("projections", "resources", "scheduling", "security", "systems", "volumes", "workloads"),
)
CASES: Final[list[tuple[str, Case]]] = [
    (f"{module}: {case.name}", case)
    for module in MODULES
    for case in import_module(f"{__package__}.cases_{module}").CASES
]
# Where the kinds of the cases are created.
PATHS: Final = {
    "CronJob": "apis/batch/v1/namespaces/default/cronjobs",
    "DaemonSet": "apis/apps/v1/namespaces/default/daemonsets",
    "Deployment": "apis/apps/v1/namespaces/default/deployments",
    "Job": "apis/batch/v1/namespaces/default/jobs",
    "Pod": "api/v1/namespaces/default/pods",
    "PodTemplate": "api/v1/namespaces/default/podtemplates",
    "ReplicaSet": "apis/apps/v1/namespaces/default/replicasets",
    "ReplicationController": "api/v1/namespaces/default/replicationcontrollers",
    "StatefulSet": "apis/apps/v1/namespaces/default/statefulsets",
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])
def test_the_rules_verdict(case: Case) -> None:
    assert found(case) == expected(case)


@pytest.fixture(scope="module")
def server() -> Iterator[ControlPlane]:
    tool("etcd")
    tool("kube-apiserver")
    with control_plane() as plane:
        yield plane


@pytest.mark.tools
@pytest.mark.slow
def test_the_server_s_verdict(server: ControlPlane) -> None:
    wrong = []
    with closing(http.client.HTTPSConnection(HOST, server.port, context=server.tls(), timeout=30)) as connection:
        for name, case in CASES:
            path = f"/{PATHS[case.manifest['kind']]}?dryRun=All&fieldValidation=Strict"
            headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(case.manifest), headers)
            response = connection.getresponse()
            said = json.loads(response.read())
            assert response.status not in {401, 404, 429}, (name, said)
            if case.rejected is (response.status == 201):
                wrong.append((name, said.get("message", "created")))
    assert wrong == []
