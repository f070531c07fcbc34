"""Volumes in containers: mounts and raw devices, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import closest
from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import RELATIVE_PATH
from gitops_action.validate.rules.likeness import share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_READ_ONLY_SINCE: Final = 31
_READ_ONLY: Final = ("Disabled", "Enabled", "IfPossible")
_CLAIMS: Final = frozenset({"persistentVolumeClaim", "ephemeral"})


def volume_mounts(
    check: Check, context: PodContext, container: Mapping[str, Any], items: list[Any], at: Pointer
) -> None:
    """Follow ValidateVolumeMounts, pkg/apis/core/validation/validation.go."""
    paths = set()
    for index, item in enumerate(items):
        if item is None:
            continue
        name, path = item.get("name"), item.get("mountPath")
        if not name:
            if name is not None:
                check.required((*at, index, "name"))
        elif context.volumes is not None and name not in context.volumes:
            _unknown(check, context, name, (*at, index, "name"), items[index + 1 :] and items)
        if path in paths and path:
            values.wrong(check, (*at, index, "mountPath"), f"is mounted twice: {check.shown(path)}", "duplicate-item")
        elif not path and path is not None:
            check.required((*at, index, "mountPath"))
        paths.add(path)
        if len(item) > 2:  # noqa: PLR2004 - there is more than a name and a path
            _options(check, container, item, (*at, index))


def _unknown(
    check: Check, context: PodContext, name: str, at: Pointer, beside: Sequence[Mapping[str, Any] | None]
) -> None:
    """Note that there is no such volume; without any, or where containers agree on the name, say so once at the volumes.

    A mount that others stand below was there before; if those `beside` it mount all volumes, its own was taken away.
    """
    uses, unused, known = _uses(context, name), _unused(context), {*(context.volumes or ())}
    place = (*context.at, "volumes")
    if context.volumes_at or not context.spec.get("volumes", True):
        check.required(context.volumes_at or place, f"where a container mounts {check.shown(name)}")
    elif context.claim_templates or len(unused) > 1:
        check.unknown_reference(at, name, "volume of the Pod")
        return
    elif unused and (len(uses) > 1 or _fits_better(context, name, context.spec["volumes"][unused[0]], uses)):
        place = (*place, unused[0], "name")
        values.wrong(check, place, f"is not mounted, where containers mount {check.shown(name)}", "invalid-reference")
    elif not unused and (len(uses) > 1 or (beside and {part.get("name") for part in beside if part} > known)):
        what = (
            f"has no volume {check.shown(name)}, which {'several containers mount' if len(uses) > 1 else 'is mounted'}"
        )
        values.wrong(check, place, what, "invalid-reference", key=True)
    else:
        check.unknown_reference(at, name, "volume of the Pod")
        return
    context.volumes = None


def _mounts(context: PodContext) -> list[Mapping[str, Any]]:
    """Return what all containers mount, as a file system or as a raw device."""
    containers = [*(context.spec.get("initContainers") or ()), *(context.spec.get("containers") or ())]
    lists = [part.get(field) or () for part in containers if part for field in ("volumeMounts", "volumeDevices")]
    return [mount for items in lists for mount in items if mount]


def _uses(context: PodContext, name: str) -> list[Mapping[str, Any]]:
    return [mount for mount in _mounts(context) if mount.get("name") == name]


def _unused(context: PodContext) -> list[int]:
    """Return which volumes nobody mounts."""
    mounted = {mount.get("name") for mount in _mounts(context)}
    volumes = context.spec.get("volumes") or ()
    return [index for index, volume in enumerate(volumes) if volume and volume.get("name") not in mounted]


def _fits_better(context: PodContext, name: str, volume: Mapping[str, Any], uses: list[Mapping[str, Any]]) -> bool:
    """Whether `name` is rather what a volume should be called than the name that it has.

    If only one of them is what a container or the Pod is called, it was probably taken from there. Else the rest of the
    volume and of its mount is more like the right one.
    """
    own = volume.get("name") or ""
    others = [part.get("name") for part in (context.metadata, *(context.spec.get("containers") or ())) if part]
    if (name in others) != (own in others) and not closest(name, [own]):
        return own in others
    rest = [{**part, "name": None} for part in (volume, *uses)]
    return share(name, rest) > share(own, rest)


def _options(check: Check, container: Mapping[str, Any], item: Mapping[str, Any], at: Pointer) -> None:
    if (path := item.get("subPath")) and not RELATIVE_PATH.fits(path):
        check.form((*at, "subPath"), path, RELATIVE_PATH)
    if expression := item.get("subPathExpr"):
        if path:
            check.forbidden((*at, "subPathExpr"), "together with subPath")
        check.form((*at, "subPathExpr"), expression, RELATIVE_PATH)
    propagation = item.get("mountPropagation")
    values.not_empty(check, propagation, (*at, "mountPropagation"))
    if propagation == "Bidirectional" and (container.get("securityContext") or {}).get("privileged") is not True:
        values.wrong(
            check, (*at, "mountPropagation"), "may be Bidirectional only in a privileged container", "forbidden-field"
        )
    read_only = item.get("recursiveReadOnly")
    if read_only is not None and check.minor >= _READ_ONLY_SINCE:
        values.one_of(check, read_only, (*at, "recursiveReadOnly"), _READ_ONLY)
        if read_only in {"Enabled", "IfPossible"}:
            if item.get("readOnly") is not True:
                check.forbidden((*at, "recursiveReadOnly"), "unless readOnly is true")
            if propagation not in {None, "None"}:
                check.forbidden((*at, "recursiveReadOnly"), "unless mountPropagation is None")


def volume_devices(
    check: Check, context: PodContext, container: Mapping[str, Any], items: list[Any], at: Pointer
) -> None:
    """Follow ValidateVolumeDevices, pkg/apis/core/validation/validation.go."""
    mounts = [item for item in container.get("volumeMounts") or () if item]
    mounted, mount_paths = {item.get("name") for item in mounts}, {item.get("mountPath") for item in mounts}
    names, paths = set(), set()
    for index, item in enumerate(items):
        if item is None:
            continue
        name, path = item.get("name"), item.get("devicePath")
        place, place_of_path = (*at, index, "name"), (*at, index, "devicePath")
        if name == "":
            check.required(place)
        elif name is not None:
            if name in names or name in mounted:
                check.duplicate(place, name)
            elif context.volumes is not None:
                _device(check, context, context.volumes, name, place)
            names.add(name)
        if path == "":
            check.required(place_of_path)
        elif path is not None:
            if path in paths or path in mount_paths:
                check.duplicate(place_of_path, path)
            values.no_backsteps(check, path, place_of_path)
            paths.add(path)


def _device(check: Check, context: PodContext, volumes: Mapping[str, str], name: str, at: Pointer) -> None:
    if name not in volumes:
        _unknown(check, context, name, at, ())
    elif volumes[name] not in _CLAIMS:
        values.wrong(check, at, f"must name a volume of a claim, not {check.shown(name)}", "invalid-reference")
