"""What the content of a file means, where that can be told; of all other files only the bytes count."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from gitops_action.repository.documents import Document, load
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES
from gitops_action.repository.places import SUFFIXES

if TYPE_CHECKING:
    from gitops_action.model import Finding

_STRUCTURED: Final = (*SUFFIXES,)


def is_kustomization(path: str) -> bool:
    """Whether a file names others, by its own name."""
    return posixpath.basename(path) in KUSTOMIZATION_NAMES


def is_structured(path: str) -> bool:
    """Whether a file has documents, by its name."""
    return path.endswith(_STRUCTURED) or is_kustomization(path)


def documents(data: bytes, file: str) -> list[Document]:
    """Return the documents of a file that can be read; none of a file of another kind."""
    return [item for item in _items(data, file) if isinstance(item, Document)]


def meaning(data: bytes, file: str) -> object:
    """Return what a file means, to be compared; None where only its bytes count."""
    items = _items(data, file)
    sound = bool(items) and all(isinstance(item, Document) for item in items)
    return [repr(item.value) for item in items if isinstance(item, Document)] if sound else None


def _items(data: bytes, file: str) -> list[Document | Finding]:
    return load(data, file) if is_structured(file) else []
