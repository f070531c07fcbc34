"""What counts as a credential outside Secrets: by the name of the field that holds it, and by its own shape.

The reasons for these defaults are in docs/decisions/0004-redaction.md.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.model import Pointer

# Annotations in which tools keep a whole copy of the object, Secrets and all.
COPIES: Final = ("kubectl.kubernetes.io/last-applied-configuration", "kapp.k14s.io/original")

# Where the names of keys are judged, besides `name`/`value` pairs anywhere.
_NAMED_PLACES: Final = (("ConfigMap", "/data/*"), ("HelmRelease", "/spec/values/**"))

_CREDENTIAL_NAME: Final = regex(
    r"(?:^|_)(?:password|passwd|passphrase|pwd|pass|token|secret|credentials?|authorization|apikey|secret_key_base"
    r"|(?:access|account|admin|api|app|auth|client|encryption|hmac|jwt|license|master|private|root|secret|service"
    r"|session|shared|signing|ssh|storage|webhook)_key(?:_id)?)$"
)
# In an environment any last KEY counts; in chart values it would hide topologyKey and a toleration's key.
_KEY_NAME: Final = regex(r"(?:^|_)key$")
_NAME_PARTS: Final = regex(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
# Words that make a name one of a reference, a place or a setting: existingSecret, ssh_public_key.
_HARMLESS: Final = frozenset({"existing", "public", "ref", "partition", "sort", "primary", "foreign", "cache"})

# Credentials that can be told by their shape; each named group is what is hidden. Every alternative begins with
# something that a long run of text cannot repeat at each place, so the time is linear.
_CREDENTIAL_TEXT: Final = regex(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?P<pem>.*?)(?:-----END |\Z)"
    r"|://[^\s/:@?#]*:(?P<userinfo>[^\s/@$<{][^\s/@]*)@"
    r"|(?<![\w-])(?P<token>(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,}|glpat-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+))"
    r"|(?:^|\s)--?[\w.-]*(?:password|passwd|passphrase|token|secret|api-?key|secret-?key|private-?key)"
    r"[= ](?P<option>[^\s$<{-][^\s]*)",
    re.DOTALL | re.IGNORECASE,
)

_SHORTEST: Final = len("://:p@h")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is hidden besides Secrets and the defaults.

    `names` are globs for names of environment variables and keys, without regard to case; `pointers` are pairs of a
    glob for the kind and a JSON pointer in which `*` stands for one segment and `**` for any number.
    """

    names: Sequence[str] = ()
    pointers: Sequence[tuple[str, str]] = ()

    def hides_name(self, name: str, *, variable: bool = False) -> bool:
        """Whether the value of a key, or of an environment variable, so named is a credential."""
        if any(fnmatchcase(name.lower(), pattern.lower()) for pattern in self.names):
            return True
        words = _NAME_PARTS.sub("_", name).lower()
        found = _CREDENTIAL_NAME.search(words) or (variable and _KEY_NAME.search(words))
        return bool(found) and not _HARMLESS.intersection(words.split("_"))

    def hides_place(self, kind: str, pointer: Pointer) -> bool:
        """Whether everything at and below a place is hidden."""
        return any(fnmatchcase(kind, pattern) and matches(place, pointer) for pattern, place in self.pointers)

    def hidden_keys(self, kind: str, pointer: Pointer, value: Mapping[str, Any]) -> set[str]:
        """Return the keys of one mapping whose values are hidden (Secrets are not judged here)."""
        hidden = {key for key in value if self.hides_place(kind, (*pointer, key))} if self.pointers else set()
        if "value" in value and isinstance(name := value.get("name"), str) and not _is_reference(value["value"]):
            hidden |= {"value"} if self.hides_name(name, variable=True) else set()
        if pointer[-1:] == ("annotations",):
            hidden |= {key for key in value if key.startswith(COPIES)}
        for named_kind, place in _NAMED_PLACES:
            if kind == named_kind:
                hidden |= {
                    key
                    for key, item in value.items()
                    if isinstance(item, str | int | float)
                    and not isinstance(item, bool)
                    and matches(place, (*pointer, key))
                    and self.hides_name(key)
                    and not _is_reference(item)
                }
        return hidden


def credentials(text: str) -> Iterable[tuple[int, int]]:
    """Find the places in a text that have the shape of a credential, as (start, end)."""
    if len(text) < _SHORTEST:
        return
    for match in _CREDENTIAL_TEXT.finditer(text):
        if match.lastgroup is not None:
            yield match.span(match.lastgroup)


def matches(pattern: str, pointer: Pointer) -> bool:
    """Whether a JSON pointer pattern with `*` and `**` fits a pointer as a whole."""
    return _matches([part.replace("~1", "/").replace("~0", "~") for part in pattern.split("/")[1:]], pointer)


def _matches(pattern: Sequence[str], pointer: Pointer) -> bool:
    if not pattern:
        return not pointer
    if pattern[0] == "**":
        return any(_matches(pattern[1:], pointer[skip:]) for skip in range(len(pointer) + 1))
    return bool(pointer) and fnmatchcase(str(pointer[0]), pattern[0]) and _matches(pattern[1:], pointer[1:])


def _is_reference(value: object) -> bool:
    """Whether a text only names a variable to be filled in later: $(NAME), ${NAME}, {{ .Values.x }}."""
    return isinstance(value, str) and bool(re.fullmatch(r"\$\([\w.-]+\)|\$\{[\w.:=-]+\}|\{\{[^{}]*\}\}|", value))
