"""One deployment at a time: a Lease in the cluster, taken before anything is written, renewed, and given back.

As in client-go's leader election, a lease counts as left behind once nobody has renewed it for as long as it lasts by our
own clock, whatever the times in it say: https://pkg.go.dev/k8s.io/client-go/tools/leaderelection.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster.answers import Answer, Request
from gitops_action.errors import ClusterError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitops_action.ports import ApiServer

API_VERSION: Final = "coordination.k8s.io/v1"
_SECONDS: Final = 30
_RENEW_SECONDS: Final = 8.0
_LOOK_SECONDS: Final = 1.0
_SKEW_SECONDS: Final = 300.0
_CONFLICT: Final = 409
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403


class LeaseLostError(ClusterError):
    """Somebody else took the lease, or it could not be renewed in time."""


class NotPermittedError(ClusterError):
    """The account may not write what a deployment has to write."""


@dataclass(slots=True)
class Held:
    """A lease that we have, until `lost` says why we have it no more."""

    holder: str
    lost: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise LeaseLostError if it is ours no more."""
        if self.lost:
            raise LeaseLostError(f"stopped halfway: {self.lost}; run it again")


@contextmanager
def lease(  # noqa: PLR0913 - which lease, for whom, and how long to wait
    server: ApiServer,
    namespace: str,
    name: str,
    holder: str,
    *,
    patience: float,
    waiting: Callable[[str], None] = lambda _: None,
) -> Iterator[Held]:
    """Hold the lease while the block lasts, after waiting up to `patience` seconds for whoever has it (`waiting` is told who).

    Raises NotPermittedError where the account may not write, ClusterError where the lease is not to be had.
    """
    path = f"/apis/{API_VERSION}/namespaces/{namespace}/leases"
    taken = _take(server, path, (namespace, name), holder, patience, waiting)
    held = Held(holder)
    renewer = threading.Thread(target=_renew, args=(server, f"{path}/{name}", taken, held), daemon=True)
    renewer.start()
    try:
        yield held
    finally:
        held.ended.set()
        renewer.join()
        _give_back(server, f"{path}/{name}", held)


def _take(  # noqa: PLR0913, PLR0917 - which lease, for whom, and how long to wait
    server: ApiServer, path: str, which: tuple[str, str], holder: str, patience: float, waiting: Callable[[str], None]
) -> dict[str, Any]:
    namespace, name = which
    deadline = time.monotonic() + patience
    seen: tuple[str, float] = ("", 0.0)
    while True:
        found = server.send(Request("GET", f"{path}/{name}"))
        owner = _holder(found.body) if found.ok else ""
        if found.ok and seen[0] != _version(found.body):
            seen = _version(found.body), time.monotonic()
        if owner not in {"", holder} and time.monotonic() - seen[1] < _duration(found.body):
            waiting(owner)
            if time.monotonic() >= deadline:
                raise ClusterError(f"another deployment is under way: {owner} has the lease {namespace}/{name}")
            time.sleep(_LOOK_SECONDS)
            continue
        answer = _written(server, path, found, _object(namespace, name, holder, found.body if found.ok else {}))
        if answer.ok and isinstance(answer.body, dict):
            return answer.body
        if answer.status == _FORBIDDEN:
            raise NotPermittedError(_not_permitted(answer))
        if answer.status != _CONFLICT or time.monotonic() >= deadline:
            raise ClusterError(f"the lease {namespace}/{name} cannot be taken: {answer.message}")


def _written(server: ApiServer, path: str, found: Answer, lease: dict[str, Any]) -> Answer:
    """Make or take the lease as it was found; return the answer, which is that to the question where there was none."""
    if found.status == _NOT_FOUND:
        return server.send(Request("POST", path, {}, lease))
    return server.send(Request("PUT", f"{path}/{lease['metadata']['name']}", {}, lease)) if found.ok else found


def _not_permitted(answer: Answer) -> str:
    if "dry run" in answer.message:
        return f"this account may only preview, and was asked to deploy: {answer.message}; nothing was written"
    return f"the account may not deploy here: {answer.message}; nothing was written"


def _renew(server: ApiServer, path: str, lease: dict[str, Any], held: Held) -> None:
    renewed = time.monotonic()
    while not held.ended.wait(_RENEW_SECONDS):
        metadata = lease["metadata"]
        answer = server.send(
            Request("PUT", path, {}, _object(metadata["namespace"], metadata["name"], held.holder, lease))
        )
        if answer.ok and isinstance(answer.body, dict):
            lease, renewed = answer.body, time.monotonic()
        elif answer.status == _CONFLICT:
            found = server.send(Request("GET", path))
            if found.ok and _holder(found.body) == held.holder:
                lease = found.body  # an answer of ours that was lost
            elif found.ok:
                held.lost = f"{_holder(found.body) or 'somebody'} took the lease"
                return
        if time.monotonic() - renewed > _SECONDS:
            held.lost = f"the lease could not be renewed: {answer.message}"
            return


def _give_back(server: ApiServer, path: str, held: Held) -> None:
    """Let the next one in at once; if that fails, it will wait until the lease has run out."""
    found = server.send(Request("GET", path))
    if found.ok and isinstance(found.body, dict) and _holder(found.body) == held.holder:
        metadata = found.body["metadata"]
        server.send(Request("PUT", path, {}, _object(metadata["namespace"], metadata["name"], "", found.body)))


def _object(namespace: str, name: str, holder: str, present: dict[str, Any]) -> dict[str, Any]:
    spec, now = present.get("spec") or {}, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    same = spec.get("holderIdentity") == holder
    metadata = {"namespace": namespace, "name": name}
    if version := (present.get("metadata") or {}).get("resourceVersion"):
        metadata["resourceVersion"] = version
    return {
        "apiVersion": API_VERSION,
        "kind": "Lease",
        "metadata": metadata,
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": _SECONDS,
            "acquireTime": spec.get("acquireTime") if same else now,
            "renewTime": now,
            "leaseTransitions": (spec.get("leaseTransitions") or 0) + (0 if same or not holder else 1),
        },
    }


def current_holder(server: ApiServer, namespace: str, name: str) -> str:
    """Return who has the lease just now, "" if nobody: one that was killed is forgotten after a while. Raises ClusterError.

    Nobody watches it here, so that the times in it have to do: with some patience, as clocks differ.
    """
    found = server.send(Request("GET", f"/apis/{API_VERSION}/namespaces/{namespace}/leases/{name}"))
    if found.status == _NOT_FOUND:
        return ""
    if not found.ok:
        raise ClusterError(f"whether somebody deploys just now is not known: {found.message}")
    said = str((found.body.get("spec") or {}).get("renewTime") or "")
    try:
        age = (datetime.now(UTC) - datetime.fromisoformat(said)).total_seconds()
    except (ValueError, TypeError):
        age = 0.0
    return "" if age > _duration(found.body) + _SKEW_SECONDS else _holder(found.body)


def _holder(lease: Any) -> str:
    spec = lease.get("spec") if isinstance(lease, dict) else None
    return str((spec or {}).get("holderIdentity") or "")


def _version(lease: dict[str, Any]) -> str:
    return str((lease.get("metadata") or {}).get("resourceVersion") or "")


def _duration(lease: dict[str, Any]) -> float:
    found = (lease.get("spec") or {}).get("leaseDurationSeconds")
    return float(found) if isinstance(found, int) else float(_SECONDS)
