"""Environment variables of containers and where they come from, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import forms, quantities, values
from gitops_action.validate.rules.alternatives import kept_and_excess
from gitops_action.validate.rules.forms import (
    CONFIG_MAP_KEY,
    DNS_LABEL,
    DNS_SUBDOMAIN,
    ENV_VAR_NAME,
    QUALIFIED_NAME,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

ENV_FIELDS: Final = frozenset(
    {
        *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
        *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
    }
)
# ConvertDownwardAPIFieldLabel, pkg/apis/core/pods/helpers.go, still takes what spec.nodeName was called once.
_OLD_NODE_NAME: Final = "spec.host"
VOLUME_FIELDS: Final = frozenset(
    {"metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"}
)
_RESOURCES: Final = frozenset(
    f"{kind}.{name}" for kind in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage")
)
_HUGE_PAGES: Final = ("requests.hugepages-", "limits.hugepages-")
_CPU_DIVISORS: Final = frozenset({"1m", "1"})
_DIVISORS: Final = frozenset({"1", *(f"1{unit}" for unit in "kMGTPE"), *(f"1{unit}i" for unit in "KMGTPE")})
_is_variable: Final = lru_cache(4096)(ENV_VAR_NAME.fits)
_EXPONENT: Final = regex("[eE][+-]?[0-9]")
_FILES_SINCE: Final = 35
_SOURCES: Final = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


def env(check: Check, context: PodContext, _: Mapping[str, Any], items: list[Any], at: Pointer) -> None:
    """Follow ValidateEnv, pkg/apis/core/validation/validation.go."""
    form = forms.env_var_name(check.minor)
    fits = _is_variable if form is ENV_VAR_NAME else form.fits
    for index, item in enumerate(items):
        if item is None:
            continue
        name = item.get("name")
        if name is not None and not fits(name):
            if name:
                check.form((*at, index, "name"), name, form)
            else:
                check.required((*at, index, "name"))
        if (source := item.get("valueFrom")) is not None:
            _value_from(check, context, item, source, (*at, index))


def _value_from(
    check: Check, context: PodContext, item: Mapping[str, Any], source: Mapping[str, Any], at: Pointer
) -> None:
    """Follow validateEnvVarValueFrom, pkg/apis/core/validation/validation.go."""
    place = (*at, "valueFrom")
    known = _SOURCES if check.minor >= _FILES_SINCE else _SOURCES[:-1]
    used = [field for field, part in source.items() if part is not None and field in known]
    if not used:
        # One that is there and null is what should be said.
        empty = [field for field in source if field in known][:1]
        values.wrong(
            check,
            (*place, *empty),
            f"needs one of {', '.join(known)}" if not empty else "may not be null",
            "required-field",
        )
    elif item.get("value"):
        kept, other = kept_and_excess(item, "value", "valueFrom")
        check.forbidden((*at, other), f"together with {kept}")
    elif len(used) > 1:
        kept, other = kept_and_excess(source, *used[:2])
        check.forbidden((*place, other), f"together with {kept}")
    for field in used:
        part, where = source[field], (*place, field)
        if field == "fieldRef":
            field_ref(check, part, where, ENV_FIELDS)
        elif field == "resourceFieldRef":
            resource_field_ref(check, part, where)
        elif field == "fileKeyRef":
            _file_key_ref(check, context, part, where)
        else:
            _key_ref(check, part, where)


def _key_ref(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateConfigMapKeySelector and validateSecretKeySelector, pkg/apis/core/validation/validation.go."""
    name, key = value.get("name"), value.get("key")
    if not name:
        check.required((*at, "name"))
    elif not DNS_SUBDOMAIN.fits(name):
        check.form((*at, "name"), name, DNS_SUBDOMAIN, "invalid-name")
    if key is not None and not CONFIG_MAP_KEY.fits(key):
        if key:
            check.form((*at, "key"), key, CONFIG_MAP_KEY)
        else:
            check.required((*at, "key"))


def _file_key_ref(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateFileKeySelector and validateFileKeyRefVolumes, pkg/apis/core/validation/validation.go."""
    key, path, volume = value.get("key"), value.get("path"), value.get("volumeName")
    if key == "":
        check.required((*at, "key"))
    else:
        check.form((*at, "key"), key, ENV_VAR_NAME)
    if path == "":
        check.required((*at, "path"))
    else:
        values.no_backsteps(check, path, (*at, "path"))
    if values.named(check, volume, (*at, "volumeName"), DNS_LABEL) and volume and context.volumes is not None:
        if volume not in context.volumes:
            check.unknown_reference((*at, "volumeName"), volume, "volume of the Pod")
        elif context.volumes[volume] != "emptyDir":
            check.invalid("invalid-reference", (*at, "volumeName"), volume, "the name of an emptyDir volume")


def field_ref(check: Check, value: Mapping[str, Any], at: Pointer, fields: Collection[str]) -> None:
    """Follow validateObjectFieldSelector, pkg/apis/core/validation/validation.go."""
    path, version = value.get("fieldPath"), value.get("apiVersion") or "v1"
    if version != "v1":
        check.invalid("invalid-value", (*at, "apiVersion"), version, "v1")
    if path is None or path in fields or (path == _OLD_NODE_NAME and fields is ENV_FIELDS):
        return
    field, quote, key = path.removesuffix("']").partition("['")
    if path == "":
        check.required((*at, "fieldPath"))
    elif path.endswith("']") and quote and field:
        if field not in {"metadata.annotations", "metadata.labels"}:
            check.invalid(
                "invalid-value", (*at, "fieldPath"), path, "without a key in [''], except labels and annotations"
            )
        elif not QUALIFIED_NAME.fits(key.lower() if field == "metadata.annotations" else key):
            check.form((*at, "fieldPath"), key, QUALIFIED_NAME, "invalid-label")
    else:
        expected = f"one of {', '.join(sorted(fields))}, metadata.labels['KEY'], metadata.annotations['KEY']"
        check.invalid("invalid-enum", (*at, "fieldPath"), path, expected)


def resource_field_ref(check: Check, value: Mapping[str, Any], at: Pointer, *, in_volume: bool = False) -> None:
    """Follow validateContainerResourceFieldSelector, pkg/apis/core/validation/validation.go."""
    resource = value.get("resource")
    if in_volume and not value.get("containerName"):
        check.required((*at, "containerName"))
    if resource is None:
        return
    if not resource:
        check.required((*at, "resource"))
    elif resource not in _RESOURCES and not resource.startswith(_HUGE_PAGES):
        check.invalid("invalid-enum", (*at, "resource"), resource, f"one of {', '.join(sorted(_RESOURCES))}")
    elif (divisor := value.get("divisor")) is not None:
        allowed = _CPU_DIVISORS if resource.endswith(".cpu") else _DIVISORS
        if not _is_divisor(divisor, allowed):
            check.invalid("invalid-value", (*at, "divisor"), divisor, f"one of {', '.join(sorted(allowed))}")


def _is_divisor(divisor: str | float, allowed: Collection[str]) -> bool:
    """Follow validateContainerResourceDivisor, which looks at how the server writes the quantity."""
    amount = quantities.parse(divisor)
    if amount is None or amount == 0 or str(divisor) in allowed:
        return True
    # A quantity is written in the family of units that it was read in, exponents being one.
    text = str(divisor).strip()
    if _EXPONENT.search(text):
        return False
    is_binary = text.endswith("i")
    units = [unit for unit in allowed if unit == "1" or unit.endswith("i") is is_binary]
    return any(quantities.parse(unit) == amount for unit in units)


def env_from(check: Check, _: PodContext, container: Mapping[str, Any], items: list[Any], at: Pointer) -> None:
    """Follow ValidateEnvFrom, pkg/apis/core/validation/validation.go."""
    del container
    form = forms.env_var_name(check.minor)
    for index, item in enumerate(items):
        source = item or {}
        if prefix := source.get("prefix"):
            check.form((*at, index, "prefix"), prefix, form)
        used = [field for field in source if field != "prefix" and source[field] is not None]
        if not used:
            values.wrong(check, (*at, index), "needs configMapRef or secretRef", "required-field")
        elif len(used) > 1:
            kept, other = kept_and_excess(source, *used[:2])
            check.forbidden((*at, index, other), f"together with {kept}")
        for field in used:
            name = source[field].get("name")
            if not name:
                check.required((*at, index, field, "name"))
            elif not DNS_SUBDOMAIN.fits(name) and not _is_prefix(name):
                check.form((*at, index, field, "name"), name, DNS_SUBDOMAIN, "invalid-name")


def _is_prefix(name: str) -> bool:
    """Tell whether it would be a good name with something after it, which is what the server asks for here."""
    return len(name) > 1 and name[-1] == "-" and DNS_SUBDOMAIN.fits(name[:-2] + "a")
