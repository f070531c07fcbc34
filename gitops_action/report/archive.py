"""A report out of the archive that another job uploaded, which may be anything; nothing of it is written to a disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from gitops_action.report.json_reading import ReportError

MAX_ARCHIVE: Final = 16 * 1024 * 1024
"""Bytes of an archive that are taken."""
MAX_REPORT: Final = 32 * 1024 * 1024
"""Bytes of the report in it."""

_MOST_ENTRIES: Final = 100
_ENCRYPTED: Final = 1


def report_of(archive: bytes, name: str) -> str:
    """Return the text of the report called `name` in a ZIP archive.

    Raises ReportError for what is no archive, has no such report or more than one, or one that is too large when unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return _text(opened, name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise ReportError(f"it is no usable ZIP archive: {error}") from error


def _text(opened: zipfile.ZipFile, name: str) -> str:
    entries = opened.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise ReportError(f"it has more than {_MOST_ENTRIES} files")
    # The name is compared as it is: what leads elsewhere is another name.
    found = [entry for entry in entries if entry.filename == name]
    if len(found) != 1:
        raise ReportError(f"it has {len(found) or 'no'} files called {name}" if found else f"it has no file {name}")
    if found[0].flag_bits & _ENCRYPTED:
        raise ReportError(f"{name} in it is encrypted")
    # What an archive says of sizes may be false, so what is unpacked is counted.
    with opened.open(found[0]) as file:
        data = file.read(MAX_REPORT + 1)
    if len(data) > MAX_REPORT:
        raise ReportError(f"{name} in it has more than {MAX_REPORT / 2**20:g} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReportError(f"{name} in it is not UTF-8: {error}") from error
