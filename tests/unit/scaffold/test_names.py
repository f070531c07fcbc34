"""What people may name, and what is said of the rest."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config.load import load
from gitops_action.errors import UsageError
from gitops_action.scaffold import names, settings
from gitops_action.scaffold.wish import Setup, Via

if TYPE_CHECKING:
    from collections.abc import Callable


def test_environments_keep_their_order() -> None:
    assert names.environments("dev, staging,production") == ("dev", "staging", "production")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "name them in the order"),
        (" ", "name them in the order"),
        ("dev,", "name them in the order"),
        ("dev,,production", "name them in the order"),
        ("dev,staging,dev", "`dev` is named twice"),
        ("Dev", "'Dev' cannot be an environment"),
        ("-dev", "'-dev' cannot be an environment"),
        ("dev/eu", "'dev/eu' cannot be an environment"),
        ("../dev", "cannot be an environment"),
        ("dév", "cannot be an environment"),
        ("dev\n", None),
        ("a b", "'a b' cannot be an environment"),
        ("x" * 54, "no longer than 53"),
        ("plan", "`plan` has another meaning"),
        ("base", "`base` has another meaning"),
        ("clusters", "`clusters` has another meaning"),
        ("flux-system", "`flux-system` has another meaning"),
        ("default", "`default` has another meaning"),
    ],
)
def test_environments_that_cannot_be(text: str, said: str | None) -> None:
    if said is None:
        assert names.environments(text) == (text.strip(),)
        return
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        names.environments(text)


@given(st.lists(st.from_regex(r"[a-z0-9][-a-z0-9]{0,8}", fullmatch=True), min_size=1, max_size=4, unique=True))
def test_what_is_accepted_is_read_back_from_the_configuration(given_names: list[str]) -> None:
    try:
        accepted = names.environments(",".join(given_names))
    except UsageError:
        return
    text = settings.of_new(Setup(accepted, Via.APPLY))[".gitops.yaml"]
    config = load(text.encode())
    assert tuple(one.name for one in config.environments) == accepted
    assert [(way.source, way.target) for way in config.promotion.paths] == list(pairwise(accepted))


@pytest.mark.parametrize("word", ["on", "1", "null", "true", "1e3", "0x1", "2024-01-01"])
def test_words_that_yaml_reads_otherwise_are_quoted(word: str) -> None:
    assert yaml.safe_load(f"[{names.key(word)}]") == [word]


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        *((names.app, bad) for bad in ("", "Web", "1web", "web_app", "a" * 54, "web/")),
        *((names.object_name, bad) for bad in ("", "Pod", "a/b", ".a", "a.", "a b")),
        *((names.namespace, bad) for bad in ("", "A", "a.b", "-a")),
        *(
            (lambda text: names.folder(text, "--into"), bad)
            for bad in ("/etc", "../x", "a/../../b", "a\\b", ".git/x", "a\n")
        ),
        *((names.branch, bad) for bad in ("", "-x", "a..b", "a b", "a.lock", "a//b", "a${{x}}", "a\nb")),
        *((lambda text: names.duration(text, "--interval"), bad) for bad in ("", "5", "1d", "-1m", "1m 2s")),
        *((names.reference, bad) for bad in ("", "v0 # x", "v0\n", "${{ x }}")),
        *((names.code_owner, bad) for bad in ("team", "@", "@a/b/c", "@a b", "a#@b", "")),
    ],
)
def test_what_cannot_be_is_refused(check: Callable[[str], Any], bad: str) -> None:
    with pytest.raises(UsageError):
        check(bad)


@pytest.mark.parametrize("good", ["@octo/platform", "@alice", "ops@example.com"])
def test_code_owners(good: str) -> None:
    assert names.code_owner(good) == good


@pytest.mark.parametrize(("text", "plain"), [("./clusters//a/", "clusters/a"), ("", ""), (".", ""), ("a/./b", "a/b")])
def test_folders_are_written_one_way(text: str, plain: str) -> None:
    assert names.folder(text, "--into") == plain
