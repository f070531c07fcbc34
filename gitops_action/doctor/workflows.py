"""The workflows of the repository that run us: whether their jobs give the token what it needs, and check out enough.

What a job's token may is written in the workflow; GitHub does not tell a token. Syntax:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitops_action.doctor.github import PERMISSIONS
from gitops_action.doctor.lines import DEPLOY, Job, Line, State, Topic, listed
from gitops_action.parts import mappings
from gitops_action.records import dataclass
from gitops_action.regex import regex

FOLDER: Final = ".github/workflows/"
_ACTION: Final = regex(r"[\w.-]+/gitops-action@.*")
_REUSABLE: Final = regex(r"[\w.-]+/gitops-action/\.github/workflows/([\w-]+)\.ya?ml@.*")
_OF_WORKFLOW: Final = {
    "check": Job.CHECK,
    "check-matrix": Job.CHECK,
    "promote": Job.PROMOTE,
    "deploy": Job.DEPLOY_APPLY,
    "drift": Job.DRIFT,
    "images": Job.IMAGES,
}
_OF_COMMAND: Final = {
    "check": Job.CHECK,
    "promote": Job.PROMOTE,
    "promote reconcile": Job.PROMOTE,
    "deploy": Job.DEPLOY_APPLY,
    "drift": Job.DRIFT,
    "rollback": Job.ROLLBACK,
    "image update": Job.IMAGES,
}
_LEVELS: Final = {"none": 0, "read": 1, "write": 2}
_EXPECTED: Final = (Job.CHECK, Job.PROMOTE, Job.DEPLOY_APPLY, Job.DRIFT)
_OWN_TOKEN: Final = ("github-token", "app-id")


@dataclass(frozen=True, slots=True)
class Use:
    """One job of a workflow that runs us. `permissions` is None where neither it nor the workflow says anything."""

    file: str
    name: str
    job: Job
    permissions: Mapping[str, str] | None
    own_token: bool = False
    shallow: bool = False

    @property
    def jobs(self) -> frozenset[Job]:
        """What it is for; a deployment is one by either way."""
        return DEPLOY if self.job in DEPLOY else frozenset({self.job})


def uses(workflows: Mapping[str, Any]) -> list[Use]:
    """Return the jobs that run us, from the workflows by path."""
    return [
        use
        for file, workflow in sorted(workflows.items())
        for name, job in _mapping(_mapping(workflow).get("jobs")).items()
        if (use := _use(file, str(name), _mapping(job), _mapping(workflow))) is not None
    ]


def _use(file: str, name: str, job: Mapping[str, Any], workflow: Mapping[str, Any]) -> Use | None:
    given = _permissions(job.get("permissions", workflow.get("permissions")))
    called = _REUSABLE.fullmatch(str(job.get("uses") or ""))
    if called:
        # Only those that we keep ready are known; they check out what they need.
        known = _OF_WORKFLOW.get(called[1])
        own = any(key in _mapping(job.get("with")) for key in _OWN_TOKEN)
        return None if known is None else Use(file, name, known, given, own)
    steps = mappings(job, "steps")
    for step in steps:
        inputs = _mapping(step.get("with"))
        command = _OF_COMMAND.get(str(inputs.get("command") or "check"))
        if _ACTION.fullmatch(str(step.get("uses") or "")) and command is not None:
            own = any(key in inputs for key in _OWN_TOKEN)
            return Use(file, name, command, given, own, shallow=_is_shallow(steps))
    return None


def judge(found: list[Use]) -> Iterator[Line]:
    """Say of each job that runs us what its token lacks, and of which job there is none."""
    for use in found:
        yield _token(use)
        if use.shallow:
            message = "it checks out the newest commit only: what the change is based on is not there"
            fix = "give actions/checkout the input `fetch-depth: 0`"
            yield Line(Topic.WORKFLOWS, f"{_title(use)}, checkout", State.MISSING, message, fix, use.jobs)
    for job in _EXPECTED:
        if all(use.job is not job for use in found):
            jobs = DEPLOY if job in DEPLOY else frozenset({job})
            word = "deploy" if job in DEPLOY else job.value
            # What a pull request needs first is where everybody begins to read.
            page = "README.md" if job is Job.CHECK else f"docs/{word}.md"
            message = f"no workflow runs `{word}`"
            yield Line(
                Topic.WORKFLOWS,
                word,
                State.WARNING,
                message,
                f"gitops-action init --adopt, or copy it from {page}",
                jobs,
            )


def _token(use: Use) -> Line:
    name, jobs = _title(use), use.jobs
    needed = {
        one.name: "write" if use.job in one.writing else "read"
        for one in PERMISSIONS
        if use.job in one.reading | one.writing
    }
    if use.own_token:
        return Line(
            Topic.WORKFLOWS, name, State.OK, "it has a token of its own, which is not in the workflow", "", jobs
        )
    if use.permissions is None:
        message = "it says no `permissions`, so that the repository's default holds, which is not known here"
        fix = f"give the job `permissions: {{{', '.join(f'{key}: {level}' for key, level in needed.items())}}}`"
        return Line(Topic.WORKFLOWS, name, State.UNKNOWN, message, fix, jobs)
    lacking = {
        key: level
        for key, level in needed.items()
        if _LEVELS.get(use.permissions.get(key, use.permissions.get("*", "none")), 0) < _LEVELS[level]
    }
    if lacking:
        said = listed((f"{key}: {level}" for key, level in lacking.items()), len(lacking))
        message = f"its token lacks {said}"
        return Line(Topic.WORKFLOWS, name, State.MISSING, message, f"add to its `permissions`: {said}", jobs)
    return Line(Topic.WORKFLOWS, name, State.OK, "its token has the permissions that it needs", "", jobs)


def _title(use: Use) -> str:
    return f"{use.file.removeprefix(FOLDER)}: {use.name}"


def _permissions(written: Any) -> Mapping[str, str] | None:
    """Read `permissions`: single ones, or `read-all` and `write-all`, which are "*" here."""
    if isinstance(written, str):
        return {"*": written.removesuffix("-all")} if written in {"read-all", "write-all"} else None
    return {str(key): str(value) for key, value in written.items()} if isinstance(written, Mapping) else None


def _is_shallow(steps: list[Mapping[str, Any]]) -> bool:
    checkouts = [one for one in steps if str(one.get("uses") or "").startswith("actions/checkout@")]
    return any(str(_mapping(one.get("with")).get("fetch-depth", "1")) != "0" for one in checkouts)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
