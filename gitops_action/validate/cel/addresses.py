"""IP addresses and CIDRs as the functions of rules read them.

Follows https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/ip.go and cidr.go.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from gitops_action.validate.cel.refusal import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable


def ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an address; none with a zone, and no IPv4 in IPv6."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise FunctionError("no IP address") from None
    if isinstance(address, ipaddress.IPv6Address) and (address.scope_id is not None or address.ipv4_mapped):
        raise FunctionError("an address with a zone, or IPv4 in IPv6")
    return address


def cidr(text: str) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface:
    """Read an address with the length of its prefix."""
    address, slash, length = text.partition("/")
    bits = ip(address).max_prefixlen
    if not slash or not length.isdecimal() or not length.isascii() or (length[0] == "0" and len(length) > 1):
        raise FunctionError("no CIDR")
    if len(length) > 3 or int(length) > bits:  # noqa: PLR2004 - the digits of 128
        raise FunctionError("no CIDR")
    return ipaddress.ip_interface(text)


def fits(read: Callable[[str], object], text: str) -> bool:
    """Tell whether `read` takes the text."""
    try:
        read(text)
    except FunctionError:
        return False
    return True


def contains_ip(network: str, address: str) -> bool:
    """`cidr.containsIP(ip)`."""
    return ip(address) in cidr(network).network


def contains_cidr(network: str, other: str) -> bool:
    """`cidr.containsCIDR(cidr)`."""
    outer, inner = cidr(network), cidr(other)
    if outer.version != inner.version:
        return False
    return outer.network.prefixlen <= inner.network.prefixlen and outer.network.overlaps(inner.network)


def is_link_local_multicast(text: str) -> bool:
    """Like netip.Addr.IsLinkLocalMulticast."""
    address = ip(text)
    if address.version == 4:  # noqa: PLR2004 - the protocol
        return address in ipaddress.ip_network("224.0.0.0/24")
    packed = address.packed
    return packed[0] == 0xFF and packed[1] & 0x0F == 2  # noqa: PLR2004 - the scope of the link


def is_link_local(text: str) -> bool:
    """Like netip.Addr.IsLinkLocalUnicast."""
    address = ip(text)
    return address in ipaddress.ip_network("169.254.0.0/16" if address.version == 4 else "fe80::/10")  # noqa: PLR2004


def is_global(text: str) -> bool:
    """Like netip.Addr.IsGlobalUnicast."""
    address = ip(text)
    if str(address) == "255.255.255.255" or address.is_unspecified or address.is_loopback or address.is_multicast:
        return False
    return not is_link_local(text)
