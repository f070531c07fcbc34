"""The two revisions of a change, and which of their overlays and files a run looks at."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.codes import CODES
from gitops_action.environments import of_directory, of_file, with_flux
from gitops_action.errors import GitOpsError
from gitops_action.model import Finding
from gitops_action.pipeline import plain
from gitops_action.pipeline.followed import NOTHING, Followed, follow
from gitops_action.pipeline.followed import affected as affected_by_flux
from gitops_action.pipeline.reach import with_reached
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides, configuration, own_configuration
from gitops_action.pipeline.unmatched import unmatched
from gitops_action.records import dataclass
from gitops_action.render.helm.tree import Installed, installed
from gitops_action.repository.affected import affected
from gitops_action.repository.affected import everything as all_overlays
from gitops_action.repository.discovery import Cache, discover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.adapters.git import Repository
    from gitops_action.config import Config
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two revisions. `paths` are the plain files, `targets` the overlays, `charts` those of the tree that are looked at.

    What Flux's Kustomizations deploy is in none of these, but in `flux`.
    """

    tree: Tree
    graph: Graph
    paths: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    charts: tuple[Installed, ...] = ()
    flux: Followed = NOTHING


@dataclass(frozen=True, slots=True)
class Question:
    """What a job is asked to look at. `base_sha` is "" and `base` None where there is nothing to compare with.

    `sizes` is how much there is to do for each environment, also where the job does one leg only; `empty` says that there
    is nothing in any. `granting` is the base branch's newest tree, which says what may be fetched.
    """

    config: Config
    head: Side
    base: Side | None
    head_sha: str
    base_sha: str
    sizes: Mapping[str, int]
    findings: Sequence[Finding] = ()
    granting: Tree | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look at, in any leg."""
        return not self.sizes


def read(repository: Repository, revisions: Revisions, overrides: Overrides) -> Question:
    """Find out which configuration holds and what is to be looked at, in all or in the one leg that is asked for.

    Raises UsageError for what is not a revision or configuration.
    """
    head_sha = repository.resolve(revisions.head)
    base_sha, findings = _fork_point(repository, revisions, head_sha)
    head_tree = repository.tree(head_sha)
    base_tree = repository.tree(base_sha) if base_sha else None
    # The base's newest settings: a branch that began before a permission was withdrawn must not keep it.
    granting = repository.tree(revisions.base) if revisions.base else None
    config, said = configuration(head_tree, granting, overrides)
    changed = None if base_sha is None else [it.path for it in repository.changed(base_sha, head_sha)]
    base, head = _sides(base_tree, head_tree, changed, config, everything=revisions.everything)
    both = [head] if base is None else [base, head]
    config = with_flux(
        config,
        [head_tree] if granting is None else [granting, head_tree],
        {target for side in both for target in side.targets},
        {path for side in both for path in side.paths},
    )
    amounts = sizes(both, config)
    if overrides.shard is not None:
        mine = overrides.shard.environments(amounts, config.contexts)
        base, head = base and of_shard(base, mine, config), of_shard(head, mine, config)
    findings += said
    own = own_configuration(head_tree, granting, overrides, config)
    findings += unmatched(own, {**head_tree.entries, **(base_tree.entries if base_tree else {})})
    findings += head.graph.findings if revisions.everything or base is None else _about(head)
    return Question(config, head, base, head_sha, base_sha or "", amounts, findings, granting)


def settings_of(repository: Repository, revision: str, file: str = "") -> Config:
    """Return the configuration of a revision, with the environments of what Flux deploys there.

    Raises UsageError or ConfigError as `read`.
    """
    return read(repository, Revisions(revision, everything=True), Overrides(config=file)).config


def _sides(
    base: Tree | None, head: Tree, changed: list[str] | None, config: Config, *, everything: bool
) -> tuple[Side | None, Side]:
    """Decide what is looked at: what changed and what that affects, or with `everything` all there is."""
    cache: Cache = {}
    head_graph = discover(head, cache)
    head_flux = follow(head, head_graph, config, SilentProgress(), cache)
    if base is None or changed is None:
        return None, side_of(Side(head, head_graph, flux=head_flux), head_graph.roots, head_flux, None, config)
    base_graph = discover(base, cache)
    base_flux = follow(base, base_graph, config, SilentProgress(), cache)
    # Both sides call what is in a cluster the same, also where there is but one on one side.
    split = base_flux.split | head_flux.split
    base_flux, head_flux = replace(base_flux, split=split), replace(head_flux, split=split)
    if everything:
        hit = all_overlays(base_graph, head_graph)
        return (
            side_of(Side(base, base_graph, flux=base_flux), hit.base, base_flux, None, config),
            side_of(Side(head, head_graph, flux=head_flux), hit.head, head_flux, None, config),
        )
    # A release changes with its chart and its values, and a custom resource with its definition, wherever they lie.
    changed = sorted(with_reached(changed, (base, base_graph), (head, head_graph)))
    hit = affected(base_graph, head_graph, changed)
    # What Flux comes to deploy, or no longer does, belongs to another environment than before.
    moved = base_flux.deployed ^ head_flux.deployed
    # A file that a build takes up, or no longer takes up, changes its fate without changing itself.
    touched = {*changed} | (head_graph.rendered ^ base_graph.rendered) | moved
    touched |= head_graph.undeployed.keys() ^ base_graph.undeployed.keys()
    before, after = affected_by_flux(base_flux, head_flux, changed)
    return (
        side_of(Side(base, base_graph, flux=before), _with(hit.base, moved, base_graph), base_flux, touched, config),
        side_of(Side(head, head_graph, flux=after), _with(hit.head, moved, head_graph), head_flux, touched, config),
    )


def side_of(side: Side, roots: Iterable[str], flux: Followed, touched: set[str] | None, config: Config) -> Side:
    """Return what is looked at of one revision, besides what Flux deploys, which `flux` has whole."""
    deployed = flux.deployed
    paths = plain.candidates(side.tree, side.graph, config, touched)
    return replace(
        side,
        paths=tuple(path for path in paths if path not in deployed),
        targets=tuple(root for root in _kept(roots, config) if root not in deployed),
        charts=_charts(side.tree, config, touched),
    )


def _with(folders: Iterable[str], more: Iterable[str], graph: Graph) -> tuple[str, ...]:
    return tuple(sorted({*folders, *(folder for folder in more if folder in graph.roots)}))


def _charts(tree: Tree, config: Config, touched: Iterable[str] | None = None) -> tuple[Installed, ...]:
    """Return the charts of a tree that are installed without a HelmRelease; of those, the ones that `touched` files are read by."""
    found = installed(tree.entries, config)
    if touched is not None:
        paths = tuple(touched)
        found = [one for one in found if any(one.reads(path) for path in paths)]
    return tuple(found)


def sizes(looked_at: Sequence[Side], config: Config) -> dict[str, int]:
    """Return how much there is to do for each environment: the bytes that its overlays and files are built from."""
    result: Counter[str] = Counter()
    for side in looked_at:
        entries = side.tree.entries
        for target in side.targets:
            result[of_directory(target, config)] += _bytes(side, side.graph.closure(target))
        for path in side.paths:
            result[of_file(path, config)] += max(0, entries[path].size)
        for chart in side.charts:
            result[chart.environment] += _bytes(side, (path for path in entries if chart.reads(path)))
        for environment, reads in side.flux.reads.items():
            result[environment] += _bytes(side, reads)
    return dict(result)


def of_shard(side: Side, environments: frozenset[str], config: Config) -> Side:
    """Return what of one side belongs to these environments."""
    return replace(
        side,
        paths=tuple(path for path in side.paths if of_file(path, config) in environments),
        targets=tuple(target for target in side.targets if of_directory(target, config) in environments),
        charts=tuple(chart for chart in side.charts if chart.environment in environments),
        flux=side.flux.only(environments),
    )


def _bytes(side: Side, paths: Iterable[str]) -> int:
    entries = side.tree.entries
    return sum(max(0, entries[path].size) for path in paths if path in entries)


def _kept(roots: Iterable[str], config: Config) -> tuple[str, ...]:
    return tuple(root for root in roots if not config.ignores(root))


def _fork_point(repository: Repository, revisions: Revisions, head: str) -> tuple[str | None, list[Finding]]:
    """Return what the change is compared with: where its branch left the base, so that only its own doing is shown."""
    if not revisions.base:
        return None, []
    base = repository.resolve(revisions.base)
    try:
        fork = repository.merge_base(base, head)
    except GitOpsError:
        fork = None
    if fork is not None:
        return fork, []
    message = (
        f"the last common commit of {revisions.base} and {revisions.head} is not known, so they are compared as they "
        "are: what came to the base since then looks as if this change took it back"
    )
    if repository.is_shallow:
        message += "; the clone is shallow: fetch more history (`fetch-depth: 0` of actions/checkout)"
    return base, [Finding("merge-base-unknown", CODES["merge-base-unknown"].severity, message)]


def _about(head: Side) -> list[Finding]:
    """Return what is wrong with the kustomizations that the affected overlays are built from."""
    folders = [*head.targets, *(unit.folder for unit in head.flux.units if unit.folder in head.graph.nodes)]
    return list(dict.fromkeys(finding for root in folders for finding in head.graph.findings_of(root)))
