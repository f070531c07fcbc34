"""Fields that have each other's values, told from a value that is wrong by itself."""

from __future__ import annotations

import pytest

from gitops_action.model import Finding
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import manifests

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: shop
      image: a
      ports:
        - containerPort: 80
          name: {port}
          protocol: {protocol}
          hostIP: {ip}
      volumeMounts:
        - mountPath: {path}
          name: {mount}
          subPath: {inside}
  volumes:
    - name: data
      hostPath:
        path: {host}
        type: {type}
    - name: tmp
      emptyDir: {{}}
"""
GOOD = {
    "port": "http",
    "protocol": "TCP",
    "ip": "127.0.0.1",
    "path": "/data",
    "mount": "data",
    "inside": "x",
    "host": "/srv",
    "type": "Directory",
}


def found(**changed: str) -> list[Finding]:
    text = POD.format(**(GOOD | changed))
    return SchemaEngine(Catalog(36)).validate(manifests(text)).findings


def test_the_pod_is_good() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "code", "line", "said"),
    [
        ({"host": "Directory", "type": "/srv"}, "invalid-enum", 21, "path and type seem to have each other's values: "),
        (
            {"path": "data", "mount": "/var/lib/shop"},
            "invalid-reference",
            15,
            "mountPath and name seem to have each other's",
        ),
        ({"mount": "x", "inside": "data"}, "invalid-reference", 16, "it seems to have the value of subPath, and subP"),
    ],
)
def test_one_finding_on_the_first_line(changed: dict[str, str], code: str, line: int, said: str) -> None:
    (finding,) = found(**changed)
    assert (finding.code, finding.line) == (code, line)
    assert said in finding.message


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        pytest.param({"mount": "datas", "inside": "data"}, 16, id="a slip of the pen"),
        pytest.param({"port": "HTTP_PORT", "ip": "::1"}, 11, id="exchanged it is as wrong"),
        pytest.param({"host": "/srv", "type": "Folder"}, 22, id="nothing beside it fits"),
        pytest.param({"port": "a_b"}, 11, id="any word would do"),
    ],
)
def test_a_value_that_is_wrong_by_itself(changed: dict[str, str], line: int) -> None:
    (finding,) = found(**changed)
    assert finding.line == line
    assert "seem" not in finding.message


JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec:
  template:
    spec:
      restartPolicy: Never
      dnsPolicy: Whatever
      schedulerName: Default
      priorityClassName: Default
      containers: [{name: a, image: b}]
"""


def test_no_field_is_taken_where_several_could_be() -> None:
    judge = SchemaEngine(Catalog(36)).validate
    (finding,) = judge(manifests(JOB.replace("priorityClassName: Default", "subdomain: x"))).findings
    assert "it seems to have the value of schedulerName" in finding.message
    assert all("seem" not in one.message for one in judge(manifests(JOB)).findings)
