"""What people name on the command line, as the files that are written can hold it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gitops_action.environments import PARENTS, SHARED
from gitops_action.errors import UsageError
from gitops_action.promote import spelling
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

# The inventory of a deployment is the ConfigMap `gitops-<environment>`, so the name has to be a part of such a name.
_LABEL: Final = regex(r"[a-z0-9](?:[-a-z0-9]{0,51}[a-z0-9])?")
_NAME: Final = regex(r"[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?")
_COMMANDS: Final = frozenset({"plan", "status", "reconcile"})
_OWN: Final = frozenset({"default", "flux-system", "access"})
_DURATION: Final = regex(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+")
_CONTROL: Final = regex(r"[\x00-\x1f\x7f\\]")
_BRANCH: Final = regex(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")
_SHA: Final = regex(r"[0-9a-f]{40}")


def environments(text: str) -> tuple[str, ...]:
    """Read the names of new environments, as `listed`. Raises UsageError for one that cannot be made."""
    for name in listed(text):
        _environment(name)
    return listed(text)


def listed(text: str) -> tuple[str, ...]:
    """Read names separated by commas, in the order in which a change travels. Raises UsageError for what is none."""
    names = [part.strip() for part in text.split(",")]
    if not text.strip() or not all(names):
        raise UsageError("--environments: name them in the order in which a change travels: dev,staging,production")
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--environments: `{name}` is named twice")
    return tuple(names)


def _environment(name: str) -> None:
    if not _LABEL.fullmatch(name):
        raise UsageError(
            f"--environments: {name!r} cannot be an environment: it is part of names in the cluster, so that it has lower-case "
            "letters, digits and `-` only, begins and ends with a letter or digit, and is no longer than 53"
        )
    if name in _COMMANDS | _OWN | SHARED | PARENTS:
        raise UsageError(f"--environments: `{name}` has another meaning: choose another name")


def app(name: str) -> str:
    """Return the name of an application. Raises UsageError for what cannot be a Service's name."""
    if not _LABEL.fullmatch(name) or not name[:1].isalpha():
        raise UsageError(
            f"--app: {name!r} cannot be a Service's name: lower-case letters, digits and `-`, beginning with a letter"
        )
    return name


def object_name(name: str, option: str = "NAME") -> str:
    """Return the name of an object of Flux. Raises UsageError for what the API server would refuse."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{option}: {name!r} cannot be an object's name: lower-case letters, digits, `-` and `.`, with a letter or digit at "
            "both ends"
        )
    return name


def namespace(name: str, option: str = "--namespace") -> str:
    """Return a namespace's name. Raises UsageError."""
    if not _LABEL.fullmatch(name):
        raise UsageError(f"{option}: {name!r} cannot be a namespace: lower-case letters, digits and `-`")
    return name


def folder(text: str, option: str) -> str:
    """Return a path inside of the repository, without `./`. Raises UsageError for one that leads out of it."""
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if text.startswith("/") or ".." in parts or _CONTROL.search(text):
        raise UsageError(f"{option}: {text!r} is no path inside of the repository: begin at its root, without `..`")
    if any(part.lower() == ".git" for part in parts):
        raise UsageError(f"{option}: {text!r} lies in Git's own folder")
    return "/".join(parts)


def branch(text: str) -> str:
    """Return a branch's name. Raises UsageError for what cannot be one that a workflow names."""
    if not _BRANCH.fullmatch(text) or ".." in text or text.endswith((".lock", "/", ".")) or "//" in text:
        raise UsageError(f"--branch: {text!r} is not a branch's name")
    return text


def duration(text: str, option: str) -> str:
    """Return a length of time as Flux writes it. Raises UsageError for what Flux refuses."""
    if not _DURATION.fullmatch(text):
        raise UsageError(f"{option}: {text!r} is no length of time for Flux: write 30s, 10m or 1h30m")
    return text


def reference(text: str) -> str:
    """Return the tag or commit of gitops-action that workflows name. Raises UsageError for what cannot be one."""
    if not _BRANCH.fullmatch(text):
        raise UsageError(f"--action-ref: {text!r} is neither a tag nor a commit")
    return text


def is_commit(text: str) -> bool:
    """Whether a reference is a whole commit, which nobody can move."""
    return bool(_SHA.fullmatch(text))


def code_owner(text: str) -> str:
    """Return a team, person or address that CODEOWNERS can name. Raises UsageError."""
    if not re.fullmatch(r"@[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)?|[^@\s#\\]+@[^@\s#\\]+", text):
        raise UsageError(f"--code-owner: {text!r} is none: write @organisation/team, @person or an address")
    return text


def spelled(names: Sequence[str]) -> str:
    """Write names as the items of a list in YAML, between brackets."""
    return ", ".join(key(name) for name in names)


def key(name: str) -> str:
    """Write a name in YAML, in quotes where it would be read as something else (`on`, `1`)."""
    return spelling.scalar(name, spelling.Manner(quote="'"), flow=True)
