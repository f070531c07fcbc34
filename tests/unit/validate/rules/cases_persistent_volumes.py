"""PersistentVolumes, and claims of them (templates of claims have cases of their own)."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import DROPPED, Table

VOLUME: Final = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "data"},
    "spec": {
        "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
        "capacity": {"storage": "10Gi"},
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "fast",
        "volumeMode": "Filesystem",
        "mountOptions": ["hard"],
        "claimRef": {"name": "data", "namespace": "default"},
        "csi": {
            "driver": "csi.example.com",
            "volumeHandle": "a",
            "nodePublishSecretRef": {"name": "a", "namespace": "default"},
        },
        "nodeAffinity": {
            "required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]}
        },
    },
}
CLAIM: Final = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}

volume = Table("PersistentVolume", VOLUME, "spec")
volume.value("required-field", "accessModes", [], DROPPED)
volume.value("required-field", "accessModes.0", "")
volume.bad("a single Pod and others", "forbidden-field", "accessModes.0", {"accessModes.0": "ReadWriteOncePod"})
volume.good("a single Pod", {"accessModes": ["ReadWriteOncePod"]})
volume.bad("no capacity", "required-field", "capacity.storage", {"capacity": DROPPED})
volume.bad("an empty capacity", "required-field", "capacity.storage", {"capacity": {}})
volume.value("invalid-value", "capacity.storage", "0", 0, "-1Gi", "-1m")
volume.values("capacity.storage", 1, "1n")
volume.bad("another capacity", "invalid-name", "capacity.cpu", {"capacity.cpu": 1})
volume.values("persistentVolumeReclaimPolicy", "", "Recycle", "Delete", DROPPED)
volume.value("invalid-name", "storageClassName", "A", "a_b")
volume.values("storageClassName", "", "a.b", DROPPED)
volume.value("invalid-enum", "volumeMode", "")
volume.values("volumeMode", "Block", DROPPED)
volume.value("required-field", "volumeAttributesClassName", "")
volume.value("invalid-name", "volumeAttributesClassName", "A")
volume.values("volumeAttributesClassName", "a")
volume.bad("no source", "required-field", (), {"csi": DROPPED})
volume.bad("a null source", "required-field", "csi", {"csi": None})
volume.bad("two sources", "forbidden-field", "nfs", {"nfs": {"server": "a", "path": "/a"}})
terms = "nodeAffinity.required.nodeSelectorTerms"
volume.bad("affinity to nothing", "required-field", "nodeAffinity.required", {"nodeAffinity": {}})
volume.value("required-field", terms, [])
volume.bad(
    "a wrong label",
    "invalid-label",
    f"{terms}.0.matchExpressions.0.values.0",
    {f"{terms}.0.matchExpressions.0.values": ["a b"]},
)
volume.bad(
    "no values", "required-field", f"{terms}.0.matchExpressions.0.values", {f"{terms}.0.matchExpressions.0.values": []}
)

# Sources. CSI first.
volume.value("required-field", "csi.driver", "")
volume.value("limit-exceeded", "csi.driver", "a" * 64)
volume.value("invalid-name", "csi.driver", "a_b", "-a")
volume.values("csi.driver", "A.b", "a" * 63)
volume.value("required-field", "csi.volumeHandle", "")
secret = "csi.nodePublishSecretRef"
for field, wrong in (("name", "A"), ("namespace", "a.b")):
    volume.value("required-field", f"{secret}.{field}", "", DROPPED)
    volume.value("invalid-name", f"{secret}.{field}", wrong)


def source(kind: str, good: Any) -> Table:
    """Start a table from a volume of another kind."""
    spec = {field: value for field, value in VOLUME["spec"].items() if field != "csi"}  # type: ignore[attr-defined]
    return Table(kind, VOLUME | {"spec": spec | {kind: good}}, f"spec.{kind}")


nfs = source("nfs", {"server": "a", "path": "/a"})
nfs.value("required-field", "server", "")
nfs.value("required-field", "path", "")
nfs.value("invalid-format", "path", "a", "./a")
host = source("hostPath", {"path": "/data", "type": "Directory"})
host.value("required-field", "path", "")
host.value("invalid-format", "path", "/a/../b", "..")
host.values("path", "a", "/")
local = source("local", {"path": "/data"})
local.value("required-field", "path", "")
local.value("invalid-format", "path", "/a/../b")
iscsi = source("iscsi", {"targetPortal": "10.0.0.1", "iqn": "iqn.2001-04.com.example:storage", "lun": 0})
iscsi.value("required-field", "targetPortal", "")
iscsi.value("required-field", "iqn", "")
iscsi.value("invalid-format", "iqn", "a", "iqn.2001", "eui.a", "naa.a")
iscsi.values("iqn", "eui.0123456789abcdef", "naa.0123456789abcdef0123456789abcdef")
iscsi.value("invalid-value", "lun", -1, 256)
iscsi.value("invalid-format", "initiatorName", "a", "iqn.a")
iscsi.bad("no secret", "required-field", "secretRef", {"chapAuthSession": True})
iscsi.bad("a secret without a name", "required-field", "secretRef.name", {"secretRef": {}})
long = {"initiatorName": "eui.0123456789abcdef", "targetPortal": "a" * 60}
iscsi.bad("a long portal", "limit-exceeded", "targetPortal", long)
iscsi.good("a portal as long as it may be", long | {"targetPortal": "a" * 59})
glusterfs = source("glusterfs", {"endpoints": "a", "path": "a", "endpointsNamespace": "a"})
glusterfs.value("required-field", "endpoints", "")
glusterfs.value("required-field", "path", "")
glusterfs.value("invalid-name", "endpointsNamespace", "", "A")
azure = source("azureFile", {"secretName": "a", "shareName": "a", "secretNamespace": "a"})
for field in ("secretName", "shareName", "secretNamespace"):
    azure.value("required-field", field, "")
cinder = source("cinder", {"volumeID": "a", "secretRef": {"name": "a", "namespace": "a"}})
storage_os = source("storageos", {"volumeName": "a", "volumeNamespace": "a"})
storage_os.value("invalid-name", "volumeName", "A")
storage_os.value("invalid-name", "volumeNamespace", "A")
cinder.value("required-field", "volumeID", "")
cinder.value("required-field", "secretRef.name", "", DROPPED)
cinder.value("required-field", "secretRef.namespace", "", DROPPED)
others = [
    ("awsElasticBlockStore", {"volumeID": "a"}, "volumeID"),
    ("cephfs", {"monitors": ["a"]}, "monitors"),
    ("fc", {"wwids": ["a"]}, ""),
    ("flexVolume", {"driver": "a/b"}, "driver"),
    ("flocker", {"datasetName": "a"}, ""),
    ("gcePersistentDisk", {"pdName": "a"}, "pdName"),
    ("photonPersistentDisk", {"pdID": "a"}, "pdID"),
    ("portworxVolume", {"volumeID": "a"}, "volumeID"),
    ("quobyte", {"registry": "a:1", "volume": "a"}, "volume"),
    ("rbd", {"monitors": ["a"], "image": "a"}, "image"),
    ("scaleIO", {"gateway": "a", "system": "a", "secretRef": {"name": "a"}, "volumeName": "a"}, "system"),
    ("vsphereVolume", {"volumePath": "a"}, "volumePath"),
]
tables = [volume, nfs, host, local, iscsi, glusterfs, azure, cinder, storage_os]
for kind, good, needed in others:
    table = source(kind, good)
    if needed:
        table.value("required-field", needed, [] if needed == "monitors" else "")
    tables.append(table)
without = Table("PersistentVolume on one node", local.cases[0].manifest, "spec")
without.bad("no affinity", "required-field", "nodeAffinity", {"nodeAffinity": DROPPED})
recycled = Table("recycled PersistentVolume", host.cases[0].manifest, "spec")
root = {"persistentVolumeReclaimPolicy": "Recycle"}
recycled.good("of a folder", root)
for path in ("/", "//", "/./"):
    recycled.bad(f"of {path}", "invalid-value", "persistentVolumeReclaimPolicy", root | {"hostPath.path": path})

flex = {"flexVolume": {"driver": "a/b"}}
volume.bad("CSI and a flexVolume", "forbidden-field", "flexVolume", flex)
recycled.good("and a flexVolume", flex)

claim = Table("PersistentVolumeClaim", CLAIM, "spec")
claim.bad("no access modes", "required-field", "accessModes", {"accessModes": DROPPED})
claim.bad("no storage", "required-field", "resources.requests.storage", {"resources": DROPPED})
claim.value("invalid-value", "resources.requests.storage", 0, "-1")
snapshot = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "a"}
other = {"apiGroup": "example.com", "kind": "Other", "name": "a"}
claim.values(
    "dataSource", snapshot, other, {"kind": "Other", "name": ""}, {"kind": "PersistentVolumeClaim", "name": "a"}
)
claim.bad("no name", "required-field", "dataSource.name", {"dataSource": snapshot | {"name": ""}})
claim.values("dataSourceRef", snapshot, other, other | {"name": "", "namespace": "A"})
without_group = {"dataSourceRef": {"kind": "Other", "name": "a"}}
claim.bad("another kind without a group", "invalid-value", "dataSourceRef.kind", without_group)
claim.good("a source dropped with its namespace", {"dataSource": other, "dataSourceRef": other | {"namespace": "a"}})

# Options of mounts.
options = ("metadata", "annotations", "volume.beta.kubernetes.io/mount-options")
mounted = Table("mounted PersistentVolume", VOLUME)
mounted.bad("options", "forbidden-field", options, {options: "hard"})
shared = Table("shared PersistentVolume", nfs.cases[0].manifest)
shared.good("options", {options: "hard"})

CASES: Final = [case for table in (*tables, without, recycled, claim, mounted, shared) for case in table.cases]
