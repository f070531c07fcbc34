"""Volumes of Pods, as in pkg/apis/core/validation/validation.go. Sources of single drivers are in `volume_drivers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import claims, forms, metadata, projections, quantities, values, volume_drivers
from gitops_action.validate.rules.alternatives import before_the_name, kept_and_excess
from gitops_action.validate.rules.forms import DNS_LABEL, DNS_SUBDOMAIN
from gitops_action.validate.rules.likeness import likeness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

    SourceRule = Callable[[Check, PodContext, Mapping[str, Any], Pointer], None]

_IMAGES_SINCE: Final = 35
_IMAGE_REFERENCES_SINCE: Final = 37
_EMPTY: Final = "emptyDir"
_LONGEST_DRIVER: Final = 63


def volumes(check: Check, items: list[Any] | None, at: Pointer, context: PodContext) -> Mapping[str, str] | None:
    """Follow ValidateVolumes, pkg/apis/core/validation/validation.go.

    Returns the kind of source by name, None if a name is not known, so that one cannot be missed. A volumeClaimTemplate
    of a StatefulSet takes the place of a volume of the same name.
    """
    known = dict.fromkeys(context.claim_templates, "persistentVolumeClaim") if context.claim_templates else {}
    is_complete = not known or all(DNS_LABEL.fits(name) for name in known)
    if not items:
        return known if is_complete else None
    seen: set[str] = set()
    for index, item in enumerate(items):
        name = (item or {}).get("name")
        if not name or not DNS_LABEL.fits(name):
            is_complete = False
            values.named(check, name, (*at, index, "name"), DNS_LABEL)
        elif name in seen:
            check.duplicate((*at, index, "name"), name)
        elif name in known:
            continue
        seen.add(name or "")
        if item is not None:
            kind = _source(check, context, item, (*at, index))
            if name and kind:
                known[name] = kind
    return known if is_complete else None


def _source(check: Check, context: PodContext, item: Mapping[str, Any], at: Pointer) -> str:
    """Follow validateVolumeSource, pkg/apis/core/validation/validation.go; without a source it is an emptyDir."""
    found = ""
    for kind, source in item.items():
        if source is None or kind == "name":
            continue
        if kind == "image" and check.minor < _IMAGES_SINCE:
            # The feature is off: such volumes are dropped with their mounts.
            found = kind
        elif found:
            kept, other = _unlike(context, item, found, kind)
            check.forbidden((*at, other), f"together with {kept}: a volume has one source")
        else:
            found = kind
            rule = _SOURCES.get(kind)
            if rule is not None:
                rule(check, context, source, (*at, kind))
    return found or _EMPTY


def _unlike(context: PodContext, item: Mapping[str, Any], one: str, other: str) -> tuple[str, str]:
    """Return two sources, the one last that is less like the volume's name, or that is probably the excess one."""
    name = item.get("name") or ""
    first, second = (likeness(name, {kind: item[kind]}) for kind in (one, other))
    if first != second:
        return (other, one) if first < second else (one, other)
    beside = [*(context.spec.get("volumes") or ()), *(context.spec.get("containers") or ())]
    odd = before_the_name(item, one, other, (part for part in beside if part is not item))
    return (other, one) if odd == one else (one, other) if odd else kept_and_excess(item, one, other)


def _empty_dir(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    size = value.get("sizeLimit")
    if size is not None and (quantities.parse(size) or 0) < 0:
        check.invalid("invalid-value", (*at, "sizeLimit"), size, "at least 0")


def _host_path(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateHostPathVolumeSource, pkg/apis/core/validation/validation.go."""
    path = value.get("path")
    if path == "":
        check.required((*at, "path"))
    else:
        values.no_backsteps(check, path, (*at, "path"))


def _config_map(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateConfigMapVolumeSource, pkg/apis/core/validation/validation.go."""
    if not value.get("name"):
        check.required((*at, "name"))
    projections.items(check, value, at)


def _secret(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateSecretVolumeSource, pkg/apis/core/validation/validation.go."""
    if not value.get("secretName"):
        check.required((*at, "secretName"))
    projections.items(check, value, at)


def _claim(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validatePersistentClaimVolumeSource, and ValidateVolumes on claims that the Pod makes itself."""
    name = value.get("claimName")
    if name == "":
        check.required((*at, "claimName"))
    pod = context.metadata.get("name") if context.is_pod else None
    if not name or not pod or not name.startswith(f"{pod}-"):
        return
    for item in context.spec.get("volumes") or ():
        if item and item.get("ephemeral") is not None and name == f"{pod}-{item.get('name')}":
            check.invalid(
                "invalid-reference", (*at, "claimName"), name, "no claim that an ephemeral volume of the Pod makes"
            )


def _nfs(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateNFSVolumeSource, pkg/apis/core/validation/validation.go."""
    if value.get("server") == "":
        check.required((*at, "server"))
    path = value.get("path")
    if path == "":
        check.required((*at, "path"))
    else:
        check.form((*at, "path"), path, forms.ABSOLUTE_PATH)


def _csi(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateCSIVolumeSource, pkg/apis/core/validation/validation.go."""
    driver = value.get("driver")
    if driver == "":
        check.required((*at, "driver"))
    elif driver is not None:
        if len(driver.encode()) > _LONGEST_DRIVER:
            values.wrong(check, (*at, "driver"), f"must have at most {_LONGEST_DRIVER} characters", "limit-exceeded")
        elif not DNS_SUBDOMAIN.fits(driver.lower()):
            check.form((*at, "driver"), driver, DNS_SUBDOMAIN, "invalid-name")
    if (reference := value.get("nodePublishSecretRef")) is not None:
        name = reference.get("name")
        if not name:
            check.required((*at, "nodePublishSecretRef", "name"))
        else:
            check.form((*at, "nodePublishSecretRef", "name"), name, DNS_SUBDOMAIN, "invalid-name")


def _ephemeral(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateEphemeralVolumeSource and ValidatePersistentVolumeClaimTemplate."""
    template = value.get("volumeClaimTemplate")
    if template is None:
        check.required((*at, "volumeClaimTemplate"))
        return
    place = (*at, "volumeClaimTemplate")
    metadata.bare_template_meta(check, template.get("metadata") or {}, (*place, "metadata"))
    if (spec := template.get("spec")) is not None:
        claims.claim_spec(check, spec, (*place, "spec"))
    pod, volume = context.metadata.get("name") if context.is_pod else None, _name_at(context, at)
    if pod and volume and not DNS_SUBDOMAIN.fits(name := f"{pod}-{volume}"):
        values.wrong(
            check, (*at[:-1], "name"), f"makes a claim named {check.shown(name)}, which is too long", "invalid-name"
        )


def _name_at(context: PodContext, at: Pointer) -> str | None:
    index = at[-2]
    item = context.spec["volumes"][index] if isinstance(index, int) else None
    name: str | None = (item or {}).get("name")
    return name


def _image(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateImageVolumeSource, pkg/apis/core/validation/validation.go."""
    if (context.is_pod or check.minor >= _IMAGE_REFERENCES_SINCE) and not value.get("reference"):
        check.required((*at, "reference"))


_SOURCES: Final[Mapping[str, SourceRule]] = {
    **volume_drivers.SOURCES,
    "configMap": _config_map,
    "csi": _csi,
    "downwardAPI": projections.downward_api,
    "emptyDir": _empty_dir,
    "ephemeral": _ephemeral,
    "hostPath": _host_path,
    "image": _image,
    "nfs": _nfs,
    "persistentVolumeClaim": _claim,
    "projected": projections.projected,
    "secret": _secret,
}
