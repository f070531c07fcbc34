"""What the API server does with built-in kinds, as schemas say it. Each case was tried on a kube-apiserver 1.36.3."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.validate.catalog import Catalog
from gitops_action.validate.compiling import Compiled, compile_schema


@cache
def compiled(api_version: str, kind: str) -> Compiled:
    schema = Catalog(36).schema(api_version, kind)
    assert schema is not None
    return compile_schema(schema)


def accepted(value: dict[str, Any]) -> bool:
    value = {"metadata": {"name": "x"}, **value}
    return compiled(value["apiVersion"], value["kind"]).validator.is_valid(value)


def pod(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Pod",
        "spec": {"containers": [{"name": "a", "image": "b", **(container or {})}], **spec},
    }  # fmt: skip


def config(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", **fields}


def secret(value: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "data": {"a": value}}


def volume(size: Any) -> dict[str, Any]:
    return pod(volumes=[{"name": "v", "emptyDir": {"sizeLimit": size}}])


def lease(time: str) -> dict[str, Any]:
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {"renewTime": time}}


def claim(reference: dict[str, Any]) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": 1}}, "dataSourceRef": reference}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": spec}


def scaler(selector: dict[str, Any]) -> dict[str, Any]:
    metric = {"metric": {"name": "a", "selector": selector}, "target": {"type": "AverageValue", "averageValue": 1}}
    spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}, "maxReplicas": 2}
    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "spec": {**spec, "metrics": [{"type": "Pods", "pods": metric}]},
    }  # fmt: skip


ACCEPTED = {
    "null for an optional field": config(data=None, immutable=None),
    "null for an optional struct": pod(securityContext=None, affinity=None),
    "null for a struct without required fields": pod(imagePullSecrets=[None]),
    "null as text in a list": pod({"args": [None]}),
    "null as a label": config(metadata={"name": "x", "labels": {"a": None}}),
    "null as a quantity": pod({"resources": {"limits": {"cpu": None}}}),
    "null for an optional enumeration": pod(dnsPolicy=None),
    "no text for an optional enumeration": pod(dnsPolicy="", restartPolicy=""),
    "an integer written as a float": pod(terminationGracePeriodSeconds=30.0),
    "a port by number": pod({"livenessProbe": {"httpGet": {"port": 80}}}),
    "a port by name": pod({"livenessProbe": {"httpGet": {"port": "web"}}}),
    "a header without a value": pod({"livenessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "h"}]}}}),
    "an empty preference": pod(
        affinity={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}
    ),
    "base64 with padding": secret("YQ=="),
    "base64 with line ends": secret("YW\nJj\n"),
    "base64 of nothing": secret(""),
    "null as base64": secret(None),
    "a nonsensical status": {**pod(), "status": {"phase": "zz", "containerStatuses": [{}]}},
    "a null creation time": config(metadata={"name": "x", "creationTimestamp": None}),
    "a creation time": config(metadata={"name": "x", "creationTimestamp": "2020-01-01T00:00:00Z"}),
    "a creation time with a comma": config(metadata={"name": "x", "creationTimestamp": "2020-01-01T00:00:00,5Z"}),
    "a creation time with an hour of one digit": config(
        metadata={"name": "x", "creationTimestamp": "2020-02-29T1:00:00+24:60"}
    ),
    "a source that is dropped": claim({"kind": "X", "namespace": "a"}),
    "a micro time": lease("2020-01-01T00:00:00.000000Z"),
    "a metric's selector, which is not looked at": scaler({"matchExpressions": [{"key": "a"}, None]}),
    "a role reference without a group": {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "roleRef": {"kind": "Role", "name": "r"},
    },
    "a network policy for all pods": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"},
    "a value of a feature that is off": pod({"lifecycle": {"stopSignal": "zz"}}, os={"name": "linux"}),
}  # fmt: skip

REFUSED = {
    "a field that is not there": config(dat={}),
    "a field of the status that is not there": {**pod(), "status": {"phas": "Running"}},
    "a null list that is required": pod(containers=None),
    "a null text that is required": pod({"name": None}),
    "a null struct with required fields": pod({"env": [None]}),
    "a spec of nothing": {"apiVersion": "apps/v1", "kind": "Deployment", "spec": None},
    "no spec where it has required fields": {"apiVersion": "apps/v1", "kind": "Deployment"},
    "no port, deep down": pod({"livenessProbe": {"httpGet": {}}}),
    "a null port": pod({"livenessProbe": {"httpGet": {"port": None}}}),
    "a fraction for an integer": pod(terminationGracePeriodSeconds=1.5),
    "a fraction for a port": pod({"livenessProbe": {"httpGet": {"port": 1.5}}}),
    "a boolean for a port": pod({"livenessProbe": {"httpGet": {"port": True}}}),
    "more than 32 bits": pod(priority=2**31),
    "more than 64 bits": pod(terminationGracePeriodSeconds=2**63),
    "a number for text": pod({"env": [{"name": "A", "value": 1}]}),
    "text for a boolean": config(immutable="true"),
    "a value outside an enumeration": pod({"ports": [{"containerPort": 1, "protocol": "tcp"}]}),
    "base64 without padding": secret("YQ"),
    "base64 with a blank": secret("Y Q=="),
    "a date for a time": config(metadata={"name": "x", "creationTimestamp": "2020-01-01"}),
    "a time in small letters": config(metadata={"name": "x", "creationTimestamp": "2020-01-01t00:00:00z"}),
    "a day that is not there": config(metadata={"name": "x", "creationTimestamp": "2100-02-29T00:00:00Z"}),
    "a leap second": config(metadata={"name": "x", "creationTimestamp": "2016-12-31T23:59:60Z"}),
    "a micro time without decimals": lease("2020-01-01T00:00:00Z"),
    "a micro time with other decimals": lease("2020-01-01T00:00:00.1Z"),
    "a field of a metric's selector that is not there": scaler({"matchLabel": {}}),
    "a zone without its colon": config(metadata={"name": "x", "creationTimestamp": "2020-01-01T00:00:00.5+0100"}),
}


@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(value: dict[str, Any]) -> None:
    assert accepted(value)


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
def test_refused(value: dict[str, Any]) -> None:
    assert not accepted(value)


SUFFIXES = [
    "",
    "n",
    "u",
    "m",
    "k",
    "M",
    "G",
    "T",
    "P",
    "E",
    "Ki",
    "Mi",
    "Gi",
    "Ti",
    "Pi",
    "Ei",
    "e3",
    "E3",
    "e-3",
    "E+3",
]


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3), st.sampled_from(SUFFIXES), st.sampled_from(["", "+"])
)
def test_every_number_with_a_unit_is_a_quantity(number: Decimal, suffix: str, sign: str) -> None:
    text = f"{number:f}"
    assert accepted(volume(text + suffix))
    assert accepted(volume(sign + text.lstrip("-") + suffix))


@pytest.mark.parametrize(
    "text", ["1", ".5", "5.", " 1Gi ", "+1", "-1", "1E", "0.1m", 1, 1.5, 1e9, ".", "+", "Gi", "-m", "E", "e-3"]
)
def test_quantities(text: object) -> None:
    assert accepted(volume(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "e",
        "i",
        "K",
        "++1",
        "+ 1",
        "1..2",
        "1 Gi",
        "1gi",
        "1KB",
        "1e",
        "1e1.5",
        "1Ki1",
        "GiB",
        "1,5",
        "0x1",
        "1__0",
        True,
        [],
    ],
)
def test_no_quantities(text: object) -> None:
    assert not accepted(volume(text))
