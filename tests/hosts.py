"""A server on loopback that fails in all the ways that hosts do, and a clock that does not make tests wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SCHEMA = b'{"type": "object"}'
Reply = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int = 200, content: bytes = SCHEMA, **headers: str) -> Reply:
    def reply(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(content)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)

    return reply


@dataclass
class Host:
    """Answers each path with the replies that are waiting for it, the last one again and again."""

    url: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def says(self, *replies: Reply, path: str = "/x.json") -> str:
        self.replies[path] = list(replies)
        return self.url + path


@contextmanager
def running() -> Iterator[Host]:
    """Run a server on loopback that answers as it is told."""
    known = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append(self.path)
            known.headers.append({name.lower(): value for name, value in self.headers.items()})
            waiting = known.replies[self.path]
            (waiting.pop(0) if len(waiting) > 1 else waiting[0])(self)

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Clock:
    """A time that passes only while somebody sleeps."""

    time: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
