"""The index of a repository of charts, and the version that a range means in it.

https://helm.sh/docs/topics/chart_repository/#the-index-file. Of versions that differ only in their build, the newest by date
counts, as in Flux (internal/helm/repository/chart_repository.go of source-controller).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.repository.documents import Document, Limits, load, without_warnings
from gitops_action.semver import parse, read_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitops_action.semver import Version

# From this size on, only the part of one chart is parsed.
_LARGE: Final = 256 * 2**10
_MAX_PARSED: Final = 16 * 2**20
_LIMITS: Final = Limits(max_bytes=64 * 2**20, max_document_bytes=64 * 2**20)


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a chart. `digest` is the SHA-256 of its archive, "" where the index does not say."""

    version: str
    url: str
    digest: str = ""
    created: str = ""


class ChartIndexError(ValueError):
    """What was asked for is not in the index; the message says why."""


def read(data: bytes, name: str) -> dict[str, Any]:
    """Return the entries of an index by the name of the chart, `name` among them if it is there.

    Raises ChartIndexError for what is no index.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = _parsed(_part(data, name) or data)
    entries = value.get("entries") if isinstance(value, dict) else None
    if not isinstance(entries, dict):
        raise ChartIndexError("it has no `entries`, so it is no index of charts")
    return entries


def _parsed(data: bytes) -> Any:
    if len(data) > _MAX_PARSED:
        raise ChartIndexError(f"it is larger than {_MAX_PARSED // 2**20} MiB, and not laid out as Helm does it")
    loaded = without_warnings(load(data, "index.yaml", _LIMITS))
    first = loaded[0] if loaded else None
    if not isinstance(first, Document):
        raise ChartIndexError("it is no YAML" if first is None else f"it is no YAML: {first.message}")
    return first.value


def _part(data: bytes, name: str) -> bytes | None:
    """Return the index with one chart only, if it is laid out as Helm writes it: some have 20 MB."""
    if len(data) < _LARGE:
        return None
    start = re.search(rb"(?m)^entries:[ \t]*\r?\n", data)
    key = (
        re.compile(rb"(?m)^  [\"']?" + re.escape(name.encode()) + rb"[\"']?:[ \t]*\r?\n").search(data, start.end())
        if start
        else None
    )
    if key is None:
        return None
    end = re.compile(rb"(?m)^(?:  [^\s#-]|\S)").search(data, key.end())
    return b"entries:\n" + data[key.start() : end.start() if end else len(data)]


def choose(entries: dict[str, Any], name: str, version: str) -> Entry:
    """Return the newest version of a chart in the range `version`. Raises ChartIndexError, ValueError for what is no range."""
    listed = entries.get(name)
    found = [entry for one in listed if (entry := _entry(one))] if isinstance(listed, list) else []
    if not found:
        raise ChartIndexError(f"there is no chart `{name}`")
    exact = next((entry for entry in found if entry.version == version), None)
    if exact is not None:
        return exact
    best = newest((entry.version for entry in found), version)
    if best is None:
        few = ", ".join(entry.version for entry in found[:3])
        raise ChartIndexError(f"no version of chart `{name}` is in `{version or '*'}`; there are {few} …")
    same = [entry for entry in found if parse(entry.version) == parse(best)]
    return max(same, key=lambda entry: entry.created)


def newest(versions: Iterable[str], version: str, read: Callable[[str], Version | None] = parse) -> str | None:
    """Return the newest of `versions` in a range, None if none is. Raises ValueError for what is no range."""
    wanted = read_range(version)
    parsed = [(found, text) for text in versions if (found := read(text)) is not None and found in wanted]
    return max(parsed, key=lambda pair: pair[0])[1] if parsed else None


def _entry(value: Any) -> Entry | None:
    if not isinstance(value, dict):
        return None
    urls = value.get("urls")
    url = urls[0] if isinstance(urls, list) and urls else None
    version = value.get("version")
    if not isinstance(url, str) or not isinstance(version, str):
        return None
    digest = str(value.get("digest") or "").removeprefix("sha256:").lower()
    return Entry(version, url, digest, str(value.get("created") or ""))
