"""When a Job has failed or succeeded, as in pkg/apis/batch/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import values
from gitops_action.validate.rules.alternatives import kept_and_excess
from gitops_action.validate.rules.forms import QUALIFIED_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_RULES: Final = 20
_EXIT_CODES: Final = 255
_CONDITIONS: Final = 20
_LONGEST_INDEXES: Final = 64 * 1024
_PER_INDEX_SINCE: Final = 29
_STATUSES: Final = ("False", "True", "Unknown")
_NUMBER: Final = regex(r"[+-]?0*[0-9]{1,18}")


def pod_failure_policy(check: Check, spec: Mapping[str, Any], value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validatePodFailurePolicy, pkg/apis/batch/validation/validation.go; `spec` is that of the Job."""
    _at_most(check, value.get("rules"), (*at, "rules"), _RULES)
    pod = (spec.get("template") or {}).get("spec") or {}
    containers = [*(pod.get("containers") or ()), *(pod.get("initContainers") or ())]
    names = {(container or {}).get("name") for container in containers}
    for index, rule in enumerate(value.get("rules") or ()):
        if rule is not None:
            _failure_rule(check, spec, rule, (*at, "rules", index), names)


def _failure_rule(
    check: Check, spec: Mapping[str, Any], rule: Mapping[str, Any], at: Pointer, containers: set[str | None]
) -> None:
    """Follow validatePodFailurePolicyRule, pkg/apis/batch/validation/validation.go."""
    action, codes, conditions = rule.get("action"), rule.get("onExitCodes"), rule.get("onPodConditions")
    if action == "":
        check.required((*at, "action"))
    elif action == "FailIndex" and spec.get("backoffLimitPerIndex") is None and check.minor >= _PER_INDEX_SINCE:
        check.invalid("invalid-value", (*at, "action"), action, "another one where there is no backoffLimitPerIndex")
    if codes is not None:
        _exit_codes(check, codes, (*at, "onExitCodes"), containers)
        if conditions:
            kept, other = kept_and_excess(rule, "onExitCodes", "onPodConditions")
            check.forbidden((*at, other), f"together with {kept}")
    elif not conditions:
        values.wrong(check, at, "needs onExitCodes or onPodConditions", "required-field")
    _at_most(check, conditions, (*at, "onPodConditions"), _CONDITIONS)
    for index, condition in enumerate(conditions or ()):
        if condition is not None:
            place = (*at, "onPodConditions", index)
            values.named(check, condition.get("type"), (*place, "type"), QUALIFIED_NAME)
            if status := condition.get("status"):
                values.one_of(check, status, (*place, "status"), _STATUSES)


def _exit_codes(check: Check, value: Mapping[str, Any], at: Pointer, containers: set[str | None]) -> None:
    """Follow validatePodFailurePolicyRuleOnExitCodes, pkg/apis/batch/validation/validation.go."""
    name, codes, operator = value.get("containerName"), value.get("values"), value.get("operator")
    if operator == "":
        check.required((*at, "operator"))
    if name is not None and name not in containers and None not in containers:
        check.unknown_reference((*at, "containerName"), name, "container of the template")
    if codes is None:
        return
    if not codes:
        check.required((*at, "values"), "and not empty")
    _at_most(check, codes, (*at, "values"), _EXIT_CODES)
    seen: set[int] = set()
    for index, written in enumerate(codes):
        code = written or 0
        place = (*at, "values", index)
        if code == 0 and operator == "In":
            check.invalid("invalid-value", place, code, "another exit code when operator is In")
        if code in seen:
            check.duplicate(place, code)
        elif seen and code < max(seen):
            check.invalid("invalid-value", place, code, "in ascending order")
        seen.add(code)


def success_policy(check: Check, spec: Mapping[str, Any], value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateSuccessPolicy, pkg/apis/batch/validation/validation.go; `spec` is that of the Job."""
    rules = value.get("rules")
    if rules is not None and not rules:
        check.required((*at, "rules"), "and not empty")
    _at_most(check, rules, (*at, "rules"), _RULES)
    completions = spec.get("completions")
    for index, rule in enumerate(rules or ()):
        _success_rule(check, rule or {}, (*at, "rules", index), 1 if completions is None else completions)


def _success_rule(check: Check, rule: Mapping[str, Any], at: Pointer, completions: int) -> None:
    """Follow validateSuccessPolicyRule, pkg/apis/batch/validation/validation.go."""
    count, indexes = rule.get("succeededCount"), rule.get("succeededIndexes")
    if count is None and indexes is None:
        values.wrong(check, at, "needs succeededCount or succeededIndexes", "required-field")
    most = completions
    if indexes is not None:
        if len(indexes) > _LONGEST_INDEXES:
            what = f"must have at most {_LONGEST_INDEXES} characters"
            values.wrong(check, (*at, "succeededIndexes"), what, "limit-exceeded")
        elif (total := _count(indexes, completions)) is None:
            expected = f"indexes below {completions} in ascending order, such as 1,3-5"
            check.invalid("invalid-format", (*at, "succeededIndexes"), indexes, expected)
        else:
            most = min(completions, total)
    if count is not None and not 0 <= count <= most:
        check.invalid("invalid-value", (*at, "succeededCount"), count, f"from 0 to {most}, the number of indexes")


def _count(indexes: str, completions: int) -> int | None:
    """Follow validateIndexesFormat, pkg/apis/batch/validation/validation.go; None if it is no list of indexes."""
    total, last = 0, None
    for part in indexes.split(",") if indexes else ():
        limits = part.split("-")
        if len(limits) > 2 or not all(_NUMBER.fullmatch(limit) for limit in limits):  # noqa: PLR2004 - first and last
            return None
        first, end = int(limits[0]), int(limits[-1])
        if (
            first >= completions
            or end >= completions
            or (len(limits) > 1 and first >= end)
            or (last is not None and last >= first)
        ):
            return None
        total, last = total + end - first + 1, end
    return total


def _at_most(check: Check, items: Sequence[Any] | None, at: Pointer, most: int) -> None:
    if items and len(items) > most:
        values.wrong(check, at, f"must have at most {most} items", "limit-exceeded")
