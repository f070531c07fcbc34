"""Which versions of software an environment's files name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.promote import images
from gitops_action.promote.folder import FolderError
from gitops_action.repository.documents import Document, load
from gitops_action.repository.places import SUFFIXES

if TYPE_CHECKING:
    from gitops_action.promote.folder import Folder

_DEPTH: Final = 40


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
                    found |= set(_in(document.value, "", _DEPTH))
    return sorted(found)


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
        yield from _in(item, str(key), depth - 1)
