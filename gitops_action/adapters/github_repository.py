"""What all that is asked of one repository on GitHub has in common: who asks, lists page by page, writes that may come twice.

A write whose answer was lost is not simply sent again: what it left behind is looked for first, so that nothing is ever
written twice. Whoever derives from the class here sees to that, write by write.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Any, Final, Self

from gitops_action.adapters.github_http import ATTEMPTS, DEFAULT_API, Answer, Client, require
from gitops_action.errors import GitHubError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

ACTIONS_BOT: Final = "github-actions[bot]"
PER_PAGE: Final = 100
"""The most that GitHub gives at once."""
_DESCRIPTION: Final = 140


class GitHubRepository:
    """One repository ("owner/name") on GitHub, as seen by one token.

    `timeout` is for one request, `patience` for all the waiting between repetitions, both in seconds. Methods raise
    GitHubPermissionError, GitHubUnavailableError or another GitHubError.
    """

    def __init__(  # noqa: PLR0913 - the last three only tests choose
        self,
        token: str,
        repository: str,
        api_url: str = DEFAULT_API,
        *,
        timeout: int = 30,
        patience: float = 90.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the token. Raises UsageError for what cannot be a token, a repository or an address."""
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise UsageError(f"not a GitHub repository (owner/name): {repository!r}")
        self._repository = repository
        self._here = f"/repos/{repository}"
        self._viewer = ""
        self._client = Client(token, api_url, timeout=timeout, patience=patience, sleep=sleep)

    @classmethod
    def from_environment(cls, token: str, api_url: str = "", repository: str = "") -> Self:
        """Open GitHub as the runner describes it: GITHUB_API_URL and GITHUB_REPOSITORY where nothing is given."""
        return cls(
            token.strip(),
            repository or os.environ.get("GITHUB_REPOSITORY", ""),
            api_url or os.environ.get("GITHUB_API_URL") or DEFAULT_API,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _who_am_i(self) -> str:
        """Return the login that what the token writes has.

        GET /user refuses the workflow's token and an App's; GraphQL tells all of them who they are.
        """
        if not self._viewer:
            data = self._client.ask("query { viewer { login } }", "ask who the token is").get("data")
            viewer = data.get("viewer") if isinstance(data, dict) else None
            self._viewer = (viewer or {}).get("login") or ACTIONS_BOT
        return self._viewer

    def _read(self, what: str, path: str, **query: int | str) -> dict[str, Any]:
        """Return what GitHub says of one thing."""
        answer = self._client.read("GET", path, what, **query)
        require(answer, dict, what)
        found: dict[str, Any] = answer.value
        return found

    def _list(self, what: str, path: str, **query: int | str) -> list[dict[str, Any]]:
        """Return one page of a list."""
        answer = self._client.read("GET", path, what, **query)
        require(answer, list, what)
        found: list[dict[str, Any]] = answer.value
        return found

    def _pages(
        self, what: str, path: str, query: Mapping[str, int | str], *, most: int, needs: str = ""
    ) -> Generator[dict[str, Any], None, bool]:
        """Yield what a list has on its first `most` pages; return whether there are more."""
        for page in range(1, most + 1):
            answer = self._client.read("GET", path, what, **{"per_page": PER_PAGE, **query, "page": page})
            require(answer, list, what, needs)
            yield from answer.value
            if 'rel="next"' not in answer.headers.get("link", ""):
                return False
        return True

    def _all(self, what: str, path: str, query: Mapping[str, int | str], *, most: int) -> Iterator[dict[str, Any]]:
        """Yield all that a list has. Raises GitHubError where that is more than `most` pages."""
        if (yield from self._pages(what, path, query, most=most)):
            raise GitHubError(f"cannot {what}: there are more than {most * PER_PAGE}")

    def _repeated(self, method: str, path: str, what: str, body: Any, needs: str = "") -> Answer:
        """Send a write that comes to the same when it is sent twice."""
        for attempt in range(ATTEMPTS):
            answer = self._client.send(method, path, body)
            wait = answer.wait(attempt, time.time())
            if wait is None:
                break
            self._client.rest(wait, attempt, answer, what)
        require(answer, (dict, list), what, needs)
        return answer


def login_of(entry: Mapping[str, Any]) -> str:
    """Return the login of who wrote a comment, an issue or a pull request, "" where the account was deleted."""
    return str((entry.get("user") or {}).get("login") or "")


def first_line(text: Any) -> str:
    """Return the line of a body where our marker is."""
    return str(text or "").partition("\n")[0].rstrip()


def normal(text: Any) -> str:
    """Leave out of a body what GitHub may change: line endings, and blanks at the end."""
    return str(text or "").replace("\r\n", "\n").rstrip()


def shortened(description: str) -> str:
    """Cut the description of a status to what GitHub takes."""
    return description if len(description) <= _DESCRIPTION else f"{description[: _DESCRIPTION - 1]}…"
