"""Volumes in containers: mounts and raw devices, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import RELATIVE_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

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
            _unknown(check, context, name, (*at, index, "name"))
        if path in paths and path:
            values.wrong(check, (*at, index, "mountPath"), f"is mounted twice: {check.shown(path)}", "duplicate-item")
        elif not path and path is not None:
            check.required((*at, index, "mountPath"))
        paths.add(path)
        if len(item) > 2:  # noqa: PLR2004 - there is more than a name and a path
            _options(check, container, item, (*at, index))


def _unknown(check: Check, context: PodContext, name: str, at: Pointer) -> None:
    """Note that there is no such volume; without any, say so once, for that is what is missing."""
    if not context.volumes_at:
        check.unknown_reference(at, name, "volume of the Pod")
    else:
        check.required(context.volumes_at, f"where a container mounts {check.shown(name)}")
        context.volumes = None


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
        _unknown(check, context, name, at)
    elif volumes[name] not in _CLAIMS:
        values.wrong(check, at, f"must name a volume of a claim, not {check.shown(name)}", "invalid-reference")
