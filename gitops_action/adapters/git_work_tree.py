"""What of a work tree is not committed, told without running a filter or a hook as `git status` could."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from gitops_action.adapters.git_calls import with_settings
from gitops_action.adapters.git_objects import decode_path
from gitops_action.adapters.processes import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gitops_action.adapters.git import Repository

_SECONDS = 120.0
_LINK = b"120000"


def uncommitted(repository: Repository, endings: tuple[str, ...]) -> list[str]:
    """Return the files with these endings that `git status` calls changed or untracked, sorted; none in a bare repository.

    What is ignored is the repository's to say, as for `Repository.work_tree_files`.
    """
    if repository.is_bare:
        return []
    top = repository.top
    others = _said(repository, (), "ls-files", "-z", "--full-name", "--others", "--exclude-standard", "--", str(top))
    found = {path for raw in others if (path := decode_path(raw)).endswith(endings)}
    return sorted({*found, *_changed(repository, top, endings)})


def _changed(repository: Repository, top: Path, endings: tuple[str, ...]) -> Iterator[str]:
    off = _without_filters(repository)
    told = _said(
        repository, off, "diff-index", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-relative",
        "--ignore-submodules", "HEAD",
    )  # fmt: skip
    doubtful: dict[str, bytes] = {}
    for about, raw in zip(told[::2], told[1::2], strict=False):
        path = decode_path(raw)
        if not path.endswith(endings):
            continue
        mode_before, mode, _, after, _ = about.lstrip(b":").split()
        # No object name: Git sees that the file was touched, and would have to read it to say whether it differs.
        if mode_before == mode and not after.strip(b"0"):
            doubtful[path] = mode
        else:
            yield path
    if doubtful:
        for path, committed in repository.tree("HEAD").read(doubtful):
            written = _content(top / path, doubtful[path])
            # Line ends are how a work tree is checked out, and no change.
            if not isinstance(committed, bytes) or written is None or _plain(written) != _plain(committed):
                yield path


def _content(path: Path, mode: bytes) -> bytes | None:
    try:
        if mode == _LINK:
            return os.fsencode(path.readlink())
        # What looks like a file can be a pipe that nobody writes to.
        return path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else None
    except OSError:
        return None


def _plain(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def _said(repository: Repository, more: Iterable[tuple[str, str]], *arguments: str) -> list[bytes]:
    env = with_settings(repository.environment, more)
    # Whoever asks only wants to mention it: an index that cannot be read keeps nobody from looking at commits.
    done = run(["git", *arguments], cwd=repository.path, timeout=_SECONDS, env=env, permitted=range(256))
    return [] if done.timed_out else done.stdout.split(b"\0")[:-1]


def _without_filters(repository: Repository) -> list[tuple[str, str]]:
    """Return the settings that switch off the filters that the repository's own configuration names.

    Git runs one to compare a file that is as old as the index: https://git-scm.com/docs/racy-git.
    """
    command = ["git", "config", "-z", "--name-only", "--get-regexp", "^filter[.]"]
    done = run(command, cwd=repository.path, timeout=_SECONDS, env=repository.environment, permitted=(0, 1))
    names = {decode_path(raw).rpartition(".")[0] for raw in done.stdout.split(b"\0") if raw}
    off = (("clean", ""), ("process", ""), ("required", "false"))
    return [(f"{name}.{key}", value) for name in sorted(names) for key, value in off]
