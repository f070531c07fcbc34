"""What SOPS (https://github.com/getsops/sops) leaves in a document that it has encrypted, in whole or in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitops_action.regex import regex

# Names of its metadata (stores/stores.go); one is enough, as old versions wrote few of them.
_MARKS: Final = frozenset(
    {
        *("mac", "lastmodified", "mac_only_encrypted"),
        *("encrypted_regex", "unencrypted_regex", "encrypted_suffix", "unencrypted_suffix"),
        *("encrypted_comment_regex", "unencrypted_comment_regex"),
        *("age", "pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "key_groups", "shamir_threshold"),
    }
)
# `Encrypt` of aes/cipher.go
_CIPHERTEXT: Final = regex(r"ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:(\w+)\]")


def is_encrypted_document(value: Mapping[str, Any]) -> bool:
    """Whether a document carries the metadata of SOPS, so that its values may be ciphertext."""
    sops = value.get("sops")
    return isinstance(sops, Mapping) and not _MARKS.isdisjoint(sops)


def ciphertext_type(value: object) -> str | None:
    """Return the type that a value has once decrypted ("str", "int", "float", "bool", "bytes"), None if it is plain."""
    if not (isinstance(value, str) and value.startswith("ENC[")):
        return None
    match = _CIPHERTEXT.fullmatch(value)
    return match and match[1]


def looks_encrypted(value: object) -> bool:
    """Whether a value is ciphertext, or a shortened example of it in a document: that is no mistake either."""
    return isinstance(value, str) and value.startswith("ENC[AES256_GCM,") and value.endswith("]")
