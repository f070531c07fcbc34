"""Compiles the rules of a schema, `x-kubernetes-validations`.

Follows https://github.com/kubernetes/apiextensions-apiserver/blob/master/pkg/apiserver/schema/cel/compilation.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.validate.cel import syntax
from gitops_action.validate.cel.environment import CompileError, NotInstalledError, Program, compile_rule
from gitops_action.validate.cel.rules import Node, Rule, Rules, one_line
from gitops_action.validate.cel.values import converter, has_unordered, root_converter, time_fields, time_type
from gitops_action.validate.rules.field_paths import field_path
from gitops_action.validate.structural import RULES

if TYPE_CHECKING:
    from gitops_action.model import Pointer

# optionalOldSelf is served by default from this minor on.
_OPTIONAL_SINCE: Final = 30
_MOST_RULES: Final = 5_000
_DEPTH: Final = 200
_OLD: Final = regex(r"\boldSelf\b")


def compile_rules(schema: Mapping[str, Any], minor: int, *, status: bool = True) -> Rules:
    """Compile the rules of a structural schema. `minor` is the target release: 36 for Kubernetes 1.36.

    Without `status` objects have none when they are created. A part that is no schema has no rules.
    """
    compiler = _Compiler(minor)
    if not status:
        fields = _mapping(schema.get("properties"))
        schema = {**schema, "properties": {name: part for name, part in fields.items() if name != "status"}}
    try:
        return Rules(compiler.node(schema, ()) or Node(), compiler.unchecked, status=status)
    except NotInstalledError:
        return Rules(Node(), {(): "there is no CEL library for this platform"})


@dataclass
class _Compiler:
    minor: int
    unchecked: dict[Pointer, str] = field(default_factory=dict)
    count: int = 0

    def node(self, schema: Any, at: Pointer) -> Node | None:
        """Compile what is said of one value; branches (`allOf` and the like) may not have rules."""
        if not isinstance(schema, Mapping) or len(at) > _DEPTH:
            return None
        node = Node()
        written = schema.get(RULES) or ()
        if not isinstance(written, list | tuple):
            self.unchecked[*at, RULES] = "it is no list of rules"
            return None
        for index, part in enumerate(written):
            rule = self._rule(part, schema, (*at, RULES, index))
            if rule is not None:
                node.rules.append(rule)
        if node.rules:
            node.type = time_type(schema) or "dyn"
            node.convert = root_converter(schema)
            if has_unordered(schema):
                node.orders = [converter(schema, backwards=way) for way in (False, True)]
        node.items = self.node(schema.get("items"), (*at, "items"))
        for name, part in _mapping(schema.get("properties")).items():
            inner = self.node(part, (*at, "properties", name))
            if inner:
                node.fields[name] = inner
        values = "additionalProperties"
        node.values = self.node(schema.get(values), (*at, values))
        return node or None

    def _rule(self, written: Any, schema: Mapping[str, Any], at: Pointer) -> Rule | None:
        source = _mapping(written).get("rule")
        self.count += 1
        if self.count > _MOST_RULES:
            self.unchecked.setdefault(at[:-2], "the schema has too many rules")
        elif not isinstance(source, str):
            self.unchecked[at] = "its rule is no text"
        elif any(not name or re.search(rf"\b{re.escape(name)}\b", source) for name in time_fields(schema)):
            self.unchecked[at] = "it is about times or durations that are parts of a value"
        elif source.strip():
            try:
                return self._compiled(source, written, schema, at)
            except (CompileError, RuntimeError, ValueError) as error:
                self.unchecked[at] = one_line(str(error))
        return None

    def _compiled(self, source: str, written: Mapping[str, Any], schema: Mapping[str, Any], at: Pointer) -> Rule | None:
        """Return the rule, None if it holds for changes only: here is what would be created."""
        optional = written.get("optionalOldSelf") is True
        kind = time_type(schema) or "dyn"
        program = compile_rule(source, kind, optional_old=optional)
        if _compares(program, source) and (not optional or self.minor < _OPTIONAL_SINCE):
            return None
        path = written.get("fieldPath")
        fault = field_path(path, schema) if isinstance(path, str) else None
        return Rule(at, program, _message(written), _wording(written, kind), fault.parts if fault else ())


def _compares(program: Program, source: str) -> bool:
    """Whether the rule is about the old state, too."""
    if not _OLD.search(source):
        return False
    tree = syntax.parse(program.serialized())
    return any(isinstance(node, syntax.Ident) and node.name == "oldSelf" for node in syntax.walk(tree))


def _wording(written: Mapping[str, Any], kind: str) -> Program | None:
    source = written.get("messageExpression")
    if not isinstance(source, str) or not source.strip():
        return None
    try:
        return compile_rule(source, kind)
    except CompileError:
        return None  # `message` says it


def _message(written: Mapping[str, Any]) -> str:
    message = written.get("message")
    return one_line(message) if isinstance(message, str) and message else f"failed rule: {one_line(written['rule'])}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
