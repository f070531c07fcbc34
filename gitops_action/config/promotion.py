"""How changes travel between environments: the part `promotion` of the configuration, as the program reads it."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import time

    from gitops_action.model import Location


class Mode(StrEnum):
    """What of a change is promoted."""

    DELTA = "delta"
    SYNC = "sync"
    FIELDS = "fields"


class Layout(StrEnum):
    """What the components of an environment's directory are."""

    AUTO = "auto"
    WHOLE = "whole"
    DIRECTORY = "directory"


class SoakFrom(StrEnum):
    """From when a change soaks in its source environment."""

    DEPLOYMENT = "deployment"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Rules:
    """Fields by what happens to them where source and target differ: paths as `promote.rules` reads them."""

    keep: tuple[str, ...] = ()
    promote: tuple[str, ...] = ()
    block: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of days of the week (Monday is 0) in one time zone. `end` at or before `start` is on the next day."""

    days: frozenset[int]
    start: time
    end: time
    zone: str


@dataclass(frozen=True, slots=True)
class Gates:
    """What a change has to pass before it is proposed to the target. No windows: any time."""

    soak: timedelta = timedelta()
    soak_from: SoakFrom = SoakFrom.DEPLOYMENT
    statuses: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class PromotionPath:
    """One edge of the graph of environments: what changes in `source` is proposed to `target`.

    `fields` are the paths that the mode `fields` promotes; `components` are globs of names, none means all; `after` are
    other targets of the same source that must have a change first; `onboard`: also what the target lacks altogether.
    """

    source: str
    target: str
    mode: Mode = Mode.DELTA
    fields: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    gates: Gates = Gates()
    after: tuple[str, ...] = ()
    onboard: bool = False
    location: Location | None = field(default=None, compare=False)

    def has(self, component: str) -> bool:
        """Whether a component goes this way."""
        return not self.components or any(fnmatchcase(component, pattern) for pattern in self.components)

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


@dataclass(frozen=True, slots=True)
class PullRequests:
    """What our pull requests get. `auto_merge` is a merge method, "" for none; `title` is a template.

    `dispatch` is a workflow that is started on the branch, for tokens whose pushes start none.
    """

    labels: tuple[str, ...] = ("promotion",)
    reviewers: tuple[str, ...] = ()
    team_reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    auto_merge: str = ""
    title: str = ""
    body: str = ""
    dispatch: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may order what changes an environment, besides having the role `write`; nobody named: that is enough."""

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promotion:
    """How changes travel. `components` has the rules of single components, by glob of their names, in order."""

    paths: tuple[PromotionPath, ...] = ()
    layout: Layout = Layout.AUTO
    rules: Rules = Rules()
    components: Mapping[str, Rules] = field(default_factory=dict)
    pull_requests: PullRequests = PullRequests()
    permissions: Mapping[str, Permission] = field(default_factory=dict)

    def path(self, source: str, target: str) -> PromotionPath | None:
        """Return the path between two environments, if there is one."""
        return next((path for path in self.paths if (path.source, path.target) == (source, target)), None)

    def rules_of(self, component: str) -> Sequence[Rules]:
        """Return the rules that hold for a component, the more special first."""
        own = (rules for pattern, rules in self.components.items() if fnmatchcase(component, pattern))
        return (*own, self.rules)


def find_cycle(paths: Sequence[PromotionPath]) -> list[str]:
    """Return environments that lead to each other in a circle, the first one again at the end; [] if there are none."""
    targets: dict[str, list[str]] = {}
    for path in paths:
        targets.setdefault(path.source, []).append(path.target)
    done: set[str] = set()
    for start in targets:
        trail: list[str] = []
        pending: list[tuple[str, bool]] = [(start, False)]
        while pending:
            name, left = pending.pop()
            if left:
                done.add(trail.pop())
            elif name in trail:
                return [*trail[trail.index(name) :], name]
            elif name not in done:
                trail.append(name)
                pending.append((name, True))
                pending += ((target, False) for target in reversed(targets.get(name, [])))
    return []
