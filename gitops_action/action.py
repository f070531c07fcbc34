"""The action's entry point: inputs and event in; log, annotations, summary, comment, outputs and exit code out.

Wiring only: the jobs are the command line's.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

from gitops_action.adapters.crash import describe_crash
from gitops_action.adapters.files import write_text
from gitops_action.adapters.runner import Inputs, Runner
from gitops_action.adapters.streams import watch
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.garbage import collected_rarely
from gitops_action.inputs import COMMANDS, INPUTS, ONLY_IN_ACTION
from gitops_action.model import Verdict
from gitops_action.pipeline import check as checking
from gitops_action.pipeline import deployment_jobs, image_jobs, looking_jobs, promotion_jobs
from gitops_action.pipeline import validate as validating
from gitops_action.pipeline.events import revisions_of
from gitops_action.pipeline.merging import merge
from gitops_action.pipeline.publish import Publication, publish
from gitops_action.pipeline.relay import relay
from gitops_action.pipeline.request import Revisions, overrides, revisions
from gitops_action.pipeline.verdict import effects
from gitops_action.report import form_of, render
from gitops_action.report.escape import code as code_span
from gitops_action.shards import By, as_matrix

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gitops_action.model import Report
    from gitops_action.pipeline.settings import Overrides

_EXIT_UNEXPECTED: Final = 3
_EXIT_INTERRUPTED: Final = 130


_JOBS: Final = {
    "chat": promotion_jobs.chat,
    **dict.fromkeys(looking_jobs.LOOKING, looking_jobs.look),
    **dict.fromkeys(deployment_jobs.DEPLOYING, deployment_jobs.deploying),
    **dict.fromkeys(image_jobs.UPDATING, image_jobs.updating),
    **dict.fromkeys(promotion_jobs.PROMOTING, promotion_jobs.promote),
}
"""The commands that say themselves what came of them, without a report."""


def run(env: Mapping[str, str], out: TextIO) -> int:
    """Do the job that the inputs ask for; return the exit code.

    Raises UsageError for inputs that make no sense, GitOpsError where the job cannot be done.
    """
    inputs, runner = Inputs({**_defaults(), **env}), Runner(env, out)
    token = inputs.text("github-token")
    runner.mask(token)
    command = inputs.text("command")
    if command not in {*COMMANDS, *ONLY_IN_ACTION}:
        raise UsageError(f"input command: `{command}` is none of {', '.join([*COMMANDS, *ONLY_IN_ACTION])}")
    for secret in ("token", "app-private-key"):
        runner.mask(inputs.text(secret))
    repo = runner.resolve(inputs.text("repo"))
    wanted = _overrides(inputs)
    progress = SilentProgress()
    author = ""
    match command:
        case "check" | "diff":
            job = checking.check if command == "check" else checking.diff
            compared = _revisions(inputs, runner, repo)
            report = job(repo, compared, wanted, progress)
            author = checking.comment_author(repo, compared, wanted)
        case "matrix":
            by, number = _choice("by", inputs.text("by")), _number("shards", inputs.text("shards"))
            legs = checking.matrix(repo, _revisions(inputs, runner, repo), wanted, by=by, number=number)
            runner.set_output("matrix", as_matrix(legs))
            return 0
        case "comment":
            publication = Publication(token=token, author=inputs.text("comment-author"))
            runner.set_output("comment-url", relay(inputs.text("artifact"), publication, runner))
            return 0
        case _ if command in _JOBS:
            return _JOBS[command](command, inputs, runner, env, progress)
        case "report merge":
            report = merge([runner.resolve(inputs.text("reports"))], inputs.text("matrix"))
        case "validate":
            report = validating.validate(_paths(inputs, runner), wanted, progress)
        case _:
            manifests, report = validating.render(_paths(inputs, runner), wanted, progress)
            runner.log(validating.as_yaml(manifests))
    return _tell(report, inputs, runner, token, author)


def _overrides(inputs: Inputs) -> Overrides:
    """Return what the inputs say over the configuration."""
    return overrides(
        inputs.text("config"),
        inputs.text("engine"),
        inputs.text("kubernetes-version"),
        inputs.text("fail-on"),
        clusters=deployment_jobs.clusters_of(inputs),
        shard=inputs.text("shard"),
    )


def _paths(inputs: Inputs, runner: Runner) -> list[str]:
    return [str(runner.resolve(path)) for path in inputs.entries("paths")]


def _choice(name: str, text: str) -> By:
    if text not in {*By}:
        raise UsageError(f"input {name}: `{text}` is none of {', '.join(By)}")
    return By(text)


def _number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise UsageError(f"input {name}: `{text}` is not a number")
    return int(text)


def _defaults() -> dict[str, str]:
    """Return what action.yml gives where a workflow says nothing; a container that is run by hand gets the same."""
    return {f"INPUT_{entry.name.upper()}": entry.default for entry in INPUTS if not entry.default.startswith("${{")}


def _revisions(inputs: Inputs, runner: Runner, repo: Path) -> Revisions:
    """Return what the inputs say; what they leave open is taken from the event."""
    base, head, everything = inputs.text("base"), inputs.text("head"), inputs.flag("all")
    event = None if base else runner.event()
    if event is None:
        return revisions(repo, base, head, None, everything=everything)
    found = revisions_of(event, repo)
    return Revisions(head or found.head, found.base, everything or found.everything)


def _tell(report: Report, inputs: Inputs, runner: Runner, token: str, author: str) -> int:
    """Say the result everywhere it is looked for; a file that cannot be written takes nothing from the rest."""
    publication = Publication(
        token=token,
        comment=inputs.flag("comment"),
        author=inputs.text("comment-author") or author,
        annotations=inputs.flag("annotations"),
    )
    url = publish(report, publication, runner)
    code = report.verdict.exit_code
    written = ""
    for file in inputs.entries("output-file"):
        path = runner.resolve(file)
        try:
            write_text(path, render(report, form_of(file)))
            written = written or runner.outside(path)
        except GitOpsError as error:
            runner.command("error", f"input output-file: {error}", title="gitops-action")
            code = error.exit_code
    changes = len(effects(report.changes))
    runner.set_output("result", report.verdict.value)
    runner.set_output("has-changes", "true" if changes else "false")
    runner.set_output("changes-count", str(changes))
    runner.set_output("report-path", written)
    runner.set_output("comment-url", url)
    return code


def main() -> None:
    """Run as the container's entry point."""
    watch()
    runner = Runner(os.environ, sys.stdout)
    try:
        with collected_rarely():
            code = run(os.environ, sys.stdout)
    except GitOpsError as error:
        _apologise(runner, str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        _apologise(runner, "interrupted")
        code = _EXIT_INTERRUPTED
    except Exception:  # noqa: BLE001 - the last resort: say that it is our fault, and leave what a report needs
        # A log file would vanish with the container.
        _apologise(runner, describe_crash(keep_log=False))
        code = _EXIT_UNEXPECTED
    sys.exit(code)


def _apologise(runner: Runner, message: str) -> None:
    """Say in the log, the summary and the outputs that nothing could be checked."""
    runner.command("error", message, title="gitops-action")
    with suppress(GitOpsError):
        runner.add_summary(f"**Could not check.** {code_span(message, 600)}")
        runner.set_output("result", Verdict.INCOMPLETE.value)


if __name__ == "__main__":
    main()
