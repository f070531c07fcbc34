"""Which newer images are taken up: the part `images` of the configuration, and what it has in common with Flux's objects."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.config.promotion import PullRequests
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from gitops_action.config.globs import PathPattern
    from gitops_action.model import Location

EXCLUDED: Final = (r"^.*\.sig$",)
"""Tags that are no images: signatures, as in Flux's ImageRepository."""
CREATED: Final = "created"


class By(StrEnum):
    """What makes one tag newer than another."""

    SEMVER = "semver"
    NUMERICAL = "numerical"
    ALPHABETICAL = "alphabetical"
    NEWEST = "newest"


class Reflection(StrEnum):
    """Whether the digest of an image is written beside its tag; what has a digest already keeps having one."""

    NEVER = "Never"
    IF_NOT_PRESENT = "IfNotPresent"
    ALWAYS = "Always"


class Grouping(StrEnum):
    """What one pull request has."""

    POLICY = "policy"
    ENVIRONMENT = "environment"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Choice:
    """How the newest tag is found.

    `argument` is a range for SEMVER, `asc` or `desc` for NUMERICAL and ALPHABETICAL (`asc`: the last one), and for NEWEST
    the name of a label, or CREATED. Of a tag, only what `extract` makes of the match of `pattern` is looked at; a tag that
    does not match is none.
    """

    by: By
    argument: str = ""
    pattern: str = ""
    extract: str = ""


@dataclass(frozen=True, slots=True)
class ImagePolicy:
    """An image, which of its tags is wanted, and in which files.

    `fields` are further values that hold its tag, as paths of `promote.rules`.
    """

    name: str
    image: str
    choice: Choice
    paths: tuple[PathPattern, ...]
    digest: Reflection = Reflection.NEVER
    fields: tuple[str, ...] = ()
    exclude: tuple[str, ...] = EXCLUDED
    location: Location | None = field(default=None, compare=False)


_PULL_REQUESTS: Final = PullRequests(labels=("images",))


@dataclass(frozen=True, slots=True)
class Images:
    """How images are kept up to date. `insecure` are the registries that speak HTTP without encryption."""

    policies: tuple[ImagePolicy, ...] = ()
    grouping: Grouping = Grouping.POLICY
    pull_requests: PullRequests = _PULL_REQUESTS
    insecure: tuple[str, ...] = ()
