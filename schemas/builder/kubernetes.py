"""Makes the catalog of the kinds built into Kubernetes.

The OpenAPI v3 description in each release's source has the types, the list and merge keys, and the defaults that tell a
struct from a pointer. It leaves out the enumerations (they would break generated clients), so these come from the
generated Go that the API server itself publishes its description from.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from schemas.builder.relaxed import is_open, relaxed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schemas.builder.sources import Archive

_SPEC: Final = re.compile(r"api/openapi-spec/v3/.*_openapi\.json")
_GO: Final = "pkg/generated/openapi/zz_generated.openapi.go"
_REF: Final = "#/components/schemas/"
_COLLECTION: Final = re.compile(r"/(?:api|apis/[^/]+)/[^/]+/(namespaces/\{namespace\}/)?[^/{}]+")
_DROPPED: Final = frozenset({"description", "externalDocs", "example", "x-kubernetes-group-version-kind", "default"})


@dataclass
class Minor:
    """What one minor release has."""

    number: int
    definitions: dict[str, dict[str, Any]]
    kinds: dict[tuple[str, str, str], dict[str, Any]]


def minor(source: Archive) -> Minor:
    """Read one release."""
    found = Minor(int(source.pin.version.split(".")[1]), {}, {})
    of_kind: dict[tuple[str, str, str], str] = {}
    for name in filter(_SPEC.fullmatch, source.names):
        description = json.loads(source.read(name))
        for title, schema in description.get("components", {}).get("schemas", {}).items():
            for gvk in schema.get("x-kubernetes-group-version-kind", ()):
                of_kind[gvk["group"], gvk["version"], gvk["kind"]] = title
            found.definitions[title] = _compact(schema)
        for path, verbs in description.get("paths", {}).items():
            _note_kind(path, verbs, found.kinds)
    for key, kind in found.kinds.items():
        kind["definition"] = of_kind[key]
    _add_enumerations(source.read(_GO).decode(), found.definitions)
    used = _closure({kind["definition"] for kind in found.kinds.values()}, found.definitions)
    found.definitions = {name: found.definitions[name] for name in sorted(used)}
    _set_required(found.definitions)
    return found


def _note_kind(path: str, verbs: Mapping[str, Any], kinds: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    """Note a kind whose objects can be created: `POST` to a collection, not to a part of another object."""
    post = verbs.get("post", {})
    gvk = post.get("x-kubernetes-group-version-kind")
    match = _COLLECTION.fullmatch(path)
    if gvk and match and post.get("x-kubernetes-action") == "post":
        kinds[gvk["group"], gvk["version"], gvk["kind"]] = {"namespaced": bool(match[1])}


def _compact(schema: Any) -> Any:
    """Drop the prose, and say `{"$ref": name}` for a reference however it was wrapped."""
    if isinstance(schema, list):
        return [_compact(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    compact: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            compact[key] = {name: _property(part) for name, part in value.items()}
        elif key == "$ref":
            compact[key] = value.removeprefix(_REF)
        elif key == "allOf" and len(value) == 1:
            compact.update(_compact(value[0]))
        elif key not in _DROPPED:
            compact[key] = _compact(value)
    return compact


def _property(schema: dict[str, Any]) -> dict[str, Any]:
    """Keep the default of a property if it tells something: a value other than Go's zero, or that it is a struct."""
    compact: dict[str, Any] = _compact(schema)
    default = schema.get("default")
    if default or default == {}:
        compact["default"] = default
    return compact


_FUNCTION: Final = re.compile(r"^func (schema_\w+)\(ref ")
_PROPERTY: Final = re.compile(r'^\t{5}"([^"]+)": \{$')
_ENUMERATION: Final = re.compile(r"^(\t+)Enum: +\[\]interface\{\}\{(.*)\},$")
_OWN: Final = 7  # tabs before what is said of a property itself; more for its items


def _add_enumerations(go: str, definitions: Mapping[str, dict[str, Any]]) -> None:
    by_function = {_function(name): name for name in definitions}
    definition: str | None = None
    name = ""
    for line in go.splitlines():
        if match := _FUNCTION.match(line):
            definition = by_function.get(match[1])
        elif match := _PROPERTY.match(line):
            name = match[1]
        elif definition and (match := _ENUMERATION.match(line)) and not is_open(definition, name):
            target = definitions[definition]["properties"][name]
            while len(match[1]) > _OWN and "type" in target and target["type"] != "string":
                target = target["items"] if target["type"] == "array" else target["additionalProperties"]
            target["enum"] = sorted(set(json.loads(f"[{match[2]}]")))


def _function(definition: str) -> str:
    """Name the Go function that describes a definition: the last four folders of its package, and its name."""
    path = definition.removeprefix("io.k8s.").replace("-", "")
    return "schema_" + "_".join(["k8sio", *path.split(".")][-5:])


def _closure(names: Iterable[str], definitions: Mapping[str, Any]) -> set[str]:
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(_references(definitions[name]))
    return seen


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):  # CustomResourceDefinitions have a property of that name
            yield schema["$ref"]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _set_required(definitions: dict[str, dict[str, Any]]) -> None:
    """Make `required` say what the server insists on.

    Fields that the description calls required and the server does not are taken out (`relaxed.py`). A struct that is
    absent is an empty one to the server, so what is required inside it makes the struct itself required; pointers,
    which may be absent, carry no default.
    """
    for name, schema in definitions.items():
        schema["required"] = sorted(set(schema.get("required", ())) - relaxed(name))
    settled = False
    while not settled:
        settled = True
        for schema in definitions.values():
            for key, value in schema.get("properties", {}).items():
                struct = value.get("default") == {} and definitions.get(value.get("$ref", ""), {}).get("required")
                if struct and key != "status" and key not in schema["required"]:
                    schema["required"] = sorted([*schema["required"], key])
                    settled = False
    for schema in definitions.values():
        if not schema["required"]:
            del schema["required"]


@dataclass
class Line:
    """One definition, as it is from one minor to another."""

    name: str
    schema: dict[str, Any]
    minors: list[int] = field(default_factory=list)


def definition_lines(minors: Iterable[Minor]) -> list[str]:
    """One JSON object a line, `{"name", "from", "to", "schema"}`; equal neighbours are one line."""
    lines: dict[str, list[Line]] = {}
    for release in minors:
        for name, schema in release.definitions.items():
            versions = lines.setdefault(name, [])
            if versions and versions[-1].schema == schema and versions[-1].minors[-1] == release.number - 1:
                versions[-1].minors.append(release.number)
            else:
                versions.append(Line(name, schema, [release.number]))
    return [
        _json({"name": name, "from": line.minors[0], "to": line.minors[-1], "schema": line.schema}, sort=False)
        for name in sorted(lines)
        for line in lines[name]
    ]


def kind_lines(minors: Iterable[Minor], lifecycles: Mapping[tuple[str, str, str], Mapping[str, Any]]) -> list[str]:
    """One JSON object a line for each group, version and kind, with its minors, scope, definition and end of life."""
    kinds: dict[tuple[str, str, str], dict[str, Any]] = {}
    for release in minors:
        for key, kind in release.kinds.items():
            entry = kinds.setdefault(key, {"from": release.number, **kind})
            entry["to"] = release.number
    for key, lifecycle in lifecycles.items():
        if key in kinds or "removed" in lifecycle:
            kinds.setdefault(key, {}).update(lifecycle)
    return [
        _json(
            {"group": group, "version": version, "kind": kind, **dict(sorted(kinds[group, version, kind].items()))},
            sort=False,
        )
        for group, version, kind in sorted(kinds)
    ]


def _json(value: Any, *, sort: bool) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=sort)


_GROUP: Final = re.compile(r'const GroupName = "([^"]*)"')
_LIFECYCLE: Final = re.compile(
    r"^func \(in \*(\w+)\) APILifecycle(Deprecated|Removed|Replacement)\(\).*\{\n\treturn (.*)$", re.MULTILINE
)
_NOTES: Final = ("/zz_generated.prerelease-lifecycle.go", "/lifecycle.go")
_GVK: Final = re.compile(r'Group: "([^"]*)", Version: "([^"]*)", Kind: "([^"]*)"')


def lifecycles(source: Archive) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Read when the APIs of one Go module became deprecated and removed, and what to use instead.

    The core group, which removes nothing, has its notes in a file that is written by hand.
    """
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    names = set(source.names)
    for path in sorted(name for name in names if name.endswith(_NOTES)):
        folder = path.rpartition("/")[0]
        registers = [f"{folder}/register.go", f"{folder.rpartition('/')[0]}/register.go"]
        group = next(
            match[1] for name in registers if name in names if (match := _GROUP.search(source.read(name).decode()))
        )
        for kind, aspect, value in _LIFECYCLE.findall(source.read(path).decode()):
            entry = found.setdefault((group, folder.rpartition("/")[2], kind), {})
            if aspect == "Replacement":
                match = _GVK.search(value)
                if match:
                    entry["replacement"] = list(match.groups())
            else:
                entry[aspect.lower()] = int(value.split(", ")[1])
    return {key: entry for key, entry in found.items() if not key[2].endswith("List")}
