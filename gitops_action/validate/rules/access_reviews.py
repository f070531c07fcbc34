"""Questions about who may do what, as pkg/apis/authorization/validation/validation.go judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.alternatives import excess
from gitops_action.validate.rules.forms import LABEL_VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_WITH_VALUES: Final = ("In", "NotIn")
_WITHOUT: Final = ("Exists", "DoesNotExist")
# What WipeObjectMetaSystemFields of apiserver's pkg/registry/rest clears before, and what the server fills in.
_CLEARED: Final = frozenset(
    {
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "uid",
        "selfLink",
        "namespace",
        "managedFields",
    }
)


def review(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateSubjectAccessReview."""
    spec = value.get("spec") or {}
    if not spec.get("user") and not spec.get("groups"):
        check.required((*at, "spec", "user"), "unless groups is set")
    own_review(check, value, at)


def own_review(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateSelfSubjectAccessReview."""
    _attributes(check, value, at)
    _no_metadata(check, value, at)


def local_review(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateLocalSubjectAccessReview. Without a namespace it is created in that of the request."""
    review(check, value, at)
    spec, namespace = value.get("spec") or {}, (value.get("metadata") or {}).get("namespace")
    if spec.get("nonResourceAttributes") is not None and spec.get("resourceAttributes") is None:
        check.forbidden((*at, "spec", "nonResourceAttributes"), "in a LocalSubjectAccessReview")
    asked = spec.get("resourceAttributes")
    if asked is None:
        return
    named, place = asked.get("namespace"), (*at, "spec", "resourceAttributes", "namespace")
    if not named:
        check.required(place)
    elif namespace and named != namespace:
        check.invalid("invalid-value", place, named, "the same as metadata.namespace")


def _attributes(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateSubjectAccessReviewSpec and validateResourceAttributes."""
    spec, at = value.get("spec") or {}, (*at, "spec")
    asked, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if asked is not None and path is not None:
        field = excess(spec, "resourceAttributes", "nonResourceAttributes")
        check.forbidden((*at, field), "beside the other of resourceAttributes and nonResourceAttributes")
    elif asked is None and path is None:
        check.required((*at, "resourceAttributes"), "unless nonResourceAttributes is set")
    for field in ("fieldSelector", "labelSelector"):
        selector, place = (asked or {}).get(field), (*at, "resourceAttributes", field)
        if selector is None:
            continue
        raw, requirements = selector.get("rawSelector"), selector.get("requirements")
        if raw and requirements:
            check.forbidden((*place, excess(selector, "rawSelector", "requirements")), "beside the other of the two")
        elif not raw and not requirements:
            check.required((*place, "requirements"), "and not empty, unless rawSelector is set")
        for index, requirement in enumerate(requirements or ()):
            _requirement(check, requirement or {}, (*place, "requirements", index), labels=field == "labelSelector")


def _requirement(check: Check, value: Mapping[str, Any], at: Pointer, *, labels: bool) -> None:
    """Follow ValidateFieldSelectorRequirement and ValidateLabelSelectorRequirement: unknown operators are good here."""
    operator, texts = value.get("operator"), value.get("values") or ()
    if operator in _WITH_VALUES and not texts:
        check.required((*at, "values"), f"with operator {operator}")
    elif operator in _WITHOUT and texts:
        check.invalid("invalid-value", (*at, "operator"), operator, "In or NotIn where there are values")
    if not labels:
        values.filled(check, value, at, "key")
        return
    values.label_key(check, value.get("key") or "", (*at, "key"))
    for index, text in enumerate(texts):
        check.form((*at, "values", index), text or "", LABEL_VALUE, "invalid-label")


def _no_metadata(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    for field, part in (value.get("metadata") or {}).items():
        if field not in _CLEARED and part:
            check.forbidden((*at, "metadata", field), "in a question to the server")
