"""Volumes of single storage drivers, most of them long deprecated, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import RELATIVE_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_QUALIFIED_NAMES: Final = {
    "iqn": re.compile(r"iqn\.[0-9]{4}-[0-9]{2}\.[A-Za-z0-9.-]+:[^,;*&$|\t\n\f\r ]+$"),
    "eui": re.compile(r"^eui.[A-Za-z0-9]{16}$"),
    "naa": re.compile(r"^naa.[A-Za-z0-9]{32}$"),
}
_HIGHEST_LUN: Final = 255
_HIGHEST_PARTITION: Final = 255
_LONGEST_PORTAL: Final = 64
_LONGEST_TENANT: Final = 64
_RESERVED: Final = (".kubernetes.io", ".k8s.io")


def _filled(check: Check, value: Mapping[str, Any], at: Pointer, *fields: str) -> None:
    for field in fields:
        if not value.get(field):
            check.required((*at, field))


def _disk(name: str) -> Callable[[Check, PodContext, Mapping[str, Any], Pointer], None]:
    """Follow validateGCEPersistentDiskVolumeSource and validateAWSElasticBlockStoreVolumeSource."""

    def rule(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
        _filled(check, value, at, name)
        values.within(check, value.get("partition"), (*at, "partition"), 0, _HIGHEST_PARTITION)

    return rule


def _with(*fields: str) -> Callable[[Check, PodContext, Mapping[str, Any], Pointer], None]:
    """Make a rule that only demands fields that are not empty; a secretRef needs its name for some drivers."""

    def rule(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
        _filled(check, value, at, *fields)

    return rule


def _cinder(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateCinderVolumeSource."""
    _filled(check, value, at, "volumeID")
    _secret_name(check, value, at)


def _secret_name(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    if (reference := value.get("secretRef")) is not None:
        _filled(check, reference, (*at, "secretRef"), "name")


def _git_repo(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateGitRepoVolumeSource."""
    _filled(check, value, at, "repository")
    if directory := value.get("directory"):
        check.form((*at, "directory"), directory, RELATIVE_PATH)


def _iscsi(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateISCSIVolumeSource."""
    _filled(check, value, at, "targetPortal", "iqn")
    _qualified_name(check, value.get("iqn") or None, (*at, "iqn"))
    _qualified_name(check, value.get("initiatorName"), (*at, "initiatorName"))
    values.within(check, value.get("lun"), (*at, "lun"), 0, _HIGHEST_LUN)
    if (value.get("chapAuthDiscovery") or value.get("chapAuthSession")) and value.get("secretRef") is None:
        check.required((*at, "secretRef"), "for CHAP")
    name = _name_of(context, at)
    if value.get("initiatorName") is not None and len(f"{name}:{value.get('targetPortal') or ''}") > _LONGEST_PORTAL:
        what = f"must have at most {_LONGEST_PORTAL} characters with the targetPortal and `:`"
        values.wrong(check, (*at[:-1], "name"), what, "limit-exceeded")


def _name_of(context: PodContext, at: Pointer) -> str:
    index = at[-2]
    item = context.spec["volumes"][index] if isinstance(index, int) else None
    return str((item or {}).get("name") or "")


def _qualified_name(check: Check, name: str | None, at: Pointer) -> None:
    if name is not None:
        pattern = _QUALIFIED_NAMES.get(name[:3])
        if pattern is None or not pattern.search(name):
            check.invalid("invalid-format", at, name, "a name such as iqn.2001-04.com.example:storage, eui.… or naa.…")


def _fibre_channel(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateFCVolumeSource."""
    names, ids, lun = value.get("targetWWNs"), value.get("wwids"), value.get("lun")
    if not names and not ids:
        check.required((*at, "targetWWNs"), "unless there are wwids")
    elif names and ids:
        check.forbidden((*at, "targetWWNs"), "together with wwids")
    if names:
        if lun is None:
            check.required((*at, "lun"), "with targetWWNs")
        values.within(check, lun, (*at, "lun"), 0, _HIGHEST_LUN)


def _quobyte(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateQuobyteVolumeSource."""
    _filled(check, value, at, "registry", "volume")
    registry = value.get("registry") or ""
    if len(value.get("tenant") or "") > _LONGEST_TENANT:
        values.wrong(check, (*at, "tenant"), f"must have at most {_LONGEST_TENANT} characters", "limit-exceeded")
    elif registry and not all(_is_host_and_port(part) for part in registry.split(",")):
        check.invalid(
            "invalid-format", (*at, "registry"), registry, "HOST:PORT, or several of them with commas between"
        )


def _is_host_and_port(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    if not colon or "[" in port or "]" in port:
        return False
    if host.startswith("["):
        return host.endswith("]") and host.count("[") == host.count("]") == 1
    return not set(host) & set(":[]")


def _flocker(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateFlockerVolumeSource."""
    name, identity = value.get("datasetName"), value.get("datasetUUID")
    if not name and not identity:
        values.wrong(check, at, "needs datasetName or datasetUUID", "required-field")
    elif name and identity:
        check.forbidden((*at, "datasetUUID"), "together with datasetName")
    if name and "/" in name:
        check.invalid("invalid-format", (*at, "datasetName"), name, "without `/`")


def _flex(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateFlexVolumeSource."""
    _filled(check, value, at, "driver")
    for key in value.get("options") or ():
        if f".{key.partition('/')[0].lower()}".endswith(_RESERVED):
            values.wrong(check, (*at, "options", key), "is reserved for Kubernetes itself", "invalid-name", key=True)


def _azure_disk(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateAzureDisk; kind defaults to Shared (pkg/apis/core/v1/zz_generated.defaults.go)."""
    _filled(check, value, at, "diskName", "diskURI")
    values.not_empty(check, value.get("cachingMode"), (*at, "cachingMode"))
    values.not_empty(check, value.get("kind"), (*at, "kind"))
    place, start = value.get("diskURI"), "/subscriptions/" if value.get("kind") == "Managed" else "https://"
    if place and not place.startswith(start):
        check.invalid(
            "invalid-format", (*at, "diskURI"), place, f"a URI that begins with {start} for this kind of disk"
        )


def _storage_os(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateStorageOSVolumeSource."""
    _filled(check, value, at, "volumeName")
    values.label(check, value.get("volumeName"), (*at, "volumeName"))
    values.label(check, value.get("volumeNamespace"), (*at, "volumeNamespace"))
    _secret_name(check, value, at)


SOURCES: Final = {
    "awsElasticBlockStore": _disk("volumeID"),
    "azureDisk": _azure_disk,
    "azureFile": _with("secretName", "shareName"),
    "cephfs": _with("monitors"),
    "cinder": _cinder,
    "fc": _fibre_channel,
    "flexVolume": _flex,
    "flocker": _flocker,
    "gcePersistentDisk": _disk("pdName"),
    "gitRepo": _git_repo,
    "glusterfs": _with("endpoints", "path"),
    "iscsi": _iscsi,
    "photonPersistentDisk": _with("pdID"),
    "portworxVolume": _with("volumeID"),
    "quobyte": _quobyte,
    "rbd": _with("monitors", "image"),
    "scaleIO": _with("gateway", "system", "volumeName"),
    "storageos": _storage_os,
    "vsphereVolume": _with("volumePath"),
}
