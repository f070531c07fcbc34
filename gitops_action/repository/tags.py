"""Tags as Go reads them, which takes for one what is meant as text, such as `![image](address)`.

Upstream: `yaml_parser_scan_tag_uri` of go.yaml.in/yaml/v2 v2.4.3; yaml.v3 does the same. libyaml ends a tag at a comma or a bracket.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yaml import MappingNode, ScalarNode, SequenceNode, TagToken, YAMLError
from yaml._yaml import CParser
from yaml.scanner import ScannerError

from gitops_action.regex import regex
from gitops_action.repository.scalars import TAG_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.repository.compose import Node

_MARKS: Final = frozenset(",[]")
_TAG: Final = regex(r"![\w;/?:@&=+$,.!~*'()\[\]%-]*", re.ASCII)
_MAY_DIFFER: Final = regex(r"![\w;/?:@&=+$.!~*'()%-]*[,\[\]]", re.ASCII)
_WRITTEN: Final = regex(r"(?:&\S+\s+)?(!\S*)")
# Any character that both allow. A tag with it is known to nobody.
_STAND_IN: Final = "~"
_SHOWN: Final = 60
# A text is scanned again for each such tag: so much in all, after which it is left to libyaml to refuse it.
_MOST_SCANNED: Final = 2**22


def for_libyaml(text: str) -> str:
    """Return a text of the same length that libyaml reads as Go reads `text`, as far as tags go."""
    rest = _MOST_SCANNED
    while _MAY_DIFFER.search(text) and len(text) <= rest:
        rest -= len(text)
        start = _differing(text)
        if start is None:
            break
        end = _TAG.match(text, start).end()  # type: ignore[union-attr]  # a tag begins with `!`
        tag = "".join(_STAND_IN if character in _MARKS else character for character in text[start:end])
        text = text[:start] + tag + text[end:]
    return text


def _differing(text: str) -> int | None:
    """Return where the first tag begins that libyaml ends, or refuses, at one of the marks."""
    parser = CParser(text)
    try:
        while (token := parser.get_token()) is not None:
            if isinstance(token, TagToken) and text[token.end_mark.index : token.end_mark.index + 1] in _MARKS:
                return int(token.start_mark.index)
    except ScannerError as error:
        start, mark = error.context_mark, error.problem_mark
        if error.context == "while scanning a tag" and start and mark and text[mark.index : mark.index + 1] in _MARKS:
            return start.index
    except YAMLError:
        pass
    finally:
        parser.dispose()
    return None


def swallowing(root: Node) -> Iterator[Node]:
    """Yield each node whose tag, which Go leaves out, is probably text: it is all there is, or has a comma or a bracket."""
    seen: set[int] = set()
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.__class__ is SequenceNode:
            nodes += node.value
        elif node.__class__ is MappingNode:
            nodes += (part for pair in node.value for part in pair)
        tag = node.tag
        if isinstance(tag, str) and (_STAND_IN in tag or (_is_empty(node) and not tag.startswith(TAG_PREFIX))):
            yield node


def _is_empty(node: Node) -> bool:
    return node.__class__ is ScalarNode and not node.value and not node.style


def told(text: str, node: Node) -> str:
    """Return what a person has to know about such a node of a text."""
    match = _WRITTEN.match(text, node.start_mark.index)
    tag = match[1] if match else node.tag
    shown = f"{tag[:_SHOWN]}…" if len(tag) > _SHOWN else tag
    left = "the value is empty" if _is_empty(node) else "it is left out"
    return f"`{shown}` begins with `!`, so it is a tag and no text: {left}; quote the value if it is meant as text"
