"""The configuration and the clone: what they are good for."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.doctor.lines import DEPLOY, EVERY, PROPOSING, Job, Line, State, Topic, listed
from gitops_action.environments import DEFAULT
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.config.promotion import PromotionPath
    from gitops_action.images.objects import Policies
    from gitops_action.model import Finding

_READING: Final = EVERY - {Job.VALIDATE, Job.INIT}
_UNSHALLOW: Final = "git fetch --unshallow; in a workflow, give actions/checkout the input `fetch-depth: 0`"


@dataclass(frozen=True, slots=True)
class Clone:
    """The clone as it was found. `problem` says why it cannot be used at all, and the rest then means nothing.

    `config` is None where it cannot be read, for `config_problem`. `remote` is an address, without credentials; `reached` says
    whether it answers, `main` its main branch, `based` whether its history and ours meet; each is None where nobody asked.
    """

    problem: str = ""
    empty: bool = False
    shallow: bool = False
    dirty: bool = False
    config: Config | None = None
    config_problem: str = ""
    environments: Sequence[str] = ()
    # The promotion paths that hold where the configuration has none.
    assumed: Sequence[PromotionPath] = ()
    remote: str = ""
    remote_name: str = "origin"
    reached: bool | None = None
    reached_problem: str = ""
    main: str = ""
    based: bool | None = None
    pushes: bool | None = None
    pushes_problem: str = ""
    owners: str = ""
    workflows: Mapping[str, Any] = field(default_factory=dict)
    # Whether the tree has a chart.
    charts: bool = False
    policies: Policies | None = None
    # Paths of the configuration that mean nothing in the tree.
    unmatched: Sequence[Finding] = ()


def configured(clone: Clone) -> frozenset[Job]:
    """Return the jobs that the configuration shows to be wanted."""
    from gitops_action.config import Engine  # noqa: PLC0415 - one use

    config = clone.config
    if config is None:
        return frozenset()
    found = {Job.PROMOTE} if config.promotion.paths else set()
    found |= {Job.IMAGES} if clone.policies and clone.policies.policies else set()
    found |= {Job.CHARTS} if clone.charts or config.helm or config.charts.allow or config.charts.mirrors else set()
    found |= {Job(f"deploy-{one.deploy.via}") for one in config.environments if one.deploy.via}
    found |= {Job.APISERVER} if config.asks(Engine.APISERVER) else set()
    return frozenset(found | ({Job.KUBECONFORM} if config.asks(Engine.KUBECONFORM) else set()))


def judge(clone: Clone) -> Iterator[Line]:
    """Say what of the configuration and of the clone is missing for which job."""
    if clone.problem:
        yield Line(
            Topic.GIT,
            "repository",
            State.MISSING,
            clone.problem,
            "run it in a clone, or name one with --repo",
            _READING,
        )
        return
    if clone.empty:
        yield Line(
            Topic.GIT, "commits", State.MISSING, "the repository has no commit yet", "git add . && git commit", _READING
        )
    else:
        yield from _configuration(clone)
    yield from _git(clone)


def _configuration(clone: Clone) -> Iterator[Line]:
    topic, config = Topic.CONFIGURATION, clone.config
    if config is None:
        yield Line(
            topic, "configuration", State.MISSING, clone.config_problem, "mend what it names, and commit it", EVERY
        )
        return
    file = config.file or "no .gitops.yaml: environments are told by the names of folders, and the defaults hold"
    yield Line(topic, "configuration", State.OK, file)
    if clone.dirty:
        message = "the work tree has changes of the configuration: what is committed was looked at"
        yield Line(topic, "uncommitted", State.WARNING, message, "commit them")
    for one in clone.unmatched:
        yield Line(topic, f"path at {one.location}", State.WARNING, one.message, f"correct it in {one.file}")
    named = [name for name in clone.environments if name != DEFAULT]
    if named:
        yield Line(topic, "environments", State.OK, listed(named, 10))
    else:
        yield Line(
            topic, "environments", State.MISSING, "none was found: no folder has the name of an environment",
            "name them in .gitops.yaml: `environments: {production: {paths: [PATH]}}`", frozenset({Job.PROMOTE, Job.ROLLBACK}) | DEPLOY,
        )  # fmt: skip
    yield _paths(config, named, clone.assumed)
    yield from (_via(config, job) for job in sorted(DEPLOY))
    if clone.policies is not None:
        yield from _policies(clone.policies)


def _paths(config: Config, environments: Sequence[str], assumed: Sequence[PromotionPath]) -> Line:
    topic, jobs = Topic.CONFIGURATION, frozenset({Job.PROMOTE})
    paths = config.promotion.paths
    lost = sorted({name for path in paths for name in (path.source, path.target)} - set(environments))
    if not paths:
        pair = environments[:2] if len(environments) > 1 else ["staging", "production"]
        ways = [(one.source, one.target) for one in assumed] or [(pair[0], pair[1])]
        example = ", ".join(f"{{from: {source}, to: {target}}}" for source, target in ways)
        fix = f"say them in .gitops.yaml: `promotion: {{paths: [{example}]}}`"
        if assumed:
            message = f"none is set: the names of directories tell {listed(map(str, assumed), 10)}"
            return Line(topic, "promotion paths", State.WARNING, message, fix, jobs)
        message = "none, and the names of directories tell none: promotions have to name both environments each time"
        return Line(topic, "promotion paths", State.MISSING, message, fix, jobs)
    if lost:
        message = f"they name {listed(lost)}, of which the last commit has no file"
        return Line(topic, "promotion paths", State.MISSING, message, "correct the names, or commit the folders", jobs)
    return Line(topic, "promotion paths", State.OK, listed(map(str, paths), 10), "", jobs)


def _policies(found: Policies) -> Iterator[Line]:
    topic, name, jobs = Topic.CONFIGURATION, "image policies", frozenset({Job.IMAGES})
    if found.policies:
        resting = f", suspended: {listed(sorted(found.suspended))}" if found.suspended else ""
        message = f"{listed((one.label for one in found.policies), 10)}{resting}"
        yield Line(topic, name, State.OK, message, "", jobs)
    else:
        message = "none: the tree has no ImagePolicy of Flux, and the configuration has none"
        fix = "`images: {policies: {web: {image: ghcr.io/org/web, semver: 1.x, paths: [apps]}}}` in .gitops.yaml"
        yield Line(topic, name, State.MISSING, message, fix, jobs)
    for wrong in found.findings:
        message = f"{wrong.file}:{wrong.line}: {wrong.message}"
        yield Line(topic, f"image policy in {wrong.file}", State.WARNING, message, "gitops-action image plan", jobs)


def _via(config: Config, job: Job) -> Line:
    way = job.value.removeprefix("deploy-")
    found = [one.name for one in config.environments if one.deploy.via == way]
    name = f"deployed via {way}"
    if found:
        return Line(Topic.CONFIGURATION, name, State.OK, listed(found, 10), "", frozenset({job}))
    message = f"no environment: `deploy` needs --via {way}"
    fix = f"`environments.<name>.deploy.via: {way}` in .gitops.yaml"
    return Line(Topic.CONFIGURATION, name, State.WARNING, message, fix, frozenset({job}))


def registries(hosts: Sequence[str], problem: str) -> Line:
    """Say for which registries there are credentials; `problem` is why they cannot be read."""
    name, jobs = "registry credentials", frozenset({Job.IMAGES, Job.CHARTS})
    if problem:
        fix = "REGISTRY_CREDENTIALS has lines like ghcr.io=USER:PASSWORD, or docker's config.json"
        return Line(Topic.CONFIGURATION, name, State.MISSING, problem, fix, jobs)
    message = (
        f"for {listed(sorted(hosts), 10)}" if hosts else "none (REGISTRY_CREDENTIALS): only what is public can be read"
    )
    return Line(Topic.CONFIGURATION, name, State.OK, message, "", jobs)


def _git(clone: Clone) -> Iterator[Line]:
    topic = Topic.GIT
    if clone.shallow:
        message = "this clone is shallow: what a change is based on, and what contains what, is not in it"
        yield Line(topic, "history", State.MISSING, message, _UNSHALLOW, _READING)
    elif not clone.empty:
        yield Line(topic, "history", State.OK, "the whole of it", "", _READING)
    if not clone.remote:
        fix = f"git remote add {clone.remote_name} ADDRESS, or name another with --remote"
        yield Line(
            topic,
            "remote",
            State.MISSING,
            f"the clone has no remote `{clone.remote_name}`",
            fix,
            PROPOSING,
        )
        return
    yield from _remote(clone)


def _remote(clone: Clone) -> Iterator[Line]:
    topic, jobs = Topic.GIT, PROPOSING
    if clone.reached is None:
        message = f"{clone.remote}: nobody asked it ({clone.reached_problem or 'offline'})"
        yield Line(topic, "remote", State.UNKNOWN, message, "run it without --offline", jobs)
        return
    if not clone.reached:
        fix = "check the network, the address, and the token in GITHUB_TOKEN"
        yield Line(topic, "remote", State.MISSING, f"{clone.remote}: {clone.reached_problem}", fix, jobs)
        return
    yield Line(topic, "remote", State.OK, clone.remote, "", jobs)
    base = frozenset({Job.CHECK, Job.PREVIEW})
    if clone.based is False:
        message = f"HEAD and {clone.main} of {clone.remote_name} have no commit in common here"
        yield Line(topic, "merge base", State.MISSING, message, f"git fetch {clone.remote_name}", base)
    elif clone.based:
        yield Line(topic, "merge base", State.OK, f"with {clone.main}", "", base)
    else:
        message = f"{clone.main or 'the main branch'} of {clone.remote_name} is not in this clone"
        yield Line(topic, "merge base", State.UNKNOWN, message, f"git fetch {clone.remote_name}", base)
    if clone.pushes is None:
        message = (
            f"whether branches can be pushed is not known{f': {clone.pushes_problem}' if clone.pushes_problem else ''}"
        )
        yield Line(topic, "push", State.UNKNOWN, message, "set GITHUB_TOKEN", PROPOSING)
    elif clone.pushes:
        yield Line(topic, "push", State.OK, "branches can be pushed (tried without doing it)", "", PROPOSING)
    else:
        fix = "give the job `permissions: contents: write`, or a token that may write contents"
        yield Line(topic, "push", State.MISSING, clone.pushes_problem, fix, PROPOSING)
