"""Volumes of single storage drivers."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.cases_volumes import in_both
from tests.unit.validate.rules.variants import Table


def driver(spec: Table, kind: str, good: dict[str, Any], *bad: tuple[str, Any, str]) -> None:
    """Add a good volume, and some with a value (field, value and code) that may not be."""
    spec.good(kind, {"0": {"name": "a", kind: good}})
    for field, value, code in bad:
        change = {f"0.{kind}.{field}": value}
        spec.bad(f"{kind}: {field} {value!r}", code, f"0.{kind}.{field}", {"0": {"name": "a", kind: good}} | change)


REQUIRED: Final = "required-field"
TABLES: Final = in_both()
for spec in TABLES:
    driver(
        spec,
        "awsElasticBlockStore",
        {"volumeID": "a", "partition": 1},
        ("volumeID", "", REQUIRED),
        ("partition", 256, "invalid-value"),
    )
    driver(
        spec,
        "azureDisk",
        {"diskName": "a", "diskURI": "https://a"},
        ("diskURI", "", REQUIRED),
        ("diskName", "", REQUIRED),
        ("diskURI", "/subscriptions/a", "invalid-format"),
    )
    driver(
        spec,
        "azureDisk",
        {"diskName": "a", "diskURI": "/subscriptions/a", "kind": "Managed"},
        ("diskURI", "https://a", "invalid-format"),
    )
    driver(
        spec,
        "azureFile",
        {"secretName": "a", "shareName": "a"},
        ("secretName", "", REQUIRED),
        ("shareName", "", REQUIRED),
    )
    driver(spec, "cephfs", {"monitors": ["a"]}, ("monitors", [], REQUIRED))
    driver(
        spec,
        "cinder",
        {"volumeID": "a", "secretRef": {"name": "a"}},
        ("volumeID", "", REQUIRED),
        ("secretRef.name", "", REQUIRED),
    )
    driver(spec, "fc", {"targetWWNs": ["a"], "lun": 0}, ("lun", 256, "invalid-value"), ("targetWWNs", [], REQUIRED))
    spec.good("fc by WWID", {"0": {"name": "a", "fc": {"wwids": ["a"], "lun": 256}}})
    spec.bad("fc without a LUN", REQUIRED, "0.fc.lun", {"0": {"name": "a", "fc": {"targetWWNs": ["a"]}}})
    spec.bad(
        "fc by both",
        "forbidden-field",
        "0.fc.targetWWNs",
        {"0": {"name": "a", "fc": {"targetWWNs": ["a"], "lun": 0, "wwids": ["a"]}}},
    )
    driver(spec, "flexVolume", {"driver": "a/b", "options": {"a": "b"}}, ("driver", "", REQUIRED))
    for key in ("kubernetes.io/a", "a.k8s.io/b", "K8S.io"):
        change = {"0": {"name": "a", "flexVolume": {"driver": "a", "options": {key: "b"}}}}
        spec.bad(f"flexVolume option {key}", "invalid-name", (0, "flexVolume", "options", key), change)
    driver(spec, "flocker", {"datasetName": "a"}, ("datasetName", "a/b", "invalid-format"))
    spec.bad("flocker without a set", REQUIRED, "0.flocker", {"0": {"name": "a", "flocker": {}}})
    spec.bad(
        "flocker with two",
        "forbidden-field",
        "0.flocker.datasetUUID",
        {"0": {"name": "a", "flocker": {"datasetName": "a", "datasetUUID": "b"}}},
    )
    driver(spec, "gcePersistentDisk", {"pdName": "a"}, ("pdName", "", REQUIRED), ("partition", -1, "invalid-value"))
    driver(
        spec,
        "gitRepo",
        {"repository": "a", "directory": "b"},
        ("repository", "", REQUIRED),
        ("directory", "../a", "invalid-format"),
        ("directory", "/a", "invalid-format"),
    )
    driver(spec, "glusterfs", {"endpoints": "a", "path": "b"}, ("endpoints", "", REQUIRED), ("path", "", REQUIRED))
    iqn = "iqn.2001-04.com.example:storage.kube.sys1.xyz"
    driver(
        spec,
        "iscsi",
        {"targetPortal": "10.0.0.1:3260", "iqn": iqn, "lun": 0},
        *(
            ("targetPortal", "", REQUIRED),
            ("iqn", "", REQUIRED),
            ("iqn", "a", "invalid-format"),
            ("iqn", "iqn.a", "invalid-format"),
        ),
        *(("iqn", "eui.1", "invalid-format"), ("iqn", "naa.1", "invalid-format"), ("lun", 256, "invalid-value")),
        ("initiatorName", "a", "invalid-format"),
    )
    driver(
        spec,
        "iscsi",
        {
            "targetPortal": "a",
            "iqn": "eui.0123456789ABCDEF",
            "initiatorName": iqn,
            "chapAuthSession": True,
            "secretRef": {"name": "a"},
        },
    )
    spec.bad(
        "iscsi without a secret",
        REQUIRED,
        "0.iscsi.secretRef",
        {"0": {"name": "a", "iscsi": {"targetPortal": "a", "iqn": iqn, "lun": 0, "chapAuthDiscovery": True}}},
    )
    spec.bad(
        "iscsi with a REQUIRED portal",
        "limit-exceeded",
        "0.name",
        {"0": {"name": "a", "iscsi": {"targetPortal": "a" * 63, "iqn": iqn, "lun": 0, "initiatorName": iqn}}},
    )
    driver(spec, "photonPersistentDisk", {"pdID": "a"}, ("pdID", "", REQUIRED))
    driver(spec, "portworxVolume", {"volumeID": "a"}, ("volumeID", "", REQUIRED))
    driver(
        spec,
        "quobyte",
        {"registry": "a:1,b:2", "volume": "a"},
        ("registry", "", REQUIRED),
        ("registry", "a", "invalid-format"),
        ("volume", "", REQUIRED),
        ("tenant", "a" * 65, "limit-exceeded"),
    )
    driver(spec, "quobyte", {"registry": "[::1]:1", "volume": "a"}, ("registry", "::1:1", "invalid-format"))
    driver(spec, "rbd", {"monitors": ["a"], "image": "b"}, ("monitors", [], REQUIRED), ("image", "", REQUIRED))
    driver(
        spec,
        "scaleIO",
        {"gateway": "a", "system": "b", "volumeName": "c", "secretRef": {"name": "a"}},
        ("gateway", "", REQUIRED),
        ("system", "", REQUIRED),
        ("volumeName", "", REQUIRED),
    )
    driver(
        spec,
        "storageos",
        {"volumeName": "a"},
        ("volumeName", "", REQUIRED),
        ("volumeName", "A", "invalid-name"),
        ("volumeNamespace", "A", "invalid-name"),
    )
    driver(spec, "vsphereVolume", {"volumePath": "a"}, ("volumePath", "", REQUIRED))

CASES: Final = [case for table in TABLES for case in table.cases]
