"""PersistentVolumes, as ValidatePersistentVolumeSpec of pkg/apis/core/validation/validation.go judges them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import quantities, values
from gitops_action.validate.rules.affinities import node_selector_terms
from gitops_action.validate.rules.alternatives import kept_and_excess
from gitops_action.validate.rules.forms import ABSOLUTE_PATH, DNS_LABEL, DNS_SUBDOMAIN
from gitops_action.validate.rules.podcontext import PodContext
from gitops_action.validate.rules.volume_drivers import SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_SINGLE: Final = "ReadWriteOncePod"
_CLASSES_SINCE: Final = 34
_LONGEST_DRIVER: Final = 63
_LONGEST_PORTAL: Final = 64
_NO_POD: Final = PodContext({}, {}, is_pod=False)
_SECRETS: Final = (
    "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef",
)  # fmt: skip
_KINDS: Final = frozenset(
    {
        *("awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker"),
        *("gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk"),
        *("portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"),
    }
)
_FLEX: Final = "flexVolume"
_AFTER_FLEX: Final = frozenset(
    {
        *("azureDisk", "azureFile", "csi", "local", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos"),
        "vsphereVolume",
    }
)
_MOUNT_OPTIONS: Final = "volume.beta.kubernetes.io/mount-options"
_WITH_MOUNT_OPTIONS: Final = frozenset(
    {
        *("awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "gcePersistentDisk", "glusterfs"),
        *("iscsi", "nfs", "photonPersistentDisk", "quobyte", "rbd", "vsphereVolume"),
    }
)


def persistent_volume(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePersistentVolumeSpec, pkg/apis/core/validation/validation.go."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    access_modes(check, spec, at)
    _capacity(check, spec, at)
    affinity = spec.get("nodeAffinity")
    if affinity is not None:
        required = affinity.get("required")
        if required is None:
            check.required((*at, "nodeAffinity", "required"))
        else:
            node_selector_terms(check, required, (*at, "nodeAffinity", "required"))
    _source(check, value, spec, at)
    path = (spec.get("hostPath") or {}).get("path") or "."
    if posixpath.normpath(path) in {"/", "//"} and spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        values.wrong(check, (*at, "persistentVolumeReclaimPolicy"), "may not be Recycle for the hostPath /")
    values.subdomain(check, spec.get("storageClassName"), (*at, "storageClassName"))
    values.not_empty(check, spec.get("volumeMode"), (*at, "volumeMode"))
    name = spec.get("volumeAttributesClassName")
    if name is not None and check.minor >= _CLASSES_SINCE:
        values.named(check, name, (*at, "volumeAttributesClassName"))
        if spec.get("csi") is None:
            check.forbidden((*at, "volumeAttributesClassName"), "without csi")


def access_modes(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Check the access modes of a PersistentVolume."""
    modes = spec.get("accessModes")
    at_modes = (*at, "accessModes")
    if not modes:
        check.required(at_modes, "and not empty")
    elif _SINGLE in modes and any(mode not in {_SINGLE, None} for mode in modes):
        check.forbidden((*at_modes, modes.index(_SINGLE)), "together with other access modes")
    for index, mode in enumerate(modes or ()):
        if not mode:
            check.required((*at_modes, index))


def _capacity(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    capacity = spec.get("capacity") or {}
    for name, amount in capacity.items():
        at_amount = (*at, "capacity", name)
        if name != "storage":
            values.wrong(check, at_amount, "is no capacity of a volume: it has storage only", "invalid-name", key=True)
        elif (number := quantities.parse(amount or 0)) is not None and number <= 0:
            check.invalid("invalid-value", at_amount, amount, "greater than 0")
    if "storage" not in capacity:
        check.required((*at, "capacity", "storage"))


def _source(check: Check, value: Mapping[str, Any], spec: Mapping[str, Any], at: Pointer) -> None:
    """Check that there is one source, and what it says; checkMountOption, pkg/volume/validation/pv_validation.go."""
    found, flex = "", False
    for kind, source in spec.items():
        if source is None or kind not in _KINDS:
            continue
        # The server does not ask whether flexVolume is the only one, but counts it for what it looks at later.
        if kind == _FLEX:
            is_second, flex = found in _AFTER_FLEX, True
        else:
            is_second = bool(found) or (flex and kind in _AFTER_FLEX)
        if is_second:
            kept, other = kept_and_excess(spec, found or _FLEX, kind)
            check.forbidden((*at, other), f"beside {kept}: a volume has one source")
        else:
            found = found if kind == _FLEX else kind
            _one_source(check, value, kind, (*at, kind))
    if not found and not flex:
        empty = [kind for kind, source in spec.items() if source is None and kind in _KINDS]
        if len(empty) == 1:
            values.wrong(check, (*at, empty[0]), "may not be null: it is the source of the volume", "required-field")
        else:
            values.wrong(
                check, at, "must have the source of the volume, such as csi, nfs or hostPath", "required-field"
            )
    if found == "local" and spec.get("nodeAffinity") is None:
        check.required((*at, "nodeAffinity"), "with local")
    annotations = (value.get("metadata") or {}).get("annotations") or {}
    if _MOUNT_OPTIONS in annotations and found not in _WITH_MOUNT_OPTIONS:
        check.forbidden(("metadata", "annotations", _MOUNT_OPTIONS), f"for {found or _FLEX}")


def _one_source(check: Check, value: Mapping[str, Any], kind: str, at: Pointer) -> None:
    source = value["spec"][kind]
    rule = SOURCES.get(kind)
    if rule is not None:
        rule(check, _NO_POD, source, at)
    if kind == "iscsi":
        _iscsi(check, value, source, at)
    elif own := _OWN.get(kind):
        own(check, source, at)


def _iscsi(check: Check, value: Mapping[str, Any], source: Mapping[str, Any], at: Pointer) -> None:
    """Follow what validateISCSIPersistentVolumeSource says that validateISCSIVolumeSource does not."""
    _secret(check, source, at, "name")
    portal, name = source.get("targetPortal") or "", (value.get("metadata") or {}).get("name") or ""
    if source.get("initiatorName") is not None and len(portal) < _LONGEST_PORTAL < len(f"{name}:{portal}"):
        what = f"must have at most {_LONGEST_PORTAL} characters with the volume's name and `:`"
        values.wrong(check, (*at, "targetPortal"), what, "limit-exceeded")


def _secret(check: Check, source: Mapping[str, Any], at: Pointer, *fields: str) -> None:
    reference = source.get("secretRef")
    if reference is not None:
        for field in fields:
            values.filled(check, reference, (*at, "secretRef"), field)


def _secret_namespace(check: Check, source: Mapping[str, Any], at: Pointer) -> None:
    """Follow what validateCinderPersistentVolumeSource and its like demand beside the name."""
    _secret(check, source, at, "namespace")


def _glusterfs(check: Check, source: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateGlusterfsPersistentVolumeSource."""
    namespace = source.get("endpointsNamespace")
    if namespace is not None and not DNS_LABEL.fits(namespace):
        check.form((*at, "endpointsNamespace"), namespace, DNS_LABEL, "invalid-name")


def _azure_file(check: Check, source: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateAzureFilePV."""
    if source.get("secretNamespace") == "":
        check.required((*at, "secretNamespace"))


def _host_path(check: Check, source: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateHostPathVolumeSource and validateLocalVolumeSource."""
    if values.filled(check, source, at, "path"):
        values.no_backsteps(check, source["path"], (*at, "path"))


def _nfs(check: Check, source: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateNFSVolumeSource."""
    values.filled(check, source, at, "server")
    if values.filled(check, source, at, "path"):
        check.form((*at, "path"), source["path"], ABSOLUTE_PATH)


def _csi(check: Check, source: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateCSIPersistentVolumeSource and validatePVSecretReference."""
    driver_name(check, source.get("driver"), (*at, "driver"))
    values.filled(check, source, at, "volumeHandle")
    for field in _SECRETS:
        reference = source.get(field)
        if reference is None:
            continue
        for part, form in (("name", DNS_SUBDOMAIN), ("namespace", DNS_LABEL)):
            values.named(check, reference.get(part) or "", (*at, field, part), form)


def driver_name(check: Check, name: str | None, at: Pointer) -> None:
    """Follow ValidateCSIDriverName, pkg/apis/core/validation/validation.go."""
    if name == "":
        check.required(at)
    elif name is not None and len(name.encode()) > _LONGEST_DRIVER:
        values.wrong(check, at, f"may have at most {_LONGEST_DRIVER} characters", "limit-exceeded")
    elif name is not None and not DNS_SUBDOMAIN.fits(name.lower()):
        check.form(at, name, DNS_SUBDOMAIN, "invalid-name")


_OWN: Final = {
    "azureFile": _azure_file,
    "cinder": _secret_namespace,
    "csi": _csi,
    "glusterfs": _glusterfs,
    "hostPath": _host_path,
    "local": _host_path,
    "nfs": _nfs,
    "storageos": _secret_namespace,
}
