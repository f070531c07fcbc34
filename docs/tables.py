"""Markdown tables, and JSON schemas as such tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a schema: `path` such as `changes[].resource.kind`; `depth` is 0 at the top level."""

    path: str
    depth: int
    schema: Schema
    required: bool

    @property
    def section(self) -> str:
        """The top-level field that this one is, or is part of."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, one line per row, ending in a newline."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(_cell(text) for text in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    # GitHub takes a bar for the end of a cell even inside of code.
    return " ".join(text.split()).replace("|", "\\|")


def plain(text: str) -> str:
    """Return text that is not Markdown, but for `code`, so that it reads the same in Markdown."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([*_<>\\])", r"\\\1", part) for part in parts)


def schema_tables(schema: Schema, title: str, *, settings: bool) -> str:
    """Return a JSON schema as tables: one of its top level, then one for each field that has fields of its own.

    `settings`: people write such a file, so what is required is marked, and a setting below that has the name of one
    at the top stands in for it. Otherwise a program writes it, and what may be absent is marked.
    """
    rows = list(_rows(schema, schema, "", 0))
    top = {row.path for row in rows if row.depth == 0}
    parts = []
    for name in ("", *(row.path for row in rows if row.depth == 0)):
        chosen = [row for row in rows if (row.section == name and row.depth > 0 if name else row.depth == 0)]
        if chosen:
            lines = [(f"`{row.path}`", _value(row.schema), _meaning(row, top, settings=settings)) for row in chosen]
            parts.append(f"## {f'`{name}`' if name else title}\n\n{table(('Name', 'Value', 'Meaning'), lines)}")
    return "\n".join(parts)


def _rows(schema: Schema, root: Schema, path: str, depth: int) -> Iterator[Row]:
    """Yield the fields of an object's schema, each followed by its own; lists and maps are gone through."""
    required = set(schema.get("required", ()))
    for name, found in schema.get("properties", {}).items():
        field = _resolved(found, root)
        here = f"{path}.{name}" if path else name
        yield Row(here, depth, field, name in required)
        yield from _below(field, root, here, depth + 1)


def _below(schema: Schema, root: Schema, path: str, depth: int) -> Iterator[Row]:
    for choice in (schema, *(_resolved(option, root) for option in schema.get("anyOf", ()))):
        yield from _rows(choice, root, path, depth)
        if isinstance(choice.get("items"), Mapping):
            yield from _below(_resolved(choice["items"], root), root, f"{path}[]", depth)
        if isinstance(choice.get("additionalProperties"), Mapping):
            yield from _below(_resolved(choice["additionalProperties"], root), root, f"{path}.NAME", depth)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow a `$ref` within the schema; what stands beside it counts more. The schemas have no recursive ones."""
    if "$ref" not in schema:
        return _items_resolved(schema, root)
    found: Any = root
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return _items_resolved({**_resolved(found, root), **beside}, root)


def _items_resolved(schema: Schema, root: Schema) -> Schema:
    """Resolve what a value's own text needs: what a list holds, and what it may be instead."""
    resolved = dict(schema)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            resolved[key] = _resolved(schema[key], root)
    if "anyOf" in schema:
        resolved["anyOf"] = [_resolved(option, root) for option in schema["anyOf"]]
    return resolved


def _meaning(row: Row, top: Collection[str], *, settings: bool) -> str:
    name = row.path.rpartition(".")[2]
    parts = [plain(str(row.schema.get("description", "")))]
    if settings and row.required:
        parts.append("Required.")
    elif not settings and not row.required:
        parts.append("May be absent.")
    elif settings and row.depth and name in top:
        parts.append(f"Default: the top level's `{name}`.")
    elif "default" in row.schema:
        parts.append(f"Default: {_default(row.schema['default'])}.")
    return " ".join(parts)


def _default(value: Any) -> str:
    listed = value if isinstance(value, list) else [value]
    return ", ".join(f"`{str(item).lower() if isinstance(item, bool) else item}`" for item in listed)


def _value(schema: Schema) -> str:
    """Return what a field may hold, in a few words."""
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_value(option) for option in schema["anyOf"])
    kinds = schema.get("type", "any")
    return " or ".join(_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _kind(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list of {_value(schema['items'])}" if _is_plain(schema.get("items")) else "list"
    if kind in {"integer", "number"}:
        low, high = schema.get("minimum"), schema.get("maximum")
        if high is not None:
            return f"{kind}, {low} to {high}"
        return f"{kind} ≥ {low}" if low is not None else kind
    if kind == "object" and _is_plain(schema.get("additionalProperties")):
        return f"mapping to {_value(schema['additionalProperties'])}"
    return {"string": "text", "object": "mapping", "any": "anything"}.get(kind, kind)


def _is_plain(items: object) -> bool:
    return isinstance(items, Mapping) and items.get("type") != "object" and ("type" in items or "enum" in items)
