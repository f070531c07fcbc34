"""Which documents of three versions of a file are the same object."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitops_action.records import dataclass
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES

if TYPE_CHECKING:
    from gitops_action.repository.documents import Document

Key = tuple[str, str, str]
"""Group, kind and name; for what is no object, ("", "", its number among those)."""


def kind_of(document: Document) -> str:
    """Return a document's kind; that of a kustomization, which need not say it, by the name of its file."""
    value = document.value
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if isinstance(kind, str) and kind:
        return kind
    return "Kustomization" if posixpath.basename(document.file) in KUSTOMIZATION_NAMES else ""


def described(document: Document) -> str:
    """Return what to call a document: `Deployment/web`, "" for what is no object."""
    _, kind, name = _key(document, 0)
    return f"{kind}/{name}" if kind and name else ""


@dataclass(frozen=True, slots=True)
class Triple:
    """One object's document in each version, None where it is not there."""

    old: Document | None
    new: Document | None
    target: Document | None


def match(old: Sequence[Document], new: Sequence[Document], target: Sequence[Document]) -> list[Triple]:
    """Pair the documents by identity, in the order of the new version.

    An object whose name differs in the target is still the same where it is the only one of its kind on both sides. The
    namespace does not count: it is the environment's own.
    """
    olds, news, targets = keyed(old), keyed(new), keyed(target)
    _adopt(olds, news)
    _adopt(targets, news or olds)
    keys = dict.fromkeys((*news, *olds))
    return [Triple(olds.get(key), news.get(key), targets.get(key)) for key in keys]


def keyed(documents: Sequence[Document]) -> dict[Key, Document]:
    """Return documents by identity; of two with one identity, the second counts as another object."""
    found: dict[Key, Document] = {}
    unnamed = 0
    for document in documents:
        key = _key(document, unnamed)
        unnamed += not key[1]
        while key in found:
            key = (key[0], key[1], f"{key[2]}\0")
        found[key] = document
    return found


def _adopt(those: dict[Key, Document], like: Mapping[Key, Document]) -> None:
    """Give a document of `those` the name that the only other one of its kind has in `like`."""
    mine, others = Counter(key[:2] for key in those), Counter(key[:2] for key in like)
    for key in [key for key in those if key not in like]:
        if key[1] and mine[key[:2]] == 1 == others[key[:2]]:
            other = next(one for one in like if one[:2] == key[:2])
            those[other] = those.pop(key)


def _key(document: Document, number: int) -> Key:
    value: Any = document.value
    value = value if isinstance(value, Mapping) else {}
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    version = value.get("apiVersion")
    group = version.rpartition("/")[0] if isinstance(version, str) else ""
    kind = kind_of(document)
    if kind and isinstance(name, str) and name:
        return group, kind, name
    return "", kind, str(number) if not kind else ""
