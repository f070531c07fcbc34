"""What happens to a field in which source and target differ: rules of the configuration, of comments, and our defaults.

A rule is a path: `image.tag` at any depth, or from the root as `/spec/replicas`, with `*` for one part and `**` for any
number. It means the value there and all that is in it. Elements of lists go by their key (`name=app`).
"""

from __future__ import annotations

import re
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitops_action.config.promotion import Rules

Path = tuple[str, ...]
"""A field's path from the root of its document: keys, and for elements of lists their labels."""


class Fate(StrEnum):
    """What a rule says."""

    KEEP = "keep"
    PROMOTE = "promote"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Default:
    """A rule of ours. `kind` restricts it to objects of one, "!Kind" to all others."""

    path: str
    kind: str = ""

    def fits(self, path: Path, kind: str) -> bool:
        """Whether a field is meant."""
        if self.kind.startswith("!"):
            return kind != self.kind[1:] and covers(self.path, path)
        return self.kind in {"", kind} and covers(self.path, path)


KEPT: Final = (
    Default("replicas"),
    Default("replicaCount"),
    Default("/namespace"),
    Default("/metadata/namespace"),
    Default("targetNamespace"),
    Default("namePrefix"),
    Default("nameSuffix"),
    Default("host"),
    Default("hosts"),
    Default("hostname"),
    Default("hostnames"),
    # In a kustomization `resources` is what it builds from.
    Default("resources", "!Kustomization"),
    Default("minReplicas"),
    Default("maxReplicas"),
)
"""Fields that are an environment's own, unless a rule says otherwise."""

PROMOTED: Final = (
    Default("image.tag"),
    Default("image.digest"),
    Default("newTag"),
    Default("digest"),
    Default("tag"),
    Default("/spec/chart/spec/version", "HelmRelease"),
    Default("/helmCharts/*/version"),
    Default("/spec/ref/tag"),
    Default("/spec/ref/digest"),
    Default("/spec/ref/semver"),
)
"""Fields that are what a promotion is about: versions of software."""

_RANGE: Final = regex(r"[<>=~^!*|,]|\bx\b|\.x\b|\s-\s", re.IGNORECASE)


class RuleSet:
    """The rules that hold for one component, the more special first."""

    def __init__(self, levels: Sequence[Rules], fields: Sequence[str] = ()) -> None:
        """Take the levels of rules; `fields` are the only ones that are promoted at all, where there are any."""
        self._levels = levels
        self._fields = fields
        self._blocked = tuple(path for level in levels for path in level.block)

    def wants(self, path: Path) -> bool:
        """Whether the mode promotes this field at all."""
        return not self._fields or _any(self._fields, path)

    def blocks(self, path: Path) -> bool:
        """Whether a rule keeps this field from being promoted, whatever else is said."""
        return _any(self._blocked, path)

    @property
    def may_block(self) -> bool:
        """Whether anything is kept out, or left out by the mode."""
        return bool(self._blocked or self._fields)

    def fate(self, path: Path, kind: str) -> tuple[Fate | None, str]:
        """Return what becomes of a field in which old source, new source and target all differ, and which rule says so.

        None: no rule, so people have to decide.
        """
        for level in self._levels:
            for fate, paths in ((Fate.KEEP, level.keep), (Fate.PROMOTE, level.promote)):
                for rule in paths:
                    if covers(rule, path):
                        return fate, f"rule `{rule}`"
        for fate, defaults in ((Fate.KEEP, KEPT), (Fate.PROMOTE, PROMOTED)):
            for default in defaults:
                if default.fits(path, kind):
                    return fate, f"`{default.path.rpartition('/')[2]}`: by default"
        return None, ""


def is_range(value: object) -> bool:
    """Whether a text is a range of versions (`>=1.0.0`, `1.x`, `~2.1`, `*`) and not one version."""
    return isinstance(value, str) and bool(_RANGE.search(value))


def covers(rule: str, path: Path) -> bool:
    """Whether a rule means the field at `path`, or something that it is in."""
    parts = _parts(rule)
    return _covers(parts, path)


def _any(rules: Iterable[str], path: Path) -> bool:
    return any(covers(rule, path) for rule in rules)


@lru_cache(maxsize=2048)
def _parts(rule: str) -> tuple[str, ...]:
    if rule.startswith("/"):
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in rule.split("/")[1:])
    return ("**", *rule.split("."))


def _covers(parts: Sequence[str], path: Sequence[str]) -> bool:
    if not parts:
        return True
    if parts[0] == "**":
        return any(_covers(parts[1:], path[skip:]) for skip in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], parts[0]) and _covers(parts[1:], path[1:])
