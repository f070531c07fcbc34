"""`report merge`: the reports of a matrix's legs, read one at a time, as one report."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from hashlib import sha256
from typing import TYPE_CHECKING

from gitops_action.errors import UsageError
from gitops_action.report.json_reading import MAX_LENGTH, ReportError, load
from gitops_action.report.merge import Merger
from gitops_action.shards import of_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gitops_action.model import Report


def merge(paths: Iterable[Path], matrix: str = "") -> Report:
    """Merge reports; a folder stands for all JSON files in it, at any depth. `matrix` is what `matrix` printed.

    A file that cannot be read is a finding of the result. Raises UsageError where there is nothing to merge, for a matrix
    that is none, and for reports that do not belong together, or of which one is there twice.
    """
    merger = Merger(of_matrix(matrix) if matrix.strip() else ())
    seen: dict[bytes, Path] = {}
    for path in _files(paths):
        try:
            text = read_report(path)
            found = load(text)
            # Each says how long it took, so that no two runs write the same.
            digest = sha256(text.encode()).digest()
            if other := seen.get(digest):
                raise UsageError(f"{path} and {other} are one report, which would count twice: give it once")
            seen[digest] = path
            merger.add(str(path), found)
        except ReportError as error:
            merger.unusable(str(path), str(error))
    return merger.merged()


def read_report(path: Path) -> str:
    """Return a report's text, of standard input for `-`; raises ReportError where it cannot be read."""
    try:
        # What is too long is not read to its end; a character has four bytes at most.
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as file:
            data = file.read(4 * MAX_LENGTH + 1)
        return data.decode("utf-8")
    except OSError as error:
        raise ReportError(f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReportError("it cannot be read: it is not UTF-8") from error


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.rglob("*.json") if file.is_file())
            if not found:
                raise UsageError(f"{path}: there is no JSON file in this folder")
            yield from found
        elif path.exists():
            yield path
        else:
            raise UsageError(f"{path}: no such file or folder")
