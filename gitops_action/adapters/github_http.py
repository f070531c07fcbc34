"""Asks GitHub over HTTP, through PyGithub, and decides when to ask again; what is asked say those of `github_repository`.

Reads are tried again when GitHub is out of order. A write is sent once a call: whether to send it again is for its
caller to find out. All waiting together ends after `patience` seconds.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from gitops_action import __version__
from gitops_action.errors import (
    CommentTooLongError,
    GitHubError,
    GitHubPermissionError,
    GitHubUnavailableError,
    UsageError,
)
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_API: Final = "https://api.github.com"
ATTEMPTS: Final = 4
# What GitHub asks of clients that it limits without saying for how long.
_SECONDARY_WAIT: Final = 60.0
_NO_ANSWER: Final = 0
_BROKEN: Final = 500
_OK: Final = 200
_FOUND: Final = 302
_DOWNLOAD_SECONDS: Final = 120.0
_LIMITED: Final = regex(r"rate limit exceeded|secondary rate limit|abuse detection", re.IGNORECASE)
_TOO_LONG: Final = regex(r"too (long|large)", re.IGNORECASE)
# Refused for what the conversation or the repository is, not for what the token lacks.
_CLOSED: Final = regex(r"\b(locked|archived|read-only|blocked)\b", re.IGNORECASE)
_NEEDS: Final = "give the job `permissions: pull-requests: write`"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; status 0 is none at all, and `value` then the reason. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    value: Any = None

    @property
    def lost(self) -> bool:
        """Whether GitHub may have done what was asked without our knowing."""
        return self.status == _NO_ANSWER or self.status >= _BROKEN

    @property
    def message(self) -> str:
        """What GitHub said, short and on one line."""
        said = self.value.get("message", "") if isinstance(self.value, dict) else self.value
        errors = self.value.get("errors") if isinstance(self.value, dict) else None
        # What is wrong with a request that is refused as invalid stands there, or nowhere.
        more = [one.get("message") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
        text = " ".join(f"{said or ''} {' '.join(map(str, filter(None, more)))}".split())[:200]
        return f"{self.status} {text}".strip() if self.status else text

    def wait(self, attempt: int, now: float) -> float | None:
        """Seconds to wait before the next attempt (counted from 0); None where another would end alike.

        Follows GitHub's "Best practices for using the REST API": Retry-After, else the reset of the primary limit, else
        a minute.
        """
        limited = self.status == 429 or (  # noqa: PLR2004 - Too Many Requests
            self.status == 403 and ("retry-after" in self.headers or _LIMITED.search(self.message))  # noqa: PLR2004 - Forbidden
        )
        if not limited and not self.lost:
            return None
        asked = self.headers.get("retry-after", "")
        if asked.isdecimal():
            return float(asked)
        if not limited:
            return float(2**attempt)
        reset = self.headers.get("x-ratelimit-reset", "")
        if self.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
            return max(float(reset) - now, 0.0) + 1.0
        return _SECONDARY_WAIT


class Client:
    """One token's way to one GitHub. `timeout` is for one request, `patience` for all waiting together, in seconds."""

    def __init__(
        self, token: str, api_url: str, *, timeout: int, patience: float, sleep: Callable[[float], None]
    ) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise UsageError("no usable GitHub token: pass one as `github-token`")
        if urlsplit(api_url).scheme not in {"http", "https"} or not urlsplit(api_url).hostname:
            raise UsageError(f"not the address of a GitHub API: {api_url!r}")
        # Half a second to import, and most commands never ask GitHub.
        import github  # noqa: PLC0415

        self._api_url = api_url
        self._patience = patience
        self._sleep = sleep
        self._github = github.Github(
            auth=github.Auth.Token(token),
            base_url=api_url.rstrip("/"),
            timeout=timeout,
            user_agent=f"gitops-action/{__version__}",
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            api_version="2022-11-28",
        )

    def close(self) -> None:
        """Close the connections."""
        self._github.close()

    def ask(self, document: str, what: str, **variables: str) -> dict[str, Any]:
        """Return GraphQL's answer to a document that may be sent twice; empty where it is none."""
        body = {"query": document, "variables": variables}
        answer = self.read("POST", self._github.requester.graphql_url, what, body=body)
        return answer.value if isinstance(answer.value, dict) else {}

    def download(self, path: str, what: str, *, max_bytes: int) -> bytes:
        """Return what GitHub stores elsewhere and redirects to; that address gets no token.

        Raises GitHubError where it cannot be had or has more than `max_bytes`.
        """
        from gitops_action.adapters import https  # noqa: PLC0415 - few runs download anything

        answer = self.read("GET", path, what)
        target = answer.headers.get("location", "")
        if answer.status != _FOUND or not target:
            _refuse(answer, what)
        if urlsplit(target).scheme != "https" and urlsplit(self._api_url).scheme == "https":
            raise GitHubError(f"cannot {what}: GitHub leads to an address that is not https")
        stored = https.get(target, timeout=_DOWNLOAD_SECONDS, max_bytes=max_bytes)
        if stored.problem or stored.status != _OK:
            raise GitHubUnavailableError(f"cannot {what}: {stored.problem or f'its store answers {stored.status}'}")
        return stored.content

    def read(self, method: str, path: str, what: str, body: Any = None, **query: int | str) -> Answer:
        """Ask something that changes nothing, as often as it takes."""
        attempt = 0
        while True:
            answer = self.send(method, path, body, query)
            wait = answer.wait(attempt, time.time())
            if wait is None:
                return answer
            self.rest(wait, attempt, answer, what)
            attempt += 1

    def rest(self, wait: float, attempt: int, answer: Answer, what: str) -> None:
        """Wait before another attempt (this one is counted from 0), or raise where none is worth it."""
        if attempt + 1 >= ATTEMPTS:
            raise GitHubUnavailableError(f"cannot {what}: GitHub is out of order ({answer.message}); run the job again")
        if wait > self._patience:
            raise GitHubUnavailableError(
                f"cannot {what}: GitHub asks to wait {wait:.0f} s ({answer.message}); run the job again after that"
            )
        self._patience -= wait
        self._sleep(wait)

    def send(self, method: str, path: str, body: Any = None, query: Mapping[str, int | str] | None = None) -> Answer:
        """Send one request, once; no answer is an answer too (`Answer.lost`)."""
        from requests import RequestException  # noqa: PLC0415 - comes with PyGithub

        headers = {"Accept": "application/vnd.github+json"}
        try:
            status, answered, text = self._github.requester.requestJson(method, path, dict(query or {}), headers, body)
        except RequestException as error:
            return Answer(_NO_ANSWER, {}, f"no answer: {type(error).__name__}")
        except RuntimeError as error:
            raise GitHubError(str(error)) from error  # PyGithub's word for a redirection to elsewhere
        try:
            return Answer(status, answered, json.loads(text) if text else None)
        except ValueError:
            return Answer(status, answered, "an answer that is no JSON")


def require(answer: Answer, kind: type | tuple[type, ...], what: str, needs: str = "") -> None:
    """Raise unless the answer is a success of the kind that the documentation promises.

    `needs` is the permission that a token without access lacks, where it is known beforehand.
    """
    if answer.status not in {200, 201} or not isinstance(answer.value, kind):
        _refuse(answer, what, needs)


def _refuse(answer: Answer, what: str, needs: str = "") -> NoReturn:
    said = answer.message or "nothing"
    problem = f"cannot {what}: GitHub says {said}"
    match answer.status:
        case 401:
            raise GitHubPermissionError(
                f"cannot {what}: the token is wrong, was revoked, or has run out ({said}); check the input `github-token`"
            )
        case 403 if needs and "not accessible" in answer.message:
            raise GitHubPermissionError(
                f"cannot {what}: the token may not do that ({said}); give the job `permissions: {needs}`"
            )
        case 403 if _CLOSED.search(answer.message):
            raise GitHubError(problem)
        case 403:
            raise GitHubPermissionError(f"cannot {what}: the token may not do that ({said}); {_needs(answer)}")
        case 404:
            raise GitHubPermissionError(
                f"cannot {what}: it does not exist, or the token may not see it ({said}); {_needs(answer)}"
            )
        case 410 if needs.startswith("issues"):
            raise GitHubError(f"cannot {what}: issues are switched off for this repository ({said})")
        case 422 if _TOO_LONG.search(json.dumps(answer.value)):
            raise CommentTooLongError(problem)
        case _:
            raise GitHubError(problem)


def _needs(answer: Answer) -> str:
    """Say which permission is missing, as GitHub tells; one that writes to issues comments on pull requests too."""
    accepted = answer.headers.get("x-accepted-github-permissions", "")
    if not accepted or "pull_requests" in accepted:
        return _NEEDS
    first = accepted.split(";")[0].split(",")[0].strip().replace("_", "-").replace("=", ": ")
    return f"give the job `permissions: {first}`"
