"""The jobs of the action that deploy: inputs in; log, summary and outputs out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gitops_action.config.promotion_reading import duration
from gitops_action.errors import UsageError
from gitops_action.pipeline.clusters import clusters
from gitops_action.pipeline.promotion_jobs import place_of
from gitops_action.report.escape import one_line, visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from gitops_action.adapters.runner import Inputs, Runner
    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.ports import Progress

DEPLOYING: Final = ("deploy", "history", "drift", "rollback")
"""The commands that this module does."""
# What runs for these is somebody's proposal, and so may be the files that were checked out.
_PROPOSALS: Final = frozenset(
    {"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment", "merge_group"}
)


def deploying(command: str, inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    """Do one of the commands DEPLOYING; return the exit code. Raises what their modules raise."""
    if command in {"deploy", "rollback"} and env.get("GITHUB_EVENT_NAME", "") in _PROPOSALS:
        raise UsageError(
            f"`{command}` does not run for a pull request, which anybody can open, nor before it is merged: run it on `push`"
        )
    job = {"deploy": _deploy, "history": _history, "drift": _drift, "rollback": _rollback}[command]
    return job(inputs, runner, env, progress)


def run_of(env: Mapping[str, str]) -> str:
    """Return the address of the job's log."""
    number, repository = env.get("GITHUB_RUN_ID", ""), env.get("GITHUB_REPOSITORY", "")
    server, attempt = env.get("GITHUB_SERVER_URL") or "https://github.com", env.get("GITHUB_RUN_ATTEMPT", "")
    address = f"{server}/{repository}/actions/runs/{number}"
    return "" if not number else f"{address}/attempts/{attempt}" if attempt not in {"", "1"} else address


def clusters_of(inputs: Inputs) -> Clusters:
    """Return which clusters the inputs lead to."""
    return clusters(
        inputs.text("kubeconfig"),
        inputs.entries("context"),
        server=inputs.text("server"),
        authority=inputs.text("certificate-authority"),
        token=inputs.text("token"),
    )


def _deploy(inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    from gitops_action.pipeline.deploying import Wish, deploy  # noqa: PLC0415 - one job a run
    from gitops_action.report import deployment  # noqa: PLC0415

    wish = Wish(
        _environment(inputs),
        inputs.text("via"),
        inputs.text("revision"),
        _length("timeout", inputs.text("timeout")),
        inputs.flag("dry-run"),
        inputs.flag("force-conflicts"),
        inputs.flag("older"),
        inputs.entries("prune"),
        inputs.entries("kustomization"),
        env.get("GITHUB_ACTOR", ""),
        run_of(env),
    )
    if wish.via not in {"", "apply", "flux"}:
        raise UsageError(f"input via: `{wish.via}` is none of apply, flux")
    record = deploy(place_of(inputs, runner, env), clusters_of(inputs), wish, progress, _teller(runner))
    runner.log(deployment.text(record))
    runner.add_summary(deployment.markdown(record))
    runner.set_output("deployment", json.dumps(deployment.as_value(record, outline=True)))
    if not record.result.is_good:
        runner.command("error", f"{record.environment}: {record.outcome.message}", title="gitops-action")
    return record.result.exit_code


def _drift(inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    from gitops_action.pipeline.drifting import Wish, drift, exit_code  # noqa: PLC0415 - one job a run
    from gitops_action.report import drift as report  # noqa: PLC0415

    settle = _length("settle", inputs.text("settle"))
    wish = Wish(
        inputs.entries("environment"),
        inputs.text("revision"),
        settle.total_seconds() if settle else 0.0,
        inputs.flag("undeclared"),
        inputs.flag("heal"),
        _number("heal-limit", inputs.text("heal-limit")),
        report=inputs.flag("issue"),
    )
    if wish.heal and env.get("GITHUB_EVENT_NAME", "") in _PROPOSALS:
        raise UsageError("nothing is healed for a pull request, which anybody can open: run it on `schedule`")
    looks = drift(place_of(inputs, runner, env), clusters_of(inputs), wish, progress, _teller(runner))
    runner.log(report.text(looks))
    runner.add_summary(report.markdown(looks))
    runner.set_output("drifted", "true" if any(look.left for look in looks) else "false")
    runner.set_output("drift", report.outline(looks))
    for look in looks:
        if look.left or look.skipped:
            runner.command("warning", report.headline(look), title="gitops-action")
    return exit_code(looks)


def _rollback(inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    from gitops_action.pipeline.rolling_back import Wish, rollback  # noqa: PLC0415 - one job a run
    from gitops_action.report import rollback as report  # noqa: PLC0415

    del progress
    wish = Wish(
        _environment(inputs),
        inputs.text("to"),
        inputs.text("reason"),
        env.get("GITHUB_ACTOR", ""),
        inputs.flag("dry-run"),
    )
    done = rollback(place_of(inputs, runner, env), wish, report.body)
    runner.log(report.text(done))
    runner.add_summary(report.markdown(done))
    runner.set_output("rollback-url", done.url)
    return 0


def _history(inputs: Inputs, runner: Runner, env: Mapping[str, str], progress: Progress) -> int:
    from gitops_action.pipeline.history import history  # noqa: PLC0415 - one job a run
    from gitops_action.report import history as report  # noqa: PLC0415
    from gitops_action.report.escape import fence  # noqa: PLC0415

    del progress
    entries = history(place_of(inputs, runner, env), _environment(inputs), _number("limit", inputs.text("limit")))
    runner.log(report.text(entries))
    runner.add_summary(fence(visible_lines(report.text(entries)), "text"))
    runner.set_output("history", json.dumps(json.loads(report.as_json(entries))))
    return 0


def _environment(inputs: Inputs) -> str:
    named = inputs.entries("environment")
    if len(named) != 1:
        raise UsageError("input environment: name one environment")
    return named[0]


def _length(name: str, text: str) -> timedelta | None:
    if text in {"", "0", "0s"}:
        return None
    found = duration(text)
    if not found:
        raise UsageError(f"input {name}: `{text}` is no length of time: write 90s, 10m or 1h")
    return found


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise UsageError(f"input {name}: `{text}` is not a number above 0")
    return int(text)


def _teller(runner: Runner) -> Callable[[str], None]:
    return lambda text: runner.log(one_line(text))
