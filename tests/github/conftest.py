"""A fake GitHub for each test; what breaks GitHub's description of its API fails the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.github import GitHub
from tests.github.fake import Fake
from tests.github.holding import holding
from tests.github.state import ACTIONS_BOT, Pull, State, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Not real tokens, and not shaped as such.
WORKFLOW = "workflow-token"
PERSON = "personal-token"
APP = "app-token"
READ_ONLY = "fork-token"
BLIND = "blind-token"


def fleet() -> State:
    """Return a repository with one pull request, and a token of each sort."""
    tokens = {
        WORKFLOW: Token(ACTIONS_BOT),
        PERSON: Token("alice", kind="user"),
        APP: Token("fleet-app[bot]"),
        READ_ONLY: Token(ACTIONS_BOT, access="read"),
        BLIND: Token("bob", kind="user", access="none"),
    }
    return State(tokens=tokens, pulls=[Pull(7, head_sha="a" * 40)])


@pytest.fixture
def state() -> State:
    return fleet()


@pytest.fixture
def fake(state: State) -> Iterator[Fake]:
    with Fake(state, holding()) as server:
        yield server
        assert server.violations == []


@pytest.fixture
def waits() -> list[float]:
    """Collect the seconds that would have been waited."""
    return []


@pytest.fixture
def connect(fake: Fake, waits: list[float]) -> Iterator[Callable[..., GitHub]]:
    """Return what opens the fake with a token; nothing really waits."""
    opened: list[GitHub] = []

    def connect(token: str = WORKFLOW, *, timeout: int = 30, patience: float = 90.0) -> GitHub:
        opened.append(
            GitHub(token, fake.state.repository, fake.url, timeout=timeout, patience=patience, sleep=waits.append)
        )
        return opened[-1]

    yield connect
    for github in opened:
        github.close()
