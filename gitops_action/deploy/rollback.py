"""Where an environment goes back to, and what the pull request says about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gitops_action.errors import UsageError
from gitops_action.promote import trailers
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitops_action.promote.pulls import Deployment
    from gitops_action.repository.commits import Commit

ENVIRONMENT: Final = "Rollback-Environment"
TO: Final = "Rollback-To"
FROM: Final = "Rollback-From"


@dataclass(frozen=True, slots=True)
class Rollback:
    """A rollback as it is proposed, on `tip` of the main branch, to what `target` was.

    `changes` has the new content of each file (None: it goes). `reverted` are the commits whose changes of the environment
    are taken back, the newest first; `shared` the files that changed too, and that other environments are built from as
    well: these are left.
    """

    environment: str
    target: str
    tip: str
    changes: Mapping[str, bytes | None]
    reverted: Sequence[Commit] = ()
    shared: Sequence[str] = ()
    healthy_at: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What was made of it: the pull request ("" and None where nothing was), and who holds the environment now."""

    rollback: Rollback
    url: str = ""
    number: int | None = None
    hold: str = ""
    notes: Sequence[str] = ()


def branch(environment: str) -> str:
    """Return the branch that a rollback of this environment is proposed from."""
    return f"rollback/{re.sub(r'[^A-Za-z0-9_-]+', '-', environment)}"


def said(commit: Commit) -> tuple[str, str, str] | None:
    """Return (environment, to, from) that a commit says it rolled back; None for one that is no rollback."""
    found = dict(trailers.parse(commit.message))
    if not {ENVIRONMENT, TO, FROM} <= found.keys():
        return None
    return found[ENVIRONMENT], found[TO], found[FROM]


def message(rollback: Rollback) -> str:
    """Return the message of the commit that rolls back."""
    text = f"{title(rollback)}\n\nRestores what was last healthy there."
    return trailers.append(text, ((ENVIRONMENT, rollback.environment), (TO, rollback.target), (FROM, rollback.tip)))


def title(rollback: Rollback) -> str:
    """Return the pull request's title."""
    return f"Roll {rollback.environment} back to {rollback.target[:8]}"


def choose(
    deployments: Iterable[Deployment],
    state: Callable[[str], str],
    tip: str,
    undone: Iterable[str],
) -> Deployment:
    """Return the last healthy deployment that was of another state than the tip's.

    `deployments` come newest first; `state` identifies what the environment's files are at a commit ("" where it is not
    known). `undone` are commits that were rolled back from: what was there then is not gone back to.
    Raises UsageError where there is none.
    """
    here = state(tip)
    bad = {state(commit) for commit in undone} - {""}
    looked = 0
    for one in deployments:
        looked += 1
        found = state(one.sha)
        if one.healthy_at and found and found != here and found not in bad:
            return one
    raise UsageError(
        f"none of the last {looked} deployments was healthy with other files than now: name a commit with --to"
        if looked
        else "GitHub knows no deployment of this environment: name a commit with --to"
    )
