"""Reads quantities as the API server does.

Follows https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

from gitops_action.regex import regex

_FORM: Final = regex(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]+))?")
_POWERS: Final = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_NANO: Final = 10**9
_LARGEST_BINARY: Final = 2**63 - 1
# Beyond any resource there is; larger powers would only take time.
_LARGEST_POWER: Final = 400
_LONGEST: Final = 1000
NOTHING: Final = Fraction(0)
LARGEST_VALUE: Final = _LARGEST_BINARY
"""What is larger is another number, or 0, for Quantity.Value, apimachinery pkg/api/resource/quantity.go."""


def parse(value: str | float) -> Fraction | None:
    """Return the exact value of a quantity, or None if it is none.

    As on the server, a part of less than a billionth counts as a billionth, and no binary quantity (Ki, Mi …) is
    larger than 2⁶³ - 1. Powers of ten beyond 10⁴⁰⁰ are cut off there.
    """
    return _parse(value if isinstance(value, str) else repr(value))


@lru_cache(4096)
def _parse(text: str) -> Fraction | None:
    text = text.strip()
    match = _FORM.fullmatch(text)
    if match is None or not text or len(text) > _LONGEST:
        return None
    sign, whole, fraction, suffix, exponent = match.groups()
    digits = whole + (fraction or "")
    power = _POWERS.get(suffix, 0) if exponent is None else _bounded(exponent)
    number = Fraction(int(digits or "0")) * Fraction(10) ** (power - len(fraction or ""))
    number *= _BINARY.get(suffix, 1)
    if number.denominator > 1:
        number = Fraction(-(-number.numerator * _NANO // number.denominator), _NANO)
    if suffix in _BINARY:
        number = min(number, Fraction(_LARGEST_BINARY))
    return -number if sign == "-" else number


def _bounded(exponent: str) -> int:
    digits = exponent.lstrip("+-").lstrip("0")
    power = int(digits or "0") if len(digits) <= len(str(_LARGEST_POWER)) else _LARGEST_POWER
    power = min(power, _LARGEST_POWER)
    return -power if exponent[0] == "-" else power
