"""The metadata of every object, built-in or custom, and of pod templates.

Follows ValidateObjectMetaAccessor of apimachinery's pkg/api/validation/objectmeta.go, which rest.BeforeCreate calls for
every kind. The namespace of a kind without namespaces is cleared there, not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import names
from gitops_action.validate.rules.forms import (
    DNS_1035_LABEL,
    DNS_LABEL,
    PATH_SEGMENT,
    PATH_SEGMENT_PREFIX,
    QUALIFIED_NAME,
)
from gitops_action.validate.rules.selectors import labels as check_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_ANNOTATIONS: Final = 256 * 1024
_WIDEST: Final = 4
_ORPHAN: Final = "orphan"
_FOREGROUND: Final = "foregroundDeletion"
_BOTH: Final = frozenset({_ORPHAN, _FOREGROUND})
# IsStandardFinalizerName of pkg/apis/core/helper.
_STANDARD_FINALIZERS: Final = frozenset({"kubernetes", _ORPHAN, _FOREGROUND})
# Reviews are questions to the server, and these are parts of other objects' requests: their metadata is not stored.
_PASSED_OVER: Final = frozenset({"authentication.k8s.io", "authorization.k8s.io"})
_REQUESTS: Final = frozenset({"Binding", "Eviction", "Scale"})
# Built-in kinds that call ValidateObjectMeta of apimachinery rather than that of pkg/apis/core/validation, which demands
# more of finalizers.
_OTHER_FINALIZERS: Final = frozenset(
    {"CustomResourceDefinition", "APIService", "Lease", "LeaseCandidate", "RuntimeClass", "PodDisruptionBudget"}
)
_ADMISSION: Final = "admissionregistration.k8s.io"
# Kinds that call ValidateObjectMetaWithOpts, which looks at the name alone: what was generated, or would have been.
_NAME_IS_ENOUGH: Final = frozenset({("", "ReplicationController"), ("resource.k8s.io", "DeviceClass")})
# Kinds whose generation the server counts from 1 itself when it creates them.
_COUNTED: Final = frozenset(
    {
        "CronJob", "CustomResourceDefinition", "DaemonSet", "Deployment", "DeviceClass", "EndpointSlice", "FlowSchema",
        "Ingress", "IngressClass", "Job", "NetworkPolicy", "Pod", "PodDisruptionBudget", "PodTemplate", "PriorityClass",
        "PriorityLevelConfiguration", "ReplicaSet", "ReplicationController", "ResourceSlice", "StatefulSet",
    }
)  # fmt: skip


def object_meta(check: Check, value: Mapping[str, Any], at: Pointer = ()) -> None:
    """Check the metadata of an object (ValidateObjectMetaAccessor); `value` is the object, `at` its pointer."""
    metadata, kind = value.get("metadata"), value.get("kind") or ""
    group = (value.get("apiVersion") or "").rpartition("/")[0]
    if not metadata or group in _PASSED_OVER or kind in _REQUESTS:
        return
    at = (*at, "metadata")
    _names(check, value, metadata, group, kind)
    if (namespace := metadata.get("namespace")) and check.kind.namespaced and not DNS_LABEL.fits(namespace):
        check.form((*at, "namespace"), namespace, DNS_LABEL, "invalid-name")
    if written := metadata.get("labels"):
        check_labels(check, written, (*at, "labels"))
    if written := metadata.get("annotations"):
        check_annotations(check, written, (*at, "annotations"))
    if finalizers := metadata.get("finalizers"):
        check_finalizers(check, finalizers, (*at, "finalizers"), strict=_has_strict_finalizers(check, group, kind))
    if owners := metadata.get("ownerReferences"):
        _owners(check, owners, (*at, "ownerReferences"))
    if (metadata.get("generation") or 0) < 0 and check.kind.built_in and kind not in _COUNTED and group != _ADMISSION:
        check.invalid("invalid-value", (*at, "generation"), metadata["generation"], "at least 0")


def embedded(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Check an object within a custom resource (validateEmbeddedResource of apiextensions-apiserver)."""
    version, kind, metadata = value.get("apiVersion"), value.get("kind"), value.get("metadata")
    if isinstance(version, str) and (not version or version.count("/") > 1):
        check.invalid("invalid-format", (*at, "apiVersion"), version, "VERSION or GROUP/VERSION")
    if isinstance(kind, str) and not DNS_1035_LABEL.fits(kind.lower()):
        check.invalid("invalid-name", (*at, "kind"), kind, "the name of a kind")
    if isinstance(metadata, dict):
        _embedded_meta(check, metadata, (*at, "metadata"))


def _embedded_meta(check: Check, metadata: Mapping[str, Any], at: Pointer) -> None:
    for field, form in (("name", PATH_SEGMENT), ("generateName", PATH_SEGMENT_PREFIX)):
        if written := metadata.get(field):
            check.form((*at, field), written, form, "invalid-name")
    if namespace := metadata.get("namespace"):
        check.form((*at, "namespace"), namespace, DNS_LABEL, "invalid-name")
    template_meta(check, metadata, at)
    check_finalizers(check, metadata.get("finalizers") or (), (*at, "finalizers"), strict=False)
    _owners(check, metadata.get("ownerReferences") or (), (*at, "ownerReferences"))


def template_meta(check: Check, metadata: Mapping[str, Any] | None, at: Pointer) -> None:
    """Check the metadata of a pod template, of which the server looks at these two (ValidatePodTemplateSpec)."""
    if metadata:
        check_labels(check, metadata.get("labels"), (*at, "labels"))
        check_annotations(check, metadata.get("annotations"), (*at, "annotations"))


def bare_template_meta(check: Check, metadata: Mapping[str, Any], at: Pointer) -> None:
    """Check the metadata of a template of claims, which has nothing but these two (ValidateTemplateObjectMeta)."""
    template_meta(check, metadata, at)
    for field, part in metadata.items():
        # An empty list is there, too.
        if field not in {"labels", "annotations"} and part is not None and (part or isinstance(part, list)):
            check.forbidden((*at, field), "in a template of claims")


def check_annotations(check: Check, written: Mapping[str, Any] | None, at: Pointer) -> None:
    """Check the keys of annotations, in which upper case is good everywhere, and their size (ValidateAnnotations)."""
    if not written:
        return
    characters = 0
    for key, value in written.items():
        if not QUALIFIED_NAME.fits(key) and not QUALIFIED_NAME.fits(key.lower()):
            check.form((*at, key), key, QUALIFIED_NAME, "invalid-label", key=True)
        characters += len(key) + len(value or "")
    if characters * _WIDEST > _ANNOTATIONS:
        size = sum(len(text.encode(errors="replace")) for item in written.items() for text in item if text)
        if size > _ANNOTATIONS:
            message = f"the annotations must have at most {_ANNOTATIONS} bytes together, not {size}"
            check.wrong("limit-exceeded", at, message, key=True)


def _names(check: Check, value: Mapping[str, Any], metadata: Mapping[str, Any], group: str, kind: str) -> None:
    form = names.form_of(group, kind, check.minor)
    name, base = metadata.get("name"), metadata.get("generateName")
    if name and not names.special(check, value, (group, kind), name, "name") and not form.fits(name):
        check.form(("metadata", "name"), name, form, "invalid-name")
    if not base or (name and (group, kind) in _NAME_IS_ENOUGH):
        return
    if not name and names.special(check, value, (group, kind), base, "generateName"):
        return
    if not names.is_prefix(form, base):
        expected = f"the beginning of a name, which is {form.expected}"
        check.invalid("invalid-name", ("metadata", "generateName"), base, expected)


def _has_strict_finalizers(check: Check, group: str, kind: str) -> bool:
    return (
        check.kind.built_in and group != _ADMISSION and kind not in _OTHER_FINALIZERS and (group, kind) != ("", "Event")
    )


def check_finalizers(
    check: Check, finalizers: Sequence[str | None], at: Pointer, *, strict: bool, several: bool = False
) -> None:
    """Check finalizers (ValidateFinalizers), with validateKubeFinalizerName of pkg/apis/core/validation if `strict`.

    With `several`, orphan and foregroundDeletion may both be there.
    """
    for index, written in enumerate(finalizers):
        finalizer = written or ""  # null is no other than ""
        if not QUALIFIED_NAME.fits(finalizer):
            check.form((*at, index), finalizer, QUALIFIED_NAME, "invalid-name")
        elif strict and "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS:
            known = ", ".join(sorted(_STANDARD_FINALIZERS))
            check.invalid("invalid-name", (*at, index), finalizer, f"of the form domain/name, or one of {known}")
        elif finalizer in _BOTH and not several and _BOTH.issubset(finalizers[: index + 1]):
            check.forbidden((*at, index), f"to {finalizer}: {_ORPHAN} and {_FOREGROUND} exclude each other")


def _owners(check: Check, owners: Sequence[Mapping[str, Any] | None], at: Pointer) -> None:
    """ValidateOwnerReferences."""
    controllers = 0
    for index, owner in enumerate(owners):
        if owner is None:
            continue
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                check.required((*at, index, field))
        version = owner.get("apiVersion")
        if version and (version.count("/") > 1 or not version.rpartition("/")[2]):
            check.invalid(
                "invalid-value", (*at, index, "apiVersion"), version, "a group and a version, such as apps/v1"
            )
        if version == "v1" and owner.get("kind") == "Event":
            check.invalid("invalid-value", (*at, index, "kind"), "Event", "another kind: an Event may own nothing")
        controllers += owner.get("controller") is True
        if owner.get("controller") is True and controllers > 1:
            check.forbidden((*at, index, "controller"), "to true twice: an object has one controller")
