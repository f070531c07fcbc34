"""Follows lists of an API server: what is there, then each change, whatever becomes of the connection meanwhile.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes: a list gives a version, a watch
begins there and moves on with each event and bookmark, and a version that is too old (410) means to list again.
"""

from __future__ import annotations

import queue
import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self

from gitops_action.cluster.answers import Answer, Request
from gitops_action.errors import ClusterError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.adapters.api_server import HttpApiServer
    from gitops_action.cluster.kinds import ResourceType

# The server ends a watch after so long, and another begins where it ended.
_WATCH_SECONDS: Final = "300"
_PAGE: Final = 500
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_GONE: Final = 410
_FORBIDDEN: Final = frozenset({403, 404, 405})


class Happened(StrEnum):
    """What an event says."""

    LISTED = "listed"
    CHANGED = "changed"
    DELETED = "deleted"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the objects of a kind.

    `LISTED` has all that there are, `CHANGED` and `DELETED` the one. With `LOST` the server does not answer just now, and
    with `REFUSED` it will not answer this account; `problem` says why.
    """

    kind: ResourceType
    what: Happened
    objects: Sequence[Mapping[str, Any]] = ()
    problem: str = ""


class Watches:
    """The lists of several kinds, followed at the same time. Use as a context manager; `next` tells what happens."""

    def __init__(self, server: HttpApiServer, kinds: Sequence[ResourceType], namespace: str = "") -> None:
        """Take what is to be followed: in one namespace, or everywhere. `server` needs more threads than there are kinds."""
        self._server = server
        self._namespace = namespace
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._follow, args=(kind,), daemon=True) for kind in kinds]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        # A thread that waits for the server is left behind: it ends with its connection, or with the process.
        self._over.set()

    def next(self, seconds: float) -> Event | None:
        """Return the next event, None if there is none for so long."""
        try:
            return self._events.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None

    def _follow(self, kind: ResourceType) -> None:
        pause, version = _FIRST_PAUSE, ""
        while not self._over.is_set():
            watched, begun = bool(version), time.monotonic()
            try:
                answer, version = self._list(kind) if not version else self._watch(kind, version)
            except ClusterError as error:
                answer, version = Answer(0, problem=str(error)), ""
            if answer.ok or time.monotonic() - begun > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            if answer.ok and not watched:
                continue
            if answer.status in _FORBIDDEN:
                self._tell(kind, Happened.REFUSED, problem=answer.message)
                return
            if answer.status != _GONE and not answer.ok:
                self._tell(kind, Happened.LOST, problem=answer.message)
            # Also after a watch that came to its end: a server that ends each at once is not to be hammered.
            self._over.wait(pause)
            pause = _FIRST_PAUSE if answer.ok else min(2 * pause, _LONGEST_PAUSE)

    def _list(self, kind: ResourceType) -> tuple[Answer, str]:
        """Tell all that there is; return the last answer, and the version to watch from where it was good."""
        found: list[Mapping[str, Any]] = []
        query = {"limit": str(_PAGE)}
        while True:
            answer = self._server.send(Request("GET", kind.path(self._namespace), query))
            items = answer.body.get("items") if answer.ok and isinstance(answer.body, dict) else None
            if not isinstance(items, list):
                return (Answer(0, problem="what the API server answers is no list") if answer.ok else answer), ""
            found += (_named(kind, one) for one in items if isinstance(one, dict))
            metadata = answer.body.get("metadata") or {}
            if not metadata.get("continue"):
                self._tell(kind, Happened.LISTED, found)
                return answer, str(metadata.get("resourceVersion") or "")
            query = {**query, "continue": str(metadata["continue"])}

    def _watch(self, kind: ResourceType, version: str) -> tuple[Answer, str]:
        """Tell what changes after a version; return how it ended, and the version to go on from.

        After everything but a good end that is "": to list again also tells that the server answers again.
        """
        query = {"resourceVersion": version, "allowWatchBookmarks": "true", "timeoutSeconds": _WATCH_SECONDS}
        for answer in self._server.watch(kind.path(self._namespace), query):
            if self._over.is_set():
                break
            event = answer.body if isinstance(answer.body, dict) else {}
            value = event.get("object")
            if not answer.ok or not isinstance(value, dict):
                # Cut off in the middle of an event, or refused: nothing of it counts.
                return (Answer(0, problem="the API server broke off") if answer.ok else answer), ""
            if event.get("type") == "ERROR":
                return Answer(int(value.get("code") or 0), value), ""
            version = str((value.get("metadata") or {}).get("resourceVersion") or version)
            if event.get("type") == "DELETED":
                self._tell(kind, Happened.DELETED, [_named(kind, value)])
            elif event.get("type") in {"ADDED", "MODIFIED"}:
                self._tell(kind, Happened.CHANGED, [_named(kind, value)])
        return Answer(200), version

    def _tell(
        self, kind: ResourceType, what: Happened, objects: Sequence[Mapping[str, Any]] = (), problem: str = ""
    ) -> None:
        if not self._over.is_set():
            self._events.put(Event(kind, what, objects, problem))


def _named(kind: ResourceType, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object that says what it is: the items of a list do not."""
    return {"apiVersion": kind.api_version, "kind": kind.kind, **value}
