"""libyaml's nodes to JSON values as Kubernetes' Go YAML gives them, with whatever is wrong on the way.

Upstream for merges and keys: go.yaml.in/yaml/v2 v2.4.3 `decode.go`, sigs.k8s.io/yaml v1.6.0 `yaml.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yaml import MappingNode, ScalarNode, SequenceNode

from gitops_action.records import dataclass
from gitops_action.repository.compose import Node, TooDeepError
from gitops_action.repository.memory import KEYS, REFUSED, VALUES
from gitops_action.repository.scalars import (
    MERGE_KEY,
    TAG_PREFIX,
    ScalarError,
    json_key,
    json_value,
    resolve,
    resolve_tagged,
)

if TYPE_CHECKING:
    from gitops_action.model import JSONValue

_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one node. `earlier` is the first of two equal keys."""

    code: str
    node: Node
    message: str
    earlier: Node | None = None


class Problems(dict[tuple[int, str], Problem]):
    """What is wrong in one document, each node and code once: a value that has aliases is read several times."""

    def note(self, code: str, node: Node, message: str, earlier: Node | None = None) -> None:
        """Remember a problem of `node`."""
        self.setdefault((id(node), code), Problem(code, node, message, earlier))


def convert(node: Node, depth: int, problems: Problems) -> JSONValue:
    """Return the value of `node`, at most `depth` levels deep, noting in `problems` what is wrong with it.

    Raises TooDeepError. An alias is written out each time: bound it with `expansion` first.
    """
    if node.__class__ is ScalarNode:
        return _scalar(node, problems)
    return _collection(node, depth, problems)


def _collection(node: Node, depth: int, problems: Problems) -> JSONValue:
    return (_sequence if node.__class__ is SequenceNode else _mapping)(node, depth, problems)


# These two loops are most of the time of a big check: they read scalars in place.


def _sequence(node: Node, depth: int, problems: Problems) -> list[JSONValue]:
    if depth == 0:
        raise TooDeepError(node)
    items: list[JSONValue] = []
    for child in node.value:
        if child.tag is True:
            value = VALUES[child.value]
            if value is REFUSED:
                value = _scalar(child, problems)
        elif child.__class__ is ScalarNode:
            value = _scalar(child, problems)
        else:
            value = _collection(child, depth - 1, problems)
        items.append(value)
    return items


def _mapping(node: Node, depth: int, problems: Problems) -> dict[str, JSONValue]:
    if depth == 0:
        raise TooDeepError(node)
    result: dict[str, JSONValue] = {}
    for key_node, child in node.value:
        key = KEYS[key_node.value] if key_node.tag is True else _key(key_node)
        if key is None:
            return _unusual_mapping(node, depth, problems)
        if child.tag is True:
            value = VALUES[child.value]
            if value is REFUSED:
                value = _scalar(child, problems)
        elif child.__class__ is ScalarNode:
            value = _scalar(child, problems)
        else:
            value = _collection(child, depth - 1, problems)
        result[key] = value
    if len(result) != len(node.value):
        _note_duplicates(node, problems)
    return result


def _unusual_mapping(node: Node, depth: int, problems: Problems) -> dict[str, JSONValue]:
    """Convert a mapping with merges or with keys that cannot be: in the order of Go, where the last one wins."""
    result: dict[str, JSONValue] = {}
    written: dict[str, Node] = {}
    _note_duplicates(node, problems)
    for key_node, child in node.value:
        if is_merge(key_node):
            mappings = merged_mappings(child)
            if mappings is None:
                problems.note("yaml-merge", child, "`<<` needs a mapping, or a list of mappings, to merge")
                continue
            for mapping in reversed(mappings):
                value = _mapping(mapping, depth - 1, problems)
                _note_overridden(key_node, value, result, written, problems)
                result.update(value)
            continue
        key = _key(key_node)
        if key is None:
            problems.note("yaml-key", key_node, _why_no_key(key_node))
            continue
        result[key] = convert(child, depth - 1, problems)
        written[key] = key_node
    return result


def is_merge(node: Node) -> bool:
    """Whether a key is `<<`, plain or tagged as a merge. To Go a lone `!` makes it a plain one."""
    merges = node.tag is True or node.tag in ("!", f"{TAG_PREFIX}merge")
    return merges and node.value == MERGE_KEY and node.__class__ is ScalarNode


def merged_mappings(value: Node) -> list[Node] | None:
    """Return the mappings that a `<<` merges, the strongest first; None if one of them is no mapping."""
    candidates: list[Node] = value.value if value.__class__ is SequenceNode else [value]
    return candidates if all(candidate.__class__ is MappingNode for candidate in candidates) else None


def _key(node: Node) -> str | None:
    """Return the JSON key that a key's node stands for; None where it merges, or cannot be a key."""
    if node.tag is True:
        return KEYS[node.value]
    if not _is_scalar(node) or is_merge(node):
        return None
    if node.tag is False:
        return str(node.value)
    try:
        return json_key(resolve_tagged(node.tag, node.value))
    except ScalarError:
        return None


def _is_scalar(node: Node) -> bool:
    return node.__class__ is ScalarNode


def _why_no_key(node: Node) -> str:
    if not _is_scalar(node):
        kind = "mapping" if node.__class__ is MappingNode else "list"
        return f"a {kind} stands where a key has to be; text in double braces, as templates have it, needs quotes"
    try:
        json_key(resolve(node.value) if node.tag is True else resolve_tagged(node.tag, node.value))
    except ScalarError as error:
        return f"the key {_quoted(node.value)} {error}"
    raise AssertionError(node)


def _scalar(node: Node, problems: Problems) -> JSONValue:
    if node.tag is False:
        return str(node.value)
    try:
        return json_value(resolve(node.value) if node.tag is True else resolve_tagged(node.tag, node.value))
    except ScalarError as error:
        problems.note("yaml-value", node, f"the value {_quoted(node.value)} {error}")
        return None


def _quoted(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return f"`{line[:_SHOWN]}…`" if len(line) > _SHOWN or line != text.strip() else f"`{line}`"


def _note_duplicates(node: Node, problems: Problems) -> None:
    first: dict[str, Node] = {}
    for key_node, _ in node.value:
        key = _key(key_node)
        if key is None:
            continue
        earlier = first.setdefault(key, key_node)
        if earlier is not key_node:
            problems.note("yaml-duplicate-key", key_node, key, earlier)


def _note_overridden(
    merge: Node,
    merged: dict[str, JSONValue],
    result: dict[str, JSONValue],
    written: dict[str, Node],
    problems: Problems,
) -> None:
    """Note keys that stand above a `<<` and differ in it: Go's YAML lets the merge win, others let the key win."""
    for key in merged.keys() & written.keys():
        if merged[key] != result[key]:
            problems.note("yaml-merge-order", merge, key, written[key])


def find(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    """Return the key's and the value's node one `step` into `node`, through merges as `convert` reads them."""
    if isinstance(step, int):
        inside = node.__class__ is SequenceNode and 0 <= step < len(node.value)
        return (None, node.value[step]) if inside else None
    found: tuple[Node | None, Node] | None = None
    for key_node, child in node.value if node.__class__ is MappingNode else ():
        if is_merge(key_node):
            merged = (find(mapping, step) for mapping in merged_mappings(child) or ())
            found = next((entry for entry in merged if entry), found)
        elif _key(key_node) == step:
            found = (key_node, child)
    return found
