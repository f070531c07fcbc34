"""ConfigMaps and Secrets, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import path_text, quoted
from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import CONFIG_MAP_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_LARGEST: Final = 1024 * 1024
_WIDEST: Final = 4
_ACCOUNT: Final = "kubernetes.io/service-account.name"
# The keys that a type of Secret must have.
_DEMANDED: Final = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
# What others are often kept beside.
_USUAL: Final = frozenset({"ca.crt"})
_JSON: Final = frozenset({".dockercfg", ".dockerconfigjson"})
_BASIC: Final = ("username", "password")


def config_map(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateConfigMap."""
    texts, binaries = value.get("data") or {}, value.get("binaryData") or {}
    _keys(check, texts, (*at, "data"))
    _keys(check, binaries, (*at, "binaryData"))
    if texts and binaries:
        for key in texts.keys() & binaries.keys():
            check.wrong(
                "duplicate-item", (*at, "data", key), f"{path_text((*at, 'data', key))} is in binaryData too", key=True
            )
    _size(check, texts.values(), binaries.values(), (*at, "data" if texts else "binaryData"))


def secret(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateSecret, after stringData has gone into data."""
    texts, data = value.get("stringData") or {}, value.get("data") or {}
    _keys(check, data, (*at, "data"))
    _keys(check, texts, (*at, "stringData"))
    kept = [part for key, part in data.items() if key not in texts] if texts else data.values()
    _size(check, texts.values(), kept, (*at, "stringData" if texts else "data"))
    kind = value.get("type") or ""
    for key in _DEMANDED.get(kind, ()):
        _demanded(check, value, kind, key, at)
    if kind == "kubernetes.io/basic-auth" and not any(key in part for key in _BASIC for part in (texts, data)):
        check.required((*at, _field_of(value), _BASIC[0]), f"or {_BASIC[1]}, in a Secret of type {kind}")
    elif kind == "kubernetes.io/service-account-token":
        annotations = (value.get("metadata") or {}).get("annotations") or {}
        if not annotations.get(_ACCOUNT):
            check.required((*at, "metadata", "annotations", _ACCOUNT), f"in a Secret of type {kind}")


def _demanded(check: Check, value: Mapping[str, Any], kind: str, key: str, at: Pointer) -> None:
    for field in ("stringData", "data"):
        part = value.get(field) or {}
        if key in part:
            written = part[key] or ""
            if not _is_good(key, written, encoded=field == "data"):
                what = "a JSON object" if key in _JSON else "a key, which is not empty"
                place = (*at, field, key)
                check.wrong("invalid-value", place, f"{path_text(place)} must be {what} in a Secret of type {kind}")
            return
    demanded = _DEMANDED[kind]
    given = [(field, name) for field in ("stringData", "data") for name in value.get(field) or ()]
    others = [(field, name) for field, name in given if name not in demanded and name not in _USUAL]
    if len(others) == 1 and sum(name in demanded for _, name in given) == len(demanded) - 1:
        what = (
            f"{path_text((*at, 'data', key))} is required in a Secret of type {kind}, and {quoted(others[0][1])} is not"
        )
        check.wrong("required-field", (*at, *others[0]), what, key=True)
    else:
        check.required((*at, _field_of(value), key), f"in a Secret of type {kind}")


def _field_of(value: Mapping[str, Any]) -> str:
    """Return where the data of a Secret is written."""
    return "stringData" if "stringData" in value and "data" not in value else "data"


def _is_good(key: str, written: str, *, encoded: bool) -> bool:
    if key not in _JSON:
        return bool(written) or not key.startswith("ssh-")
    try:
        text = values.octets(written).decode(errors="replace") if encoded else written
        # Numbers are not what this is about, and long ones take time.
        read = json.loads(text, parse_int=len, parse_float=len, parse_constant=_no_constant)
    except RecursionError:
        return True
    except ValueError:
        return False
    return read is None or isinstance(read, dict)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _keys(check: Check, part: Mapping[str, Any], at: Pointer) -> None:
    for key in part:
        if not CONFIG_MAP_KEY.fits(key):
            check.form((*at, key), key, CONFIG_MAP_KEY, "invalid-name", key=True)


def _size(check: Check, texts: Iterable[str | None], encoded: Iterable[str | None], at: Pointer) -> None:
    characters = sum([len(text) for text in texts if text])
    bytes_encoded = sum([len(text) for text in encoded if text]) * 3 // 4
    if characters * _WIDEST + bytes_encoded <= _LARGEST:
        return
    size = sum(len(text.encode(errors="replace")) for text in texts if text)
    size += sum(_decoded(text) for text in encoded if text)
    if size > _LARGEST:
        check.wrong("limit-exceeded", at, f"the data must have at most {_LARGEST} bytes, not {size}", key=True)


def _decoded(text: str) -> int:
    try:
        return len(values.octets(text))
    except ValueError:
        return 0
