"""The functions that Kubernetes adds to CEL, https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-libraries.

Values of types of Kubernetes' own (quantities, addresses, URLs, versions) are texts here, in a form that makes equal
values equal texts. Each function follows https://github.com/kubernetes/apiserver/tree/master/pkg/cel/library.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.cel import addresses, named_formats, versions
from gitops_action.validate.cel.refusal import FunctionError
from gitops_action.validate.rules.quantities import parse as parse_quantity
from gitops_action.validate.urls import Url
from gitops_action.validate.urls import parse as parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_INT64: Final = 2**63
_LONGEST_QUANTITY: Final = 500

# Quantities are written as fractions: "1/2".


def _quantity(text: str) -> Fraction:
    _bound(text)
    value = Fraction(text) if "/" in text else parse_quantity(text)
    if value is None:
        raise FunctionError("no quantity")
    return value


def quantity(text: str) -> str:
    """`quantity("500m")`."""
    _bound(text)
    value = parse_quantity(text)
    if value is None or text != text.strip():
        raise FunctionError("no quantity")
    return f"{value.numerator}/{value.denominator}"


def _bound(text: str) -> None:
    if len(text) > _LONGEST_QUANTITY:
        raise ValueError("a quantity of so many digits is not read")


def _written(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _is_quantity(text: str) -> bool:
    return text == text.strip() and parse_quantity(text) is not None


def _as_integer(text: str) -> int:
    value = _quantity(text)
    if value.denominator != 1 or not -_INT64 <= value < _INT64:
        raise FunctionError("cannot convert value to integer")
    return int(value)


def _is_integer(text: str) -> bool:
    value = _quantity(text)
    return value.denominator == 1 and -_INT64 <= value < _INT64


def _sign(text: str) -> int:
    value = _quantity(text)
    return (value > 0) - (value < 0)


def _compare(one: str, other: str) -> int:
    if one.startswith(versions.MARK):
        return versions.compare(one, other)
    left, right = _quantity(one), _quantity(other)
    return (left > right) - (left < right)


# URLs.


def _url(text: str) -> Url:
    url = parse_url(text.partition("#")[0] if parse_url(text) else text)
    if url is None:
        raise FunctionError("no URL")
    return url


def url(text: str) -> str:
    """`url("https://example.com")`."""
    _url(text)
    return text


# Lists.


def _sum(values: Sequence[Any]) -> Any:
    total = values[0] if values else 0
    for value in values[1:]:
        total += value
    if isinstance(total, int) and not -_INT64 <= total < _INT64:
        raise FunctionError("integer overflow")
    return total


def _extreme(values: Sequence[Any], choose: Callable[[Sequence[Any]], Any]) -> Any:
    if not values:
        raise FunctionError("called on an empty list")
    return choose(values)


def _is_sorted(values: Sequence[Any]) -> bool:
    return all(not one > other for one, other in pairwise(values))


def _index(values: Sequence[Any], value: Any) -> int:
    return next((index for index, other in enumerate(values) if _same(value, other)), -1)


def _last_index(values: Sequence[Any], value: Any) -> int:
    return next((index for index in range(len(values) - 1, -1, -1) if _same(value, values[index])), -1)


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _float(text: str) -> float:
    value = _quantity(text)
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


# name, is it a member, types of the result and of the parameters, function. `any` stands for any type.
FUNCTIONS: Final[Sequence[tuple[str, bool, str, tuple[str, ...], Callable[..., Any]]]] = (
    ("quantity", False, "string", ("string",), quantity),
    ("isQuantity", False, "bool", ("string",), _is_quantity),
    ("isInteger", True, "bool", ("string",), _is_integer),
    ("asInteger", True, "int", ("string",), _as_integer),
    ("asApproximateFloat", True, "double", ("string",), _float),
    ("sign", False, "int", ("string",), _sign),
    ("sign", True, "int", ("string",), _sign),
    ("add", True, "string", ("string", "string"), lambda one, other: _written(_quantity(one) + _quantity(other))),
    ("add", True, "string", ("string", "int"), lambda one, other: _written(_quantity(one) + other)),
    ("sub", True, "string", ("string", "string"), lambda one, other: _written(_quantity(one) - _quantity(other))),
    ("sub", True, "string", ("string", "int"), lambda one, other: _written(_quantity(one) - other)),
    ("isGreaterThan", True, "bool", ("string", "string"), lambda one, other: _compare(one, other) > 0),
    ("isLessThan", True, "bool", ("string", "string"), lambda one, other: _compare(one, other) < 0),
    ("compareTo", True, "int", ("string", "string"), _compare),
    ("semver", False, "string", ("string",), versions.semver),
    ("semver", False, "string", ("string", "bool"), versions.semver),
    ("isSemver", False, "bool", ("string",), versions.is_semver),
    ("isSemver", False, "bool", ("string", "bool"), versions.is_semver),
    ("major", True, "int", ("string",), lambda text: versions.part(text, 0)),
    ("minor", True, "int", ("string",), lambda text: versions.part(text, 1)),
    ("patch", True, "int", ("string",), lambda text: versions.part(text, 2)),
    ("ip", False, "string", ("string",), lambda text: str(addresses.ip(text))),
    ("ip", True, "string", ("string",), lambda text: str(addresses.cidr(text).ip)),
    ("isIP", False, "bool", ("string",), lambda text: addresses.fits(addresses.ip, text)),
    ("ip.isCanonical", False, "bool", ("string",), lambda text: str(addresses.ip(text)) == text),
    ("family", True, "int", ("string",), lambda text: addresses.ip(text).version),
    ("isUnspecified", True, "bool", ("string",), lambda text: addresses.ip(text).is_unspecified),
    ("isLoopback", True, "bool", ("string",), lambda text: addresses.ip(text).is_loopback),
    ("isLinkLocalMulticast", True, "bool", ("string",), addresses.is_link_local_multicast),
    ("isLinkLocalUnicast", True, "bool", ("string",), addresses.is_link_local),
    ("isGlobalUnicast", True, "bool", ("string",), addresses.is_global),
    ("cidr", False, "string", ("string",), lambda text: str(addresses.cidr(text))),
    ("isCIDR", False, "bool", ("string",), lambda text: addresses.fits(addresses.cidr, text)),
    ("containsIP", True, "bool", ("string", "string"), addresses.contains_ip),
    ("containsCIDR", True, "bool", ("string", "string"), addresses.contains_cidr),
    ("masked", True, "string", ("string",), lambda text: str(addresses.cidr(text).network)),
    ("prefixLength", True, "int", ("string",), lambda text: addresses.cidr(text).network.prefixlen),
    ("url", False, "string", ("string",), url),
    ("isURL", False, "bool", ("string",), lambda text: parse_url(text) is not None),
    ("getScheme", True, "string", ("string",), lambda text: _url(text).scheme),
    ("getHost", True, "string", ("string",), lambda text: _url(text).host),
    ("getHostname", True, "string", ("string",), lambda text: _url(text).hostname()),
    ("getPort", True, "string", ("string",), lambda text: _url(text).port()),
    ("getEscapedPath", True, "string", ("string",), lambda text: _url(text).escaped_path()),
    ("getQuery", True, "map", ("string",), lambda text: _url(text).values()),
    ("sum", True, "any", ("list",), _sum),
    ("min", True, "any", ("list",), lambda values: _extreme(values, min)),
    ("max", True, "any", ("list",), lambda values: _extreme(values, max)),
    ("isSorted", True, "bool", ("list",), _is_sorted),
    ("indexOf", True, "int", ("list", "any"), _index),
    ("lastIndexOf", True, "int", ("list", "any"), _last_index),
    ("format.named", False, "any", ("string",), named_formats.named),
    *((f"format.{name}", False, "string", (), named_formats.constant(name)) for name in named_formats.NAMES),
    ("validate", True, "any", ("string", "string"), named_formats.validate),
    ("hasValue", True, "bool", ("string",), named_formats.has_value),
    ("value", True, "any", ("string",), named_formats.value),
)
