"""The forms that the API server knows for names, keys, addresses, times and the like, each after its upstream check.

Most follow https://github.com/kubernetes/apimachinery/blob/master/pkg/util/validation/validation.go. Lengths are bytes
there; every form with a length is ASCII, so characters serve as well.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import form
from gitops_action.validate.rules import addresses, times

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Form:
    """A form of text. `expected` completes "PATH must be …"; `fits` tells whether a text has the form."""

    expected: str
    fits: Callable[[str], bool]


_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_RELAXED_LABEL: Final = r"_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?"
_NAME: Final = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_HTTP_PATH: Final = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
_KEY: Final = r"[-._a-zA-Z0-9]+"

_is_subdomain = lru_cache(4096)(form(rf"{_LABEL}(?:\.{_LABEL})*", 253))
_is_name = form(_NAME)
_is_http_path = form(_HTTP_PATH)
_is_strict_variable = form(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_is_key = form(_KEY, 253)
_is_port_name = form(r"[a-z0-9]+(?:-[a-z0-9]+)*", 15)
_is_zone_part = form(r"[A-Za-z.\-_0-9+]{1,14}")


@lru_cache(4096)
def _is_qualified_name(text: str) -> bool:
    """Like content.IsLabelKey of apimachinery."""
    prefix, slash, name = text.rpartition("/")
    return _is_name(name) and (not slash or _is_subdomain(prefix))


def _is_path_segment(text: str) -> bool:
    return text not in {".", ".."} and "/" not in text and "%" not in text


def _is_variable(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and "=" not in text


def _is_prefixed_path(text: str) -> bool:
    host, slash, path = text.partition("/")
    return bool(slash) and _is_subdomain(host) and _is_http_path(path)


def _is_full_name(text: str) -> bool:
    return text.count(".") > 1 and _is_subdomain(text)


def _is_relative(text: str) -> bool:
    return not text.startswith("/") and ".." not in text.split("/")


def _is_time_zone(text: str) -> bool:
    """Like validateTimeZone of pkg/apis/batch/validation/validation.go."""
    for part in text.split("/"):
        if part in {".", ".."} or part.startswith("-") or not _is_zone_part(part):
            return False
    return text.casefold() != "local" and times.is_time_zone(text)


# Names. Each `…_PREFIX` is the form of metadata.generateName for the form of the name.
DNS_LABEL: Final = Form(
    "a DNS label: at most 63 lower-case letters, digits and `-`, the first and the last no `-`",
    lru_cache(4096)(form(_LABEL, 63)),
)
DNS_SUBDOMAIN: Final = Form(
    "a DNS subdomain: at most 253 lower-case letters, digits, `-` and `.`, each part with a letter or digit first and last",
    _is_subdomain,
)
DNS_SUBDOMAIN_WITH_UNDERSCORE: Final = Form(
    "a DNS subdomain: at most 253 lower-case letters, digits, `-`, `_` and `.`",
    form(rf"{_RELAXED_LABEL}(?:\.{_RELAXED_LABEL})*", 253),
)
DNS_1035_LABEL: Final = Form(
    "a DNS label: at most 63 lower-case letters, digits and `-`, the first a letter and the last no `-`",
    form(r"[a-z](?:[-a-z0-9]*[a-z0-9])?", 63),
)
WILDCARD_SUBDOMAIN: Final = Form(
    "`*.` and a DNS subdomain, at most 253 characters", form(rf"\*\.{_LABEL}(?:\.{_LABEL})*", 253)
)
FULLY_QUALIFIED_NAME: Final = Form("a DNS subdomain of at least three parts", _is_full_name)
PATH_SEGMENT: Final = Form("neither `.` nor `..`, and without `/` and `%`", _is_path_segment)
PATH_SEGMENT_PREFIX: Final = Form("without `/` and `%`", lambda text: "/" not in text and "%" not in text)
C_IDENTIFIER: Final = Form("letters, digits and `_`, the first no digit", form(r"[A-Za-z_][A-Za-z0-9_]*"))

# Keys and values.
QUALIFIED_NAME: Final = Form(
    "a name of at most 63 letters, digits, `-`, `_` and `.`, the first and the last a letter or digit, "
    "or such a name after a DNS subdomain and `/`",
    _is_qualified_name,
)
DOMAIN_PREFIXED_PATH: Final = Form("a DNS subdomain, `/` and a path, such as acme.io/foo", _is_prefixed_path)
LABEL_VALUE: Final = Form(
    "empty or at most 63 letters, digits, `-`, `_` and `.`, the first and the last a letter or digit",
    lru_cache(4096)(form(rf"(?:{_NAME})?")),
)
CONFIG_MAP_KEY: Final = Form(
    "at most 253 letters, digits, `-`, `_` and `.`, and not begin with `..` or be `.`",
    lambda text: _is_key(text) and text != "." and not text.startswith(".."),
)
# Any minor takes the strict form of an environment variable; those from 1.32 on take the other one too.
ENV_VAR_NAME: Final = Form("printable ASCII without `=`", _is_variable)
STRICT_ENV_VAR_NAME: Final = Form(
    "letters, digits, `-`, `_` and `.`, and not begin with a digit or `..`",
    lambda text: _is_strict_variable(text) and text != "." and not text.startswith(".."),
)
PORT_NAME: Final = Form(
    "a port name: at most 15 lower-case letters, digits and single `-`, at least one a letter",
    lambda text: _is_port_name(text) and not text.replace("-", "").isdigit(),
)
HTTP_HEADER_NAME: Final = Form("letters, digits and `-`", form(r"[-A-Za-z0-9]+"))
PERCENTAGE: Final = Form("a percentage such as 25%", form(r"[0-9]+%"))

# Addresses. The plain ones are what minors before 1.36 take in fields that have been there for long, see `ip`.
IP: Final = Form("an IP address such as 10.9.8.7 or 2001:db8::ffff", addresses.is_ip)
CIDR: Final = Form("a CIDR such as 10.9.8.0/24 or 2001:db8::/64", addresses.is_cidr)
STRICT_IP: Final = Form(
    "an IP address such as 10.9.8.7 or 2001:db8::ffff, without leading zeros and no IPv4 in IPv6",
    addresses.is_strict_ip,
)
STRICT_CIDR: Final = Form(
    "a CIDR such as 10.9.8.0/24 or 2001:db8::/64, without leading zeros, no IPv4 in IPv6 and no bit set after the prefix",
    addresses.is_strict_cidr,
)
CANONICAL_IP: Final = Form(
    "an IP address in its usual form, such as 10.9.8.7 or 2001:db8::ffff", addresses.is_canonical_ip
)

# Times.
CRON_SCHEDULE: Final = Form(
    "a cron schedule of five fields such as `0 3 * * 1-5`, or @daily and the like, without TZ", times.is_schedule
)
TIME_ZONE: Final = Form("the name of a time zone such as Europe/Berlin", _is_time_zone)

# Paths.
ABSOLUTE_PATH: Final = Form("an absolute path", lambda text: text.startswith("/"))
RELATIVE_PATH: Final = Form("a relative path without `..`", _is_relative)


def ip(minor: int) -> Form:
    """Return the form of an IP address in a field older than 1.33: StrictIPCIDRValidation is on by default from 1.36."""
    return IP if minor < addresses.STRICT_SINCE else STRICT_IP


def cidr(minor: int) -> Form:
    """Return the form of a CIDR in a field older than 1.33, like `ip`."""
    return CIDR if minor < addresses.STRICT_SINCE else STRICT_CIDR


def env_var_name(minor: int) -> Form:
    """Return the form of a variable's name: RelaxedEnvironmentVariableValidation is on by default from 1.32."""
    return ENV_VAR_NAME if minor >= _RELAXED_VARIABLES_SINCE else STRICT_ENV_VAR_NAME


_RELAXED_VARIABLES_SINCE: Final = 32
