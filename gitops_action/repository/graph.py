"""Which kustomization builds from what: the graph of a tree's kustomizations, without building any."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.model import Finding
from gitops_action.repository.kustomizations import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.model import Location
    from gitops_action.repository.kustomizations import Kustomization

_NO_ROLES: Final[frozenset[Role]] = frozenset()


@dataclass(frozen=True, slots=True)
class Remote:
    """An address that a build would fetch from."""

    text: str
    location: Location
    folder: str


@dataclass(slots=True)
class Node:
    """One folder with a kustomization. `reads` has every path the build looks at there, whether it exists or not."""

    folder: str
    kustomization: Kustomization
    reads: dict[str, set[Role]] = field(default_factory=lambda: defaultdict(set))
    children: dict[str, set[Role]] = field(default_factory=lambda: defaultdict(set))
    remotes: list[Remote] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def component(self) -> bool:
        """Whether it can only be built as a part of another."""
        return self.kustomization.component


class Graph:
    """The kustomizations of one tree by folder, "." for the root. `discovery.discover` makes it."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        """Take the nodes by folder."""
        self.nodes = nodes

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders to build: as few as reach every other that is no component. Of a circle, its first by name."""
        starts: list[str] = []
        seen: set[str] = set()
        for folder in sorted(self.nodes):
            if folder not in seen and not self.nodes[folder].component:
                starts.append(folder)
                self._reach(folder, seen)
        # A later start may reach an earlier one, never the other way round.
        roots, reached = [], set[str]()
        for folder in reversed(starts):
            if folder not in reached:
                self._reach(folder, reached)
                roots.append(self._first_of_circle(folder))
        return tuple(sorted(roots))

    def closure(self, folder: str) -> frozenset[str]:
        """Return every path that building `folder` reads, and those it would read if they existed."""
        return frozenset(path for part in self._reachable([folder]) for path in self.nodes[part].reads)

    def parts(self, *folders: str) -> tuple[str, ...]:
        """Return the folders that `folders` are built from, themselves included."""
        return tuple(sorted(self._reachable(folders)))

    def consumers(self, path: str) -> tuple[str, ...]:
        """Return the folders whose kustomizations name `path` themselves."""
        return tuple(self._readers.get(path, ()))

    def reading(self, paths: Iterable[str]) -> frozenset[str]:
        """Return every folder, root or not, whose closure has one of `paths`."""
        return frozenset(self._above(folder for path in paths for folder in self._readers.get(path, ())))

    def roles(self, path: str) -> frozenset[Role]:
        """Return how kustomizations, built or not, use `path`."""
        return self._roles.get(path, _NO_ROLES)

    @cached_property
    def rendered(self) -> frozenset[str]:
        """The files whose objects come out of some build; what is wrong with them is seen there."""
        built = self._reachable(self.roots)
        return frozenset(
            path for folder in built for path, roles in self.nodes[folder].reads.items() if Role.RESOURCE in roles
        )

    @cached_property
    def remotes(self) -> tuple[Remote, ...]:
        """Every address in a kustomization, in the order of folders."""
        return tuple(remote for folder in sorted(self.nodes) for remote in self.nodes[folder].remotes)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with kustomizations that can be told without building them."""
        found = [finding for folder in sorted(self.nodes) for finding in self.nodes[folder].findings]
        built = self._reachable(self.roots)
        found += [
            _unused(node.kustomization.file)
            for folder, node in sorted(self.nodes.items())
            if node.component and folder not in built
        ]
        return tuple(found)

    def findings_of(self, folder: str) -> tuple[Finding, ...]:
        """Return those of `findings` that concern the building of `folder`."""
        return tuple(finding for part in self.parts(folder) for finding in self.nodes[part].findings)

    def _reachable(self, folders: Iterable[str]) -> set[str]:
        reached: set[str] = set()
        for folder in folders:
            self._reach(folder, reached)
        return reached

    def _reach(self, start: str, reached: set[str]) -> None:
        """Add to `reached` the folders that `start` is built from, itself included."""
        pending = [start]
        while pending:
            folder = pending.pop()
            if folder in self.nodes and folder not in reached:
                reached.add(folder)
                pending += self.nodes[folder].children

    def _above(self, folders: Iterable[str]) -> set[str]:
        """Return the folders that build from any of `folders`, those included."""
        pending, above = list(folders), set[str]()
        while pending:
            folder = pending.pop()
            if folder not in above:
                above.add(folder)
                pending += self._parents.get(folder, ())
        return above

    def _first_of_circle(self, folder: str) -> str:
        if folder not in self._parents:
            return folder
        circle = self._reachable([folder]) & self._above([folder])
        return min(member for member in circle if not self.nodes[member].component)

    @cached_property
    def _readers(self) -> Mapping[str, Sequence[str]]:
        readers: dict[str, list[str]] = defaultdict(list)
        for folder in sorted(self.nodes):
            for path in self.nodes[folder].reads:
                readers[path].append(folder)
        return readers

    @cached_property
    def _parents(self) -> Mapping[str, Sequence[str]]:
        parents: dict[str, list[str]] = defaultdict(list)
        for folder in sorted(self.nodes):
            for child in self.nodes[folder].children:
                parents[child].append(folder)
        return parents

    @cached_property
    def _roles(self) -> Mapping[str, frozenset[Role]]:
        roles: dict[str, set[Role]] = defaultdict(set)
        for node in self.nodes.values():
            for path, used in node.reads.items():
                roles[path] |= used
        return {path: frozenset(used) for path, used in roles.items()}


def _unused(file: str) -> Finding:
    code = CODES["component-unused"]
    return Finding(code.name, code.severity, "no kustomization uses this component, so it was not built", file)
