"""The tree of a compiled expression, read from its serialised form.

The form is `cel.expr.CheckedExpr`, https://github.com/google/cel-spec/blob/master/proto/cel/expr/checked.proto, in the
wire format of protocol buffers. Macros (`all`, `map`, …) have become comprehensions.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final, TypeAlias

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH: Final = 150


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; `size` is the length of a text, 1 for anything else."""

    size: int = 1
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Ident:
    """A variable or a type."""

    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.name`, or `has(operand.name)` with `test`."""

    operand: Node
    name: str
    test: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator; the target of a member function comes first."""

    function: str
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A list or map literal, its keys and values in `parts`."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """A comprehension: `init` is changed by `step` for each element of `over`, as long as `condition` holds."""

    names: tuple[str, ...]
    over: Node
    total: str
    init: Node
    condition: Node
    step: Node
    result: Node


Node: TypeAlias = Literal | Ident | Select | Call | Aggregate | Loop


@dataclass
class _Fields:
    """The fields of one message, by number; texts and messages as bytes."""

    values: dict[int, list[int | bytes]] = field(default_factory=dict)

    def message(self, number: int) -> bytes:
        value = self.values.get(number, [b""])[-1]
        return value if isinstance(value, bytes) else b""

    def all(self, number: int) -> list[bytes]:
        return [value for value in self.values.get(number, ()) if isinstance(value, bytes)]

    def text(self, number: int) -> str:
        return self.message(number).decode()

    def flag(self, number: int) -> bool:
        return bool(self.values.get(number, [0])[-1])


def parse(serialized: bytes) -> Node:
    """Return the tree of a serialised expression. Raises ValueError for what is none, or too deep."""
    checked = _fields(_fields(serialized).message(2))  # inside a google.protobuf.Any
    return _expression(checked.message(4), 0)


def walk(node: Node) -> Iterator[Node]:
    """Return the node and all below it."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        match node:
            case Select():
                todo.append(node.operand)
            case Call() | Aggregate():
                todo += node.parts
            case Loop():
                todo += (node.over, node.init, node.condition, node.step, node.result)


def _expression(data: bytes, depth: int) -> Node:  # noqa: PLR0911 - one return a form
    if depth > _DEPTH:
        raise ValueError("the expression is nested too deeply")
    depth += 1
    message = _fields(data)
    for number in message.values:
        if number == 3:  # noqa: PLR2004 - the numbers are those of the format
            return _literal(_fields(message.message(3)))
        if number == 4:  # noqa: PLR2004
            return Ident(_fields(message.message(4)).text(1))
        inner = _fields(message.message(number)) if number in {5, 6, 7, 8, 9} else _Fields()
        match number:
            case 5:
                return Select(_expression(inner.message(1), depth), inner.text(2), inner.flag(3))
            case 6:
                target = [inner.message(1)] if 1 in inner.values else []
                parts = tuple(_expression(part, depth) for part in (*target, *inner.all(3)))
                return Call(inner.text(2), parts)
            case 7:
                return Aggregate(tuple(_expression(part, depth) for part in inner.all(1)))
            case 8:
                entries = [_fields(entry) for entry in inner.all(2)]
                written = [part for entry in entries for number in (3, 4) for part in entry.all(number)]
                return Aggregate(tuple(_expression(part, depth) for part in written))
            case 9:
                names = tuple(name for name in (inner.text(1), inner.text(8)) if name)
                over, init, condition, step, result = (
                    _expression(inner.message(part), depth) for part in (2, 4, 5, 6, 7)
                )
                return Loop(names, over, inner.text(3), init, condition, step, result)
            case _:
                continue
    return Literal()


def _literal(constant: _Fields) -> Literal:
    if 6 in constant.values:  # noqa: PLR2004 - a string
        text = constant.text(6)
        return Literal(len(text), text)
    return Literal(max(1, len(constant.message(7))))


def _fields(data: bytes) -> _Fields:
    fields = _Fields()
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        value: int | bytes
        match tag & 7:
            case 0:
                value, at = _varint(data, at)
            case 1:
                value, at = data[at : at + 8], at + 8
            case 2:
                length, at = _varint(data, at)
                value, at = data[at : at + length], at + length
            case 5:
                value, at = data[at : at + 4], at + 4
            case _:
                raise ValueError("not the serialised form of an expression")
        fields.values.setdefault(tag >> 3, []).append(value)
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return result, at
        shift += 7
    raise ValueError("not the serialised form of an expression")
