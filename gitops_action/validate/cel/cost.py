"""Bounds what the evaluation of an expression can cost, before it is done: the evaluator cannot be stopped.

The server bounds it too, https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints. Sizes and costs are in
units: one value, or 16 characters of text; a unit of cost is about 50 ns, or 16 bytes of memory. Every estimate is an
upper bound. A size is linear in the sizes of the loops' variables, so that a walk over the items of a list costs as much
as the list is large, and not as many times as it has items.
"""

from __future__ import annotations

import math
from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.validate.cel.syntax import Aggregate, Call, Ident, Literal, Loop, Select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.validate.cel.syntax import Node

TEXT_UNIT: Final = 16
# What one evaluation of a rule may cost; about half a second.
LIMIT: Final = 10_000_000
_NODE: Final = 3
# The evaluator gives up after this many steps of all loops together.
_ITERATIONS: Final = 10_000
# What gives a value of the size 1, whatever its parts are.
_CONSTANT: Final = frozenset(
    {
        "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_&&_", "_||_", "!_", "-_", "_-_", "_*_", "_/_", "_%_", "in", "@in",
        "size", "int", "uint", "double", "bool", "duration", "timestamp", "type", "matches", "contains", "startsWith",
        "endsWith", "hasValue", "indexOf", "lastIndexOf", "isSorted", "@not_strictly_false",
    }
)  # fmt: skip
# What makes more out of its parts than their sum.
_UNBOUNDED: Final = frozenset({"lists.range"})
_MULTIPLYING: Final = frozenset({"replace", "join", "format", "sets.contains", "sets.equivalent", "sets.intersects"})
_PATHS: Final = frozenset({"_[_]", "_?._", "_[?_]", "orValue", "value", "or", "optional.of", "optional.ofNonZeroValue"})
_PATTERNS: Final = frozenset({"matches", "find", "findAll", "regex.extract", "regex.extractAll", "regex.replace"})
_LISTING: Final = frozenset({"findAll", "regex.extractAll"})
# Each character may be found on its own, which costs about 5 µs.
_FOUND: Final = 100 * TEXT_UNIT
_REPEATED: Final = regex(r"\{\d")

Size = dict[int, float]
"""Coefficients of the loops' variables by their level, of 1 at -1, and of `self` at 0."""


@dataclass
class _Level:
    """One loop: at most `steps` steps, over a collection of the size `over`."""

    steps: float
    over: Size


@dataclass
class Estimate:
    """The cost of one expression for a value of `size` units, whose largest list or map has `widest` entries."""

    size: float
    widest: float
    total: float = 0
    _levels: list[_Level] = field(default_factory=list)

    def number(self, size: Size) -> float:
        """Return a size as a number: what a loop's variable can be at most is what it loops over."""
        return math.fsum(
            factor * (1 if level < 0 else self.size if level == 0 else self.number(self._levels[level - 1].over))
            for level, factor in size.items()
        )

    def visit(self, node: Node, scope: Mapping[str, Size], depth: int) -> Size:
        """Add the cost of a node, and return the size of its value. `depth` loops are around it."""
        self._spend({-1: _NODE}, depth)
        match node:
            case Literal():
                return {-1: 1 + node.size / TEXT_UNIT}
            case Ident():
                return scope.get(node.name, {-1: 1})
            case Select():
                operand = self.visit(node.operand, scope, depth)
                return {-1: 1} if node.test else operand
            case Aggregate():
                return _sum({-1: 1.0 + len(node.parts)}, *(self.visit(part, scope, depth) for part in node.parts))
            case Call():
                return self._call(node, scope, depth)
            case Loop():
                return self._loop(node, scope, depth)

    def _call(self, node: Call, scope: Mapping[str, Size], depth: int) -> Size:
        parts = [self.visit(part, scope, depth) for part in node.parts]
        name = node.function
        if name in _UNBOUNDED:
            self.total = math.inf
        elif name in _MULTIPLYING:
            product = math.prod(1 + TEXT_UNIT * self.number(part) for part in parts[:3])
            self._spend({-1: product / TEXT_UNIT}, depth)
            return {-1: product / TEXT_UNIT}
        elif name in _PATTERNS:
            found = _FOUND if name in _LISTING else 0
            self._spend(_times(_sum(*parts[:1]), 2 + found + self._pattern(node, parts)), depth)
        elif name not in _PATHS and name != "_?_:_":
            self._spend(_times(_sum(*parts), 2), depth)
        return {-1: 1} if name in _CONSTANT else _sum({-1: 1}, *parts, *parts[:1])

    def _pattern(self, node: Call, parts: list[Size]) -> float:
        """Return what each character of a text costs; a repetition makes a pattern as large as its count says."""
        if len(parts) < 2:  # noqa: PLR2004 - text and pattern
            return 1
        pattern = node.parts[1]
        if isinstance(pattern, Literal) and not _REPEATED.search(pattern.text or ""):
            return self.number(parts[1])
        return 100 * (1 + self.number(parts[1]))

    def _loop(self, node: Loop, scope: Mapping[str, Size], depth: int) -> Size:
        over = self.visit(node.over, scope, depth)
        init = self.visit(node.init, scope, depth)
        steps = min(self.number(over), self.widest if _is_path(node.over) else math.inf, _ITERATIONS)
        del self._levels[depth:]
        self._levels.append(_Level(steps, over))
        level = depth + 1
        inner = {**scope, **{name: {level: 1.0} for name in node.names}, node.total: {-1: 0.0}}
        self.visit(node.condition, inner, level)
        step = self.visit(node.step, inner, level)
        result = _sum(init, self._summed(step, level))
        if isinstance(node.init, Aggregate):
            # Each step copies the list that it adds to.
            self._spend({-1: min(self.number(result), 2 * steps)}, level)
        return self.visit(node.result, {**scope, node.total: result}, depth)

    def _summed(self, size: Size, depth: int) -> Size:
        """Return the sum of what has this size in each step of the innermost loop."""
        loop = self._levels[depth - 1]
        others = {level: factor * loop.steps for level, factor in size.items() if level != depth}
        return _sum(others, _times(loop.over, size.get(depth, 0)))

    def _spend(self, size: Size, depth: int) -> None:
        most = self.number(size) * _ITERATIONS if depth else math.inf
        for level in range(depth, 0, -1):
            size = self._summed(size, level)
        self.total += min(most, self.number(size))


def cost(node: Node, size: float, widest: float) -> float:
    """Return the most that an evaluation can cost, in units; infinite if there is no bound."""
    estimate = Estimate(size, widest)
    estimate.visit(node, {"self": {0: 1.0}, "oldSelf": {0: 1.0}}, 0)
    return estimate.total


def _is_path(node: Node) -> bool:
    """Whether the value is a part of `self`, or of a loop's variable."""
    while True:
        match node:
            case Ident():
                return not node.name.startswith("@")
            case Select():
                node = node.operand
            case Call() if node.function in {"_[_]", "_?._", "_[?_]"}:
                node = node.parts[0]
            case _:
                return False


def _sum(*sizes: Size) -> Size:
    total: Size = {}
    for size in sizes:
        for level, factor in size.items():
            total[level] = total.get(level, 0) + factor
    return total


def _times(size: Size, factor: float) -> Size:
    return {level: factor * value for level, value in size.items()}
