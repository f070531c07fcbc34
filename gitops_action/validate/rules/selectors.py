"""Label selectors: what they may look like, and what they match.

Follows https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/validation/validation.go and
https://github.com/kubernetes/apimachinery/blob/master/pkg/labels/selector.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules.forms import LABEL_VALUE, QUALIFIED_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")
_WITH_VALUES: Final = frozenset({"In", "NotIn"})


def label_selector(check: Check, selector: Mapping[str, Any] | None, at: Pointer) -> bool:
    """Check a LabelSelector and return whether it is good; an absent or empty one is (ValidateLabelSelector)."""
    if not selector:
        return True
    before = len(check.problems)
    if matched := selector.get("matchLabels"):
        labels(check, matched, (*at, "matchLabels"))
    for index, requirement in enumerate(selector.get("matchExpressions") or ()):
        if requirement is not None:
            _requirement(check, requirement, (*at, "matchExpressions", index))
    return len(check.problems) == before


def labels(check: Check, written: Mapping[str, Any] | None, at: Pointer) -> None:
    """Check a map of labels (ValidateLabels)."""
    for key, value in (written or {}).items():
        if not QUALIFIED_NAME.fits(key):
            check.form((*at, key), key, QUALIFIED_NAME, "invalid-label", key=True)
        if value and not LABEL_VALUE.fits(value):
            check.form((*at, key), value, LABEL_VALUE, "invalid-label")


def _requirement(check: Check, requirement: Mapping[str, Any], at: Pointer) -> None:
    """ValidateLabelSelectorRequirement."""
    operator, values = requirement.get("operator"), requirement.get("values") or ()
    if operator is None:
        pass
    elif operator not in OPERATORS:
        check.invalid("invalid-enum", (*at, "operator"), operator, f"one of {', '.join(OPERATORS)}")
    elif operator in _WITH_VALUES and not values:
        check.required((*at, "values"), f"with operator {operator}")
    elif operator not in _WITH_VALUES and values:
        # A list says more of what was meant than a word.
        check.invalid("invalid-value", (*at, "operator"), operator, "In or NotIn where there are values")
    check.form((*at, "key"), requirement.get("key"), QUALIFIED_NAME, "invalid-label")
    for index, value in enumerate(values):
        check.form((*at, "values", index), value, LABEL_VALUE, "invalid-label")


def matches(selector: Mapping[str, Any] | None, given: Mapping[str, Any] | None) -> bool:
    """Tell whether a good selector matches labels: an empty one matches everything, none (null) nothing.

    What cannot be told, because a part was wrong and is now null or an operator is none, counts as matching.
    """
    if selector is None:
        return False
    given = given or {}
    for key, value in (selector.get("matchLabels") or {}).items():
        if not _is_one_of(given, key, (value,)):
            return False
    return all(
        requirement is None or _fulfilled(requirement, given) for requirement in selector.get("matchExpressions") or ()
    )


def _is_one_of(given: Mapping[str, Any], key: str, values: Sequence[Any]) -> bool:
    return key in given and (given[key] in values or given[key] is None or None in values)


def _fulfilled(requirement: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    key, values = requirement.get("key"), requirement.get("values") or ()
    match requirement.get("operator"):
        case _ if key is None:
            return True
        case "In":
            return not values or _is_one_of(given, key, values)
        case "NotIn":
            return key not in given or given[key] is None or given[key] not in values
        case "Exists":
            return key in given
        case "DoesNotExist":
            return key not in given
        case _:
            return True
