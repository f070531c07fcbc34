"""Whether a workload selects the Pods that it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import path_text
from gitops_action.validate.rules import selectors, values
from gitops_action.validate.rules.forms import LABEL_VALUE

if TYPE_CHECKING:
    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check


# What labels are called that select Pods.
_USUAL: Final = frozenset({"app", "k8s-app", "name", "component", "role", "run", "tier"})


def selector(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Check the selector of a workload against the labels of its template; `at` is the pointer of its spec.

    Follows ValidateDeploymentSpec and ValidatePodTemplateSpecForReplicaSet, pkg/apis/apps/validation/validation.go, which
    are alike for the other kinds.
    """
    spec = value["spec"]
    written = spec.get("selector")
    if written is None:
        return
    matched, expressions = written.get("matchLabels"), written.get("matchExpressions")
    place = (*at, "selector")
    if not matched and not expressions:
        values.wrong(check, (*place, *list(written)[:1]), "may not be empty", "required-field")
        return
    if not selectors.label_selector(check, written, place):
        return
    if matched:
        labels(check, matched, value, (*place, "matchLabels"))
    if expressions:
        _expressions(check, expressions, value, at)


def _expressions(check: Check, expressions: list[Any], value: Mapping[str, Any], at: Pointer) -> None:
    """Check expressions that the template's labels must fulfil. The labels of the object itself speak for one of them."""
    given, own = _filled(_labels(value["spec"].get("template"))), _filled(_labels(value))
    for index, expression in enumerate(expressions):
        selector = {"matchExpressions": [expression]}
        if selectors.matches(selector, given):
            continue
        place, labels_at = (*at, "selector", "matchExpressions", index), (*at, "template", "metadata", "labels")
        if not given or (expression.get("key") in own and selectors.matches(selector, own)):
            _mismatch(check, (*labels_at, expression["key"]) if given else labels_at, place)
        else:
            _mismatch(check, place, labels_at)
        return


def _filled(written: Mapping[str, Any]) -> dict[str, str]:
    return {key: text or "" for key, text in written.items()}


def labels(check: Check, matched: Mapping[str, Any], value: Mapping[str, Any], at: Pointer) -> None:
    """Check labels that the template must have; `at` is their pointer.

    The finding is at the selector or at the template: see `_is_the_template_s`.
    """
    template = value["spec"].get("template")
    given = _labels(template)
    for key, wanted in matched.items():
        # Null is the same as empty.
        if key in given and (given[key] or "") == (wanted or ""):
            continue
        if not LABEL_VALUE.fits(given.get(key) or ""):
            return  # that is what is wrong, and it has been said
        place = (*at[: at.index("selector")], "template", "metadata", "labels")
        if wanted is not None and _is_the_template_s(key, matched, given, value):
            _mismatch(check, (*place, _renamed(key, matched, given, value) or key), at)
        else:
            _mismatch(check, (*at, key), place)
        return


def _is_the_template_s(
    key: str, matched: Mapping[str, Any], given: Mapping[str, Any], value: Mapping[str, Any]
) -> bool:
    """Guess whether the template is wrong, not the selector.

    The labels of the object itself speak for one of them. Without them, a label that is not there was left out, if others
    are there and not that one by another name, and something else in the object speaks of it; and of two values the one
    that the rest of the object speaks of more is what is wanted.
    """
    own = _labels(value)
    if own.get(key) is not None:
        return bool(own[key] == matched[key])
    if key in given:
        return given[key] is None or _mentions(value, matched[key]) > _mentions(value, given[key])
    if own or not given:
        return not given
    other = _renamed(key, matched, given, value)
    if other is not None and _is_usual(key) != _is_usual(other):
        return _is_usual(key)
    # Once is in the selector itself.
    return other is None and not given.keys().isdisjoint(matched) and _mentions(value, matched[key]) > 1


def _renamed(key: str, matched: Mapping[str, Any], given: Mapping[str, Any], value: Mapping[str, Any]) -> str | None:
    """Return the label that has the value of a missing one, and is neither selected nor the object's own."""
    own = _labels(value)
    return next(
        (other for other, text in given.items() if text == matched[key] and other not in matched and other not in own),
        None,
    )


def _is_usual(key: str) -> bool:
    return key in _USUAL or key.startswith("app.kubernetes.io/")


def _mentions(value: Any, word: str) -> int:
    """Count the texts in an object that have a word."""
    if not word:
        return 0
    pattern = re.compile(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])")
    count, pending = 0, [value]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, str):
            count += pattern.search(part) is not None
    return count


def _labels(template: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return ((template or {}).get("metadata") or {}).get("labels") or {}


def _mismatch(check: Check, at: Pointer, other: Pointer) -> None:
    one, another = path_text(at), path_text(other)
    check.wrong(
        "selector-mismatch", at, f"{one} does not match {another}: the selector must match the template's labels"
    )
