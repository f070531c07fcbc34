"""`status`: how Flux's objects in a cluster stand, once or for as long as somebody watches."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.deploy.flux_selection import identity, normal
from gitops_action.deploy.flux_status import KINDS, Here, Key, Position, Snapshot, rows
from gitops_action.errors import ClusterError, GitOpsError
from gitops_action.pipeline.pages import items_of, pages
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.adapters.git import Repository
    from gitops_action.adapters.watching import Watches
    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.pipeline.places import Place
    from gitops_action.ports import ApiServer

_MOST_PAGES: Final = 40
# What happens within so many seconds is shown at once.
_TOGETHER: Final = 0.3
_PATIENCE: Final = 1.0
_MANY_THREADS: Final = 24
_NOT_HERE: Final = "not in this clone: run `git fetch`"
_CUT_OFF: Final = "not known: this clone is shallow"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked at: words of `KINDS`, all where empty; one namespace, all where ""; against which revision of Git."""

    kinds: Sequence[str] = ()
    namespace: str = ""
    revision: str = "HEAD"


@dataclass(slots=True)
class _Board:
    """What is known of a cluster just now."""

    wish: Wish
    here: Here | None = None
    notes: Sequence[str] = ()
    commit: str = ""
    objects: dict[str, dict[Key, Mapping[str, Any]]] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    def listed(self, kind: str, found: Sequence[Mapping[str, Any]]) -> None:
        """Take all objects of a kind."""
        self.unknown.pop(kind, None)
        self.objects[kind] = {identity(one): one for one in found}

    def snapshot(self) -> Snapshot:
        """Return the rows that are wished for. What they are made of may be of other kinds."""
        shown = {kind for word in self.wish.kinds or KINDS for _, kind in KINDS[word]}
        found = rows([one for kind in self.objects.values() for one in kind.values()], self.here)
        unknown = {kind: reason for kind, reason in self.unknown.items() if kind in shown}
        return Snapshot([row for row in found if row.kind in shown], unknown, self.notes, self.commit)


def status(place: Place, clusters: Clusters, wish: Wish) -> Snapshot:
    """Look once. Raises UsageError where it is not known which cluster is meant, ClusterError where it has no Flux."""
    from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - few commands need a cluster

    with _seen_from(place, wish) as board, HttpApiServer(_access(clusters)) as server:
        return look(server, board)


def look(server: ApiServer, board: _Board | None = None) -> Snapshot:
    """List everything once, and return what is wished for. Raises as `status`."""
    board = board or _Board(Wish())
    for kind in _served(server):
        found: list[Mapping[str, Any]] = []
        for answer in pages(server, kind.path(board.wish.namespace), most=_MOST_PAGES):
            items = items_of(answer)
            if items is None:
                if not answer.is_answer:
                    raise ClusterError(f"Flux's {kind.plural} cannot be listed: {answer.message}")
                board.unknown[kind.kind] = answer.message
                break
            found += ({"apiVersion": kind.api_version, "kind": kind.kind, **one} for one in items)
        board.listed(kind.kind, found) if kind.kind not in board.unknown else None
    return board.snapshot()


def watch(place: Place, clusters: Clusters, wish: Wish) -> Iterator[Snapshot]:
    """Yield what there is, whenever that changes and each second, until nobody asks any more. Raises as `status`."""
    from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - few commands need a cluster
    from gitops_action.adapters.watching import Watches  # noqa: PLC0415

    with ExitStack() as stack:
        board = stack.enter_context(_seen_from(place, wish))
        server = stack.enter_context(HttpApiServer(_access(clusters), threads=_MANY_THREADS))
        kinds = _served(server)
        watches = stack.enter_context(Watches(server, kinds, wish.namespace))
        waiting = {kind.kind for kind in kinds}
        while waiting:
            waiting -= _take(watches, board, _PATIENCE)
        while True:
            yield board.snapshot()
            _take(watches, board, _PATIENCE)


def _take(watches: Watches, board: _Board, seconds: float) -> set[str]:
    """Take what happens, for at most `seconds` and then what comes with it; return the kinds of which all is known."""
    from gitops_action.adapters.watching import Happened  # noqa: PLC0415 - as above

    settled: set[str] = set()
    until = None
    while (event := watches.next(seconds if until is None else until - time.monotonic())) is not None:
        until = until or time.monotonic() + _TOGETHER
        kind = event.kind.kind
        match event.what:
            case Happened.LISTED:
                board.listed(kind, event.objects)
            case Happened.CHANGED:
                board.unknown.pop(kind, None)
                board.objects.setdefault(kind, {}).update({identity(one): one for one in event.objects})
            case Happened.DELETED:
                for one in event.objects:
                    board.objects.get(kind, {}).pop(identity(one), None)
            case _:
                # What was seen last stays on show, with the word that it may be over.
                board.unknown[kind] = event.problem
        settled.add(kind)
    return settled


def _served(server: ApiServer) -> list[ResourceType]:
    """Return the kinds of Flux that the cluster has. Raises ClusterError where it has none."""
    found = [server.kinds.of_group(group, kind) for kinds in KINDS.values() for group, kind in kinds]
    served = [kind for kind in found if kind is not None]
    if not served:
        raise ClusterError(
            "Flux is not installed in this cluster: it has no kinds of source.toolkit.fluxcd.io or kustomize.toolkit.fluxcd.io"
        )
    return served


def _access(clusters: Clusters) -> Any:
    from gitops_action.config import Config  # noqa: PLC0415 - as above

    named = list(dict.fromkeys(clusters.contexts.values()))
    return clusters.access(next(iter(clusters.contexts), ""), Config(), named[:1] or [""])


@contextmanager
def _seen_from(place: Place, wish: Wish) -> Iterator[_Board]:
    """Open the repository for as long as somebody looks; without one, nothing is compared, and a note says so."""
    from gitops_action.adapters.git import Repository  # noqa: PLC0415 - as above
    from gitops_action.pipeline.sides import settings_of  # noqa: PLC0415

    with ExitStack() as stack:
        try:
            repository = stack.enter_context(Repository.open(place.repo))
            commit = repository.resolve(wish.revision)
            config = settings_of(repository, commit, place.config)
        except GitOpsError as error:
            yield _Board(wish, notes=[f"not compared with Git: {error}"])
            return
        url = repository.remote_url(place.remote) or place.remote
        addresses = [url, *([f"{place.server}/{place.repository}"] if place.repository else [])]
        history = _History(repository, commit)
        here = Here(config, frozenset(map(normal, addresses)), history.locate, history.knows)
        yield _Board(wish, here, commit=commit)


@dataclass(slots=True)
class _History:
    """Where commits are, seen from one of them. Nothing is fetched: what the clone does not have is said to be unknown."""

    repository: Repository
    commit: str
    _known: dict[str, Position | None] = field(default_factory=dict)

    def locate(self, commit: str) -> Position:
        """Return where a commit is."""
        return self._looked_up(commit) or Position(reason=_NOT_HERE)

    def knows(self, commit: str) -> bool | None:
        """Tell whether the clone has a commit: True, or None."""
        return True if self._looked_up(commit) is not None else None

    def _looked_up(self, commit: str) -> Position | None:
        if commit not in self._known:
            try:
                found = self.repository.distance(commit, self.commit)
            except GitOpsError:
                self._known[commit] = None
            else:
                self._known[commit] = Position(*found) if found else Position(reason=_CUT_OFF)
        return self._known[commit]
