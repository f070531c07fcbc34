"""Asks one registry over HTTP: who we are, when to ask again, and what its refusals mean; `registry` says what is asked.

Protocol: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md. Logging in, which it leaves open, is done as
https://distribution.github.io/distribution/spec/auth/token/ describes. Only what changes nothing is ever asked.
"""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlencode, urlsplit

from gitops_action.adapters import https
from gitops_action.errors import RegistryError
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from gitops_action.images.credentials import Login, Logins
    from gitops_action.images.references import Repository

ATTEMPTS: Final = 4
TOKEN_BYTES: Final = 1 << 20
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_UNAUTHORIZED: Final = 401
_LIMITED: Final = 429
# A scheme, or a parameter of the last one; a parameter's quotes are passed over as a whole.
_CHALLENGE: Final = regex(
    r'(?<![^\s,])(?P<scheme>bearer|basic)(?![^\s,])|(?P<key>[a-z_]+)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s,"]+))',
    re.IGNORECASE,
)
_TOKEN: Final = regex(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds: `timeout` for one request, `patience` for all waiting between them, `total` for all requests together.

    `page` is how many tags to ask for at once.
    """

    timeout: float = 30.0
    patience: float = 60.0
    total: float = 300.0
    page: int = 1_000


DEFAULT_LIMITS: Final = Limits()


@dataclass(slots=True)
class Session:
    """One registry, asked from several threads. `plain` has the hosts, with their ports, that are asked without encryption."""

    host: str
    logins: Logins
    plain: Container[str] = ()
    limits: Limits = DEFAULT_LIMITS
    sleep: Callable[[float], None] = time.sleep
    _authorizations: dict[str, str] = field(default_factory=dict, repr=False)
    _patience: float = 0.0
    _left: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._patience = self.limits.patience
        self._left = self.limits.total

    def ask(  # noqa: PLR0913 - these are what a question has
        self, repository: Repository, path: str, *, accept: str, max_bytes: int, what: str, method: str = "GET"
    ) -> https.Answer:
        """Return the answer to a question about a repository, `path` being below the registry's address.

        Raises RegistryError, which says what could not be had, for every answer that is not the thing itself.
        """
        url = f"{self._scheme(repository)}://{repository.api_host}{path}"
        headers = {"Accept": accept}
        known = self._authorizations.get(repository.path, "")
        answer = self._send(url, headers | ({"Authorization": known} if known else {}), max_bytes, method)
        if answer.status == _UNAUTHORIZED:
            authorization = self._authorize(repository, answer, what)
            self._authorizations[repository.path] = authorization
            answer = self._send(url, headers | {"Authorization": authorization}, max_bytes, method)
        if answer.problem or answer.status != 200:  # noqa: PLR2004 - OK
            self._refuse(answer, what)
        return answer

    def _scheme(self, repository: Repository) -> str:
        return "http" if repository.is_loopback or repository.api_host in self.plain else "https"

    def _send(self, url: str, headers: dict[str, str], max_bytes: int, method: str = "GET") -> https.Answer:
        """Ask until there is an answer that another attempt would not change."""
        how = https.Asking(headers=headers, method=method, plain=self.plain, inside=True)
        for attempt in range(ATTEMPTS):
            if self._left <= 0:
                return https.Answer(0, problem=f"its answers took more than {self.limits.total:g} s in all", final=True)
            begun = time.monotonic()
            answer = https.get(url, timeout=min(self.limits.timeout, self._left), max_bytes=max_bytes, how=how)
            with self._lock:
                self._left -= time.monotonic() - begun
            seconds = https.wait(answer, attempt, time.time())
            if seconds is None or attempt + 1 == ATTEMPTS:
                break
            with self._lock:
                if seconds > self._patience:
                    return https.Answer(answer.status, problem=_asks_to_wait(answer, seconds), final=True)
                self._patience -= seconds
            self.sleep(seconds)
        return answer

    def _authorize(self, repository: Repository, refused: https.Answer, what: str) -> str:
        """Return the header Authorization that a registry asks for. Raises RegistryError where there is none."""
        login = self.logins.find(repository.host)
        challenges = _challenges(refused.headers.get("www-authenticate", ""))
        if "bearer" in challenges:
            return self._token(repository, challenges["bearer"], login, what)
        if "basic" not in challenges or login is None:
            self._refuse(refused, what)
        return login.basic

    def _token(self, repository: Repository, challenge: dict[str, str], login: Login | None, what: str) -> str:
        realm = challenge.get("realm", "")
        trusted, problem = _judge_realm(realm, repository, self.plain)
        if problem:
            raise RegistryError("registry-unavailable", f"{self.host}: cannot {what}: {problem}")
        query = {"service": challenge.get("service", ""), "scope": f"repository:{repository.path}:pull"}
        if not challenge.get("scope", "").startswith("repository:"):
            query["scope"] = challenge.get("scope") or query["scope"]
        url = realm + ("&" if "?" in realm else "?") + urlencode({key: value for key, value in query.items() if value})
        headers = {"Authorization": login.basic} if login is not None and trusted else {}
        answer = self._send(url, headers, TOKEN_BYTES)
        if answer.status in {400, 401, 403, 404} and not answer.problem:
            why = _denied(login, answer)
            if login is not None and not trusted:
                why = f"its login is at {urlsplit(realm).hostname}, another domain, which is not given the credentials"
            raise RegistryError("registry-denied", f"{self.host}: cannot {what}: {why}")
        if answer.problem or answer.status != 200:  # noqa: PLR2004 - OK
            self._refuse(answer, f"{what}: its logins")
        token = parsed(answer)
        token = (token.get("token") or token.get("access_token")) if isinstance(token, dict) else None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            self._refuse(https.Answer(0, problem="the answer to the login has no token"), what)
        return f"Bearer {token}"

    def _refuse(self, answer: https.Answer, what: str) -> NoReturn:
        """Raise what an answer means that is not the thing itself."""
        if answer.problem:
            raise RegistryError("registry-unavailable", f"{self.host}: cannot {what}: {answer.problem}")
        code, said = "registry-unavailable", f"it answers {answer.status}"
        match answer.status:
            case 401 | 403:
                code, said = "registry-denied", _denied(self.logins.find(self.host), answer)
            case 404:
                code, said = "registry-missing", f"there is none ({_said(answer)})"
            case 429:
                said = f"it limits how often it may be asked (429): {_said(answer)}; log in, or ask less often"
            case status if status in https.AGAIN:
                said = f"it is out of order ({_said(answer)}), also after {ATTEMPTS} attempts"
            case _ if answer.status:
                said = f"it answers {_said(answer)}"
        raise RegistryError(code, f"{self.host}: cannot {what}: {said}")


def parsed(answer: https.Answer) -> Any:
    """Return an answer's JSON; None where it is none."""
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None


def kind(answer: https.Answer) -> str:
    """Return what sort of content an answer says it has, for messages."""
    return re.sub(r"[^\w./+-]", "", answer.headers.get("content-type", "").partition(";")[0])[:50] or "of no known type"


def _said(answer: https.Answer) -> str:
    """Return the status and what a registry adds to it, short and on one line; nothing where it answers with a page."""
    value = parsed(answer)
    errors = value.get("errors") if isinstance(value, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    more = first.get("message") or first.get("code") or (value.get("details") if isinstance(value, dict) else "")
    text = " ".join(str(more or "").split())[:150]
    return f"{answer.status} {text}".strip()


def _denied(login: Login | None, answer: https.Answer) -> str:
    if login is None:
        return (
            f"it wants to know who asks ({_said(answer)}), or there is no such image: give credentials for the registry"
        )
    return f"it does not let the given credentials ({_said(answer)}): check them, and that they may read this image"


def _asks_to_wait(answer: https.Answer, seconds: float) -> str:
    why = "it limits how often it may be asked" if answer.status == _LIMITED else "it is out of order"
    return f"{why} ({answer.status}), and asks to wait {seconds:.0f} s: run this again after that"


def _challenges(header: str) -> dict[str, dict[str, str]]:
    """Read WWW-Authenticate: the parameters of each scheme that we know, by its name in lower case."""
    found: dict[str, dict[str, str]] = {}
    parameters: dict[str, str] = {}
    for match in _CHALLENGE.finditer(header[:4096]):
        if match["scheme"]:
            parameters = found.setdefault(match["scheme"].lower(), {})
        else:
            parameters.setdefault(match["key"].lower(), match["quoted"] or match["bare"] or "")
    return found


def _judge_realm(realm: str, repository: Repository, plain: Container[str]) -> tuple[bool, str]:
    """Say whether the host that gives tokens may see the registry's credentials, or why it is not even asked.

    It may if it is the same host, or a neighbour of it (registry-1.docker.io and auth.docker.io).
    """
    try:
        split = urlsplit(realm)
        host = split.hostname or ""
    except ValueError:
        return False, "its login is at what is no address"
    local = host in _LOOPBACK
    allowed_plainly = split.scheme == "http" and ((local and repository.is_loopback) or split.netloc in plain)
    if not host or split.username or split.fragment or (split.scheme != "https" and not allowed_plainly):
        return False, "its login is at an address that is not https"
    registry = urlsplit(f"//{repository.api_host}").hostname or ""
    if local and not repository.is_loopback:
        return False, "its login is on this very machine, and the registry is not"
    if host == registry or local:
        return True, ""
    return _neighbours(host, registry), ""


def _neighbours(one: str, other: str) -> bool:
    """Whether two names belong to one domain: they end alike, in a name that is more than a top-level domain.

    Where registries sell names of three parts (`example.co.uk`), three have to agree.
    """
    ones, others = one.split("."), other.split(".")
    known = 3 if len(ones[-1]) == 2 and len(ones) > 2 and len(ones[-2]) <= 3 else 2  # noqa: PLR2004 - parts of names
    if re.fullmatch(r"[\d.]+|.*:.*", one):
        return False
    return len(ones) >= known and len(others) >= known and ones[-known:] == others[-known:]
