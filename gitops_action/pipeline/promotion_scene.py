"""One revision of a repository as promotions see it: its files and folders, its history, the promotions that are in it."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from gitops_action.config.names import FILE_NAMES
from gitops_action.pipeline.settings import Overrides, configuration
from gitops_action.promote.components import folders_of
from gitops_action.promote.folder import Folder
from gitops_action.promote.proposal import Record, record
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.adapters.git import Repository
    from gitops_action.config import Config
    from gitops_action.promote.gates import Facts
    from gitops_action.promote.locks import Lock
    from gitops_action.repository.commits import Commit
    from gitops_action.repository.tree import Tree


@dataclass
class Scene:
    """One revision of the main branch, and what is known around it. `locks` None: nobody was asked.

    `baselines` are the commits with which paths came into the configuration, as far as they were looked for.
    """

    repository: Repository
    head: str
    config: Config
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    facts: Facts | None = None
    locks: Sequence[Lock] | None = None
    listed: set[str] = field(default_factory=set)
    baselines: dict[tuple[str, str], str] = field(default_factory=dict)
    _trees: dict[str, tuple[Tree, list[str]]] = field(default_factory=dict)

    @cached_property
    def tree(self) -> Tree:
        """The files of the main branch."""
        return self.repository.tree(self.head)

    @cached_property
    def paths(self) -> list[str]:
        """The names of those files, sorted."""
        return sorted(self.tree.entries)

    def folder(self, sha: str, root: str) -> Folder:
        """Return a folder of a commit; the files of those that are `listed` are listed once for all folders."""
        if sha not in self.listed:
            return Folder(self.repository.tree(sha, [f"{root}/"]), root)
        if sha not in self._trees:
            tree = self.repository.tree(sha)
            self._trees[sha] = tree, sorted(tree.entries)
        return Folder(self._trees[sha][0], root, self._trees[sha][1])

    @cached_property
    def folders(self) -> dict[str, bool]:
        """The folders of the main branch, and whether each holds configuration itself."""
        return folders_of(self.paths)

    @cached_property
    def records(self) -> list[Record]:
        """The promotions that are in the main branch, the newest first."""
        found = (record(commit.message) for commit in self.history)
        return [one for one in found if one is not None]

    @cached_property
    def history(self) -> Sequence[Commit]:
        """All commits of the main branch, the newest first."""
        return self.repository.history(self.head, since=None, first_parent=False)

    @cached_property
    def chain(self) -> dict[str, int]:
        """The commits that the main branch had as its tip, by age: 0 is the newest."""
        commits = {commit.sha: commit for commit in self.history}
        chain: dict[str, int] = {}
        sha: str | None = self.head
        while sha in commits:
            chain[sha] = len(chain)
            sha = next(iter(commits[sha].parents), None)
        return chain


def open_scene(repository: Repository, head: str, config_file: str = "") -> Scene:
    """Return the scene of a revision, with the configuration that it has. Raises ConfigError, UsageError."""
    sha = repository.resolve(head)
    files = [config_file] if config_file else FILE_NAMES
    return Scene(repository, sha, config_of(repository.tree(sha, files), config_file))


def config_of(tree: Tree, file: str) -> Config:
    """Return the configuration in a tree: its own file, or the one that is named. Raises ConfigError, UsageError."""
    return configuration(tree, None, Overrides(config=file))[0]
