"""Which directories of two environments are the same component's."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from gitops_action.config.promotion import Layout
from gitops_action.environments import PARENTS, infer
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.places import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.config.globs import PathPattern

_WILD: Final = regex(r"[*?\[]")
# Parts of a path that say nothing of what lies there, as long as another part does.
_GENERIC: Final = PARENTS | {
    "apps",
    "deploy",
    "deployments",
    "k8s",
    "kubernetes",
    "kustomize",
    "manifests",
    "gitops",
    ".",
}
_UNSAFE: Final = regex(r"[^A-Za-z0-9._-]+|\.(?=lock\Z)|\.{2,}|\A[.-]+|[.]+\Z")


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """What is promoted on its own: its name, and its directories in the source and in the target environment."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class _Root:
    """A directory that holds what an environment has; `slot` is its path without what names the environment."""

    path: str
    counterpart: str
    slot: tuple[str, ...]


def components(
    source: str, target: str, config: Config, folders: Mapping[str, bool], layout: Layout
) -> list[Component]:
    """Return the components that an environment has, with their directories in the target, by name.

    `folders` are the tree's, see `folders_of`. A directory of the target need not exist.
    """
    targets = set(roots(target, config, folders))
    found: dict[str, Component] = {}
    for root in (_root(path, source, target, config, targets) for path in roots(source, config, folders)):
        for inner in _parts(root.path, folders, layout):
            name = _name(root.slot, inner)
            if name in found:
                name = _safe("-".join((*root.slot, *filter(None, (inner,)))))
            if name in found:
                continue
            where = (posixpath.join(folder, inner) if inner else folder for folder in (root.path, root.counterpart))
            found[name] = Component(name, *where)
    return sorted(found.values())


def components_of(environment: str, config: Config, folders: Mapping[str, bool], layout: Layout) -> set[str]:
    """Return the names that components of an environment go by on some way to it or from it."""
    return {name for names in component_folders(environment, config, folders, layout).values() for name in names}


def component_folders(
    environment: str, config: Config, folders: Mapping[str, bool], layout: Layout
) -> dict[str, set[str]]:
    """Return the directories of an environment's components, and the names that each goes by."""
    others = {known.name for known in config.environments} or {infer(folder) or "" for folder in folders}
    found: dict[str, set[str]] = {}
    for other in others - {environment, ""}:
        for one in components(environment, other, config, folders, layout):
            found.setdefault(one.source, set()).add(one.name)
        for one in components(other, environment, config, folders, layout):
            found.setdefault(one.target, set()).add(one.name)
    return found


def roots(environment: str, config: Config, folders: Iterable[str]) -> list[str]:
    """Return the uppermost directories of an environment, sorted."""
    patterns = next((known.paths for known in config.environments if known.name == environment), None)
    found: list[str] = []
    inside: set[str] = set()
    for folder in sorted(folders):
        # What is above a folder comes before it.
        if posixpath.dirname(folder) in inside:
            inside.add(folder)
        elif _is_of(folder, environment, patterns):
            inside.add(folder)
            found.append(folder)
    return found


def _is_of(folder: str, environment: str, patterns: Sequence[PathPattern] | None) -> bool:
    if patterns is None:
        return infer(folder) == environment
    return any(pattern.matches(folder) for pattern in patterns)


def folders_of(paths: Iterable[str]) -> dict[str, bool]:
    """Return every directory that the files at `paths` lie in, and whether it holds configuration itself."""
    folders: dict[str, bool] = {}
    seen: set[str] = set()
    for path in paths:
        folder = posixpath.dirname(path)
        if path.endswith(SUFFIXES) or posixpath.basename(path) == "Kustomization":
            folders[folder] = True
        while folder and (folder not in folders or folder not in seen):
            seen.add(folder)
            folders.setdefault(folder, False)
            folder = posixpath.dirname(folder)
    return folders


def _parts(root: str, folders: Mapping[str, bool], layout: Layout) -> list[str]:
    """Return the directories in a root that are components, "" for the root as a whole."""
    if layout is Layout.WHOLE or (layout is Layout.AUTO and folders[root]):
        return [""]
    inside = {folder[len(root) + 1 :].partition("/")[0] for folder in folders if folder.startswith(f"{root}/")}
    return sorted(inside) or [""]


def _root(path: str, source: str, target: str, config: Config, targets: set[str]) -> _Root:
    """Find the target's directory that stands for one of the source's."""
    candidates = list(dict.fromkeys(_candidates(path, source, target, config)))
    counterpart = next((one for one in candidates if one in targets), candidates[0])
    pairs = zip(path.split("/"), counterpart.split("/"), strict=False)
    slot = tuple(mine for mine, other in pairs if mine == other)
    return _Root(path, counterpart, slot)


def _candidates(path: str, source: str, target: str, config: Config) -> Iterable[str]:
    parts = path.split("/")
    patterns = {known.name: known.paths for known in config.environments}
    for pattern in patterns.get(source, ()):
        if len(pattern.parts) == len(parts) and pattern.matches(path):
            others = [other for other in patterns.get(target, ()) if len(other.parts) == len(parts)]
            for other in sorted(others, key=lambda one: -sum(map(str.__eq__, pattern.parts, one.parts))):
                filled = [
                    mine if _WILD.search(theirs) else theirs for mine, theirs in zip(parts, other.parts, strict=True)
                ]
                if all(
                    not _WILD.search(part) or part == theirs
                    for part, theirs in zip(pattern.parts, other.parts, strict=True)
                ):
                    yield "/".join(filled)
    # The part that names the environment, from the end: `apps/staging/staging-db` is of the directory `staging`.
    for place in [place for place, part in enumerate(parts) if part == source] or [len(parts) - 1]:
        yield "/".join((*parts[:place], target, *parts[place + 1 :]))


def _name(slot: Sequence[str], inner: str) -> str:
    telling = [part for part in slot if part.lower() not in _GENERIC]
    parts = [*telling, *filter(None, (inner,))] or list(slot[-1:])
    return _safe("-".join(parts))


def _safe(name: str) -> str:
    """Return a name that can be a part of a branch's name (git-check-ref-format)."""
    return _UNSAFE.sub("-", name).strip("-.") or "all"
