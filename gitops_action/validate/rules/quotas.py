"""ResourceQuotas and LimitRanges, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import path_text
from gitops_action.validate.rules.forms import QUALIFIED_NAME
from gitops_action.validate.rules.quantities import LARGEST_VALUE
from gitops_action.validate.rules.resource_amounts import container_resource_name, is_extended, may_exceed, milli

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

# standardResources and standardQuotaResources of pkg/apis/core/helper/helpers.go.
_COUNTED: Final = frozenset(
    {
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
        "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
    }
)  # fmt: skip
_COMPUTE: Final = frozenset({"cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"})
_QUOTA: Final = _COUNTED | _COMPUTE | {
    "ephemeral-storage", "requests.storage", "requests.ephemeral-storage", "limits.ephemeral-storage",
}  # fmt: skip
_STANDARD: Final = _QUOTA | {"storage"}
_HUGE_PAGES: Final = ("hugepages-", "requests.hugepages-")
_BEST_EFFORT: Final = "BestEffort"
_ATTRIBUTES: Final = "VolumeAttributesClass"
_POD_SCOPES: Final = frozenset(
    {"Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"}
)
_SCOPES: Final = (*sorted(_POD_SCOPES), _BEST_EFFORT, _ATTRIBUTES)
_WITHOUT_VALUES: Final = _POD_SCOPES - {"PriorityClass"} | {_BEST_EFFORT}
_CONFLICTS: Final = ((_BEST_EFFORT, "NotBestEffort"), ("Terminating", "NotTerminating"))
_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")
_LIMIT_TYPES: Final = ("Container", "PersistentVolumeClaim", "Pod")
_MILLI: Final = 1000
# Pairs of which the first may not be larger than the second.
_ORDERED: Final = (
    ("min", "max"), ("min", "defaultRequest"), ("defaultRequest", "max"), ("defaultRequest", "default"),
    ("min", "default"), ("default", "max"),
)  # fmt: skip


def resource_quota(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateResourceQuota."""
    spec, at = value.get("spec") or {}, (*at, "spec")
    hard = spec.get("hard") or {}
    for name, written in hard.items():
        _quota(check, name, written, (*at, "hard", name))
    scopes = spec.get("scopes") or ()
    for index, scope in enumerate(scopes):
        _scope(check, scope, hard, (*at, "scopes", index))
    _conflicts(check, scopes, (*at, "scopes"))
    at = (*at, "scopeSelector", "matchExpressions")
    requirements = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    for index, requirement in enumerate(requirements):
        if requirement is not None:
            _scope(check, requirement.get("scopeName"), hard, (*at, index, "scopeName"))
            _requirement(check, requirement, (*at, index))
    _conflicts(check, [(requirement or {}).get("scopeName") for requirement in requirements], at)


def _quota(check: Check, name: str, written: Any, at: Pointer) -> None:
    """Follow ValidateResourceQuotaResourceName."""
    _resource_name(check, name, at, _QUOTA)
    quantity_value(check, name, written, at)


def quantity_value(check: Check, name: str, written: Any, at: Pointer) -> None:
    """Follow ValidateResourceQuantityValue."""
    amount = None if written is None else milli(written)
    if amount is None:
        return
    if amount < 0:
        check.invalid("invalid-value", at, written, "at least 0")
    elif amount % _MILLI and (name in _COUNTED or is_extended(name)):
        check.invalid("invalid-value", at, written, "a whole number")


def _resource_name(check: Check, name: str, at: Pointer, known: frozenset[str]) -> None:
    if not QUALIFIED_NAME.fits(name):
        check.form(at, name, QUALIFIED_NAME, "invalid-name", key=True)
    elif "/" not in name and name not in known and not name.startswith(_HUGE_PAGES):
        what = "is no resource that is counted here; others have the form DOMAIN/NAME"
        check.wrong("invalid-name", at, f"{path_text(at)} {what}", key=True)


def _scope(check: Check, scope: str | None, hard: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateResourceQuotaScopes for one scope, and IsResourceQuotaScopeValidForResource of the helpers."""
    if scope not in _SCOPES:
        check.invalid("invalid-enum", at, scope, f"one of {', '.join(_SCOPES)}")
        return
    for name in hard:
        if (name in _QUOTA or name.startswith(_HUGE_PAGES)) and not _is_for(scope, name):
            check.wrong("forbidden-field", at, f"{path_text(at)} may not be {scope} with a quota of {name}")
            return


def _is_for(scope: str, name: str) -> bool:
    if scope == _ATTRIBUTES:
        return name in {"persistentvolumeclaims", "requests.storage"}
    return name == "pods" or (scope != _BEST_EFFORT and name in _COMPUTE)


def _conflicts(check: Check, scopes: Sequence[str | None], at: Pointer) -> None:
    for pair in _CONFLICTS:
        if set(pair).issubset(scopes):
            index = max(scopes.index(scope) for scope in pair)
            check.forbidden((*at, index), f"to {scopes[index]}: {pair[0]} and {pair[1]} exclude each other")


def _requirement(check: Check, requirement: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateScopedResourceSelectorRequirement."""
    scope, operator, values = requirement.get("scopeName"), requirement.get("operator"), requirement.get("values")
    if scope in _WITHOUT_VALUES and operator is not None and operator != "Exists":
        check.invalid("invalid-value", (*at, "operator"), operator, f"Exists for the scope {scope}")
    if operator in {"In", "NotIn"}:
        if not values and "values" not in requirement:
            check.required((*at, "values"), f"with operator {operator}")
        elif values == []:
            check.invalid("required-field", (*at, "values"), values, f"at least one value with operator {operator}")
    elif operator in {"Exists", "DoesNotExist"}:
        if values:
            # A list says more of what was meant than a word.
            check.invalid("invalid-value", (*at, "operator"), operator, "In or NotIn where there are values")
    elif operator is not None:
        check.invalid("invalid-enum", (*at, "operator"), operator, f"one of {', '.join(_OPERATORS)}")


def limit_range(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateLimitRange."""
    at = (*at, "spec", "limits")
    seen: set[str] = set()
    for index, limit in enumerate((value.get("spec") or {}).get("limits") or ()):
        kind = (limit or {}).get("type")
        if kind is None:
            continue
        if not QUALIFIED_NAME.fits(kind):
            check.form((*at, index, "type"), kind, QUALIFIED_NAME, "invalid-name")
        elif "/" not in kind and kind not in _LIMIT_TYPES:
            check.invalid(
                "invalid-enum", (*at, index, "type"), kind, f"one of {', '.join(_LIMIT_TYPES)}, or DOMAIN/NAME"
            )
        if kind in seen:
            check.duplicate((*at, index, "type"), kind)
        seen.add(kind)
        _limit(check, limit, kind, (*at, index))


def _limit(check: Check, limit: Mapping[str, Any], kind: str, at: Pointer) -> None:
    fields = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"]
    if kind == "Pod":
        for field in ("default", "defaultRequest"):
            fields.remove(field)
            if limit.get(field):
                check.forbidden((*at, field), "for the type Pod")
    elif kind == "PersistentVolumeClaim":
        storage = [field for field in ("min", "max") if "storage" in (limit.get(field) or {}) or _is_null(limit, field)]
        if not storage:
            check.required((*at, "max", "storage"), "for the type PersistentVolumeClaim, unless min.storage is set")
    for field in fields:
        for name in limit.get(field) or ():
            if kind in {"Pod", "Container"}:
                container_resource_name(check, name, (*at, field, name))
            else:
                _resource_name(check, name, (*at, field, name), _STANDARD)
    written = {field: _amounts(limit.get(field)) for field in fields}
    for name in {name: None for amounts in written.values() for name in amounts}:
        _compare(check, {field: amounts[name] for field, amounts in written.items() if name in amounts}, name, kind, at)


def _is_null(part: Mapping[str, Any], field: str) -> bool:
    return field in part and part[field] is None


def _amounts(written: Mapping[str, Any] | None) -> dict[str, Fraction]:
    amounts = {name: milli(amount) for name, amount in (written or {}).items() if amount is not None}
    return {name: Fraction(amount, _MILLI) for name, amount in amounts.items() if amount is not None}


def _compare(check: Check, amounts: dict[str, Fraction], name: str, kind: str, at: Pointer) -> None:
    """Check that the limits of one resource go together, after SetDefaults_LimitRangeItem of pkg/apis/core/v1."""
    source = {field: field for field in amounts}
    if kind == "Container":
        _fill(source, "default", ("max",))
        _fill(source, "defaultRequest", ("default", "min"))
    pairs = [(source[lower], source[upper]) for lower, upper in _ORDERED if lower in source and upper in source]
    broken = dict.fromkeys((lower, upper) for lower, upper in pairs if amounts[lower] > amounts[upper])
    if broken:
        _disorder(check, list(broken), name, at)
    _ratio(check, amounts, name, at)
    if "default" in source and "defaultRequest" in source and not may_exceed(name):
        given, requested = source["default"], source["defaultRequest"]
        if amounts[given] != amounts[requested]:
            place = (*at, requested, name)
            check.wrong(
                "invalid-value", place, f"{path_text(place)} must be the same as the {given}: {name} is not shared"
            )


def _disorder(check: Check, broken: Sequence[tuple[str, str]], name: str, at: Pointer) -> None:
    """Name the amount that does not go together with several others; of two the one that should be lower."""
    lower, upper = broken[0]
    if len(broken) > 1 and all(other == upper for _, other in broken):
        place = (*at, upper, name)
        check.wrong("invalid-value", place, f"{path_text(place)} must be at least the {lower} of {name}")
    else:
        place = (*at, lower, name)
        check.wrong("invalid-value", place, f"{path_text(place)} must be at most the {upper} of {name}")


def _fill(source: dict[str, str], field: str, others: Iterable[str]) -> None:
    for other in others:
        if field not in source and other in source:
            source[field] = source[other]


def _ratio(check: Check, amounts: Mapping[str, Fraction], name: str, at: Pointer) -> None:
    ratio, least, most = amounts.get("maxLimitRequestRatio"), amounts.get("min"), amounts.get("max")
    place = (*at, "maxLimitRequestRatio", name)
    if ratio is None:
        return
    if ratio < 1:
        check.wrong("invalid-value", place, f"{path_text(place)} must be at least 1")
    elif least and most is not None and most / least < ratio <= LARGEST_VALUE:
        check.wrong(
            "invalid-value", place, f"{path_text(place)} must be at most max / min of {name}, {float(most / least):g}"
        )
