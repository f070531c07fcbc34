"""What a promotion decides for each field and file that the source changed, and how that is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gitops_action.diff.sensitive import Redaction, credentials
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from gitops_action.model import Pointer

HIDDEN: Final = "(hidden)"
ABSENT: Final = "(absent)"
_LONGEST: Final = 100


class Missing:
    """The type of `MISSING`, which stands for a value that is not there."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


class Action(StrEnum):
    """What becomes of a change of the source in the target."""

    PROMOTE = "promote"
    KEEP = "keep"
    BLOCK = "block"
    CONFLICT = "conflict"
    SUPPLY = "supply"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one changed field, or of one file where `path` is "".

    `old` and `new` are the source's values, `target` the target's, as text that shows no credential; `reason` says why.
    """

    action: Action
    file: str
    path: str = ""
    resource: str = ""
    line: int | None = None
    old: str = ""
    new: str = ""
    target: str = ""
    reason: str = ""

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """By place."""
        return self.file, self.line or 0, self.resource, self.path, self.action


class Display:
    """Shows values of one document, without what may be a credential."""

    def __init__(self, kind: str, rules: Redaction | None = None) -> None:
        self._kind = kind
        self._rules = rules or Redaction()

    def __call__(self, value: Any, pointer: Pointer, parent: Any = None) -> str:
        """Return a value as one short line; `parent` is the mapping that it stands in."""
        if value is MISSING:
            return ABSENT
        if isinstance(value, Mapping):
            return f"(mapping of {len(value)})"
        if isinstance(value, list):
            simple = all(isinstance(item, str | int | float | bool) for item in value)
            text = json.dumps(value, ensure_ascii=False) if simple else ""
            return text if 0 < len(text) <= _LONGEST and not _telling(text) else f"(list of {len(value)})"
        if self._hides(pointer, parent):
            return HIDDEN
        text = value if isinstance(value, str) else json.dumps(value)
        if _telling(text):
            return HIDDEN
        text = " ".join(text.split())
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

    def _hides(self, pointer: Pointer, parent: Any) -> bool:
        if self._kind == "Secret" and pointer[:1] in {("data",), ("stringData",)}:
            return True
        if not pointer:
            return False
        if isinstance(pointer[-1], str) and self._rules.hides_name(pointer[-1]):
            return True
        return isinstance(parent, Mapping) and pointer[-1] in self._rules.hidden_keys(self._kind, pointer[:-1], parent)


def _telling(text: str) -> bool:
    return next(iter(credentials(text)), None) is not None
