"""The archive of a chart, read without trusting it: no links, no ways out, no more than a chart needs.

Helm has limits of its own (a chart of 100 MiB, files of 5 MiB: `pkg/chart/loader/archive.go`); these come before anything is
written or run, and count what archives in the archive unfold to.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import tarfile
import zlib
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.documents import Document, load, without_warnings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import JSONValue

MAX_PACKED: Final = 20 * 2**20
"""Bytes of an archive that are taken."""
_MAX_UNPACKED: Final = 100 * 2**20
_MAX_FILES: Final = 20_000
_MAX_NESTED: Final = 5
_BLOCK: Final = 1 << 20

# What gives another text on each run, inside an action of a template.
_RANDOM: Final = regex(
    rb"\{\{[^}]*\b(?:rand(?:Alpha|AlphaNum|Ascii|Numeric|Bytes|Int)|gen(?:PrivateKey|CA|SelfSignedCert|SignedCert)"
    rb"(?:WithKey)?|uuidv4|htpasswd|bcrypt|encryptAES|shuffle|now)\b"
)
# Members of a schema by which Helm would read another file, or ask a host.
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "$schema"})
_KNOWN_SCHEMA: Final = regex(r"https?://json-schema\.org/(?:draft-0[4-7]|draft/20(?:19-09|20-12))/schema#?")


class ArchiveError(ValueError):
    """An archive that is not used; the message says why."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart that another one is made of. `repository` is "" for one that lies in the chart."""

    name: str
    version: str
    repository: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a chart matters to how it is rendered. `missing` are dependencies that do not lie in it."""

    random: bool = False
    schema_reaches_out: bool = False
    missing: tuple[Dependency, ...] = ()


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of a chart by path, without the folder that holds them all. Raises ArchiveError."""
    files = _Reading().files(data)
    roots = {path.partition("/")[0] for path in files}
    charts = [root for root in roots if f"{root}/Chart.yaml" in files]
    if len(charts) != 1:
        raise ArchiveError("it has no chart: there is no Chart.yaml in its folder")
    root = charts[0] + "/"
    return {path.removeprefix(root): content for path, content in files.items() if path.startswith(root)}


class _Reading:
    """One archive and those in it, which share what they may unfold to."""

    def __init__(self) -> None:
        self._left = _MAX_UNPACKED
        self._count = 0

    def files(self, data: bytes, depth: int = 0) -> dict[str, bytes]:
        if depth > _MAX_NESTED:
            raise ArchiveError(f"archives lie in each other more than {_MAX_NESTED} deep")
        found: dict[str, bytes] = {}
        try:
            with tarfile.open(fileobj=io.BytesIO(self._unzipped(data)), mode="r:") as archive:
                for member in archive:
                    if member.isdir():
                        continue
                    path = self._checked(member)
                    held = archive.extractfile(member)
                    found[path] = b"" if held is None else held.read()
        except (tarfile.TarError, EOFError, OverflowError, RecursionError) as error:
            raise ArchiveError(f"it cannot be read: {error}") from error
        for path, content in found.items():
            if path.endswith((".tgz", ".tar.gz")) and "/charts/" in f"/{path}":
                self.files(content, depth + 1)
        return found

    def _unzipped(self, data: bytes) -> bytes:
        unzip = zlib.decompressobj(wbits=31)
        unfolded = bytearray()
        rest = data
        try:
            while rest and not unzip.eof:
                unfolded += unzip.decompress(rest, _BLOCK)
                rest = unzip.unconsumed_tail
                if len(unfolded) > self._left:
                    raise ArchiveError(f"it unfolds to more than {_MAX_UNPACKED // 2**20} MiB")
        except zlib.error as error:
            raise ArchiveError(f"it is no gzip archive: {error}") from error
        if not unzip.eof:
            raise ArchiveError("it breaks off")
        self._left -= len(unfolded)
        return bytes(unfolded)

    def _checked(self, member: tarfile.TarInfo) -> str:
        self._count += 1
        if self._count > _MAX_FILES:
            raise ArchiveError(f"it has more than {_MAX_FILES:,} files")
        if not member.isfile():
            raise ArchiveError(f"`{member.name[:100]}` is a link or no file at all")
        path = member.name.replace("\\", "/")
        parts = path.split("/")
        if path.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in path:
            raise ArchiveError(f"`{path[:100]}` leads out of it")
        return posixpath.normpath(path)


def facts(files: Mapping[str, bytes]) -> Facts:
    """Return what of a chart, given by its files, matters to how it is rendered."""
    random = reaches = False
    for path, content in _all(files, 0):
        name = posixpath.basename(path)
        if "templates/" in path or name.endswith(".tpl"):
            random = random or _RANDOM.search(content) is not None
        elif name == "values.schema.json":
            reaches = reaches or _reaches_out(content)
    return Facts(random, reaches, missing(files))


def _all(files: Mapping[str, bytes], depth: int) -> list[tuple[str, bytes]]:
    """Return the files of a chart and of the archives in it."""
    found = list(files.items())
    if depth <= _MAX_NESTED:
        for path, content in files.items():
            if path.endswith((".tgz", ".tar.gz")):
                try:
                    found += _all(_Reading().files(content, depth), depth + 1)
                except ArchiveError:
                    continue  # Helm says what is wrong with it
    return found


def _reaches_out(schema: bytes) -> bool:
    """Whether a schema refers to anything outside of it; also where it cannot be read."""
    found: list[object] = []

    def noted(pairs: list[tuple[str, object]]) -> None:
        # All of them: of members with one name, who knows which counts.
        found.extend(value for name, value in pairs if name in _REFERENCES)

    try:
        json.loads(schema, object_pairs_hook=noted)
    except (ValueError, RecursionError):
        return True
    return any(
        not isinstance(value, str) or not (value.startswith("#") or _KNOWN_SCHEMA.fullmatch(value)) for value in found
    )


def missing(files: Mapping[str, bytes]) -> tuple[Dependency, ...]:
    """Return the dependencies that a chart names and does not have in its folder `charts`."""
    listed = _mapping(files.get("Chart.yaml")).get("dependencies") or _mapping(files.get("requirements.yaml")).get(
        "dependencies"
    )
    locked = _mapping(files.get("Chart.lock")).get("dependencies") or _mapping(files.get("requirements.lock")).get(
        "dependencies"
    )
    versions = {
        one.get("name"): one.get("version")
        for one in (locked if isinstance(locked, list) else ())
        if isinstance(one, dict)
    }
    found = []
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            continue
        name = one["name"]
        held = any(
            path.startswith(f"charts/{name}/") or re.fullmatch(rf"charts/{re.escape(name)}-\d[^/]*\.tgz", path)
            for path in files
        )
        if not held:
            found.append(
                Dependency(name, str(versions.get(name) or one.get("version") or ""), str(one.get("repository") or ""))
            )
    return tuple(found)


def _mapping(content: bytes | None) -> dict[str, JSONValue]:
    loaded = without_warnings(load(content, "Chart.yaml")) if content else []
    first = loaded[0] if loaded else None
    return first.value if isinstance(first, Document) and isinstance(first.value, dict) else {}
