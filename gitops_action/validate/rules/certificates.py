"""CertificateSigningRequests, as pkg/apis/certificates/validation/validation.go judges them."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import DNS_LABEL, DNS_SUBDOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_LEGACY: Final = "kubernetes.io/legacy-unknown"
_SHORTEST: Final = 600
_REQUEST: Final = regex(
    rb"(?:^|\n)-----BEGIN CERTIFICATE REQUEST-----[ \t]*\r?\n(.*?)\n-----END CERTIFICATE REQUEST-----", re.DOTALL
)
_SEQUENCE: Final = 0x30
_HEADER: Final = 2
_LONG: Final = 0x80


def signing_request(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateCertificateSigningRequest; of the request only the wrapping is looked at."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    request = spec.get("request")
    if request is not None and not _is_request(request):
        check.wrong(
            "invalid-format", (*at, "request"), "spec.request must be a PEM block CERTIFICATE REQUEST in base64"
        )
    usages = spec.get("usages") or ()
    if not usages:
        check.required((*at, "usages"), "and not empty")
    for index, usage in enumerate(usages):
        values.not_empty(check, usage or "", (*at, "usages", index))
        if usage in usages[:index]:
            check.duplicate((*at, "usages", index), usage)
    signer = spec.get("signerName")
    at_signer = (*at, "signerName")
    if signer == "":
        check.required(at_signer)
    elif signer == _LEGACY:
        check.invalid("invalid-value", at_signer, signer, "the name of a signer, which this one is no longer")
    elif signer is not None and not is_signer(signer):
        check.invalid("invalid-format", at_signer, signer, "the name of a signer, such as example.com/signer")
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < _SHORTEST:
        check.invalid("invalid-value", (*at, "expirationSeconds"), seconds, f"at least {_SHORTEST}")


def _is_request(text: str) -> bool:
    try:
        block = _REQUEST.search(values.octets(text))
        return block is not None and _is_sequence(base64.b64decode(b"".join(block[1].split()), validate=True))
    except ValueError:
        return False


def _is_sequence(data: bytes) -> bool:
    """Tell whether data are a sequence in DER of just their length, which is all that is looked at."""
    if len(data) < _HEADER or data[0] != _SEQUENCE:
        return False
    if data[1] < _LONG:
        return len(data) == 2 + data[1]
    size = data[1] - _LONG
    return len(data) == 2 + size + int.from_bytes(data[2 : 2 + size], "big")


def is_signer(name: str) -> bool:
    """Tell whether ValidateSignerName, pkg/apis/core/validation/names.go, takes a name."""
    domain, slash, path = name.partition("/")
    labels = domain.split(".")
    return (
        bool(slash)
        and "/" not in path
        and len(domain) <= 253  # noqa: PLR2004 - the longest DNS subdomain
        and len(labels) > 1
        and all(DNS_LABEL.fits(label) for label in labels)
        and all(DNS_SUBDOMAIN.fits(part) for part in path.split("."))
    )
