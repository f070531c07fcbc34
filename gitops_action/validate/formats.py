"""The formats of texts that the API server enforces in custom resources.

Which they are: https://github.com/kubernetes/apiextensions-apiserver/blob/master/pkg/apiserver/validation/formats.go; what
they take: https://github.com/kubernetes/kube-openapi/tree/master/pkg/validation/strfmt. Others mean nothing.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from typing import TYPE_CHECKING, Final

from gitops_action.regex import form, regex
from gitops_action.validate import urls
from gitops_action.validate.rules import addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A JSON schema's own formats have the same names, and other meanings.
PREFIX: Final = "kubernetes:"
# The server has known the formats of Kubernetes' own names since 1.34, and enforces them from the next release on.
_NAMES_SINCE: Final = 35
_NAMES: Final = frozenset({PREFIX + "k8sshortname", PREFIX + "k8slongname"})

_HEX: Final = "[0-9a-fA-F]"
_LABEL: Final = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_CLOCK: Final = regex(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})")
_DATE: Final = regex(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
# Letters become "a", other symbols "0" before the pattern is applied.
_HOSTNAME: Final = regex(r"[a0](?:-?[a0]{0,62})?|(?:[a0](?:[a0-]{0,61}[a0])?\.)+a{2,63}")
_CARD: Final = regex(
    r"4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}"
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11}"
)
_COLOUR_PART: Final = r"\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*"
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL: Final = regex(rf"[ \t]*{_ATOM}(?:\.{_ATOM})*@(?:{_ATOM}(?:\.{_ATOM})*|\[.*\])[ \t]*")
_UNCERTAIN_EMAIL: Final = regex(r"[<\"(\[]|[^\x00-\x7f]")
_GO_DURATION: Final = regex(r"[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_GO_PART: Final = regex(r"([0-9]*)(?:\.([0-9]*))?([a-zµμ]+)")
_GO_UNITS: Final = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_WORDS: Final = regex(r"([0-9]+)[\t\n\f\r ]*([A-Za-zµ]+)")
# The last of each may be the beginning of a longer word.
_UNITS: Final = (
    (1, ("ns", "nano")), (10**3, ("us", "µs", "micro")), (10**6, ("ms", "milli")), (10**9, ("s", "sec")),
    (60 * 10**9, ("m", "min")), (3600 * 10**9, ("h", "hr", "hour")), (86400 * 10**9, ("d", "day")),
    (7 * 86400 * 10**9, ("w", "wk", "week")),
)  # fmt: skip
_INT64: Final = 2**63
_DIGITS: Final = 20


def _uuid(version: str, variant: str = _HEX) -> Callable[[str], bool]:
    return form(rf"{_HEX}{{8}}-?{_HEX}{{4}}-?{version}{_HEX}{{3}}-?{variant}{_HEX}{{3}}-?{_HEX}{{12}}")


def is_date(text: str) -> bool:
    """Tell whether the text is a full date of RFC 3339 that there is."""
    match = _DATE.fullmatch(text)
    if not match:
        return False
    year, month, day = (int(part) for part in match.groups())
    return 1 <= month <= 12 and 1 <= day <= monthrange(year or 4, month)[1]  # noqa: PLR2004 - months


def _is_date_time(text: str) -> bool:
    parts = text.lower().split("t")
    match = _CLOCK.fullmatch(parts[1]) if len(parts) > 1 else None
    if match is None or not is_date(parts[0]):
        return False
    return match[1] <= "23" and match[2] <= "59" and match[3] <= "59"


def nanoseconds(text: str) -> int | None:
    """Return a duration as Go reads it ("1h30m"), or as strfmt.ParseDuration does ("1 hour 30 min"); None for none."""
    if len(text) > 10_000:  # noqa: PLR2004 - nobody writes that
        return None
    if _GO_DURATION.fullmatch(text):
        total = 0
        for whole, fraction, unit in _GO_PART.findall(text.lstrip("+-")):
            if len(whole.lstrip("0")) > _DIGITS:
                return None
            total += int(whole or "0") * _GO_UNITS[unit]
            total += _GO_UNITS[unit] * int(fraction[:_DIGITS] or "0") // 10 ** len(fraction[:_DIGITS])
        if total < _INT64:
            return -total if text.startswith("-") else total
    return _in_words(text)


def _in_words(text: str) -> int | None:
    total: int | None = None
    for number, word in _WORDS.findall(text):
        if len(number.lstrip("0")) > _DIGITS or int(number) >= _INT64:
            return None
        unit = word.lower()
        for factor, (*names, start) in _UNITS:
            if unit in names or unit.startswith(start):
                total = (total or 0) + int(number) * factor
    return total


def _is_hostname(text: str) -> bool:
    kinds = "".join(
        char if char in "-." or (char.isascii() and char.isdigit()) else "a" if unicodedata.category(char)[0] == "L"
        else "0" if unicodedata.category(char)[0] == "S" else "?"
        for char in text[:256]
    )  # fmt: skip
    kinds = re.sub("[0-9]", "0", kinds)
    octets = [len(part.encode()) for part in text.split(".")]
    return len(text.encode()) <= 255 and max(octets) <= 63 and bool(_HOSTNAME.fullmatch(kinds))  # noqa: PLR2004 - RFC 1034


def _is_email(text: str) -> bool:
    """Like net/mail.ParseAddress, but with anything for what is rarely written: names, quotes, comments."""
    return bool(_EMAIL.fullmatch(text)) or ("@" in text and bool(_UNCERTAIN_EMAIL.search(text)))


def _is_ipv6(text: str) -> bool:
    import ipaddress  # noqa: PLC0415 - start-up time

    try:
        return ipaddress.IPv6Address(text).scope_id is None
    except ValueError:
        return False


def _is_mac(text: str) -> bool:
    if len(text) in {12, 16, 40} and re.fullmatch(f"{_HEX}*", text):
        return True  # since Go 1.26
    for separator, digits in ((":", 2), ("-", 2), (".", 4)):
        groups = text.split(separator)
        if len(groups) * digits in {12, 16, 40} and all(len(group) == digits for group in groups):
            return bool(re.fullmatch(f"{_HEX}*", "".join(groups)))
    return False


def _is_isbn10(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text, flags=re.ASCII)
    if not re.fullmatch("[0-9]{9}[0-9X]", digits):
        return False
    return not sum((index + 1) * (10 if digit == "X" else int(digit)) for index, digit in enumerate(digits)) % 11


def _is_isbn13(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text, flags=re.ASCII)
    if not re.fullmatch("[0-9]{13}", digits):
        return False
    return not sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits)) % 10


def _is_credit_card(text: str) -> bool:
    digits = re.sub("[^0-9]+", "", text)
    if not _CARD.fullmatch(digits):
        return False
    doubled = [int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(digits))]
    return not sum(value - 9 if value > 9 else value for value in doubled) % 10  # noqa: PLR2004 - cross sum


_CHECKS: Final[Mapping[str, tuple[str, Callable[[str], bool]]]] = {
    "bsonobjectid": ("24 hexadecimal digits", form(f"{_HEX}{{24}}")),
    "uri": ("an absolute URI", lambda text: urls.parse(text) is not None),
    "email": ("an e-mail address", _is_email),
    "hostname": ("a host name", _is_hostname),
    "ipv4": ("an IPv4 address", lambda text: "." in text and addresses.is_ip(text)),
    "ipv6": ("an IPv6 address", _is_ipv6),
    "cidr": ("a CIDR such as 10.9.8.0/24", addresses.is_cidr),
    "mac": ("a MAC address", _is_mac),
    "uuid": ("a UUID", _uuid(_HEX)),
    "uuid3": ("a UUID of version 3", _uuid("3")),
    "uuid4": ("a UUID of version 4", _uuid("4", "[89abAB]")),
    "uuid5": ("a UUID of version 5", _uuid("5", "[89abAB]")),
    "isbn": ("an ISBN", lambda text: _is_isbn10(text) or _is_isbn13(text)),
    "isbn10": ("an ISBN of 10 digits", _is_isbn10),
    "isbn13": ("an ISBN of 13 digits", _is_isbn13),
    "creditcard": ("the number of a credit card", _is_credit_card),
    "ssn": ("a social security number", form(r"(?=.{11}$)\d{3}[- ]?\d{2}[- ]?\d{4}")),
    "hexcolor": ("a colour such as #a0b1c2", form(f"#?(?:{_HEX}{{3}}|{_HEX}{{6}})")),
    "rgbcolor": ("a colour such as rgb(0, 128, 255)", form(rf"rgb\({_COLOUR_PART},{_COLOUR_PART},{_COLOUR_PART}\)")),
    "byte": (
        "base64",
        form("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"),
    ),
    "date": ("a date such as 2026-01-31", is_date),
    "datetime": ("a time such as 2026-01-31T12:00:00Z", _is_date_time),
    "duration": ("a duration such as 1h30m", lambda text: nanoseconds(text) is not None),
    "k8sshortname": ("a DNS label", form(_LABEL, 63)),
    "k8slongname": ("a DNS subdomain", form(rf"{_LABEL}(?:\.{_LABEL})*", 253)),
}  # fmt: skip

CHECKERS: Final[dict[str, Callable[..., bool]]] = {PREFIX + name: check for name, (_, check) in _CHECKS.items()}
EXPECTED: Final = {PREFIX + name: expected for name, (expected, _) in _CHECKS.items()}


def checkers(minor: int) -> dict[str, Callable[..., bool]]:
    """Return those of CHECKERS that a release enforces: 36 stands for Kubernetes 1.36."""
    return {name: check for name, check in CHECKERS.items() if minor >= _NAMES_SINCE or name not in _NAMES}


def enforced(form: str) -> str | None:
    """Return the name in CHECKERS of a format that a text must have, None if it means nothing."""
    name = form.replace("-", "")
    return PREFIX + name if name in _CHECKS else None
