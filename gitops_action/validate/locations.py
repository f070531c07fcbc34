"""Looks for schemas in the configured locations: files of the revision under check, and HTTPS addresses."""

from __future__ import annotations

import json
import posixpath
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from gitops_action.model import Finding, Location
from gitops_action.records import dataclass
from gitops_action.repository.tree import EntryKind
from gitops_action.validate.compiling import Compiled, SchemaError, compile_schema
from gitops_action.validate.foreign import normalised
from gitops_action.validate.recovered import structural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.config.locations import SchemaLocation
    from gitops_action.ports import Download, Fetch
    from gitops_action.repository.tree import Tree

MAX_BYTES: Final = 8 * 2**20
"""The largest schema that is read, from a file or from elsewhere."""
_MAX_FOLLOWED: Final = 50


class UnreachableError(Exception):
    """Nobody knows whether there is a schema; the message says why, on one line. `offline`: as was wanted."""

    def __init__(self, message: str, *, offline: bool = False) -> None:
        super().__init__(message)
        self.offline = offline


class LocatedSchemaError(SchemaError):
    """What a location has is no schema that could be used. `place` is where a person would mend it."""

    def __init__(self, message: str, address: str, place: Location) -> None:
        super().__init__(message)
        self.address = address
        self.place = place


@dataclass(frozen=True, slots=True)
class Located:
    """What a location has: the structural schema of a custom resource if it is one, else a schema of its own, compiled.

    `place` is where a person would mend it: in the file, or in the setting that names its address.
    """

    address: str
    place: Location
    structural: dict[str, Any] | None = None
    compiled: Compiled | None = None
    unchecked: tuple[str, ...] = ()


@dataclass
class Locations:
    """The configured locations, in their order. What became of an address is remembered, documents are not: they are large."""

    locations: Sequence[SchemaLocation]
    tree: Tree
    fetch: Fetch
    _folders: dict[str, bool] = field(default_factory=dict, repr=False)

    def find(self, api_version: str, kind: str, minor: int) -> Located | None:
        """Return the schema of a kind from the first location that has one, None if none has.

        Raises UnreachableError where a location cannot be asked: a later one may say something else, so it is not asked.
        LocatedSchemaError for what cannot be used.
        """
        for location in self.locations:
            address = location.address(api_version, kind, minor)
            if address is None:
                continue
            if not location.remote:
                self._require_folder(location)
            content = self.read(address, remote=location.remote)
            if content is None:
                continue
            place = location.place if location.remote else Location(address, 1, 1)
            try:
                return self._made(parsed(content), address, place, remote=location.remote)
            except SchemaError as error:
                raise LocatedSchemaError(str(error), address, place) from None
        return None

    def _made(self, document: Any, address: str, place: Location, *, remote: bool) -> Located:
        found = structural(document)
        if found is not None:
            return Located(address, place, found)
        foreign = normalised(document, address, _Follower(self, remote=remote).follow)
        compiled = compile_schema(foreign.schema)
        patterns = (f"the pattern {pattern}" for pattern in compiled.unchecked)
        return Located(address, place, None, compiled, (*foreign.unchecked, *patterns))

    def _require_folder(self, location: SchemaLocation) -> None:
        """Tell a folder that lacks one schema from one that is not there at all: a mistyped name must not look like success."""
        root = location.root
        if root not in self._folders:
            self._folders[root] = any(path.startswith(root) for path in self.tree.entries)
        if not self._folders[root]:
            raise UnreachableError(f"{root} is no folder of {self.tree.name[:12]}")

    def read(self, address: str, *, remote: bool) -> bytes | None:
        """Return what is at an address or a path, None if nothing is. Raises UnreachableError."""
        if not remote:
            return self._file(address)
        answer: Download = self.fetch(address)
        if answer.problem:
            raise UnreachableError(answer.problem, offline=answer.offline)
        return answer.content

    def _file(self, path: str) -> bytes | None:
        entry = self.tree.entries.get(path)
        if entry is None:
            return None
        if entry.kind is not EntryKind.FILE:
            raise UnreachableError(f"{path} is a {entry.kind.value}, which is not followed")
        data: bytes | Finding = b""
        if entry.size <= MAX_BYTES:
            _, data = next(iter(self.tree.read([path])))
        if isinstance(data, Finding):
            raise UnreachableError(f"{path} cannot be read: {data.message}")
        if max(entry.size, len(data)) > MAX_BYTES:
            raise UnreachableError(f"{path} has more than {MAX_BYTES // 2**20} MiB")
        return data


@dataclass
class _Follower:
    """Reads the documents that one schema refers to, each once, and together no more than one may have."""

    locations: Locations
    remote: bool
    documents: dict[str, Any] = field(default_factory=dict)
    size: int = 0

    def follow(self, address: str, reference: str) -> tuple[str, Any]:
        """Return the document that a `$ref` in the one at `address` leads to: in the repository, or on the same host.

        Raises SchemaError where it leads nowhere or elsewhere, UnreachableError where it cannot be read.
        """
        target = self._target(address, reference)
        if target not in self.documents:
            content = self.locations.read(target, remote=self.remote)
            if content is None:
                raise SchemaError(f"it refers to {_short(reference)}, which is not there")
            self.size += len(content)
            if len(self.documents) >= _MAX_FOLLOWED or self.size > MAX_BYTES:
                raise SchemaError(
                    f"it refers to more than {_MAX_FOLLOWED} other files, or {MAX_BYTES // 2**20} MiB of them"
                )
            self.documents[target] = parsed(content)
        return target, self.documents[target]

    def _target(self, address: str, reference: str) -> str:
        try:
            absolute = urljoin(address, reference) if self.remote else reference
            scheme, host = urlsplit(absolute)[:2]
        except ValueError:
            raise SchemaError(f"it refers to {_short(reference)}, which is no address") from None
        if self.remote:
            if (scheme, host) != urlsplit(address)[:2]:
                raise SchemaError(f"it refers to {_short(reference)}, which is on another host")
            return absolute
        target = posixpath.normpath(posixpath.join(posixpath.dirname(address), reference))
        if scheme or host or target.startswith(("/", "../")):
            raise SchemaError(f"it refers to {_short(reference)}, which is not in the repository")
        return target


def parsed(content: bytes) -> Any:
    """Read JSON. Raises SchemaError for what is none."""
    try:
        return json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0][:100] if isinstance(error, ValueError) else "nested too deeply"
        raise SchemaError(f"it is not JSON: {reason}") from None


def _short(reference: str) -> str:
    return reference if len(reference) <= 100 else reference[:99] + "…"  # noqa: PLR2004 - fits in a line


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number in JSON")
