"""References mean what docker takes them for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.images import references
from gitops_action.images.references import Reference, Repository, parse, parse_repository

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("text", "meant", "api_host"),
    [
        ("nginx", "docker.io/library/nginx", "registry-1.docker.io"),
        ("grafana/grafana:11.0.0", "docker.io/grafana/grafana:11.0.0", "registry-1.docker.io"),
        ("docker.io/nginx:1", "docker.io/library/nginx:1", "registry-1.docker.io"),
        ("index.docker.io/library/nginx", "docker.io/library/nginx", "registry-1.docker.io"),
        ("ghcr.io/acme/shop/web:v1", "ghcr.io/acme/shop/web:v1", "ghcr.io"),
        ("localhost/web", "localhost/web", "localhost"),
        ("localhost:5000/web:1.2", "localhost:5000/web:1.2", "localhost:5000"),
        ("registry:5000/web", "registry:5000/web", "registry:5000"),
        ("registry/web", "docker.io/registry/web", "registry-1.docker.io"),
        ("[::1]:5000/web", "[::1]:5000/web", "[::1]:5000"),
        (f"quay.io/a/b:1@{DIGEST}", f"quay.io/a/b:1@{DIGEST}", "quay.io"),
        (f"nginx@{DIGEST}", f"docker.io/library/nginx@{DIGEST}", "registry-1.docker.io"),
        ("GHCR.io/acme/web", "ghcr.io/acme/web", "ghcr.io"),
    ],
)
def test_a_reference_in_full(text: str, meant: str, api_host: str) -> None:
    found = parse(text)
    assert str(found) == meant
    assert found.repository.api_host == api_host
    assert parse(meant) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no name of an image"),
        ("Nginx", "no name of an image"),
        ("ghcr.io/Acme/web", "no name of an image"),
        ("ghcr.io/acme//web", "no name of an image"),
        ("ghcr.io/../web", "no name of an image"),
        ("nginx:", "`` is no tag"),
        ("nginx:-x", "`-x` is no tag"),
        ("nginx:" + "a" * 129, "is no tag"),
        ("nginx@sha256:abc", "`sha256:abc` is no digest"),
        ("user:secret@ghcr.io/acme/web", "is no digest"),
        ("https://ghcr.io/acme/web", "is no"),
        ("ghcr.io:port/web", "no host of a registry"),
        ("a b", "no name of an image"),
        ("web?x=1", "no name of an image"),
    ],
)
def test_what_is_no_reference(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("localhost:5000", True), ("127.0.0.1:1", True), ("[::1]:5000", True), ("localhost.example", False), ("10.0.0.1:5000", False)],
)  # fmt: skip
def test_only_this_machine_is_loopback(host: str, *, is_loopback: bool) -> None:
    assert parse_repository(f"{host}/x").is_loopback is is_loopback


@given(st.text(max_size=40))
def test_a_text_is_a_reference_that_stays_the_same_or_none(text: str) -> None:
    try:
        found = parse(text)
    except ValueError:
        return
    assert isinstance(found, Reference)
    assert isinstance(found.repository, Repository)
    assert parse(str(found)) == found


@pytest.mark.parametrize(
    "text", ["https://index.docker.io/v1/", "docker.io", "registry-1.docker.io", "index.docker.io"]
)
def test_docker_hub_has_one_name(text: str) -> None:
    assert references.canonical_host(text) == "docker.io"
