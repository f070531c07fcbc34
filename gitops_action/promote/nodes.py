"""YAML text as a tree of nodes that know their place: aliases too, which composers resolve away."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml._yaml import CParser

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.tags import for_libyaml

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROPERTIES: Final = regex(r"(?:[&!][^\s,\[\]{}]*[ \t]*(?:\r?\n[ \t]*)?)*")


@dataclass(slots=True)
class Node:
    """One node. `start` and `end` are indices of its text, `body` where it begins behind an anchor or a tag.

    Of a mapping, `items` are keys and values in turn. A block collection ends where its last item does.
    """

    kind: str
    start: int
    end: int
    body: int
    style: str = ""
    value: str = ""
    anchor: str = ""
    flow: bool = False
    items: list[Node] = field(default_factory=list)

    @property
    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """The keys and values of a mapping."""
        return zip(self.items[::2], self.items[1::2], strict=True)


def parse(text: str) -> list[Node]:
    """Return the root of each document of a text. Raises yaml.YAMLError where it is no YAML."""
    text = for_libyaml(text)
    parser: Any = CParser(text)
    roots: list[Node] = []
    opened: list[Node] = []
    while (event := parser.get_event()) is not None:
        if isinstance(event, yaml.CollectionEndEvent):
            node = opened.pop()
            if node.flow:
                node.end = _index(event.end_mark)
            else:
                node.end = max((item.end for item in node.items), default=node.start)
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        node = _node(event, text)
        (opened[-1].items if opened else roots).append(node)
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append(node)
    return roots


def _index(mark: Any) -> int:
    return int(mark.index)


def _node(event: Any, text: str) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    anchor = event.anchor or ""
    if isinstance(event, yaml.AliasEvent):
        return Node("alias", start, end, start, value=anchor)
    found = _PROPERTIES.match(text, start)
    body = found.end() if found and (anchor or getattr(event, "tag", None)) else start
    if isinstance(event, yaml.ScalarEvent):
        style = event.style or ""
        if style in {"|", ">"}:
            # It ends behind the line ends that belong to nobody.
            end = start + len(text[start:end].rstrip())
        return Node("scalar", start, end, min(body, end), style, event.value, anchor)
    kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
    return Node(kind, start, end, body, anchor=anchor, flow=bool(event.flow_style))
