"""Tokens of GitHub Apps: made from the App's id and key, for one repository, for an hour."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from gitops_action.errors import GitHubError, GitHubPermissionError, GitHubUnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

DEFAULT_API: Final = "https://api.github.com"
_EARLY: Final = 300.0
_tokens: dict[tuple[str, str, str], tuple[str, float]] = {}
_permissions: dict[str, Mapping[str, str]] = {}


def installation_token(app_id: str, private_key: str, repository: str, api_url: str = "") -> str:
    """Return a token of the App's installation in `repository` ("owner/name").

    It is kept in this process until five minutes before it runs out. Neither the key nor the token is ever in a message.
    Raises UsageError for what is no id or key, GitHubPermissionError where the App is not installed there.
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", app_id):
        raise UsageError("input app-id: it is the App's number or client id")
    if "PRIVATE KEY" not in private_key:
        raise UsageError("input app-private-key: it is the App's private key, as PEM (-----BEGIN … PRIVATE KEY-----)")
    owner, _, name = repository.partition("/")
    address = (api_url or DEFAULT_API).rstrip("/")
    cached = _tokens.get((app_id, repository, address))
    if cached is not None and cached[1] - time.time() > _EARLY:
        return cached[0]
    made, expires = _made(app_id, private_key, owner, name, address)
    _tokens[app_id, repository, address] = made, expires.timestamp()
    return made


def permissions_of(token: str) -> Mapping[str, str] | None:
    """Return what a token that was made here may do, such as {"contents": "write"}; None for any other token."""
    return _permissions.get(token)


def _made(app_id: str, private_key: str, owner: str, name: str, address: str) -> tuple[str, datetime]:
    import github  # noqa: PLC0415 - half a second, and few have an App
    from github import GithubException  # noqa: PLC0415
    from jwt.exceptions import PyJWTError  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415

    try:
        integration = github.GithubIntegration(
            auth=github.Auth.AppAuth(app_id, private_key), base_url=address, timeout=30, seconds_between_requests=None
        )
        installation = integration.get_repo_installation(owner, name)
        token = integration.get_access_token(installation.id)
    except GithubException as error:
        if error.status == 404:  # noqa: PLR2004 - Not Found
            raise GitHubPermissionError(
                f"the GitHub App {app_id} is not installed in {owner}/{name}: install it there"
            ) from None
        if error.status == 401:  # noqa: PLR2004 - Unauthorized
            raise GitHubPermissionError(
                f"GitHub does not know the App {app_id} by this key: check app-id and app-private-key"
            ) from None
        raise GitHubError(f"cannot get a token of the GitHub App {app_id}: GitHub answers {error.status}") from None
    except RequestException as error:
        raise GitHubUnavailableError(
            f"cannot get a token of the GitHub App {app_id}: {type(error).__name__}; run it again"
        ) from None
    except (PyJWTError, ValueError, TypeError):
        raise UsageError("input app-private-key: it cannot be read as a private key") from None
    _permissions[token.token] = {name: str(level) for name, level in (token.permissions or {}).items()}
    return token.token, token.expires_at
