"""The rules say what the API server says, of every case in the tables of cases."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import pytest

from gitops_action.adapters.control_plane import HOST, ControlPlane, control_plane
from gitops_action.validate.catalog import Catalog
from tests.support import tool
from tests.unit.validate.rules.variants import Case, expected, found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODULES: Final = (
    *("annotations", "batch", "claims", "containers", "cron_jobs", "drivers", "env", "mounts", "pods", "probes"),
    *("projections", "resources", "scheduling", "security", "systems", "volumes", "workloads"),
    *("endpoints", "likeness", "metadata", "nodes", "quotas", "selectors", "small_kinds", "stored_data"),
    *(
        "admission_policies",
        "autoscalers",
        "cluster",
        "networking",
        "persistent_volumes",
        "rbac",
        "services",
        "storage",
    ),
    *("custom_resource_definitions", "custom_resource_schemas", "webhooks", "devices", "access_reviews"),
)
CASES: Final[list[tuple[str, Case]]] = [
    (f"{module}: {case.name}", case)
    for module in MODULES
    for case in import_module(f"{__package__}.cases_{module}").CASES
]
# The resources of kinds whose plural is not regular.
PLURALS: Final = {"Endpoints": "endpoints", "IPAddress": "ipaddresses"}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])
def test_the_rules_verdict(case: Case) -> None:
    assert found(case) == expected(case)


@pytest.fixture(scope="module")
def server() -> Iterator[ControlPlane]:
    tool("etcd")
    tool("kube-apiserver")
    with control_plane() as plane:
        yield plane


def path_of(manifest: Mapping[str, Any]) -> str:
    """Return where objects of this kind are created."""
    api_version, kind = manifest["apiVersion"], manifest["kind"]
    plural = PLURALS.get(kind) or f"{kind.lower()}{'es' if kind.endswith('ss') else 's'}"
    plural = f"{plural[:-2]}ies" if plural.endswith("ys") and plural[-3] not in "aeiou" else plural
    namespace = "/namespaces/default" if Catalog.newest().kinds[api_version, kind].namespaced else ""
    return f"/{'apis' if '/' in api_version else 'api'}/{api_version}{namespace}/{plural}"


@pytest.mark.tools
@pytest.mark.slow
def test_the_server_s_verdict(server: ControlPlane) -> None:
    wrong = []
    with closing(http.client.HTTPSConnection(HOST, server.port, context=server.tls(), timeout=30)) as connection:
        for name, case in CASES:
            path = f"{path_of(case.manifest)}?dryRun=All&fieldValidation=Strict"
            headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(case.manifest), headers)
            response = connection.getresponse()
            said = json.loads(response.read())
            assert response.status not in {401, 404, 429}, (name, said)
            if case.rejected is (response.status == 201):
                wrong.append((name, said.get("message", "created")))
    assert wrong == []
