"""An HTTP server that behaves as GitHub does, as far as we use it; `python -m tests.github.fake --help`.

Every request and every answer is held to GitHub's own descriptions of its API. What breaks them is answered with 500
and remembered in `violations`.
"""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.github import answers, graphql_api
from tests.github.routes import Answer, Asked, route

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.holding import Holding
    from tests.github.state import Fault, State, Token

_RATE_LIMITED = (403, 429)
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_GATEWAY = (502, 503, 504)


@dataclass(frozen=True, slots=True)
class Record:
    """One request as it came and what it was answered; status 0: the connection was closed without an answer."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    agent: str = ""
    violations: list[str] = field(default_factory=list)


class Fake:
    """A GitHub of one repository. Use as a context manager; `url` is what GITHUB_API_URL would be.

    `prefix` is "/api/v3" for a GitHub Enterprise Server. `log` gets one JSON line a request, `state_file` the state
    after each write, `violations_file` one line a violation.
    """

    def __init__(
        self,
        state: State,
        holding: Holding,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        prefix: str = "",
        state_file: Path | None = None,
        log: Path | None = None,
        violations_file: Path | None = None,
    ) -> None:
        self.state = state
        self.requests: list[Record] = []
        self.violations: list[str] = []
        self._holding = holding
        self._prefix = prefix
        self._files = (state_file, log, violations_file)
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._server = _Server((host, port), self)
        self.url = f"http://{host}:{self._server.server_address[1]}{prefix}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request, one at a time."""
        parts = urlsplit(target)
        query = parse_qsl(parts.query, keep_blank_values=True)
        with self._lock:
            answer, violations = self._answer(method, parts.path, query, headers, body)
            if violations:
                answer = Answer(500, answers.error("; ".join(violations), 500))
            self._remember(
                Record(
                    method,
                    parts.path,
                    dict(query),
                    _parsed(body),
                    answer.status,
                    headers.get("user-agent", ""),
                    violations,
                )
            )
        return answer

    def _answer(
        self, method: str, encoded: str, query: list[tuple[str, str]], headers: dict[str, str], body: bytes
    ) -> tuple[Answer, list[str]]:
        path, encoded = unquote(encoded), encoded.removeprefix(self._prefix)
        token = self._token(headers)
        fault = next((fault for fault in self.state.faults if fault.strikes(method, path)), None)
        if fault and not fault.acts:
            return _failure(fault), []
        graphql = "/api/graphql" if self._prefix else "/graphql"
        if path.startswith(f"{self._prefix}/stored/"):
            return self._stored(path, headers)
        if path == graphql and method == "POST":
            answer, violations = self._graphql(token, body)
        elif not path.startswith(self._prefix + "/"):
            return Answer(404, answers.error("Not Found", 404)), [f"{path} is outside of {self._prefix}"]
        else:
            answer, violations = self._rest(
                token, Asked(method, path.removeprefix(self._prefix), dict(query), body, encoded), query, headers
            )
        return (_failure(fault) if fault else answer), violations

    def _rest(
        self, token: Token | None, asked: Asked, query: list[tuple[str, str]], headers: dict[str, str]
    ) -> tuple[Answer, list[str]]:
        content_type = headers.get("content-type", "").partition(";")[0]
        violations = self._holding.request(asked.method, asked.encoded, query, asked.body, content_type)
        if "user-agent" not in headers:
            violations.append("no User-Agent, which GitHub refuses")
        if violations:
            return Answer(400, {}), violations
        answer = route(self.state, self.url, token, asked) if token else _unauthorized(headers)
        if token and token.scopes is not None:
            answer.headers["X-OAuth-Scopes"] = token.scopes
        return answer, self._holding.answer(asked.method, asked.encoded, answer.status, answer.all_headers, answer.data)

    def _stored(self, path: str, headers: dict[str, str]) -> tuple[Answer, list[str]]:
        """Answer as the store of artifacts does, which is not GitHub's API and must not get its token."""
        number = int(path.rpartition("/")[2])
        found = next(one for one in self.state.artifacts if one.id == number)
        told = ["the store of artifacts was given a token"] if "authorization" in headers else []
        return Answer(200, base64.b64decode(found.content)), told

    def _graphql(self, token: Token | None, body: bytes) -> tuple[Answer, list[str]]:
        parsed = _parsed(body)
        if not token:
            return _unauthorized({"authorization": "?"}), []
        if not isinstance(parsed, dict):
            return Answer(400, {}), ["graphql: the body is no JSON object"]
        answer, violations = graphql_api.run(self._holding, self.state, token, parsed)
        return Answer(200, answer), violations

    def _token(self, headers: dict[str, str]) -> Token | None:
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        return self.state.tokens.get(secret) if scheme.lower() in {"token", "bearer"} else None

    def _remember(self, record: Record) -> None:
        self.requests.append(record)
        self.violations += record.violations
        state_file, log, violations_file = self._files
        if state_file and record.method != "GET":
            self.state.save(state_file)
        if log:
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(record)) + "\n")
        if violations_file and record.violations:
            with violations_file.open("a", encoding="utf-8") as file:
                file.writelines(f"{violation}\n" for violation in record.violations)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def _unauthorized(headers: dict[str, str]) -> Answer:
    message = "Bad credentials" if "authorization" in headers else "Requires authentication"
    return Answer(401, answers.error(message, 401))


def _failure(fault: Fault) -> Answer:
    wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    headers = fault.headers | wait
    if fault.status in _GATEWAY:
        # These come from what stands before GitHub, and are no JSON.
        return Answer(fault.status, f"<html><h1>{fault.status}</h1></html>", headers, fault.delay)
    message = fault.message or (_SECONDARY if fault.status in _RATE_LIMITED else "Server Error")
    return Answer(fault.status, answers.error(message, fault.status), headers, fault.delay)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], fake: Fake) -> None:
        super().__init__(address, _Handler)
        self.fake = fake

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that gives up waiting is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer; else each waits for a delayed acknowledgement

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Stay silent; requests are recorded."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.fake.handle(self.command, self.path, headers, body)
        if answer.delay:
            self.server.fake.stopping.wait(answer.delay)
        if answer.status == 0:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.all_headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class's names


if __name__ == "__main__":
    from tests.github.serve import main

    main()
