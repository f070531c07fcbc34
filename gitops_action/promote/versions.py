"""Which versions of software an environment's files name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.promote.folder import FolderError
from gitops_action.repository import images
from gitops_action.repository.documents import Document, load
from gitops_action.repository.places import SUFFIXES
from gitops_action.repository.sops import is_encrypted_document

if TYPE_CHECKING:
    from gitops_action.promote.folder import Folder

_DEPTH: Final = 40
# Keys that do not say of what something is a version: what is around them does.
_GENERAL: Final = frozenset({"spec", "values", "global", "image"})


def versions(folder: Folder) -> list[str]:
    """Return the versions of images and charts in a folder's files, as `name:version`, sorted and each once."""
    found: set[str] = set()
    for path in folder.entries:
        if path.endswith(SUFFIXES) and folder.is_file(path):
            try:
                data = folder.read(path)
            except FolderError:
                continue
            for document in load(data, path):
                if isinstance(document, Document):
                    found |= set(_of_document(document.value))
    return sorted(found)


def _of_document(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and is_encrypted_document(value):
        value = {key: part for key, part in value.items() if key != "sops"}
    metadata = value.get("metadata") if isinstance(value, Mapping) else None
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    yield from _in(value, name if isinstance(name, str) else "", _DEPTH)


def _in(value: Any, name: str, depth: int) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _in(item, name, depth - 1)
        return
    if not isinstance(value, Mapping) or depth < 0:
        return
    label = value.get("newName") or value.get("repository") or value.get("chart") or value.get("name") or name
    for key in ("newTag", "tag", "version"):
        version = value.get(key)
        if isinstance(version, str | int | float) and not isinstance(version, bool) and isinstance(label, str):
            yield f"{label.rpartition('/')[2] or name}:{version}"
    image = value.get("image")
    if isinstance(image, str):
        parsed = images.parse(image)
        yield f"{parsed.name.rpartition('/')[2]}:{parsed.tag or parsed.digest or 'latest'}"
    for key, item in value.items():
        yield from _in(item, name if name and key in _GENERAL else str(key), depth - 1)
