"""Scalars as Kubernetes' Go YAML reads them: sigs.k8s.io/yaml on go.yaml.in/yaml/v2, then JSON.

That is what kubectl and the API server decode with. It is YAML 1.1 with differences of its own: `y` and `on` are booleans,
`0o17` is octal, `08` and `1e3` are numbers, `1:30` and dates are text. The result is what the JSON it writes says: an
integral float is written without a fraction, and so is an integer to every reader that follows.

Upstream: go.yaml.in/yaml/v2 v2.4.3 `resolve.go` and `decode.go`, sigs.k8s.io/yaml v1.6.0 `yaml.go`.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from gitops_action.regex import regex

Scalar: TypeAlias = bool | int | float | str | None

TAG_PREFIX: Final = "tag:yaml.org,2002:"
MERGE_KEY: Final = "<<"

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER: Final = regex(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
# `0b` before a sign is read by a second attempt of the Go code.
_SIGNED_BINARY: Final = regex(r"0b([-+][01]+)")
_FLOAT: Final = regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DOT_FLOAT: Final = regex(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_TIMESTAMP: Final = regex(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))| +(\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?)?",
    re.ASCII,
)
_ESCAPED_BYTE: Final = regex("[\udc80-\udcff]")
_KINDS: Final = {"bool": bool, "int": int, "float": float, "null": type(None), "timestamp": date}
_NUMBER_STARTS: Final = frozenset("+-.0123456789")
_INT64_END: Final = 2**63
_MAX_DECIMAL_DIGITS: Final = 20
# Go writes floats from here on with an exponent, and then they are no integers.
_EXPONENT_FROM: Final = 1e21
_EXACT_TO: Final = 2**53


class ScalarError(ValueError):
    """A scalar that Go's YAML or JSON refuses; the message completes "`text` …"."""


def resolve(text: str) -> Scalar:
    """Return what the plain scalar `text` means to Go: also NaN and the infinities, and 1e3 as the float it is there."""
    if text[:1] not in _NUMBER_STARTS:
        return _WORDS.get(text, text)
    if text in _WORDS:
        return _WORDS[text]
    number = _dot_float(text) if text[0] == "." else _number(text.replace("_", ""))
    return text if number is None else number


def resolve_tagged(tag: str, text: str) -> Scalar:
    """Return what `text` means to Go under the explicit `tag`, which is in its long form.

    Raises ScalarError where the text is no value of that tag. A tag that Go does not know leaves the text as it is.
    """
    name = tag.removeprefix(TAG_PREFIX) if tag.startswith(TAG_PREFIX) else ""
    if name == "binary":
        return _binary(text)
    if name not in _KINDS:
        return text
    value = resolve(text)
    if name == "float" and type(value) is int and value < _INT64_END:
        # Go takes an int for a float, but not one that needs 64 bits without a sign.
        return float(value)
    if name == "timestamp" and isinstance(value, str) and is_timestamp(text):
        return text
    if type(value) is not _KINDS[name]:
        raise ScalarError(f"cannot be read as !!{name}")
    return value


def json_value(value: Scalar) -> Scalar:
    """Return what a reader of the JSON that Go writes gets: an integral float comes without a fraction, so as an int.

    Raises ScalarError for NaN and the infinities.
    """
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        raise ScalarError("is no number that JSON can have")
    if not value.is_integer() or abs(value) >= _EXPONENT_FROM:
        return value
    return int(value) if abs(value) <= _EXACT_TO else int(Decimal(repr(value)))


def json_key(value: Scalar) -> str:
    """Return the JSON key for a mapping key.

    Raises ScalarError for what cannot be one: null, an integer that only fits in 64 bits without a sign.
    """
    if isinstance(value, str):
        return value
    if value is None:
        raise ScalarError("is null, and a key has to be text")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _short_float(value)
    if value >= _INT64_END:
        raise ScalarError("is an integer of more than 63 bits, which cannot be a key")
    return str(value)


def _number(plain: str) -> int | float | None:
    integer = _integer(plain)
    if integer is not None:
        return integer
    return _finite(plain) if _FLOAT.fullmatch(plain) else None


def _dot_float(text: str) -> float | None:
    return _finite(text) if _DOT_FLOAT.fullmatch(text) else None


def _finite(text: str) -> float | None:
    """Return the float, or None when it is out of range: Go then takes the text."""
    value = float(text)
    return None if math.isinf(value) else value


def _integer(plain: str) -> int | None:
    match = _INTEGER.fullmatch(plain)
    if match is None:
        signed = _SIGNED_BINARY.fullmatch(plain)
        value = int(signed[1], 2) if signed else None
        return value if value is not None and -_INT64_END <= value < _INT64_END else None
    sign, hexadecimal, binary, octal, decimal = match.groups()
    if decimal is not None:
        if len(decimal) > _MAX_DECIMAL_DIGITS:
            return None
        value = int(decimal)
    elif hexadecimal is not None:
        value = int(hexadecimal, 16)
    else:
        value = int(binary, 2) if binary is not None else int(octal, 8)
    if sign == "-":
        return -value if value <= _INT64_END else None
    # With a sign it is read as int64 only, without as uint64 too.
    return value if value < (_INT64_END if sign else 2 * _INT64_END) else None


def is_timestamp(text: str) -> bool:
    """Whether Go takes a plain scalar for a date or a time, which is text all the same once it is JSON."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return False
    year, month, day, *rest = (int(group or 0) for group in match.groups())
    hour, minute, second = (max(pair) for pair in ((rest[0], rest[5]), (rest[1], rest[6]), (rest[2], rest[7])))
    try:
        # Go has a year 0, which is a leap year as 400 is.
        date(year or 400, month, day)
    except ValueError:
        return False
    return hour < 24 and minute < 60 and second < 60 and rest[3] <= 24 and rest[4] <= 60  # noqa: PLR2004 - a clock's


def _binary(text: str) -> str:
    try:
        data = base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ScalarError("is not base64, as !!binary has to be") from error
    # As Go's JSON: each byte that is not UTF-8 becomes one replacement character.
    return _ESCAPED_BYTE.sub("\ufffd", data.decode("utf-8", "surrogateescape"))


def _short_float(value: float) -> str:
    """Write a float as Go's FormatFloat(value, 'g', -1, 32) does, in the words of YAML."""
    if math.isnan(value):
        return ".nan"
    try:
        single = struct.pack("f", value)
    except OverflowError:
        single = struct.pack("f", math.copysign(math.inf, value))
    (rounded,) = struct.unpack("f", single)
    if math.isinf(rounded):
        return ".inf" if rounded > 0 else "-.inf"
    shortest = next(text for digits in range(9) if struct.pack("f", float(text := f"{rounded:.{digits}e}")) == single)
    exponent = int(shortest.partition("e")[2])
    # Where Go's shortest form takes an exponent.
    return f"{Decimal(shortest):f}" if -4 <= exponent < 6 else shortest  # noqa: PLR2004
