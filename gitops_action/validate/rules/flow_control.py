"""API priority and fairness, as pkg/apis/flowcontrol/validation/validation.go judges it after defaulting.

That the objects named exempt and catch-all must be as the server makes them is not looked at.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import DNS_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_ANY: Final = "*"
_EXEMPT: Final = "exempt"
_HIGHEST_PRECEDENCE: Final = 10000
_METHODS: Final = ("ByNamespace", "ByUser")
_SUBJECTS: Final = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_VERBS: Final = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
_TYPES: Final = {"Exempt": _EXEMPT, "Limited": "limited"}
_RESPONSES: Final = ("Queue", "Reject")
_MOST_QUEUES: Final = 10_000_000
_HASH_BITS: Final = 60


def flow_schema(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateFlowSchemaSpec."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    precedence = spec.get("matchingPrecedence") or 1000
    values.within(check, precedence, (*at, "matchingPrecedence"), 1, _HIGHEST_PRECEDENCE)
    if precedence == 1 and (value.get("metadata") or {}).get("name") != _EXEMPT:
        check.invalid("invalid-value", (*at, "matchingPrecedence"), 1, f"more than 1 unless the name is {_EXEMPT}")
    method = spec.get("distinguisherMethod")
    if method is not None:
        values.one_of(check, method.get("type"), (*at, "distinguisherMethod", "type"), _METHODS)
    level = spec.get("priorityLevelConfiguration")
    if level is not None or not spec:
        values.named(check, (level or {}).get("name") or "", (*at, "priorityLevelConfiguration", "name"))
    for index, rule in enumerate(spec.get("rules") or ()):
        if rule:
            _rule(check, rule, (*at, "rules", index))


def _rule(check: Check, rule: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateFlowSchemaPolicyRulesWithSubjects."""
    subjects = rule.get("subjects")
    if not subjects:
        check.required((*at, "subjects"), "and not empty")
    for index, subject in enumerate(subjects or ()):
        if subject:
            _subject(check, subject, (*at, "subjects", index))
    if not rule.get("resourceRules") and not rule.get("nonResourceRules"):
        values.wrong(check, at, "must have resourceRules or nonResourceRules", "required-field")
    for field, check_part in (("resourceRules", _resource_rule), ("nonResourceRules", _non_resource_rule)):
        for index, part in enumerate(rule.get(field) or ()):
            if part:
                check_part(check, part, (*at, field, index))


def _non_resource_rule(check: Check, rule: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateFlowSchemaNonResourcePolicyRule."""
    _verbs(check, rule, at)
    if _filled(check, rule, at, "nonResourceURLs"):
        for index, path in enumerate(rule["nonResourceURLs"]):
            _path(check, path or "", (*at, "nonResourceURLs", index))


def _subject(check: Check, subject: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateFlowSchemaSubject."""
    kind = subject.get("kind")
    values.one_of(check, kind, (*at, "kind"), _SUBJECTS)
    if kind not in _SUBJECTS:
        return
    for other, field in _SUBJECTS.items():
        if other != kind and subject.get(field) is not None:
            check.forbidden((*at, field), f"with kind {kind}")
    field = _SUBJECTS[kind]
    part = subject.get(field)
    if part is None:
        check.required((*at, field), f"with kind {kind}")
    elif kind == "ServiceAccount":
        if part.get("name") != _ANY:
            values.named(check, part.get("name"), (*at, field, "name"))
        values.named(check, part.get("namespace"), (*at, field, "namespace"), DNS_LABEL)
    elif part.get("name") == "":
        check.required((*at, field, "name"))


def _filled(check: Check, part: Mapping[str, Any], at: Pointer, field: str) -> bool:
    """Check a list that may not be empty, and may have `*` only alone; tell whether its items are to be looked at."""
    texts = part.get(field)
    if not texts:
        check.required((*at, field), "and not empty")
        return False
    if _ANY in texts:
        if len(texts) > 1:
            check.forbidden((*at, field, texts.index(_ANY)), "beside others")
        return False
    return True


def _verbs(check: Check, part: Mapping[str, Any], at: Pointer) -> None:
    if _filled(check, part, at, "verbs"):
        for index, verb in enumerate(part["verbs"]):
            if verb not in _VERBS:
                values.one_of(check, verb or "", (*at, "verbs", index), _VERBS)


def _resource_rule(check: Check, rule: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateFlowSchemaResourcePolicyRule."""
    _verbs(check, rule, at)
    _filled(check, rule, at, "apiGroups")
    _filled(check, rule, at, "resources")
    namespaces: Sequence[str | None] = rule.get("namespaces") or ()
    if not namespaces:
        if not rule.get("clusterScope"):
            check.required((*at, "namespaces"), "unless clusterScope is true")
    elif _filled(check, rule, at, "namespaces"):
        for index, namespace in enumerate(namespaces):
            check.form((*at, "namespaces", index), namespace or "", DNS_LABEL, "invalid-name")


def _path(check: Check, path: str, at: Pointer) -> None:
    """Follow ValidateNonResourceURLPath."""
    stem = path.removesuffix("/*")
    if not path.startswith("/") or " " in path or "//" in path or "*" in stem:
        expected = "an absolute path without spaces and `//`, and with `*` only as its last part"
        check.invalid("invalid-format", at, path, expected)


def priority_level(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePriorityLevelConfigurationSpec."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    kind = spec.get("type") if spec else ""
    values.one_of(check, kind, (*at, "type"), _TYPES)
    name = (value.get("metadata") or {}).get("name")
    if kind in _TYPES and (name == _EXEMPT) != (kind == "Exempt"):
        check.invalid("invalid-value", (*at, "type"), kind, "Exempt if the name is exempt, and only then")
    exempt, limited = spec.get("exempt"), spec.get("limited")
    if kind == "Exempt" and limited is not None:
        check.forbidden((*at, "limited"), "with type Exempt")
    elif kind == "Limited" and exempt is not None:
        check.forbidden((*at, "exempt"), "with type Limited")
    if kind == "Limited" and limited is None:
        check.required((*at, "limited"), "with type Limited")
    for field, part in (("exempt", exempt), ("limited", limited)):
        if part is not None and _TYPES.get(kind or "") == field:
            values.non_negative_fields(
                check,
                part,
                (*at, field),
                ("nominalConcurrencyShares", "assuredConcurrencyShares", "borrowingLimitPercent"),
            )
            values.within(check, part.get("lendablePercent"), (*at, field, "lendablePercent"), 0, 100)
    if kind == "Limited" and limited is not None:
        _limit_response(check, limited.get("limitResponse") or {}, (*at, "limited", "limitResponse"))


def _limit_response(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateLimitResponse."""
    kind, queuing = value.get("type"), value.get("queuing")
    values.one_of(check, kind, (*at, "type"), _RESPONSES)
    if kind == "Reject" and queuing is not None:
        check.forbidden((*at, "queuing"), "with type Reject")
    elif kind == "Queue" and queuing is not None:
        _queuing(check, queuing, (*at, "queuing"))
    elif kind == "Queue":
        check.required((*at, "queuing"), "with type Queue")


def _queuing(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePriorityLevelQueuingConfiguration."""
    length = value.get("queueLengthLimit")
    if length is not None and length < 0:
        check.invalid("invalid-value", (*at, "queueLengthLimit"), length, "at least 1")
    queues, hand = value.get("queues") or 64, value.get("handSize") or 8
    values.within(check, queues, (*at, "queues"), 1, _MOST_QUEUES)
    at_hand = (*at, "handSize") if value.get("handSize") else (*at, "queues")
    if hand < 1:
        check.invalid("invalid-value", at_hand, hand, "at least 1")
    elif hand > queues:
        values.wrong(check, at_hand, f"makes handSize {hand} larger than queues, which is {queues}")
    elif queues > 0 and math.ceil(math.log2(queues) * hand) > _HASH_BITS:
        values.wrong(check, at_hand, f"makes handSize {hand} and queues {queues} too large together")
