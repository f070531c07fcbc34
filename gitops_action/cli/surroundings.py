"""What commands take from their surroundings: where they work, the token for a server, the terminal."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.pipeline.places import Place
    from gitops_action.ports import Progress


def place_of(repo: Path, config: str, remote: str) -> Place:
    """Return where a command works: the clone, its remote repository, and GitHub as the environment describes it."""
    from gitops_action.pipeline.places import Place

    return Place(
        repo,
        remote,
        os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or "",
        os.environ.get("GITHUB_SERVER_URL") or "https://github.com",
        os.environ.get("GITHUB_REPOSITORY", ""),
        os.environ.get("GITHUB_API_URL", ""),
        config=config.removeprefix("./"),
    )


def token() -> str:
    """Return the token for --server: from the environment, as command lines are seen by everybody."""
    return os.environ.get("GITOPS_TOKEN", "")


def progress() -> Progress:
    """Return what shows on the terminal, if there is one, how far a command is."""
    from gitops_action.adapters.terminal import progress

    return progress()
