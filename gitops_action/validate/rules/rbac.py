"""Roles and their bindings, as pkg/apis/rbac/validation/validation.go judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.alternatives import excess
from gitops_action.validate.rules.forms import DNS_SUBDOMAIN, PATH_SEGMENT
from gitops_action.validate.rules.selectors import label_selector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_GROUP: Final = "rbac.authorization.k8s.io"
_SUBJECTS: Final = ("Group", "ServiceAccount", "User")
# Users and groups have these in their names: `system:masters`, `jane@example.com`.
_OF_OTHERS: Final = frozenset(":@")
_RESOURCE_FIELDS: Final = ("apiGroups", "resources", "resourceNames")


def role(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateRole, pkg/apis/rbac/validation/validation.go."""
    _policy_rules(check, value.get("rules"), (*at, "rules"), namespaced=True)


def cluster_role(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateClusterRole, pkg/apis/rbac/validation/validation.go."""
    _policy_rules(check, value.get("rules"), (*at, "rules"), namespaced=False)
    aggregation = value.get("aggregationRule")
    if aggregation is None:
        return
    at_selectors = (*at, "aggregationRule", "clusterRoleSelectors")
    selectors = aggregation.get("clusterRoleSelectors")
    if not selectors:
        check.required(at_selectors, "and not empty")
    for index, selector in enumerate(selectors or ()):
        label_selector(check, selector, (*at_selectors, index))


def _policy_rules(check: Check, rules: Sequence[Any] | None, at: Pointer, *, namespaced: bool) -> None:
    """Follow ValidatePolicyRule, pkg/apis/rbac/validation/validation.go."""
    for index, rule in enumerate(rules or ()):
        if not rule:
            continue
        if rule.get("verbs") == []:
            values.wrong(check, (*at, index, "verbs"), "must have at least one value", "required-field")
        if rule.get("nonResourceURLs"):
            _paths(check, rule, (*at, index), namespaced=namespaced)
            continue
        for field in ("apiGroups", "resources"):
            if not rule.get(field):
                check.required((*at, index, field), "and not empty, unless nonResourceURLs is set")


def _paths(check: Check, rule: Mapping[str, Any], at: Pointer, *, namespaced: bool) -> None:
    if namespaced:
        check.forbidden((*at, "nonResourceURLs"), "in a Role, which has a namespace")
        return
    for field in _RESOURCE_FIELDS:
        if rule.get(field):
            at_excess = (*at, excess(rule, field, "nonResourceURLs"))
            check.forbidden(at_excess, "beside the other: a rule is for resources or for nonResourceURLs")
            return


def role_binding(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateRoleBinding, pkg/apis/rbac/validation/validation.go."""
    _binding(check, value, at, ("ClusterRole", "Role"), namespaced=True)


def cluster_role_binding(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateClusterRoleBinding, pkg/apis/rbac/validation/validation.go."""
    _binding(check, value, at, ("ClusterRole",), namespaced=False)


def _binding(check: Check, value: Mapping[str, Any], at: Pointer, kinds: Sequence[str], *, namespaced: bool) -> None:
    if reference := value.get("roleRef"):
        at_role = (*at, "roleRef")
        if (group := reference.get("apiGroup")) and group != _GROUP:
            check.invalid("invalid-value", (*at_role, "apiGroup"), group, _GROUP)
        if (kind := reference.get("kind")) is not None and kind not in kinds:
            check.invalid("invalid-enum", (*at_role, "kind"), kind, " or ".join(kinds))
        values.named(check, reference.get("name"), (*at_role, "name"), PATH_SEGMENT)
    for index, subject in enumerate(value.get("subjects") or ()):
        if subject:
            _subject(check, subject, (*at, "subjects", index), namespaced=namespaced)


def _subject(check: Check, subject: Mapping[str, Any], at: Pointer, *, namespaced: bool) -> None:
    """Follow ValidateRoleBindingSubject, pkg/apis/rbac/validation/validation.go."""
    name, kind, group = subject.get("name"), subject.get("kind"), subject.get("apiGroup")
    if name == "":
        check.required((*at, "name"))
    if kind == "ServiceAccount":
        if name and not DNS_SUBDOMAIN.fits(name):
            if not _OF_OTHERS.isdisjoint(name) and not subject.get("namespace"):
                expected = f"User or Group with the name {check.shown(name)}, which no ServiceAccount can have"
                check.invalid("invalid-value", (*at, "kind"), kind, expected)
                return
            check.form((*at, "name"), name, DNS_SUBDOMAIN, "invalid-name")
        if group:
            check.invalid("invalid-value", (*at, "apiGroup"), group, "empty for a ServiceAccount")
        if not namespaced and not subject.get("namespace"):
            check.required((*at, "namespace"), "for a ServiceAccount")
    elif kind in _SUBJECTS:
        if group and group != _GROUP:
            check.invalid("invalid-value", (*at, "apiGroup"), group, _GROUP)
    elif kind is not None:
        values.one_of(check, kind, (*at, "kind"), _SUBJECTS)
