"""From what Helm writes to the objects that Flux has in the cluster afterwards."""

from __future__ import annotations

import base64
import binascii
import bisect
import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Finding, JSONValue
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render.helm.values import PLACEHOLDER
from gitops_action.repository.documents import Document, Limits, flatten, load, without_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.render.helm.release import Options, Release

_SOURCE: Final = regex(r"^# Source: (?P<path>\S.*)$", re.MULTILINE)
_LIMITS: Final = Limits(max_bytes=64 * 2**20, max_documents=20_000)
_HOOK: Final = "helm.sh/hook"
_BASE64_PLACEHOLDER: Final = base64.b64encode(PLACEHOLDER.encode()).decode()


@dataclass(frozen=True, slots=True)
class Made:
    """One object, and the template in the chart that it came from ("" if that is not known)."""

    value: dict[str, Any]
    source: str = ""

    @property
    def is_of_crds(self) -> bool:
        """Whether it is one of the chart's plain CRDs, which are no part of the release."""
        return self.source.partition("/")[2].startswith("crds/") or "/crds/" in self.source.replace("/templates/", "\0")


def read(output: bytes) -> tuple[list[Made], list[str]]:
    """Return the objects that Helm wrote, and what is wrong with the others. Hooks are left out."""
    text = output.decode(errors="replace")
    paths = [(match.start(), match["path"].strip()) for match in _SOURCE.finditer(text)]
    lines = _lines(text, [place for place, _ in paths])
    made: list[Made] = []
    broken: list[str] = []
    for item in without_warnings(load(output, "output", _LIMITS)):
        if isinstance(item, Finding):
            broken.append(_said(item, lines, paths))
            continue
        for one in flatten(item):
            if isinstance(one, Finding):
                broken.append(_said(one, lines, paths))
            elif not isinstance(one.value, dict):
                broken.append(f"what {_source(one, lines, paths) or 'it'} gives is no object")
            elif not _is_hook(one.value):
                made.append(Made(one.value, _source(one, lines, paths)))
    return made, broken


def _lines(text: str, places: Sequence[int]) -> list[int]:
    """Return the lines of places in a text, which are in order."""
    found, line, last = [], 1, 0
    for place in places:
        line += text.count("\n", last, place)
        last = place
        found.append(line)
    return found


def _source(document: Document, lines: Sequence[int], paths: Sequence[tuple[int, str]]) -> str:
    index = bisect.bisect_right(lines, document.line) - 1
    return paths[index][1] if index >= 0 else ""


def _said(problem: Finding, lines: Sequence[int], paths: Sequence[tuple[int, str]]) -> str:
    index = bisect.bisect_right(lines, problem.line or 0) - 1
    return f"{paths[index][1]}: {problem.message}" if index >= 0 else problem.message


def _is_hook(value: Mapping[str, Any]) -> bool:
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return isinstance(annotations, dict) and _HOOK in annotations


def finished(
    made: Iterable[Made], options: Options, namespace: str, namespaced: Callable[[str, str], bool | None]
) -> list[Made]:
    """Return the objects as they come to the cluster: with the release's namespace, labels and annotations.

    `namespaced` says of an apiVersion and a kind whether its objects have a namespace, None if that is not known.
    """
    return [Made(_dressed(one.value, options, namespace, namespaced, plain=one.is_of_crds), one.source) for one in made]


def _dressed(
    value: dict[str, Any],
    options: Options,
    namespace: str,
    namespaced: Callable[[str, str], bool | None],
    *,
    plain: bool,
) -> dict[str, Any]:
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        return value
    metadata = dict(metadata)
    if not metadata.get("namespace") and namespaced(str(value.get("apiVersion")), str(value.get("kind"))) is not False:
        metadata["namespace"] = namespace
    labels = dict(options.origin) if plain else {**options.labels, **options.origin}
    for member, more in (("labels", labels), ("annotations", {} if plain else options.annotations)):
        held = metadata.get(member)
        if more and isinstance(held, dict | None):
            metadata[member] = {**(held or {}), **more}
    return {**value, "metadata": metadata}


def namespace_of(release: Release) -> list[Made]:
    """Return the namespace that Helm makes for a release on request, with the label that it gives it."""
    if not release.options.create_namespace:
        return []
    metadata = {"name": release.namespace, "labels": {"name": release.namespace}}
    return [Made({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})]


def steady(once: Sequence[Made], again: Sequence[Made]) -> list[Made] | None:
    """Return the objects with placeholders for what came out differently the second time.

    None if the two do not even have the same objects.
    """
    if len(once) != len(again):
        return None
    result = []
    for one, other in zip(once, again, strict=True):
        if one.source != other.source or one.value.get("kind") != other.value.get("kind"):
            return None
        result.append(Made(_steady(one.value, other.value), one.source))
    return result


def _steady(one: JSONValue, other: JSONValue) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _steady(item, other[key]) for key, item in one.items() if key in other}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_steady(item, there) for item, there in zip(one, other, strict=True)]
    if one == other and type(one) is type(other):
        return one
    return _BASE64_PLACEHOLDER if _is_base64(one) and _is_base64(other) else PLACEHOLDER


def hidden_in(value: JSONValue) -> frozenset[Pointer]:
    """Return where in an object a placeholder stands, alone, in base64, or within a text."""
    found: set[Pointer] = set()
    stack: list[tuple[Pointer, JSONValue]] = [((), value)]
    while stack:
        pointer, item = stack.pop()
        if isinstance(item, dict):
            stack.extend(((*pointer, key), inner) for key, inner in item.items())
        elif isinstance(item, list):
            stack.extend(((*pointer, index), inner) for index, inner in enumerate(item))
        elif isinstance(item, str) and (PLACEHOLDER in item or _BASE64_PLACEHOLDER in item):
            found.add(pointer)
    return frozenset(found)


def _is_base64(value: JSONValue) -> bool:
    if not isinstance(value, str) or len(value) < 8 or len(value) % 4:  # noqa: PLR2004 - shorter ones are words
        return False
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
