"""What a repository is to be set up with."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Final

from gitops_action import __version__
from gitops_action.records import dataclass

REF: Final = f"v{__version__.partition('.')[0]}"
"""The tag that README names: it moves with releases that break nothing."""
OURS: Final = "gitops-action/gitops-action"


class Via(StrEnum):
    """Who writes to the clusters."""

    APPLY = "apply"
    FLUX = "flux"


@dataclass(frozen=True, slots=True)
class Setup:
    """`environments` in the order in which a change travels; `ways` are the promotion paths between them.

    `images`: new images are looked for. `ref` is the tag or commit of gitops-action, `version` what a comment beside a commit says it is; `owners` are code
    owners.
    """

    environments: tuple[str, ...]
    via: Via
    app: str = "web"
    branch: str = "main"
    ref: str = REF
    version: str = ""
    owners: tuple[str, ...] = ()
    images: bool = True
    ways: tuple[tuple[str, str], ...] | None = None

    @property
    def paths(self) -> tuple[tuple[str, str], ...]:
        """The promotion paths: those that are said, else from each environment to the next."""
        return tuple(pairwise(self.environments)) if self.ways is None else self.ways
