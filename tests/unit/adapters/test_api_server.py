"""The client of API servers against one that misbehaves: what is tried again, what is not, and what is said."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from gitops_action.adapters.api_server import Access, HttpApiServer
from gitops_action.adapters.certificates import server_certificate
from gitops_action.cluster.answers import Request
from gitops_action.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASK = Request("GET", "/thing")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the pauses instead of making them."""
    made: list[float] = []
    monkeypatch.setattr("gitops_action.adapters.api_server.time.sleep", made.append)
    return made


@pytest.fixture
def server(httpserver: HTTPServer) -> Iterator[HttpApiServer]:
    with HttpApiServer(Access(httpserver.url_for(""), ssl.create_default_context(), lambda: "Bearer t")) as made:
        yield made


def answers(httpserver: HTTPServer, *responses: Response) -> list[Any]:
    """Answer each request with the next response, the last one for ever; return the requests seen."""
    seen: list[Any] = []
    waiting = list(responses)

    def answer(request: Any) -> Response:
        seen.append(request)
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    httpserver.expect_request("/thing").respond_with_handler(answer)
    return seen


def status(code: int, message: str = "no", **headers: str) -> Response:
    return Response(json.dumps({"kind": "Status", "message": message}), code, headers=headers)


GOOD = Response('{"kind": "Thing"}', 200)


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(httpserver: HTTPServer, server: HttpApiServer, code: int) -> None:
    seen = answers(httpserver, status(code), status(code), GOOD)
    answer = server.send(ASK)
    assert (answer.ok, answer.body, len(seen)) == (True, {"kind": "Thing"}, 3)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 413, 415, 422, 500])
def test_an_answer_is_an_answer(httpserver: HTTPServer, server: HttpApiServer, pauses: list[float], code: int) -> None:
    seen = answers(httpserver, status(code, "that is wrong"), GOOD)
    answer = server.send(ASK)
    assert (answer.status, answer.message, len(seen), pauses) == (code, "that is wrong", 1, [])


def test_it_waits_as_long_as_it_is_asked_to(httpserver: HTTPServer, server: HttpApiServer, pauses: list[float]) -> None:
    answers(httpserver, status(429, **{"Retry-After": "7"}), status(429, **{"Retry-After": "9999"}), GOOD)
    assert server.send(ASK).ok
    assert pauses == [7.0, 30.0]


def test_a_storm_of_refusals_ends(httpserver: HTTPServer, server: HttpApiServer, pauses: list[float]) -> None:
    seen = answers(httpserver, status(429, "too many requests"))
    answer = server.send(ASK)
    assert (answer.status, answer.is_answer, answer.message) == (429, False, "too many requests")
    assert len(seen) == len(pauses) + 1 == 5


def test_nothing_is_waited_for_beyond_the_deadline(httpserver: HTTPServer, pauses: list[float]) -> None:
    seen = answers(httpserver, status(503, "later", **{"Retry-After": "20"}))
    access = Access(httpserver.url_for(""), ssl.create_default_context())
    with HttpApiServer(access, deadline=time.monotonic() + 10) as server:
        assert server.send(ASK).message == "later"
    with HttpApiServer(access, deadline=time.monotonic() - 1) as server:
        answer = server.send(ASK)
    assert (len(seen), pauses) == (1, [])
    assert (answer.status, answer.message) == (0, "not reached before the time for the whole job was over")


def test_what_the_server_warns_of(httpserver: HTTPServer, server: HttpApiServer) -> None:
    response = Response("{}", 200)
    response.headers.add("Warning", '299 - "it is \\"deprecated\\""')
    response.headers.add("Warning", '299 - "unknown", 299 - "second"')
    answers(httpserver, response)
    assert list(server.send(ASK).warnings) == ['it is "deprecated"', "unknown", "second"]


def test_answers_that_are_no_json(httpserver: HTTPServer, server: HttpApiServer) -> None:
    answers(httpserver, Response("<html>a proxy</html>", 404))
    answer = server.send(ASK)
    assert (answer.ok, answer.message, answer.causes) == (False, "<html>a proxy</html>", ())


@pytest.mark.parametrize("body", [{"a": object()}, {"a": {1, 2}}])
def test_what_is_no_json_is_not_sent(httpserver: HTTPServer, server: HttpApiServer, body: Any) -> None:
    seen = answers(httpserver, GOOD)
    answer = server.send(Request("POST", "/thing", body=body))
    assert (answer.ok, answer.is_answer, seen) == (False, False, [])
    assert "cannot be written as JSON" in answer.message


def test_redirects_are_not_followed(httpserver: HTTPServer, server: HttpApiServer) -> None:
    """They would take the token elsewhere."""
    answers(httpserver, Response("", 302, headers={"Location": "/elsewhere"}))
    assert server.send(ASK).status == 302
    assert [path for path, _ in ((request.path, 0) for request, _ in httpserver.log)] == ["/thing"]


def test_what_is_sent(httpserver: HTTPServer, server: HttpApiServer) -> None:
    seen = answers(httpserver, GOOD)
    server.send(Request("POST", "/thing", {"dryRun": "All", "fieldManager": "a b"}, {"a": "ä"}))
    (request,) = seen
    assert (dict(request.args), request.get_json()) == ({"dryRun": "All", "fieldManager": "a b"}, {"a": "ä"})
    assert request.headers["Authorization"] == "Bearer t"
    assert request.headers["User-Agent"].startswith("gitops-action/")


def test_answers_come_in_order(httpserver: HTTPServer, server: HttpApiServer) -> None:
    httpserver.expect_request("/number").respond_with_handler(lambda request: Response(request.args["n"], 200))
    asked = [Request("GET", "/number", {"n": str(number)}) for number in range(50)]
    assert [answer.body for answer in server.send_all(asked)] == list(range(50))


def test_nobody_there(pauses: list[float]) -> None:
    with HttpApiServer(Access("https://127.0.0.1:1", ssl.create_default_context())) as server:
        answer = server.send(ASK)
    assert (answer.status, len(pauses)) == (0, 4)
    assert "the API server cannot be reached: Connection refused" in answer.message


def test_a_server_that_nobody_vouches_for(tmp_path: Path) -> None:
    certificate = server_certificate("127.0.0.1")
    pem = tmp_path / "server.pem"
    pem.write_text(certificate.certificate + certificate.key, encoding="utf-8")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    with HTTPServer("127.0.0.1", 0, ssl_context=tls) as running:
        running.expect_request("/thing").respond_with_json({})
        known = ssl.create_default_context(cadata=certificate.authority)
        with HttpApiServer(Access(running.url_for(""), known)) as server:
            assert server.send(ASK).ok
        with (
            HttpApiServer(Access(running.url_for(""), ssl.create_default_context())) as server,
            pytest.raises(
                ClusterError,
                match=r"its certificate, signed by CN=[^ ]+ is not trusted: .*give the authority that signed it",
            ),
        ):
            server.send(ASK)


@pytest.mark.parametrize(
    ("code", "said"),
    [(401, r"does not know who asks \(401\)"), (403, "the account may not ask: no"), (500, "what it serves: no")],
)
def test_a_server_that_cannot_be_asked_what_it_serves(
    httpserver: HTTPServer, server: HttpApiServer, code: int, said: str
) -> None:
    httpserver.expect_request("/api").respond_with_response(status(code))
    httpserver.expect_request("/apis").respond_with_response(status(code))
    with pytest.raises(ClusterError, match=said):
        _ = server.kinds


def test_what_is_served_is_asked_for_once(httpserver: HTTPServer, server: HttpApiServer) -> None:
    resource = {"resource": "things", "responseKind": {"kind": "Thing"}, "scope": "Namespaced", "verbs": ["get"]}
    groups = [
        {"metadata": {"name": "a.b"}, "versions": [{"version": "v1", "resources": [resource]}]},
        {"metadata": {"name": "down.example"}, "versions": [{"version": "v1", "freshness": "Stale"}]},
    ]
    httpserver.expect_request("/api").respond_with_json({"items": []})
    httpserver.expect_request("/apis").respond_with_json({"items": groups})
    found = server.kinds.find("a.b/v1", "Thing")
    assert found is not None
    assert found.path("x y", "n/m") == "/apis/a.b/v1/namespaces/x%20y/things/n%2Fm"
    assert server.kinds.stale == {"down.example/v1"}
    assert len(httpserver.log) == 2


def test_tokens_are_in_no_text() -> None:
    access = Access("https://a", ssl.create_default_context(), lambda: "Bearer geheim")
    assert "geheim" not in repr(access)


def test_three_thousand_kinds(httpserver: HTTPServer, server: HttpApiServer) -> None:
    groups = [
        {
            "metadata": {"name": f"g{number}.example.com"},
            "versions": [
                {
                    "version": "v1",
                    "resources": [
                        {
                            "resource": "things",
                            "responseKind": {"group": f"g{number}.example.com", "version": "v1", "kind": "Thing"},
                            "scope": "Cluster",
                            "verbs": ["get", "list", "patch", "create"],
                            "subresources": [{"subresource": "status", "verbs": ["get", "patch"]}],
                        }
                    ],
                }
            ],
        }
        for number in range(3000)
    ]
    httpserver.expect_request("/api").respond_with_json({"items": []})
    httpserver.expect_request("/apis").respond_with_json({"items": groups})
    for number in (0, 1500, 2999):
        assert server.kinds.find(f"g{number}.example.com/v1", "Thing") is not None
    assert len(httpserver.log) == 2


def test_a_server_that_ends_while_the_connection_is_made_is_not_reached(pauses: list[float]) -> None:
    # That is no matter of trust: nothing was shown that could be trusted or not.
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    listening.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        address = f"https://127.0.0.1:{listening.getsockname()[1]}"
        with HttpApiServer(Access(address, ssl.create_default_context())) as server:
            answer = server.send(ASK)
    assert answer.status == 0
    assert "cannot be reached" in answer.message
    assert pauses
