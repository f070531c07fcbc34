"""The edits that can be made of a YAML or JSON text, and why one cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from gitops_action.errors import GitOpsError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_action.model import JSONValue, Pointer
    from gitops_action.repository.documents import Document


class EditError(GitOpsError):
    """An edit that cannot be made without touching something else; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Set:
    """The value at `pointer` becomes `value`. One that is an alias, or comes by `<<`, is written in its place.

    `like` is YAML that spells the same value; a number or word is written so (`1.10` is no 1.1 to people).
    """

    document: int
    pointer: Pointer
    value: JSONValue
    like: str = ""


@dataclass(frozen=True, slots=True)
class Insert:
    """A new key at the end of its mapping, or a new item before the one that has its index now.

    `like` is YAML that spells the same value (see `source_text`); its comments and its style are taken over.
    """

    document: int
    pointer: Pointer
    value: JSONValue
    like: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """A key with its value, or an item, goes with what stands on its lines; comments on lines of their own stay."""

    document: int
    pointer: Pointer


Edit = Set | Insert | Delete


def refusing(document: Document, above: Pointer = ()) -> Callable[[Edit], NoReturn]:
    """Return what refuses an edit whose place, below `above`, is not there."""

    def refused(one: Edit) -> NoReturn:
        absent(document, (*above, *one.pointer))

    return refused


def absent(document: Document, pointer: Pointer) -> NoReturn:
    """Raise EditError for a place that is not there."""
    refuse(document, pointer, "there is no such place")


def refuse(document: Document, pointer: Pointer, why: str) -> NoReturn:
    """Raise EditError for a place that cannot be edited."""
    path = "/" + "/".join(map(str, pointer))
    raise EditError(f"{document.locate(pointer)}: `{path}` cannot be edited: {why}; edit it by hand")
