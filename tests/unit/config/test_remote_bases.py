from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config.remote_bases import is_allowed


@pytest.mark.parametrize(
    "reference",
    [
        "https://github.com/org/repo//path?ref=v1",
        "https://github.com/org/repo",
        "https://GitHub.com/org/repo.git",
        "github.com/org/repo//deploy?ref=main&timeout=90s",
        "git@github.com:org/repo.git",
        "ssh://git@github.com/org/repo.git//path",
        "git::https://github.com/org/repo",
        "https://github.com/org/repo/releases/download/v1/install.yaml",
    ],
)
def test_references_under_a_prefix_are_allowed(reference: str) -> None:
    assert is_allowed(reference, ["github.com/org/repo"])
    assert is_allowed(reference, ["github.com/org/"])
    assert is_allowed(reference, ["github.com"])
    assert not is_allowed(reference, [])
    assert not is_allowed(reference, ["github.com/org/other", "example.com"])


@pytest.mark.parametrize(
    "reference",
    [
        "https://github.com.evil.example/org/repo",
        "https://github.com@evil.example/org/repo",
        "https://user:secret@github.com/org/repo",
        "https://github.com\\@evil.example/org/repo",
        "https://evil.example/github.com/org/repo",
        "https://evil.example/?x=github.com/org/repo",
        "https://github.com/org/repository",
        "https://github.com/org//repo",
        "https://github.com//org//repo",
        "https://github.com/org/../evil/repo",
        "https://github.com/org/repo/../../evil/repo",
        "https://github.com/org/%2e%2e/evil/repo",
        "https://github.com/org/repo/%2e%2e/%2e%2e/evil",
        "https://github.com:8443/org/repo",
        "http://github.com/org/repo",
        "git://github.com/org/repo",
        "file:///github.com/org/repo",
        "ext::sh -c id% github.com/org/repo",
        "--upload-pack=id github.com/org/repo",
        "https://github.com?/org/repo",
        "https://github.com#/org/repo",
        "https://github.com/org /repo",
        "https://github.com\n/org/repo",
        "https://[::1]/org/repo",
        "",
    ],
)
def test_what_only_looks_like_it_is_refused(reference: str) -> None:
    assert not is_allowed(reference, ["github.com/org/repo"])


def test_a_scheme_in_the_prefix_is_held_to() -> None:
    assert is_allowed("https://github.com/org/repo", ["https://github.com/org"])
    assert is_allowed("github.com/org/repo", ["https://github.com/org"])
    assert not is_allowed("git@github.com:org/repo", ["https://github.com/org"])
    assert is_allowed("git@github.com:org/repo", ["ssh://github.com/org"])


def test_ports_are_part_of_the_host() -> None:
    assert is_allowed("https://git.example.com:8443/org/repo", ["git.example.com:8443"])
    assert not is_allowed("https://git.example.com/org/repo", ["git.example.com:8443"])


@given(st.text(max_size=60))
def test_nothing_that_lacks_the_host_passes(reference: str) -> None:
    if is_allowed(reference, ["github.com/org"]):
        assert "github.com" in reference.lower()


@given(st.text("abc.:/@?#\\%-", max_size=30))
def test_the_host_that_is_asked_is_the_one_allowed(tail: str) -> None:
    """Whatever follows `https://`, it is allowed only if a URL parser sees the allowed host in it."""
    reference = f"https://a.b{tail}"
    if is_allowed(reference, ["a.b/c"]):
        parsed = urlsplit(reference)
        assert (parsed.hostname, parsed.username) == ("a.b", None)
        assert parsed.path.strip("/").split("/")[0] in {"c", "c.git"}
