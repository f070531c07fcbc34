"""Writes files of the last commit anew into the work tree, and touches nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.adapters.files import replace_all
from gitops_action.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gitops_action.adapters.git import Repository


def require_committed(repository: Repository, root: Path, paths: Mapping[str, object]) -> None:
    """Raise UsageError where one of the files differs from the last commit, or is not in this folder at all."""
    tree = repository.tree("HEAD")
    committed = dict(tree.read(path for path in paths if path in tree.entries))
    for path in paths:
        target = root / path
        present = target.read_bytes() if target.is_file() and not target.is_symlink() else None
        if present != committed.get(path) or not target.parent.resolve().is_relative_to(root):
            raise UsageError(f"{path} is not as it was committed: commit or discard that first")


def write(root: Path, changes: Mapping[str, bytes | None]) -> None:
    """Write all files beside their places before the first is put there, so that a full disk leaves them as they were."""
    replace_all({root / path: content for path, content in changes.items()})
