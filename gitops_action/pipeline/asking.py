"""Asks the cluster of each environment what a change would do there."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import refusal
from gitops_action.cluster.inventory import apply_set_of
from gitops_action.cluster.trials import Trial
from gitops_action.diff.live import Arriving, Ignored, Preview, changed
from gitops_action.diff.sensitive import Redaction
from gitops_action.environments import order
from gitops_action.errors import ClusterError
from gitops_action.model import Change, Manifest, Outcome
from gitops_action.pipeline.clusters import require_one
from gitops_action.pipeline.inventories import deletions
from gitops_action.pipeline.live import Renderings, previews
from gitops_action.records import dataclass
from gitops_action.validate.crds import Crds
from gitops_action.validate.encryption import unseal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.cluster.ownership import Manager
    from gitops_action.config import Config
    from gitops_action.model import Pointer
    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.ports import ApiServer, Progress

LIVE: Final = "cluster"
# For all clusters together; what is not reached until then is named.
_SECONDS: Final = 600.0
_ASKED: Final = frozenset({Outcome.CREATE, Outcome.UPDATE, Outcome.DELETE, Outcome.UNCHANGED})


@dataclass(slots=True)
class Seen:
    """What the clusters said: the changes of all environments, and what is to be judged in each."""

    changes: list[Change] = field(default_factory=list)
    trials: dict[str, list[Trial]] = field(default_factory=dict)


def ask_clusters(  # noqa: PLR0913, PLR0917 - the change, and who is asked
    clusters: Clusters,
    config: Config,
    changes: Sequence[Change],
    base: Sequence[Manifest],
    head: Sequence[Manifest],
    progress: Progress,
) -> Seen:
    """Return the changes as the clusters would make them. A cluster that cannot be asked leaves its own unknown.

    Raises UsageError where it is not known how to reach a cluster.
    """
    from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - few runs look at a cluster

    seen = Seen()
    names = order({change.environment for change in changes}, config)
    ways = {name: clusters.access(name, config, names) for name in names}
    deadline = time.monotonic() + _SECONDS
    for name in names:
        own = [change for change in changes if change.environment == name]
        old = [manifest for manifest in base if manifest.environment == name]
        new = [manifest for manifest in head if manifest.environment == name]
        with progress.step(f"Ask the cluster of {name}", len(own)) as step:
            try:
                require_one(name, [*old, *new])
                with HttpApiServer(ways[name], deadline=deadline) as server:
                    found, trials = _asked(server, own, (old, new), config, name)
            except ClusterError as error:
                found, trials = [_unknown(change, str(error)) for change in own], []
            step.advance(len(own))
        seen.changes += found
        seen.trials[name] = trials
    return seen


def _unknown(change: Change, reason: str) -> Change:
    return replace(change, outcome=Outcome.UNKNOWN, message=reason)


def _asked(
    server: ApiServer,
    changes: Sequence[Change],
    sides: tuple[Sequence[Manifest], Sequence[Manifest]],
    config: Config,
    environment: str,
) -> tuple[list[Change], list[Trial]]:
    base, head = sides
    arriving = _arriving(head)
    rules = Redaction()
    # What could not be rendered is not known to any cluster either.
    result = [change for change in changes if change.outcome not in _ASKED]
    trials: list[Trial] = []
    asked = [change for change in changes if change.outcome in _ASKED]
    applied_by: dict[str, None] = {}
    for part in previews(server, asked, Renderings.of(base, head), config.field_manager):
        for preview in part:
            ignored = ignored_of(preview.change, config)
            one = changed(preview, arriving, ignored, rules)
            if preview.kind is None and preview.change.resource.api_version in server.kinds.stale:
                one = _unknown(preview.change, "the server of this API group does not answer the cluster")
            result.append(one)
            trials += _trial(preview, one)
            if part_of := apply_set_of(preview.live or {}):
                applied_by[part_of] = None
    failed = sorted({change.target for change in changes if change.outcome is Outcome.UNKNOWN})
    result += deletions(server, environment, result, list(applied_by), failed)
    return result, trials


def _arriving(head: Sequence[Manifest]) -> Arriving:
    kinds = Crds.from_manifests(head).kinds()
    return Arriving(frozenset(one.id.name for one in head if one.id.kind == "Namespace"), frozenset(kinds))


def _trial(preview: Preview, change: Change) -> list[Trial]:
    """Return what is to be judged: what the cluster refuses although its author could mend it."""
    answer = preview.of_head
    judged = {Outcome.ERROR, Outcome.REPLACE, Outcome.CREATE, Outcome.UPDATE, Outcome.CONFLICT}
    if preview.head is None or answer is None or change.outcome not in judged or not answer.is_answer:
        return []
    if refusal.missing_namespace(answer):
        return []
    return [Trial(preview.head, unseal(preview.head.value).value, preview.kind, preview.live, None, answer)]


def ignored_of(change: Change, config: Config) -> Ignored:
    """Return what may differ in one object, by the configuration."""
    rules = [one for one in config.ignored_differences if one.matches(change.resource, change.environment)]
    names = {name for rule in rules for name in rule.managers}
    wanted = [pointer for rule in rules for pointer in rule.pointers]

    def pointers(live: Mapping[str, Any]) -> list[Pointer]:
        return [found for pattern in wanted for found in _matching(live, pattern)]

    def foreign(manager: Manager) -> bool:
        return bool(manager.subresource) or manager.name in names

    return Ignored(pointers, foreign)


def _matching(value: Any, pattern: Sequence[str]) -> list[Pointer]:
    """Return the pointers that a pattern means: those in the object, and as written what is not there."""
    if not pattern:
        return [()]
    part, rest = pattern[0].replace("~1", "/").replace("~0", "~"), pattern[1:]
    if isinstance(value, list):
        indices = range(len(value)) if part == "*" else [int(part)] if part.isdecimal() else []
        return [(i, *more) for i in indices if i < len(value) for more in _matching(value[i], rest)]
    if isinstance(value, dict):
        keys = list(value) if part == "*" else [part]
        return [(key, *more) for key in keys for more in _matching(value.get(key), rest)]
    return [(part, *rest)] if part != "*" else []
