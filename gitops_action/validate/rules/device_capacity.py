"""The capacity of devices, and how much of it may be asked for, from pkg/apis/resource/validation/validation.go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import quantities, values
from gitops_action.validate.rules.alternatives import later
from gitops_action.validate.rules.devices import qualified_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_MOST_VALUES: Final = 10


def capacities(check: Check, written: Mapping[str, Any], at: Pointer, *, several: bool) -> None:
    """Follow validateMultiAllocatableDeviceCapacity if `several`, else validateSingleAllocatableDeviceCapacity."""
    for name, capacity in written.items():
        qualified_name(check, name, (*at, name), key=True)
        policy, place = (capacity or {}).get("requestPolicy"), (*at, name, "requestPolicy")
        if policy is not None and not several:
            check.forbidden(place, "unless allowMultipleAllocations is set")
        elif policy is not None:
            _policy(check, _amount(capacity.get("value")), policy, place)


def _amount(value: str | float | None) -> Fraction:
    amount = None if value is None else quantities.parse(value)
    return quantities.NOTHING if amount is None else amount


def _policy(check: Check, most: Fraction, policy: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateRequestPolicy."""
    options, limits = policy.get("validValues"), policy.get("validRange")
    if options and limits is not None:
        last = later(policy, ("validValues", "validRange"))
        check.forbidden((*at, last), "beside the other of validValues and validRange")
    elif not options and limits is None:
        return
    elif policy.get("default") is None:
        check.required((*at, "default"), f"where {'validValues' if options else 'validRange'} is set")
    elif options:
        _values(check, _amount(policy["default"]), most, options, (*at, "validValues"))
    else:
        _range(check, policy, most, limits or {}, at)


def _values(check: Check, default: Fraction, most: Fraction, options: Sequence[Any], at: Pointer) -> None:
    """Follow validateRequestPolicyValidValues."""
    if len(options) > _MOST_VALUES:
        values.wrong(check, at, f"may have at most {_MOST_VALUES} items", "limit-exceeded")
        return
    amounts = [_amount(option) for option in options]
    seen: set[int] = set()
    for index, amount in enumerate(amounts):
        if index and amounts[index - 1] > amount:
            check.invalid("invalid-value", (*at, index), options[index], "at least the value before")
        elif amount > most:
            check.invalid("invalid-value", (*at, index), options[index], "at most the capacity")
        elif _whole(amount) in seen:
            check.duplicate((*at, index), options[index])
        seen.add(_whole(amount))
    if default not in amounts:
        values.wrong(check, (*at[:-1], "default"), "must be one of validValues")


def _range(check: Check, policy: Mapping[str, Any], most: Fraction, limits: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateRequestPolicyRange and validateRequestPolicyRangeStep."""
    place, written = (*at, "validRange"), policy["default"]
    if limits.get("min") is None:
        check.required((*place, "min"))
        return
    default, lowest = _amount(written), _amount(limits["min"])
    highest = most if limits.get("max") is None else _amount(limits["max"])
    if lowest > most or highest > most:
        field = "min" if lowest > most else "max"
        check.invalid("invalid-value", (*place, field), limits[field], "at most the capacity")
    elif lowest > highest:
        check.invalid("invalid-value", (*place, "max"), limits["max"], "at least min")
    elif default < lowest or (limits.get("max") is not None and default > highest):
        check.invalid("invalid-value", (*at, "default"), written, "in the validRange")
    elif limits.get("step") is not None:
        step = _amount(limits["step"])
        ends = [default] if limits.get("max") is None else [default, highest]
        if not step:
            check.invalid("invalid-value", (*place, "step"), limits["step"], "greater than 0")
        elif lowest + step > most:
            check.invalid("invalid-value", (*place, "step"), limits["step"], "at most the capacity less min")
        elif max(map(abs, (step, lowest, *ends))) <= quantities.LARGEST_VALUE and any(
            (_whole(end) - _whole(lowest)) % _whole(step) for end in ends
        ):
            values.wrong(check, (*place, "step"), "must lead from min to default and to max")


def _whole(amount: Fraction) -> int:
    """Like Quantity.Value, which rounds away from zero."""
    return math.ceil(amount) if amount >= 0 else -math.ceil(-amount)
