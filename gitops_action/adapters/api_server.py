"""Talks to one API server: a few connections at once, patient with a server that is busy, and never beyond a deadline."""

from __future__ import annotations

import json
import random
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.util import Timeout

from gitops_action import __version__
from gitops_action.cluster.answers import Answer, Request
from gitops_action.cluster.kinds import ACCEPT, PATHS, Kinds
from gitops_action.errors import ClusterError
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

_THREADS: Final = 8
_TRIES: Final = 5
_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 30.0
# A server says something each minute to whoever watches, if only that nothing has happened.
_SILENCE_SECONDS: Final = 150.0
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 30.0
# Nobody answers (0), or the server is busy, or what stands before it is: the same request may succeed. A 500 is an author's
# error as often.
_AGAIN: Final = frozenset({0, 429, 502, 503, 504})
_WARNING: Final = regex(r'299 \S+ "((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = regex(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a server: its address, what its certificate is judged by, and the Authorization of each request.

    `authorization` is asked anew for each request, as tokens run out; it may return "". `server_name` is what the
    certificate is for, if not the address; `proxy` an address to go through.
    """

    url: str
    tls: ssl.SSLContext = field(repr=False)
    authorization: Callable[[], str] = field(repr=False, default=lambda: "")
    server_name: str = ""
    proxy: str = field(repr=False, default="")


class HttpApiServer:
    """An API server over HTTPS. Safe to use from several threads."""

    def __init__(self, access: Access, *, threads: int = _THREADS, deadline: float | None = None) -> None:
        """Take how to reach it, how many requests may be under way at once, and when to give up (`time.monotonic`)."""
        self._access = access
        self._deadline = deadline
        url = urllib3.util.parse_url(access.url)
        self._prefix = (url.path or "").rstrip("/")
        settings: dict[str, Any] = {"maxsize": threads, "block": True}
        if url.scheme == "https":
            settings["ssl_context"] = access.tls
        if access.server_name:
            settings["server_hostname"] = access.server_name
        manager = urllib3.ProxyManager(access.proxy, **settings) if access.proxy else urllib3.PoolManager(**settings)
        self._pool = manager.connection_from_url(access.url)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="api-server")
        self._kinds: Kinds | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._pool.close()

    @property
    def kinds(self) -> Kinds:
        """What the server serves; asked for once. Raises ClusterError if it cannot be asked."""
        with self._lock:
            if self._kinds is None:
                self._kinds = self._discover()
            return self._kinds

    def discover(self) -> Kinds:
        """Ask again what the server serves. Raises ClusterError if it cannot be asked."""
        with self._lock:
            self._kinds = self._discover()
            return self._kinds

    def _discover(self) -> Kinds:
        answers = [self.send(Request("GET", path, accept=ACCEPT)) for path in PATHS]
        for answer in answers:
            if not answer.ok:
                raise ClusterError(f"{self._access.url}: cannot be asked what it serves: {_advised(answer)}")
        return Kinds.parse(answer.body for answer in answers)

    def send_all(self, requests: Iterable[Request]) -> list[Answer]:
        """Return the answers in order; several requests are under way at once."""
        return list(self._threads.map(self.send, requests))

    def send(self, request: Request) -> Answer:
        """Return the answer, after trying again where that may help.

        Every request is a question, a dry run, or one that does the same when it is sent twice.
        """
        try:
            body = None if request.body is None else json.dumps(request.body).encode()
        except (TypeError, ValueError, RecursionError) as error:
            return Answer(0, problem=f"the object cannot be written as JSON: {error}")
        pause = _FIRST_PAUSE
        for attempt in range(1, _TRIES + 1):
            answer, wanted = self._once(request, body)
            if answer.status not in _AGAIN or attempt == _TRIES:
                return answer
            wait = min(wanted or pause * random.uniform(0.8, 1.2), _LONGEST_PAUSE)  # noqa: S311 - no secret
            if wait >= self._left():
                return answer
            time.sleep(wait)
            pause *= 2
        raise AssertionError

    def _left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _once(self, request: Request, body: bytes | None) -> tuple[Answer, float]:
        """Send once; return the answer and for how many seconds the server wants to be left alone."""
        left = self._left()
        if left <= 0:
            return Answer(0, problem="not reached before the time for the whole job was over"), 0
        response = self._open(
            request, body, Timeout(connect=min(_CONNECT_SECONDS, left), read=min(_READ_SECONDS, left))
        )
        if isinstance(response, Answer):
            return response, 0
        warnings = [
            _ESCAPED.sub(r"\1", match[1])
            for header in response.headers.getlist("Warning")
            for match in _WARNING.finditer(header)
        ]
        return Answer(response.status, _parsed(response.data), warnings), _seconds(response.headers.get("Retry-After"))

    def watch(self, path: str, query: Mapping[str, str]) -> Iterator[Answer]:
        """Yield what happens to the objects of a list, an answer for each event, until the server ends it.

        An answer that is not good is the last: the server refuses, or does not answer any more. Nothing is tried again.
        """
        silence = Timeout(connect=_CONNECT_SECONDS, read=_SILENCE_SECONDS)
        response = self._open(Request("GET", path, {**query, "watch": "true"}), None, silence, stream=True)
        if isinstance(response, Answer):
            yield response
            return
        try:
            if not Answer(response.status).ok:
                yield Answer(response.status, _parsed(response.read()))
                return
            rest = b""
            for part in response.stream(decode_content=True):
                *lines, rest = (rest + part).split(b"\n")
                for line in filter(None, lines):
                    yield Answer(response.status, _parsed(line))
        except (HTTPError, OSError) as error:
            yield Answer(0, problem=f"the API server does not answer any more: {_plainly(error)}")
        finally:
            # Half of an answer may still be on its way: nobody else can use this connection.
            response.close()

    def _open(
        self, request: Request, body: bytes | None, timeout: Timeout, *, stream: bool = False
    ) -> urllib3.BaseHTTPResponse | Answer:
        """Send once, and return the answer as the library has it; ours where there is none."""
        headers = {"Accept": request.accept, "User-Agent": f"gitops-action/{__version__}"}
        if body is not None:
            headers["Content-Type"] = request.content_type
        authorization = self._access.authorization()
        if authorization:
            headers["Authorization"] = authorization
        try:
            return self._pool.request(
                request.method,
                self._prefix + request.path + (f"?{urlencode(request.query)}" if request.query else ""),
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                timeout=timeout,
                preload_content=not stream,
            )
        except SSLError as error:
            if not isinstance(_cause(error), ssl.SSLCertVerificationError):
                # Such as a server that ends while the connection is made.
                return Answer(0, problem=f"the API server cannot be reached: {_plainly(error)}")
            raise ClusterError(f"{self._access.url}: {_distrust(error, self._access.url)}") from error
        except (HTTPError, OSError) as error:
            # A refused connection is a timeout to the library.
            if isinstance(error, HTTPTimeoutError) and not isinstance(error, NewConnectionError):
                return Answer(0, problem="the API server did not answer in time")
            return Answer(0, problem=f"the API server cannot be reached: {_plainly(error)}")


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else 0.0


def _plainly(error: BaseException) -> str:
    """Return the innermost reason, without the addresses of objects that the library's own texts have."""
    while error.__cause__ is not None:
        error = error.__cause__
    return getattr(error, "strerror", None) or str(error).rpartition(": ")[2] or type(error).__name__


def _cause(error: BaseException) -> BaseException | None:
    """Return what Python's own TLS says below the library's error."""
    below: BaseException | None = error
    while below is not None and not isinstance(below, ssl.SSLError):
        inner = next((one for one in below.args if isinstance(one, BaseException)), None)
        below = below.__cause__ or inner
    return below


def _distrust(error: SSLError, address: str) -> str:
    """Say why the connection is not trusted, and who would have to be."""
    issuer = _issuer(address)
    signed = f", signed by {issuer}" if issuer else ""
    return f"its certificate{signed} is not trusted: {_plainly(error)}; give the authority that signed it"


def _issuer(address: str) -> str:
    """Return who signed the certificate that a server shows; "" if that cannot be found out. Nothing is sent to it."""
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - dear to import, and seldom needed

    url = urllib3.util.parse_url(address)
    try:
        pem = ssl.get_server_certificate((url.host or "", url.port or 443), timeout=_CONNECT_SECONDS)
        return load_pem_x509_certificate(pem.encode()).issuer.rfc4514_string()[:200]
    except (OSError, ValueError):
        return ""


def _advised(answer: Answer) -> str:
    if answer.status == 401:  # noqa: PLR2004 - HTTP's own number
        return "it does not know who asks (401): the token or certificate is wrong or has expired"
    if answer.status == 403:  # noqa: PLR2004 - HTTP's own number
        return f"the account may not ask: {answer.message}"
    return answer.message
