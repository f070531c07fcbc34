"""YAML text to libyaml's nodes, one document at a time, so that a broken one hides no other.

A node's tag says how its scalar is to be read: True for a plain one, False for text (quoted or a block), else the explicit
tag in its long form. Nodes carry their place in the text.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import yaml
from yaml import MappingNode, ScalarNode, SequenceNode
from yaml._yaml import CParser
from yaml.composer import ComposerError

from gitops_action.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

Node: TypeAlias = Any  # ScalarNode | SequenceNode | MappingNode, whose `value` and `tag` the stubs type too narrowly

# What begins a line with `---` or `...` and then a blank is a document's start or end wherever it stands, so cutting there
# is safe. The line of an end belongs to what it ends.
_SEPARATOR: Final = re.compile(r"^(?:(---)|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_NEWLINE: Final = re.compile("\n")
_NEAR: Final = 4096
# To YAML a line also ends at these, and a comment with it: what follows could be content.
_REST: Final = r"[^\n\r\x85\u2028\u2029]*\r?\n"
COMMENT_LINE: Final = rf"[ \t]*(?:#{_REST}|\r?\n)"
DIRECTIVE_LINE: Final = rf"%{_REST}"
_ONLY_COMMENTS: Final = re.compile(f"(?:{COMMENT_LINE})*")
_ONLY_DIRECTIVES: Final = re.compile(f"(?:{COMMENT_LINE}|{DIRECTIVE_LINE})*")
# libyaml is safe to recurse with by far, and quick, below these; a level takes a bracket or, at most two, a column.
_SAFE_BRACKETS: Final = 500
_SAFE_COLUMN: Final = 400
_DEEP_LINE: Final = re.compile(rf"(?:^|[\r\x85\u2028\u2029])[ \t?:-]{{{_SAFE_COLUMN}}}", re.MULTILINE)
_NON_SPECIFIC_TAG: Final = re.compile(r"!(?=\s)")


class TooDeepError(Exception):
    """A value is nested deeper than allowed; `node` is where."""

    def __init__(self, node: Node) -> None:
        super().__init__("nested too deeply")
        self.node = node


class Part:
    """A piece of a file that holds one document, seldom more; `line` and `column` are where it begins."""

    __slots__ = ("_newlines", "column", "file", "line", "text")

    def __init__(self, file: str, text: str, line: int = 1, column: int = 1) -> None:
        self.file = file
        self.text = text
        self.line = line
        self.column = column
        self._newlines: list[int] | None = None

    def place(self, index: int) -> Location:
        """Return where the character at `index` of the text is. Lines end as editors and GitHub see them, at a newline."""
        if index < _NEAR:
            # Cheaper than to find all lines, as an object's own place is asked for most.
            newlines = self.text.count("\n", 0, index)
            return Location(self.file, self.line + newlines, self._column(index, newlines))
        if self._newlines is None:
            self._newlines = [match.start() for match in _NEWLINE.finditer(self.text)]
        before = bisect_left(self._newlines, index)
        return Location(self.file, self.line + before, self._column(index, before))

    def _column(self, index: int, newlines: int) -> int:
        return index - self.text.rfind("\n", 0, index) if newlines else self.column + index

    def piece(self, start: int, end: int) -> Part:
        """Return the part of this one between two indices."""
        place = self.place(start)
        return Part(self.file, self.text[start:end], place.line or 1, place.column or 1)


def split(text: str, file: str) -> Iterator[Part]:
    """Cut `text` where documents begin or end; a part without anything but comments is left out.

    A directive (`%TAG`) stays with the document that it precedes.
    """
    if "\n---" not in text and "\n..." not in text and not text.startswith("..."):
        # As most files are.
        yield from _part(file, text, 1)
        return
    start, line = 0, 1
    for match in _SEPARATOR.finditer(text):
        if match[1]:
            end = match.start()
            if end == start or ("%" in text[start:end] and _ONLY_DIRECTIVES.fullmatch(text, start, end)):
                continue
        else:
            newline = text.find("\n", match.end())
            end = len(text) if newline < 0 else newline + 1
            if _ONLY_COMMENTS.fullmatch(text, start, match.start()):
                # YAML lets an end be marked again; libyaml does not, when it is all there is.
                line += text.count("\n", start, end)
                start = end
                continue
        yield from _part(file, text[start:end], line)
        line += text.count("\n", start, end)
        start = end
    yield from _part(file, text[start:] if start else text, line)


def _part(file: str, text: str, line: int) -> Iterator[Part]:
    # A tab alone is an error in YAML, so it is no blank here.
    if text.strip(" \r\n") if text.isspace() else text:
        yield Part(file, text, line)


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
    text = part.text
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
