"""What a change deletes by the account of those who deploy: objects in an inventory that nothing renders any more."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.cluster import inventory
from gitops_action.model import RELEASE_TARGET, Change, Outcome, ResourceId
from gitops_action.pipeline.pages import items_of, pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.cluster.answers import Answer
    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.ports import ApiServer

_Identity: TypeAlias = tuple[str, str, str, str]
_FLUX: Final = ("kustomize.toolkit.fluxcd.io", "Kustomization")
_HELM: Final = ("helm.toolkit.fluxcd.io", "HelmRelease")
_MOST_PAGES: Final = 20
_FORBIDDEN: Final = 403


def deletions(
    server: ApiServer, environment: str, changes: Sequence[Change], apply_sets: Iterable[str], failed: Iterable[str]
) -> list[Change]:
    """Return what is in an inventory and not in `changes`: deletions, or unknown where a target of `failed` may hold it.

    Flux's Kustomizations count that deploy a target of `changes` and prune, and HelmReleases that are one; ApplySets by their
    ids.
    """
    known = {change.resource.key: None for change in changes}
    targets = {_plain(change.target): change for change in changes if change.target}
    broken = {_plain(target) for target in failed}
    found: list[Change] = []
    unlisted: dict[ResourceId, Answer] = {}
    listings = [_of_kustomizations(server, unlisted)]
    if any(target.startswith(RELEASE_TARGET) for target in (*targets, *broken)):
        listings.append(_of_releases(server, unlisted))
    for path, listed in chain.from_iterable(listings):
        if path in targets or path in broken:
            found += _missing(listed, known, environment, path, unknown=path in broken)
    for part_of in apply_sets:
        listed = list(_members(server, part_of, {change.resource for change in changes}, unlisted))
        found += _missing(listed, known, environment, "", unknown=bool(broken))
    return [*found, *(_not_known(environment, which, answer) for which, answer in unlisted.items())]


def _not_known(environment: str, which: ResourceId, answer: Answer) -> Change:
    """Say that a list was not to be had, so that nobody takes "nothing is deleted" for granted."""
    outcome = Outcome.FORBIDDEN if answer.status == _FORBIDDEN else Outcome.UNKNOWN
    message = f"they cannot be listed, so that it is not known what would be deleted: {answer.message}"
    return Change(environment, outcome, which, message=message)


def _missing(
    listed: Iterable[ResourceId], known: dict[_Identity, None], environment: str, target: str, *, unknown: bool
) -> Iterator[Change]:
    for resource in listed:
        if resource.key in known:
            continue
        known[resource.key] = None
        if unknown:
            message = "it is in the cluster's inventory; whether it stays is unknown, since its target was not rendered"
            yield Change(environment, Outcome.UNKNOWN, resource, target, message=message)
        else:
            message = "it is in the cluster's inventory, and nothing renders it any more"
            yield Change(environment, Outcome.DELETE, resource, target, message=message)


def _of_kustomizations(server: ApiServer, unlisted: dict[ResourceId, Answer]) -> Iterator[tuple[str, list[ResourceId]]]:
    kind = server.kinds.of_group(*_FLUX)
    for item in _items(server, kind, {}, unlisted) if kind else ():
        listed = inventory.of_flux(item)
        if listed is not None and inventory.prunes(item):
            yield inventory.path_of(item), listed


def _of_releases(server: ApiServer, unlisted: dict[ResourceId, Answer]) -> Iterator[tuple[str, list[ResourceId]]]:
    kind = server.kinds.of_group(*_HELM)
    for item in _items(server, kind, {}, unlisted) if kind else ():
        metadata = item.get("metadata", {})
        yield f"{RELEASE_TARGET}{metadata.get('namespace')}/{metadata.get('name')}", inventory.of_release(item)


def _members(
    server: ApiServer, part_of: str, resources: Iterable[ResourceId], unlisted: dict[ResourceId, Answer]
) -> Iterator[ResourceId]:
    """Yield the members of an ApplySet, of the kinds that are looked at: the parent alone knows whether there are others."""
    kinds = {(one.api_version, one.kind) for one in resources}
    for api_version, name in sorted(kinds):
        kind = server.kinds.find(api_version, name)
        if kind is None or "list" not in kind.verbs:
            continue
        for item in _items(server, kind, {"labelSelector": f"{inventory.PART_OF}={part_of}"}, unlisted):
            metadata = item.get("metadata", {})
            yield ResourceId(api_version, name, str(metadata.get("namespace", "")), str(metadata.get("name", "")))


def _items(
    server: ApiServer, kind: ResourceType, query: dict[str, str], unlisted: dict[ResourceId, Answer]
) -> Iterator[dict[str, Any]]:
    for answer in pages(server, kind.path(), query, most=_MOST_PAGES):
        items = items_of(answer)
        if items is None:
            unlisted[ResourceId(kind.api_version, kind.kind, "", "*")] = answer
            return
        yield from (item for item in items if isinstance(item, dict))


def _plain(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in {"", "."})
