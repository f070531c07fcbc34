"""New files beside those that are there: all of them or none, and never over anything."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_action.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def present_at(root: Path, paths: Iterable[str]) -> dict[str, bytes | None]:
    """Return what lies at those of `paths` below `root` where something does: a file's content, None for anything else.

    A path that leads through a file, or through a link, is something else too.
    """
    found: dict[str, bytes | None] = {}
    for path in paths:
        at = root
        *folders, _ = path.split("/")
        for folder in folders:
            at /= folder
            if at.is_symlink() or (at.exists() and not at.is_dir()):
                found[path] = None
                break
        else:
            full = root / path
            if full.is_file() and not full.is_symlink():
                try:
                    found[path] = full.read_bytes()
                except OSError:
                    found[path] = None
            elif full.is_symlink() or full.exists():
                found[path] = None
    return found


def create_all(root: Path, files: Mapping[str, bytes]) -> None:
    """Make files below `root`, with their folders: all of them, or none. What is there is never overwritten.

    Raises UsageError where one cannot be made; what had been made by then is taken away again.
    """
    made: list[Path] = []
    folders: list[Path] = []
    try:
        for path, content in files.items():
            target = root / path
            folders += _made_folders(target.parent)
            # The name appears with its content, and only if nobody has it.
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(name).chmod(0o644)
                os.link(name, target)
                made.append(target)
            finally:
                Path(name).unlink(missing_ok=True)
    except OSError as error:
        _unmake(made, folders)
        why = "somebody made it meanwhile" if isinstance(error, FileExistsError) else error.strerror
        raise UsageError(f"{path}: cannot be written: {why}; nothing was written") from error
    except BaseException:
        _unmake(made, folders)
        raise


def _made_folders(folder: Path) -> list[Path]:
    """Make a folder with those above it, and return the ones that were not there."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir()
    return missing[::-1]


def _unmake(files: Iterable[Path], folders: Sequence[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
    for folder in reversed(folders):
        try:
            folder.rmdir()
        except OSError:
            continue  # somebody else has put something there
