"""Which files hold credentials: those never travel from one environment to another."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Finding
from gitops_action.promote.identity import described, kind_of
from gitops_action.repository.documents import load
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES
from gitops_action.repository.paths import join
from gitops_action.repository.references import of_kustomization, source_file
from gitops_action.repository.sops import is_encrypted_document

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from gitops_action.promote.folder import Folder
    from gitops_action.repository.documents import Document

SECRET_KINDS: Final = frozenset({"Secret", "SealedSecret"})
GENERATOR: Final = "secretGenerator"
_CIPHERTEXT: Final = b"ENC[AES256_GCM,"


def is_secret(document: Document) -> bool:
    """Whether a document holds credentials, plain, sealed or encrypted by SOPS."""
    value: Any = document.value
    return kind_of(document) in SECRET_KINDS or (isinstance(value, dict) and is_encrypted_document(value))


def secrets_in(data: bytes, documents: list[Document]) -> list[str]:
    """Return what to call the credentials that a file holds: objects by name, or "encrypted data"; none, mostly."""
    names = [described(document) or "encrypted data" for document in documents if is_secret(document)]
    return names or (["encrypted data"] if _CIPHERTEXT in data else [])


def generator_files(folder: Folder) -> frozenset[str]:
    """Return the files of a folder, relative to it, that generators of Secrets read."""
    found = set()
    for path in folder.entries:
        if posixpath.basename(path) in KUSTOMIZATION_NAMES and folder.is_file(path):
            for document in load(folder.read(path), path):
                if not isinstance(document, Finding):
                    found |= {file for pointer, file in references(document, path) if pointer[:1] == (GENERATOR,)}
    return frozenset(found)


def references(document: Document, path: str) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what a kustomization at `path` names, as (pointer, path relative to what `path` is relative to)."""
    for reference in of_kustomization(document):
        if not reference.inline:
            file = join(posixpath.dirname(path) or ".", source_file(reference.text))
            if file is not None:
                yield reference.pointer, file


def without(document: Document, path: str, gone: Container[str]) -> Any:
    """Return a kustomization's value without the entries that name one of the files `gone`."""
    value: Any = document.value
    if not isinstance(value, dict):
        return value
    drop: dict[str | int, set[str | int]] = {}
    for pointer, file in references(document, path):
        if file in gone and len(pointer) > 1:
            drop.setdefault(pointer[0], set()).add(pointer[1])
    return {
        key: [item for index, item in enumerate(items) if index not in drop[key]] if key in drop else items
        for key, items in value.items()
    }
