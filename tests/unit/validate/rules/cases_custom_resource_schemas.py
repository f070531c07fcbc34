"""The schemas of CustomResourceDefinitions."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.cases_custom_resource_definitions import DEFINITION, V1
from tests.unit.validate.rules.variants import DROPPED, Table

ONLY: Final = DEFINITION | {"spec": DEFINITION["spec"] | {"versions": [V1 | {"subresources": {"scale": None}}]}}
ROOT: Final = "spec.versions.0.schema.openAPIV3Schema"
STRING: Final = {"type": "string"}
INTEGER: Final = {"type": "integer"}
ANY: Final = {"x-kubernetes-preserve-unknown-fields": True}
EITHER: Final = {"x-kubernetes-int-or-string": True}
LIST: Final = "x-kubernetes-list-type"
KEYS: Final = "x-kubernetes-list-map-keys"
MAP: Final = "x-kubernetes-map-type"
EMBEDDED: Final = "x-kubernetes-embedded-resource"
RULES: Final = "x-kubernetes-validations"


# Of the loops below.
value: Any
schema: Any


def obj(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object with these fields."""
    return {"type": "object", "properties": properties}


def array(items: Any, **more: Any) -> dict[str, Any]:
    """Return the schema of an array."""
    return {"type": "array", "items": items} | more


root = Table("the root of a schema", ONLY, ROOT)
root.value("required-field", "type", DROPPED, "")
root.value("invalid-value", "type", "string")
root.value("forbidden-field", "additionalProperties", True, False, STRING)
root.value("forbidden-field", "nullable", True)
root.values("nullable", False)
root.values("properties.metadata", {"type": "object"}, obj(generateName=STRING), obj(name=STRING, generateName=STRING))
root.values("properties.metadata", obj(name={"type": "string", "maxLength": 9, "pattern": "a"}))
root.value("invalid-value", "properties.metadata.type", "string")
root.value("required-field", "properties.metadata.type", DROPPED)
root.bad(
    "labels", "forbidden-field", "properties.metadata.properties.labels",
    {"properties.metadata": obj(labels={"type": "object", "additionalProperties": STRING})},
)  # fmt: skip
root.value("forbidden-field", "properties.metadata.description", "of mine")
root.value("forbidden-field", "properties.metadata.required", ["name"])
root.value("forbidden-field", "properties.metadata.default", {})
root.value("forbidden-field", "properties.metadata.properties.name.default", "a")
root.values("properties.kind", STRING, STRING | {"enum": ["Lamp"]})
root.bad("a kind that is a number", "invalid-value", "properties.kind.type", {"properties.kind": INTEGER})
root.bad("a default kind", "forbidden-field", "properties.kind.default", {"properties.kind": STRING | {"default": "a"}})
root.value("wrong-type", "default", "a")
root.bad("a default without kind", "required-field", "default.kind", {"default": {"apiVersion": "a.example.com/v1"}})
root.values("required", [], ["spec"], ["not there"])
root.values("anyOf", [{"required": ["spec"]}, {"required": ["status"]}])

status = Table(
    "a schema with a status",
    DEFINITION | {"spec": DEFINITION["spec"] | {"versions": [V1 | {"subresources": {"status": {}}}]}},
    ROOT,
)
status.values("description", "text")
status.values("required", ["spec"])
status.value("forbidden-field", "anyOf", [], [{"required": ["spec"]}])
status.value("forbidden-field", "minProperties", 1)
status.value("forbidden-field", MAP, "atomic")

spec = Table("a schema", ONLY, f"{ROOT}.properties.spec")
spec.values("properties.a", STRING, INTEGER, {"type": "number"}, {"type": "boolean"}, array(STRING), obj(), ANY, EITHER)
for name, schema in (("nothing", {}), ("a format", {"format": "uri"}), ("null", None)):
    spec.bad(f"{name}, no type", "required-field", "properties.a.type", {"properties.a": schema})
    spec.bad(f"{name}, items", "required-field", "properties.a.items.type", {"properties.a": array(schema or {})})
    spec.bad(
        f"{name}, values", "required-field", "properties.a.additionalProperties.type",
        {"properties.a": {"type": "object", "additionalProperties": schema or {}}},
    )  # fmt: skip
spec.value("invalid-enum", "properties.size.type", "int", "null", "float", "String", "any")
spec.bad("an array of nothing", "required-field", "properties.a.items", {"properties.a": {"type": "array"}})
spec.bad("an array of a text", "required-field", "properties.a.items", {"properties.a": array("string")})
spec.bad("an array of tuples", "wrong-type", "properties.a.items", {"properties.a": array([STRING])})
for name, value in (("properties", STRING), ("nothing", obj(a=STRING))):
    spec.good(f"additionalProperties with {name}", {"properties.a": {"type": "object", "additionalProperties": value}})
for value in (STRING, False):
    spec.bad(
        f"additionalProperties {value} with properties", "forbidden-field", "properties.a.additionalProperties",
        {"properties.a": obj(b=STRING) | {"additionalProperties": value}},
    )  # fmt: skip
spec.good("additionalProperties with true", {"properties.a": obj(b=STRING) | {"additionalProperties": True}})
for name, value in (
    ("$ref", "#/definitions/a"), ("$schema", "http://json-schema.org/draft-07/schema#"), ("id", "a"),
    ("definitions", {"a": STRING}), ("patternProperties", {"a": STRING}), ("dependencies", {"a": ["b"]}),
    ("additionalItems", False), ("uniqueItems", True),
):  # fmt: skip
    spec.value("forbidden-field", f"properties.tags.{name}", value)
spec.values("properties.tags.uniqueItems", False)
spec.values("properties.tags.definitions", {})
spec.value("invalid-value", "properties.tags.x-kubernetes-preserve-unknown-fields", False)

# What no schema of CustomResourceDefinition says, as OpenAPI cannot.
for name, value in (
    ("type", 5), ("description", 1), ("required", "a"), ("nullable", "yes"), ("enum", "a"), ("properties", []),
    ("externalDocs", "a"), ("maximum", "5"), ("maxLength", 1.5), ("anyOf", {}), ("not", []), ("additionalProperties", "a"),
):  # fmt: skip
    for path, whole in (
        ("items", array(obj())),
        ("additionalProperties", {"type": "object", "additionalProperties": obj()}),
    ):
        inner = obj() | {name: value}
        schema = whole | {path: inner}
        spec.bad(f"{name} {value} in {path}", "wrong-type", f"properties.a.{path}.{name}", {"properties.a": schema})

spec.value("invalid-format", "properties.color.pattern", "(", "[a", "a**", "(?=a)", "(?<!a)b", r"(a)\1", "*", "a{2,1}")
spec.values(
    "properties.color.pattern", "", "^a+$", r"\pL", "[[:alpha:]]", "(?i)a", r"\Qa(\E", "a{", "(?P<n>a)", "[[]", r"a\z"
)

STRINGS: Final = array(STRING)
spec.values("properties.a", STRINGS | {LIST: "atomic"}, STRINGS | {LIST: "set"}, array(INTEGER, **{LIST: "set"}))
spec.values("properties.a", array(obj(a=STRING) | {MAP: "atomic"}, **{LIST: "set"}), obj() | {MAP: "granular"})
spec.values("properties.a", array(STRINGS, **{LIST: "set"}), array(STRINGS | {LIST: "atomic"}, **{LIST: "set"}))
for name, code, path, schema in (
    ("another list type", "invalid-enum", LIST, STRINGS | {LIST: "list"}),
    ("an empty list type", "invalid-enum", LIST, STRINGS | {LIST: ""}),
    ("a list type of an object", "invalid-value", "type", obj() | {LIST: "set"}),
    ("another map type", "invalid-enum", MAP, obj() | {MAP: "map"}),
    ("a map type of an array", "invalid-value", "type", STRINGS | {MAP: "atomic"}),
    ("a set of nullables", "forbidden-field", "items.nullable", array(STRING | {"nullable": True}, **{LIST: "set"})),
    ("a set of objects", "required-field", f"items.{MAP}", array(obj(a=STRING), **{LIST: "set"})),
    (
        "a set of granular objects", "invalid-value", f"items.{MAP}",
        array(obj(a=STRING) | {MAP: "granular"}, **{LIST: "set"}),
    ),
    ("a set of sets", "invalid-value", f"items.{LIST}", array(STRINGS | {LIST: "set"}, **{LIST: "set"})),
    ("keys without a type", "required-field", LIST, STRINGS | {KEYS: ["a"]}),
    ("keys of a set", "invalid-value", LIST, STRINGS | {KEYS: ["a"], LIST: "set"}),
):  # fmt: skip
    spec.bad(name, code, f"properties.a.{path}", {"properties.a": schema})

NAMED: Final = array(obj(name=STRING, port=INTEGER) | {"required": ["name", "port"]}, **{LIST: "map", KEYS: ["name"]})
keyed = Table(
    "a list with keys",
    ONLY | {"spec": ONLY["spec"] | {"versions": [V1 | {"schema": {"openAPIV3Schema": obj(a=NAMED)}}]}},
    f"{ROOT}.properties.a",
)
keyed.values(KEYS, ["name", "port"])
keyed.value("required-field", KEYS, [], DROPPED)
keyed.value("invalid-reference", f"{KEYS}.0", "key")
keyed.value("duplicate-item", f"{KEYS}.1", "name")
keyed.bad("a key that may be absent", "required-field", "items.properties.name.default", {"items.required": ["port"]})
keyed.good("a key with a default", {"items.required": ["port"], "items.properties.name.default": "a"})
keyed.value("forbidden-field", "items.properties.name.nullable", True)
keyed.value("forbidden-field", "items.nullable", True)
keyed.bad("a key that is an object", "invalid-value", "items.properties.name.type", {"items.properties.name": obj()})
keyed.bad("scalar items", "invalid-value", "items.type", {"items": STRING})

spec.values("properties.a", EITHER | {"anyOf": [INTEGER, STRING]}, EITHER | {"allOf": [{"anyOf": [INTEGER, STRING]}]})
spec.values("properties.a", EITHER | {"allOf": [{"anyOf": [INTEGER, STRING]}, {"pattern": "a"}]}, EITHER | INTEGER)
spec.values("properties.a", {"type": "object"} | ANY | {EMBEDDED: True}, obj(spec=obj()) | {EMBEDDED: True})
spec.values("properties.a", obj(metadata=obj(labels=obj())) | {EMBEDDED: True})
for name, code, path, schema in (
    ("the other order", "forbidden-field", "anyOf.0.type", EITHER | {"anyOf": [INTEGER | {"minimum": 1}]}),
    ("int-or-string of any", "forbidden-field", "x-kubernetes-preserve-unknown-fields", EITHER | ANY),
    ("an embedded string", "invalid-value", "type", STRING | ANY | {EMBEDDED: True}),
    ("embedded without type", "required-field", "type", ANY | {EMBEDDED: True}),
    ("an empty embedded object", "required-field", "properties", {"type": "object", EMBEDDED: True}),
    (
        "an embedded map", "forbidden-field", "additionalProperties",
        {"type": "object", EMBEDDED: True, "additionalProperties": STRING} | ANY,
    ),
    ("an embedded kind", "invalid-value", "properties.kind.type", obj(kind=INTEGER) | {EMBEDDED: True}),
    ("embedded metadata", "invalid-value", "properties.metadata.type", obj(metadata=STRING) | {EMBEDDED: True}),
):  # fmt: skip
    spec.bad(name, code, f"properties.a.{path}", {"properties.a": schema})

for junctor in ("allOf", "anyOf", "oneOf"):
    spec.good(
        f"{junctor} that restricts", {junctor: [{"required": ["size"]}, {"properties": {"size": {"minimum": 1}}}]}
    )
    for name, value in (
        ("type", "object"), ("description", "a"), ("title", "a"), ("default", {}), ("nullable", True), (LIST, "set"),
        ("x-kubernetes-preserve-unknown-fields", True), (KEYS, ["a"]), (RULES, [{"rule": "true"}]),
        ("x-kubernetes-int-or-string", True), (EMBEDDED, True), ("additionalProperties", {}),
    ):  # fmt: skip
        if name in {LIST, KEYS}:
            continue
        spec.bad(f"{name} in {junctor}", "forbidden-field", f"{junctor}.0.{name}", {junctor: [{name: value}]})
    root.bad(
        f"something new in {junctor}", "required-field", f"{junctor}.0.properties.new",
        {junctor: [{"properties": {"new": {"minimum": 1}}}]},
    )  # fmt: skip
    root.bad(f"items in {junctor}", "required-field", f"{junctor}.0.items", {junctor: [{"items": {"minimum": 1}}]})
    path = f"{junctor}.0.properties.spec.properties.new"
    root.bad(f"something new deep in {junctor}", "required-field", path, {path: {}})
    root.good(f"something known deep in {junctor}", {f"{junctor}.0.properties.spec.properties.size": {"minimum": 1}})
    # It is not looked for but from the root.
    spec.good(f"something new in {junctor} of a field", {f"{junctor}.0.properties.new": {"minimum": 1}})
    root.bad(
        f"metadata in {junctor}", "forbidden-field", f"{junctor}.0.properties.metadata",
        {junctor: [{"properties": {"metadata": {}}}]},
    )  # fmt: skip
spec.good("not", {"not": {"required": ["size"]}})
spec.bad("a type in not", "forbidden-field", "not.type", {"not": {"type": "object"}})
spec.bad(
    "a type deep in branches", "forbidden-field", "anyOf.0.not.properties.size.type",
    {"anyOf": [{"not": {"properties": {"size": {"type": "integer"}}}}]},
)  # fmt: skip
spec.bad("a bad pattern in a branch", "invalid-format", "anyOf.0.pattern", {"anyOf": [{"pattern": "("}]})

spec.values("properties.size.default", 1, 0, None)
spec.values("properties.color.default", "", "red")
spec.values(
    "properties.a", STRING | {"nullable": True, "default": None}, EITHER | {"default": "a"}, EITHER | {"default": 1}
)
spec.values("properties.a", array(STRING) | {"default": ["a"]}, obj(b=STRING) | {"default": {}}, ANY | {"default": [1]})
spec.values("properties.a", EITHER | {"default": 1.5}, EITHER | {"default": []}, EITHER | {"default": {}})
spec.values("properties.a", STRING | {"enum": [], "default": "a"}, {"type": "number", "multipleOf": 2.5, "default": 4})
SAYING_NOTHING: Final[list[dict[str, object]]] = [
    {"items": "0"},
    {"patternProperties": {}},
    {"enum": []},
    {"allOf": []},
    {"nullable": False},
]
for part in SAYING_NOTHING:
    spec.good(f"either, and {part}", {"properties.a": EITHER | {"anyOf": [INTEGER, STRING | part]}})
spec.value("wrong-type", "properties.size.default", "1", True, {}, 1.5)
spec.value("wrong-type", "properties.color.default", 1, ["red"])
for name, code, path, schema in (
    ("enum", "invalid-enum", "default", STRING | {"enum": ["a", "b"], "default": "c"}),
    ("minimum", "invalid-value", "default", INTEGER | {"minimum": 5, "default": 4}),
    ("an either", "wrong-type", "default", EITHER | {"anyOf": [INTEGER, STRING], "default": 1.5}),
    ("multiple", "invalid-value", "default", INTEGER | {"multipleOf": 2, "default": 3}),
    ("multiple of nothing", "invalid-value", "multipleOf", INTEGER | {"multipleOf": 0, "default": 3}),
    ("pattern", "invalid-format", "default", STRING | {"pattern": "^a", "default": "b"}),
    ("format", "invalid-format", "default", STRING | {"format": "duration", "default": "soon"}),
    ("unknown field", "unknown-field", "default.c", obj(b=STRING) | {"default": {"c": "a"}}),
    ("required", "required-field", "default.b", obj(b=STRING | {"default": "a"}) | {"required": ["b"], "default": {}}),
    ("deep type", "wrong-type", "default.b", obj(b=STRING) | {"default": {"b": 1}}),
    ("item", "wrong-type", "default.0", array(STRING) | {"default": [1]}),
    ("null", "required-field", "default.b", obj(b=STRING) | {"default": {"b": None}}),
):  # fmt: skip
    spec.bad(f"default: {name}", code, f"properties.a.{path}", {"properties.a": schema})
spec.good(
    "a default of the values of a map",
    {"properties.a": {"type": "object", "additionalProperties": STRING | {"default": "a"}}},
)

RULE: Final = {"rule": "self.size > 1", "message": "too small"}
spec.values(
    RULES, [RULE], [], [{"rule": "self.size > 1"}], [RULE | {"reason": "FieldValueInvalid", "fieldPath": ".size"}]
)
spec.values(
    RULES, [RULE | {"fieldPath": "['size']"}], [RULE | {"rule": "self.size\n> 1"}], [RULE | {"message": " a\n"}]
)
for path, code, *values in (
    ("rule", "required-field", "", "  "),
    ("rule", "invalid-format", "self.size >", "self.size = 1", "(self.size > 1", "is too small", "size > 1"),
    ("optionalOldSelf", "forbidden-field", True, False),
    ("messageExpression", "invalid-format", "'a' +"),
    ("message", "invalid-value", " ", "a\nb"),
    ("messageExpression", "required-field", "  "),
    ("reason", "invalid-enum", "", "Invalid", "FieldValueTypeInvalid"),
    ("fieldPath", "invalid-reference", " ", "size", ".none", ".size.a", "size]", "['none']", ".size\n"),
):
    for value in values:
        spec.bad(f"rule: {path} {value!r}", code, f"{RULES}.0.{path}", {RULES: [RULE | {path: value}]})
spec.bad("a long rule without message", "required-field", f"{RULES}.0.message", {RULES: [{"rule": "self.size\n> 1"}]})

CASES: Final = [*root.cases, *status.cases, *spec.cases, *keyed.cases]
