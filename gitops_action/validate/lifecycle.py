"""What is to be said of kinds by their age: deprecated, removed, not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.validate.problems import Problem

if TYPE_CHECKING:
    from gitops_action.validate.catalog import Catalog, Kind
    from gitops_action.validate.crds import Crds, CrdVersion


def deprecated(kind: Kind, catalog: Catalog) -> Problem | None:
    """Say what the server warns of (staging/src/k8s.io/apiserver/pkg/endpoints/deprecation), if it does."""
    if kind.deprecated is None or kind.deprecated > catalog.minor:
        return None
    message = f"{kind.api_version} {kind.kind} is deprecated since Kubernetes 1.{kind.deprecated}"
    if kind.removed is not None:
        message += f" and not served from 1.{kind.removed} on"
    return Problem("api-deprecated", ("apiVersion",), message + _instead(kind))


def deprecated_definition(definition: CrdVersion, among: Crds) -> Problem | None:
    """Say what a definition itself warns of, and which of its versions last."""
    if not definition.deprecated:
        return None
    group = definition.api_version.rpartition("/")[0]
    versions = among.api_versions(group, definition.kind)
    lasting = [
        version
        for version in versions
        if any(other.served and not other.deprecated for other in among.of(version, definition.kind))
    ]
    message = f"{definition.api_version} {definition.kind} is deprecated by its CustomResourceDefinition"
    message += f"; use {' or '.join(lasting)}" if lasting else ""
    return Problem("api-deprecated", ("apiVersion",), message)


def not_in(kind: Kind, catalog: Catalog) -> Problem:
    """Say that a kind of Kubernetes is gone, or not yet there, in the target version."""
    name = f"{kind.api_version} {kind.kind}"
    if kind.first is not None and kind.first > catalog.minor:
        message = f"{name} is new in Kubernetes 1.{kind.first}; the target is {catalog.version}"
        return Problem("unknown-kind", ("apiVersion",), message)
    removed = kind.removed if kind.removed is not None else (kind.last or 0) + 1
    return Problem("api-removed", ("apiVersion",), f"{name} was removed in Kubernetes 1.{removed}{_instead(kind)}")


def _instead(kind: Kind) -> str:
    return f"; use {kind.replacement[0]} {kind.replacement[1]}" if kind.replacement else ""
