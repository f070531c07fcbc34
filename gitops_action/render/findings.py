"""Findings about overlays, and how their paths are shown."""

from __future__ import annotations

import dataclasses

from gitops_action.codes import CODES
from gitops_action.model import Finding, Location, Severity


def finding(code: str, message: str, location: Location, *, severity: Severity | None = None) -> Finding:
    """Return a finding at `location` with the severity that `code` has, unless another is given."""
    return Finding(
        code, severity or CODES[code].severity, message, location.file, location.line, location.column, engine="render"
    )


def of_target(found: Finding, target: str, environment: str) -> Finding:
    """Return the same finding, as one of the overlay `target`."""
    return dataclasses.replace(found, target=target, environment=environment)


def shown(folder: str) -> str:
    """Return how to call a folder of the repository in a message."""
    return "the repository's root" if folder == "." else folder
