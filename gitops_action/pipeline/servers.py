"""Puts a change before API servers: our own, which are started for it, and those of live clusters.

What is needed for that is loaded only then: most runs ask no server.
"""
# ruff: noqa: PLC0415 - as said above

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_action.config import Config, Engine
from gitops_action.model import Change, Manifest, Outcome, Report
from gitops_action.records import dataclass
from gitops_action.repository.definitions import DEFINITION, kind_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from contextlib import ExitStack

    from gitops_action.adapters.planes import Planes
    from gitops_action.pipeline.judging import Judgement, Judges
    from gitops_action.pipeline.settings import Overrides
    from gitops_action.ports import Progress
    from gitops_action.validate.crds import Crds


@dataclass(frozen=True, slots=True)
class Affected:
    """What the renderings say changes, and the manifests of either revision that this is about."""

    changes: list[Change]
    base: Sequence[Manifest]
    head: Sequence[Manifest]


def touched(changes: Iterable[Change], manifests: Iterable[Manifest]) -> list[Manifest]:
    """Return the manifests that the changes are about, without those that stay as they are."""
    wanted = {
        (change.environment, change.target, change.resource)
        for change in changes
        if change.outcome is not Outcome.UNCHANGED
    }
    return [one for one in manifests if (one.environment, one.target, one.id) in wanted]


def affected(changes: list[Change], base: Sequence[Manifest], head: Sequence[Manifest], *, whole: bool) -> Affected:
    """Return what a server is asked about: what the changes are about, or all with `whole`, and what they define anew.

    A custom resource that stays as it is while its definition does not is tried as if it were new: of what it has already, a server
    overlooks what has become invalid (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting).
    """
    named = {change.resource for change in changes if change.outcome is not Outcome.UNCHANGED}
    again = {kind_of(one.value) for one in (*base, *head) if one.id.kind == DEFINITION and one.id in named}
    chosen = touched(changes, head)
    if not again:
        return Affected(changes, base, head if whole else chosen)
    known = {id(one) for one in chosen}
    about = {(one.environment, one.target, one.id) for one in chosen}
    return Affected(
        changes,
        [one for one in base if not _is_of(one, again) or (one.environment, one.target, one.id) in about],
        [one for one in head if whole or id(one) in known or _is_of(one, again)],
    )


def _is_of(manifest: Manifest, kinds: Container[tuple[str, str]]) -> bool:
    return (manifest.id.api_version.rpartition("/")[0], manifest.id.kind) in kinds


def with_server(config: Config) -> Config:
    """Return the configuration with the engine apiserver where the environment names an API server's folder.

    Not for one that merely is on PATH: what a machine happens to have must not decide what a check says.
    """
    folder = os.environ.get("KUBEBUILDER_ASSETS", "")
    named = folder and all((Path(folder) / name).is_file() for name in ("etcd", "kube-apiserver"))
    return config.with_server() if named else config


def within_reach(report: Report) -> str:
    """Return the API server of this machine that could have judged a change as well; "" where one did, or there is none."""
    from gitops_action.adapters.processes import find_tool
    from gitops_action.pipeline.asking import LIVE

    judged = {engine.engine for engine in report.coverage.engines}
    changed = any(change.outcome is not Outcome.UNCHANGED for change in report.changes)
    # Without a base there are no changes: all that there is would be judged.
    if not (changed or (not report.base and report.coverage.resources)) or judged & {Engine.APISERVER.value, LIVE}:
        return ""
    found = [find_tool(name) for name in ("kube-apiserver", "etcd")]
    return str(found[0]) if all(found) else ""


def planes_for(config: Config, stack: ExitStack) -> Planes | None:
    """Begin to start an API server, if one is to judge."""
    if not config.asks(Engine.APISERVER):
        return None
    from gitops_action.adapters.planes import Planes

    planes = stack.enter_context(Planes())
    planes.prepare()
    return planes


def tried(  # noqa: PLR0913, PLR0917 - the change, and who judges it
    change: Affected,
    planes: Planes,
    config: Config,
    crds: Sequence[Crds],
    judges: Judges | None,
    judgement: Judgement,
    progress: Progress,
) -> list[Change]:
    """Put the change on trial at API servers of our own; return it as they would make it."""
    from gitops_action.diff.dry_run import refined
    from gitops_action.pipeline.embedded import embedded

    changes = change.changes
    trials = embedded(planes, config, change.head, base=change.base, crds=crds, progress=progress)
    for environment, said in trials:
        if judges is not None:
            judgement.add_second(Engine.APISERVER, judges.judge_trials(environment, said))
        changes = refined(changes, said)
    return changes


def asked(  # noqa: PLR0913, PLR0917 - the change, and who judges it
    change: Affected,
    overrides: Overrides,
    config: Config,
    judges: Judges | None,
    judgement: Judgement,
    progress: Progress,
) -> list[Change]:
    """Ask the live clusters; return the change as they would make it."""
    from gitops_action.pipeline.asking import LIVE, ask_clusters

    seen = ask_clusters(overrides.clusters, config, change.changes, change.base, change.head, progress)
    if judges is not None:
        for environment, trials in seen.trials.items():
            judgement.add_second(LIVE, judges.judge_trials(environment, trials, LIVE))
    return seen.changes
