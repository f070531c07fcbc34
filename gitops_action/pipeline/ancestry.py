"""Which commits contain which, asking the remote repository for those that the clone does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.errors import GitOpsError

if TYPE_CHECKING:
    from gitops_action.adapters.git import Repository
    from gitops_action.adapters.git_remote import Remote


class Ancestry:
    """The history of one repository, with or without its remote. What was asked once is remembered."""

    def __init__(self, repository: Repository, remote: Remote | None = None) -> None:
        self._repository = remote.repository if remote is not None else repository
        self._remote = remote
        self._known: dict[tuple[str, str], bool | None] = {}

    def contains(self, descendant: str, commit: str) -> bool | None:
        """Tell whether `descendant` has `commit` in its history, itself included; None if nobody here knows `descendant`.

        In a shallow clone a "no" may only mean that history ends too early: it is None there.
        """
        if descendant == commit:
            return True
        pair = descendant, commit
        if pair not in self._known:
            self._known[pair] = self._ask(descendant, commit)
        return self._known[pair]

    def _ask(self, descendant: str, commit: str) -> bool | None:
        for fetched in (False, True):
            if fetched and not self._fetch(descendant):
                return None
            try:
                self._repository.resolve(f"{descendant}^{{commit}}")
                base = self._repository.merge_base(descendant, commit)
            except GitOpsError:
                continue
            if base == commit:
                return True
            return None if self._repository.is_shallow else False
        return None

    def _fetch(self, commit: str) -> bool:
        if self._remote is None:
            return False
        try:
            self._remote.fetch(commit)
        except GitOpsError:
            return False
        return True
