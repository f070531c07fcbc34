"""A Git server over HTTP, as GitHub has one: `git http-backend` behind a server that asks for a token."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

PROTECTED = """#!/bin/sh
while read old new ref; do
  case "$ref" in
    refs/heads/{pattern})
      echo "error: GH006: Protected branch update failed for $ref." >&2
      exit 1;;
  esac
done
"""


@dataclass
class Fault:
    """What goes wrong with the next requests whose path and query contain `path`: closed before (or, `acts`, after) it was done."""

    path: str
    acts: bool = False
    status: int = 0
    times: int = 1


@dataclass
class GitServer:
    """Serves the repositories below `root` as `/owner/name.git`; `tokens` says who may `write` and who may `read`."""

    root: Path
    tokens: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def protect(self, repository: Path, pattern: str) -> None:
        """Refuse pushes to branches of this name, as GitHub does."""
        hook = repository / "hooks/pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(PROTECTED.format(pattern=pattern), encoding="utf-8")
        hook.chmod(0o755)

    def access(self, header: str) -> str:
        """Return what the token in a header may do."""
        scheme, _, coded = header.partition(" ")
        secret = base64.b64decode(coded).decode().partition(":")[2] if scheme == "Basic" else ""
        return self.tokens.get(secret, "")

    def strike(self, target: str) -> Fault | None:
        """Return what is to go wrong with a request."""
        for fault in self.faults:
            if fault.path in target and fault.times:
                fault.times -= 1
                return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], home: GitServer) -> None:
        super().__init__(address, _Handler)
        self.home = home

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: connections that break are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Stay silent."""

    def _serve(self) -> None:
        home = self.server.home
        home.requests.append(f"{self.command} {self.path}")
        body = self._body()
        access = home.access(self.headers.get("Authorization", ""))
        writes = "git-receive-pack" in self.path
        if not access or (writes and access != "write"):
            self.send_response(403 if access else 401)
            self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
            self.wfile.write(b"Write access to repository not granted." if access else b"Who are you?")
            return
        fault = home.strike(self.path)
        if fault and fault.status:
            self.send_error(fault.status)
            return
        if fault and not fault.acts:
            return
        answer = self._backend(body)
        if not fault:
            self.wfile.write(answer)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _backend(self, body: bytes) -> bytes:
        parts = urlsplit(self.path)
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.home.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "octo",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "3",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
            "GIT_CONFIG_KEY_2": "uploadpack.allowAnySHA1InWant",
            "GIT_CONFIG_VALUE_2": "true",
        }
        done = subprocess.run(
            ["git", "http-backend"],  # noqa: S607 - the machine's Git
            input=body, capture_output=True, check=False, env=environment,
        )  # fmt: skip
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        status = b"200 OK"
        lines = []
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"status:"):
                status = line.partition(b":")[2].strip()
            else:
                lines.append(line)
        return b"HTTP/1.0 " + status + b"\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + content

    do_GET = do_POST = _serve  # noqa: N815 - the base class's names
