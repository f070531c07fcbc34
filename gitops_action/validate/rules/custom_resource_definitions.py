"""CustomResourceDefinitions, as pkg/apis/apiextensions/validation/validation.go of apiextensions-apiserver judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate import urls
from gitops_action.validate.rules import values
from gitops_action.validate.rules.custom_resource_conversion import conversion
from gitops_action.validate.rules.custom_resource_schemas import version_schema
from gitops_action.validate.rules.custom_resource_versions import version_fields
from gitops_action.validate.rules.forms import DNS_1035_LABEL, DNS_SUBDOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_SCOPES: Final = ("Cluster", "Namespaced")
_PROTECTED: Final = ("k8s.io", "kubernetes.io")
_APPROVED: Final = "api-approved.kubernetes.io"
_SCHEMA: Final = "openAPIV3Schema"


def definition(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateCustomResourceDefinition after defaulting; the name is checked with those of other kinds."""
    spec, at_spec = value.get("spec") or {}, (*at, "spec")
    group = spec.get("group")
    if group is not None:
        _group(check, group, (*at_spec, "group"))
        _approval(check, value, group)
    values.one_of(check, spec.get("scope"), (*at_spec, "scope"), _SCOPES)
    if names := spec.get("names"):
        _names(check, names, (*at_spec, "names"))
    if spec.get("preserveUnknownFields") is True:
        what = "may not be true: x-kubernetes-preserve-unknown-fields belongs in the schema instead"
        values.wrong(check, (*at_spec, "preserveUnknownFields"), what)
    if (versions := spec.get("versions")) is not None:
        _versions(check, [version or {} for version in versions], (*at_spec, "versions"))
    if (converted := spec.get("conversion")) is not None:
        conversion(check, converted, (*at_spec, "conversion"))


def _group(check: Check, group: str, at: Pointer) -> None:
    if values.named(check, group, at, DNS_SUBDOMAIN) and "." not in group:
        check.invalid("invalid-name", at, group, "a domain with at least one dot")


def _approval(check: Check, value: Mapping[str, Any], group: str) -> None:
    """Follow validateAPIApproval and GetAPIApprovalState, pkg/apihelpers/helpers.go."""
    if not group.endswith(tuple(f".{domain}" for domain in _PROTECTED)) and group not in _PROTECTED:
        return
    at = ("metadata", "annotations", _APPROVED)
    approval = ((value.get("metadata") or {}).get("annotations") or {}).get(_APPROVED)
    if not approval:
        check.required(at, "for a group of the Kubernetes community")
    elif not approval.startswith("unapproved"):
        url = urls.parse(approval)
        if url is None or not url.host or not url.scheme:
            check.invalid("invalid-format", at, approval, "a URL or begin with `unapproved`")


def _names(check: Check, names: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateCustomResourceDefinitionNames, singular and listKind having their defaults."""
    for field in ("plural", "kind"):
        if names.get(field) == "":
            check.required((*at, field))
    for field in ("plural", "singular"):
        check.form((*at, field), names.get(field) or None, DNS_1035_LABEL, "invalid-name")
    for field in ("kind", "listKind"):
        name = names.get(field)
        if name and not DNS_1035_LABEL.fits(name.lower()):
            check.invalid("invalid-name", (*at, field), name, f"{DNS_1035_LABEL.expected}; capitals are allowed")
    kind = names.get("kind")
    if kind and kind == names.get("listKind"):
        values.wrong(check, (*at, "listKind"), "may not be the same as kind")
    for field in ("shortNames", "categories"):
        for index, name in enumerate(names.get(field) or ()):
            check.form((*at, field, index), name or "", DNS_1035_LABEL, "invalid-name")


def _versions(check: Check, versions: Sequence[Mapping[str, Any]], at: Pointer) -> None:
    """Follow what validateCustomResourceDefinitionSpec says of versions."""
    names: set[str] = set()
    for index, version in enumerate(versions):
        name = version.get("name")
        if name is None:
            continue
        check.form((*at, index, "name"), name, DNS_1035_LABEL, "invalid-name")
        if name in names:
            check.duplicate((*at, index, "name"), name)
        names.add(name)
    _storage(check, versions, at)
    schemas = [(version.get("schema") or {}).get(_SCHEMA) for version in versions]
    # Equal schemas are moved out of the versions; then one version with the subresource is enough.
    with_status = [(version.get("subresources") or {}).get("status") is not None for version in versions]
    are_equal = all(schema == schemas[0] for schema in schemas)
    if are_equal:
        with_status = [any(with_status)] * len(versions)
    for index, version in enumerate(versions):
        schema = schemas[index]
        if schema is None:
            check.required((*at, index, "schema", _SCHEMA))
        else:
            version_schema(check, schema, (*at, index, "schema", _SCHEMA), status=with_status[index])
        version_fields(check, version, schema or {}, (*at, index))
    _selectable_in_all(check, versions, at, are_equal=are_equal)


def _selectable_in_all(check: Check, versions: Sequence[Mapping[str, Any]], at: Pointer, *, are_equal: bool) -> None:
    """Check what comes of moving equal schemas and equal selectable fields out of the versions, each for itself.

    Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_CustomResourceDefinitionSpec; in the end they must be together.
    """
    selectable = [version.get("selectableFields") or None for version in versions]
    if all(fields == selectable[0] for fields in selectable) is are_equal:
        return
    these = "must be the same in all versions" if are_equal else "may not be the same in all versions"
    why = f"{these}, as the schemas are {'' if are_equal else 'not '}the same"
    for index, fields in enumerate(selectable):
        if fields:
            values.wrong(check, (*at, index, "selectableFields"), why)
            return


def _storage(check: Check, versions: Sequence[Mapping[str, Any]], at: Pointer) -> None:
    stored = [index for index, version in enumerate(versions) if version.get("storage")]
    if not stored and len(versions) == 1:
        values.wrong(check, (*at, 0, "storage"), "must be true: this is the only version")
    elif not stored:
        values.wrong(check, at, "must have exactly one version with storage: true")
    for index in stored[1:]:
        values.wrong(check, (*at, index, "storage"), "may be true for one version only")
