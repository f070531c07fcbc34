"""Does what a comment on a pull request orders, and says so in one comment that is edited."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from gitops_action.adapters.git import Repository
from gitops_action.chat.commands import COMMANDS, Order, Refusal, parse
from gitops_action.chat.permission import refused
from gitops_action.errors import GitOpsError
from gitops_action.pipeline.chat_orders import MARKER, ORDERS, Context, Means, Reply
from gitops_action.pipeline.places import fetch_tip, opened
from gitops_action.pipeline.promotion_scene import open_scene
from gitops_action.report.escape import code, message

if TYPE_CHECKING:
    from gitops_action.adapters.git_remote import Remote
    from gitops_action.adapters.github import GitHub
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.adapters.runner_event import CommentEvent
    from gitops_action.pipeline.places import Place
    from gitops_action.ports import Progress

_SEEN, _DONE, _REFUSED = "eyes", "rocket", "confused"


def answer(
    event: CommentEvent, place: Place, comments: GitHub, progress: Progress, means: Means | None = None
) -> Reply | None:
    """Carry out what a new comment orders; None where it orders nothing, so that nothing was done and nobody asked.

    Raises GitOpsError where the clone or GitHub cannot be opened (then nothing has been done), or where GitHub does not
    take the answer.
    """
    if event.action != "created" or event.pull_request is None or event.is_bot:
        return None
    order = parse(event.body)
    if order is None:
        return None
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        remote, hub = opened(place, repository, stack)
        with suppress(GitOpsError):  # a sign of life, no more
            hub.react(event.comment, _SEEN)
        reply = Reply(message("Not done: the program failed; look at the job's log."), ok=False)
        try:
            reply = _reply(order, event, (place, means or Means()), remote, hub, progress)
        finally:
            _tell(reply, event, event.pull_request, hub, comments)
    return reply


def _tell(reply: Reply, event: CommentEvent, pull: int, hub: Pulls, comments: GitHub) -> None:
    with suppress(GitOpsError):
        hub.react(event.comment, _DONE if reply.ok else _REFUSED)
    head = f"{code(event.body.splitlines()[0], 200)} by @{event.author}"
    comments.upsert_comment(pull, MARKER, f"{MARKER}\n{head}\n\n{reply.text}", None)


def _reply(  # noqa: PLR0913, PLR0917 - what an order is about
    order: Order | Refusal,
    event: CommentEvent,
    where: tuple[Place, Means],
    remote: Remote,
    hub: Pulls,
    progress: Progress,
) -> Reply:
    place, means = where
    if isinstance(order, Refusal):
        return Reply(message(f"Not understood: {order.reason}"), ok=False)
    if order.definition.name == "help":
        return _help()
    try:
        pull = hub.pull(event.pull_request or 0)
        # The configuration of the main branch says who may do what.
        tip = fetch_tip(remote, place.branch or hub.repository().default_branch)
        scene = open_scene(remote.repository, tip, place.config)
        permission = scene.config.promotion.permissions.get(order.environment)
        reason = refused(order, event.author, hub.permission(event.author), permission, hub.in_team, fork=pull.fork)
        if reason:
            return Reply(message(f"Refused: {reason}."), ok=False)
        return ORDERS[order.definition.name](Context(order, event, pull, place, remote, hub, scene, progress, means))
    except GitOpsError as error:
        return Reply(message(f"Not done: {error}"), ok=False)


def _help() -> Reply:
    rows = (f"| {code(one.usage)} | {message(one.summary)} | {one.role.value} |" for one in COMMANDS.values())
    return Reply("\n".join(("| Command | What it does | Role |", "| --- | --- | --- |", *rows)))
