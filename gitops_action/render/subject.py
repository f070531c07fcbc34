"""Which object of a build a patch or a selector means: one object under all the names that it had on its way."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.kustomizations import Kustomization, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import JSONValue

# A pattern comes from the pull request and Python's engine backtracks: only small ones without nesting are tried.
_MAX_PATTERN: Final = 200
_MAX_QUANTIFIERS: Final = 3
_QUANTIFIER: Final = regex(r"[*+?{]")
_NESTED: Final = regex(r"\)[*+?{]|\\\d|\(\?")


@dataclass(frozen=True, slots=True)
class Subject:
    """One rendered object: kind and group, and every name and namespace it may have had before."""

    kind: str
    group: str
    version: str
    names: tuple[str, ...]
    namespaces: frozenset[str]
    labels: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, Any] = field(default_factory=dict)

    def is_meant_by(self, patch: JSONValue) -> bool:
        """Return whether a strategic merge patch without a target is for this object."""
        if not isinstance(patch, dict) or patch.get("kind") != self.kind:
            return False
        metadata = patch.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        return (
            group_of(patch.get("apiVersion")) == self.group
            and metadata.get("name") in self.names
            and str(metadata.get("namespace", "")) in {"", *self.namespaces}
        )

    def is_selected_by(self, target: JSONValue) -> bool | None:
        """Return whether the selector of a patch or replacement selects this object; None where that is not sure."""
        if not isinstance(target, dict):
            return False
        exact = {"group": self.group, "version": self.version, "kind": self.kind}
        answers: list[bool | None] = []
        for name, value in exact.items():
            wanted = folded(target, name)
            answers.append(wanted in (None, "", value) or _matches(wanted, (value,)))
        for name, values in (("name", self.names), ("namespace", tuple(self.namespaces))):
            wanted = folded(target, name)
            answers.append(wanted in (None, "") or _matches(wanted, values))
        answers.append(_selected(folded(target, "labelSelector"), self.labels))
        answers.append(_selected(folded(target, "annotationSelector"), self.annotations))
        return False if False in answers else None if None in answers else True


def group_of(api_version: object) -> str:
    """Return the group of an apiVersion, "" for the core group."""
    return api_version.rpartition("/")[0] if isinstance(api_version, str) else ""


def subject_of(value: Mapping[str, Any], name: str, namespace: str, layers: tuple[Kustomization, ...]) -> Subject:
    """Return the subject that `value` is, which was called `name` before it passed `layers`."""
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    names, namespaces = [name], {namespace}
    for layer in layers:
        name = f"{layer.text_of('namePrefix')}{name}{layer.text_of('nameSuffix')}"
        names.append(name)
        namespaces.add(layer.text_of("namespace"))
    names.append(str(metadata.get("name") or ""))
    namespaces.add(str(metadata.get("namespace") or ""))
    labels, annotations = metadata.get("labels"), metadata.get("annotations")
    return Subject(
        str(value.get("kind") or ""),
        group_of(value.get("apiVersion")),
        str(value.get("apiVersion") or "").rpartition("/")[2],
        tuple(dict.fromkeys(item for item in names if item)),
        frozenset(item for item in namespaces if item),
        labels if isinstance(labels, dict) else {},
        annotations if isinstance(annotations, dict) else {},
    )


def _matches(pattern: JSONValue, texts: tuple[str, ...]) -> bool | None:
    """Return whether a selector's pattern, which kustomize anchors at both ends, matches one of `texts`; None if that is not tried."""
    if not isinstance(pattern, str):
        return False
    if pattern in texts:
        return True
    if len(pattern) > _MAX_PATTERN or _NESTED.search(pattern) or len(_QUANTIFIER.findall(pattern)) > _MAX_QUANTIFIERS:
        return None
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    return any(compiled.fullmatch(text) for text in texts)


_REQUIREMENT: Final = regex(
    r"\s*(?:(?P<not>!)?\s*(?P<exists>[^\s!=,()]+)|(?P<key>[^\s!=,()]+)\s*(?:(?P<operator>==|=|!=)\s*(?P<value>[^\s!=,()]*)"
    r"|\s(?P<among>in|notin)\s*\((?P<values>[^()]*)\)))\s*(?:,|$)"
)


def _selected(selector: JSONValue, have: Mapping[str, Any]) -> bool | None:
    """Return whether labels or annotations fulfil a selector such as `a=b,a!=b,a,!a,a in (b, c)`; None where it is not understood."""
    if selector in (None, ""):
        return True
    if not isinstance(selector, str):
        return False
    at = 0
    while at < len(selector):
        found = _REQUIREMENT.match(selector, at)
        if not found:
            return None
        if found["exists"]:
            fulfilled = (found["exists"] in have) != bool(found["not"])
        elif found["among"]:
            listed = [value.strip() for value in found["values"].split(",")]
            fulfilled = (found["key"] in have and have[found["key"]] in listed) == (found["among"] == "in")
        else:
            fulfilled = (have.get(found["key"]) == found["value"]) != (found["operator"] == "!=")
        if not fulfilled:
            return False
        at = found.end()
    return True
