"""The inventory in the cluster: reads and writes the parent of an ApplySet, and lists its members."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action import __version__
from gitops_action.cluster import requests
from gitops_action.cluster.answers import Request
from gitops_action.cluster.inventory import PART_OF
from gitops_action.cluster.kinds import ResourceType
from gitops_action.deploy.apply_set import Members, Parent, attempt_of, commit_of, group_kind
from gitops_action.errors import ClusterError, UsageError
from gitops_action.model import ResourceId
from gitops_action.pipeline.pages import items_of, pages
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.ports import ApiServer

_CONFIG_MAP: Final = ResourceType("v1", "ConfigMap", "configmaps", namespaced=True)
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403
_MOST_PAGES: Final = 200


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the cluster says was deployed before: the commit ("" if none), and where its objects can be.

    `attempt` is the commit whose deployment was begun after that and has not ended well, "" if there is none.
    """

    commit: str = ""
    members: Members = field(default_factory=Members)
    attempt: str = ""

    @property
    def newest(self) -> str:
        """The commit that the objects are of, or on their way to."""
        return self.attempt or self.commit


@dataclass(frozen=True, slots=True)
class Member:
    """A live object of the ApplySet. `live` has its metadata at least."""

    resource: ResourceId
    kind: ResourceType
    live: Mapping[str, Any] = field(repr=False)


def read(server: ApiServer, parent: Parent) -> Inventory:
    """Return what was deployed before. Raises UsageError where the parent is somebody else's, ClusterError if it cannot be read."""
    answer = server.send(Request("GET", _CONFIG_MAP.path(parent.namespace, parent.name)))
    if answer.status == _NOT_FOUND:
        return Inventory()
    if not answer.ok:
        raise ClusterError(f"the inventory {parent.namespace}/{parent.name} cannot be read: {answer.message}")
    reason = parent.refused(answer.body)
    if reason:
        raise UsageError(reason)
    found = Members.in_parent(answer.body, parent.namespace)
    return Inventory(commit_of(answer.body), found, attempt_of(answer.body))


def write(server: ApiServer, parent: Parent, inventory: Inventory) -> None:
    """Say in the parent what is or will be deployed, and where. Raises ClusterError."""
    value = parent.object(__version__, inventory.members, inventory.commit, inventory.attempt)
    answer = server.send(requests.apply(_CONFIG_MAP, value, dry_run=False))
    if not answer.ok:
        raise ClusterError(f"the inventory {parent.namespace}/{parent.name} cannot be written: {answer.message}")


def members(server: ApiServer, parent: Parent, where: Members) -> Iterator[Member]:
    """Yield the live members. Raises ClusterError where they cannot be listed: nothing is pruned by half a list.

    A kind that the server has no more has no objects either.
    """
    query = {"labelSelector": f"{PART_OF}={parent.id}"}
    for text in sorted(where.kinds):
        kind = server.kinds.of_group(*group_kind(text))
        if kind is None or "list" not in kind.verbs:
            continue
        for item in _listed(server, kind, query, where):
            metadata = item.get("metadata") or {}
            # A list may have been asked for in more places than the label: what is not labelled is none of ours.
            if (metadata.get("labels") or {}).get(PART_OF) == parent.id:
                which = ResourceId(
                    kind.api_version, kind.kind, str(metadata.get("namespace") or ""), str(metadata["name"])
                )
                yield Member(which, kind, item)


def _listed(
    server: ApiServer, kind: ResourceType, query: Mapping[str, str], where: Members
) -> Iterator[dict[str, Any]]:
    """Yield the objects of a kind: of all namespaces at once if that is allowed, else of each that is known."""
    spaces = [""]
    while spaces:
        space = spaces.pop(0)
        for answer in pages(server, kind.path(space), query, most=_MOST_PAGES):
            items = items_of(answer)
            if items is not None:
                yield from (item for item in items if isinstance(item, dict))
            elif answer.status == _FORBIDDEN and kind.namespaced and not space:
                spaces = sorted(where.namespaces)
            else:
                place = f" in {space}" if space else ""
                raise ClusterError(f"what was deployed before cannot be listed: {kind.plural}{place}: {answer.message}")
