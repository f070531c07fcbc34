"""Which sources a repository has for Flux, and of which it can be told that a name is wrong.

`flux bootstrap` commits its source `flux-system` (gotk-sync.yaml), the Flux operator makes it in the cluster. So that name is never
wrong, and another one only where what is in the repository speaks against it.
"""

from __future__ import annotations

import re
from dataclasses import field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

from gitops_action.codes import closest
from gitops_action.parts import part
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from gitops_action.model import Pointer

_OWN_NAME: Final = "flux-system"
# What `flux-system` may be.
_OF_OWN: Final = frozenset({"GitRepository", "OCIRepository", "Bucket"})
_KINDS: Final = _OF_OWN | {"HelmRepository"}
_ALIKE: Final = 0.7

Name = tuple[str, str]
"""The kind and the name of a source."""


@dataclass(frozen=True, slots=True)
class SourceNames:
    """The sources `written` in a repository, and those that its objects have `used`, each with how often.

    `closed`: nothing is known to be made by something else, such as a Kustomization of another repository.
    """

    written: Collection[Name] = ()
    used: Mapping[Name, int] = field(default_factory=dict)
    closed: bool = False

    def missing(self, kind: str, name: str) -> str | None:
        """Return a hint what to write where a name is wrong ("" where there is none); None where it is right, or nobody can tell."""
        if (
            kind not in _KINDS
            or name == _OWN_NAME
            or not re.fullmatch(r"[a-z0-9.-]+", name)
            or (kind, name) in self.written
        ):
            return None
        known = [other for its_kind, other in self.written if its_kind == kind]
        own = (kind, _OWN_NAME)
        if kind in _OF_OWN and own not in self.written and self.used.get(own, 0) > self.used.get((kind, name), 0):
            known.append(_OWN_NAME)
        near = closest(name, known)
        if near and _may_be_meant(name, near):
            return f"did you mean `{near}`?"
        bootstrapped = any((its_kind, _OWN_NAME) in self.written for its_kind in _OF_OWN)
        return "" if known and bootstrapped and self.closed else None


def references(value: Mapping[str, Any]) -> Iterator[tuple[Pointer, str, str]]:
    """Yield the place, kind and name of each source that a Kustomization or a HelmRelease names."""
    for pointer in (("spec", "sourceRef"), ("spec", "chart", "spec", "sourceRef"), ("spec", "chartRef")):
        named: Mapping[str, Any] = value
        for key in pointer:
            named = part(named, key)
        kind, name = named.get("kind"), named.get("name")
        if isinstance(kind, str) and isinstance(name, str):
            yield (*pointer, "name"), kind, name


def _may_be_meant(name: str, other: str) -> bool:
    """Whether two names may be one that is misspelt: `team-a` and `team-b`, or `podinfo` and `podinfo2`, are not."""
    if re.sub(r"\d", "", name) == re.sub(r"\d", "", other):
        return False
    words, others = (re.split(r"[-.]", one) for one in (name, other))
    if len(words) != len(others):
        return True
    pairs = zip(words, others, strict=True)
    return all(one == two or SequenceMatcher(None, one, two).ratio() >= _ALIKE for one, two in pairs)
