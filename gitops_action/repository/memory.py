"""What plain scalars mean, remembered: most texts of a repository occur many times, and so share their memory too."""

from __future__ import annotations

from typing import Any, ClassVar, Final, TypeVar

from gitops_action.repository.scalars import MERGE_KEY, ScalarError, json_key, json_value, resolve

_REMEMBERED: Final = 50_000


class _Refused:
    """Stands for a scalar that has no JSON value."""


REFUSED: Final = _Refused()

T = TypeVar("T")


class Memory(dict[str, T]):
    """What texts mean, as far as there is room to remember it."""

    longest: ClassVar[int] = 64

    def keep(self, text: str, value: T) -> T:
        """Remember, if `text` is short, and return the value."""
        if len(text) <= self.longest and len(self) < _REMEMBERED:
            self[text] = value
        return value


class _Values(Memory[Any]):
    def __missing__(self, text: str) -> Any:
        try:
            return self.keep(text, json_value(resolve(text)))
        except ScalarError:
            return REFUSED


class _Keys(Memory[str | None]):
    def __missing__(self, text: str) -> str | None:
        """Return the key; None where it merges, or cannot be one."""
        try:
            return self.keep(text, None if text == MERGE_KEY else json_key(resolve(text)))
        except ScalarError:
            return None


VALUES: Final = _Values()
"""The JSON value of a plain scalar, REFUSED if it has none."""
KEYS: Final = _Keys()
"""The JSON key that a plain scalar is; None if it merges, or cannot be one."""
