"""What storage.k8s.io has."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

VERSION: Final = "storage.k8s.io/v1"
CLASS: Final = {
    "apiVersion": VERSION,
    "kind": "StorageClass",
    "metadata": {"name": "fast"},
    "provisioner": "csi.example.com",
    "parameters": {"type": "ssd"},
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
    "allowedTopologies": [
        {"matchLabelExpressions": [{"key": "zone", "values": ["a", "b"]}, {"key": "rack", "values": ["1"]}]}
    ],
}
DRIVER: Final = {
    "apiVersion": VERSION,
    "kind": "CSIDriver",
    "metadata": {"name": "csi.example.com"},
    "spec": {
        "fsGroupPolicy": "File",
        "volumeLifecycleModes": ["Persistent", "Ephemeral"],
        "tokenRequests": [{"audience": "a", "expirationSeconds": 600}, {"audience": ""}],
        "serviceAccountTokenInSecrets": True,
        "nodeAllocatableUpdatePeriodSeconds": 10,
    },
}
NODE: Final = {
    "apiVersion": VERSION,
    "kind": "CSINode",
    "metadata": {"name": "node"},
    "spec": {
        "drivers": [
            {"name": "a", "nodeID": "n", "topologyKeys": ["example.com/zone"], "allocatable": {"count": 3}},
            {"name": "b", "nodeID": "n"},
        ]
    },
}
CAPACITY: Final = {
    "apiVersion": VERSION,
    "kind": "CSIStorageCapacity",
    "metadata": {"name": "a"},
    "storageClassName": "fast",
    "capacity": "1Gi",
    "nodeTopology": {"matchLabels": {"zone": "a"}},
}
ATTRIBUTES: Final = {
    "apiVersion": VERSION,
    "kind": "VolumeAttributesClass",
    "metadata": {"name": "gold"},
    "driverName": "csi.example.com",
    "parameters": {"iops": "3000"},
}
ATTACHMENT: Final = {
    "apiVersion": VERSION,
    "kind": "VolumeAttachment",
    "metadata": {"name": "a"},
    "spec": {"attacher": "csi.example.com", "nodeName": "node", "source": {"persistentVolumeName": "data"}},
}

storage = Table("StorageClass", CLASS)
storage.value("required-field", "provisioner", "")
storage.value("invalid-name", "provisioner", "a b", "a/b/c", "-a", "a" * 64)
storage.values("provisioner", "kubernetes.io/no-provisioner", "A", "a" * 63)
storage.bad("an empty name of a parameter", "invalid-name", ("parameters", ""), {("parameters", ""): "a"})
storage.value("limit-exceeded", "parameters", {str(number): "a" for number in range(513)}, {"a": "b" * 256 * 1024})
storage.values("parameters", {str(number): "a" for number in range(512)}, {"a": "b" * (256 * 1024 - 1)}, {}, DROPPED)
storage.value("invalid-enum", "reclaimPolicy", "Recycle")
storage.values("reclaimPolicy", "", "Retain", DROPPED)
storage.value("invalid-enum", "volumeBindingMode", "")
storage.values("volumeBindingMode", DROPPED, "WaitForFirstConsumer")
terms = "allowedTopologies"
storage.values(terms, [], DROPPED)
expressions = f"{terms}.0.matchLabelExpressions"
storage.bad("an empty term", "required-field", expressions, {terms: [{}]})
storage.value("required-field", f"{expressions}.0.values", [])
storage.bad("a value twice", "duplicate-item", f"{expressions}.0.values.1", {f"{expressions}.0.values.1": "a"})
storage.bad("a key twice", "duplicate-item", f"{expressions}.1.key", {f"{expressions}.1.key": "zone"})
storage.value("invalid-label", f"{expressions}.0.key", "", "a b")
storage.good("any value", {f"{expressions}.0.values.0": "a b"})
same = {"matchLabelExpressions": [{"key": "rack", "values": ["1"]}, {"key": "zone", "values": ["b", "a"]}]}
storage.bad("a term twice", "duplicate-item", f"{terms}.1.matchLabelExpressions", {f"{terms}.1": same})

driver = Table("CSIDriver", DRIVER, "spec")
driver.value("invalid-enum", "fsGroupPolicy", "file", "")
driver.values("fsGroupPolicy", "None", "ReadWriteOnceWithFSType", DROPPED)
driver.value("invalid-enum", "volumeLifecycleModes.0", "persistent", "")
driver.bad("an audience twice", "duplicate-item", "tokenRequests.1.audience", {"tokenRequests.1.audience": "a"})
driver.bad("no audience twice", "duplicate-item", "tokenRequests.1.audience", {"tokenRequests": [{}, {}]})
driver.value("invalid-value", "tokenRequests.0.expirationSeconds", 599, 2**32 + 1)
driver.values("tokenRequests.0.expirationSeconds", 2**32)
driver.bad("no tokens", "forbidden-field", "serviceAccountTokenInSecrets", {"tokenRequests": DROPPED})
driver.value("invalid-value", "nodeAllocatableUpdatePeriodSeconds", 9, -1)

node = Table("CSINode", NODE, "spec.drivers")
node.value("required-field", "0.name", "")
node.value("invalid-name", "0.name", "a_b")
node.bad("a driver twice", "duplicate-item", "1.name", {"1.name": "a"})
node.value("required-field", "0.nodeID", "")
node.value("limit-exceeded", "0.nodeID", "a" * 257)
node.values("0.nodeID", "a" * 256)
node.value("invalid-value", "0.allocatable.count", -1)
node.bad("a key twice", "duplicate-item", "0.topologyKeys.1", {"0.topologyKeys.1": "example.com/zone"})
node.value("invalid-label", "0.topologyKeys.0", "a b", "")

capacity = Table("CSIStorageCapacity", CAPACITY)
capacity.value("invalid-name", "storageClassName", "", "A")
capacity.value("invalid-value", "capacity", "-1", -1)
capacity.values("capacity", 0, DROPPED)
capacity.value("invalid-label", "nodeTopology.matchLabels.zone", "a b")

attributes = Table("VolumeAttributesClass", ATTRIBUTES)
attributes.value("required-field", "driverName", "")
attributes.value("invalid-name", "driverName", "a b")
attributes.value("required-field", "parameters", {}, DROPPED)

attachment = Table("VolumeAttachment", ATTACHMENT, "spec")
attachment.value("required-field", "attacher", "")
attachment.value("invalid-name", "attacher", "a_b")
attachment.value("required-field", "nodeName", "")
attachment.value("invalid-name", "nodeName", "A")
attachment.value("required-field", "source", {})
attachment.value("required-field", "source.persistentVolumeName", "")
attachment.value("invalid-name", "source.persistentVolumeName", "A")

CASES: Final = [case for table in (storage, driver, node, capacity, attributes, attachment) for case in table.cases]
