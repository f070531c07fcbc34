"""Flux's install manifest: whether a file is one, and of which version.

Its marks are those that `flux install --export` gives each object:
https://github.com/fluxcd/flux2/blob/v2.9.4/pkg/manifestgen/install/templates.go
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitops_action.errors import UsageError
from gitops_action.model import Finding
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.documents import Document, load
from gitops_action.scaffold.flux_objects import NAMESPACE

_PART_OF: Final = "app.kubernetes.io/part-of"
_VERSION: Final = "app.kubernetes.io/version"
_SEMVER: Final = regex(r"v(\d+)\.(\d+)\.(\d+)(?:[-+].*)?")
_NEEDED: Final = (
    ("Namespace", NAMESPACE),
    ("CustomResourceDefinition", "gitrepositories.source.toolkit.fluxcd.io"),
    ("CustomResourceDefinition", "kustomizations.kustomize.toolkit.fluxcd.io"),
    ("Deployment", "source-controller"),
    ("Deployment", "kustomize-controller"),
)
_HINT: Final = "`flux install --export > install.yaml` writes one, and so does each release of Flux"


@dataclass(frozen=True, slots=True)
class Install:
    """Flux as a manifest installs it. `images` are what its controllers run."""

    version: str
    controllers: tuple[str, ...]
    images: tuple[str, ...]

    @property
    def minor(self) -> int:
        """The second part of the version (of Flux 2)."""
        parts = _SEMVER.fullmatch(self.version)
        return int(parts[2]) if parts else 0


def read(data: bytes, file: str) -> Install:
    """Return what a manifest installs. Raises UsageError, with the place, for what is not Flux's install manifest."""
    documents = []
    for one in load(data, file):
        if isinstance(one, Finding):
            raise UsageError(f"{one.location}: {one.message}")
        if one.value is not None:
            documents.append(one)
    if not documents:
        raise UsageError(f"{file}: it holds nothing: {_HINT}")
    for document in documents:
        _require_ours(document)
    present = {(_text(one, "kind"), _text(one, "metadata", "name")) for one in documents}
    missing = [f"{kind} {name}" for kind, name in _NEEDED if (kind, name) not in present]
    if missing:
        raise UsageError(f"{file}: it is not Flux's install manifest: it lacks {', '.join(missing)}; {_HINT}")
    versions = {_label(one, _VERSION) for one in documents}
    version = versions.pop() if len(versions) == 1 else ""
    parts = _SEMVER.fullmatch(version)
    if parts is None or parts[1] != "2":
        raise UsageError(f"{file}: its objects do not say one version of Flux 2 (label {_VERSION}); {_HINT}")
    controllers = [one for one in documents if _text(one, "kind") == "Deployment"]
    return Install(
        version,
        tuple(sorted(_text(one, "metadata", "name") for one in controllers)),
        tuple(sorted({image for one in controllers for image in _images(one.value)})),
    )


def _require_ours(document: Document) -> None:
    if not isinstance(document.value, Mapping) or not _text(document, "kind"):
        raise UsageError(f"{document.locate(())}: it is no Kubernetes object: {_HINT}")
    if _text(document, "kind") == "Secret":
        raise UsageError(f"{document.locate(())}: a Secret does not belong into Git: take it out of the manifest")
    if _label(document, _PART_OF) != "flux":
        kind, name = _text(document, "kind"), _text(document, "metadata", "name")
        raise UsageError(f"{document.locate(())}: {kind} {name} is not Flux's (label {_PART_OF}: flux); {_HINT}")
    space = _text(document, "metadata", "namespace")
    if space not in {"", NAMESPACE}:
        raise UsageError(f"{document.locate(())}: it is for the namespace {space}: only {NAMESPACE} is known here")


def _text(document: Document, *path: str) -> str:
    value: Any = document.value
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _label(document: Document, name: str) -> str:
    return _text(document, "metadata", "labels", name)


def _images(value: Any) -> list[str]:
    """Return the images of a Deployment's containers."""
    for key in ("spec", "template", "spec", "containers"):
        value = value.get(key) if isinstance(value, Mapping) else None
    listed = value if isinstance(value, list) else []
    return [one["image"] for one in listed if isinstance(one, Mapping) and isinstance(one.get("image"), str)]
