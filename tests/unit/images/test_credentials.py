"""Credentials are read as docker writes them, and never shown."""

from __future__ import annotations

import base64
import json

import pytest

from gitops_action.errors import UsageError
from gitops_action.images.credentials import Login, parse


def auth(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_lines_name_host_user_and_password() -> None:
    logins = parse("# registries\nghcr.io=bot:p:a=ss\n\n docker.io=me:secret \nhttps://localhost:5000=a:b")
    assert logins.find("ghcr.io") == Login("bot", "p:a=ss")
    assert logins.find("registry-1.docker.io") == Login("me", "secret")
    assert logins.find("localhost:5000") == Login("a", "b")
    assert logins.find("quay.io") is None


def test_dockers_own_file() -> None:
    config = {
        "auths": {
            "https://index.docker.io/v1/": {"auth": auth("me:secret")},
            "ghcr.io": {"username": "bot", "password": "p"},
            "quay.io": {},
        },
        "credsStore": "desktop",
    }
    logins = parse(json.dumps(config))
    assert logins.find("docker.io") == Login("me", "secret")
    assert logins.find("ghcr.io") == Login("bot", "p")
    assert logins.find("quay.io") is None
    assert Login("me", "secret").basic == f"Basic {auth('me:secret')}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hunter2", "line 1 is not HOST=USER:PASSWORD"),
        ("\nghcr.io=hunter2", "line 2, ghcr.io: no user and password"),
        ("ghcr.io=:hunter2", "no user and password"),
        ('{"auths": "hunter2"', "it is no JSON"),
        ('{"auths": ["hunter2"]}', "`auths` of docker's config.json is no object"),
        ('{"auths": {"ghcr.io": {"auth": "hunter2"}}}', "`auth` of ghcr.io is not USER:PASSWORD in base64"),
        ('{"auths": {"x.azurecr.io": {"identitytoken": "hunter2"}}}', "x.azurecr.io has a token of docker's"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert why in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_nothing_shows_a_password() -> None:
    logins = parse("ghcr.io=bot:hunter2")
    assert "hunter2" not in repr(logins)
    assert "hunter2" not in repr(logins.find("ghcr.io"))
    assert parse("  ").find("ghcr.io") is None
