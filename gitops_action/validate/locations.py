"""Looks for schemas in the configured locations: files of the revision under check, and HTTPS addresses."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from gitops_action.model import Finding, Location
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
    """The configured locations, in their order. Each file and each address is read once."""

    locations: Sequence[SchemaLocation]
    tree: Tree
    fetch: Fetch
    _read: dict[str, Any] = field(default_factory=dict, repr=False)
    _followed: int = 0

    def find(self, api_version: str, kind: str, minor: int) -> Located | None:
        """Return the schema of a kind from the first location that has one, None if none has.

        Raises UnreachableError where a location cannot be asked: a later one may say something else, so it is not asked.
        LocatedSchemaError for what cannot be used.
        """
        for location in self.locations:
            address = location.address(api_version, kind, minor)
            if address is None:
                continue
            place = location.place if location.remote else Location(address, 1, 1)
            try:
                if not location.remote:
                    self._require_folder(location)
                document = self._document(address, remote=location.remote)
                if document is not _ABSENT:
                    return self._made(document, address, place)
            except SchemaError as error:
                raise LocatedSchemaError(str(error), address, place) from None
        return None

    def _made(self, document: Any, address: str, place: Location) -> Located:
        found = structural(document)
        if found is not None:
            return Located(address, place, found)
        foreign = normalised(document, address, self.follow)
        compiled = compile_schema(foreign.schema)
        patterns = (f"the pattern {pattern}" for pattern in compiled.unchecked)
        return Located(address, place, None, compiled, (*foreign.unchecked, *patterns))

    def follow(self, address: str, reference: str) -> tuple[str, Any]:
        """Return the document that a `$ref` in the one at `address` leads to: in the repository, or on the same host.

        Raises SchemaError where it leads nowhere or elsewhere, UnreachableError where it cannot be read.
        """
        remote = _is_remote(address)
        if remote:
            target = urljoin(address, reference)
            if urlsplit(target)[:2] != urlsplit(address)[:2]:
                raise SchemaError(f"it refers to {_short(reference)}, which is on another host")
        else:
            if _is_remote(reference) or reference.startswith("/"):
                raise SchemaError(f"it refers to {_short(reference)}, which is not in the repository")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(address), reference))
            if target.startswith("../"):
                raise SchemaError(f"it refers to {_short(reference)}, which is not in the repository")
        if target not in self._read:
            self._followed += 1
            if self._followed > _MAX_FOLLOWED:
                raise SchemaError(f"its references lead to more than {_MAX_FOLLOWED} other files")
        document = self._document(target, remote=remote)
        if document is _ABSENT:
            raise SchemaError(f"it refers to {_short(reference)}, which is not there")
        return target, document

    def _require_folder(self, location: SchemaLocation) -> None:
        """Tell a folder that lacks one schema from one that is not there at all: a mistyped name must not look like success."""
        root = location.root
        if root not in self._read:
            self._read[root] = any(path.startswith(root) for path in self.tree.entries)
        if not self._read[root]:
            raise UnreachableError(f"{root} is no folder of {self.tree.name[:12]}")

    def _document(self, address: str, *, remote: bool) -> Any:
        if address not in self._read:
            self._read[address] = self._parsed(address, remote=remote)
        found = self._read[address]
        if isinstance(found, Exception):
            raise found
        return found

    def _parsed(self, address: str, *, remote: bool) -> Any:
        """Return the document, or what is to be raised each time that it is asked for."""
        try:
            content = self._download(address) if remote else self._file(address)
        except UnreachableError as error:
            return error
        if content is None:
            return _ABSENT
        try:
            return json.loads(content, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            reason = str(error).partition("\n")[0][:100] if isinstance(error, ValueError) else "nested too deeply"
            return SchemaError(f"it is not JSON: {reason}")

    def _download(self, url: str) -> bytes | None:
        answer: Download = self.fetch(url)
        if answer.problem:
            raise UnreachableError(answer.problem, offline=answer.offline)
        return answer.content

    def _file(self, path: str) -> bytes | None:
        entry = self.tree.entries.get(path)
        if entry is None:
            return None
        if entry.kind is not EntryKind.FILE:
            raise UnreachableError(f"{path} is a {entry.kind.value}, which is not followed")
        if entry.size > MAX_BYTES:
            raise UnreachableError(f"{path} has more than {MAX_BYTES // 2**20} MiB")
        _, data = next(iter(self.tree.read([path])))
        if isinstance(data, Finding):
            raise UnreachableError(f"{path} cannot be read: {data.message}")
        if len(data) > MAX_BYTES:
            raise UnreachableError(f"{path} has more than {MAX_BYTES // 2**20} MiB")
        return data


_ABSENT: Final = object()


def _is_remote(address: str) -> bool:
    return bool(urlsplit(address).scheme)


def _short(reference: str) -> str:
    return reference if len(reference) <= 100 else reference[:99] + "…"  # noqa: PLR2004 - fits in a line


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number in JSON")
