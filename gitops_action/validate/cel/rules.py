"""The rules of one schema: which there are, where they hold, and what they say of a resource.

Follows Validator, https://github.com/kubernetes/apiextensions-apiserver/blob/master/pkg/apiserver/schema/cel/validation.go,
for an object that is created: rules that compare with the old state do not apply.
"""

from __future__ import annotations

import math
import time
from dataclasses import field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.validate.cel import syntax
from gitops_action.validate.cel.cost import LIMIT, cost
from gitops_action.validate.cel.environment import EvaluationError, Program, bind
from gitops_action.validate.cel.faults import refined
from gitops_action.validate.cel.values import measure
from gitops_action.validate.problems import Problem, path_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.cel.values import Convert

_LONGEST_MESSAGE: Final = 300
# Creating the variables and asking for the value.
_CALL: Final = 300
# What all rules of one object may cost: bounds are far above what is spent as a rule.
_MOST: Final = 20 * LIMIT
# Seconds of computing that rules may take in one process. Only hostile ones need more.
_MOST_SECONDS: Final = 60.0
# The server adds so many letters to `generateName`.
_GENERATED: Final = 5
_SPACES: Final = regex(r"\s+")


@dataclass
class Rule:
    """One compiled rule, `at` a place in the schema.

    `fault` is the pointer, relative to the value, of what is wrong if it does not hold.
    """

    at: Pointer
    program: Program
    message: str
    wording: Program | None = None
    fault: Pointer = ()
    _costs: dict[tuple[int, int], float] = field(default_factory=dict)

    def cost(self, size: float, widest: float) -> float:
        """Return what an evaluation costs at most, in units; computed once for sizes of about the same magnitude."""
        key = (math.frexp(size)[1], math.frexp(widest)[1])
        if key not in self._costs:
            try:
                trees = [tree for tree in (self._tree, self._wording_tree) if tree is not None]
                self._costs[key] = sum(cost(tree, 2.0 ** key[0], 2.0 ** key[1]) for tree in trees)
            except (RuntimeError, ValueError):
                self._costs[key] = math.inf
        return self._costs[key]

    @cached_property
    def adds(self) -> bool:
        """Whether lists may be added, but for those that macros such as `filter` make."""
        return any(
            not any(isinstance(term, syntax.Literal) or _is_result(term) for term in part.parts)
            for part in syntax.walk(self._tree)
            if isinstance(part, syntax.Call) and part.function == "_+_"
        )

    @cached_property
    def _tree(self) -> syntax.Node:
        return syntax.parse(self.program.serialized())

    @cached_property
    def _wording_tree(self) -> syntax.Node | None:
        return None if self.wording is None else syntax.parse(self.wording.serialized())


@dataclass
class Node:
    """The rules of one node of a schema, and the nodes below that have some.

    `type` is that of `self`, `convert` makes it of the value, `orders` do so with unordered lists in other orders.
    """

    rules: list[Rule] = field(default_factory=list)
    type: str = "dyn"
    convert: Convert | None = None
    orders: list[Convert | None] = field(default_factory=list)
    items: Node | None = None
    fields: dict[str, Node] = field(default_factory=dict)
    values: Node | None = None

    def __bool__(self) -> bool:
        return bool(self.rules or self.items or self.fields or self.values)


@dataclass
class Rules:
    """The rules of one schema.

    `unchecked` says why rules were left out, by their places in the schema; what comes up in judging is added. Without
    `status` an object has none when it is created.
    """

    root: Node
    unchecked: dict[Pointer, str] = field(default_factory=dict)
    status: bool = True
    seconds: float = 0

    def judge(self, value: Mapping[str, Any], unfit: Sequence[Pointer] = ()) -> list[Problem]:
        """Return what the rules say of a resource, but for those about values that are, hold or are held by `unfit` ones."""
        if not self.root:
            return []
        if self.seconds > _MOST_SECONDS:
            self.unchecked.setdefault((), "they take too long")
            return []
        started = time.process_time()
        run = _Run(self.unchecked, unfit)
        run.judge(self.root, self._created(value), ())
        self.seconds += time.process_time() - started
        return run.problems

    def _created(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the resource as the server has it before it judges: with a name."""
        created = {name: part for name, part in value.items() if name != "status" or self.status}
        metadata = created.get("metadata")
        if isinstance(metadata, dict) and not metadata.get("name") and isinstance(metadata.get("generateName"), str):
            created["metadata"] = {**metadata, "name": metadata["generateName"] + "x" * _GENERATED}
        return created


@dataclass
class _Run:
    """One pass over one resource."""

    unchecked: dict[Pointer, str]
    unfit: Sequence[Pointer]
    problems: list[Problem] = field(default_factory=list)
    spent: float = 0

    def judge(self, node: Node, value: Any, at: Pointer) -> None:
        if value is None:
            return
        if node.rules and not any(pointer[: len(at)] == at[: len(pointer)] for pointer in self.unfit):
            self._rules(node, value, at)
        for inner, part, key in _below(node, value):
            self.judge(inner, part, (*at, key))

    def _rules(self, node: Node, value: Any, at: Pointer) -> None:
        try:
            size, widest = measure(value)
            variables = _bound(value, node, node.convert)
        except (EvaluationError, ValueError, OverflowError, RecursionError) as error:
            self._skip(node.rules, f"a value cannot be given to it: {error}")
            return
        self.spent += size
        for rule in node.rules:
            price = rule.cost(size, widest) + _CALL
            if price > LIMIT or self.spent + price > _MOST:
                self._skip([rule], "it would take too long")
                continue
            self.spent += price
            broken = self._rule(rule, variables, at)
            if broken and node.orders and _may_hold(rule, node, value):
                self._skip([rule], "it compares or adds lists whose order means nothing")
            else:
                self.problems += [refined(problem, at, value, partial(_holds, rule, node)) for problem in broken]

    def _rule(self, rule: Rule, variables: Any, at: Pointer) -> list[Problem]:
        try:
            holds = rule.program.evaluate(variables)
        except EvaluationError as error:
            if error.certain:
                return [_broken(at, f"{rule.message} (the rule has no value: {one_line(str(error))})")]
            self._skip([rule], str(error))
            return []
        if holds is False:
            return [_broken((*at, *rule.fault), _wording(rule, variables))]
        if holds is not True:
            self._skip([rule], "it is no condition")
        return []

    def _skip(self, rules: Sequence[Rule], reason: str) -> None:
        for rule in rules:
            self.unchecked.setdefault(rule.at, one_line(reason))


def _bound(value: Any, node: Node, convert: Convert | None) -> Any:
    return bind(value if convert is None else convert(value), node.type)


def _broken(at: Pointer, message: str) -> Problem:
    where = path_text(at)
    return Problem("rule-violated", at, f"{where}: {message}" if where else message)


def _is_result(term: syntax.Node) -> bool:
    return isinstance(term, syntax.Ident) and term.name.startswith("@")


def _may_hold(rule: Rule, node: Node, value: Any) -> bool:
    """Whether a broken rule may hold on the server, where some lists are equal in any order and `+` merges them."""
    if rule.adds:
        return True
    try:
        return any(rule.program.evaluate(_bound(value, node, convert)) is True for convert in node.orders)
    except EvaluationError:
        return False


def _holds(rule: Rule, node: Node, value: Any) -> bool:
    try:
        return rule.program.evaluate(_bound(value, node, node.convert)) is True
    except (EvaluationError, ValueError, OverflowError, RecursionError):
        return False


def _below(node: Node, value: Any) -> Iterator[tuple[Node, Any, str | int]]:
    if isinstance(value, list):
        if node.items is not None:
            for index, item in enumerate(value):
                yield node.items, item, index
    elif isinstance(value, dict):
        if node.values is not None:
            for key, part in value.items():
                yield node.values, part, key
        for key, inner in node.fields.items():
            if key in value:
                yield inner, value[key], key


def _wording(rule: Rule, variables: Any) -> str:
    """Return the message; one that is computed counts only if it is a line of text."""
    if rule.wording is not None:
        try:
            text = rule.wording.evaluate(variables)
        except EvaluationError:
            return rule.message
        if isinstance(text, str) and text.strip() and "\n" not in text.strip():
            return one_line(text)
    return rule.message


def one_line(text: str) -> str:
    """Return a text on one line, and cut if it is long."""
    line = "".join(char if char.isprintable() else "?" for char in _SPACES.sub(" ", text).strip())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"
