"""Exceptions: each means "could not check" and carries the exit code it ends the process with.

An expected problem in the input under check is a `Finding`, never an exception.
"""

from __future__ import annotations


class GitOpsError(Exception):
    """The work could not be done; the message says what, where and what to do (exit code 3)."""

    exit_code = 3


class UsageError(GitOpsError):
    """The command line or the configuration is wrong (exit code 2)."""

    exit_code = 2


class ToolMissingError(GitOpsError):
    """A program that the work needs was not found; the message says how to get it."""


class ToolFailedError(GitOpsError):
    """A program ended with an exit code that it was not permitted to end with, or ran out of time."""


class GitHubError(GitOpsError):
    """GitHub refused what was asked, or answered what its documentation does not know."""


class GitHubPermissionError(GitHubError):
    """The token may not do it; the message names the permission that is missing and what a fork's token lacks."""


class GitHubUnavailableError(GitHubError):
    """GitHub did not answer, or not in time, also after trying again."""


class CommentTooLongError(GitHubError):
    """GitHub refused a comment for its length; the caller can pack it tighter and try again."""


class ClusterError(GitOpsError):
    """An API server cannot be used at all: it is not reached, not trusted, or does not know who asks."""


class RegistryError(GitOpsError):
    """A registry of images does not give what was asked for. `code` is the reason code of a finding that says so."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
