"""The jobs of the action that only look, `doctor` and `status`: inputs in; log, summary and outputs out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gitops_action.errors import UsageError
from gitops_action.pipeline.deployment_jobs import clusters_of
from gitops_action.pipeline.promotion_jobs import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.adapters.runner import Inputs, Runner
    from gitops_action.ports import Progress

LOOKING: Final = ("doctor", "status")
"""The commands that this module does."""


def look(command: str, inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    """Do one of the commands LOOKING; return the exit code. Raises UsageError and what the command itself raises."""
    return _status(inputs, runner, env) if command == "status" else _doctor(inputs, runner, env, progress)


def _doctor(inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    from gitops_action.doctor.lines import words  # noqa: PLC0415 - one job a run
    from gitops_action.pipeline.doctor import Wish, doctor  # noqa: PLC0415
    from gitops_action.report import doctor as report  # noqa: PLC0415

    jobs = inputs.entries("job")
    unknown = [one for one in jobs if one not in words()]
    if unknown:
        raise UsageError(f"input job: `{unknown[0]}` is none of {', '.join(words())}")
    found = doctor(place_of(inputs, runner, env), clusters_of(inputs), Wish(jobs, in_workflow=True), progress)
    runner.log(report.text(found))
    runner.add_summary(report.markdown(found))
    return found.exit_code


def _status(inputs: Inputs, runner: Runner, env: Mapping[str, str]) -> int:
    from gitops_action.pipeline.flux_status import Wish, status  # noqa: PLC0415 - as above
    from gitops_action.report import flux_status as report  # noqa: PLC0415

    found = status(place_of(inputs, runner, env), clusters_of(inputs), Wish(revision=inputs.text("revision")))
    now = datetime.now(UTC)
    runner.log(report.text(found, now))
    runner.add_summary(report.markdown(found, now))
    return found.exit_code
