"""Asks one host for one document, within limits, and follows it only where it may lead."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from gitops_action import __version__
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

_REDIRECTIONS: Final = 5
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""With these a host says that the same request may succeed later."""
_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; names of headers are in lower case.

    `status` is 0 where there is none. `problem` says why the content is not to be had, and with `final` that asking again
    would end alike.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    problem: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask. `headers` go to the host that is asked and to no other; `method` is GET or HEAD.

    `plain` are the hosts, with their ports, that may be asked without encryption. With `inside`, a host of a private network
    may lead to another of a private network, as a registry does that has its own storage there.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "GET"
    plain: Container[str] = ()
    inside: bool = False


USUAL: Final = Asking()
"""How a public host is asked for something public."""


def get(url: str, *, timeout: float, max_bytes: int, how: Asking = USUAL) -> Answer:
    """Ask once, and wherever redirections lead to. Each request takes at most `timeout` seconds as a whole."""
    current = url
    for _ in range(_REDIRECTIONS):
        # Storage that a host leads to has addresses that are signed, and refuses who shows a second authorization.
        headers = how.headers if _origin(current) == _origin(url) else {}
        answer = _request(current, timeout, max_bytes, headers, how.method)
        target = answer.headers.get("location")
        if answer.status not in _MOVED or not target:
            return answer
        try:
            current = urljoin(current, target)
            problem = _forbidden(url, current, how)
        except ValueError:
            problem = "the host redirects to what is no address"
        if problem:
            return Answer(answer.status, problem=problem, final=True)
    return Answer(answer.status, problem="too many redirections", final=True)


def wait(answer: Answer, attempt: int, now: float) -> float | None:
    """Seconds until another attempt (this one is counted from 0), None where it would end alike."""
    if answer.final or (answer.status and answer.status not in AGAIN):
        return None
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return float(asked)
    if asked:
        with suppress(ValueError, TypeError, OverflowError):
            return max(parsedate_to_datetime(asked).timestamp() - now, 0.0)
    return float(2**attempt)


def _origin(url: str) -> tuple[str, str]:
    split = urlsplit(url)
    return split.scheme, split.netloc.lower()


def _forbidden(configured: str, url: str, how: Asking = USUAL) -> str:
    """Say why a redirection is not followed; "" if it is. Raises ValueError for what is no address."""
    old, new = urlsplit(configured), urlsplit(url)
    host = new.hostname or ""
    among_us = old.hostname in _LOOPBACK and host in _LOOPBACK
    if new.scheme != "https" and not (new.scheme == "http" and (among_us or new.netloc in how.plain)):
        return "the host redirects to an address that is not https"
    if new.username or new.password:
        return "the host redirects to an address with credentials"
    is_known = host == old.hostname or among_us or (how.inside and _is_private(old.hostname or ""))
    if not is_known and not is_public(host):
        return "the host redirects to an address that is not public"
    return ""


def is_public(host: str) -> bool:
    """Whether all addresses of a host are public ones."""
    found = _addresses(host)
    return bool(found) and all(found)


def _is_private(host: str) -> bool:
    """Whether a host is known to be in a private network, not on this very machine."""
    found = _addresses(host)
    return bool(found) and not any(found) and host not in _LOOPBACK


def _addresses(host: str) -> list[bool]:
    """Return for each address of a host whether it is public; nothing where the name is not known."""
    import ipaddress  # noqa: PLC0415 - few redirections lead to another host
    import socket  # noqa: PLC0415

    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, proto=socket.IPPROTO_TCP)}
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(address.partition("%")[0]).is_global for address in found]


def _request(url: str, timeout: float, max_bytes: int, headers: Mapping[str, str], method: str) -> Answer:
    """Send one request. It ends in time whatever the host does: a thread that still waits for it is left behind."""
    answers: list[Answer] = []
    asked = {"User-Agent": f"gitops-action/{__version__}", "Accept": "application/json, */*;q=0.1", **headers}
    thread = threading.Thread(target=lambda: answers.append(_send(url, timeout, max_bytes, asked, method)), daemon=True)
    thread.start()
    thread.join(timeout)
    return answers[0] if answers else Answer(0, problem=f"no answer within {timeout:g} s")


def _send(url: str, timeout: float, max_bytes: int, headers: Mapping[str, str], method: str) -> Answer:
    import http.client  # noqa: PLC0415 - most runs fetch nothing
    import socket  # noqa: PLC0415
    from urllib import request  # noqa: PLC0415

    # Put together by hand, so that errors and redirections are not handled for us, nothing but HTTP is spoken, and no
    # credentials of the user's are sent.
    opener = request.OpenerDirector()
    proxies = {scheme: proxy for scheme, proxy in request.getproxies().items() if scheme == "https"}
    for handler in (request.ProxyHandler(proxies), request.HTTPHandler(), request.HTTPSHandler()):
        opener.add_handler(handler)
    try:
        asked = request.Request(url, headers=dict(headers), method=method)  # noqa: S310 - schemes are checked where addresses come from
        with opener.open(asked, timeout=timeout) as response:
            return _read(response, max_bytes, has_body=method != "HEAD")
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            # Which of the two watches ran out first is chance.
            return Answer(0, problem=f"no answer within {timeout:g} s")
        if isinstance(reason, socket.gaierror) and reason.errno == socket.EAI_NONAME:
            # The resolver has asked and knows: who is offline shall not wait for more attempts.
            return Answer(0, problem="it cannot be reached: there is no host of that name, or no network", final=True)
        said = " ".join(str(reason).split())[:200] or type(error).__name__
        # That there is no such name does not change while one waits.
        nameless = isinstance(reason, socket.gaierror) and reason.errno == socket.EAI_NONAME
        return Answer(0, problem=f"it cannot be reached: {said}", final=nameless)


def _read(response: Any, max_bytes: int, *, has_body: bool) -> Answer:
    headers = {name.lower(): str(value) for name, value in response.headers.items()}
    content = bytearray()
    while block := response.read(_BLOCK):
        content += block
        if len(content) > max_bytes:
            return Answer(response.status, problem=f"it has more than {max_bytes / 2**20:g} MiB", final=True)
    announced = headers.get("content-length", "")
    if has_body and announced.isdecimal() and int(announced) != len(content):
        return Answer(0, problem=f"it broke off after {len(content)} of {announced} bytes")
    return Answer(response.status, headers, bytes(content))
