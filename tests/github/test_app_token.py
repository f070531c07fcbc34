"""Tokens of GitHub Apps, asked of a GitHub that knows an App by its key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gitops_action.adapters import app_token
from gitops_action.adapters.app_token import installation_token
from gitops_action.adapters.github_pulls import Pulls
from gitops_action.errors import GitHubPermissionError, GitHubUnavailableError, UsageError
from tests.github.state import Fault, Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.github.fake import Fake

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    app_token._tokens.clear()
    yield
    app_token._tokens.clear()


@pytest.fixture
def known(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Let the fake know the App by its key, as GitHub does."""
    real = fake._token

    def token(headers: dict[str, str]) -> Token | None:
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret.count(".") == 2:
            try:
                claims = jwt.decode(secret, KEY.public_key(), algorithms=["RS256"])
            except jwt.PyJWTError:
                return None
            assert claims["iss"] == "5"
            assert claims["exp"] - time.time() <= 600
            return Token("fleet-app[bot]")
        return real(headers)

    monkeypatch.setattr(fake, "_token", token)
    return fake


def test_a_token_is_made_once_and_works(known: Fake) -> None:
    first = installation_token("5", PEM, known.state.repository, known.url)
    assert installation_token("5", PEM, known.state.repository, known.url) == first
    assert len([one for one in known.requests if one.path.endswith("/access_tokens")]) == 1
    with Pulls(first, known.state.repository, known.url) as hub:
        assert hub.create("promote/web/a-b", "main", "t", "b", draft=False).author == "fleet-app[bot]"


def test_one_that_soon_runs_out_is_made_anew(known: Fake) -> None:
    known.state.token_expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 200))
    first = installation_token("5", PEM, known.state.repository, known.url)
    assert installation_token("5", PEM, known.state.repository, known.url) != first


def test_an_app_that_is_not_installed_is_said_to_be_missing(known: Fake) -> None:
    known.state.app_installed = False
    with pytest.raises(GitHubPermissionError, match="install it there"):
        installation_token("5", PEM, known.state.repository, known.url)


def test_a_key_of_another_app(known: Fake) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(GitHubPermissionError, match="check app-id and app-private-key"):
        installation_token("5", other.decode(), known.state.repository, known.url)


@pytest.mark.parametrize(
    ("number", "key"),
    [("5", "no key"), ("5", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"), ("5 6", PEM)],
)
def test_what_is_no_key_is_not_shown(known: Fake, number: str, key: str) -> None:
    with pytest.raises(UsageError) as caught:
        installation_token(number, key, known.state.repository, known.url)
    assert "c2VjcmV0" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_github_that_is_away(known: Fake) -> None:
    known.state.faults.append(Fault("GET", "/installation", 0))
    with pytest.raises(GitHubUnavailableError, match="run it again"):
        installation_token("5", PEM, known.state.repository, known.url)
