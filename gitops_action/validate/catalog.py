"""The kinds built into one minor release of Kubernetes, read from the bundled catalog one kind at a time.

`schemas/builder` makes the catalog: `kinds.jsonl` says which kinds there are, `definitions.jsonl` has one OpenAPI
definition a line for the range of minors that share it. A line is parsed when a kind needs it.
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

from gitops_action.data import schemas_folder
from gitops_action.errors import UsageError
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.validate import native

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERSION: Final = regex(r"v?1\.(\d{1,3})(?:\.\d+)?(?:[-+].*)?")
_LINE: Final = regex(rb'\{"name":"([^"]+)","from":(\d+),"to":(\d+),"schema":')
_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


@dataclass(frozen=True, slots=True)
class Kind:
    """One group, version and kind. Minors are those of Kubernetes 1; None where not known or not so.

    `definition` is "" for one that was gone before the oldest minor of the catalog.
    """

    api_version: str
    kind: str
    namespaced: bool | None = None
    definition: str = ""
    first: int | None = None
    last: int | None = None
    deprecated: int | None = None
    removed: int | None = None
    replacement: tuple[str, str] | None = None

    @property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return self.api_version.rpartition("/")[0]


@dataclass(frozen=True)
class Catalog:
    """The built-in kinds of one minor release; `minor` is 36 for Kubernetes 1.36."""

    minor: int

    @classmethod
    def for_version(cls, version: str) -> Catalog:
        """Return the catalog for "1.36", "1.36.3" or "v1.36". Raises UsageError for any other or unknown version."""
        match = _VERSION.fullmatch(version.strip())
        if match is None:
            raise UsageError(f"{version!r} is no version of Kubernetes; write it as 1.36")
        if int(match[1]) not in minors():
            known = minors()
            raise UsageError(
                f"there are no bundled schemas for Kubernetes 1.{int(match[1])}; there are for 1.{known[0]} to 1.{known[-1]}"
            )
        return cls(int(match[1]))

    @classmethod
    def newest(cls) -> Catalog:
        """Return the catalog of the newest minor release that is bundled."""
        return cls(minors()[-1])

    @property
    def version(self) -> str:
        """The minor release, as "1.36"."""
        return f"1.{self.minor}"

    @cached_property
    def kinds(self) -> Mapping[tuple[str, str], Kind]:
        """The kinds that this release has, by apiVersion and kind."""
        return {
            key: kind
            for key, kind in every_kind().items()
            if kind.first is not None and kind.last is not None and kind.first <= self.minor <= kind.last
        }

    @cached_property
    def groups(self) -> frozenset[str]:
        """The API groups that Kubernetes itself has, in this or any other release."""
        return frozenset(kind.group for kind in every_kind().values())

    def definition(self, name: str) -> Mapping[str, Any]:
        """Return one definition as the release's OpenAPI has it (`$ref` is a bare name). Raises KeyError if unknown."""
        return _definition(name, self.minor)

    def schema(self, api_version: str, kind: str) -> dict[str, Any] | None:
        """Return a self-contained strict JSON schema (draft 7), or None if the release has no such kind."""
        found = self.kinds.get((api_version, kind))
        return None if found is None else native.root_schema(found.definition, self.definition)

    def metadata_schema(self) -> dict[str, Any]:
        """Return the same for the `metadata` of any object, custom resources included."""
        return native.part_schema(_META, self.definition)


@cache
def minors() -> tuple[int, ...]:
    """Return the minor releases that are bundled, oldest first."""
    first = min(kind.first for kind in every_kind().values() if kind.first is not None)
    last = max(kind.last for kind in every_kind().values() if kind.last is not None)
    return tuple(range(first, last + 1))


@cache
def every_kind() -> Mapping[tuple[str, str], Kind]:
    """Return every kind of every release, also those long removed, by apiVersion and kind."""
    kinds = {}
    for line in (schemas_folder() / "kubernetes" / "kinds.jsonl").read_bytes().splitlines():
        entry = json.loads(line)
        replacement = entry.get("replacement")
        kind = Kind(
            _api_version(entry["group"], entry["version"]),
            entry["kind"],
            entry.get("namespaced"),
            entry.get("definition", ""),
            entry.get("from"),
            entry.get("to"),
            entry.get("deprecated"),
            entry.get("removed"),
            (_api_version(replacement[0], replacement[1]), replacement[2]) if replacement else None,
        )
        kinds[kind.api_version, kind.kind] = kind
    return kinds


def _api_version(group: str, version: str) -> str:
    return f"{group}/{version}" if group else version


@cache
def _lines() -> Mapping[str, list[tuple[int, int, bytes]]]:
    lines: dict[str, list[tuple[int, int, bytes]]] = {}
    for line in (schemas_folder() / "kubernetes" / "definitions.jsonl").read_bytes().splitlines():
        match = _LINE.match(line)
        if match:
            lines.setdefault(match[1].decode(), []).append((int(match[2]), int(match[3]), line))
    return lines


@cache
def _definition(name: str, minor: int) -> Mapping[str, Any]:
    for first, last, line in _lines().get(name, ()):
        if first <= minor <= last:
            schema: Mapping[str, Any] = json.loads(line)["schema"]
            return schema
    raise KeyError(name)
