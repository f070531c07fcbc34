"""Cases for rules as plain data: a manifest, and whether the API server refuses it and where the wrong value is.

Each table starts from a good manifest; a case changes a few of its values. The expectations are those of a kube-apiserver
1.36.3 (dry run with strict field validation), which every case has been sent to: whoever runs one can do so again with
the cases of all tables.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules.registry import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer

    # Values by path (text or pointer); the keys of a Mapping are invariant, so mypy is told less than there is to tell.
    Changes = Mapping[Any, Any]


class _Dropped:
    """Marks a value that a case takes away."""

    def __repr__(self) -> str:
        """Be the same in each process: names of cases have it, and workers compare their names."""
        return "<dropped>"


DROPPED: Final = _Dropped()


@dataclass(frozen=True)
class Case:
    """A manifest and what is expected of it: nothing (`code` is ""), or one problem of that code at the pointer."""

    name: str
    manifest: Mapping[str, Any]
    code: str = ""
    pointer: Pointer = ()

    @property
    def rejected(self) -> bool:
        """Whether the server refuses the manifest."""
        return bool(self.code)


def at(path: str | Pointer) -> Pointer:
    """Read a path such as "spec.containers.0.image"; a part with dots needs a tuple."""
    if isinstance(path, tuple):
        return path
    return tuple(int(part) if part.isdigit() else part for part in path.split("."))


class Table:
    """Collects the cases that start from one good manifest, which is a case itself; `root` begins all their paths."""

    def __init__(self, name: str, good: Mapping[str, Any], root: str = "") -> None:
        self._name = name
        self._good = good
        self._root = at(root) if root else ()
        self.cases = [Case(name, good)]

    def good(self, name: str, changes: Changes) -> None:
        """Add a case that the server accepts."""
        self._add(name, changes)

    def bad(self, name: str, code: str, pointer: str | Pointer, changes: Changes) -> None:
        """Add a case that the server refuses, with the value that is wrong at `pointer`."""
        self._add(name, changes, code, self._root + at(pointer))

    def value(self, code: str, path: str | Pointer, *values: Any) -> None:
        """Add a case for each of some values that may not be at `path`."""
        for value in values:
            self.bad(f"{path} {repr(value)[:40]}", code, path, {path: value})

    def values(self, path: str | Pointer, *values: Any) -> None:
        """Add a case for each of some values that may be at `path`."""
        for value in values:
            self.good(f"{path} {repr(value)[:40]}", {path: value})

    def _add(self, name: str, changes: Changes, code: str = "", pointer: Pointer = ()) -> None:
        names = {case.name for case in self.cases}
        name = f"{self._name}: {name}"
        name = next(other for other in (name, *(f"{name} ({number})" for number in range(2, 99))) if other not in names)
        self.cases.append(Case(name, self._changed(changes), code, pointer))

    def _changed(self, changes: Changes) -> Mapping[str, Any]:
        manifest: Mapping[str, Any] = json.loads(json.dumps(self._good))  # in which no part is there twice
        for path, value in changes.items():
            _set(manifest, self._root + at(path), value if value is DROPPED else json.loads(json.dumps(value)))
        return manifest


def _set(value: Any, pointer: Pointer, new: Any) -> None:
    for part, following in itertools.pairwise(pointer):
        if isinstance(value, list):
            assert isinstance(part, int)
            if part == len(value):
                value.append({})
            value = value[part]
        else:
            value = value.setdefault(part, [] if isinstance(following, int) else {})
    last = pointer[-1]
    if new is DROPPED:
        del value[last]
    elif isinstance(value, list) and last == len(value):
        value.append(new)
    else:
        value[last] = new


def found(case: Case, minor: int = 36) -> list[tuple[str, Pointer]]:
    """Return what the rules say of a case: codes and pointers."""
    return [(problem.code, problem.pointer) for problem in judge(case.manifest, minor, secret=False)]


def expected(case: Case) -> list[tuple[str, Pointer]]:
    """Return what they ought to say."""
    return [(case.code, case.pointer)] if case.rejected else []
