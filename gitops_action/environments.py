"""Which environment a path belongs to: what the configuration says, else what the directories' names say."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gitops_action.codes import closest
from gitops_action.regex import regex
from gitops_action.repository import flux

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.config.model import Config
    from gitops_action.repository.tree import Tree

DEFAULT: Final = "default"

# Directories whose children are environments (or clusters, which stand for them here).
PARENTS: Final = frozenset({"clusters", "environments", "envs", "env", "overlays", "stages"})
# What is below these is shared by environments, whatever it is called.
SHARED: Final = frozenset({"base", "bases", "common", "components", "modules", "shared", "templates"})
# The usual names, in the order in which a change travels.
_STAGES: Final = (
    ("sandbox", "dev", "devel", "development"),
    ("test", "testing"),
    ("qa",),
    ("staging", "stage", "stg", "acceptance", "uat"),
    ("preprod", "preproduction"),
    ("prod", "production", "prd", "live"),
)
_RANK: Final = {word: rank for rank, words in enumerate(_STAGES) for word in words}
# `dev-team` is a team and `test-data` is data.
_NO_ENVIRONMENT: Final = frozenset(
    {
        "team",
        "teams",
        "tenant",
        "tools",
        "tool",
        "kit",
        "data",
        "runner",
        "runners",
        "operator",
        "container",
        "containers",
    }
)
_SUFFIX: Final = regex(r"\.(ya?ml|json)$")
_FLUX_SUFFIXES: Final = (".yaml", ".yml")


def of_directory(path: str, config: Config) -> str:
    """Return the environment of an overlay's directory, `path` from the root ("" or "." is the root itself).

    The configuration's paths count first, the most specific of them; then the directory's own name and its parents';
    then what Flux deploys, if `with_flux` has looked. What nothing is known of is in environment "default".
    """
    path = _normal(path)
    return _named(path, config) or _deployed(path, config.deployed) or DEFAULT


def of_file(path: str, config: Config) -> str:
    """Return the environment of a plain file, as `of_directory`; `prod.yaml` is a name too."""
    path = _normal(path)
    return _named_file(path, config) or _deployed(path.rpartition("/")[0], config.deployed) or DEFAULT


def of_deployment(folder: str, config: Config, owner: tuple[str, bool]) -> tuple[str, bool]:
    """Return the environment of what Flux deploys from `folder`, and whether the configuration says so.

    `owner` is that of the Kustomization itself. What the configuration says counts first, of the folder and then of the
    owner; then the folder's name, and then the owner's environment.
    """
    path = _normal(folder)
    claimed = _configured(path, config)
    if claimed or owner[1]:
        return claimed or owner[0], True
    return infer(path) or owner[0], False


def of_owner(file: str, config: Config, *, directory: bool = False) -> tuple[str, bool]:
    """Return the environment of the Kustomizations in a file (or an overlay's `directory`), for `of_deployment`."""
    configured = _configured(_normal(file), config) is not None
    return (of_directory if directory else of_file)(file, config), configured


@lru_cache(maxsize=10_000)
def infer(path: str) -> str | None:
    """Return the part of a directory's path that names an environment; None if none does.

    A part below `clusters`, `overlays` and the like is one; else a part that is a usual name (`staging`); else one of
    whose words one is (`eu-prod`). Parts below a shared directory (`base`) say nothing.
    """
    parts: list[str] = []
    for part in _normal(path).split("/"):
        if part.lower() in SHARED:
            break
        parts.append(part)
    below = [part for parent, part in pairwise(parts) if parent.lower() in PARENTS]
    below = [part for part in below if part.lower() not in PARENTS]
    usual = [part for part in parts if part.lower() in _RANK]
    worded = [part for part in parts if _word(part)]
    for choices in (_both(below, usual), _both(below, worded), below, usual, worded):
        if choices:
            return choices[0]
    return None


def stage(name: str) -> int | None:
    """Return how far on the way from development to production an environment is, by its name; None if that says nothing."""
    word = _word(name)
    return _RANK[word] if word else None


def region(name: str) -> frozenset[str]:
    """Return the words of an environment's name that do not say its stage: `eu` of `eu-prod`."""
    word = _word(name)
    return frozenset(part for part in re.split(r"[-_.]", name.lower()) if part != word)


def is_production(name: str) -> bool:
    """Whether an environment is, by its name, the one that users see."""
    return _RANK.get(_word(name) or "") == len(_STAGES) - 1


def order(names: Iterable[str], config: Config) -> list[str]:
    """Sort the names of environments, each once: as configured, then from development to production, then by name."""
    configured = {environment.name: rank for rank, environment in enumerate(config.environments)}

    def key(name: str) -> tuple[int, int, str]:
        word = _word(name)
        return configured.get(name, len(configured)), _RANK[word] if word else len(_STAGES), name

    return sorted(set(names), key=key)


def meant(name: str, known: Iterable[str]) -> str | None:
    """Return the environment that is written much the same, or else is one of the same stage (`prod`, `production`)."""
    known = [other for other in known if other != DEFAULT]
    same = (other for other in known if stage(other) == stage(name) is not None)
    return closest(name, known) or next(same, None)


def absent(name: str, known: Iterable[str], config: Config) -> str:
    """Say that there is no environment of a name, and which there are."""
    names = order(known, config)
    near = meant(name, names)
    hint = f"; did you mean `{near}`? There" if near else ": there"
    rest = f" (`{DEFAULT}` is what belongs to no named one)" if DEFAULT in names and name != DEFAULT else ""
    return f"there is no environment `{name}`{hint} are {', '.join(names) or 'none'}{rest}"


def with_flux(config: Config, trees: Sequence[Tree], folders: Iterable[str], files: Iterable[str]) -> Config:
    """Return `config` with the environments of directories that Flux deploys, as its objects in `trees` say.

    The first tree that says anything of a directory counts: a pull request cannot move to another environment what its
    base deploys. Nothing is read where the names of all the `folders` and `files` that are looked at say enough.
    """
    if all(_named(_normal(path), config) for path in folders) and all(_named_file(_normal(it), config) for it in files):
        return config
    deployed: dict[str, str] = {}
    for tree in trees:
        deployed = {**_from_flux(tree, config), **deployed}
    return replace(config, deployed=deployed)


def _from_flux(tree: Tree, config: Config) -> dict[str, str]:
    """Return the environment of each directory that is deployed; what several environments deploy is in the default."""
    known = {
        path: environment
        for path in tree.entries
        if path.endswith(_FLUX_SUFFIXES) and (environment := _named_file(path, config)) is not None
    }
    found: dict[str, set[str]] = {}
    for deployment in flux.deployments(tree, known):
        found.setdefault(deployment.folder, set()).add(known[deployment.file])
    return {folder: names.pop() if len(names) == 1 else DEFAULT for folder, names in sorted(found.items())}


def _named(path: str, config: Config) -> str | None:
    return _configured(path, config) or infer(path)


def _named_file(path: str, config: Config) -> str | None:
    folder, _, name = path.rpartition("/")
    named = infer(folder)
    if _says_environment(folder, name):
        stem = _SUFFIX.sub("", name)
        named = infer(f"{folder}/{stem}" if folder else stem)
    return _configured(path, config) or named


def _normal(path: str) -> str:
    if "/." not in path and "//" not in path and path[:1] not in {"", ".", "/"} and path[-1] != "/":
        return path
    return "/".join(part for part in path.split("/") if part not in {"", "."})


def _configured(path: str, config: Config) -> str | None:
    """Find the environment whose pattern says most; one that only the pull request knows comes last."""
    if not config.environments:
        return None
    claims = [
        ((not environment.announced, pattern.specificity), environment.name)
        for environment in config.environments
        for pattern in environment.paths
        if pattern.matches(path)
    ]
    # The first of equals, in the configuration's order.
    return max(claims, key=lambda claim: claim[0])[1] if claims else None


def _deployed(path: str, deployed: Mapping[str, str]) -> str | None:
    """Look the directory up, then those above it."""
    while path and deployed:
        if path in deployed:
            return deployed[path]
        path = path.rpartition("/")[0]
    return None


def _says_environment(folder: str, name: str) -> bool:
    return name.partition(".")[0].lower() in _RANK or folder.rpartition("/")[2].lower() in PARENTS


def _both(first: list[str], second: list[str]) -> list[str]:
    return [part for part in first if part in second]


def _word(name: str) -> str | None:
    """Return the usual name of an environment that `name` is or holds."""
    plain = name.lower()
    if plain in _RANK:
        return plain
    words = re.split(r"[-_.]", plain)
    if _NO_ENVIRONMENT.intersection(words):
        return None
    return next((word for word in words if word in _RANK), None)
