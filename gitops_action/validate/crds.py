"""Takes the schemas of custom resources from the CustomResourceDefinitions in the tree, and from the bundled ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gitops_action.data import schemas_folder
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from gitops_action.model import Location, Manifest, Pointer

_GROUP: Final = "apiextensions.k8s.io"
_KIND: Final = "CustomResourceDefinition"


@dataclass(frozen=True, eq=False)
class CrdVersion:
    """One version of a custom resource. `schema` is its structural schema, None if there is none.

    It is of the tree if it has a `manifest`. One that was found elsewhere has the `address` of its schema, and the `place`
    where a person would mend it; whether its objects are `namespaced` is not known (None). `schema_at` is where the schema
    stands in the manifest.
    """

    api_version: str
    kind: str
    namespaced: bool | None
    schema: Mapping[str, Any] | None
    served: bool = True
    deprecated: bool = False
    status_subresource: bool = False
    preserve_unknown_fields: bool = False
    manifest: Manifest | None = None
    address: str = ""
    place: Location | None = None
    schema_at: Pointer = ()


class Crds:
    """The custom resources that a tree defines. Several definitions of one version are all kept."""

    def __init__(self, versions: Iterable[CrdVersion] = (), outdated: Iterable[tuple[str, str]] = ()) -> None:
        """Take the versions, and the group and kind of those defined with an API version that is not read (v1beta1)."""
        self._versions: dict[tuple[str, str], list[CrdVersion]] = {}
        self._by_kind: dict[tuple[str, str], list[str]] = {}
        self.outdated = frozenset(outdated)
        for version in versions:
            known = self._versions.setdefault((version.api_version, version.kind), [])
            if all(other.schema != version.schema for other in known):
                known.append(version)
            group = version.api_version.rpartition("/")[0]
            names = self._by_kind.setdefault((group, version.kind), [])
            if version.api_version not in names:
                names.append(version.api_version)

    @classmethod
    def from_manifests(cls, manifests: Iterable[Manifest]) -> Crds:
        """Read every CustomResourceDefinition among the manifests; what is wrong with one is the engines' to say."""
        versions: list[CrdVersion] = []
        outdated: list[tuple[str, str]] = []
        for manifest in manifests:
            if manifest.value.get("kind") != _KIND:
                continue
            api_version = manifest.value.get("apiVersion")
            if api_version == f"{_GROUP}/v1":
                versions += _versions(manifest)
            elif isinstance(api_version, str) and api_version.startswith(f"{_GROUP}/"):
                spec = _mapping(manifest.value.get("spec"))
                outdated.append((str(spec.get("group")), str(_mapping(spec.get("names")).get("kind"))))
        return cls(versions, outdated)

    def of(self, api_version: str, kind: str) -> Sequence[CrdVersion]:
        """Return every definition of one version of a kind."""
        return self._versions.get((api_version, kind), ())

    def api_versions(self, group: str, kind: str) -> Sequence[str]:
        """Return the apiVersions in which a kind is defined."""
        return self._by_kind.get((group, kind), ())

    def kinds(self) -> Iterable[tuple[str, str]]:
        """Return each apiVersion and kind that is defined."""
        return self._versions.keys()


def _versions(manifest: Manifest) -> list[CrdVersion]:
    """Read one v1 definition, passing over what is not as it must be: the CRD's own validation reports that."""
    spec = _mapping(manifest.value.get("spec"))
    group, kind = spec.get("group"), _mapping(spec.get("names")).get("kind")
    listed = spec.get("versions")
    if not (isinstance(group, str) and isinstance(kind, str) and isinstance(listed, list)):
        return []
    found = []
    for index, entry in enumerate(map(_mapping, listed)):
        name = entry.get("name")
        schema = _mapping(entry.get("schema")).get("openAPIV3Schema")
        if isinstance(name, str):
            found.append(
                CrdVersion(
                    f"{group}/{name}",
                    kind,
                    spec.get("scope") != "Cluster",
                    schema if isinstance(schema, Mapping) else None,
                    served=entry.get("served") is not False,
                    deprecated=entry.get("deprecated") is True,
                    status_subresource=isinstance(_mapping(entry.get("subresources")).get("status"), Mapping),
                    preserve_unknown_fields=spec.get("preserveUnknownFields") is True,
                    manifest=manifest,
                    schema_at=("spec", "versions", index, "schema", "openAPIV3Schema"),
                )
            )
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def definition_of(group: str, kind: str, versions: Sequence[CrdVersion]) -> dict[str, Any]:
    """Make a CustomResourceDefinition of versions of which only the schemas are known.

    Nobody but a server for trials gets to see it: the plural is as good a guess as any.
    """
    plural = f"{kind.lower().removesuffix('y')}ies" if kind.endswith("y") else f"{kind.lower()}s"
    listed = [
        {
            "name": version.api_version.rpartition("/")[2],
            "served": True,
            "storage": number == 0,
            "schema": {"openAPIV3Schema": version.schema},
            "subresources": {"status": {}} if version.status_subresource else {},
        }
        for number, version in enumerate(versions)
    ]
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    scope = "Namespaced" if versions[0].namespaced else "Cluster"
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": _KIND,
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "names": names, "scope": scope, "versions": listed},
    }


@cache
def bundled() -> Crds:
    """Return the custom resources of Flux, which come with the program. Schemas are parsed when needed."""
    entries = (json.loads(line) for line in (schemas_folder() / "flux" / "kinds.jsonl").read_bytes().splitlines())
    return Crds(
        CrdVersion(
            f"{entry['group']}/{entry['version']}",
            entry["kind"],
            entry["namespaced"],
            entry["schema"],
            deprecated=entry.get("deprecated", False),
            status_subresource=entry["status"],
        )
        for entry in entries
    )
