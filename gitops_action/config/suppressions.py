"""What is accepted although it is found: findings, and differences between Git and a cluster."""

from __future__ import annotations

from dataclasses import field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gitops_action.config.names import FILE_NAMES
from gitops_action.model import Finding, Location, ResourceId
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gitops_action.config.globs import PathPattern


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings that are accepted: those that match everything which is given.

    `path` means the file of the finding or the overlay that rendered it. `pointer` means a value of the object and all
    that is in it; `*` stands for one part. `expires` is the last day on which it holds.
    """

    code: str
    reason: str
    path: PathPattern | None = None
    environment: str | None = None
    api_version: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    pointer: tuple[str, ...] | None = None
    expires: date | None = None
    location: Location = field(default=Location(FILE_NAMES[0]), compare=False)

    def matches(self, finding: Finding) -> bool:
        """Whether `finding` is meant, expired or not."""
        if finding.code != self.code:
            return False
        if self.path is not None and not any(
            self.path.matches(path) for path in (finding.file, finding.target) if path
        ):
            return False
        if self.environment is not None and finding.environment != self.environment:
            return False
        if self.pointer is not None and not _points_into(finding.pointer, self.pointer):
            return False
        resource = finding.resource
        wanted = (self.api_version, self.kind, self.namespace, self.name)
        if resource is None:
            return wanted == (None, None, None, None)
        return _means(self, resource)


@dataclass(frozen=True, slots=True)
class IgnoredDifference:
    """What may differ between Git and a cluster, in the objects that match everything which is given.

    Either the values at `pointers` (`*` stands for one part), or whatever only `managers` own.
    """

    environment: str | None = None
    api_version: str | None = None
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    pointers: tuple[tuple[str, ...], ...] = ()
    managers: tuple[str, ...] = ()

    def matches(self, resource: ResourceId, environment: str) -> bool:
        """Whether an object is meant."""
        return self.environment in {None, environment} and _means(self, resource)


@dataclass(frozen=True, slots=True)
class InlineSuppressions:
    """Whether comments in the files may suppress findings; never those of the codes in `never`."""

    allow: bool = True
    never: frozenset[str] = frozenset()


def _means(given: Suppression | IgnoredDifference, resource: ResourceId) -> bool:
    """Whether an object has the version, kind, namespace and name that are given; the last two may have stars."""
    return (
        given.api_version in {None, resource.api_version}
        and given.kind in {None, resource.kind}
        and (given.namespace is None or fnmatchcase(resource.namespace, given.namespace))
        and (given.name is None or fnmatchcase(resource.name, given.name))
    )


def _points_into(pointer: str, wanted: Sequence[str]) -> bool:
    parts = pointer.split("/")[1:]
    return len(parts) >= len(wanted) and all(
        pattern in {"*", part} for part, pattern in zip(parts, wanted, strict=False)
    )
