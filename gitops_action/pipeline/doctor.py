"""`doctor`: what is missing for which job, on this machine, in the repository, on GitHub and in the clusters."""

from __future__ import annotations

import os
import platform
from contextlib import ExitStack
from dataclasses import field, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from gitops_action.doctor import github, programs, repository, rules, workflows
from gitops_action.doctor.lines import IN_CLUSTER, ON_GITHUB, Examination, Job, Line, State, Topic, jobs_of
from gitops_action.doctor.programs import Found
from gitops_action.doctor.repository import Clone
from gitops_action.environments import DEFAULT, order
from gitops_action.errors import GitOpsError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.adapters.git import Repository
    from gitops_action.config import Config
    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.pipeline.places import Place
    from gitops_action.ports import Progress
    from gitops_action.repository.tree import Tree

_SECONDS: Final = 20.0
_NAME: Final = "gitops-action-doctor"
_OWNERS: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_ALWAYS: Final = frozenset({Job.VALIDATE, Job.CHECK})


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked about: words of `lines.words`, or what the configuration shows to be wanted where there are none.

    `offline`: nobody beyond this machine is asked but clusters that are named. `in_workflow`: it runs in a job of GitHub's.
    """

    jobs: Sequence[str] = ()
    offline: bool = False
    in_workflow: bool = False


@dataclass(slots=True)
class _Looking:
    """What a look goes by, and what it has found of the repository."""

    place: Place
    clusters: Clusters
    wish: Wish
    progress: Progress
    clone: Clone = field(default_factory=Clone)
    repository: Repository | None = None

    @property
    def config(self) -> Config:
        from gitops_action.config import Config  # noqa: PLC0415 - start-up time

        return self.clone.config or Config()


def doctor(place: Place, clusters: Clusters, wish: Wish, progress: Progress) -> Examination:
    """Look at everything that can be looked at. Nothing is changed anywhere, and what cannot be looked at is unknown."""
    with ExitStack() as stack:
        looking = _Looking(place, clusters, wish, progress)
        with progress.step("Look at the machine"):
            lines = list(_programs())
        with progress.step("Look at the repository"):
            _open(looking, stack)
            lines += [*repository.judge(looking.clone), _registries()]
            lines += workflows.judge(workflows.uses(looking.clone.workflows)) if looking.clone.config else ()
        with progress.step("Look at GitHub"):
            lines += _github(looking)
        configured = repository.configured(looking.clone)
        asked = frozenset[Job]().union(*(jobs_of(word, configured) for word in wish.jobs))
        asked = asked or (_ALWAYS | (configured - IN_CLUSTER) | ({Job.PREVIEW} if clusters.asked else set()))
        lines += _clusters(looking)
        return Examination(lines, asked)


def _programs() -> Iterator[Line]:
    from gitops_action.adapters.processes import find_tool  # noqa: PLC0415 - start-up time

    found = {name: Found(str(path), _version(str(path), name)) for name in programs.ASKED if (path := find_tool(name))}
    yield from programs.judge(found, platform.python_version(), cel=find_spec("cel_expr_python") is not None)


def _version(path: str, name: str) -> str:
    from gitops_action.adapters.processes import run  # noqa: PLC0415 - as above

    try:
        done = run([path, *programs.ASKED[name]], timeout=_SECONDS, permitted=range(256))
    except GitOpsError:
        return ""
    return programs.version_of((done.stdout or done.stderr).decode(errors="replace"))


def _registries() -> Line:
    from gitops_action.images.credentials import parse  # noqa: PLC0415 - as above

    try:
        return repository.registries([*parse(os.environ.get("REGISTRY_CREDENTIALS", "")).by_host], "")
    except GitOpsError as error:
        return repository.registries((), str(error))


def _open(looking: _Looking, stack: ExitStack) -> None:
    """Open the clone, and note what it and its configuration are."""
    from gitops_action.adapters.git import Repository  # noqa: PLC0415 - as above

    place = looking.place
    try:
        opened = stack.enter_context(Repository.open(place.repo))
    except GitOpsError as error:
        looking.clone = Clone(problem=str(error))
        return
    looking.repository = opened
    address = _bare(opened.remote_url(place.remote) or _address(place.remote))
    clone = Clone(remote_name=place.remote, remote=address, shallow=opened.is_shallow)
    try:
        head = opened.resolve("HEAD")
    except GitOpsError:
        looking.clone = replace(clone, empty=True)
        return
    tree = opened.tree(head, [*_OWNERS, workflows.FOLDER])
    owners = next((path for path in _OWNERS if path in tree.entries), "")
    clone = replace(clone, owners=owners, workflows=_workflows(tree))
    looking.clone = _with_remote(_with_configuration(clone, place, opened), looking, opened, head)


def _workflows(tree: Tree) -> dict[str, Any]:
    """Return the workflows by path, as far as they can be read: what is wrong with the others GitHub says itself."""
    from gitops_action.model import Finding  # noqa: PLC0415 - as above
    from gitops_action.repository import documents  # noqa: PLC0415

    paths = [path for path in tree.entries if path.startswith(workflows.FOLDER) and path.endswith((".yml", ".yaml"))]
    found = {}
    for path, data in tree.read(paths):
        loaded = [] if isinstance(data, Finding) else documents.load(data, path)
        if len(loaded) == 1 and not isinstance(loaded[0], Finding):
            found[path] = loaded[0].value
    return found


def _with_configuration(clone: Clone, place: Place, opened: Repository) -> Clone:
    from gitops_action.pipeline.image_scene import Scene  # noqa: PLC0415 - as above
    from gitops_action.pipeline.promotion_paths import assumed_paths  # noqa: PLC0415
    from gitops_action.pipeline.promotion_scene import open_scene  # noqa: PLC0415
    from gitops_action.pipeline.request import Revisions  # noqa: PLC0415
    from gitops_action.pipeline.settings import Overrides  # noqa: PLC0415
    from gitops_action.pipeline.sides import read  # noqa: PLC0415
    from gitops_action.pipeline.unmatched import UNMATCHED  # noqa: PLC0415

    try:
        asked = read(opened, Revisions("HEAD", everything=True), Overrides(config=place.config))
    except GitOpsError as error:
        return replace(clone, config_problem=str(error))
    environments = order({*asked.sizes, *(one.name for one in asked.config.environments)}, asked.config)
    dirty = _is_dirty(place, asked.config.file, opened)
    charts = any(path.endswith("Chart.yaml") for path in asked.head.tree.entries)
    policies = Scene.of(asked).policies()
    assumed = assumed_paths(open_scene(opened, "HEAD", place.config))
    lost = [finding for finding in asked.findings if finding.code == UNMATCHED]
    return replace(
        clone, config=asked.config, environments=environments, assumed=assumed, dirty=dirty, charts=charts,
        policies=policies, unmatched=lost,
    )  # fmt: skip


def _is_dirty(place: Place, file: str, opened: Repository) -> bool:
    """Whether the configuration in the work tree is not the one that was committed."""
    from gitops_action.config import FILE_NAMES  # noqa: PLC0415 - as above

    if opened.is_bare:
        return False
    names = [file] if file else [*FILE_NAMES]
    tree = opened.tree("HEAD", names)
    committed = dict(tree.read(tree.entries))
    written = {name: path.read_bytes() for name in names if (path := place.repo / name).is_file()}
    return written != committed


def _with_remote(clone: Clone, looking: _Looking, opened: Repository, head: str) -> Clone:
    """Ask the remote repository for its main branch, and whether a branch could be pushed. Nothing is fetched or pushed."""
    from gitops_action.adapters.git_remote import Remote  # noqa: PLC0415 - as above

    place = looking.place
    if not clone.remote or looking.wish.offline or not place.token:
        return replace(clone, reached_problem="offline" if looking.wish.offline else "there is no token")
    with Remote.open(opened, place.remote, token=place.token, server=place.server) as remote:
        try:
            refs = remote.refs("refs/heads/*")
        except GitOpsError as error:
            return replace(clone, reached=False, reached_problem=str(error))
        main = _main(refs, opened, place)
        clone = replace(clone, reached=True, main=main, based=_based(opened, head, refs.get(f"refs/heads/{main}", "")))
        try:
            refused = remote.may_push(head, f"refs/heads/promote/{_NAME}")
        except GitOpsError as error:
            return replace(clone, pushes_problem=str(error))
        return replace(clone, pushes=not refused, pushes_problem=refused)


def _based(opened: Repository, head: str, tip: str) -> bool | None:
    """Say whether two commits have one in common; None where the clone does not have both."""
    try:
        return opened.merge_base(head, opened.resolve(tip)) is not None
    except GitOpsError:
        return None


def _main(refs: Mapping[str, str], opened: Repository, place: Place) -> str:
    # GitHub knows better, and is asked later; a clone remembers what it was told when it was made.
    told = opened.symbolic(f"refs/remotes/{place.remote}/HEAD").removeprefix(f"refs/remotes/{place.remote}/")
    names = [place.branch, told, "main", "master"]
    return next((name for name in names if name and f"refs/heads/{name}" in refs), "")


def _github(looking: _Looking) -> Iterator[Line]:
    """Ask GitHub what the token may, and how the repository is set up."""
    from gitops_action.pipeline.places import name_of  # noqa: PLC0415 - as above

    place, clone = looking.place, looking.clone
    if not place.token:
        yield github.without_token()
        return
    if looking.wish.offline or looking.repository is None:
        reason = "offline" if looking.wish.offline else "it is not known which repository is meant"
        yield Line(Topic.GITHUB, "token", State.UNKNOWN, f"GitHub was not asked: {reason}", "", ON_GITHUB)
        return
    from gitops_action.adapters.app_token import permissions_of  # noqa: PLC0415 - as above
    from gitops_action.adapters.github_inspection import Inspection  # noqa: PLC0415

    name = name_of(place, looking.repository)
    with Inspection(place.token, name, place.api_url) as hub:
        about = hub.repository()
        main = str(about.fields.get("default_branch") or "")
        permissions = permissions_of(place.token)
        kind = github.Kind.APP if permissions is not None else hub.kind(about, in_workflow=looking.wish.in_workflow)
        branch = quote(f"promote/{_NAME}", safe="")
        asked = github.questions(name, quote(main, safe=""), branch) if main else {}
        replies = {key: hub.look(*question) for key, question in asked.items()}
    seen = github.Seen(kind, about, replies, permissions, clone.pushes)
    yield from github.judge(seen)
    config = looking.config
    named = [one for one in clone.environments if one != DEFAULT]
    yield from rules.judge(seen, rules.Wanted(main, named, config.promotion.pull_requests.auto_merge, clone.owners))


def _clusters(looking: _Looking) -> Iterator[Line]:
    if not looking.clusters.asked:
        message = "none was named, so that none was looked at"
        fix = "name one: --kubeconfig FILE, with --context or ENVIRONMENT=CONTEXT for several"
        yield Line(Topic.CLUSTER, "cluster", State.UNKNOWN, message, fix, IN_CLUSTER)
        return
    from gitops_action.pipeline.doctor_clusters import examine  # noqa: PLC0415 - as above

    yield from examine(looking.repository, looking.clone, looking.place, looking.clusters, looking.progress)


def _address(remote: str) -> str:
    return remote if "/" in remote or ":" in remote else ""


def _bare(address: str) -> str:
    """Return an address without the credentials that may be in it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if "@" not in parts.netloc or parts.scheme in {"ssh", ""}:
        return address
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
