"""One context, cluster or user of a kubeconfig, with the files that it names."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from gitops_action.errors import UsageError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One named part of a kubeconfig, and the folder that its paths are relative to."""

    name: str
    value: Mapping[str, Any]
    folder: Path

    def text(self, key: str) -> str:
        """Return the text that `key` has, "" if it has none."""
        value = self.value.get(key)
        return value if isinstance(value, str) else ""

    def data(self, key: str) -> bytes | None:
        """Return what `KEY-data` has in base64, else the content of the file that `KEY` names; None without both.

        Raises UsageError for what is not base64, and for a file that cannot be read.
        """
        written = self.text(f"{key}-data")
        if written:
            try:
                return base64.b64decode(written, validate=True)
            except (binascii.Error, ValueError):
                raise UsageError(f"kubeconfig: {key}-data of `{self.name}` is not base64") from None
        path = self.text(key)
        return read(self.folder / path, f"kubeconfig: {key} of `{self.name}`") if path else None


def read(path: Path, what: str) -> bytes:
    """Return the content of a file. Raises UsageError, in which `what` says what it is, where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {path}: {error.strerror}") from error
