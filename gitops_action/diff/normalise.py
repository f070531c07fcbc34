"""What two manifests are compared by: without what the server writes, and with equal things written equally."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from gitops_action.cluster.requests import SERVER_METADATA, without_nulls
from gitops_action.repository.sops import ciphertext_type


def is_encrypted(value: object) -> bool:
    """Whether a value is SOPS ciphertext, which may be shown."""
    return ciphertext_type(value) is not None


def normalise(manifest: Mapping[str, Any], *, merged: bool = True) -> dict[str, Any]:
    """Return a copy without status, server-written metadata and nulls, and with a Secret's values all in `data`.

    `merged` says whether what is in `stringData` comes to be there: ciphertext never does.
    """
    result = {key: without_nulls(value) for key, value in manifest.items() if key != "status" and value is not None}
    metadata = result.get("metadata")
    if isinstance(metadata, dict):
        result["metadata"] = {key: value for key, value in metadata.items() if key not in SERVER_METADATA}
    if is_secret(result):
        _merge_string_data(result, merged=merged)
    return result


def normalise_both(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both sides of a comparison; `stringData` stays where it is where one of them has ciphertext in it."""
    merged = not any(_has_ciphertext(side) for side in (before, after))
    return normalise(before, merged=merged), normalise(after, merged=merged)


def is_secret(value: Mapping[str, Any]) -> bool:
    """Whether a mapping is a Secret object; not a mere reference to one (`kind: Secret` with a name)."""
    kind = value.get("kind")
    if not isinstance(kind, str) or kind.lower() != "secret":
        return False
    return "metadata" in value or any(key.lower() in {"data", "stringdata"} for key in value)


def is_secret_list(value: Mapping[str, Any]) -> bool:
    """Whether a mapping is a SecretList, whose items need not say their kind."""
    kind = value.get("kind")
    return isinstance(kind, str) and kind.lower() == "secretlist"


def same(before: Any, after: Any) -> bool:
    """Whether two JSON-like values are equal; unlike `==`, true is not 1. The order of keys does not matter."""
    if isinstance(before, Mapping):
        return (
            isinstance(after, Mapping)
            and len(before) == len(after)
            and all(key in after and same(value, after[key]) for key, value in before.items())
        )
    if isinstance(before, list | tuple):
        return (
            isinstance(after, list | tuple)
            and len(before) == len(after)
            and all(same(one, other) for one, other in zip(before, after, strict=True))
        )
    if isinstance(before, float) and isinstance(after, float) and before != before:  # noqa: PLR0124 - NaN
        return after != after  # noqa: PLR0124 - NaN
    return isinstance(before, bool) == isinstance(after, bool) and bool(before == after)


def _has_ciphertext(manifest: Mapping[str, Any]) -> bool:
    text = manifest.get("stringData")
    return isinstance(text, Mapping) and any(is_encrypted(value) for value in text.values())


def _merge_string_data(secret: dict[str, Any], *, merged: bool) -> None:
    """As the API server does on write: stringData is encoded into data and wins over it."""
    data = secret.get("data", {})
    if not isinstance(data, dict):
        return
    values = {key: _canonical_base64(value) for key, value in data.items()}
    text = secret.get("stringData")
    if merged and isinstance(text, dict):
        # Ciphertext and what is no string stay where they are: they are not what will be applied.
        kept = {key: value for key, value in text.items() if not isinstance(value, str) or is_encrypted(value)}
        values |= {
            key: base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()
            for key, value in text.items()
            if key not in kept
        }
        secret.pop("stringData")
        if kept:
            secret["stringData"] = kept
    if values or "data" in secret:
        secret["data"] = values


def _canonical_base64(value: Any) -> Any:
    """Encode anew, since Go's decoder accepts line breaks anywhere; what is not base64 stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64encode(base64.b64decode(value.replace("\n", "").replace("\r", ""), validate=True)).decode()
    except (binascii.Error, ValueError):
        return value
