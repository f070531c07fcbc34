"""What is an order, and who may give it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.chat.commands import COMMANDS, Order, Refusal, parse
from gitops_action.chat.permission import refused
from gitops_action.config.promotion import Permission


def order(text: str) -> Order:
    found = parse(text)
    assert isinstance(found, Order), found
    return found


@pytest.mark.parametrize(
    ("text", "name", "arguments", "flags"),
    [
        ("/help", "help", (), {}),
        ("/help   \r\nthank you", "help", (), {}),
        ("/check\n/promote a b", "check", (), {}),
        ("/diff production", "diff", ("production",), {}),
        (
            "/promote staging production --component web --mode=sync",
            "promote",
            ("staging", "production"),
            {"component": "web", "mode": "sync"},
        ),
        ("/promote staging production component=web", "promote", ("staging", "production"), {"component": "web"}),
        (
            "/lock production --reason 'Black Friday' --for 2h",
            "lock",
            ("production",),
            {"reason": "Black Friday", "for": "2h"},
        ),
        ('/lock production web reason="$(rm -rf /) `x`"', "lock", ("production", "web"), {"reason": "$(rm -rf /) `x`"}),
        ("/promote staging production --app web", "promote", ("staging", "production"), {"component": "web"}),
        ("/lock production --reason=--for", "lock", ("production",), {"reason": "--for"}),
        ("/deploy production", "deploy", ("production",), {}),
        ("/drift", "drift", (), {}),
        ("/rollback production --to 3f2a91c", "rollback", ("production",), {"to": "3f2a91c"}),
        ("/unlock production --force yes", "unlock", ("production",), {"force": "yes"}),
    ],
)
def test_orders(text: str, name: str, arguments: tuple[str, ...], flags: dict[str, str]) -> None:
    found = order(text)
    assert (found.definition.name, tuple(found.arguments), dict(found.flags)) == (name, arguments, flags)


@pytest.mark.parametrize(
    "text",
    ["", "please /promote a b", " /promote a b", "> /promote a b", "`/promote a b`", "```\n/promote a b\n```", "\n/promote a b",
     "/promoted a b", "/Promote a b", "/ promote a b", "<!-- -->/promote a b", "/destroy production", "//promote a b", "/promote-x"],
)  # fmt: skip
def test_what_is_no_order(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/promote staging", "usage: `/promote FROM TO"),
        ("/promote a b c", "usage:"),
        ("/promote a b --componnet web", "did you mean `--component`"),
        ("/promote a b --force", "knows no `--force`"),
        ("/promote a b --mode", "needs a value"),
        ("/lock production --reason --for 2h", "`--reason` needs a value"),
        ("/promote a b --app x --component y", "given twice"),
        ("/check --app x", "knows no `--app`"),
        ("/promote a b --mode sync --mode delta", "given twice"),
        ("/promote a 'b", "not closed"),
        ("/promote a ../b", "is no name"),
        ("/promote a b$x", "is no name"),
        ("/lock production", "usage: `/lock"),
        ("/help " + "x" * 600, "more than 500"),
    ],
)
def test_what_is_refused_says_why(text: str, reason: str) -> None:
    found = parse(text)
    assert isinstance(found, Refusal)
    assert reason in found.reason


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert text.startswith("/") or parse(text) is None


@given(st.sampled_from(sorted(COMMANDS)), st.text(alphabet="abc -='\"\\`$\n/", max_size=60))
def test_anything_behind_a_command_is_read(name: str, rest: str) -> None:
    found = parse(f"/{name} {rest}")
    assert found is None or isinstance(found, Order | Refusal)
    if isinstance(found, Order):
        assert set(found.flags) <= set(found.definition.flags)


def told(text: str, role: str, permission: Permission | None = None, *, teams: Any = None, fork: bool = False) -> str:
    return refused(
        order(text), "Alice", role, permission, lambda team, _login: (teams or {}).get(team, False), fork=fork
    )


PROMOTE = "/promote staging production"


@pytest.mark.parametrize(
    ("text", "role", "allowed"),
    [("/help", "read", True), ("/help", "", False), (PROMOTE, "triage", False), (PROMOTE, "write", True), (PROMOTE, "admin", True),
     (PROMOTE, "owner", False), ("/lock a --reason x", "read", False), ("/diff", "read", True)],
)  # fmt: skip
def test_roles(text: str, role: str, allowed: bool) -> None:
    assert (told(text, role) == "") is allowed


def test_people_and_teams_of_an_environment() -> None:
    ops = Permission(teams=("octo/ops",))
    assert told(PROMOTE, "write", Permission(users=("alice",))) == ""
    assert "only bob" in told(PROMOTE, "admin", Permission(users=("bob",)))
    assert told(PROMOTE, "write", ops, teams={"octo/ops": True}) == ""
    assert "only octo/ops" in told(PROMOTE, "write", ops, teams={"octo/ops": False})
    assert "members: read" in told(PROMOTE, "write", ops, teams={"octo/ops": None})
    assert "needs the role" in told(PROMOTE, "read", Permission(users=("alice",)))


def test_forks_can_only_be_checked() -> None:
    assert told("/check", "admin", fork=True) == ""
    for text in (PROMOTE, "/diff", "/lock a --reason x", "/unlock a"):
        assert "forks" in told(text, "admin", fork=True)
