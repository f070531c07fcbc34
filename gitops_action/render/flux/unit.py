"""One Flux Kustomization, in one cluster, and the folder of this repository that it deploys."""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.parts import mappings, part
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.model import Manifest
    from gitops_action.repository.flux_artifacts import Artifact

# The fields that Flux writes into the folder's kustomization before kustomize builds it: pkg/kustomize, GenerateManifest.
_EDITS: Final = (
    "targetNamespace",
    "namePrefix",
    "nameSuffix",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "components",
    "ignoreMissingComponents",
    "images",
    "buildMetadata",
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A ConfigMap or Secret that variables come from."""

    kind: str
    name: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A Kustomization `manifest`, as it is applied in a `cluster` of `environment`, that deploys `folder` ("." is the root).

    `cluster` is the folder where it begins. `settled`: the configuration says which environment it is, for all that it deploys.
    `certain`: a folder that does not exist is a mistake, since the source is surely this repository. `artifact` is what the
    folder is copied into before; `ignore` what the source's object says to leave out, None where it does not.
    """

    environment: str
    manifest: Manifest = field(repr=False)
    folder: str
    settled: bool = False
    certain: bool = False
    artifact: Artifact | None = None
    ignore: str | None = None
    cluster: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from all others: environment, namespace, name and cluster."""
        return self.environment, self.namespace, self.name, self.cluster

    @property
    def namespace(self) -> str:
        """The namespace of the Kustomization."""
        return self.manifest.id.namespace

    @property
    def name(self) -> str:
        """The name of the Kustomization."""
        return self.manifest.id.name

    @property
    def label(self) -> str:
        """How to call it in a message."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def spec(self) -> Mapping[str, Any]:
        """What the Kustomization asks for."""
        return part(self.manifest.value, "spec")

    @property
    def edits(self) -> dict[str, Any]:
        """The fields that change how the folder is built; empty where it is built as it is."""
        return {name: self.spec[name] for name in _EDITS if self.spec.get(name)}

    @property
    def build(self) -> tuple[str | None, str, str]:
        """What two Kustomizations have in common that one build serves: what their source leaves out, the folder, the fields."""
        edits = self.edits
        return self.ignore, self.folder, json.dumps(edits, sort_keys=True, default=str) if edits else ""

    @property
    def substitutes(self) -> bool:
        """Whether variables are put into objects after the build (without any at all, none are)."""
        return bool(self.variables) or bool(self.references) or self.always

    @property
    def always(self) -> bool:
        """Whether this is done without any variables, too."""
        return part(self.spec, "postBuild").get("substituteStrategy") == "Always"

    @property
    def variables(self) -> dict[str, str]:
        """The variables that it sets itself, which come before all others."""
        given = part(part(self.spec, "postBuild"), "substitute")
        return {name: value for name, value in given.items() if isinstance(value, str)}

    @property
    def references(self) -> tuple[Reference, ...]:
        """Where more variables come from; of several that set one, the last counts."""
        return tuple(
            Reference(str(item.get("kind")), str(item.get("name")), bool(item.get("optional")))
            for item in mappings(part(self.spec, "postBuild"), "substituteFrom")
        )

    @property
    def common_metadata(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The labels and annotations that everything gets when it is applied."""
        common = part(self.spec, "commonMetadata")
        return part(common, "labels"), part(common, "annotations")

    @property
    def dependencies(self) -> Iterator[tuple[int, tuple[str, str]]]:
        """Yield the namespace and name of each Kustomization that it waits for, with the place in the list."""
        listed = self.spec.get("dependsOn")
        for index, item in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(item, dict):
                yield index, (str(item.get("namespace") or self.namespace), str(item.get("name")))
