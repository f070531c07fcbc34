"""Which values of a document SOPS encrypts, by the rules that its own metadata has: what is plain there has lost its encryption.

As in SOPS v3.13 (sops.go: shouldBeEncrypted and walkValue; stores/stores.go: ToInternal; aes/cipher.go: isEmpty).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import re2_pattern
from gitops_action.repository.sops import looks_encrypted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitops_action.model import Pointer

    _Matches = Callable[[str], bool]

_SUFFIXES: Final = ("encrypted_suffix", "unencrypted_suffix")
_REGEXES: Final = ("encrypted_regex", "unencrypted_regex")
# What decides there is not in the values: comments.
_COMMENTS: Final = ("encrypted_comment_regex", "unencrypted_comment_regex")
DEFAULT: Final = ("unencrypted_suffix", "_unencrypted")
"""The rule of a document whose metadata has none."""


def lost(value: Mapping[str, Any]) -> tuple[str, list[Pointer]]:
    """Return the rule of a document with SOPS' metadata, and where values are plain that it has encrypted, in order.

    The list is empty where nobody can tell: with rules about comments, or that cannot be read.
    """
    metadata = value["sops"]
    rules = [(name, metadata[name]) for name in (*_SUFFIXES, *_REGEXES, *_COMMENTS) if metadata.get(name)]
    # SOPS refuses several.
    name, text = rules[0] if rules else DEFAULT
    matches = _matcher(name, text) if len(rules) <= 1 and isinstance(text, str) else None
    if matches is None:
        return name, []
    document = {key: part for key, part in value.items() if key != "sops"}
    return name, list(_plain(document, (), matches, matched=False, wanted=name.startswith("encrypted")))


def _plain(value: Any, pointer: Pointer, matches: _Matches, *, matched: bool, wanted: bool) -> Iterator[Pointer]:
    """Yield what is plain below a place; a rule that matches one key of the way there has matched (not an index)."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            below = matched or matches(str(key))
            yield from _plain(part, (*pointer, key), matches, matched=below, wanted=wanted)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _plain(part, (*pointer, index), matches, matched=matched, wanted=wanted)
    elif matched is wanted and value is not None and value != "" and not looks_encrypted(value):
        yield pointer


@lru_cache(maxsize=256)
def _matcher(rule: str, text: str) -> _Matches | None:
    """Return what tells whether a rule matches a key; None for a rule that cannot be evaluated here."""
    if rule in _SUFFIXES:
        return lambda key: key.endswith(text)
    if rule in _COMMENTS:
        return None
    try:
        pattern = re2_pattern(text)
    except (ImportError, ValueError):
        return None
    return lru_cache(maxsize=1024)(lambda key: pattern.search(key) is not None)
