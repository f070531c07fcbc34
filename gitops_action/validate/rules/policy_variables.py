"""The variables of admission policies: each expression knows those that are declared before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import cel_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_USE: Final = regex(r"(?<![\w.`])variables\s*\.\s*([A-Za-z_]\w*)")
# A variable of a macro may have the same name.
_HIDDEN: Final = regex(r"\(\s*variables\s*,|,\s*variables\s*,")
_TEXTS: Final = (
    ("validations", ("expression", "messageExpression")),
    ("auditAnnotations", ("valueExpression",)),
    ("mutations", ("applyConfiguration", "jsonPatch")),
)


def undeclared(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow the compositionEnv of validating and mutating policies (CompositedCompiler, apiserver pkg/admission/plugin/cel)."""
    variables = spec.get("variables", ())
    written = None if variables is None else [(variable or {}).get("name") for variable in variables]
    if written is None or None in written:
        # Null may stand for something that did not fit.
        return
    names = [str(name) for name in written]
    for index, condition in enumerate(spec.get("matchConditions") or ()):
        for name in _used((condition or {}).get("expression")):
            _unknown(check, name, (*at, "matchConditions", index, "expression"))
    for index, variable in enumerate(variables):
        for name in _used((variable or {}).get("expression")) - {*names[:index]}:
            _unknown(check, name, (*at, "variables", index, "expression"))
    uses = [(place, name) for place, text in _expressions(spec, at) for name in sorted(_used(text))]
    missing = [(place, name) for place, name in uses if name not in names]
    if not missing:
        return
    place = _declared_as(spec, names, uses, [name for _, name in missing])
    if place:
        check.unknown_reference((*at, *place), missing[0][1], "variable that is declared")
        return
    for place, name in missing:
        _unknown(check, name, place)


def _declared_as(
    spec: Mapping[str, Any], names: Sequence[str], uses: Sequence[tuple[Pointer, str]], missing: Sequence[str]
) -> Pointer:
    """Return what is wrong where all expressions miss the same variable: that none is declared, or one that none uses."""
    if len({*missing}) > 1 or len(missing) < 2:  # noqa: PLR2004 - one expression may be wrong itself
        return ()
    if not names:
        return ("variables",) if "variables" in spec else ()
    used = {name for _, name in uses}
    unused = [index for index, name in enumerate(names) if name not in used]
    return ("variables", unused[0], "name") if len(unused) == 1 else ()


def _unknown(check: Check, name: str, at: Pointer) -> None:
    check.unknown_reference(at, name, "variable that is declared before")


def _expressions(spec: Mapping[str, Any], at: Pointer) -> Iterator[tuple[Pointer, Any]]:
    for field, parts in _TEXTS:
        for index, item in enumerate(spec.get(field) or ()):
            for part in parts if item else ():
                text, place = item.get(part), (*at, field, index, part)
                yield (*place, "expression") if isinstance(text, dict) else place, text


def _used(text: Any) -> set[str]:
    if isinstance(text, dict):
        text = text.get("expression")
    if not isinstance(text, str) or "variables" not in text:
        return set()
    text = cel_texts.without_literals(text)
    return set() if _HIDDEN.search(text) else {*_USE.findall(text)}
