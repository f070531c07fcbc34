"""Following lists: events, bookmarks, versions that are too old, servers that break off, refuse, or are in a hurry."""

from __future__ import annotations

import json
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from gitops_action.adapters import watching
from gitops_action.adapters.api_server import Access, HttpApiServer
from gitops_action.adapters.watching import Event, Happened, Watches
from gitops_action.cluster.kinds import ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KIND = ResourceType("example.com/v1", "Thing", "things", namespaced=True, verbs=frozenset({"list", "watch"}))
PATH = "/apis/example.com/v1/things"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr("gitops_action.adapters.api_server._FIRST_PAUSE", 0.01)


@pytest.fixture
def server(httpserver: HTTPServer) -> Iterator[HttpApiServer]:
    with HttpApiServer(Access(httpserver.url_for(""), ssl.create_default_context())) as made:
        yield made


class Scenario:
    """Answers lists and watches in turn, the last of each for ever, and remembers what was asked."""

    def __init__(self, httpserver: HTTPServer, lists: list[Response], watches: list[Callable[[], Response]]) -> None:
        self.asked: list[dict[str, str]] = []
        self._lists, self._watches = lists, watches
        httpserver.expect_request(PATH).respond_with_handler(self._answer)

    def _answer(self, request: Any) -> Response:
        query = dict(request.args)
        self.asked.append(query)
        if "watch" in query:
            return (self._watches.pop(0) if len(self._watches) > 1 else self._watches[0])()
        return self._lists.pop(0) if len(self._lists) > 1 else self._lists[0]


def thing(name: str, version: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "a", "resourceVersion": version}}


def listed(version: str, *names: str, more: str = "") -> Response:
    metadata = {"resourceVersion": version, **({"continue": more} if more else {})}
    return Response(json.dumps({"metadata": metadata, "items": [thing(name, "1") for name in names]}), 200)


def events(*found: tuple[str, dict[str, Any]], end: str = "") -> Callable[[], Response]:
    text = "".join(json.dumps({"type": what, "object": value}) + "\n" for what, value in found) + end
    return lambda: Response(text, 200)


def silence() -> Response:
    time.sleep(0.2)
    return Response("", 200)


def collected(watches: Watches, count: int) -> list[Event]:
    found = [watches.next(10) for _ in range(count)]
    assert None not in found
    return [one for one in found if one]


def names(event: Event) -> list[str]:
    return [one["metadata"]["name"] for one in event.objects]


def test_what_is_there_and_then_what_changes(httpserver: HTTPServer, server: HttpApiServer) -> None:
    scenario = Scenario(
        httpserver,
        [listed("5", "a", more="page2"), listed("6", "b")],
        [
            events(("MODIFIED", thing("a", "7")), ("BOOKMARK", thing("", "8")), ("DELETED", thing("b", "9"))),
            silence,
        ],
    )
    with Watches(server, [KIND]) as watches:
        found = collected(watches, 3)
        time.sleep(0.3)
    assert [(one.what, names(one)) for one in found] == [
        (Happened.LISTED, ["a", "b"]),
        (Happened.CHANGED, ["a"]),
        (Happened.DELETED, ["b"]),
    ]
    assert found[0].objects[0]["kind"] == "Thing"
    assert [one.get("continue") for one in scenario.asked[:2]] == [None, "page2"]
    versions = [one["resourceVersion"] for one in scenario.asked if "watch" in one]
    # It goes on where the last event or bookmark was.
    assert versions[:2] == ["6", "9"]
    assert scenario.asked[2]["allowWatchBookmarks"] == "true"


@pytest.mark.parametrize(
    "too_old",
    [
        lambda: Response(json.dumps({"kind": "Status", "code": 410, "message": "too old"}), 410),
        events(("ERROR", {"kind": "Status", "code": 410, "message": "too old resource version"})),
    ],
    ids=["refused", "as an event"],
)
def test_a_version_that_is_too_old_is_no_trouble(
    httpserver: HTTPServer, server: HttpApiServer, too_old: Callable[[], Response]
) -> None:
    Scenario(httpserver, [listed("5", "a"), listed("9", "b")], [too_old, silence])
    with Watches(server, [KIND]) as watches:
        found = collected(watches, 2)
    assert [(one.what, names(one)) for one in found] == [(Happened.LISTED, ["a"]), (Happened.LISTED, ["b"])]


def test_an_event_that_is_cut_off_counts_for_nothing(httpserver: HTTPServer, server: HttpApiServer) -> None:
    Scenario(
        httpserver,
        [listed("5", "a"), listed("9", "b")],
        [events(("MODIFIED", thing("a", "7")), end='{"type": "DELETED", "obj\n'), silence],
    )
    with Watches(server, [KIND]) as watches:
        found = collected(watches, 4)
    assert [one.what for one in found] == [Happened.LISTED, Happened.CHANGED, Happened.LOST, Happened.LISTED]
    assert found[2].problem


def test_a_server_that_is_out_of_order_is_asked_again(httpserver: HTTPServer, server: HttpApiServer) -> None:
    Scenario(httpserver, [Response("", 503)] * 5 + [listed("5", "a")], [silence])
    with Watches(server, [KIND]) as watches:
        found = collected(watches, 2)
    assert [one.what for one in found] == [Happened.LOST, Happened.LISTED]


def test_who_may_not_look_is_told_so_once(httpserver: HTTPServer, server: HttpApiServer) -> None:
    refusal = Response(json.dumps({"kind": "Status", "code": 403, "message": "things is forbidden"}), 403)
    scenario = Scenario(httpserver, [refusal], [silence])
    with Watches(server, [KIND]) as watches:
        (found,) = collected(watches, 1)
        assert watches.next(0.3) is None
    assert (found.what, found.problem) == (Happened.REFUSED, "things is forbidden")
    assert len(scenario.asked) == 1


def test_what_is_no_list_is_said(httpserver: HTTPServer, server: HttpApiServer) -> None:
    Scenario(httpserver, [Response("<html>", 200)], [silence])
    with Watches(server, [KIND]) as watches:
        (found,) = collected(watches, 1)
    assert (found.what, found.problem) == (Happened.LOST, "what the API server answers is no list")


def test_a_server_that_ends_each_watch_at_once_is_not_hammered(httpserver: HTTPServer, server: HttpApiServer) -> None:
    scenario = Scenario(httpserver, [listed("5")], [events()])
    with Watches(server, [KIND]):
        time.sleep(0.6)
    asked = len(scenario.asked)
    assert 2 < asked < 15
    time.sleep(0.2)
    assert len(scenario.asked) <= asked + 1, "it goes on after the end"
