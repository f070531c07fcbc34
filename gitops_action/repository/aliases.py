"""What a document's aliases stand for, counted before anything is written out."""

from __future__ import annotations

from yaml import ScalarNode, SequenceNode

from gitops_action.repository.compose import Node, TooDeepError


class SelfReferenceError(Exception):
    """An anchor's value contains an alias of itself; `node` is the value."""

    def __init__(self, node: Node) -> None:
        super().__init__("contains itself")
        self.node = node


def expansion(root: Node, max_depth: int) -> tuple[int, int]:
    """Return how many nodes there are with each alias written out, and how many are written.

    Takes time by the nodes that are written. Raises SelfReferenceError, TooDeepError.
    """
    sizes: dict[int, int] = {}
    return _expanded(root, max_depth, sizes), len(sizes)


def _expanded(node: Node, depth: int, sizes: dict[int, int]) -> int:
    known = sizes.get(id(node))
    if known == 0:
        raise SelfReferenceError(node)
    if known:
        return known
    if node.__class__ is ScalarNode:
        sizes[id(node)] = 1
        return 1
    if depth == 0:
        raise TooDeepError(node)
    sizes[id(node)] = 0
    if node.__class__ is SequenceNode:
        total = 1 + sum(_expanded(child, depth - 1, sizes) for child in node.value)
    else:
        total = 1 + sum(_expanded(child, depth - 1, sizes) for pair in node.value for child in pair)
    sizes[id(node)] = total
    return total
