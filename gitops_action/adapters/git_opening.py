"""Whether there is a repository at a folder that Git can and may open, and what keeps it from that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from gitops_action.adapters.git_calls import environment
from gitops_action.adapters.git_output import last_line
from gitops_action.adapters.processes import run
from gitops_action.errors import GitOpsError, ToolMissingError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.ports import Completed

# Everything used here is in 2.32 (GIT_CONFIG_COUNT came with 2.31, GIT_CONFIG_GLOBAL with 2.32).
_OLDEST: Final = (2, 32)
_SECONDS: Final = 120.0


class NoRepositoryError(UsageError):
    """There is no repository at a folder, nor at one above it."""


def probe(path: Path) -> tuple[bool, bool]:
    """Return whether the repository at a folder is shallow, and whether it is bare.

    Raises UsageError if there is none, ToolMissingError without a Git that is new enough.
    """
    env = environment(path)
    try:
        _require_version(run(["git", "version"], timeout=_SECONDS, env=env).stdout)
        done = run(
            ["git", "rev-parse", "--is-shallow-repository", "--is-bare-repository"],
            cwd=path,
            timeout=_SECONDS,
            env=env,
            permitted=(0, 128),
        )
    except ToolMissingError as error:
        raise ToolMissingError(f"{error}; install Git {_version_text(_OLDEST)} or newer and put it on PATH") from error
    answers = done.stdout.split()
    if done.exit_code != 0 or len(answers) != 2:  # noqa: PLR2004 - one for each question
        _raise_not_opened(path, done)
    return answers[0] == b"true", answers[1] == b"true"


def _require_version(output: bytes) -> None:
    found = re.match(rb"git version (\d+)\.(\d+)", output)
    if not found:
        raise ToolMissingError(f"`git version` says {output[:100]!r}, not a version of Git")
    version = (int(found[1]), int(found[2]))
    if version < _OLDEST:
        raise ToolMissingError(f"this is Git {_version_text(version)}")


def _version_text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _raise_not_opened(path: Path, done: Completed) -> NoReturn:
    reason = last_line(done)
    if b"dubious ownership" in done.stderr:
        raise UsageError(
            f"{path} is inside a Git repository of another user; name that repository's top folder to trust it"
        )
    if b"not a git repository" in done.stderr:
        raise NoRepositoryError(f"{path} is not a Git repository (check out the repository first, or name its folder)")
    raise GitOpsError(f"Git cannot open {path}: {reason}")
