"""The orders that a comment can give: each is carried out in its context, and comes to a reply."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gitops_action.config.promotion import Mode
from gitops_action.config.promotion_reading import duration
from gitops_action.errors import UsageError
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.locking import release, take
from gitops_action.pipeline.promoting import Wish
from gitops_action.pipeline.promotion import reconcile
from gitops_action.promote.components import components_of, roots
from gitops_action.promote.locks import Lock
from gitops_action.records import dataclass
from gitops_action.report.escape import code, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_action.adapters.git_remote import Remote
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.adapters.runner_event import CommentEvent
    from gitops_action.chat.commands import Order
    from gitops_action.pipeline.places import Place
    from gitops_action.pipeline.promotion_scene import Scene
    from gitops_action.ports import Progress
    from gitops_action.promote.pulls import PullRequest

MARKER: Final = "<!-- gitops-action: chat -->"
"""The first line of the comment with the answers."""
_AROUND: Final = 2_000
"""What an answer has besides a report: the order, escaped."""


@dataclass(frozen=True, slots=True)
class Means:
    """What orders may use besides Git and GitHub: the clusters that the job can reach. `run` is the address of its log."""

    clusters: Clusters = field(default_factory=Clusters)
    run: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What an order is about, and what it is done with."""

    order: Order
    event: CommentEvent
    pull: PullRequest
    place: Place
    remote: Remote
    hub: Pulls
    scene: Scene
    progress: Progress
    means: Means


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say, as Markdown, and whether the order was carried out."""

    text: str
    ok: bool = True


def _checked(context: Context) -> Reply:
    """Check or diff the pull request as it is now, and say nothing of what is pushed meanwhile."""
    from gitops_action.pipeline import check as job  # noqa: PLC0415 - few orders need it
    from gitops_action.pipeline.request import Revisions, overrides  # noqa: PLC0415
    from gitops_action.report import markdown  # noqa: PLC0415

    order, pull, remote = context.order, context.pull, context.remote
    base = f"refs/heads/{pull.base_ref}"
    tip = remote.refs(base).get(base)
    if tip is None:
        raise UsageError(f"the branch `{pull.base_ref}` is gone")
    remote.fetch(tip, f"refs/pull/{pull.number}/head")
    said = overrides(context.place.config, shard=f"environment={order.arguments[0]}" if order.arguments else "")
    run = job.check if order.definition.name == "check" else job.diff
    report = run(remote.bare(), Revisions(pull.head_sha, tip), said, context.progress)
    _still_there(context)
    page = markdown.comment(report, marker=MARKER, limit=markdown.COMMENT_LIMIT - _AROUND)
    return Reply(page.removeprefix(MARKER).strip(), ok=not report.verdict.exit_code)


def _promote(context: Context) -> Reply:
    order = context.order
    mode = order.flags.get("mode", "")
    if mode not in {"", *Mode}:
        raise UsageError(f"there is no mode `{mode}`: delta, sync or fields")
    source, target = order.arguments
    wish = Wish(source, target, order.flags.get("component", ""), Mode(mode) if mode else None)
    _still_there(context)
    found = reconcile(context.place, wish, context.progress)
    lines = [f"- {code(one.branch)}: {one.step.value} {one.url} {message(one.message)}".rstrip() for one in found.done]
    waiting = [one for one in found.proposals if one.state.value in {"waiting", "locked", "absent"}]
    lines += [
        f"- {code(one.component.name)}: {one.state.value} {message('; '.join(filter(None, (one.lock, *one.waiting))))}".rstrip()
        for one in waiting
        if one.branch not in {done.branch for done in found.done}
    ]
    failed = any(one.step.value == "failed" for one in found.done)
    return Reply("\n".join(lines) or "There is nothing to promote.", ok=not failed)


def _lock(context: Context) -> Reply:
    order, now = context.order, datetime.now(UTC).replace(microsecond=0)
    length = order.flags.get("for", "")
    period = duration(length) if length else None
    if length and not period:
        raise UsageError(f"`{length}` is no length of time: write 90m, 2h or 1d12h")
    environment, component = order.arguments[0], "".join(order.arguments[1:2])
    config, folders = context.scene.config, context.scene.folders
    if not roots(environment, config, folders):
        # A lock of what does not exist would look as if it held something.
        raise UsageError(f"the main branch has no directory of an environment `{environment}`: nothing was locked")
    if component and component not in components_of(environment, config, folders, config.promotion.layout):
        raise UsageError(f"`{environment}` has no component `{component}`: nothing was locked")
    lock = Lock(
        environment,
        component,
        context.event.author,
        order.flags["reason"],
        now,
        now + period if period else None,
        context.pull.number,
    )
    _still_there(context)
    take(context.remote, lock, now)
    return Reply(message(f"{lock}."))


def _unlock(context: Context) -> Reply:
    order = context.order
    _still_there(context)
    force = order.flags.get("force", "").lower() in {"yes", "true", "1"}
    lock = release(
        context.remote, order.arguments[0], "".join(order.arguments[1:2]), pull_request=context.pull.number, force=force
    )
    return Reply(message(f"Unlocked: {lock}."))


def _deploy(context: Context) -> Reply:
    """Deploy what the pull request was merged as: what is not merged is nobody's to deploy."""
    from gitops_action.pipeline import deploying as job  # noqa: PLC0415 - few orders need it
    from gitops_action.report import deployment  # noqa: PLC0415

    pull = context.pull
    if not pull.merge_sha:
        raise UsageError("this pull request is not merged: only what is merged is deployed")
    main = context.scene.head
    context.remote.fetch(pull.merge_sha)
    if context.remote.repository.merge_base(pull.merge_sha, main) != pull.merge_sha:
        # Anybody who may write can merge into a branch of their own.
        raise UsageError(f"this pull request was merged into `{pull.base_ref}`, and the main branch does not have it")
    wish = job.Wish(context.order.arguments[0], "", pull.merge_sha, actor=context.event.author, run=context.means.run)
    record = job.deploy(_here(context), context.means.clusters, wish, context.progress)
    return Reply(deployment.markdown(record), ok=record.result.is_good)


def _drift(context: Context) -> Reply:
    from gitops_action.pipeline import drifting as job  # noqa: PLC0415 - few orders need it
    from gitops_action.report import drift as report  # noqa: PLC0415

    tip = context.scene.head
    looks = job.drift(
        _here(context), context.means.clusters, job.Wish(context.order.arguments, tip, report=False), context.progress
    )
    return Reply(report.markdown(looks), ok=job.exit_code(looks) == 0)


def _rollback(context: Context) -> Reply:
    from gitops_action.pipeline import rolling_back as job  # noqa: PLC0415 - few orders need it
    from gitops_action.report import rollback as report  # noqa: PLC0415

    order = context.order
    wish = job.Wish(
        order.arguments[0], order.flags.get("to", ""), order.flags.get("reason", ""), actor=context.event.author
    )
    _still_there(context)
    return Reply(report.markdown(job.rollback(context.place, wish, report.body)))


def _here(context: Context) -> Place:
    """Return the place with all that was fetched, which the clone may lack."""
    return replace(context.place, repo=context.remote.bare())


def _still_there(context: Context) -> None:
    """Make sure that what was ordered is still what it was when the comment was read."""
    now = context.hub.pull(context.pull.number)
    if now.head_sha != context.pull.head_sha:
        raise UsageError("the pull request has newer commits by now: look at them, and give the order again")


ORDERS: Final[dict[str, Callable[[Context], Reply]]] = {
    "check": _checked,
    "diff": _checked,
    "promote": _promote,
    "deploy": _deploy,
    "drift": _drift,
    "rollback": _rollback,
    "lock": _lock,
    "unlock": _unlock,
}
