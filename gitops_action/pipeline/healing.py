"""`drift --heal`: makes what has drifted what Git says, as the only one who writes, if nothing speaks against it."""

from __future__ import annotations

import os
import secrets
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import ownership, requests
from gitops_action.cluster.fields import ABSENT, value_at
from gitops_action.deploy.apply_set import as_member
from gitops_action.deploy.result import Via
from gitops_action.errors import ClusterError
from gitops_action.pipeline import drift_look
from gitops_action.pipeline.applying import Wanted, apply_all
from gitops_action.pipeline.leases import lease

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitops_action.deploy.apply_set import Parent
    from gitops_action.deploy.drift import Look
    from gitops_action.diff.live import Ignored
    from gitops_action.model import Manifest, Pointer
    from gitops_action.ports import ApiServer
    from gitops_action.promote.locks import Lock

_SECONDS: Final = 60.0


def why_not(look: Look, via: Via | None, rollout: drift_look.Rollout, limit: int) -> str:
    """Say why nothing of a look may be healed, "" if nothing speaks against it. Locks are looked at besides."""
    commit, found = rollout.commit[:12], len(look.found)
    reasons = (
        (via is Via.FLUX, "Flux deploys this, and heals by itself: ask it to, with `flux reconcile`"),
        (bool(rollout.unknown), f"what is deployed is not known: {rollout.unknown}"),
        (not commit, "gitops-action has deployed nothing here yet: deploy it first (`deploy --via apply`)"),
        (rollout.unfinished, f"the deployment of {commit} did not end well: deploy again"),
        (found > limit, f"{found} objects have drifted, and at most {limit} are healed at once"),
        (bool(look.behind), f"{look.behind[:12]} waits to be deployed"),
    )
    return next((reason for speaks, reason in reasons if speaks), "")


def locked(look: Look, locks: Sequence[Lock]) -> str:
    """Say which lock keeps a look from being healed, "" if none does."""
    return next((str(lock) for lock in locks if lock.environment == look.environment), "")


def heal(
    server: ApiServer, look: Look, parent: Parent, manifests: Sequence[Manifest], ignored: Callable[[Manifest], Ignored]
) -> Look:
    """Apply the manifests, which have drifted; return the look with what became of them.

    Nobody deploys meanwhile: the lease of deployments is taken, and given up where somebody has it. What is `ignored` is no
    drift, and so is left to whoever set it.
    """
    holder = f"drift {socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
    try:
        with lease(server, parent.namespace, parent.name, holder, patience=0.0) as held:
            now = drift_look.rollout(server, parent)
            if now.commit != look.commit or now.unfinished:
                return replace(look, held=f"{now.commit[:12]} was deployed meanwhile")
            wanted = []
            for manifest in manifests:
                kind = server.kinds.find(manifest.id.api_version, manifest.id.kind)
                if kind is not None:
                    value = as_member(requests.with_data(requests.for_apply(manifest.value)), parent.id)
                    answer = server.send(requests.read(kind, value))
                    live = answer.body if answer.ok and isinstance(answer.body, dict) else None
                    left = _of_others(live or {}, value, ignored(manifest))
                    wanted.append(Wanted(replace(manifest, value=value), kind, live, left))
            deadline = time.monotonic() + _SECONDS
            done = apply_all(server, wanted, force=True, deadline=deadline, check=held.check)
            return replace(look, healed=[deployed for deployed, _ in done])
    except ClusterError as error:
        return replace(look, held=str(error))


def _of_others(live: Mapping[str, Any], value: Mapping[str, Any], ignored: Ignored) -> list[Pointer]:
    """Return the values to leave alone: those that may differ, and that others set. Of what we set nothing may be left out."""
    found = []
    for at in {*ignored.pointers(value), *ownership.pointers(live, ignored.foreign)}:
        # Items of lists need not have the same place in both.
        if at and not any(isinstance(part, int) for part in at) and value_at(value, at) is not ABSENT:
            owners = ownership.owners(live, at)
            if owners and not any(one.applies and one.name == requests.MANAGER for one in owners):
                found.append(at)
    return found
