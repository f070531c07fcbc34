"""Contents of files that were read, as long as there is room for them: a run reads most files two or three times."""

from __future__ import annotations

from typing import Final

_ROOM: Final = 32 * 2**20
# What Python keeps beside the bytes of each.
_EACH: Final = 150


class Remembered:
    """Contents by a key; whichever came first, up to `room` bytes. Safe for several threads."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._contents: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """Return a content, None if it is not remembered."""
        return self._contents.get(key)

    def put(self, key: str, content: bytes) -> None:
        """Remember a content, if there is room."""
        size = len(content) + _EACH
        if size <= self._room and key not in self._contents:
            self._room -= size
            self._contents[key] = content
