"""Which settings hold for a run: the configuration's, with what the command line says put over them."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from gitops_action.config import Config, ConfigError, Engine, FailOn, Source, find, in_force, load
from gitops_action.errors import UsageError
from gitops_action.model import Finding
from gitops_action.pipeline.clusters import Clusters
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from gitops_action.repository.tree import Tree
    from gitops_action.shards import Shard


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line, or the action's inputs, say over the configuration; what is empty says nothing.

    `offline`: the network is not to be used. `clusters`: which live ones are to be looked at. `shard`: the one leg of a
    matrix that is to be done.
    """

    config: str = ""
    engines: tuple[Engine, ...] = ()
    kubernetes_versions: tuple[str, ...] = ()
    fail_on: FailOn | None = None
    offline: bool = False
    clusters: Clusters = field(default_factory=Clusters)
    shard: Shard | None = None


def configuration(head: Tree, base: Tree | None, overrides: Overrides) -> tuple[Config, list[Finding]]:
    """Return the configuration in force for `head`, judged by `base`'s where it grants power, and what is to be said.

    Raises UsageError where a named file is absent, ConfigError where the only one cannot be used.
    """
    source = _source(head, overrides.config)
    if source.data is None and overrides.config and (base is None or _source(base, overrides.config).data is None):
        raise UsageError(f"{overrides.config}: no such file in {head.name}; --config names a file of the repository")
    config, findings = in_force(source, None if base is None else _source(base, overrides.config))
    config = config.overridden(
        engines=overrides.engines, kubernetes_versions=overrides.kubernetes_versions, fail_on=overrides.fail_on
    )
    return config, findings


def own_configuration(head: Tree, base: Tree | None, overrides: Overrides, in_force: Config) -> Config:
    """Return what `head`'s own file says, to tell what is wrong in that: defaults where it cannot be read.

    `in_force` is the configuration of `head` and `base`, which is the same where they have the same file.
    """
    source = _source(head, overrides.config)
    if base is None or source == _source(base, overrides.config):
        return in_force
    try:
        return load(source.data, source.file)
    except ConfigError:
        return Config()


def _source(tree: Tree, name: str) -> Source:
    path = name or find(tree.entries)
    if path is None or path not in tree.entries:
        return Source(None, name) if name else Source(None)
    _, data = next(iter(tree.read([path])))
    if isinstance(data, Finding):
        raise UsageError(f"{path}: {data.message}")
    return Source(data, path)
