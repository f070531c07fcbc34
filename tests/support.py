"""What several tests need: the corpora, built tools, and an honest way to say that something is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPORA = Path(os.environ.get("GITOPS_CORPORA") or ROOT.parent / "shared" / "corpora")


def require(present: object, what: str) -> None:
    """Skip by name where `what` is missing; fail where CI=true, so that no gap hides behind a skip."""
    if present:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {what}", pytrace=False)
    pytest.skip(f"missing: {what}")


def corpus(name: str) -> Path:
    """Return the folder of one public repository of the corpora."""
    path = CORPORA / name
    require(path.is_dir(), f"corpus {name} (run `make corpora`, or set GITOPS_CORPORA)")
    return path


def tool(name: str) -> Path:
    """Return a program that `make tools` builds."""
    from gitops_action.adapters.processes import find_tool  # noqa: PLC0415 - keeps test collection light

    path = find_tool(name)
    require(path, f"{name} (run `make tools`)")
    assert path is not None
    return path
