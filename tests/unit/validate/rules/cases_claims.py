"""Claims that are made for a Pod."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.cases_volumes import in_both
from tests.unit.validate.rules.variants import DROPPED

TABLES: Final = in_both()
for spec in TABLES:
    claim = "7.ephemeral.volumeClaimTemplate"
    spec.bad("no template", "required-field", claim, {"7.ephemeral": {}})
    spec.bad("a template with a name", "forbidden-field", f"{claim}.metadata.name", {f"{claim}.metadata.name": "a"})
    spec.bad(
        "a template with a wrong label",
        "invalid-label",
        f"{claim}.metadata.labels.a",
        {f"{claim}.metadata.labels.a": "a b"},
    )
    spec.value("required-field", f"{claim}.spec.accessModes", [])
    spec.bad("no access modes", "required-field", f"{claim}.spec.accessModes", {f"{claim}.spec.accessModes": DROPPED})
    spec.bad(
        "a single Pod and others",
        "forbidden-field",
        f"{claim}.spec.accessModes.1",
        {f"{claim}.spec.accessModes": ["ReadWriteOnce", "ReadWriteOncePod"]},
    )
    spec.values(f"{claim}.spec.accessModes", ["ReadWriteOncePod"], ["ReadOnlyMany", "ReadWriteMany"])
    storage = f"{claim}.spec.resources.requests.storage"
    spec.value("invalid-value", storage, "0", "-1Gi", 0)
    spec.bad("no storage", "required-field", storage, {storage: DROPPED})
    others = f"{claim}.spec.resources.requests"
    spec.bad("another size than storage", "required-field", f"{others}.memory", {others: {"memory": "1Gi"}})
    spec.bad("two other sizes", "required-field", storage, {others: {"memory": "1Gi", "cpu": "1"}})
    spec.bad("no resources", "required-field", storage, {f"{claim}.spec.resources": DROPPED})
    spec.value("invalid-name", f"{claim}.spec.storageClassName", "A", "a_b")
    spec.values(f"{claim}.spec.storageClassName", "", "a.b")
    spec.value("invalid-name", f"{claim}.spec.volumeAttributesClassName", "A")
    spec.value("invalid-label", f"{claim}.spec.selector.matchLabels.a", "a b")
    source = {"kind": "PersistentVolumeClaim", "name": "a"}
    for field in ("dataSource", "dataSourceRef"):
        place = f"{claim}.spec.{field}"
        spec.good(f"a {field}", {place: source})
        spec.bad(
            f"another kind of {field}", "invalid-value", f"{place}.kind", {place: source | {"kind": "VolumeSnapshot"}}
        )
        spec.good(
            f"another group of {field}",
            {place: source | {"kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io"}},
        )
        spec.bad(f"a wrong group of {field}", "invalid-name", f"{place}.apiGroup", {place: source | {"apiGroup": "A"}})
        spec.bad(f"{field} without a name", "required-field", f"{place}.name", {place: source | {"name": ""}})
    both = {f"{claim}.spec.dataSource": source, f"{claim}.spec.dataSourceRef": source}
    spec.good("both sources", both)
    spec.bad(
        "two sources of data",
        "invalid-value",
        f"{claim}.spec.dataSource",
        both | {f"{claim}.spec.dataSourceRef": source | {"name": "b"}},
    )
    spec.bad(
        "a source elsewhere",
        "invalid-name",
        f"{claim}.spec.dataSourceRef.namespace",
        {f"{claim}.spec.dataSourceRef": source | {"namespace": "A"}},
    )
    spec.bad(
        "sources in two namespaces",
        "forbidden-field",
        f"{claim}.spec.dataSource",
        both | {f"{claim}.spec.dataSourceRef": source | {"namespace": "a"}},
    )

CASES: Final = [case for table in TABLES for case in table.cases]
