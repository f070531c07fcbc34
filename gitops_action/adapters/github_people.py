"""Who may do what in a repository, as GitHub knows it."""

from __future__ import annotations

import re
from typing import Final

from gitops_action.adapters.github_repository import GitHubRepository

_NOT_FOUND: Final = 404


class People(GitHubRepository):
    """People and teams of one repository, as seen by one token."""

    def permission(self, login: str) -> str:
        """Return a person's role in the repository, "" where it cannot be had: nobody gets a role by a failure."""
        if not re.fullmatch(r"[A-Za-z0-9-]{1,39}", login):
            return ""
        answer = self._client.read(
            "GET", f"{self._here}/collaborators/{login}/permission", f"ask for the role of {login}"
        )
        if answer.status != 200 or not isinstance(answer.value, dict):  # noqa: PLR2004 - OK
            return ""
        role = str(answer.value.get("role_name") or "")
        # Of a role that an organisation made up, the nearest usual one is told beside it.
        return (
            role
            if role in {"admin", "maintain", "write", "triage", "read"}
            else str(answer.value.get("permission") or "")
        )

    def in_team(self, team: str, login: str) -> bool | None:
        """Tell whether a person is in a team ("organisation/slug"); None where the token may not know."""
        organisation, _, slug = team.partition("/")
        path = f"/orgs/{organisation}/teams/{slug}/memberships/{login}"
        answer = self._client.read("GET", path, f"ask who is in {team}")
        if answer.status == 200 and isinstance(answer.value, dict):  # noqa: PLR2004 - OK
            return answer.value.get("state") == "active"
        if answer.status == _NOT_FOUND:
            # The same answer for a stranger, and for a token that does not see the team at all.
            seen = self._client.read("GET", f"/orgs/{organisation}/teams/{slug}", f"look for the team {team}")
            return False if seen.status == 200 else None  # noqa: PLR2004 - OK
        return None
