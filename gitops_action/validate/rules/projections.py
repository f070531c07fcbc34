"""Files that volumes are filled with: keys of ConfigMaps and Secrets, the downward API, tokens.

Follows pkg/apis/core/validation/validation.go. The features of clusterTrustBundle and podCertificate are off by default
up to 1.36, so that nothing of them is validated; their own rules of 1.37 are not followed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import container_env, values
from gitops_action.validate.rules.alternatives import kept_and_excess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_SHORTEST_TOKEN: Final = 600
_LONGEST_TOKEN: Final = 2**32
_TOKEN_PATHS_SINCE: Final = 30
_DROPPED_UNTIL: Final = 36
_DROPPED: Final = frozenset({"clusterTrustBundle", "podCertificate"})


def items(check: Check, value: Mapping[str, Any], at: Pointer, paths: set[str] | None = None) -> None:
    """Check keys and the files that they become (validateKeyToPath). Files in `paths` may not be there again."""
    values.mode(check, value.get("defaultMode"), (*at, "defaultMode"))
    for index, item in enumerate(value.get("items") or ()):
        if item is None:
            continue
        place = (*at, "items", index)
        if item.get("key") == "":
            check.required((*place, "key"))
        file_path(check, item.get("path"), (*place, "path"), paths)
        values.mode(check, item.get("mode"), (*place, "mode"))


def file_path(check: Check, path: str | None, at: Pointer, paths: set[str] | None = None) -> None:
    """Follow ValidateLocalNonReservedPath, pkg/apis/core/validation/validation.go."""
    if path is None:
        return
    if not path:
        check.required(at)
    elif path.startswith(("/", "..")) or ".." in path.split("/"):
        check.invalid("invalid-format", at, path, "a relative path without `..` and not beginning with it")
    if paths is None or not path:
        return
    if path in paths:
        check.duplicate(at, path)
    paths.add(path)


def downward_api(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateDownwardAPIVolumeSource, pkg/apis/core/validation/validation.go."""
    _downward_files(check, value, at)


def _downward_files(check: Check, value: Mapping[str, Any], at: Pointer, paths: set[str] | None = None) -> None:
    """Follow validateDownwardAPIVolumeFile, pkg/apis/core/validation/validation.go."""
    values.mode(check, value.get("defaultMode"), (*at, "defaultMode"))
    for index, item in enumerate(value.get("items") or ()):
        if item is None:
            continue
        place = (*at, "items", index)
        file_path(check, item.get("path"), (*place, "path"), paths)
        values.mode(check, item.get("mode"), (*place, "mode"))
        field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
        if field is not None:
            container_env.field_ref(check, field, (*place, "fieldRef"), container_env.VOLUME_FIELDS)
            if resource is not None:
                kept, other = kept_and_excess(item, "fieldRef", "resourceFieldRef")
                check.forbidden((*place, other), f"together with {kept}")
        elif resource is not None:
            container_env.resource_field_ref(check, resource, (*place, "resourceFieldRef"), in_volume=True)
        else:
            values.wrong(check, place, "needs fieldRef or resourceFieldRef", "required-field")


def projected(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateProjectedVolumeSource and validateProjectionSources, pkg/apis/core/validation/validation.go."""
    values.mode(check, value.get("defaultMode"), (*at, "defaultMode"))
    paths: set[str] = set()
    for index, source in enumerate(value.get("sources") or ()):
        found = ""
        for kind, part in (source or {}).items():
            if part is None or (kind in _DROPPED and check.minor <= _DROPPED_UNTIL):
                continue
            place = (*at, "sources", index, kind)
            if found:
                kept, other = kept_and_excess(source, found, kind)
                check.forbidden((*at, "sources", index, other), f"together with {kept}: a source has one kind")
            found = kind
            if kind in {"secret", "configMap"}:
                if not part.get("name"):
                    check.required((*place, "name"))
                items(check, part, place, paths)
            elif kind == "downwardAPI":
                _downward_files(check, part, place, paths)
            elif kind == "serviceAccountToken":
                _token(check, part, place)


def _token(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Check a token; that of a Pod needs no serviceAccountName here, for admission fills it in before validation."""
    values.within(check, value.get("expirationSeconds"), (*at, "expirationSeconds"), _SHORTEST_TOKEN, _LONGEST_TOKEN)
    path = value.get("path")
    if path == "" or check.minor >= _TOKEN_PATHS_SINCE:
        file_path(check, path, (*at, "path"))
