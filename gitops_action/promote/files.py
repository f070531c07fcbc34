"""What of a component's changed files goes into the target: each file merged, added, moved, removed or left alone."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding
from gitops_action.promote import text
from gitops_action.promote.contents import documents, is_kustomization, is_structured, meaning
from gitops_action.promote.decisions import Action, Decision
from gitops_action.promote.documents import cleaned, merge_documents
from gitops_action.promote.edit import EditError
from gitops_action.promote.folder import FolderError
from gitops_action.promote.moves import moved
from gitops_action.promote.secrecy import GENERATOR, generator_files, secrets_in
from gitops_action.records import dataclass
from gitops_action.repository.documents import load

if TYPE_CHECKING:
    from gitops_action.promote.folder import Folder
    from gitops_action.promote.rules import RuleSet

# Everybody reads what is beside these in one way.
_HARMLESS: Final = frozenset({"yaml-duplicate-key", "yaml-tag"})


@dataclass(slots=True)
class FilesMerged:
    """What to write: content by path from the root, None removes the file; and what was decided."""

    changes: dict[str, bytes | None] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)

    @property
    def conflicts(self) -> list[Decision]:
        """What people have to decide."""
        return [decision for decision in self.decisions if decision.action is Action.CONFLICT]

    @property
    def supplies(self) -> list[Decision]:
        """The credentials that the target needs of its own."""
        return [decision for decision in self.decisions if decision.action is Action.SUPPLY]


@dataclass(frozen=True, slots=True)
class Folders:
    """A component: in the source before and after the change, and in the target as it is."""

    old: Folder
    new: Folder
    target: Folder


def changed(folders: Folders, *, sync: bool = False) -> list[str]:
    """Return the files that the source changed, or with `sync` those that the target has otherwise."""
    old, new, target = folders.old, folders.new, folders.target
    if sync:
        return sorted(path for path in new.entries if new.digest(path) != target.digest(path))
    return sorted(path for path in {*old.entries, *new.entries} if old.digest(path) != new.digest(path))


def merge_files(folders: Folders, rules: RuleSet, *, words: str = "", sync: bool = False) -> FilesMerged:
    """Merge what the source changed into the target. `words` is the source's name, to be looked for in what is added."""
    paths = changed(folders, sync=sync)
    if not paths:
        return FilesMerged()
    job = _Job(folders, rules, words, sync=sync)
    job.run(paths)
    job.merged.decisions.sort(key=lambda decision: decision.sort_key)
    return job.merged


class _Job:
    def __init__(self, folders: Folders, rules: RuleSet, words: str, *, sync: bool) -> None:
        self._folders = folders
        self._old, self._new, self._target = folders.old, folders.new, folders.target
        self._rules = rules
        self._words = words
        self._sync = sync
        self._secret_files = generator_files(folders.new) | generator_files(folders.old)
        self._unsettled: set[str] = set()
        """Files that the source has otherwise now and the target does not follow: nothing may come to name them."""
        self.merged = FilesMerged()

    def run(self, paths: list[str]) -> None:
        """Merge these files: kustomizations last, as they name the others."""
        moves = {} if self._sync else moved(self._folders, paths)
        last = [path for path in paths if is_kustomization(path)]
        for path in [path for path in paths if not is_kustomization(path)] + last:
            if path in moves.values():
                continue
            try:
                self._file(path, moves.get(path, path))
            except FolderError as error:
                self._conflict(path, str(error))

    def _file(self, path: str, old_path: str) -> None:
        """Merge one file; `old_path` is where the source had it before."""
        old, new = self._known(self._old, old_path), self._known(self._new, path)
        here = old_path if old_path in self._target else path
        target = self._known(self._target, here)
        if any(
            data is not None and not folder.is_file(name)
            for data, folder, name in ((old, self._old, old_path), (new, self._new, path), (target, self._target, here))
        ):
            self._conflict(path, "it is a symbolic link or a submodule in one of them: change it by hand")
        elif self._is_secret(path, new if new is not None else old):
            self._unsettled.add(path)
        elif new is None:
            self._remove(path, old, target)
        elif target is None and old is None:
            self._add(path, new)
        elif target is None:
            if self._sync:
                self._add(path, new)
            else:
                self._unsettled.add(path)
                self._say(Action.KEEP, path, "the target does not have this file")
        elif old is None and not self._sync:
            self._added_twice(path, new, target)
        else:
            self._merge(path, here, old if old is not None else target, new, target)

    def _remove(self, path: str, old: bytes | None, target: bytes | None) -> None:
        if target is None:
            return
        if self._alike(path, target, old):
            self.merged.changes[self._target.full(path)] = None
            self._say(Action.PROMOTE, path, "removed")
        else:
            self._unsettled.add(path)
            self._conflict(
                path, "the source removed it, and the target has its own version: remove it by hand or keep it"
            )

    def _add(self, path: str, new: bytes) -> None:
        if is_kustomization(path):
            try:
                done = cleaned(new, self._target.full(path), path, frozenset(self._unsettled))
            except EditError as error:
                self._conflict(path, str(error))
                return
            new = done.data or b""
            self.merged.decisions += done.decisions
        self.merged.changes[self._target.full(path)] = new
        lines = [number for number, line in enumerate(new.splitlines(), 1) if self._mentions(line)]
        look = (
            f"added; mentions `{self._words}` on line {', '.join(map(str, lines[:5]))}: look at it"
            if lines
            else "added"
        )
        self._say(Action.PROMOTE, path, look)

    def _mentions(self, line: bytes) -> bool:
        word = self._words.encode()
        return (
            bool(word) and re.search(rb"(?<![a-z])" + re.escape(word) + rb"(?![a-z])", line, re.IGNORECASE) is not None
        )

    def _added_twice(self, path: str, new: bytes, target: bytes) -> None:
        if self._alike(path, new, target):
            return
        self._unsettled.add(path)
        self._conflict(path, "the source added it, and the target has another file of that name")

    def _merge(self, path: str, here: str, old: bytes, new: bytes, target: bytes) -> None:
        """Merge a file that all have, and move it where the source moved it."""
        result = self._merged(path, here, old, new, target)
        if result is None:
            return
        if here != path:
            self.merged.changes[self._target.full(here)] = None
            self._say(Action.PROMOTE, path, f"moved from {self._target.full(here)}")
        elif result == target:
            return
        self.merged.changes[self._target.full(path)] = result

    def _merged(self, path: str, here: str, old: bytes, new: bytes, target: bytes) -> bytes | None:
        if target == new:
            return new
        whole = target == old and self._goes_whole(path, new, target)
        if not is_structured(path):
            if whole:
                self._say(Action.PROMOTE, path, "taken as it is")
            return new if whole else self._lines(path, old, new, target)
        if self._is_broken(path, self._target.full(here), (old, new, target)):
            return None
        done = merge_documents(
            old, new, target, file=self._target.full(here), path=path,
            rules=self._rules, sync=self._sync, unsettled=frozenset(self._unsettled),
        )  # fmt: skip
        if whole:
            # Comments come along too; what was merged only says what changed.
            if done.decisions and all(one.action is Action.PROMOTE for one in done.decisions):
                self.merged.decisions += done.decisions
            else:
                self._say(Action.PROMOTE, path, "taken as it is")
            return new
        self.merged.decisions += done.decisions
        return done.data

    def _lines(self, path: str, old: bytes, new: bytes, target: bytes) -> bytes | None:
        if self._sync:
            return new
        lines = text.merge(old, new, target)
        if lines is None:
            self._conflict(path, "both changed the same or neighbouring lines")
        else:
            self._say(Action.PROMOTE, path, "changed lines")
        return lines

    def _is_broken(self, path: str, file: str, versions: tuple[bytes, bytes, bytes]) -> bool:
        """Tell whether a version cannot be read, and say which and where."""
        for where, data in zip(("source", "source", "target"), versions, strict=True):
            items = load(data, file)
            broken = next((one for one in items if isinstance(one, Finding) and one.code not in _HARMLESS), None)
            if broken is not None:
                reason = f"the {where}'s file cannot be read: {broken.location}: {broken.message}"
                self._conflict(path, reason, broken.line)
                return True
        return False

    def _goes_whole(self, path: str, new: bytes, target: bytes) -> bool:
        """Whether a file that the target has as the source had it may be taken over with all its comments."""
        if self._sync or self._rules.may_block or self._is_partial(path, new):
            return False
        return b"gitops:" not in target

    def _is_partial(self, path: str, new: bytes) -> bool:
        """Whether a file may hold something that must not travel with the rest of it."""
        return is_kustomization(path) and bool(self._unsettled or GENERATOR.encode() in new)

    def _is_secret(self, path: str, data: bytes | None) -> bool:
        """Tell whether a file holds credentials, and say that the target needs its own."""
        if data is None:
            return False
        found = documents(data, self._target.full(path))
        names = ["data of a generated Secret"] if path in self._secret_files else secrets_in(data, found)
        if not names:
            return False
        if self._known(self._new, path) is None:
            self._say(
                Action.SUPPLY,
                path,
                f"the source no longer has {', '.join(names)}: remove the target's own if it is not used",
            )
        elif len(found) > len(names) and path not in self._secret_files:
            self._conflict(
                path, f"it holds {', '.join(names)} beside other objects: keep credentials in files of their own"
            )
        else:
            self._say(Action.SUPPLY, path, f"supply {', '.join(names)}")
        return True

    def _alike(self, path: str, one: bytes | None, other: bytes | None) -> bool:
        """Whether two files are the same, or say the same; what is no YAML says nothing that could be compared."""
        if one == other or one is None or other is None:
            return one == other
        meant = meaning(one, self._target.full(path))
        return meant is not None and meant == meaning(other, self._target.full(path))

    @staticmethod
    def _known(folder: Folder, path: str) -> bytes | None:
        return folder.read(path) if path in folder else None

    def _conflict(self, path: str, reason: str, line: int | None = None) -> None:
        self._say(Action.CONFLICT, path, reason, line)

    def _say(self, action: Action, path: str, reason: str, line: int | None = None) -> None:
        self.merged.decisions.append(Decision(action, self._target.full(path), reason=reason, line=line))
