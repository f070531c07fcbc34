"""`check` and `diff`: what a change of a repository would do to the clusters."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gitops_action.adapters.git import Repository
from gitops_action.codes import CODES
from gitops_action.config import COMMENT_AUTHOR
from gitops_action.diff.compare import compare
from gitops_action.environments import of_directory, with_flux
from gitops_action.errors import GitOpsError
from gitops_action.model import Change, Coverage, Finding, Manifest, Report
from gitops_action.pipeline import overlays, plain
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.judging import Judgement, Judges
from gitops_action.pipeline.overlays import Rendered
from gitops_action.pipeline.plain import Loaded
from gitops_action.pipeline.schemas import locations
from gitops_action.pipeline.servers import Affected, asked, planes_for, touched, tried, with_server
from gitops_action.pipeline.settings import Overrides, configuration
from gitops_action.pipeline.verdict import Outcomes, report
from gitops_action.repository.affected import affected
from gitops_action.repository.affected import everything as all_overlays
from gitops_action.repository.discovery import Cache, discover
from gitops_action.repository.places import Surroundings
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gitops_action.config import Config
    from gitops_action.pipeline.request import Revisions
    from gitops_action.ports import Progress
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two revisions. `paths` are the plain files, `targets` the overlays that are looked at."""

    tree: Tree
    graph: Graph
    paths: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objects:
    """What one side would apply, as far as it is looked at."""

    loaded: Loaded = field(default_factory=Loaded)
    rendered: Rendered = field(default_factory=Rendered)

    @property
    def manifests(self) -> list[Manifest]:
        """From plain files and from overlays."""
        return [*self.loaded.manifests, *self.rendered.manifests]


def check(repo: Path, revisions: Revisions, overrides: Overrides, progress: Progress) -> Report:
    """Render what a change affects, judge it, and say what it changes.

    Raises UsageError for what is not a repository, revision or configuration, GitOpsError where it cannot be judged.
    """
    return _run("check", repo, revisions, overrides, progress, judge=True)


def diff(repo: Path, revisions: Revisions, overrides: Overrides, progress: Progress) -> Report:
    """Say what a change changes, without judging it. Raises as `check`."""
    return _run("diff", repo, revisions, overrides, progress, judge=False)


def comment_author(repo: Path, revisions: Revisions, overrides: Overrides) -> str:
    """Return the login that the configuration gives our comment to, "" where it is whoever the token speaks for.

    Raises as `check`.
    """
    with Repository.open(repo) as repository:
        granting = repository.tree(revisions.base) if revisions.base else None
        config, _ = configuration(repository.tree(revisions.head), granting, overrides)
    return "" if config.comment_author == COMMENT_AUTHOR else config.comment_author


def _run(  # noqa: PLR0913 - what a job is given
    command: str, repo: Path, revisions: Revisions, overrides: Overrides, progress: Progress, *, judge: bool
) -> Report:
    clock = Clock()
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(repo))
        with clock.step("read"):
            head_sha = repository.resolve(revisions.head)
            base_sha, findings = _fork_point(repository, revisions, head_sha)
            head_tree = repository.tree(head_sha)
            base_tree = repository.tree(base_sha) if base_sha else None
            # The base's newest settings: a branch that began before a permission was withdrawn must not keep it.
            granting = repository.tree(revisions.base) if revisions.base else None
            config, said = configuration(head_tree, granting, overrides)
            findings += said
            config = with_server(config)
            planes = planes_for(config, stack)
            changed = None if base_sha is None else [it.path for it in repository.changed(base_sha, head_sha)]
            base, head = _sides(base_tree, head_tree, changed, config, everything=revisions.everything)
            findings += head.graph.findings if revisions.everything or base is None else _about(head)
            sides = [head] if base is None else [base, head]
            config = with_flux(
                config,
                [head_tree] if granting is None else [granting, head_tree],
                {target for side in sides for target in side.targets},
                {path for side in sides for path in side.paths},
            )
        old = _objects(base, config, clock, progress) if base else Objects()
        new = _objects(head, config, clock, progress)
        findings += [*new.loaded.findings, *new.rendered.findings]
        crds, judges, judgement = Crds(), None, Judgement()
        if judge:
            with clock.step("validate"), progress.step("Validate"):
                crds = plain.custom_resources(head.tree, config, new.manifests)
                judges = Judges(config, crds, locations(config, head.tree, offline=overrides.offline))
                judgement = judges.judge(new.manifests)
        changes: list[Change] = []
        if base:
            with clock.step("diff"), progress.step("Compare"):
                changes = compare(
                    old.manifests, new.manifests, failed_base=old.rendered.failed, failed_head=new.rendered.failed
                )
        whole = revisions.everything or base is None
        change = Affected(changes, old.manifests, new.manifests if whole else touched(changes, new.manifests))
        if planes is not None:
            with clock.step("apiserver"):
                if not judge:
                    crds = plain.custom_resources(head.tree, config, new.manifests)
                older = plain.custom_resources(base.tree, config, old.manifests) if base else Crds()
                changes = tried(change, planes, config, (crds, older), judges, judgement, progress)
                change = replace(change, changes=changes)
        if overrides.clusters.asked and base:
            with clock.step("cluster"):
                change = replace(change, head=new.manifests)
                changes = asked(change, overrides, config, judges, judgement, progress)
        complete = bool(new.manifests) or not whole
        findings += _nothing(new, changes, whole=whole)
        outcomes = Outcomes([*findings, *judgement.findings], _coverage(new, judgement), changes, complete=complete)
        return report(
            command, outcomes, config, clock,
            manifests=[*old.manifests, *new.manifests], tree=head_tree, everything=whole, base=base_sha or "", head=head_sha,
        )  # fmt: skip


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
    return base, [_finding("merge-base-unknown", message)]


def _sides(
    base: Tree | None, head: Tree, changed: list[str] | None, config: Config, *, everything: bool
) -> tuple[Side | None, Side]:
    """Decide what is looked at: what changed and what that affects, or with `everything` all there is."""
    cache: Cache = {}
    head_graph = discover(head, cache)
    if base is None or changed is None:
        return None, Side(head, head_graph, plain.candidates(head, head_graph, config), _kept(head_graph.roots, config))
    base_graph = discover(base, cache)
    hit = all_overlays(base_graph, head_graph) if everything else affected(base_graph, head_graph, changed)
    # A file that a build takes up, or no longer takes up, changes its fate without changing itself.
    touched = None if everything else {*changed} | (head_graph.rendered ^ base_graph.rendered)
    return (
        Side(base, base_graph, plain.candidates(base, base_graph, config, touched), _kept(hit.base, config)),
        Side(head, head_graph, plain.candidates(head, head_graph, config, touched), _kept(hit.head, config)),
    )


def _kept(roots: Iterable[str], config: Config) -> tuple[str, ...]:
    return tuple(root for root in roots if not config.ignores(root))


def _objects(side: Side, config: Config, clock: Clock, progress: Progress) -> Objects:
    with clock.step("load"):
        loaded = plain.load_files(side.tree, side.paths, Surroundings(side.tree.entries, side.graph), config)
    with clock.step("render"):
        targets = {root: of_directory(root, config) for root in side.targets}
        paths = sorted({path for root in side.targets for path in side.graph.closure(root)})
        rendered = overlays.render(side.tree, targets, paths, config, progress, graph=side.graph)
    return Objects(loaded, rendered)


def _about(head: Side) -> list[Finding]:
    """Return what is wrong with the kustomizations that the affected overlays are built from."""
    return [finding for root in head.targets for finding in head.graph.findings_of(root)]


def _nothing(new: Objects, changes: list[Change], *, whole: bool) -> list[Finding]:
    if new.manifests or new.rendered.failed or changes:
        return []
    if whole:
        return [_finding("no-manifests", "nothing was checked: the repository has no manifest and no overlay")]
    return [_finding("nothing-affected", "the change affects no manifest and no overlay: nothing was checked")]


def _finding(code: str, message: str) -> Finding:
    return Finding(code, CODES[code].severity, message)


def _coverage(new: Objects, judgement: Judgement) -> Coverage:
    return Coverage(
        files=sum(new.loaded.classes.values()),
        files_by_class=dict(sorted(new.loaded.classes.items())),
        resources=len(new.manifests),
        targets=new.rendered.targets,
        targets_failed=len(new.rendered.failed),
        engines=judgement.coverage,
    )
