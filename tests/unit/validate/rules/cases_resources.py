"""Resources of containers and of whole Pods."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.cases_containers import POD, SPEC, in_both
from tests.unit.validate.rules.variants import Table

WEB: Final = "containers.0"
DIGITS_32: Final = "9" * 32
TABLES: Final = in_both()
for spec in TABLES:
    resources = f"{WEB}.resources"
    spec.value("invalid-value", f"{resources}.limits.cpu", "-1")
    spec.value("limit-exceeded", f"{resources}.requests.cpu", "2", 1.5, "1001m", "1.0001")
    spec.values(f"{resources}.requests.cpu", "1", 1, "1000m", "0", "0.5")
    spec.good(
        "limits and requests that round to the same",
        {f"{resources}.requests.cpu": "1.9", f"{resources}.limits.cpu": "1.8999"},
    )
    spec.values(f"{resources}.limits.memory", "2Gi", 2147483648, "1e10")
    spec.bad(
        "more than there is",
        "limit-exceeded",
        f"{resources}.requests.memory",
        {f"{resources}.limits.memory": DIGITS_32, f"{resources}.requests.memory": DIGITS_32 + "0"},
    )
    largest = {f"{resources}.limits.memory": "99999999Ei", f"{resources}.requests.memory": "999999999Ei"}
    spec.good("the largest there is", largest)
    for name in ("storage", "gpu", "pods", "a b", "requests.nvidia.com/gpu", "example.com/" + "a" * 64):
        where = ("containers", 1, "resources", "limits", name)
        spec.bad(f"a limit of {name}", "invalid-name", where, {where: "1"})
    for name in ("nvidia.com/gpu", "kubernetes.io/batch-cpu", "ephemeral-storage"):
        spec.good(f"a limit of {name}", {("containers", 1, "resources", "limits", name): "1"})
    gpu = ("containers", 1, "resources", "limits", "nvidia.com/gpu")
    gpu_request = ("containers", 1, "resources", "requests", "nvidia.com/gpu")
    spec.bad("half a GPU", "invalid-value", gpu, {gpu: "500m"})
    spec.bad("a GPU without a limit", "required-field", gpu_request, {gpu_request: "1"})
    spec.bad("null GPUs", "invalid-value", gpu_request, {gpu_request: None, gpu: "2"})
    spec.bad("fewer GPUs than the limit", "invalid-value", gpu_request, {gpu_request: "1", gpu: "2"})
    spec.good("a GPU", {gpu_request: 1, gpu: "1"})
    pages = ("containers", 0, "resources", "limits", "hugepages-2Mi")
    spec.values(pages, "2Mi", "12E", "10E", "9223372036854775808")
    spec.good("huge pages of a container", {pages: "4Mi"})
    spec.bad("a part of a huge page", "invalid-value", pages, {pages: "3Mi"})
    pages = ("containers", 0, "resources", "limits", "hugepages-2X")
    spec.bad("huge pages of no size", "invalid-name", pages, {pages: "4Mi"})
    spec.bad(
        "huge pages alone",
        "required-field",
        "containers.1.resources",
        {("containers", 1, "resources", "limits", "hugepages-2Mi"): "4Mi"},
    )
    claims = {"resourceClaims": [{"name": "gpu", "resourceClaimName": "gpu"}, {"name": "b", "resourceClaimName": "b"}]}
    spec.good(
        "claims",
        claims
        | {f"{resources}.claims": [{"name": "gpu", "request": "a"}, {"name": "gpu", "request": "b"}, {"name": "b"}]},
    )
    spec.bad(
        "an unknown claim",
        "invalid-reference",
        f"{resources}.claims.0.name",
        {f"{resources}.claims": [{"name": "gpu"}]},
    )
    spec.bad(
        "a claim twice",
        "duplicate-item",
        f"{resources}.claims.1.name",
        claims | {f"{resources}.claims": [{"name": "gpu"}, {"name": "gpu"}]},
    )
    spec.bad(
        "a claim and its request",
        "duplicate-item",
        f"{resources}.claims.1.name",
        claims | {f"{resources}.claims": [{"name": "gpu", "request": "a"}, {"name": "gpu"}]},
    )
    spec.bad(
        "a claim's wrong request",
        "invalid-name",
        f"{resources}.claims.0.request",
        claims | {f"{resources}.claims": [{"name": "gpu", "request": "A"}]},
    )
    resize = f"{WEB}.resizePolicy"
    cpu = {"resourceName": "cpu", "restartPolicy": "RestartContainer"}
    spec.values(resize, [], [cpu, {"resourceName": "memory", "restartPolicy": "NotRequired"}])
    spec.bad("a resource resized twice", "duplicate-item", f"{resize}.1.resourceName", {resize: [cpu, cpu]})
    spec.bad(
        "another resource resized",
        "invalid-enum",
        f"{resize}.0.resourceName",
        {resize: [cpu | {"resourceName": "gpu"}]},
    )
    spec.bad(
        "resized in another way",
        "invalid-enum",
        f"{resize}.0.restartPolicy",
        {resize: [cpu | {"restartPolicy": "Always"}]},
    )
    spec.bad(
        "resized in no way", "required-field", f"{resize}.0.restartPolicy", {resize: [cpu | {"restartPolicy": ""}]}
    )
    spec.bad(
        "restarted though never restarted",
        "invalid-value",
        f"{resize}.0.restartPolicy",
        {resize: [cpu], "restartPolicy": "Never"},
    )
    spec.bad(
        "an init container restarted",
        "invalid-value",
        "initContainers.0.resizePolicy.0.restartPolicy",
        {"initContainers.0.resizePolicy": [cpu]},
    )
    spec.good(
        "a sidecar restarted", {"initContainers.0.resizePolicy": [cpu], "initContainers.0.restartPolicy": "Always"}
    )

# Resources of a whole Pod.
level = Table(
    "Pod with resources", {**POD, "spec": {**SPEC, "resources": {"limits": {"cpu": "2", "memory": "2Gi"}}}}, "spec"
)
level.value("invalid-name", "resources.limits.ephemeral-storage", "1Gi")
level.value("invalid-name", ("resources", "limits", "nvidia.com/gpu"), "1")
level.value("limit-exceeded", "resources.requests.cpu", "3", "50m")
level.values("resources.requests.cpu", "1", "100m")
level.value("limit-exceeded", "containers.0.resources.limits.cpu", "3")
level.value("forbidden-field", "resources.claims", [])
level.bad(
    "containers that request more",
    "limit-exceeded",
    "resources.limits.cpu",
    {"containers.0.resources": {"requests": {"cpu": "3"}}},
)
level.good(
    "containers that request as much",
    {"containers.0.resources": {"requests": {"cpu": "1"}}, "containers.1.resources": {"requests": {"cpu": "1"}}},
)
level.bad(
    "two containers that request more",
    "limit-exceeded",
    "resources.limits.cpu",
    {"containers.0.resources": {"requests": {"cpu": "1"}}, "containers.1.resources": {"requests": {"cpu": "1001m"}}},
)
level.good("an init container that requests as much", {"initContainers.0.resources": {"requests": {"cpu": "2"}}})
level.bad(
    "an init container that requests more",
    "limit-exceeded",
    "resources.limits.cpu",
    {"initContainers.0.resources": {"requests": {"cpu": "3"}}},
)
level.bad(
    "a sidecar that requests more",
    "limit-exceeded",
    "resources.limits.cpu",
    {"initContainers.0.resources": {"requests": {"cpu": "1950m"}}, "initContainers.0.restartPolicy": "Always"},
)

CASES: Final = [case for table in (*TABLES, level) for case in table.cases]
