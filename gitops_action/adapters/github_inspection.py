"""Looks at a token and a repository on GitHub for `doctor`: questions only, and an answer for each, whatever it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from gitops_action.adapters.github_http import DEFAULT_API, Answer
from gitops_action.adapters.github_repository import GitHubRepository
from gitops_action.doctor.github import Kind, Reply
from gitops_action.errors import GitHubError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
_PREFIXES: Final = {
    "ghp_": Kind.CLASSIC,
    "gho_": Kind.OAUTH,
    "github_pat_": Kind.FINE_GRAINED,
    "ghs_": Kind.INSTALLATION,
    "ghu_": Kind.APP,
}


class Inspection(GitHubRepository):
    """One token's look at one repository ("owner/name"). Nothing here raises for what GitHub answers."""

    def __init__(  # noqa: PLR0913 - the last three only tests choose
        self,
        token: str,
        repository: str,
        api_url: str = "",
        *,
        timeout: int = 20,
        patience: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the token. Raises UsageError for what cannot be a token, a repository or an address."""
        self._prefix = next((prefix for prefix in _PREFIXES if token.startswith(prefix)), "")
        super().__init__(
            token.strip(), repository, api_url or DEFAULT_API, timeout=timeout, patience=patience, sleep=sleep
        )

    def kind(self, repository: Reply, *, in_workflow: bool) -> Kind:
        """Tell what sort of token it is, by its form, else by what GitHub says of it in the answer about the repository."""
        found = _PREFIXES.get(self._prefix, Kind.OTHER)
        if found is Kind.INSTALLATION and in_workflow:
            return Kind.WORKFLOW
        if found is Kind.OTHER and "x-oauth-scopes" in repository.headers:
            return Kind.CLASSIC
        return found

    def repository(self) -> Reply:
        """Return what GitHub says of the repository."""
        return self.look(self._here)

    def look(self, path: str, query: Mapping[str, int | str] | None = None) -> Reply:
        """Return the answer to one question."""
        try:
            return _reply(self._client.read("GET", path, "look at the repository", **(query or {})))
        except GitHubError as error:
            return Reply(0, problem=str(error))


def _reply(answer: Answer) -> Reply:
    value: Any = answer.value
    if not answer.status:
        return Reply(0, problem=answer.message)
    return Reply(answer.status, value, dict(answer.headers), "" if value is not None else "it answers with nothing")
