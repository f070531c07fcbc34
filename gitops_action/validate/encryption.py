"""Lets an object be judged whose values SOPS has encrypted, in part: by all that is plain, and by nothing else.

SOPS (https://github.com/getsops/sops) encrypts the values and leaves the keys. Which values, its metadata says
(`encrypted_regex`, `encrypted_suffix`, `unencrypted_suffix`, …); what counts here is which of them are ciphertext.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.repository.sops import ciphertext_type, is_encrypted_document, looks_encrypted
from gitops_action.validate.encryption_rules import lost
from gitops_action.validate.problems import Problem, path_text, pointer_into

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jsonschema_rs import ValidationError

    from gitops_action.model import Pointer

# Stands for a value until it is decrypted, so that nothing looks absent or of another type.
_SAMPLES: Final[Mapping[str, Any]] = {"int": 0, "float": 0, "bool": False}
# What can be wrong with a mapping or list whatever the values in it are.
_OF_SHAPE: Final = frozenset({"unknown-field", "required-field", "wrong-type"})
# What comes from comparing values that stand in different places.
_OF_SEVERAL: Final = frozenset(
    {"selector-mismatch", "invalid-reference", "duplicate-item", "forbidden-field", "limit-exceeded", "apply-conflict"}
)
# Nothing else in an object is compared with what is in these.
_DATA: Final = frozenset({"data", "stringData", "binaryData"})
_ALTERNATIVES: Final = frozenset({"anyOf", "oneOf", "not", "if"})
_IDENTITY: Final = frozenset({("apiVersion",), ("kind",)})


@dataclass(frozen=True, slots=True)
class Sealed:
    """An object with samples in place of its encrypted values; these and other unknown ones are at `pointers`.

    `notes` say what is to be said of the encryption itself.
    """

    value: Mapping[str, Any]
    pointers: frozenset[Pointer] = frozenset()
    notes: tuple[Problem, ...] = ()

    @property
    def unknown(self) -> bool:
        """Whether nobody can tell what kind of object it is."""
        return not _IDENTITY.isdisjoint(self.pointers)

    def plain(self, errors: Iterable[ValidationError]) -> list[ValidationError]:
        """Return a checker's errors without those about alternatives that an encrypted value may decide between."""
        return [
            error
            for error in errors
            if not (self.pointers and error.kind.name in _ALTERNATIVES and self._is_around(error.instance_path))
        ]

    def _is_around(self, path: Iterable[str | int]) -> bool:
        place = pointer_into(self.value, path)
        return any(_begins(pointer, place) for pointer in self.pointers)

    def judged(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems that do not hang on encrypted values, and the notes on the encryption."""
        kept = [problem for problem in problems if not self.pointers or self._is_plain(problem)]
        return [*kept, *self.notes]

    def _is_plain(self, problem: Problem) -> bool:
        if any(_begins(problem.pointer, one) for one in self.pointers):
            return False
        if problem.code in _OF_SEVERAL and not all(pointer[0] in _DATA for pointer in self.pointers):
            return False
        return problem.code in _OF_SHAPE or not any(_begins(one, problem.pointer) for one in self.pointers)


def unseal(value: Mapping[str, Any], unknown: frozenset[Pointer] = frozenset()) -> Sealed:
    """Return what can be judged of an object; one that SOPS has not touched is returned as it is.

    Nothing is said of what is at the pointers `unknown` either: placeholders stand there.
    """
    if "sops" not in value or not is_encrypted_document(value):
        return Sealed(value, unknown)
    pointers: list[Pointer] = []
    sampled = {key: _sampled(part, (key,), pointers) for key, part in value.items() if key != "sops"}
    if not _IDENTITY.isdisjoint(pointers):
        message = "encrypted with SOPS, its apiVersion or kind too: the object is not checked"
    elif pointers:
        count = "1 value is" if len(pointers) == 1 else f"{len(pointers)} values are"
        message = f"encrypted with SOPS: {count} not checked"
    else:
        message = "it has the metadata of SOPS, but no value is encrypted"
    note = Problem("encrypted", ("sops",), message, key=True)
    plain = _lost(value, unknown)
    # That no value is encrypted is what is wrong then, and no note beside it.
    notes = (plain, note) if plain and pointers else (plain or note,)
    return Sealed(sampled, unknown.union(pointers), notes)


def _lost(value: Mapping[str, Any], unknown: frozenset[Pointer]) -> Problem | None:
    """Return what is wrong where values are plain that SOPS encrypts: one problem, which shows no value."""
    rule, pointers = lost(value)
    pointers = [pointer for pointer in pointers if pointer not in unknown]
    if not pointers:
        return None
    # What is in a Secret matters most.
    first = min(pointers, key=lambda pointer: pointer[0] not in _DATA)
    others = len(pointers) - 1
    also = f" and {others} other {'value' if others == 1 else 'values'}" if others else ""
    be, them = ("are", "them") if others else ("is", "it")
    by = f", by `{rule}` in its metadata," if value["sops"].get(rule) else ""
    message = f"{path_text(first)}{also} {be} plain text, but SOPS{by} encrypts {them}: encrypt the file again"
    return Problem("encryption-missing", first, message)


def _sampled(value: Any, pointer: Pointer, found: list[Pointer]) -> Any:
    if isinstance(value, dict):
        return {key: _sampled(part, (*pointer, key), found) for key, part in value.items()}
    if isinstance(value, list):
        return [_sampled(part, (*pointer, index), found) for index, part in enumerate(value)]
    if looks_encrypted(value):
        found.append(pointer)
        return _SAMPLES.get(ciphertext_type(value) or "", "")
    return value


def _begins(pointer: Pointer, start: Pointer) -> bool:
    return pointer[: len(start)] == start
