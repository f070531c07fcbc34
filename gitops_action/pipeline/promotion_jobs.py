"""The jobs of the action that promote: inputs in; log, summary and outputs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.config.promotion import Mode
from gitops_action.errors import UsageError
from gitops_action.pipeline import promotion
from gitops_action.pipeline.places import Place
from gitops_action.pipeline.promoting import Wish
from gitops_action.report import promotion_text
from gitops_action.report.escape import fence, visible_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.adapters.runner import Inputs, Runner
    from gitops_action.ports import Progress

PROMOTING: Final = ("promote", "promote plan", "promote status", "promote reconcile")
"""The commands that this module does, besides `chat`."""
_REFUSED: Final = 1


def token_of(inputs: Inputs, runner: Runner, env: Mapping[str, str], repository: str) -> str:
    """Return the token to work with: a GitHub App's where its id and key are given, else `github-token`."""
    number, key = inputs.text("app-id"), inputs.text("app-private-key")
    if not number and not key:
        return inputs.text("github-token")
    if not (number and key):
        raise UsageError("inputs app-id and app-private-key: give both, or neither")
    from gitops_action.adapters.app_token import installation_token  # noqa: PLC0415 - few have an App

    token = installation_token(number, key, repository, env.get("GITHUB_API_URL", ""))
    runner.mask(token)
    return token


def place_of(inputs: Inputs, runner: Runner, env: Mapping[str, str]) -> Place:
    """Return where the job works: the repository that the workflow runs for, or the one that `config-repository` names."""
    server = env.get("GITHUB_SERVER_URL") or "https://github.com"
    repository = inputs.text("config-repository") or env.get("GITHUB_REPOSITORY", "")
    return Place(
        runner.resolve(inputs.text("repo")),
        f"{server}/{repository}" if repository else "origin",
        token_of(inputs, runner, env, repository),
        server,
        repository,
        env.get("GITHUB_API_URL", ""),
        config=inputs.text("config").removeprefix("./"),
    )


def promote(command: str, inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    """Do one of the commands PROMOTING; return the exit code. Raises what `pipeline.promotion` raises."""
    place = place_of(inputs, runner, env)
    mode = inputs.text("mode")
    if mode not in {"", *Mode}:
        raise UsageError(f"input mode: `{mode}` is none of {', '.join(Mode)}")
    source, target = inputs.text("from"), inputs.text("to")
    if bool(source) != bool(target) or (command == "promote" and not source):
        raise UsageError("inputs from and to: give both environments")
    wish = Wish(source, target, inputs.text("component"), Mode(mode) if mode else None, inputs.text("since"))
    dry = inputs.flag("dry-run") or command in {"promote plan", "promote status"}
    found = promotion.reconcile(place, wish, progress, dry_run=dry, versions=command == "promote status")
    if command == "promote status":
        text = promotion_text.status_text(found.proposals, found.versions)
    else:
        text = promotion_text.plan_text(found.proposals) if dry else promotion_text.done_text(found.done)
    runner.log(text)
    runner.add_summary(fence(visible_lines(text), "text"))
    runner.set_output("promotions", promotion_text.outline(found.proposals, found.done))
    for one in found.done:
        if one.step.value == "failed":
            runner.command("error", f"{one.branch}: {one.message}", title="gitops-action")
        for note in one.notes:
            runner.command("warning", f"{one.branch}: {note}", title="gitops-action")
    return promotion_text.exit_code(found.done)


def chat(_command: str, inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    """Do what a comment orders; return the exit code, 0 where it orders nothing."""
    from gitops_action.adapters.github import GitHub  # noqa: PLC0415 - only this job comments
    from gitops_action.pipeline.chat import answer  # noqa: PLC0415
    from gitops_action.pipeline.chat_orders import Means  # noqa: PLC0415
    from gitops_action.pipeline.deployment_jobs import clusters_of, run_of  # noqa: PLC0415

    event = runner.comment()
    place = place_of(inputs, runner, env)
    with GitHub.from_environment(place.token, place.api_url, place.repository) as comments:
        reply = answer(event, place, comments, progress, Means(clusters_of(inputs), run_of(env)))
    if reply is None:
        runner.log("The comment orders nothing.")
        return 0
    runner.log(reply.text)
    return 0 if reply.ok else _REFUSED
