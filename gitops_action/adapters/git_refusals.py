"""What it means when Git, or a remote repository through it, does not do what it was asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from gitops_action.adapters.git_calls import words_of
from gitops_action.errors import GitHubPermissionError, GitHubUnavailableError, GitOpsError
from gitops_action.regex import regex

if TYPE_CHECKING:
    from gitops_action.ports import Completed

_DENIED: Final = regex(
    r"denied|forbidden|\b40[13]\b|authentication failed|could not read Username|not permitted|invalid credentials|archived",
    re.IGNORECASE,
)
_PROTECTED: Final = regex(r"GH006|GH013|protected branch|rule violations|hook declined", re.IGNORECASE)
_MOVED: Final = regex(
    r"stale info|fetch first|non-fast-forward|cannot lock ref|already exists|reference already", re.IGNORECASE
)


class RefMovedError(GitOpsError):
    """Somebody else moved a ref first; nothing was written. The next run sees what they did."""


class PushRefusedError(GitOpsError):
    """The remote repository does not let us write there; the message has its own words."""


def is_denied(words: str) -> bool:
    """Whether we are not let in, or may not do that."""
    return _DENIED.search(words) is not None


def is_refused(words: str) -> bool:
    """Whether trying again makes no sense: we may not, or a rule of the repository is against it."""
    return _PROTECTED.search(words) is not None or is_denied(words)


def is_moved(words: str) -> bool:
    """Whether the ref is not where it was believed to be."""
    return _MOVED.search(words) is not None


def fail(done: Completed, what: str, *, pushing: bool = False) -> NoReturn:
    """Raise for what Git or the remote repository said, when we wanted to do `what`.

    PushRefusedError for a rule of the repository, GitHubPermissionError for what the token may not, else
    GitHubUnavailableError.
    """
    words = words_of(done)
    said = f"cannot {what}: the remote repository says: {words}"
    if _PROTECTED.search(words):
        raise PushRefusedError(f"{said}; a rule of the repository protects it: let this token pass, or change the rule")
    if is_denied(words):
        needed = "write" if pushing else "read"
        raise GitHubPermissionError(f"{said}; the token needs `contents: {needed}`")
    raise GitHubUnavailableError(f"{said}; run it again")
