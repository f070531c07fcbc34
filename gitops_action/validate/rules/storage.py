"""Storage: claims, and what storage.k8s.io has, as pkg/apis/storage/validation/validation.go judges it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import quantities, values
from gitops_action.validate.rules.claims import claim_spec
from gitops_action.validate.rules.forms import DNS_SUBDOMAIN, QUALIFIED_NAME
from gitops_action.validate.rules.persistent_volumes import driver_name
from gitops_action.validate.rules.selectors import label_selector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_KEPT: Final = frozenset({("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")})
_MOST_PARAMETERS: Final = 512
_LARGEST_PARAMETERS: Final = 256 * 1024
_LONGEST_NODE_ID: Final = 256
_SHORTEST_TOKEN: Final = 600
_LONGEST_TOKEN: Final = 2**32
_SHORTEST_UPDATE: Final = 10
_UPDATES_SINCE: Final = 35
_TOKENS_IN_SECRETS_SINCE: Final = 35
_FS_GROUP_POLICIES: Final = ("File", "None", "ReadWriteOnceWithFSType")
_LIFECYCLES: Final = ("Ephemeral", "Persistent")


def claim(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePersistentVolumeClaim, pkg/apis/core/validation/validation.go."""
    claim_spec(check, _without_dropped(value.get("spec") or {}), (*at, "spec"))


def _without_dropped(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the spec without the sources that the server drops before it validates it.

    Follows DropDisabledFields and EnforceDataSourceBackwardsCompatibility, pkg/api/persistentvolumeclaim/util.go.
    """
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if reference is not None and reference.get("namespace"):
        spec = {field: part for field, part in spec.items() if field != "dataSourceRef"}
        reference = None
    if reference is None and source is not None and (source.get("apiGroup") or "", source.get("kind")) not in _KEPT:
        spec = {field: part for field, part in spec.items() if field != "dataSource"}
    return spec


def storage_class(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateStorageClass, pkg/apis/storage/validation/validation.go."""
    _provisioner(check, value.get("provisioner"), (*at, "provisioner"))
    _parameters(check, value.get("parameters"), (*at, "parameters"))
    if value.get("reclaimPolicy") == "Recycle":
        check.invalid("invalid-enum", (*at, "reclaimPolicy"), "Recycle", "Delete or Retain")
    values.not_empty(check, value.get("volumeBindingMode"), (*at, "volumeBindingMode"))
    terms: list[dict[str, set[Any]]] = []
    for index, term in enumerate(value.get("allowedTopologies") or ()):
        found = _topology(check, term or {}, (*at, "allowedTopologies", index))
        at_expressions = (*at, "allowedTopologies", index, "matchLabelExpressions")
        if not found:
            check.required(at_expressions, "and not empty")
        elif found in terms:
            values.wrong(check, at_expressions, "is the same as that of another term", "duplicate-item")
        terms.append(found)


def _provisioner(check: Check, name: str | None, at: Pointer) -> None:
    if name == "":
        check.required(at)
    elif name is not None and not QUALIFIED_NAME.fits(name.lower()):
        check.form(at, name, QUALIFIED_NAME, "invalid-name")


def _parameters(check: Check, parameters: Mapping[str, Any] | None, at: Pointer) -> None:
    """Follow validateParameters, pkg/apis/storage/validation/validation.go."""
    if not parameters:
        return
    if len(parameters) > _MOST_PARAMETERS:
        values.wrong(check, at, f"may have at most {_MOST_PARAMETERS} values", "limit-exceeded")
    if "" in parameters:
        check.wrong("invalid-name", (*at, ""), "a parameter may not have an empty name", key=True)
    if sum(len(key.encode()) + len((text or "").encode()) for key, text in parameters.items()) > _LARGEST_PARAMETERS:
        values.wrong(check, at, f"may have at most {_LARGEST_PARAMETERS} bytes", "limit-exceeded")


def _topology(check: Check, term: Mapping[str, Any], at: Pointer) -> dict[str, set[Any]]:
    """Follow ValidateTopologySelectorTerm, pkg/apis/core/validation/validation.go."""
    found: dict[str, set[Any]] = {}
    for index, requirement in enumerate(term.get("matchLabelExpressions") or ()):
        if not requirement:
            continue
        at_requirement = (*at, "matchLabelExpressions", index)
        key, texts = requirement.get("key"), requirement.get("values") or ()
        if not texts:
            check.required((*at_requirement, "values"), "and not empty")
        for number, text in enumerate(texts):
            if text in texts[:number]:
                check.duplicate((*at_requirement, "values", number), text)
        values.label_key(check, key, (*at_requirement, "key"))
        if key in found:
            check.duplicate((*at_requirement, "key"), key)
        found[key] = set(texts)
    return found


def csi_driver(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateCSIDriverSpec, pkg/apis/storage/validation/validation.go."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    policy = spec.get("fsGroupPolicy")
    if policy is not None and policy not in _FS_GROUP_POLICIES:
        check.invalid("invalid-enum", (*at, "fsGroupPolicy"), policy, f"one of {', '.join(_FS_GROUP_POLICIES)}")
    for index, mode in enumerate(spec.get("volumeLifecycleModes") or ()):
        if (mode or "") not in _LIFECYCLES:
            at_mode = (*at, "volumeLifecycleModes", index)
            check.invalid("invalid-enum", at_mode, mode, " or ".join(_LIFECYCLES))
    audiences: set[str] = set()
    for index, token in enumerate(spec.get("tokenRequests") or ()):
        token = token or {}  # noqa: PLW2901 - null is an empty one
        audience = token.get("audience") or ""
        if audience in audiences:
            check.duplicate((*at, "tokenRequests", index, "audience"), audience)
        audiences.add(audience)
        seconds = token.get("expirationSeconds")
        values.within(
            check, seconds, (*at, "tokenRequests", index, "expirationSeconds"), _SHORTEST_TOKEN, _LONGEST_TOKEN
        )
    seconds = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if seconds is not None and seconds < _SHORTEST_UPDATE and check.minor >= _UPDATES_SINCE:
        at_seconds = (*at, "nodeAllocatableUpdatePeriodSeconds")
        check.invalid("invalid-value", at_seconds, seconds, f"at least {_SHORTEST_UPDATE}")
    in_secrets = spec.get("serviceAccountTokenInSecrets")
    if in_secrets is not None and not audiences and check.minor >= _TOKENS_IN_SECRETS_SINCE:
        check.forbidden((*at, "serviceAccountTokenInSecrets"), "without tokenRequests")


def csi_node(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateCSINodeDriver, pkg/apis/storage/validation/validation.go."""
    names: set[str] = set()
    for index, driver in enumerate((value.get("spec") or {}).get("drivers") or ()):
        if not driver:
            continue
        at_driver = (*at, "spec", "drivers", index)
        name, node = driver.get("name"), driver.get("nodeID")
        driver_name(check, name, (*at_driver, "name"))
        if name in names:
            check.duplicate((*at_driver, "name"), name)
        if name:
            names.add(name)
        if node == "":
            check.required((*at_driver, "nodeID"))
        elif node and len(node.encode()) > _LONGEST_NODE_ID:
            what = f"may have at most {_LONGEST_NODE_ID} characters"
            values.wrong(check, (*at_driver, "nodeID"), what, "limit-exceeded")
        values.non_negative(check, (driver.get("allocatable") or {}).get("count"), (*at_driver, "allocatable", "count"))
        keys = driver.get("topologyKeys") or ()
        for number, key in enumerate(keys):
            if key in keys[:number]:
                check.duplicate((*at_driver, "topologyKeys", number), key)
            check.form((*at_driver, "topologyKeys", number), key or "", QUALIFIED_NAME, "invalid-label")


def storage_capacity(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateCSIStorageCapacity, pkg/apis/storage/validation/validation.go."""
    label_selector(check, value.get("nodeTopology"), (*at, "nodeTopology"))
    check.form((*at, "storageClassName"), value.get("storageClassName"), DNS_SUBDOMAIN, "invalid-name")
    amount = value.get("capacity")
    if amount is not None and (quantities.parse(amount) or 0) < 0:
        check.invalid("invalid-value", (*at, "capacity"), amount, "at least 0")


def attributes_class(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateVolumeAttributesClass, pkg/apis/storage/validation/validation.go."""
    _provisioner(check, value.get("driverName"), (*at, "driverName"))
    if not value.get("parameters"):
        check.required((*at, "parameters"), "and not empty")
    _parameters(check, value.get("parameters"), (*at, "parameters"))


def attachment(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateVolumeAttachment, pkg/apis/storage/validation/validation.go, but for inlineVolumeSpec."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    driver_name(check, spec.get("attacher"), (*at, "attacher"))
    values.named(check, spec.get("nodeName"), (*at, "nodeName"))
    source = spec.get("source") or {}
    name, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    if (name is None) == (inline is None):
        values.wrong(check, (*at, "source"), "must have persistentVolumeName, and nothing else", "required-field")
    else:
        values.named(check, name, (*at, "source", "persistentVolumeName"))
