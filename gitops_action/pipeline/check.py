"""`check` and `diff`: what a change of a repository would do to the clusters."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING

from gitops_action.adapters.git import Repository
from gitops_action.codes import CODES
from gitops_action.config import COMMENT_AUTHOR
from gitops_action.environments import of_directory, order
from gitops_action.errors import UsageError
from gitops_action.model import Change, Coverage, Finding, Manifest, Report
from gitops_action.pipeline import flux_render, overlays, plain
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.flux_missing import without_source
from gitops_action.pipeline.further import further
from gitops_action.pipeline.judging import Ahead, Judgement, Judges
from gitops_action.pipeline.left_out import left_out
from gitops_action.pipeline.overlays import Rendered
from gitops_action.pipeline.plain import Loaded
from gitops_action.pipeline.releases import Released, Releases
from gitops_action.pipeline.schemas import locations
from gitops_action.pipeline.servers import affected, asked, planes_for, tried, with_server
from gitops_action.pipeline.settings import Overrides, configuration
from gitops_action.pipeline.sides import Question, Side, of_shard, read
from gitops_action.pipeline.verdict import Outcomes, report
from gitops_action.records import dataclass
from gitops_action.repository.definitions import redefined_by
from gitops_action.repository.places import Surroundings
from gitops_action.shards import By, Shard, legs
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gitops_action.config import Config
    from gitops_action.pipeline.request import Revisions
    from gitops_action.ports import Progress


@dataclass(frozen=True, slots=True)
class Objects:
    """What one side would apply, as far as it is looked at."""

    loaded: Loaded = field(default_factory=Loaded)
    rendered: Rendered = field(default_factory=Rendered)
    released: Released = field(default_factory=Released)

    @property
    def manifests(self) -> list[Manifest]:
        """From plain files, from overlays, and from the charts that these install."""
        return [*self.loaded.manifests, *self.rendered.manifests, *self.released.manifests]

    @property
    def every(self) -> list[Manifest]:
        """All that is judged: also what lies in files that nobody applies."""
        return [*self.manifests, *self.loaded.undeployed]

    def joined(self, other: Objects) -> Objects:
        """Return both together."""
        return Objects(
            self.loaded.joined(other.loaded), self.rendered.joined(other.rendered), self.released.joined(other.released)
        )

    @property
    def failed(self) -> frozenset[tuple[str, str]]:
        """The (environment, target) pairs of which nothing is known."""
        return self.rendered.failed | self.released.failed


def check(repo: Path, revisions: Revisions, overrides: Overrides, progress: Progress) -> Report:
    """Render what a change affects, judge it, and say what it changes.

    Raises UsageError for what is not a repository, revision or configuration, GitOpsError where it cannot be judged.
    """
    return _run("check", repo, revisions, overrides, progress, judge=True)


def diff(repo: Path, revisions: Revisions, overrides: Overrides, progress: Progress) -> Report:
    """Say what a change changes, without judging it. Raises as `check`."""
    return _run("diff", repo, revisions, overrides, progress, judge=False)


def matrix(repo: Path, revisions: Revisions, overrides: Overrides, *, by: By, number: int = 0) -> list[Shard]:
    """Return the legs in which separate jobs can do the check: `number` parts, or one for each environment or cluster.

    Only environments that the change affects have one. Raises as `check`, UsageError for more than GitHub starts.
    """
    with Repository.open(repo) as repository:
        asked_for = read(repository, revisions, overrides)
    names = order(asked_for.sizes, asked_for.config)
    return legs({name: asked_for.sizes[name] for name in names}, asked_for.config.contexts, by=by, number=number)


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
            asked_for = read(repository, revisions, overrides)
        base, head = asked_for.base, asked_for.head
        if overrides.clusters.asked and base is None:
            raise UsageError("a cluster can only be looked at for a change: give --base REVISION too")
        config = with_server(asked_for.config)
        planes = planes_for(config, stack)
        findings = [*left_out(repository, revisions), *asked_for.findings]
        ahead = Ahead(config) if judge else None
        charts = Releases(config, granting=asked_for.granting, offline=overrides.offline, ahead=ahead)
        look = partial(_objects, config=config, clock=clock, progress=progress, charts=charts)
        old, new = look(base) if base else Objects(), look(head)
        if judge and not revisions.everything:
            old, new, head = _with_further(asked_for, old, new, overrides, look)
        findings += [*new.loaded.findings, *new.rendered.findings, *new.released.findings]
        findings += without_source(
            head.tree,
            head.graph,
            head.flux.following,
            [*new.loaded.manifests, *new.rendered.manifests],
            frozenset(head.targets),
        )
        crds, judges, judgement = Crds(), None, Judgement()
        if judge:
            with clock.step("validate"), progress.step("Validate"):
                crds = plain.custom_resources(head.tree, config, new.every)
                judges = Judges(config, crds, locations(config, head.tree, offline=overrides.offline))
                judgement = judges.judge(new.every)
        changes: list[Change] = []
        if base:
            from gitops_action.diff.compare import compare  # noqa: PLC0415 - start-up time

            with clock.step("diff"), progress.step("Compare"):
                changes = compare(old.manifests, new.manifests, failed_base=old.failed, failed_head=new.failed)
        whole = revisions.everything or base is None
        change = affected(changes, old.manifests, new.manifests, whole=whole)
        if planes is not None:
            with clock.step("apiserver"):
                if not judge:
                    crds = plain.custom_resources(head.tree, config, new.manifests)
                older = plain.custom_resources(base.tree, config, old.manifests) if base else Crds()
                changes = tried(change, planes, config, (crds, older), judges, judgement, progress)
                change = replace(change, changes=changes)
        if overrides.clusters.asked and base:
            with clock.step("cluster"):
                change = replace(change, base=old.manifests, head=new.manifests)
                changes = asked(change, overrides, config, judges, judgement, progress)
        # A part that was left without anything has done all that is its own; of a name, people expect something.
        shard = overrides.shard
        spared = shard is not None and shard.by is None and not asked_for.empty
        findings += [] if spared else _nothing(new, changes, whole=whole)
        complete = bool(new.every) or spared or not whole
        outcomes = Outcomes([*findings, *judgement.findings], _coverage(new, judgement), changes, complete=complete)
        made = report(
            command, outcomes, config, clock,
            manifests=[*old.every, *new.every], tree=head.tree, everything=whole and shard is None,
            base=asked_for.base_sha, head=asked_for.head_sha,
        )  # fmt: skip
        return replace(made, shard=str(shard or ""))


def _objects(side: Side, config: Config, clock: Clock, progress: Progress, charts: Releases) -> Objects:
    with clock.step("load"):
        around = Surroundings(side.tree.entries, side.graph)
        loaded = plain.load_files(side.tree, side.paths, around, config)
    with clock.step("render"):
        targets = {root: of_directory(root, config) for root in side.targets}
        paths = sorted({path for root in side.targets for path in side.graph.closure(root)})
        rendered = overlays.render(
            side.tree, targets, paths, config, progress, graph=side.graph, offline=charts.offline
        )
        files, deployed = flux_render.deployed(side.flux, config)
        loaded, rendered = loaded.joined(files), rendered.joined(deployed)
    with clock.step("charts"):
        found = [*loaded.manifests, *rendered.manifests]
        released = charts.render(side.tree, side.graph, found, side.charts, progress)
    return Objects(loaded, rendered, released)


def _with_further(
    asked: Question, old: Objects, new: Objects, overrides: Overrides, look: Callable[[Side], Objects]
) -> tuple[Objects, Objects, Side]:
    """Return both sides with what is to be looked at because of what releases define, and the head with its overlays.

    That is known only once they are rendered.
    """
    kinds = redefined_by(*([one.value for one in side.released.manifests] for side in (old, new)))
    if not kinds or asked.base is None:
        return old, new, asked.head
    base, head = further(asked.base, asked.head, kinds, asked.config)
    if overrides.shard is not None:
        mine = overrides.shard.environments(asked.sizes, asked.config.contexts)
        base, head = of_shard(base, mine, asked.config), of_shard(head, mine, asked.config)
    whole = replace(asked.head, targets=(*asked.head.targets, *head.targets))
    return old.joined(look(base)), new.joined(look(head)), whole


def _nothing(new: Objects, changes: list[Change], *, whole: bool) -> list[Finding]:
    if new.every or new.failed or changes:
        return []
    name, message = (
        ("no-manifests", "nothing was checked: the repository has no manifest and no overlay")
        if whole
        else ("nothing-affected", "the change affects no manifest and no overlay: nothing was checked")
    )
    return [Finding(name, CODES[name].severity, message)]


def _coverage(new: Objects, judgement: Judgement) -> Coverage:
    return Coverage(
        files=sum(new.loaded.classes.values()),
        files_by_class=dict(sorted(new.loaded.classes.items())),
        resources=len(new.every),
        targets=new.rendered.targets,
        targets_failed=len(new.rendered.failed),
        engines=judgement.coverage,
        releases=new.released.total,
        releases_unknown=len(new.released.failed),
    )
