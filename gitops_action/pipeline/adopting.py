"""`init --adopt`: what a repository has, and the configuration and workflows that fit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.environments import of_directory, of_file, with_flux
from gitops_action.errors import UsageError
from gitops_action.pipeline import plain
from gitops_action.pipeline.work_tree import configuration_of, files_of
from gitops_action.repository.discovery import discover
from gitops_action.repository.places import Surroundings
from gitops_action.scaffold import adopt, repository
from gitops_action.scaffold.wish import Setup, Via

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.pipeline.work_tree import Folder
    from gitops_action.repository.tree import Tree


def adopted(
    folder: Folder, wanted: Sequence[str], via: str, branch: str, ref: str
) -> tuple[Setup, dict[str, str], tuple[str, ...]]:
    """Return what a repository is set up with, the files, and what is to be said of what was found.

    `wanted` are the only environments to take up, in their order; none means all. Raises UsageError where there is nothing to
    adopt, or one of them is not there; ConfigError for a configuration that cannot be read.
    """
    tree = files_of(folder)
    config = configuration_of(tree)
    places, config = _places(tree, config)
    if not places:
        raise UsageError(
            f"{folder.path} holds no Kubernetes configuration to adopt: leave --adopt out to begin with some"
        )
    found = adopt.adopt(tree, places, config)
    known = {one.name: tuple(pattern.text for pattern in one.paths) for one in config.environments}
    environments = _chosen(known or found.environments, wanted)
    ways = tuple((way.source, way.target) for way in config.promotion.paths) if known else found.ways
    ways = tuple(way for way in ways if set(way) <= set(environments))
    setup = Setup(
        tuple(environments),
        Via(via or found.via),
        branch=branch,
        ref=ref,
        ways=ways,
        images=adopt.has_image_policies(tree),
    )
    told = ", ".join(environments) or "none could be told by names"
    notes = [f"environments: {told}; deployed by {setup.via.value}"]
    if found.impossible and not known:
        notes.append(f"cannot be environments by their names, and are left out: {', '.join(found.impossible)}")
    return setup, repository.of_existing(setup, environments, found.unordered), tuple(notes)


def _places(tree: Tree, config: Config) -> tuple[dict[str, str], Config]:
    """Return the overlays and the files with manifests, each with its environment, and what Flux's objects add to that."""
    graph = discover(tree)
    overlays = [root for root in graph.roots if not config.ignores(root)]
    found = plain.candidates(tree, graph, config)
    loaded = plain.load_files(tree, found, Surroundings(tree.entries, graph), config)
    files = sorted({manifest.locator.locate(()).file for manifest in loaded.manifests})
    config = with_flux(config, [tree], overlays, files)
    places = {root: of_directory(root, config) for root in overlays} | {path: of_file(path, config) for path in files}
    return places, config


def _chosen(environments: Mapping[str, tuple[str, ...]], wanted: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    absent = [name for name in wanted if name not in environments]
    if absent:
        raise UsageError(
            f"--environments: {', '.join(absent)}: not found here; there are {', '.join(environments) or 'none'}. Leave the option "
            "out, or write .gitops.yaml first"
        )
    return {name: environments[name] for name in wanted} or environments
