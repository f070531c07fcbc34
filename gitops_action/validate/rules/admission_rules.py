"""What webhooks and admission policies have in common: which requests they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import cel_texts, values
from gitops_action.validate.rules.forms import PATH_SEGMENT, QUALIFIED_NAME
from gitops_action.validate.rules.selectors import label_selector

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

# The variables of every expression, see mustBuildEnvs of apiserver's pkg/admission/plugin/cel/compile.go.
ADMISSION_ROOTS: Final = frozenset({"object", "oldObject", "request", "namespaceObject", "authorizer"})
_ANY: Final = "*"
_EVERYTHING: Final = "*/*"
_MOST_CONDITIONS: Final = 64


def match_resources(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateMatchResources, pkg/apis/admissionregistration/validation/validation.go."""
    values.not_empty(check, value.get("matchPolicy"), (*at, "matchPolicy"))
    for field in ("namespaceSelector", "objectSelector"):
        if selector := value.get(field):
            label_selector(check, selector, (*at, field))
    for field in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(value.get(field) or ()):
            at_rule = (*at, field, index)
            rule_with_operations(check, rule or {}, at_rule)
            names = (rule or {}).get("resourceNames") or ()
            for number, name in enumerate(names):
                check.form((*at_rule, "resourceNames", number), name, PATH_SEGMENT, "invalid-name")
                if name in names[:number]:
                    check.duplicate((*at_rule, "resourceNames", number), name)


def rule_with_operations(check: Check, rule: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateRuleWithOperations and validateRule, pkg/apis/admissionregistration/validation/validation.go."""
    for field in ("operations", "apiGroups", "apiVersions", "resources"):
        texts = rule.get(field)
        if not texts:
            check.required((*at, field), "and not empty")
            continue
        if field == "resources":
            _resources(check, texts, (*at, field))
            continue
        if len(texts) > 1 and _ANY in texts:
            check.forbidden((*at, field, texts.index(_ANY)), "beside others")
        for index, text in enumerate(texts if field != "apiGroups" else ()):
            if not text:
                check.required((*at, field, index))
    if rule.get("scope") == "":
        values.not_empty(check, "", (*at, "scope"))


def _resources(check: Check, resources: Sequence[str | None], at: Pointer) -> None:
    """Follow validateResources, pkg/apis/admissionregistration/validation/validation.go."""
    of_any: set[str] = set()
    with_any: set[str] = set()
    # As on the server, the last resource without a subresource tells.
    whole = False
    for index, resource in enumerate(resources):
        if not resource:
            check.required((*at, index))
            continue
        name, slash, part = resource.partition("/")
        if not slash:
            whole = resource != _ANY
            continue
        if name in with_any or part in of_any:
            other = f"{name}/*" if name in with_any else f"*/{part}"
            check.invalid("invalid-value", (*at, index), resource, f"left out beside {other}")
        if part == _ANY:
            with_any.add(name)
        if name == _ANY:
            of_any.add(part)
    if len(resources) > 1 and _EVERYTHING in resources:
        check.forbidden((*at, resources.index(_EVERYTHING)), "beside others")
    if _ANY in resources and whole:
        check.forbidden((*at, resources.index(_ANY)), "beside other resources")


def match_conditions(check: Check, conditions: Sequence[Any] | None, at: Pointer, roots: Collection[str]) -> None:
    """Follow validateMatchConditions."""
    if not conditions:
        return
    if len(conditions) > _MOST_CONDITIONS:
        values.wrong(check, at, f"may have at most {_MOST_CONDITIONS} conditions", "limit-exceeded")
    names: set[str] = set()
    for index, condition in enumerate(conditions):
        if not condition:
            continue
        name = condition.get("name")
        if not (name and QUALIFIED_NAME.fits(name)):
            values.named(check, name, (*at, index, "name"), QUALIFIED_NAME)
        elif name in names:
            check.duplicate((*at, index, "name"), name)
        names.add(name)
        expression(check, condition, (*at, index), "expression", roots)


def expression(check: Check, value: Mapping[str, Any], at: Pointer, field: str, roots: Collection[str]) -> None:
    """Check that an expression is there, and can be one about the variables `roots`."""
    text = value.get(field)
    if text is not None and not text.strip():
        check.required((*at, field))
    elif text:
        can_be_one(check, text, (*at, field), roots)


def can_be_one(check: Check, text: str, at: Pointer, roots: Collection[str]) -> None:
    """Check a text that must be an expression of CEL, as far as can be told without compiling it."""
    if why := cel_texts.fault(text, roots):
        values.wrong(check, at, f"is no expression of CEL: {why}", "invalid-format")
