"""Annotations of Pods that the server validates, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import RELATIVE_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
_MIRROR: Final = "kubernetes.io/config.mirror"
_TOLERATIONS: Final = "scheduler.alpha.kubernetes.io/tolerations"
_SECCOMP_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER: Final = "container.seccomp.security.alpha.kubernetes.io/"
_APP_ARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_LOCAL: Final = "localhost/"
_COST: Final = regex(r"0|-[0-9]+|[1-9][0-9]*")
_PREFIXES: Final = (_SECCOMP_CONTAINER, _APP_ARMOR)
_NAMES: Final = frozenset({_DELETION_COST, _MIRROR, _TOLERATIONS, _SECCOMP_POD})
_APP_ARMOR_FIELDS_SINCE: Final = 30


def known(check: Check, spec: Mapping[str, Any], written: Mapping[str, Any], at: Pointer) -> bool:
    """Follow ValidatePodSpecificAnnotations, pkg/apis/core/validation/validation.go; return whether `profiles` is needed."""
    has_profiles = False
    for key, value in written.items():
        if key in _NAMES:
            has_profiles = has_profiles or key == _SECCOMP_POD
            _named(check, spec, key, value or "", (*at, key))
        elif key.startswith(_PREFIXES):
            has_profiles = True
            _of_container(check, spec, key, value or "", (*at, key))
    return has_profiles


def _named(check: Check, spec: Mapping[str, Any], key: str, value: str, at: Pointer) -> None:
    if key == _DELETION_COST:
        if not _COST.fullmatch(value) or len(value) > len("-2147483648") or not -(2**31) <= int(value) < 2**31:
            check.invalid("invalid-format", at, value, "a whole number of 32 bits, without `+` and leading zeros")
    elif key == _MIRROR:
        if not spec.get("nodeName"):
            check.forbidden(at, "without spec.nodeName")
    elif key == _SECCOMP_POD:
        _seccomp(check, value, at)
    elif value:
        _tolerations(check, value, at)


def _tolerations(check: Check, value: str, at: Pointer) -> None:
    """Follow ValidateTolerationsInPodAnnotations, which reads them as JSON."""
    try:
        items = json.loads(value)
    except ValueError:
        check.invalid("invalid-format", at, value, "a JSON list of tolerations")
        return
    if items is not None and not isinstance(items, list):
        check.invalid("invalid-format", at, value, "a JSON list of tolerations")


def _of_container(check: Check, spec: Mapping[str, Any], key: str, value: str, at: Pointer) -> None:
    if key.startswith(_SECCOMP_CONTAINER):
        _seccomp(check, value, at)
        return
    name = key.removeprefix(_APP_ARMOR)
    names = [container.get("name") for _, container in _containers(spec, ())]
    if name not in names and None not in names:
        check.unknown_reference(at, name, "container")
    if value and value not in {"runtime/default", "unconfined"} and not value.startswith(_LOCAL):
        check.invalid("invalid-format", at, value, "runtime/default, unconfined or localhost/ and a profile")


def _seccomp(check: Check, value: str, at: Pointer) -> None:
    """Follow ValidateSeccompProfile, pkg/apis/core/validation/validation.go."""
    if value in {"runtime/default", "docker/default", "unconfined"}:
        return
    if not value.startswith(_LOCAL) or not RELATIVE_PATH.fits(value.removeprefix(_LOCAL)):
        expected = "runtime/default, docker/default, unconfined or localhost/ and a relative path without `..`"
        check.invalid("invalid-format", at, value, expected)


def profiles(check: Check, spec: Mapping[str, Any], written: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateSeccompAnnotationsAndFields and validateAppArmorAnnotationsAndFieldsMatchOnCreate.

    Both are in pkg/apis/core/validation/validation.go: what annotations and fields say must be the same.
    """
    security = spec.get("securityContext") or {}
    place: Pointer = (*at, "securityContext", "seccompProfile")
    _agree(
        check, written.get(_SECCOMP_POD), security.get("seccompProfile"), place, ("runtime/default", "docker/default")
    )
    is_windows = (spec.get("os") or {}).get("name") == "windows"
    for place, container in _containers(spec, at):
        own = container.get("securityContext") or {}
        name = container.get("name") or ""
        annotation = written.get(_SECCOMP_CONTAINER + name)
        default = ("runtime/default", "docker/default")
        _agree(check, annotation, own.get("seccompProfile"), (*place, "securityContext", "seccompProfile"), default)
        if not is_windows and check.minor >= _APP_ARMOR_FIELDS_SINCE:
            profile = own.get("appArmorProfile") or security.get("appArmorProfile")
            annotation = written.get(_APP_ARMOR + name)
            _agree(check, annotation, profile, (*place, "securityContext", "appArmorProfile"), ("runtime/default",))


def _agree(
    check: Check, annotation: str | None, profile: Mapping[str, Any] | None, at: Pointer, default: tuple[str, ...]
) -> None:
    if annotation is None or profile is None:
        return
    kind, path = profile.get("type"), profile.get("localhostProfile")
    told = {"Unconfined": ("unconfined",), "RuntimeDefault": default, "Localhost": (f"{_LOCAL}{path}",)}
    if kind in told and annotation not in told[kind]:
        field = "localhostProfile" if kind == "Localhost" and annotation.startswith(_LOCAL) else "type"
        values.wrong(check, (*at, field), "must say the same as the annotation for it", "invalid-value")


def _containers(spec: Mapping[str, Any], at: Pointer) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            yield (*at, field, index), container or {}
