"""YAML text to libyaml's nodes, one document at a time.

A node's tag says how its scalar is to be read: True for a plain one, False for text (quoted or a block), else the explicit
tag in its long form. Nodes carry their place in the text.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import yaml
from yaml import MappingNode, ScalarNode, SequenceNode
from yaml._yaml import CParser
from yaml.composer import ComposerError

from gitops_action.regex import regex
from gitops_action.repository.tags import for_libyaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.repository.parts import Part

Node: TypeAlias = Any  # ScalarNode | SequenceNode | MappingNode, whose `value` and `tag` the stubs type too narrowly

# libyaml is safe to recurse with by far, and quick, below these; a level takes a bracket or, at most two, a column.
_SAFE_BRACKETS: Final = 500
_SAFE_COLUMN: Final = 400
_DEEP_LINE: Final = regex(rf"(?:^|[\r\x85\u2028\u2029])[ \t?:-]{{{_SAFE_COLUMN}}}", re.MULTILINE)
_NON_SPECIFIC_TAG: Final = regex(r"!(?=\s)")


class TooDeepError(Exception):
    """A value is nested deeper than allowed; `node` is where."""

    def __init__(self, node: Node) -> None:
        super().__init__("nested too deeply")
        self.node = node


class _Loader(CParser):
    """libyaml's composer without PyYAML's resolver: the two hooks of each node cost as little as they can."""

    descend_resolver = staticmethod(operator.is_)
    ascend_resolver = staticmethod(tuple)

    def resolve(self, kind: type[Node], value: str | None, implicit: Any) -> bool:  # noqa: ARG002 - as it is called
        return kind is ScalarNode and implicit[0]


def compose(part: Part, max_depth: int) -> Iterator[Node]:
    """Yield the root of each document of `part`.

    Raises yaml.YAMLError where the text is no YAML, TooDeepError where its nesting is far beyond `max_depth`: deep trees
    that pass here have to be counted while they are walked.
    """
    text = for_libyaml(part.text)
    if _is_unusual(text):
        yield from _compose_events(text, max_depth)
        return
    loader = _Loader(text)
    done = 0
    try:
        while loader.check_node():
            yield loader.get_node()
            done += 1
    except ComposerError as error:
        # YAML lets an anchor be set again, PyYAML does not.
        if not (error.context or "").startswith("found duplicate anchor"):
            raise
    else:
        return
    for number, root in enumerate(_compose_events(text, max_depth)):
        if number >= done:
            yield root


def _is_unusual(text: str) -> bool:
    """Whether the C composer could overflow its stack, or would not tell a lone `!` from no tag."""
    if text.count("[") + text.count("{") > _SAFE_BRACKETS:
        return True
    if "!" in text and _NON_SPECIFIC_TAG.search(text):
        return True
    return len(text) > _SAFE_COLUMN and max(map(len, text.split("\n"))) > _SAFE_COLUMN and bool(_DEEP_LINE.search(text))


def _compose_events(text: str, max_depth: int) -> Iterator[Node]:
    """Compose without recursion, from events: slower, but it knows the depth and takes an anchor that is set again."""
    loader = _Loader(text)
    anchors: dict[str, Node] = {}
    open_nodes: list[tuple[Node, list[Node]]] = []
    root: Node = None
    while (event := loader.get_event()) is not None:
        if isinstance(event, yaml.DocumentStartEvent):
            anchors, root = {}, None
            continue
        if isinstance(event, yaml.DocumentEndEvent):
            yield root
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            node, children = open_nodes.pop()
            node.end_mark = event.end_mark
            if isinstance(node, MappingNode):
                node.value = list(zip(children[::2], children[1::2], strict=True))
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        node = _node(event, anchors)
        if open_nodes:
            open_nodes[-1][1].append(node)
        else:
            root = node
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((node, node.value))
            if len(open_nodes) > max_depth:
                raise TooDeepError(node)


def _node(event: Any, anchors: dict[str, Node]) -> Node:
    kind = event.__class__
    if kind is yaml.AliasEvent:
        if event.anchor not in anchors:
            raise ComposerError(None, None, "found undefined alias", event.start_mark)
        return anchors[event.anchor]
    node: Node
    if kind is yaml.ScalarEvent:
        node = ScalarNode(event.tag or event.implicit[0], event.value, event.start_mark, event.end_mark, event.style)
    else:
        make: Any = MappingNode if kind is yaml.MappingStartEvent else SequenceNode
        node = make(event.tag or False, [], event.start_mark, None, event.flow_style)
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node
