"""`deploy`: brings an environment to a commit, by itself or by Flux, and says so on GitHub."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
from contextlib import ExitStack
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git import Repository
from gitops_action.adapters.interrupts import interruptible, uninterrupted
from gitops_action.deploy import pruning
from gitops_action.deploy.apply_set import Parent
from gitops_action.deploy.flux_selection import Wanted
from gitops_action.deploy.record import Record
from gitops_action.deploy.result import Outcome, Result, Via
from gitops_action.diff.redact import Scrubber, secret_values
from gitops_action.environments import is_production
from gitops_action.errors import GitHubError, GitOpsError, UsageError
from gitops_action.pipeline.ancestry import Ancestry
from gitops_action.pipeline.asking import ignored_of
from gitops_action.pipeline.desired import asked_of, rendered_of, require
from gitops_action.pipeline.places import name_of, remote_of, source_of
from gitops_action.pipeline.settings import Overrides
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.adapters.api_server import HttpApiServer
    from gitops_action.adapters.git_remote import Remote
    from gitops_action.model import Change, JSONValue
    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.pipeline.ledger import Ledger
    from gitops_action.pipeline.places import Place
    from gitops_action.pipeline.sides import Question
    from gitops_action.ports import Progress

_SPARE: Final = 120.0
"""Seconds beyond the time for waiting, for all that is not waiting."""
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be deployed, and how. What is "", () or None is the configuration's.

    `actor` is who wants it, `run` the address of the job's log. `confirm` is shown the plan, and says whether to go on.
    """

    environment: str
    via: str = ""
    revision: str = "HEAD"
    timeout: timedelta | None = None
    dry_run: bool = False
    force_conflicts: bool = False
    older: bool = False
    prune: Sequence[str] = ()
    kustomizations: Sequence[str] = ()
    actor: str = ""
    run: str = ""
    confirm: Callable[[Sequence[Change]], bool] | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """A deployment that is ready to be done."""

    wish: Wish
    place: Place
    asked: Question
    commit: str
    via: Via
    repository: Repository
    remote: Remote | None
    timeout: timedelta
    progress: Progress
    tell: Callable[[str], None]
    ledger: Ledger | None = None
    source: str = ""
    addresses: Sequence[str] = field(default=())


def deploy(
    place: Place, clusters: Clusters, wish: Wish, progress: Progress, tell: Callable[[str], None] = lambda _: None
) -> Record:
    """Deploy, and return the record of it: also where it failed, or was interrupted.

    GitHub is told where `place` has a token, and nothing is only planned. Raises UsageError for what makes no sense, and
    GitOpsError for what is wrong before anything has begun.
    """
    started = datetime.now(UTC)
    with ExitStack() as stack:
        job = _prepared(place, wish, progress, tell, stack)
        access = clusters.access(
            wish.environment, job.asked.config, [wish.environment] if clusters.asked else [wish.environment, ""]
        )
        if place.token and not wish.dry_run:
            job = replace(job, ledger=_ledger(job, stack))
        from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - few commands need a cluster

        outcome = Outcome(Result.ERROR, "the program failed: look at the job's log")
        misused: GitOpsError | None = None
        try:
            with interruptible():
                if job.ledger is not None:
                    job.ledger.begin(_payload(job, started), production=is_production(wish.environment))
                server = stack.enter_context(HttpApiServer(access))
                outcome = _done(job, server)
        except KeyboardInterrupt:
            outcome = Outcome(Result.INTERRUPTED, "interrupted halfway: run it again to finish it")
        except GitOpsError as error:
            outcome = Outcome(Result.ERROR, str(error))
            misused = error if isinstance(error, UsageError | GitHubError) else None
        finally:
            if job.ledger is not None:
                with uninterrupted():
                    job.ledger.end(outcome)
        if misused is not None:
            raise misused
        pull_request, number = (job.ledger.pull_request, job.ledger.id) if job.ledger else (None, None)
        return Record(
            wish.environment, job.via.value, job.commit, outcome, started, datetime.now(UTC),
            wish.actor or _person(job.repository), job.source, pull_request, wish.run, number,
        )  # fmt: skip


def _prepared(place: Place, wish: Wish, progress: Progress, tell: Callable[[str], None], stack: ExitStack) -> _Job:
    repository = stack.enter_context(Repository.open(place.repo))
    commit = repository.resolve(wish.revision)
    asked = asked_of(repository, commit, Overrides(config=place.config))
    settings = asked.config.deployment(wish.environment)
    via = wish.via or settings.via
    if via != Via.FLUX or not (wish.kustomizations or settings.kustomizations):
        # Before GitHub is told: it would make an environment of any name.
        require(asked, [wish.environment])
    if not via:
        raise UsageError(
            f"who deploys `{wish.environment}` is not known: give --via apply or --via flux, or set "
            f"`environments.{wish.environment}.deploy.via`"
        )
    remote = remote_of(place, repository, stack)
    url = repository.remote_url(place.remote) or place.remote
    addresses = [url, *([f"{place.server}/{place.repository}"] if place.repository else [])]
    return _Job(
        wish, place, asked, commit, Via(via), repository, remote, wish.timeout or settings.timeout, progress, tell,
        source=source_of(place, repository), addresses=tuple(dict.fromkeys(addresses)),
    )  # fmt: skip


def _ledger(job: _Job, stack: ExitStack) -> Ledger:
    from gitops_action.adapters.github_deployments import Deployments  # noqa: PLC0415 - only who has a token
    from gitops_action.adapters.github_pulls import Pulls  # noqa: PLC0415
    from gitops_action.pipeline.ledger import Ledger  # noqa: PLC0415

    place, wish = job.place, job.wish
    name = name_of(place, job.repository)
    hub = stack.enter_context(Deployments.from_environment(place.token, place.api_url, name))
    pulls = stack.enter_context(Pulls.from_environment(place.token, place.api_url, name))
    return Ledger((hub, pulls), (wish.environment, job.commit), wish.run, job.tell)


def _payload(job: _Job, started: datetime) -> dict[str, JSONValue]:
    """Return what is written down with the deployment on GitHub."""
    return {
        "run": secrets.token_hex(8),
        "via": job.via.value,
        "actor": job.wish.actor,
        "started_at": started.isoformat(timespec="seconds"),
        "deadline": (started + 2 * job.timeout + timedelta(seconds=_SPARE)).isoformat(timespec="seconds"),
    }


def _done(job: _Job, server: HttpApiServer) -> Outcome:
    return _flux(job, server) if job.via is Via.FLUX else _apply(job, server)


def _apply(job: _Job, server: HttpApiServer) -> Outcome:
    from gitops_action.pipeline.pushing import Options, Push  # noqa: PLC0415 - one of two ways

    wish = job.wish
    wanted = rendered_of(job.asked, job.progress, [wish.environment])
    if wanted.errors:
        listed = "; ".join(f"{one.location}: {one.message}" for one in wanted.errors[:_SHOWN])
        more = f"; and {len(wanted.errors) - _SHOWN} more" if len(wanted.errors) > _SHOWN else ""
        return Outcome(Result.FAILURE, f"cannot be rendered, so that nothing was applied: {listed}{more}")
    settings = job.asked.config.deployment(wish.environment)
    known = Ancestry(job.repository, job.remote)
    push = Push(
        server,
        Parent(wish.environment, settings.namespace, job.source),
        wanted.manifests,
        job.commit,
        lambda a, b: known.contains(a, b) is True,
        Options(
            job.timeout.total_seconds(),
            force_conflicts=wish.force_conflicts,
            older=wish.older,
            prune_kinds=pruning.named([*settings.prune, *wish.prune]),
            confirm=wish.confirm,
            ignored=lambda change: ignored_of(change, job.asked.config),
        ),
        job.tell,
    )
    # What a server says of a Secret may have its values.
    scrub = Scrubber(secret_values(one.value for one in wanted.manifests))
    if wish.dry_run:
        return push.look().scrubbed(scrub)
    holder = f"{wish.actor or _person(job.repository)} {wish.run or socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
    return push.run(holder, job.ledger.progress if job.ledger else lambda: None).scrubbed(scrub)


def _flux(job: _Job, server: HttpApiServer) -> Outcome:
    from gitops_action.pipeline.flux_wait import FluxWait  # noqa: PLC0415 - one of two ways

    wish = job.wish
    settings = job.asked.config.deployment(wish.environment)
    named = tuple(wish.kustomizations) or settings.kustomizations
    waiting = FluxWait(
        server,
        job.commit,
        Wanted(wish.environment, job.asked.config, job.addresses, named),
        Ancestry(job.repository, job.remote).contains,
        job.timeout.total_seconds(),
        job.tell,
    )
    found = waiting.look() if wish.dry_run else waiting.run(job.ledger.progress if job.ledger else lambda: None)
    return found.scrubbed(Scrubber(()))


def _person(repository: Repository) -> str:
    return repository.setting("user.email") or getpass.getuser()
