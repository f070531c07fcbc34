"""The files that a report is about, read again for the excerpts on a terminal."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

from gitops_action.adapters.git import Repository
from gitops_action.errors import GitOpsError
from gitops_action.pipeline.selection import select
from gitops_action.report.excerpts import presentable
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from gitops_action.report.excerpts import Sources
    from gitops_action.repository.tree import Tree


@contextmanager
def of_revision(repo: Path, revision: str) -> Iterator[Sources]:
    """Give what reads the files of a revision; None for all of them where Git cannot."""
    with ExitStack() as stack:

        @cache
        def tree() -> Tree | None:
            try:
                return stack.enter_context(Repository.open(repo)).tree(revision)
            except GitOpsError:
                return None

        yield _reading(tree)


def of_paths(paths: Sequence[str]) -> Sources:
    """Return what gives the files of the tree that `paths` lie in; standard input cannot be read again."""

    @cache
    def tree() -> Tree | None:
        try:
            return select(paths).tree
        except GitOpsError:
            return None

    return _reading(tree)


def _reading(tree: Callable[[], Tree | None]) -> Sources:
    @cache
    def lines(file: str) -> Sequence[str] | None:
        found = tree()
        return None if found is None else _lines(found, file)

    return lines


def _lines(tree: Tree, file: str) -> Sequence[str] | None:
    entry = tree.entries.get(file)
    if entry is None or entry.kind is not EntryKind.FILE:
        return None
    for _, content in tree.read([file]):
        if isinstance(content, bytes):
            return presentable(content, file)
    return None
