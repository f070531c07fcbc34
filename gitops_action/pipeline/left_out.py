"""What lies in the work tree, beside the commits that are compared: said, so that nobody believes it was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.codes import CODES
from gitops_action.model import Finding
from gitops_action.repository.places import SUFFIXES
from gitops_action.repository.tools import is_in_tool_folder

if TYPE_CHECKING:
    from gitops_action.adapters.git import Repository
    from gitops_action.pipeline.request import Revisions


def left_out(repository: Repository, revisions: Revisions) -> list[Finding]:
    """Return one finding where files of the work tree are changed and not committed, unless a head was named."""
    if not revisions.implied:
        return []
    from gitops_action.adapters.git_work_tree import uncommitted  # noqa: PLC0415 - start-up time

    paths = [path for path in uncommitted(repository, SUFFIXES) if not is_in_tool_folder(path)]
    if not paths:
        return []
    one = len(paths) == 1
    message = (
        f"{paths[0] if one else f'{len(paths)} files'} {'is' if one else 'are'} changed and not committed: "
        f"{'it was' if one else 'they were'} not looked at; commit {'it' if one else 'them'}, or run `gitops-action validate`"
    )
    return [Finding("uncommitted", CODES["uncommitted"].severity, message)]
