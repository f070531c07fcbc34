"""Checks of single values that many rules share. None fits always: the schema has said what there is to say."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import path_text
from gitops_action.validate.rules.forms import DNS_LABEL, DNS_SUBDOMAIN, PORT_NAME, QUALIFIED_NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.forms import Form

MAX_INT32: Final = 2**31 - 1
LARGEST_PORT: Final = 65535
_MODE: Final = 0o777

# Called for most containers, so without the way through the form; names of ports are often the same.
is_port_name: Final = lru_cache(4096)(PORT_NAME.fits)


def non_negative(check: Check, value: int | None, at: Pointer) -> None:
    """Follow ValidateNonnegativeField, apimachinery pkg/api/validation/objectmeta.go."""
    if value is not None and value < 0:
        check.invalid("invalid-value", at, value, "at least 0")


def non_negative_fields(check: Check, part: Mapping[str, Any], at: Pointer, fields: Collection[str]) -> None:
    """Check several fields with `non_negative`."""
    for field in fields:
        value = part.get(field)
        if value is not None and value < 0:
            check.invalid("invalid-value", (*at, field), value, "at least 0")


def within(check: Check, value: int | None, at: Pointer, lowest: int, highest: int) -> None:
    """Check that a number is between two others, or one of them."""
    if value is not None and not lowest <= value <= highest:
        check.invalid("invalid-value", at, value, f"from {lowest} to {highest}")


def one_of(check: Check, value: str | None, at: Pointer, choices: Collection[str]) -> None:
    """Check an enumerated text that the schema knows no values of; "" is required to be one of them, too."""
    if value is not None and value not in choices:
        if value:
            check.invalid("invalid-enum", at, value, f"one of {', '.join(sorted(choices))}")
        else:
            check.required(at)


def not_empty(check: Check, value: str | None, at: Pointer) -> None:
    """Check an enumerated text that has no default: "" is no value of it, though the schema takes it for absent."""
    if value == "":
        check.wrong("invalid-enum", at, f"{path_text(at)} may not be empty")


def filled(check: Check, part: Mapping[str, Any], at: Pointer, field: str) -> bool:
    """Check that a text is there and not empty."""
    if part.get(field):
        return True
    check.required((*at, field))
    return False


def named(check: Check, value: str | None, at: Pointer, form: Form = DNS_SUBDOMAIN) -> bool:
    """Check a name that must be there, and of a form."""
    if value:
        return form.fits(value) or check.form(at, value, form, "invalid-name")
    if value is not None:
        check.required(at)
    return False


def label(check: Check, value: str | None, at: Pointer) -> None:
    """Follow ValidateDNS1123Label for a text that may be empty, pkg/apis/core/validation/validation.go."""
    if value and not DNS_LABEL.fits(value):
        check.form(at, value, DNS_LABEL, "invalid-name")


def subdomain(check: Check, value: str | None, at: Pointer) -> None:
    """Follow ValidateDNS1123Subdomain for a text that may be empty, pkg/apis/core/validation/validation.go."""
    if value and not DNS_SUBDOMAIN.fits(value):
        check.form(at, value, DNS_SUBDOMAIN, "invalid-name")


def port(check: Check, value: str | int | None, at: Pointer) -> None:
    """Follow ValidatePortNumOrName, pkg/apis/core/validation/validation.go."""
    if isinstance(value, str):
        if not is_port_name(value):
            check.form(at, value, PORT_NAME)
    elif value is not None and not 1 <= value <= LARGEST_PORT:
        check.invalid("invalid-value", at, value, f"a port from 1 to {LARGEST_PORT}")


def mode(check: Check, value: int | None, at: Pointer) -> None:
    """Check the permissions of a file, as the volumes of pkg/apis/core/validation/validation.go do."""
    if value is not None and not 0 <= value <= _MODE:
        check.invalid("invalid-value", at, value, f"from 0 to {_MODE}, which is 0777 in octal")


def no_backsteps(check: Check, value: str | None, at: Pointer) -> None:
    """Follow validatePathNoBacksteps, pkg/apis/core/validation/validation.go, on a server that runs on Linux."""
    if value is not None and ".." in value and ".." in value.split("/"):
        check.invalid("invalid-format", at, value, "a path without `..`")


def label_key(check: Check, value: str | None, at: Pointer) -> None:
    """Follow ValidateLabelName, apimachinery pkg/apis/meta/v1/validation/validation.go."""
    if value is not None and not QUALIFIED_NAME.fits(value):
        check.form(at, value, QUALIFIED_NAME, "invalid-label")


def octets(written: str | Sequence[int | None]) -> bytes:
    """Return bytes as Go's encoding/json reads them: from base64, or from a list of numbers. Raises ValueError."""
    return base64.b64decode(written) if isinstance(written, str) else bytes(int(number or 0) for number in written)


def wrong(check: Check, at: Pointer, what: str, code: str = "invalid-value", *, key: bool = False) -> None:
    """Note a problem with a value (with its key, if `key`); `what` follows the path."""
    check.wrong(code, at, f"{path_text(at)} {what}", key=key)
