"""CustomResourceDefinitions, but for their schemas."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import DROPPED, Table

SCHEMA: Final = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {"size": {"type": "integer"}, "color": {"type": "string"}, "tags": {"type": "object"}},
        },
        "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
    },
}
V1: Final = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}}
V2: Final = V1 | {"name": "v2", "storage": False}
DEFINITION: Final[dict[str, Any]] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "lamps.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {
            "plural": "lamps", "kind": "Lamp", "listKind": "LampList", "singular": "lamp",
            "shortNames": ["la"], "categories": ["all"],
        },
        "versions": [V1, V2],
    },
}  # fmt: skip

spec = Table("CustomResourceDefinition", DEFINITION, "spec")
whole = Table("CustomResourceDefinition with other names", DEFINITION)
whole.good("a name of parts", {"spec.group": "a.b-c.example", "metadata.name": "lamps.a.b-c.example"})
whole.bad("a group without a dot", "invalid-name", "spec.group", {"spec.group": "lamp", "metadata.name": "lamps.lamp"})
whole.bad("a group with _", "invalid-name", "spec.group", {"spec.group": "a_b.c", "metadata.name": "lamps.a_b.c"})
whole.bad("another name", "invalid-name", "metadata.name", {"metadata.name": "lamp.example.com"})
whole.bad(
    "a plural in capitals", "invalid-name", "spec.names.plural",
    {"spec.names.plural": "Lamps", "metadata.name": "Lamps.example.com"},
)  # fmt: skip
APPROVAL: Final = ("metadata", "annotations", "api-approved.kubernetes.io")
for group in ("a.k8s.io", "kubernetes.io"):
    protected = {"spec.group": group, "metadata.name": f"lamps.{group}"}
    whole.bad(f"{group} is protected", "required-field", APPROVAL, protected)
    for approval in ("https://github.com/kubernetes/enhancements/pull/1111", "unapproved, a test"):
        whole.good(f"{group} {approval}", {**protected, APPROVAL: approval})
    for approval in ("yes", "/pull/1"):
        whole.bad(f"{group} {approval}", "invalid-format", APPROVAL, {**protected, APPROVAL: approval})

spec.values("scope", "Cluster")
spec.value("invalid-enum", "scope", "namespaced", "Global")
spec.value("required-field", "scope", "")
for name in ("singular", "listKind"):
    spec.values(f"names.{name}", "", DROPPED)
spec.value("invalid-name", "names.singular", "Lamp", "a.b", "1a", "a" * 64)
spec.value("required-field", "names.kind", "")
spec.value("invalid-name", "names.kind", "la_mp", "1Lamp", "Lamp-", "a" * 64)
spec.values("names.kind", "LAMP", "lamp", "La-mp")
spec.value("invalid-name", "names.listKind", "Lamp List")
spec.value("invalid-value", "names.listKind", "Lamp")
for name in ("shortNames", "categories"):
    spec.value("invalid-name", f"names.{name}.0", "", "LA", "1")
    spec.values(f"names.{name}", [], ["a", "b", "a"])
spec.value("invalid-value", "preserveUnknownFields", True)
spec.values("preserveUnknownFields", False)

spec.value("invalid-value", "versions.1.storage", True)
spec.bad("no stored version", "invalid-value", "versions", {"versions.0.storage": False})
spec.bad("the only version is not stored", "invalid-value", "versions.0.storage", {"versions": [V2]})
spec.bad("no version", "invalid-value", "versions", {"versions": []})
spec.value("duplicate-item", "versions.1.name", "v1")
spec.value("invalid-name", "versions.1.name", "", "1", "V2", "v1.0")
spec.values("versions.1.name", "v2beta1", "anything")
spec.values("versions.1.served", False)
spec.bad(
    "a version without schema", "required-field", "versions.1.schema.openAPIV3Schema", {"versions.1.schema": DROPPED}
)
spec.bad("an empty schema", "required-field", "versions.1.schema.openAPIV3Schema", {"versions.1.schema": {}})
WARNING: Final = "versions.1.deprecationWarning"
spec.bad("a warning that is not needed", "forbidden-field", WARNING, {WARNING: "old"})
spec.good("a warning", {WARNING: "old", "versions.1.deprecated": True})
spec.good("deprecated", {"versions.1.deprecated": True})
spec.bad("an empty warning", "invalid-value", WARNING, {WARNING: "", "versions.1.deprecated": True})
spec.bad("a warning of two lines", "invalid-value", WARNING, {WARNING: "a\nb", "versions.1.deprecated": True})
spec.bad("a long warning", "limit-exceeded", WARNING, {WARNING: "ä" * 129, "versions.1.deprecated": True})

OTHER: Final = V2 | {"schema": {"openAPIV3Schema": SCHEMA | {"description": "another schema"}}}
version = Table(
    "a version of a CustomResourceDefinition",
    DEFINITION | {"spec": DEFINITION["spec"] | {"versions": [V1, OTHER]}},
    "spec.versions.1",
)
version.values("subresources", {}, {"status": {}}, {"status": None})
SCALE: Final = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}
version.values("subresources.scale", SCALE, SCALE | {"labelSelectorPath": ""}, SCALE | {"labelSelectorPath": ".spec.a"})
version.values("subresources.scale", SCALE | {"labelSelectorPath": ".status.a"}, SCALE | {"specReplicasPath": ".spec."})
for path, code, *values in (
    ("specReplicasPath", "required-field", ""),
    ("statusReplicasPath", "required-field", ""),
    ("specReplicasPath", "invalid-format", "spec.size", ".status.size", ".spec", ".", "$.spec.a"),
    ("statusReplicasPath", "invalid-format", ".spec.size", "status"),
    ("labelSelectorPath", "invalid-format", ".metadata.labels", "spec.a", "."),
):
    for value in values:
        place = f"subresources.scale.{path}"
        version.bad(f"{path} {value}", code, place, {"subresources.scale": SCALE | {path: value}})

COLUMN: Final = {"name": "Size", "type": "integer", "jsonPath": ".spec.size"}
COLUMNS: Final = "additionalPrinterColumns"
version.values(COLUMNS, [COLUMN], [COLUMN, COLUMN], [COLUMN | {"format": ""}], [])
version.values(
    COLUMNS, [COLUMN | {"jsonPath": "."}], [COLUMN | {"jsonPath": ".a[?(@.b)].c"}], [COLUMN | {"priority": -1}]
)
version.values(COLUMNS, *[[COLUMN | {"type": kind}] for kind in ("string", "number", "date", "boolean")])
version.values(COLUMNS, *[[COLUMN | {"format": form}] for form in ("int32", "int64", "float", "byte", "password")])
for path, code, *values in (
    ("name", "required-field", ""),
    ("type", "required-field", ""),
    ("jsonPath", "required-field", ""),
    ("type", "invalid-enum", "int", "array", "object", "String"),
    ("format", "invalid-enum", "uri", "duration"),
    ("jsonPath", "invalid-format", "spec.size", "{.spec.size}", "$.spec"),
):
    for value in values:
        version.bad(f"column {path} {value}", code, f"{COLUMNS}.0.{path}", {COLUMNS: [COLUMN | {path: value}]})

FIELDS: Final = "selectableFields"
SIZE: Final = [{"jsonPath": ".spec.size"}]
OTHER_SCHEMA: Final = SCHEMA | {"description": "other"}
spec.bad(
    "equal schemas, selectable fields in one", "invalid-value", f"versions.1.{FIELDS}", {f"versions.1.{FIELDS}": SIZE}
)
spec.bad(
    "selectable fields equal, not so the schemas", "invalid-value", f"versions.0.{FIELDS}",
    {
        "versions.1.schema.openAPIV3Schema": OTHER_SCHEMA,
        f"versions.0.{FIELDS}": SIZE, f"versions.1.{FIELDS}": SIZE,
    },
)  # fmt: skip
spec.good("all equal", {f"versions.0.{FIELDS}": SIZE, f"versions.1.{FIELDS}": SIZE})
version.values(FIELDS, [], [{"jsonPath": ".spec.size"}, {"jsonPath": ".spec.color"}])
for path, code in (
    ("", "required-field"),
    (".spec.shape", "invalid-reference"),
    ("spec.size", "invalid-reference"),
    (".spec.size.a", "invalid-reference"),
    (".spec['size']", "invalid-reference"),
    (".spec.", "invalid-reference"),
    (".spec", "invalid-value"),
    (".spec.tags", "invalid-value"),
    (".metadata.name", "invalid-value"),
):
    version.bad(f"selectable {path}", code, f"{FIELDS}.0.jsonPath", {FIELDS: [{"jsonPath": path}]})
version.bad(
    "one selectable field twice", "duplicate-item", f"{FIELDS}.1.jsonPath", {FIELDS: [{"jsonPath": ".spec.size"}] * 2}
)
MANY: Final = {"type": "object", "properties": {f"f{number}": {"type": "string"} for number in range(9)}}
for count in (8, 9):
    changes = {
        "schema.openAPIV3Schema": MANY,
        FIELDS: [{"jsonPath": f".f{number}"} for number in range(count)],
    }
    if count == 8:
        version.good("eight selectable fields", changes)
    else:
        version.bad("nine selectable fields", "limit-exceeded", FIELDS, changes)

SERVICE: Final = {"name": "hook", "namespace": "default"}
HOOK: Final = {"clientConfig": {"service": SERVICE}, "conversionReviewVersions": ["v1", "v1beta1"]}
conversion = Table(
    "conversion of custom resources",
    DEFINITION | {"spec": DEFINITION["spec"] | {"conversion": {"strategy": "Webhook", "webhook": HOOK}}},
    "spec.conversion",
)
conversion.good("no conversion", {"strategy": "None", "webhook": DROPPED})
conversion.value("invalid-enum", "strategy", "webhook", "Nothing")
conversion.bad("a webhook for nothing", "forbidden-field", "webhook", {"strategy": "None"})
conversion.bad("no webhook", "required-field", "webhook", {"webhook": DROPPED})
conversion.value("required-field", "webhook.clientConfig", DROPPED, {})
conversion.value("required-field", "webhook.clientConfig.service.name", "")
conversion.values(
    "webhook.clientConfig", {"url": "https://a.example/b"}, {"service": SERVICE | {"path": "/a", "port": 1}}
)
conversion.bad(
    "a webhook without TLS", "invalid-format", "webhook.clientConfig.url",
    {"webhook.clientConfig": {"url": "http://a.example"}},
)  # fmt: skip
conversion.bad(
    "a url and a service", "forbidden-field", "webhook.clientConfig.url",
    {"webhook.clientConfig.url": "https://a.example"},
)  # fmt: skip
VERSIONS: Final = "webhook.conversionReviewVersions"
conversion.value("required-field", VERSIONS, [])
conversion.value("invalid-value", VERSIONS, ["v2"])
conversion.value("duplicate-item", f"{VERSIONS}.1", "v1")
conversion.value("invalid-format", f"{VERSIONS}.1", "", "V1", "1")
conversion.values(VERSIONS, ["v1"], ["v9", "v1beta1"])

CASES: Final = [*spec.cases, *whole.cases, *version.cases, *conversion.cases]
