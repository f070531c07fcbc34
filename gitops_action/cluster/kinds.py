"""Which kinds an API server serves, and where.

Read from aggregated discovery (two requests, whatever the number of groups), which servers have had on by default since
1.27: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from gitops_action.records import dataclass

ACCEPT: Final = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
)
PATHS: Final = ("/api", "/apis")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind as the server serves it: `plural` is what its paths say."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of an object, or of the list of those in a namespace ("" is all of them)."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        inside = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced and namespace else ""
        return f"{root}{inside}/{self.plural}" + (f"/{quote(name, safe='')}" if name else "")


class Kinds:
    """The kinds of one server. `stale` are the group versions whose own server does not answer."""

    def __init__(self, types: Iterable[ResourceType] = (), stale: Iterable[str] = ()) -> None:
        """Take what discovery said."""
        self._types = {(one.api_version, one.kind): one for one in types}
        self.stale = frozenset(stale)

    def find(self, api_version: str, kind: str) -> ResourceType | None:
        """Return how a kind is served; None if it is not."""
        return self._types.get((api_version, kind))

    def of_group(self, group: str, kind: str) -> ResourceType | None:
        """Return a kind of a group in whichever version is served, the preferred one first."""
        for (api_version, name), one in self._types.items():
            if name == kind and api_version.rpartition("/")[0] == group:
                return one
        return None

    def versions_of(self, group: str, kind: str) -> list[str]:
        """Return the API versions in which a kind of a group is served, the preferred one first."""
        return [one for one, name in self._types if name == kind and one.rpartition("/")[0] == group]

    def in_groups(self, groups: Container[str]) -> list[ResourceType]:
        """Return all kinds of some groups, each once."""
        found: dict[tuple[str, str], ResourceType] = {}
        for one in self._types.values():
            if (group := one.api_version.rpartition("/")[0]) in groups:
                found.setdefault((group, one.kind), one)
        return list(found.values())

    def listable(self) -> list[ResourceType]:
        """Return each kind whose objects can be listed, once: in the version that the server prefers."""
        found: dict[tuple[str, str], ResourceType] = {}
        for one in self._types.values():
            if "list" in one.verbs:
                found.setdefault((one.api_version.rpartition("/")[0], one.kind), one)
        return list(found.values())

    @classmethod
    def parse(cls, documents: Iterable[Any]) -> Kinds:
        """Read what `PATHS` answer."""
        types: list[ResourceType] = []
        stale: list[str] = []
        for document in documents:
            for group in _mappings(document, "items"):
                metadata = group.get("metadata")
                name = metadata.get("name", "") if isinstance(metadata, Mapping) else ""
                for version in _mappings(group, "versions"):
                    api_version = f"{name}/{version.get('version')}" if name else str(version.get("version"))
                    if version.get("freshness") == "Stale":
                        stale.append(api_version)
                    types += _types(version, name, api_version)
        return cls(types, stale)


def _types(version: Mapping[str, Any], group: str, api_version: str) -> Iterator[ResourceType]:
    for resource in _mappings(version, "resources"):
        served = resource.get("responseKind")
        served = served if isinstance(served, Mapping) else {}
        # A subresource-like one answers with a kind of another group (TokenRequest).
        if (served.get("group") or group) == group and "kind" in served:
            yield ResourceType(
                api_version,
                str(served["kind"]),
                str(resource.get("resource")),
                resource.get("scope") == "Namespaced",
                frozenset(verb for verb in resource.get("verbs") or () if isinstance(verb, str)),
            )


def _mappings(value: Any, key: str) -> Iterator[Mapping[str, Any]]:
    listed = value.get(key) if isinstance(value, Mapping) else None
    return (item for item in (listed if isinstance(listed, list) else ()) if isinstance(item, Mapping))
