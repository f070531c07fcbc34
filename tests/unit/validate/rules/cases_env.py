"""Environment variables of containers."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.cases_containers import in_both
from tests.unit.validate.rules.variants import DROPPED

WEB: Final = "containers.0"
TABLES: Final = in_both()
for spec in TABLES:
    spec.value("required-field", f"{WEB}.env.0.name", "")
    spec.value("invalid-format", f"{WEB}.env.0.name", "A=B", "Ä", "a\tb")
    spec.values(f"{WEB}.env.0.name", "a b", "1-2", "..")
    source = f"{WEB}.env.1.valueFrom"
    spec.value("required-field", source, {})
    spec.bad("a value and a source", "forbidden-field", f"{WEB}.env.1.value", {f"{WEB}.env.1.value": "a"})
    spec.good("an empty value and a source", {f"{WEB}.env.1.value": ""})
    spec.bad(
        "two sources",
        "forbidden-field",
        f"{source}.secretKeyRef",
        {f"{source}.secretKeyRef": {"name": "a", "key": "a"}},
    )
    spec.value("required-field", f"{source}.fieldRef.fieldPath", "")
    spec.value(
        "invalid-enum",
        f"{source}.fieldRef.fieldPath",
        "metadata.labels",
        "spec.restartPolicy",
        "status.phase",
        "name",
        "metadata.labels[a]",
    )
    spec.value("invalid-value", f"{source}.fieldRef.fieldPath", "metadata.name['a']", "spec['a']")
    spec.value("invalid-label", f"{source}.fieldRef.fieldPath", "metadata.labels['']", "metadata.annotations['a b']")
    spec.values(
        f"{source}.fieldRef.fieldPath",
        "metadata.labels['a.b/c']",
        "metadata.annotations['A.B/c']",
        "status.podIPs",
        "spec.nodeName",
        "spec.host",
    )
    spec.value("invalid-label", f"{source}.fieldRef.fieldPath", "metadata.labels['A.B/c']")
    spec.value("invalid-value", f"{source}.fieldRef.apiVersion", "v2")
    spec.values(f"{source}.fieldRef.apiVersion", "v1", "")
    resource = f"{WEB}.env.2.valueFrom.resourceFieldRef"
    spec.value("required-field", f"{resource}.resource", "")
    spec.value("invalid-enum", f"{resource}.resource", "cpu", "limits.storage", "limits.nvidia.com/gpu")
    spec.value("invalid-value", f"{resource}.divisor", "2", "10m", "1k", "0.5", 2, "1e1", "1e0")
    spec.values(f"{resource}.divisor", "1", "1000m", 1, "0", 0, "0.001")
    memory = {f"{resource}.resource": "requests.memory"}
    for divisor in ("1", "1Mi", "1024Ki", "1000k", "1M", "1E", 1000, "0.001k", "1Ei", "1000"):
        spec.good(f"memory by {divisor!r}", memory | {f"{resource}.divisor": divisor})
    for divisor in ("1m", "1024", "2Mi", "1e3", 1024, "500Ki", "10k"):
        spec.bad(
            f"memory by {divisor!r}", "invalid-value", f"{resource}.divisor", memory | {f"{resource}.divisor": divisor}
        )
    spec.good("huge pages", {f"{resource}.resource": "limits.hugepages-2Mi", f"{resource}.divisor": "1Mi"})
    spec.good("a container", {f"{resource}.containerName": "other"})
    for number, name in ((3, "configMapKeyRef"), (4, "secretKeyRef")):
        key = f"{WEB}.env.{number}.valueFrom.{name}"
        spec.value("invalid-name", f"{key}.name", "A", "a_b")
        spec.value("required-field", f"{key}.name", "")
        spec.bad(f"{name} without a name", "required-field", f"{key}.name", {f"{key}.name": DROPPED})
        spec.value("invalid-format", f"{key}.key", "a b", "..", "..a", "a/b", "a" * 254)
        spec.value("required-field", f"{key}.key", "")
    files = {"volumeName": "data", "path": "a/b.env", "key": "A B"}
    spec.good("a variable from a file", {source: {"fileKeyRef": files}})
    for field, value, code in (
        *(
            ("volumeName", "other", "invalid-reference"),
            ("volumeName", "disk", "invalid-reference"),
            ("volumeName", "", "required-field"),
        ),
        *(("volumeName", "A", "invalid-name"), ("path", "", "required-field"), ("path", "../a", "invalid-format")),
        *(("key", "", "required-field"), ("key", "a=b", "invalid-format")),
    ):
        spec.bad(
            f"a variable from a file with {field} {value!r}",
            code,
            f"{source}.fileKeyRef.{field}",
            {source: {"fileKeyRef": files | {field: value}}},
        )
    spec.value("required-field", f"{WEB}.envFrom.0", {}, {"prefix": "A_"}, None)
    spec.value("invalid-format", f"{WEB}.envFrom.0.prefix", "A=", "Ä")
    spec.bad(
        "two sources of variables",
        "forbidden-field",
        f"{WEB}.envFrom.0.secretRef",
        {f"{WEB}.envFrom.0.secretRef": {"name": "a"}},
    )
    spec.value("invalid-name", f"{WEB}.envFrom.0.configMapRef.name", "A", "-")
    spec.values(f"{WEB}.envFrom.0.configMapRef.name", "a-", "a.b")
    spec.value("required-field", f"{WEB}.envFrom.1.secretRef.name", "")

CASES: Final = [case for table in TABLES for case in table.cases]
