"""The kinds that releases are made of; by themselves, as all commands ask for them and few render a release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gitops_action.model import Manifest

GROUP: Final = "helm.toolkit.fluxcd.io"
KIND: Final = "HelmRelease"
SOURCES: Final = frozenset(
    {"HelmRepository", "OCIRepository", "GitRepository", "HelmChart", "Bucket", "ExternalArtifact", "ArtifactGenerator"}
)
USED: Final = frozenset({*SOURCES, KIND, "ConfigMap", "Secret", "CustomResourceDefinition"})
"""The kinds of which a release, or what renders it, may use an object."""


def is_release(manifest: Manifest) -> bool:
    """Whether an object is one of Flux's HelmReleases, of any version."""
    value = manifest.value
    group = str(value.get("apiVersion")).partition("/")[0]
    return value.get("kind") == KIND and group == GROUP and isinstance(value.get("spec"), Mapping)
