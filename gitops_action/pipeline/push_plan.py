"""What a push would do: the dry run of everything. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from gitops_action.cluster import requests
from gitops_action.cluster.fields import pointer
from gitops_action.cluster.inventory import apply_set_of
from gitops_action.cluster.ownership import is_applied
from gitops_action.diff.live import Arriving, changed
from gitops_action.diff.sensitive import Redaction
from gitops_action.errors import UsageError
from gitops_action.model import Change, Outcome
from gitops_action.pipeline.applying import Wanted, may_recreate
from gitops_action.pipeline.live import Renderings, previews
from gitops_action.pipeline.reading import ABSENT, Name, read_all
from gitops_action.records import dataclass
from gitops_action.repository.sops import is_encrypted_document
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from gitops_action.cluster.kinds import Kinds
    from gitops_action.diff.live import Ignored, Preview
    from gitops_action.model import Manifest, ResourceId
    from gitops_action.ports import ApiServer

_REFUSED: Final = frozenset({Outcome.ERROR, Outcome.FORBIDDEN, Outcome.UNKNOWN})
_SHOWN: Final = 3


@dataclass(slots=True)
class Plan:
    """What would become of each object. `wanted` has what is to be applied, `unchanged` what certainly is so already."""

    changes: list[Change] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    unchanged: list[Wanted] = field(default_factory=list)
    unknown: list[Manifest] = field(default_factory=list)
    """Those that cannot be tried before something else of the same deployment is there."""
    refused: list[Change] = field(default_factory=list)


def require_deployable(manifests: Sequence[Manifest]) -> None:
    """Raise UsageError for what cannot be applied by us at all: nothing, what is encrypted, nameless, or there twice."""
    if not manifests:
        raise UsageError("nothing is rendered: an empty deployment would delete everything, so that nothing was done")
    problems = []
    for one in manifests:
        where = one.locator.locate(())
        metadata = one.value.get("metadata")
        if is_encrypted_document(one.value):
            problems.append(f"{where}: {one.id} is encrypted with SOPS: only Flux decrypts it (`--via flux`)")
        elif not isinstance(metadata, dict) or not requests.name_of(one.value):
            problems.append(f"{where}: {one.id.kind} has no fixed name, so that each deployment would make a new one")
    counts = Counter(one.id.key for one in manifests)
    problems += (
        f"{one.locator.locate(())}: {one.id} is declared {counts[one.id.key]} times"
        for one in manifests
        if counts[one.id.key] > 1
    )
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise UsageError(f"cannot be deployed: {'; '.join(problems[:_SHOWN])}{more}")


def plan(
    server: ApiServer,
    manifests: Sequence[Manifest],
    environment: str,
    ignored: Callable[[Change], Ignored],
    *,
    force: bool,
) -> Plan:
    """Ask the server what would become of each manifest. Raises ClusterError.

    `force` takes fields over from others. Without it, those that may differ by what is `ignored` are left to them, as the
    replicas are to whoever scales.
    """
    rules = Redaction()
    changes = [
        Change(environment, Outcome.UNCHANGED, one.id, one.target, one.locator.locate(()).file) for one in manifests
    ]
    arriving = Arriving(
        frozenset(one.id.name for one in manifests if one.id.kind == "Namespace"),
        frozenset(Crds.from_manifests(manifests).kinds()),
    )
    found = Plan()
    waiting = _absent(server, arriving.namespaces)
    for change, manifest in zip(changes, manifests, strict=True):
        if manifest.id.namespace in waiting:
            # Asking would only cost time: the server looks for such a namespace again and again.
            message = f"not tried: namespace `{manifest.id.namespace}` arrives in the same deployment"
            found.changes.append(replace(change, outcome=Outcome.UNVALIDATED, message=message))
            found.unknown.append(manifest)
    changes = [one for one in changes if one.resource.namespace not in waiting]
    for part in previews(server, changes, Renderings.of((), manifests), requests.MANAGER):
        for preview in part:
            _sort(preview, changed(preview, arriving, ignored(preview.change), rules), found, force=force)
    return found


def _absent(server: ApiServer, namespaces: Collection[str]) -> set[str]:
    names = [Name("v1", "Namespace", "", name) for name in sorted(namespaces)]
    kind = server.kinds.find("v1", "Namespace")
    if kind is None:
        return set()
    answers = read_all(server, [kind] * len(names), names)
    return {name.name for name, answer in zip(names, answers, strict=True) if answer.status == ABSENT.status}


def _sort(preview: Preview, change: Change, found: Plan, *, force: bool) -> None:
    manifest = preview.head
    if manifest is None:  # pragma: no cover - all are asked for
        raise AssertionError
    wanted = Wanted(manifest, preview.kind, preview.live) if preview.kind is not None else None
    if preview.claims and not change.claims and not force and wanted is not None:
        wanted, change = _left_to_others(preview, wanted, change)
    elif change.outcome is Outcome.CONFLICT and force:
        who = ", ".join(sorted({claim.manager for claim in change.claims}))
        change = replace(change, outcome=Outcome.UPDATE, message=f"fields are taken over from {who}")
    elif change.outcome is Outcome.CONFLICT:
        claims = ", ".join(f"`{claim.path}` ({claim.manager})" for claim in change.claims[:_SHOWN])
        change = replace(change, message=f"others own fields that it sets: {claims}; --force-conflicts takes them over")
    other = _of_another_set(preview)
    if other and not force:
        message = f"it is part of another inventory ({other}), which would lose it; --force-conflicts takes it over"
        change = replace(change, outcome=Outcome.CONFLICT, message=message)
    found.changes.append(change)
    if (
        change.outcome in _REFUSED
        or change.outcome is Outcome.CONFLICT
        or (change.outcome is Outcome.REPLACE and not may_recreate(manifest))
    ):
        found.refused.append(change)
    elif wanted is None or change.outcome is Outcome.UNVALIDATED:
        found.unknown.append(manifest)
    elif _is_same(preview, wanted):
        found.unchanged.append(wanted)
    else:
        found.wanted.append(wanted)


def _left_to_others(preview: Preview, wanted: Wanted, change: Change) -> tuple[Wanted, Change]:
    """Leave the fields that others own, and may, as they are."""
    left = [pointer(claim.path, wanted.manifest.value) for claim in preview.claims]
    who = ", ".join(f"`{claim.path}` ({claim.manager})" for claim in preview.claims[:_SHOWN])
    return replace(wanted, left=left), replace(change, message=f"left to others: {who}")


def _is_same(preview: Preview, wanted: Wanted) -> bool:
    """Whether the object certainly is what applying it would make of it."""
    if wanted.left and wanted.live is not None:
        return is_applied(wanted.live, requests.for_apply(wanted.value), requests.MANAGER)
    return preview.of_head is not None and preview.of_head.body is preview.live


def _of_another_set(preview: Preview) -> str:
    """Return the ApplySet that an object would be taken from, as KEP-3659 forbids; "" if there is none."""
    there = apply_set_of(preview.live or {})
    mine = apply_set_of(preview.head.value) if preview.head is not None else ""
    return there if there != mine else ""


def identity(which: ResourceId, kinds: Kinds) -> tuple[str, str, str, str]:
    """Return an object's key with the namespace that it gets where none is written."""
    kind = kinds.find(which.api_version, which.kind)
    space = which.namespace if kind is None else (which.namespace or "default") if kind.namespaced else ""
    return which.group, which.kind, space, which.name
