"""Files that volumes are filled with."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.cases_volumes import in_both
from tests.unit.validate.rules.variants import DROPPED

TABLES: Final = in_both()
for spec in TABLES:
    spec.value("invalid-value", "9.downwardAPI.defaultMode", -1, 512)
    item = "9.downwardAPI.items"
    spec.value("required-field", f"{item}.0.path", "")
    spec.value("invalid-format", f"{item}.0.path", "/a", "..a")
    spec.value("invalid-value", f"{item}.0.mode", 512)
    spec.value("invalid-enum", f"{item}.0.fieldRef.fieldPath", "status.podIP", "spec.nodeName")
    spec.values(f"{item}.0.fieldRef.fieldPath", "metadata.labels['a']", "metadata.uid")
    spec.bad("no fact", "required-field", f"{item}.0", {f"{item}.0.fieldRef": DROPPED})
    spec.bad(
        "two facts",
        "forbidden-field",
        f"{item}.0.fieldRef",
        {f"{item}.0.resourceFieldRef": {"containerName": "web", "resource": "limits.cpu"}},
    )
    spec.bad(
        "a resource of no container",
        "required-field",
        f"{item}.1.resourceFieldRef.containerName",
        {f"{item}.1.resourceFieldRef.containerName": DROPPED},
    )
    spec.value("invalid-enum", f"{item}.1.resourceFieldRef.resource", "limits.gpu")
    spec.value("invalid-value", f"{item}.1.resourceFieldRef.divisor", "3")
    source_list = "10.projected.sources"
    spec.value("invalid-value", "10.projected.defaultMode", 512)
    spec.values(source_list, [], [{}], [None])
    spec.bad(
        "two kinds in a source",
        "forbidden-field",
        f"{source_list}.0.configMap",
        {f"{source_list}.0.configMap": {"name": "a"}},
    )
    spec.value("required-field", f"{source_list}.0.secret.name", "")
    spec.value("required-field", f"{source_list}.1.configMap.name", "")
    spec.value("invalid-value", f"{source_list}.0.secret.items.0.mode", 512)
    spec.value("duplicate-item", f"{source_list}.1.configMap.items.0.path", "b/c")
    spec.value("duplicate-item", f"{source_list}.2.downwardAPI.items.0.path", "d")
    spec.values(f"{source_list}.3.serviceAccountToken.path", "d")
    spec.value("invalid-value", f"{source_list}.3.serviceAccountToken.expirationSeconds", 599, 2**32 + 1, 0)
    spec.values(f"{source_list}.3.serviceAccountToken.expirationSeconds", 600, 2**32)
    spec.value("required-field", f"{source_list}.3.serviceAccountToken.path", "")
    spec.value("invalid-format", f"{source_list}.3.serviceAccountToken.path", "/a", "../a")
    spec.good("a bundle, which is dropped", {f"{source_list}.3": {"clusterTrustBundle": {"path": "/a"}}})

CASES: Final = [case for table in TABLES for case in table.cases]
