"""What a run is asked to do: from the texts of a command line, or of the action's inputs, to plain values."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from gitops_action.adapters.git import Repository
from gitops_action.config import Engine, FailOn
from gitops_action.errors import UsageError
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.settings import Overrides
from gitops_action.records import dataclass
from gitops_action.shards import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_Choice = TypeVar("_Choice", bound=StrEnum)
# Where the branch that a change is meant for usually is, in a clone.
_USUAL_BASES = ("origin/HEAD", "origin/main", "origin/master")


@dataclass(frozen=True, slots=True)
class Revisions:
    """What to compare. Without a `base` all of `head` is judged, and there is no diff.

    With `everything`, all of `head` is judged, not only what differs from `base` and what that affects. `implied`: nobody
    has named the head, so that what lies in the work tree may be what is meant.
    """

    head: str
    base: str = ""
    everything: bool = False
    implied: bool = False


def overrides(  # noqa: PLR0913 - what may be said over the configuration
    config: str = "",
    engine: str = "",
    kubernetes_version: Sequence[str] | str | None = None,
    fail_on: str = "",
    *,
    offline: bool = False,
    clusters: Clusters | None = None,
    shard: str = "",
) -> Overrides:
    """Read what is said over the configuration. Raises UsageError for a name that nothing goes by."""
    versions = [kubernetes_version] if isinstance(kubernetes_version, str) else list(kubernetes_version or ())
    return Overrides(
        config=config.removeprefix("./"),
        engines=tuple(_choice(Engine, name, "--engine") for name in _listed(engine)),
        kubernetes_versions=tuple(version for text in versions for version in _listed(text)),
        fail_on=_choice(FailOn, fail_on.strip().lower(), "--fail-on") if fail_on.strip() else None,
        offline=offline,
        clusters=clusters or Clusters(),
        shard=parse(shard.strip()) if shard.strip() else None,
    )


def _listed(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,]+", text) if part]


def _choice(kind: type[_Choice], name: str, option: str) -> _Choice:
    try:
        return kind(name)
    except ValueError:
        raise UsageError(f"{option}: `{name}` is none of {', '.join(kind)}") from None


def range_of(text: str) -> tuple[str, str] | None:
    """Return the two ends of `main..change` or `main...change`, HEAD for one that is left out; None for what is no range."""
    found = re.fullmatch(r"([\w./@^~-]*?)\.{2,3}([\w./@^~-]*)", text)
    return (found[1] or "HEAD", found[2] or "HEAD") if found else None


def revisions(repo: Path, base: str, head: str, event_file: Path | None, *, everything: bool) -> Revisions:
    """Return what to compare: what is given, else what the event says, else the usual base branch.

    Raises UsageError where no base can be found and not everything is asked for, and for a range of revisions.
    """
    for name, text in (("--base", base), ("--head", head)):
        if ends := range_of(text):
            raise UsageError(f"{name} {text}: a range is no revision; name its ends: --base {ends[0]} --head {ends[1]}")
    if event_file is not None:
        from gitops_action.adapters.runner_event import read_event  # noqa: PLC0415 - only a replayed event needs it
        from gitops_action.pipeline.events import revisions_of  # noqa: PLC0415

        found = revisions_of(read_event(event_file, {}), repo)
        return Revisions(head or found.head, base or found.base, everything or found.everything)
    # What a job checks out is what it is about.
    implied = not head and not os.environ.get("GITHUB_ACTIONS")
    head = head or "HEAD"
    if base or everything:
        return Revisions(head, base, everything, implied)
    with Repository.open(repo) as repository:
        for usual in _USUAL_BASES:
            try:
                repository.resolve(usual)
            except UsageError:
                continue
            return Revisions(head, usual, implied=implied)
    raise UsageError("what to compare with is not known: give --base REVISION, or --all to check everything")
