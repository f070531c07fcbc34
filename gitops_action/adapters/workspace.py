"""The folder in which overlays are rendered: a copy of the repository's files that is ours to edit."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Workspace:
    """Fulfils `render.program.Workspace`: two folders that are there between enter and exit.

    It makes them itself, so that nobody's own files can be edited by mistake: write the tree's files into `root`
    (`adapters.files.materialise`) before rendering.
    """

    def __init__(self) -> None:
        """Nothing is made before the workspace is entered."""
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        """Make the folders."""
        self._folder = tempfile.TemporaryDirectory(prefix="gitops-action-", ignore_cleanup_errors=True)
        self.root.mkdir()
        self.empty.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the folders and all that is in them."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def root(self) -> Path:
        """The folder for the files, free of symbolic links."""
        return self._base / "files"

    @property
    def empty(self) -> Path:
        """A folder with nothing in it: home and current folder of the programs that render."""
        return self._base / "empty"

    @property
    def _base(self) -> Path:
        if self._folder is None:
            raise RuntimeError("the workspace is not open")
        return Path(self._folder.name).resolve()

    @contextmanager
    def replaced(self, files: Mapping[str, bytes]) -> Iterator[None]:
        """Give files under `root` other contents, and put the old ones back.

        A file that the copy lacks, or that is not a plain file below the root, is left alone.
        """
        before: dict[Path, bytes] = {}
        try:
            for name, content in files.items():
                path = (self.root / name).resolve()
                if not path.is_relative_to(self.root) or not path.is_file():
                    continue
                old = path.read_bytes()
                if old != content:
                    before.setdefault(path, old)
                    _write(path, content)
            yield
        finally:
            for path, content in before.items():
                _write(path, content)


def _write(path: Path, content: bytes) -> None:
    """Write so that a reader sees the old or the new content, never a part; a hard link elsewhere keeps the old."""
    mode = path.stat().st_mode & 0o777
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".gitops-action-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(mode)
    Path(name).replace(path)
