"""Admission policies and their bindings, as pkg/apis/admissionregistration/validation/validation.go judges them.

Of their expressions only the form is looked at, in `expression` of admission_rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import policy_variables, values
from gitops_action.validate.rules.admission_rules import (
    ADMISSION_ROOTS,
    can_be_one,
    expression,
    match_conditions,
    match_resources,
)
from gitops_action.validate.rules.alternatives import excess
from gitops_action.validate.rules.forms import DNS_1035_LABEL, DNS_SUBDOMAIN, PATH_SEGMENT, QUALIFIED_NAME
from gitops_action.validate.rules.selectors import label_selector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_REASONS: Final = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_MUTATING: Final = frozenset({"*", "CREATE", "UPDATE", "CONNECT"})
_NOT_FOUND: Final = ("Allow", "Deny")
_PATCHES: Final = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}
_KEY: Final = "at most 63 letters, digits, `-`, `_` and `.`, the first and the last a letter or digit"
_MOST_ANNOTATIONS: Final = 20
_LONGEST_ANNOTATION: Final = 5 * 1024
# The variables of expressions, see apiserver's pkg/admission/plugin/cel/compile.go.
_ROOTS: Final = ADMISSION_ROOTS | {"params", "variables"}
_PATCH_ROOTS: Final = _ROOTS | {"Object", "JSONPatch"}
_IDENTIFIER: Final = regex(r"[_a-zA-Z][_a-zA-Z0-9]*")
_RESERVED: Final = frozenset(
    {
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"),
        *("let", "loop", "package", "namespace", "return", "var", "void", "while"),
    }
)


def validating_policy(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateValidatingAdmissionPolicySpec."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    _common(check, spec, at, _ROOTS)
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        check.required((*at, "validations"), "and not empty, unless auditAnnotations is set")
    for index, validation in enumerate(spec.get("validations") or ()):
        if validation:
            _validation(check, validation, (*at, "validations", index))
    _audit_annotations(check, value, spec, (*at, "auditAnnotations"))


def _common(check: Check, spec: Mapping[str, Any], at: Pointer, roots: frozenset[str]) -> None:
    """Check what validating and mutating policies have in common."""
    values.not_empty(check, spec.get("failurePolicy"), (*at, "failurePolicy"))
    kind = spec.get("paramKind")
    if kind is not None:
        _param_kind(check, kind, (*at, "paramKind"))
    constraints = spec.get("matchConstraints")
    at_constraints = (*at, "matchConstraints")
    if constraints is None:
        check.required(at_constraints)
    else:
        match_resources(check, constraints, at_constraints)
        if not constraints.get("resourceRules"):
            check.required((*at_constraints, "resourceRules"), "and not empty")
    match_conditions(check, spec.get("matchConditions"), (*at, "matchConditions"), _ROOTS)
    policy_variables.undeclared(check, spec, at)
    for index, variable in enumerate(spec.get("variables") or ()):
        if not variable:
            continue
        name = variable.get("name")
        if name is not None and not name.strip():
            check.required((*at, "variables", index, "name"))
        elif name is not None and (name in _RESERVED or not _IDENTIFIER.fullmatch(name)):
            check.invalid("invalid-name", (*at, "variables", index, "name"), name, "an identifier of CEL")
        expression(check, variable, (*at, "variables", index), "expression", roots)


def _param_kind(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateParamKind."""
    version, at_version = value.get("apiVersion") or "", (*at, "apiVersion")
    group, _, name = version.rpartition("/")
    if not version:
        check.required(at_version)
    elif (group and not DNS_SUBDOMAIN.fits(group)) or not DNS_1035_LABEL.fits(name):
        check.invalid("invalid-format", at_version, version, "VERSION or GROUP/VERSION")
    kind = value.get("kind") or ""
    if not kind:
        check.required((*at, "kind"))
    elif not DNS_1035_LABEL.fits(kind.lower()):
        check.invalid("invalid-name", (*at, "kind"), kind, "the name of a kind")


def _validation(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateValidation."""
    expression(check, value, at, "expression", _ROOTS)
    message, text = value.get("message") or "", value.get("messageExpression") or ""
    if text and not text.strip():
        check.required((*at, "messageExpression"), "and not blank, if it is set")
    elif text:
        can_be_one(check, text, (*at, "messageExpression"), _ROOTS)
    if message and not message.strip():
        check.required((*at, "message"), "and not blank, if it is set")
    elif "\n" in message.strip() or "\r" in message.strip():
        values.wrong(check, (*at, "message"), "may not have line breaks", "invalid-format")
    values.one_of(check, value.get("reason"), (*at, "reason"), _REASONS)


def _audit_annotations(check: Check, value: Mapping[str, Any], spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateAuditAnnotation."""
    annotations = spec.get("auditAnnotations") or ()
    if len(annotations) > _MOST_ANNOTATIONS:
        values.wrong(check, at, f"may have at most {_MOST_ANNOTATIONS} items", "limit-exceeded")
    policy = (value.get("metadata") or {}).get("name")
    keys: set[str] = set()
    for index, annotation in enumerate(annotations):
        if not annotation:
            continue
        key = annotation.get("key")
        if key is not None and policy and not QUALIFIED_NAME.fits(f"{policy}/{key}"):
            check.invalid("invalid-name", (*at, index, "key"), key, _KEY)
        if key in keys:
            check.duplicate((*at, index, "key"), key)
        keys.add(key)
        expression(check, annotation, (*at, index), "valueExpression", _ROOTS)
        if len((annotation.get("valueExpression") or "").strip().encode()) > _LONGEST_ANNOTATION:
            what = f"may have at most {_LONGEST_ANNOTATION} bytes"
            values.wrong(check, (*at, index, "valueExpression"), what, "limit-exceeded")


def mutating_policy(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateMutatingAdmissionPolicySpec and validateMutation."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    _common(check, spec, at, _PATCH_ROOTS)
    _mutating_rules(check, spec.get("matchConstraints") or {}, (*at, "matchConstraints"))
    if not spec.get("mutations"):
        check.required((*at, "mutations"), "and not empty")
    for index, mutation in enumerate(spec.get("mutations") or ()):
        patch = (mutation or {}).get("patchType")
        if patch == "":
            check.required((*at, "mutations", index, "patchType"))
        for kind, field in _PATCHES.items() if patch else ():
            part = mutation.get(field)
            if kind == patch and part is None:
                check.required((*at, "mutations", index, field), f"with patchType {patch}")
            elif kind != patch and part is not None:
                check.forbidden((*at, "mutations", index, field), f"with patchType {patch}")
            elif part is not None:
                expression(
                    check,
                    {"expression": part.get("expression") or ""},
                    (*at, "mutations", index, field),
                    "expression",
                    _PATCH_ROOTS,
                )
    if not spec.get("reinvocationPolicy"):
        check.required((*at, "reinvocationPolicy"))


def _mutating_rules(check: Check, resources: Mapping[str, Any], at: Pointer) -> None:
    for index, rule in enumerate(resources.get("resourceRules") or ()):
        for number, operation in enumerate((rule or {}).get("operations") or ()):
            if operation and operation not in _MUTATING:
                at_operation = (*at, "resourceRules", index, "operations", number)
                check.invalid("invalid-enum", at_operation, operation, f"one of {', '.join(sorted(_MUTATING))}")


def binding(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateValidatingAdmissionPolicyBindingSpec, and the same for mutating policies."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    values.named(check, spec.get("policyName") or "", (*at, "policyName"))
    parameters = spec.get("paramRef")
    if parameters is not None:
        _param_ref(check, parameters, (*at, "paramRef"))
    if resources := spec.get("matchResources"):
        match_resources(check, resources, (*at, "matchResources"))


def validating_binding(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateValidatingAdmissionPolicyBindingSpec and validateValidationActions."""
    binding(check, value, at)
    actions = (value.get("spec") or {}).get("validationActions")
    at_actions = (*at, "spec", "validationActions")
    if not actions:
        check.required(at_actions, "and not empty")
        return
    for index, action in enumerate(actions):
        if action and action in actions[:index]:
            check.duplicate((*at_actions, index), action)
        values.not_empty(check, action or "", (*at_actions, index))
    if "Deny" in actions and "Warn" in actions:
        last = max(actions.index("Deny"), actions.index("Warn"))
        check.forbidden((*at_actions, last), "beside the other of Deny and Warn")


def mutating_binding(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateMutatingAdmissionPolicyBindingSpec."""
    binding(check, value, at)
    resources = (value.get("spec") or {}).get("matchResources") or {}
    _mutating_rules(check, resources, (*at, "spec", "matchResources"))


def _param_ref(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateParamRef."""
    name, selector = value.get("name"), value.get("selector")
    if name and selector is not None:
        check.forbidden((*at, excess(value, "name", "selector")), "beside the other of name and selector")
    elif not name and selector is None:
        check.required((*at, "name"), "unless selector is set")
    if name:
        check.form((*at, "name"), name, PATH_SEGMENT, "invalid-name")
    label_selector(check, selector, (*at, "selector"))
    action = value.get("parameterNotFoundAction")
    if not action:
        check.required((*at, "parameterNotFoundAction"))
    else:
        values.one_of(check, action, (*at, "parameterNotFoundAction"), _NOT_FOUND)
