"""A folder in which content is kept between runs, under names that we give it.

One file an entry, named by the SHA-256 of its key. Its first line has the key, the time and the content's own SHA-256: what was
cut off, changed or put there under another name is not there at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT_FOR: Final = 24 * 3600.0
"""Seconds for which it is remembered what a tag or a version is."""
RANGE_FOR: Final = 3600.0
"""Seconds for which it is remembered what a range of them is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry: its content, None where it was kept that there is none; and its age in seconds."""

    content: bytes | None
    age: float


@dataclass(frozen=True, slots=True)
class Keep:
    """Entries of one kind in `folder`, which is theirs alone; None for no folder: then nothing is kept."""

    folder: Path | None
    now: Callable[[], float] = time.time

    def get(self, key: str) -> Kept | None:
        """Return an entry if it is there and whole."""
        if self.folder is None:
            return None
        try:
            head, _, content = self._path(key).read_bytes().partition(b"\n")
            facts = json.loads(head)
            at, found = float(facts["at"]), facts["sha256"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        if facts.get("url") != key or (found is not None and found != hashlib.sha256(content).hexdigest()):
            return None
        return Kept(None if found is None else content, self.now() - at)

    def put(self, key: str, content: bytes | None) -> None:
        """Write an entry as a whole or not at all; where that cannot be done, do nothing."""
        if self.folder is None:
            return
        digest = None if content is None else hashlib.sha256(content).hexdigest()
        head = json.dumps({"url": key, "at": self.now(), "sha256": digest}).encode()
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.folder, prefix="partial-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(head + b"\n" + (content or b""))
                Path(name).replace(self._path(key))
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def trim(self, most: int) -> None:
        """Remove the entries that were written longest ago if they come to more than `most` bytes."""
        if self.folder is None:
            return
        with suppress(OSError):
            found = []
            with os.scandir(self.folder) as listing:
                found = [
                    (entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in listing if entry.is_file()
                ]
            total = sum(size for _, size, _ in found)
            for _, size, path in sorted(found):
                if total <= most:
                    break
                with suppress(OSError):
                    Path(path).unlink()
                total -= size

    def _path(self, key: str) -> Path:
        assert self.folder is not None  # noqa: S101 - asked before
        return self.folder / hashlib.sha256(key.encode()).hexdigest()
