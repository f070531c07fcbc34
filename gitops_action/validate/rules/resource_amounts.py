"""Names and quantities of the resources of containers and Pods, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import quantities, values
from gitops_action.validate.rules.forms import QUALIFIED_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

    NameRule = Callable[[Check, str, Pointer], None]

COMPUTE: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
HUGE_PAGES: Final = "hugepages-"
_MILLI: Final = 1000
# In thousandths: less is a slip, such as a unit that is missing. Linux has no smaller share of a cpu.
_LEAST: Final = {"memory": 2**20 * _MILLI, "ephemeral-storage": 2**20 * _MILLI, "cpu": 10}
_LEAST_OF_ALL: Final = 2
_USUAL: Final = regex(r"[0-9]+(?:\.[0-9]+)?[A-Za-z]{0,2}")


@lru_cache(4096)
def milli(value: str | float) -> int | None:
    """Return a quantity in thousandths, rounded away from zero as the server's defaults do (SetDefaults_ResourceList)."""
    amount = quantities.parse(value)
    if amount is None:
        return None
    size = math.ceil(abs(amount) * _MILLI)
    return size if amount >= 0 else -size


def requirements(
    check: Check, limits: Mapping[str, Any], requests: Mapping[str, Any], at: Pointer, name_rule: NameRule
) -> None:
    """Follow validateResourceRequirements, pkg/apis/core/validation/validation.go."""
    huge = amounts(check, limits, at, "limits", name_rule) if limits else False
    if requests:
        huge = amounts(check, requests, at, "requests", name_rule) or huge
        if limits or requests.keys() - COMPUTE:
            _compare(check, limits, requests, at)
    if huge and not any(name in by_name for by_name in (limits, requests) for name in ("cpu", "memory")):
        values.wrong(check, at, "must have cpu or memory where it has huge pages", "required-field")


def _above(check: Check, request: Any, limit: Any, at: Pointer, name: str) -> None:
    """Name the request, but for a limit that nobody means: with so little memory, say, no process starts."""
    is_little = (milli(limit) or 0) < _LEAST.get(name, _LEAST_OF_ALL) <= (milli(request) or 0)
    if is_little or _is_odd(limit, request):
        check.invalid("limit-exceeded", (*at, "limits", name), limit, f"at least what is requested, {request}")
    else:
        check.invalid("limit-exceeded", (*at, "requests", name), request, f"at most its limit of {limit}")


def _is_odd(amount: Any, other: Any) -> bool:
    """Whether an amount alone is written as people do not: with an exponent, blanks or a point first."""
    return not _USUAL.fullmatch(str(amount)) and _USUAL.fullmatch(str(other)) is not None


def _compare(check: Check, limits: Mapping[str, Any], requests: Mapping[str, Any], at: Pointer) -> None:
    """Check that nothing requests more than its limit."""
    for name, written in requests.items():
        limit = limits.get(name)
        requested, most = milli(written or 0), milli(limit or 0)
        if limit is None:
            if name in limits:  # null is no limit, but 0
                if requested:
                    values.wrong(
                        check, (*at, "limits", name), "may not be null where it is requested", "limit-exceeded"
                    )
            elif not may_exceed(name):
                # One is missing, but it is the request that makes it so.
                what = "needs a limit, which must be the same"
                values.wrong(check, (*at, "requests", name), what, "required-field", key=True)
            continue
        if requested is None or most is None or requested == most:
            continue
        if not may_exceed(name):
            if _is_odd(limit, written):
                check.invalid("invalid-value", (*at, "limits", name), limit, f"the same as is requested, {written}")
            else:
                check.invalid("invalid-value", (*at, "requests", name), written, f"the same as its limit of {limit}")
        elif requested > most >= 0:
            _above(check, written, limit, at, name)


def amounts(check: Check, by_name: Mapping[str, Any], at: Pointer, field: str, name_rule: NameRule) -> bool:
    """Check names of resources, and their quantities with ValidateResourceQuantityValue; tell whether one is huge pages."""
    huge = False
    for name, written in by_name.items():
        amount = None if written is None else milli(written)
        if name in COMPUTE and amount is not None and amount >= 0 and name_rule is container_resource_name:
            continue
        name_rule(check, name, (*at, field, name))
        is_huge = name.startswith(HUGE_PAGES)
        huge = huge or is_huge
        if amount is None:
            continue
        if amount < 0:
            check.invalid("invalid-value", (*at, field, name), written, "at least 0")
        elif is_huge:
            _huge_page(check, name, written, (*at, field, name))
        elif amount % _MILLI and is_extended(name):
            check.invalid("invalid-value", (*at, field, name), written, "a whole number")
    return huge


def _huge_page(check: Check, name: str, written: str | float, at: Pointer) -> None:
    """Follow validateResourceQuantityHugePageValue, and IsHugePageResourceValueDivisible of pkg/apis/core/helper."""
    size, amount = quantities.parse(name.removeprefix(HUGE_PAGES)), quantities.parse(written)
    if size is None or size <= 0 or size.denominator != 1:
        check.form(at, name, QUALIFIED_NAME, "invalid-name", key=True)
        values.wrong(check, at, "is not the name of huge pages such as hugepages-2Mi", "invalid-name")
    elif amount is not None and amount <= quantities.LARGEST_VALUE and -(-amount // 1) % size:
        check.invalid("invalid-value", at, written, f"a multiple of {name.removeprefix(HUGE_PAGES)}")


def container_resource_name(check: Check, name: str, at: Pointer) -> None:
    """Follow validateContainerResourceName, pkg/apis/core/validation/validation.go."""
    if not QUALIFIED_NAME.fits(name):
        check.form(at, name, QUALIFIED_NAME, "invalid-name", key=True)
    elif "/" not in name:
        if name not in COMPUTE and not name.startswith(HUGE_PAGES):
            expected = "is no resource of a container: cpu, memory, ephemeral-storage, hugepages-SIZE or DOMAIN/NAME"
            values.wrong(check, at, expected, "invalid-name", key=True)
    elif "kubernetes.io/" not in name and not is_extended(name):
        values.wrong(check, at, "is no extended resource such as example.com/gpu", "invalid-name", key=True)


def _is_native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def may_exceed(name: str) -> bool:
    """Follow IsOvercommitAllowed, pkg/apis/core/helper/helpers.go."""
    return _is_native(name) and not name.startswith(HUGE_PAGES)


def is_extended(name: str) -> bool:
    """Follow IsExtendedResourceName, pkg/apis/core/helper/helpers.go."""
    return not _is_native(name) and not name.startswith("requests.") and QUALIFIED_NAME.fits(f"requests.{name}")
