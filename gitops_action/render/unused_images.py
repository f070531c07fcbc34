"""Entries of `images` in a kustomization that change no image of what it builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.codes import closest
from gitops_action.regex import regex
from gitops_action.render.findings import finding
from gitops_action.repository.images import parse
from gitops_action.repository.kustomizations import folded, folded_item

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from gitops_action.model import Finding, Pointer
    from gitops_action.repository.kustomizations import Kustomization

_FIELDS: Final = ("imageTags", "images")
# Where kustomize looks for images by itself (internal/konfig/builtinpluginconsts/images.go).
_KEYS: Final = frozenset({"image", "reference"})
# The name is part of an expression of Go (api/internal/image: IsImageMatched); these mean themselves, or nearly.
_PLAIN: Final = regex(r"[A-Za-z0-9_./:@-]+")
# What is done after the images are set (kusttarget_configplugin.go: configureBuiltinTransformers) may change them again.
_AFTER: Final = ("replacements", "transformers", "vars")
_ABOVE: Final = (*_AFTER, "patches", "patchesStrategicMerge", "patchesJson6902")


def unused(
    layers: Sequence[Kustomization],
    built: Sequence[Mapping[str, Any]],
    is_above: Callable[[Kustomization, Kustomization], bool],
) -> list[Finding]:
    """Return a note for each entry in `layers` of which `built`, all that comes out of them, surely shows no trace.

    An image that an entry matched has the entry's name, or its new name, unless something later has changed it.
    `is_above` tells whether the first builds from the second. What a component does not find in one overlay, it may in another.
    """
    with_images = [layer for layer in layers if any(map(layer.has, _FIELDS)) and not layer.component]
    results = {name for layer in with_images for _, _, name in _entries(layer)}
    # Where images are else, such a file says.
    anywhere = any(layer.has("configurations") for layer in layers)
    missing = _without_trace(results, built, () if anywhere else _KEYS) if results else set()
    return [
        _note(layer, pointer, name, built)
        for layer in (with_images if missing else ())
        for pointer, name, result in _entries(layer)
        if result in missing and _is_sure(layer, pointer, result, [one for one in layers if is_above(one, layer)])
    ]


def _entries(layer: Kustomization) -> Iterator[tuple[Pointer, str, str]]:
    """Yield the place of each entry's name, the name, and the name that an image has afterwards."""
    for field in _FIELDS:
        for pointer, entry in layer.items(field):
            key, name = folded_item(entry, "name")
            result = folded(entry, "newName")
            if isinstance(name, str) and name:
                yield (*pointer, key), name, result if isinstance(result, str) and result else parse(name).name


def _is_sure(layer: Kustomization, pointer: Pointer, result: str, above: Sequence[Kustomization]) -> bool:
    if any(map(layer.has, _AFTER)) or any(one.has(field) for one in above for field in _ABOVE):
        return False
    own = {place: name for place, name, _ in _entries(layer)}
    # What one entry has renamed, another may rename again.
    others = {name for place, name in own.items() if place != pointer}
    others |= {name for one in above for _, name, _ in _entries(one)}
    return result not in others and all(map(_PLAIN.fullmatch, {own[pointer], *others}))


def _note(layer: Kustomization, pointer: Pointer, name: str, built: Sequence[Mapping[str, Any]]) -> Finding:
    near = closest(name, sorted({image for value in built for image in _images(value)}))
    hint = f"; did you mean `{near}`?" if near else ""
    message = f"no image of what is built here is called `{name}`, so that this entry changes nothing{hint}"
    return finding("image-unused", message, layer.locate(pointer))


def _without_trace(names: set[str], built: Sequence[Mapping[str, Any]], keys: Container[str]) -> set[str]:
    """Return those of `names` that no text in `built` is, alone or with a tag or digest; only texts at `keys` if there are any."""
    for text in (text for value in built for text in _texts(value, keys)):
        names = {name for name in names if not (text.startswith(name) and text[len(name) :][:1] in {"", ":", "@"})}
        if not names:
            break
    return names


def _texts(value: Any, keys: Container[str], *, meant: bool = False) -> Iterator[str]:
    if isinstance(value, str):
        if meant:
            yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, keys, meant=not keys or key in keys)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, keys, meant=not keys)


def _images(value: Any) -> Iterator[str]:
    """Yield the names of images, as containers have them."""
    if isinstance(value, dict):
        if isinstance(image := value.get("image"), str):
            yield parse(image).name
        for part in value.values():
            yield from _images(part)
    elif isinstance(value, list):
        for part in value:
            yield from _images(part)
