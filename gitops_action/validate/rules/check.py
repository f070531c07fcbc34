"""What a rule is given, and how it says what is wrong.

A rule is a function `rule(check, value, at)`: `value` is a part of an object, `at` its pointer. It is called only after
the schema, with every value that does not fit its schema replaced by None. So a rule may rely on types: a field is of
the type that the schema says, or None, or absent, and null means absent (`or {}`, `or ()`). What the schema demands
already (required fields, enums, types) is not looked at again.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.records import dataclass
from gitops_action.validate.problems import Problem, path_text, quoted, value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.forms import Form
    from gitops_action.validate.rules.lists import Keyed

    Rule: TypeAlias = Callable[["Check", Mapping[str, Any], Pointer], None]


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What is known of a kind of objects.

    `namespaced` is None where that is not known; a kind that is not `built_in` is a custom resource; `keyed` is what its
    schema says of lists.
    """

    namespaced: bool | None = None
    built_in: bool = True
    keyed: Keyed | None = None


UNKNOWN: Final = KindFacts()


@dataclass(slots=True)
class Check:
    """One object under check.

    `minor` is the target release: 36 for Kubernetes 1.36. With `secret`, messages show no values.
    """

    minor: int
    secret: bool = False
    kind: KindFacts = UNKNOWN
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, code: str, at: Pointer, message: str, *, key: bool = False) -> None:
        """Note a problem with the value at `at` (with its key if `key`); `message` is a full line that names the field."""
        self.problems.append(Problem(code, at, message, key))

    def invalid(self, code: str, at: Pointer, value: object, expected: str) -> None:
        """Note that the value at `at` must be something else: `expected` completes "PATH must be …"."""
        self.wrong(code, at, f"{path_text(at)} must be {expected}, not {self.shown(value)}")

    def form(
        self, at: Pointer, value: str | None, form: Form, code: str = "invalid-format", *, key: bool = False
    ) -> bool:
        """Note that the text at `at` (the key there, if `key`) is not of a form; return whether it is, or is absent."""
        if value is None or form.fits(value):
            return True
        if key:
            self.wrong(code, at, f"the key {quoted(value)} of {path_text(at[:-1])} must be {form.expected}", key=True)
        else:
            self.invalid(code, at, value, form.expected)
        return False

    def required(self, at: Pointer, why: str = "") -> None:
        """Note that a field is missing that only the server's validation demands; `why` completes "PATH is required …"."""
        self.wrong("required-field", at, f"{path_text(at)} is required {why}".rstrip())

    def forbidden(self, at: Pointer, why: str) -> None:
        """Note that a field may not be set; `why` completes "PATH may not be set …"."""
        self.wrong("forbidden-field", at, f"{path_text(at)} may not be set {why}".rstrip(), key=True)

    def duplicate(self, at: Pointer, value: object) -> None:
        """Note that the item or value at `at` has been there before."""
        self.wrong("duplicate-item", at, f"{path_text(at)} is there twice: {self.shown(value)}")

    def unknown_reference(self, at: Pointer, value: object, what: str) -> None:
        """Note that the name at `at` refers to nothing; `what` completes "PATH names no …"."""
        self.wrong("invalid-reference", at, f"{path_text(at)} names no {what}: {self.shown(value)}")

    def shown(self, value: object) -> str:
        """Describe a value for a message."""
        return value_text(value, secret=self.secret)
