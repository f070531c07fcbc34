"""IP addresses and CIDRs as the API server reads them.

Follows https://github.com/kubernetes/apimachinery/blob/master/pkg/util/validation/ip.go and the parser that it uses,
https://github.com/kubernetes/utils/tree/master/internal/third_party/forked/golang/net, which passes over leading zeros.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

STRICT_SINCE: Final = 36
_V4_BITS: Final = 32
_V6_BITS: Final = 128
_GROUPS: Final = 8
_MAPPED: Final = 0xFFFF
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_DIGITS: Final = frozenset("0123456789")

# Name, address and bits, as of IPv6.
_SPECIAL: Final = (
    ("the unspecified address", 0, 128),
    ("the unspecified address", _MAPPED << 32, 128),
    ("the loopback range", 1, 128),
    ("the loopback range", _MAPPED << 32 | 127 << 24, 104),
    ("the link-local range", 0xFE80 << 112, 10),
    ("the link-local range", _MAPPED << 32 | 169 << 24 | 254 << 16, 112),
    ("the link-local multicast range", _MAPPED << 32 | 224 << 24, 120),
)


def is_ip(text: str) -> bool:
    """Tell whether netutils.ParseIPSloppy takes the text."""
    return _address(text) is not None


def family(text: str) -> int | None:
    """Return 4 or 6, or None for what is no address. An IPv4 address in IPv6 is of family 4, as for net.IP.To4."""
    address = _address(text)
    if address is None:
        return None
    return 4 if address >> _V4_BITS == _MAPPED else 6


def cidr_family(text: str) -> int | None:
    """Return 4 or 6, or None for what is no CIDR."""
    parsed = _cidr(text)
    return None if parsed is None else (4 if parsed[0] >> _V4_BITS == _MAPPED else 6)


@lru_cache(4096)
def is_strict_ip(text: str) -> bool:
    """Tell whether IsValidIPForLegacyField takes the text with strictValidation."""
    address = _address(text)
    if address is None or (":" in text and address >> _V4_BITS == _MAPPED):
        return False
    return not _has_leading_zeros(text)


def is_canonical_ip(text: str) -> bool:
    """Tell whether IsValidIP takes the text."""
    address = _address(text)
    return address is not None and text == _written(address)


def is_cidr(text: str) -> bool:
    """Tell whether netutils.ParseCIDRSloppy takes the text."""
    return _cidr(text) is not None


@lru_cache(4096)
def is_strict_cidr(text: str) -> bool:
    """Tell whether IsValidCIDRForLegacyField takes the text with strictValidation."""
    parsed = _cidr(text)
    if parsed is None:
        return False
    address, bits = parsed
    written, _, length = text.partition("/")
    if ":" in written and address >> _V4_BITS == _MAPPED:
        return False
    if (len(length) > 1 and length[0] == "0") or _has_leading_zeros(written):
        return False
    return not address & ((1 << (_V6_BITS - bits)) - 1)


def is_canonical_cidr(text: str) -> bool:
    """Tell whether IsValidCIDR takes the text."""
    parsed = _cidr(text)
    return parsed is not None and is_strict_cidr(text) and is_canonical_ip(text.partition("/")[0])


@lru_cache(4096)
def is_smaller_part(inner: str, outer: str) -> bool:
    """Tell whether one CIDR lies in another and is not the same; both must be CIDRs."""
    small, large = _cidr(inner), _cidr(outer)
    if small is None or large is None or (small[0] >> _V4_BITS == _MAPPED) != (large[0] >> _V4_BITS == _MAPPED):
        return False
    return large[1] < small[1] and not (small[0] ^ large[0]) >> (_V6_BITS - large[1])


def special(text: str) -> str:
    """Return what an address is for that no endpoint may have (ValidateEndpointIP), or ""."""
    address = _address(text)
    for name, prefix, bits in _SPECIAL:
        if address is not None and address >> (_V6_BITS - bits) == prefix >> (_V6_BITS - bits):
            return name
    if address is not None and address >> 120 == 0xFF and address >> 112 & 0xF == 2:  # noqa: PLR2004 - ff?2::/16
        return "the link-local multicast range"
    return ""


def _cidr(text: str) -> tuple[int, int] | None:
    """Return the address and the length of the prefix, both as of IPv6."""
    written, slash, length = text.partition("/")
    if not slash or not length or not _DIGITS.issuperset(length):
        return None
    is_v4 = ":" not in written
    address = _v4(written) if is_v4 else _v6(written)
    bits = _number(length, _V4_BITS if is_v4 else _V6_BITS)
    if address is None or bits is None:
        return None
    return (address, bits + _V6_BITS - _V4_BITS) if is_v4 else (address, bits)


def _address(text: str) -> int | None:
    """Return the address as a number of 128 bits, that of an IPv4 address mapped into IPv6."""
    return _v6(text) if ":" in text and "." not in text.partition(":")[0] else _v4(text)


def _number(text: str, largest: int) -> int | None:
    if not text or not _DIGITS.issuperset(text):
        return None
    digits = text.lstrip("0")
    if len(digits) > 3:  # noqa: PLR2004 - no number here has more digits
        return None
    number = int(digits or "0")
    return number if number <= largest else None


def _v4(text: str) -> int | None:
    parts = text.split(".")
    if len(parts) != 4:  # noqa: PLR2004 - the four parts of an address
        return None
    address = _MAPPED
    for part in parts:
        number = _number(part, 255)
        if number is None:
            return None
        address = address << 8 | number
    return address


def _v6(text: str) -> int | None:
    head, ellipsis, tail = text.partition("::")
    before, after = _groups(head, last=not ellipsis), _groups(tail, last=True)
    if before is None or after is None:
        return None
    missing = _GROUPS - len(before) - len(after)
    if missing < 1 if ellipsis else missing:
        return None
    address = 0
    for group in (*before, *[0] * missing, *after):
        address = address << 16 | group
    return address


def _groups(text: str, *, last: bool) -> list[int] | None:
    """Read groups of 16 bits; if they are the last ones, an IPv4 address may end them."""
    groups: list[int] = []
    if not text:
        return groups
    parts = text.split(":")
    if last and "." in parts[-1]:
        embedded = _v4(parts.pop())
        if embedded is None:
            return None
        groups = [embedded >> 16 & 0xFFFF, embedded & 0xFFFF]
    numbers: list[int] = []
    for part in parts:
        if not part or not _HEX.issuperset(part):
            return None
        digits = part.lstrip("0")
        if len(digits) > 4:  # noqa: PLR2004 - 16 bits
            return None
        numbers.append(int(digits or "0", 16))
    return numbers + groups


def _has_leading_zeros(text: str) -> bool:
    """Tell whether netip.ParseAddr rejects what the other parser took: zeros in front of IPv4, or too many for IPv6."""
    *groups, rest = text.split(":")
    if "." not in rest:
        groups.append(rest)
        rest = ""
    if any(len(part) > 1 and part[0] == "0" for part in rest.split(".")):
        return True
    return any(len(group) > 4 for group in groups)  # noqa: PLR2004 - 16 bits


def _written(address: int) -> str:
    """Write an address as net.IP.String does."""
    if address >> _V4_BITS == _MAPPED:
        return ".".join(str(address >> shift & 0xFF) for shift in (24, 16, 8, 0))
    groups = [address >> shift & 0xFFFF for shift in range(112, -1, -16)]
    start, length = 0, 0
    for first in range(_GROUPS):
        count = 0
        while first + count < _GROUPS and groups[first + count] == 0:
            count += 1
        if count > length:
            start, length = first, count
    texts = [f"{group:x}" for group in groups]
    if length < 2:  # noqa: PLR2004 - a single zero is not left out
        return ":".join(texts)
    return ":".join(texts[:start]) + "::" + ":".join(texts[start + length :])
