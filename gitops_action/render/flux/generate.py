"""The kustomization that Flux builds: the folder's own, or one of all its files, with the Kustomization's fields in it.

After fluxcd/pkg/kustomize, `Generator.GenerateManifest`:
https://github.com/fluxcd/pkg/blob/main/kustomize/kustomize_generator.go
"""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any, Final

from gitops_action.parts import mappings
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitops_action.repository.kustomizations import Kustomization

_SINGLE: Final = {"targetNamespace": "namespace", "namePrefix": "namePrefix", "nameSuffix": "nameSuffix"}
_PATCHES: Final = ("patches", "patchesJson6902")


def generate(
    folder: str,
    own: Kustomization | None,
    resources: Iterable[str],
    spec: Mapping[str, Any],
    exists: Callable[[str], bool],
) -> tuple[str, bytes]:
    """Return the path and the text of the kustomization that is built for `spec`.

    `own` is the kustomization that `folder` has; without one it lists `resources`. `exists` says whether a path from the
    root is a folder of the repository.
    """
    file = own.file if own else posixpath.normpath(posixpath.join(folder, KUSTOMIZATION_NAMES[0]))
    fields = _Fields(dict(own.fields.values()) if own else _of_all(folder, resources))
    if own and notes_origins(own):
        fields.put("buildMetadata", ["originAnnotations"])
    for theirs, ours in _SINGLE.items():
        if theirs in spec:
            fields.put(ours, spec[theirs])
    for name in _PATCHES:
        fields.append(name, [_patch(item) for item in mappings(spec, name)])
    fields.append("patchesStrategicMerge", [json.dumps(item) for item in mappings(spec, "patchesStrategicMerge")])
    fields.append("components", _components(folder, spec, exists))
    if spec.get("images"):
        fields.put("images", _images(fields.items("images"), mappings(spec, "images")))
    if spec.get("buildMetadata"):
        fields.put("buildMetadata", spec["buildMetadata"])
    return file, json.dumps(fields.value, ensure_ascii=False, indent=1).encode(errors="surrogatepass")


def notes_origins(own: Kustomization) -> bool:
    """Whether Flux has kustomize note where each object comes from, which stays on it: where no resources are named.

    It does so lest kustomize takes the kustomization for an empty one.
    """
    return not any(own.items("resources"))


class _Fields:
    """The fields of a kustomization, whose names may be written in any case."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self._names = {name.casefold(): name for name in value}

    def put(self, field: str, value: Any) -> None:
        self.value[self._names.get(field.casefold(), field)] = value

    def items(self, field: str) -> list[Any]:
        present = self.value.get(self._names.get(field.casefold(), field))
        return [*present] if isinstance(present, list) else []

    def append(self, field: str, items: list[Any]) -> None:
        if items:
            self.put(field, [*self.items(field), *items])


def _of_all(folder: str, resources: Iterable[str]) -> dict[str, Any]:
    prefix = "" if folder == "." else f"{folder}/"
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"./{path.removeprefix(prefix)}" for path in resources],
    }


def _patch(item: Mapping[str, Any]) -> dict[str, Any]:
    members = {name: item[name] for name in ("patch", "target") if name in item}
    if not isinstance(members.get("patch", ""), str):
        members["patch"] = json.dumps(members["patch"])
    return members


def _components(folder: str, spec: Mapping[str, Any], exists: Callable[[str], bool]) -> list[str]:
    listed = spec.get("components")
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    if not spec.get("ignoreMissingComponents"):
        return names
    return [name for name in names if exists(posixpath.normpath(posixpath.join(folder, name)))]


def _images(present: list[Any], given: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the images with what is given put over what is there: tag and digest are set together."""
    result = [dict(item) if isinstance(item, dict) else item for item in present]
    for image in given:
        known = next((it for it in result if isinstance(it, dict) and it.get("name") == image.get("name")), None)
        if known is None:
            result.append({name: image[name] for name in ("name", "newName", "newTag", "digest") if image.get(name)})
            continue
        if image.get("newName"):
            known["newName"] = image["newName"]
        if image.get("newTag") or image.get("digest"):
            for name in ("newTag", "digest"):
                known.pop(name, None)
                if image.get(name):
                    known[name] = image[name]
    return result
