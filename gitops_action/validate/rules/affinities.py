"""Affinity to nodes and to other Pods, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import selectors, values
from gitops_action.validate.rules.forms import DNS_LABEL, LABEL_VALUE, QUALIFIED_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_LABEL_KEYS_SINCE: Final = 31
_NODE_LABEL_VALUES_SINCE: Final = 32
_HIGHEST_WEIGHT: Final = 100


def affinity(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateAffinity, pkg/apis/core/validation/validation.go."""
    if nodes := value.get("nodeAffinity"):
        _node_affinity(check, nodes, (*at, "nodeAffinity"))
    for field in ("podAffinity", "podAntiAffinity"):
        part = value.get(field) or {}
        for index, term in enumerate(part.get(_REQUIRED) or ()):
            _affinity_term(check, context, term or {}, (*at, field, _REQUIRED, index))
        for index, weighted in enumerate(part.get(_PREFERRED) or ()):
            at_item = (*at, field, _PREFERRED, index)
            _weight(check, weighted, at_item)
            _affinity_term(check, context, (weighted or {}).get("podAffinityTerm") or {}, (*at_item, "podAffinityTerm"))


def _weight(check: Check, weighted: Mapping[str, Any] | None, at: Pointer) -> None:
    values.within(check, (weighted or {}).get("weight"), (*at, "weight"), 1, _HIGHEST_WEIGHT)


def _node_affinity(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateNodeAffinity, pkg/apis/core/validation/validation.go."""
    if (required := value.get(_REQUIRED)) is not None:
        node_selector_terms(check, required, (*at, _REQUIRED))
    for index, weighted in enumerate(value.get(_PREFERRED) or ()):
        at_item = (*at, _PREFERRED, index)
        _weight(check, weighted, at_item)
        node_selector_term(check, (weighted or {}).get("preference") or {}, (*at_item, "preference"), strict=False)


def node_selector_terms(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateNodeSelector, pkg/apis/core/validation/validation.go."""
    at_terms = (*at, "nodeSelectorTerms")
    terms = value.get("nodeSelectorTerms")
    if not terms:
        check.required(at_terms, "and not empty")
    strict = check.minor >= _NODE_LABEL_VALUES_SINCE
    for index, term in enumerate(terms or ()):
        node_selector_term(check, term or {}, (*at_terms, index), strict=strict)


def node_selector_term(check: Check, value: Mapping[str, Any], at: Pointer, *, strict: bool) -> None:
    """Follow ValidateNodeSelectorTerm, pkg/apis/core/validation/validation.go; `strict`: the values are label values."""
    for index, item in enumerate(value.get("matchExpressions") or ()):
        _node_expression(check, item or {}, (*at, "matchExpressions", index), strict=strict)
    for index, item in enumerate(value.get("matchFields") or ()):
        _node_field(check, item or {}, (*at, "matchFields", index))


def _node_expression(check: Check, value: Mapping[str, Any], at: Pointer, *, strict: bool) -> None:
    """Follow ValidateNodeSelectorRequirement, pkg/apis/core/validation/validation.go."""
    texts = value.get("values") or ()
    operator = value.get("operator")
    if operator in {"In", "NotIn"}:
        if not texts:
            check.required((*at, "values"), f"when operator is {operator}")
    elif operator in {"Exists", "DoesNotExist"}:
        if texts:
            # A list says more of what was meant than a word.
            check.invalid("invalid-value", (*at, "operator"), operator, "In or NotIn where there are values")
    elif operator in {"Gt", "Lt"} and len(texts) != 1:
        values.wrong(check, (*at, "values"), f"must be a list of one value when operator is {operator}")
    values.label_key(check, value.get("key"), (*at, "key"))
    for index, text in enumerate(texts if strict else ()):
        if text and not LABEL_VALUE.fits(text):
            check.form((*at, "values", index), text, LABEL_VALUE, "invalid-label")


def _node_field(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateNodeFieldSelectorRequirement, pkg/apis/core/validation/validation.go."""
    texts = value.get("values") or ()
    operator = value.get("operator")
    if operator in {"In", "NotIn"}:
        if len(texts) != 1:
            values.wrong(check, (*at, "values"), f"must be a list of one value when operator is {operator}")
    elif operator:
        check.invalid("invalid-value", (*at, "operator"), operator, "In or NotIn for a field")
    key = value.get("key")
    if key == "metadata.name":
        for index, text in enumerate(texts):
            values.named(check, text or "", (*at, "values", index))
    elif key is not None:
        check.invalid("invalid-value", (*at, "key"), key, "metadata.name")


def _affinity_term(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validatePodAffinityTerm, pkg/apis/core/validation/validation.go."""
    for field in ("labelSelector", "namespaceSelector"):
        if selector := value.get(field):
            selectors.label_selector(check, selector, (*at, field))
    for index, namespace in enumerate(value.get("namespaces") or ()):
        values.named(check, namespace or "", (*at, "namespaces", index), DNS_LABEL)
    if check.minor >= _LABEL_KEYS_SINCE:
        label_keys(check, context, value, at)
    values.named(check, value.get("topologyKey"), (*at, "topologyKey"), QUALIFIED_NAME)


def label_keys(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateMatchLabelKeysAndMismatchLabelKeys, pkg/apis/core/validation/validation.go.

    The server adds what the keys stand for to the selector of a Pod, not of a template, before it validates it: see
    applyLabelKeysToLabelSelector in pkg/registry/core/pod/strategy.go.
    """
    matching, others = value.get("matchLabelKeys") or (), value.get("mismatchLabelKeys") or ()
    if not matching and not others:
        return
    selector = value.get("labelSelector")
    for field, keys in (("matchLabelKeys", matching), ("mismatchLabelKeys", others)):
        if keys and selector is None:
            check.forbidden((*at, field), "without labelSelector")
        for index, key in enumerate(keys):
            values.label_key(check, key or "", (*at, field, index))
    if selector is None:
        return
    seen, clashing = _selected_keys(selector)
    labels = context.metadata.get("labels") or {}
    for index, key in enumerate(matching):
        merged = context.is_pod and key in labels and key in seen
        if key in clashing or merged:
            repeated(check, (*at, "matchLabelKeys", index), "labelSelector")
        elif key in others:
            repeated(check, (*at, "matchLabelKeys", index), "mismatchLabelKeys")


def _selected_keys(selector: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Return the keys of a selector, and those that its expressions repeat."""
    seen: set[str] = set(selector.get("matchLabels") or ())
    clashing: set[str] = set()
    for item in selector.get("matchExpressions") or ():
        key = (item or {}).get("key") or ""
        if key in seen:
            clashing.add(key)
        seen.add(key)
    return seen, clashing


def repeated(check: Check, at: Pointer, other: str) -> None:
    """Note that a label key is there in another field as well."""
    values.wrong(check, at, f"is a key that {other} has as well", "duplicate-item")
