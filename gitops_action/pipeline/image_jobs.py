"""The jobs of the action that update images: inputs in; log, summary and outputs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.errors import UsageError
from gitops_action.images.credentials import parse
from gitops_action.images.wishes import parse_all
from gitops_action.model import Severity
from gitops_action.pipeline import image_setting, image_updating
from gitops_action.pipeline.promotion_jobs import place_of
from gitops_action.report import images_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.adapters.runner import Inputs, Runner
    from gitops_action.images.outcome import Outcome
    from gitops_action.ports import Progress

UPDATING: Final = ("image plan", "image update", "image set")
"""The commands that this module does."""
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def updating(command: str, inputs: Inputs, runner: Runner, env: Mapping[str, str], _progress: Progress) -> int:
    """Do one of the commands UPDATING; return the exit code. Raises what their modules raise."""
    elsewhere = inputs.text("config-repository") not in {"", env.get("GITHUB_REPOSITORY", "")}
    if env.get("GITHUB_EVENT_NAME", "").startswith("pull_request") and not elsewhere:
        raise UsageError(
            f"`{command}` does not run for a pull request, which anybody can open: run it on `schedule` or `push`"
        )
    logins = parse(inputs.text("registry-credentials"))
    for login in logins.by_host.values():
        runner.mask(login.password)
    place = place_of(inputs, runner, env)
    dry_run = inputs.flag("dry-run") or command == "image plan"
    if command == "image set":
        wish = image_setting.Wish(parse_all(inputs.entries("images")), inputs.text("environment"), inputs.flag("push"))
        outcome = image_setting.set_remotely(place, wish, dry_run=dry_run)
    else:
        asked = image_updating.Wish(inputs.entries("policies"), logins)
        outcome = image_updating.update(place, asked, dry_run=dry_run)
    _tell(outcome, runner)
    return outcome.exit_code


def _tell(outcome: Outcome, runner: Runner) -> None:
    runner.log(images_text.text(outcome))
    runner.add_summary(images_text.markdown(outcome))
    runner.set_output("images", images_text.outline(outcome))
    for finding in outcome.plan.findings:
        line = (finding.line or 1) if finding.file else None
        runner.command(_LEVELS[finding.severity], finding.message, title=finding.code, file=finding.file, line=line)
    for one in outcome.done:
        if one.step.value == "failed":
            runner.command("error", f"{one.branch}: {one.message}", title="gitops-action")
        for note in one.notes:
            runner.command("warning", f"{one.branch}: {note}", title="gitops-action")
