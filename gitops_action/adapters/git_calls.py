"""What all calls of Git have in common: what it is told of its surroundings, and what is shown of what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gitops_action.ports import Completed

SHA: Final = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""The whole name of an object."""
_SETTINGS: Final = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.useReplaceRefs", "false"),
    ("protocol.allow", "never"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
)


def environment(path: Path) -> dict[str, str]:
    """Return what Git is told for this call alone: no configuration but the repository's own, and that defused.

    `safe.directory` is exactly the folder that the user named: in a container action it belongs to another user.
    """
    env = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_PAGER": "",
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",
        "GIT_CONFIG_COUNT": "0",
    }
    return with_settings(env, (("safe.directory", str(path)), *_SETTINGS))


def with_settings(env: Mapping[str, str], settings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return an environment of Git's with further settings, which count more than those in it."""
    result, count = dict(env), int(env["GIT_CONFIG_COUNT"])
    for key, value in settings:
        result |= {f"GIT_CONFIG_KEY_{count}": key, f"GIT_CONFIG_VALUE_{count}": value}
        count += 1
    return {**result, "GIT_CONFIG_COUNT": str(count)}


def only_protocols(*names: str) -> list[tuple[str, str]]:
    """Return the settings that have Git speak these protocols and no other."""
    return [("protocol.allow", "never"), *((f"protocol.{name}.allow", "always") for name in names)]


def words_of(done: Completed) -> str:
    """Return what Git or the remote repository said, on one line and without addresses that may hold a credential."""
    text = (done.stderr + b"\n" + done.stdout).decode(errors="replace")
    lines = [line.removeprefix("remote:").strip() for line in text.splitlines()]
    telling = [line for line in lines if line and not line.startswith(("To ", "hint:", "Done", "Pushing"))]
    words = re.sub(r"://[^/@\s]*@", "://", "; ".join(telling))
    return re.sub(r"[\x00-\x1f\x7f]", " ", words)[:500] or "nothing"
