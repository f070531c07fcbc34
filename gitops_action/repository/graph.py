"""Which kustomization builds from what: the graph of a tree's kustomizations, without building any."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.model import Finding
from gitops_action.records import dataclass
from gitops_action.repository.references import Role
from gitops_action.repository.undeployed import undeployed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gitops_action.model import JSONValue, Location
    from gitops_action.repository.kustomizations import Kustomization
    from gitops_action.repository.paths import Layout

_NO_ROLES: Final[frozenset[Role]] = frozenset()


@dataclass(frozen=True, slots=True)
class Remote:
    """An address that a build would fetch from, and what for."""

    text: str
    role: Role
    location: Location


@dataclass(frozen=True, slots=True)
class Plugin:
    """The configuration of a generator, transformer or validator, or why it cannot be read; and where it is written."""

    value: JSONValue | Finding
    location: Location


@dataclass(slots=True)
class Node:
    """One folder with a kustomization.

    `reads` has every path that the build looks at there, whether it exists or not; `children` the folders that it builds
    from, in the order in which they are named. `refusals` say why it must not be built, whatever the configuration
    allows; what of `remotes` and `plugins` is allowed is not known here.
    """

    folder: str
    kustomization: Kustomization
    reads: dict[str, set[Role]] = field(default_factory=lambda: defaultdict(set))
    children: dict[str, set[Role]] = field(default_factory=lambda: defaultdict(set))
    remotes: list[Remote] = field(default_factory=list)
    plugins: list[Plugin] = field(default_factory=list)
    refusals: list[Finding] = field(default_factory=list)

    @property
    def component(self) -> bool:
        """Whether it can only be built as a part of another."""
        return self.kustomization.component

    @property
    def ambiguous(self) -> bool:
        """Whether the folder has several kustomization files, which kustomize refuses."""
        return any(finding.code == "kustomization-duplicate" for finding in self.refusals)


class Graph:
    """The kustomizations of one tree by folder, "." for the root. `discovery.discover` makes it."""

    def __init__(self, nodes: Mapping[str, Node], layout: Layout) -> None:
        """Take the nodes by folder, and the layout of the tree that they are from."""
        self.nodes = nodes
        self.layout = layout

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders to build: as few as reach every other that is no component. Of a circle, its first by name."""
        return self.tops(self.nodes)

    def tops(self, folders: Collection[str]) -> tuple[str, ...]:
        """Return those of `folders` to build, as `roots` does of all."""
        starts: list[str] = []
        seen: set[str] = set()
        for folder in sorted(folders):
            if folder not in seen and not self.nodes[folder].component:
                starts.append(folder)
                self._reach(folder, seen)
        # A later start may reach an earlier one, never the other way round.
        roots, reached = [], set[str]()
        for folder in reversed(starts):
            if folder not in reached:
                self._reach(folder, reached)
                roots.append(self._first_of_circle(folder, folders))
        return tuple(sorted(roots))

    def closure(self, folder: str) -> frozenset[str]:
        """Return every path that building `folder` reads, and those it would read if they existed."""
        return frozenset(path for part in self._reachable([folder]) for path in self.nodes[part].reads)

    def parts(self, *folders: str) -> tuple[str, ...]:
        """Return the folders that `folders` are built from, themselves included."""
        return tuple(sorted(self._reachable(folders)))

    def layers(self, folder: str) -> tuple[Node, ...]:
        """Return the parts of `folder` in the order in which they are built: what is built from comes before."""
        done: list[Node] = []
        seen: set[str] = set()
        pending = [(folder, False)]
        while pending:
            name, built = pending.pop()
            if built:
                done.append(self.nodes[name])
            elif name in self.nodes and name not in seen:
                seen.add(name)
                pending.append((name, True))
                pending += ((child, False) for child in reversed(self.nodes[name].children))
        return tuple(done)

    def reading(self, paths: Iterable[str]) -> frozenset[str]:
        """Return every folder, root or not, whose closure has one of `paths`."""
        return frozenset(self._above(folder for path in paths for folder in self._readers.get(path, ())))

    def roles(self, path: str) -> frozenset[Role]:
        """Return how kustomizations, built or not, use `path`."""
        return self._roles.get(path, _NO_ROLES)

    @cached_property
    def rendered(self) -> frozenset[str]:
        """The files whose objects come out of some build; what is wrong with them is seen there."""
        return frozenset(
            path for folder in self._built for path, roles in self.nodes[folder].reads.items() if Role.RESOURCE in roles
        )

    @cached_property
    def undeployed(self) -> Mapping[str, str]:
        """The files whose objects nobody applies, each with the kustomization that could list it, as `undeployed` has it."""
        return undeployed(self)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with kustomizations and is not said when the roots are built."""
        found: list[Finding] = []
        for folder, node in sorted(self.nodes.items()):
            found += node.kustomization.findings
            if folder not in self._built:
                found += (*node.refusals, _unused(node.kustomization.file))
        return tuple(found)

    def findings_of(self, folder: str) -> tuple[Finding, ...]:
        """Return those of `findings` that concern the building of `folder`."""
        return tuple(finding for part in self.parts(folder) for finding in self.nodes[part].kustomization.findings)

    @cached_property
    def _built(self) -> frozenset[str]:
        """The folders that the roots are built from; all others are components that nobody uses."""
        return frozenset(self._reachable(self.roots))

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

    def _first_of_circle(self, folder: str, folders: Collection[str]) -> str:
        if folder not in self._parents:
            return folder
        circle = self._reachable([folder]) & self._above([folder])
        return min(member for member in circle if member in folders and not self.nodes[member].component)

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
