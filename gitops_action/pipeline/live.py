"""The preview of a live cluster: what each object is, and what it would be, without changing anything."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.cluster import helm, ownership, requests
from gitops_action.cluster.answers import Answer, Request
from gitops_action.cluster.inventory import with_marks
from gitops_action.diff.live import Preview, claims_of, without_what_goes
from gitops_action.diff.normalise import same
from gitops_action.model import Change, Claim, Outcome
from gitops_action.pipeline.reading import ABSENT, Name, of_list
from gitops_action.records import dataclass
from gitops_action.validate.encryption import unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.model import Manifest
    from gitops_action.ports import ApiServer

_Key: TypeAlias = tuple[str, str, str, str]
_Group: TypeAlias = tuple[str, str, str]

# From this many objects of one kind in one namespace on, their list is asked for.
_MANY: Final = 4
# So many objects are held at once.
_BATCH: Final = 200
_CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class Renderings:
    """The manifests of one environment at either revision, by their identity."""

    base: Mapping[_Key, Manifest]
    head: Mapping[tuple[str, _Key], Manifest]

    @classmethod
    def of(cls, base: Iterable[Manifest], head: Iterable[Manifest]) -> Renderings:
        """Index the manifests; of two of one identity and target the first counts."""
        bases: dict[_Key, Manifest] = {}
        heads: dict[tuple[str, _Key], Manifest] = {}
        for manifest in base:
            bases.setdefault(manifest.id.key, manifest)
        for manifest in head:
            heads.setdefault((manifest.target, manifest.id.key), manifest)
        return cls(bases, heads)


def previews(
    server: ApiServer, changes: Iterable[Change], renderings: Renderings, manager: str = ""
) -> Iterator[list[Preview]]:
    """Yield, in parts, what the cluster says of each of `changes`, which the renderings have given.

    `manager` is the field manager of whoever deploys, "" to take it from the objects. Raises ClusterError if the cluster
    cannot be used at all; what happens to single objects is in their previews.
    """
    prepared = sorted((_prepared(change, renderings, server) for change in changes), key=_group)
    waiting: list[Preview] = []
    for _, members in groupby(prepared, key=_group):
        group = list(members)
        if len(group) >= _MANY:
            group = _listed(server, group)
        for start in range(0, len(group), _BATCH):
            waiting += group[start : start + _BATCH]
            if len(waiting) >= _BATCH:
                yield _answered(server, waiting, manager)
                waiting = []
    if waiting:
        yield _answered(server, waiting, manager)


def _prepared(change: Change, renderings: Renderings, server: ApiServer) -> Preview:
    which = change.resource
    head = None if change.outcome is Outcome.DELETE else renderings.head.get((change.target, which.key))
    return Preview(change, renderings.base.get(which.key), head, server.kinds.find(which.api_version, which.kind))


def _group(preview: Preview) -> _Group:
    which = preview.change.resource
    return which.api_version, which.kind, which.namespace


def _value(preview: Preview) -> Mapping[str, Any]:
    manifest = preview.head or preview.base
    return {} if manifest is None else unseal(manifest.value).value


def _listed(server: ApiServer, group: list[Preview]) -> list[Preview]:
    """Read the objects of one kind and namespace by their list, as long as that takes fewer requests than they are."""
    kind = group[0].kind
    if kind is None:
        return group
    space = requests.namespace_of(kind, _value(group[0]))
    names = [Name(kind.api_version, kind.kind, space, one.change.resource.name) for one in group]
    found = of_list(server, kind, names)
    return [replace(one, read=found.get(name)) for one, name in zip(group, names, strict=True)]


def _answered(server: ApiServer, found: Sequence[Preview], manager: str) -> list[Preview]:
    """Ask for the objects that are not known yet, and for what either revision would make of all."""
    result = [replace(one, read=ABSENT) if one.kind and not _name(one) else one for one in found]
    unread = [i for i, one in enumerate(result) if one.kind is not None and one.read is None]
    for i, answer in _sent(server, unread, [_read(result[i]) for i in unread]):
        result[i] = replace(result[i], read=answer)
    known = [i for i, one in enumerate(result) if one.head is not None and _is_known(one)]
    for i in known:
        result[i] = _settled(result[i], manager)
    heads = [i for i in known if result[i].of_head is None]
    for i, answer in _sent(server, heads, [_of_head(result[i], manager) for i in heads]):
        result[i] = replace(result[i], of_head=answer, claims=claims_of(answer) if answer.status == _CONFLICT else ())
    forced = [i for i in heads if result[i].claims]
    for i in forced:
        result[i] = replace(result[i], claims=_of_others(result[i]))
    for i, answer in _sent(server, forced, [_apply(result[i], result[i].head, manager) for i in forced]):
        result[i] = replace(result[i], of_head=answer)
    bases = [i for i in known if result[i].live is not None and result[i].base is not None and not result[i].of_base]
    for i in bases:
        if _is_unchanged(result[i]):
            result[i] = replace(result[i], of_base=result[i].of_head)
    differ = [i for i in bases if result[i].of_base is None]
    for i, answer in _sent(server, differ, [_apply(result[i], result[i].base, manager) for i in differ]):
        result[i] = replace(result[i], of_base=answer)
    leaving = [(i, wanted) for i in heads if (wanted := without_what_goes(result[i])) is not None]
    patches = [_become(result[i], wanted) for i, wanted in leaving]
    for i, answer in _sent(server, [i for i, _ in leaving], patches):
        result[i] = replace(result[i], of_head=answer)
    return result


def _of_others(preview: Preview) -> tuple[Claim, ...]:
    """Return the claims but for those that Helm has on objects of its own releases, from the time when it patched them."""
    return tuple(one for one in preview.claims if not (preview.is_of_release and one.manager in helm.MANAGERS))


def _become(preview: Preview, wanted: Mapping[str, Any]) -> Request:
    if preview.kind is None or preview.live is None:  # pragma: no cover - neither is asked for
        raise AssertionError
    return requests.become(preview.kind, preview.live, wanted)


def _sent(server: ApiServer, indices: Sequence[int], asked: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
    return zip(indices, server.send_all(asked), strict=True)


def _read(preview: Preview) -> Request:
    if preview.kind is None:  # pragma: no cover - not asked for
        raise AssertionError
    return requests.read(preview.kind, _value(preview))


def _settled(preview: Preview, manager: str) -> Preview:
    """Fill in the answers that need not be asked for, since applying a revision would certainly change nothing."""
    if preview.live is None:
        return preview
    name = manager or ownership.deployer(preview.live) or requests.MANAGER
    same_as_now = Answer(200, preview.live)
    if preview.base is not None and ownership.is_applied(preview.live, _sent_value(preview, preview.base), name):
        return replace(preview, of_base=same_as_now, of_head=same_as_now if _is_unchanged(preview) else None)
    if preview.head is not None and ownership.is_applied(preview.live, _sent_value(preview, preview.head), name):
        return replace(preview, of_head=same_as_now)
    return preview


def _name(preview: Preview) -> str:
    return requests.name_of(_value(preview))


def _is_known(preview: Preview) -> bool:
    """Whether it is certain that there is such an object, or that there is none."""
    return preview.kind is not None and preview.read is not None and (preview.live is not None or preview.read is ABSENT
        or preview.read.status == ABSENT.status)  # fmt: skip


def _is_unchanged(preview: Preview) -> bool:
    return preview.base is not None and preview.head is not None and same(preview.base.value, preview.head.value)


def _of_head(preview: Preview, manager: str) -> Request:
    """Return the apply of the head; not forced where it changes anything, so that others who own it are told."""
    if not _name(preview) and preview.kind is not None:
        return requests.create(preview.kind, _value(preview))
    return _apply(
        preview, preview.head, manager, force=_is_unchanged(preview) or preview.live is None or preview.is_patched
    )


def _apply(preview: Preview, manifest: Manifest | None, manager: str, *, force: bool = True) -> Request:
    if preview.kind is None or manifest is None:  # pragma: no cover - neither is asked for
        raise AssertionError
    name = manager or (ownership.deployer(preview.live) if preview.live is not None else None) or requests.MANAGER
    value = with_marks(unseal(manifest.value).value, preview.live)
    return requests.apply(preview.kind, value, manager=name, force=force)


def _sent_value(preview: Preview, manifest: Manifest) -> dict[str, Any]:
    return requests.for_apply(with_marks(manifest.value, preview.live))
