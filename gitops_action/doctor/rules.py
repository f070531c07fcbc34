"""The settings of the repository on GitHub: what is required before a merge, which branches may be pushed, who reviews.

https://docs.github.com/rest/repos/rules#get-rules-for-a-branch tells rulesets to everybody who may read; the older branch
protection is told in outline with the branches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.doctor.github import Kind
from gitops_action.doctor.lines import DEPLOY, Job, Line, State, Topic, listed
from gitops_action.parts import mappings, part
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.doctor.github import Reply, Seen

_CHECK: Final = frozenset({Job.CHECK})
_PROPOSING: Final = frozenset({Job.PROMOTE, Job.ROLLBACK, Job.IMAGES})
_IN_WORKFLOWS: Final = frozenset({Job.CHECK, Job.DRIFT}) | _PROPOSING | DEPLOY
_WHERE: Final = "Settings > Rules > Rulesets"
# What keeps a branch from being made, moved or taken away.
_HINDERS: Final = {
    "creation": "creating",
    "update": "pushing to",
    "deletion": "deleting",
    "non_fast_forward": "force-pushing to",
    "required_signatures": "pushing unsigned commits to",
    "pull_request": "pushing to, other than by pull request,",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the configuration and the repository want of GitHub. `owners` is the path of CODEOWNERS, "" without one."""

    main: str
    environments: Sequence[str] = ()
    auto_merge: str = ""
    owners: str = ""
    prefix: str = "promote/"


def judge(seen: Seen, wanted: Wanted) -> Iterator[Line]:
    """Say what of the repository's settings stands in the way of a job, or leaves it without effect."""
    if not seen.repository.ok:
        return
    about = seen.repository.fields
    yield _checks(seen, wanted)
    yield from _owners(seen, wanted)
    yield _branches(seen.reply("promotion rules"), wanted)
    yield from _actions(seen)
    yield _environments(seen.reply("environments"), wanted)
    if wanted.auto_merge:
        allowed = about.get("allow_auto_merge")
        state = State.UNKNOWN if allowed is None else State.OK if allowed else State.MISSING
        fix = "" if allowed else "Settings > General > Pull Requests > Allow auto-merge"
        message = "" if allowed else "the configuration wants promotions merged by themselves"
        yield Line(Topic.GITHUB, "auto-merge", state, message, fix, frozenset({Job.PROMOTE}))
    if not about.get("has_issues", True):
        message, fix = "the repository has none, and drift is told in them", "Settings > General > Features > Issues"
        yield Line(Topic.GITHUB, "issues", State.MISSING, message, fix, frozenset({Job.DRIFT}))


def _checks(seen: Seen, wanted: Wanted) -> Line:
    rules, branches = seen.reply("rules"), seen.reply("branches")
    name = "required checks"
    if not rules.ok and not branches.ok:
        return Line(
            Topic.GITHUB, name, State.UNKNOWN, "the rules of the main branch may not be read", _fix_read(), _CHECK
        )
    found = {
        str(one.get("context"))
        for rule in _rules(rules, "required_status_checks")
        for one in mappings(part(rule, "parameters"), "required_status_checks")
    }
    contexts = part(_protection(branches, wanted.main), "required_status_checks").get("contexts")
    found |= set(map(str, contexts)) if isinstance(contexts, list) else set()
    if found:
        return Line(Topic.GITHUB, name, State.OK, f"{wanted.main}: {listed(sorted(found))}", "", _CHECK)
    if not (rules.ok and branches.ok):
        message = f"no rule of {wanted.main} requires one, as far as they may be read"
        return Line(Topic.GITHUB, name, State.UNKNOWN, message, _fix_read(), _CHECK)
    message = f"{wanted.main} requires none: what fails the check can be merged all the same"
    fix = f"{_WHERE} > New branch ruleset > Require status checks to pass: the job that runs `check`"
    return Line(Topic.GITHUB, name, State.WARNING, message, fix, _CHECK)


def _owners(seen: Seen, wanted: Wanted) -> Iterator[Line]:
    name, jobs = "code owners", _PROPOSING
    if not wanted.owners:
        message = "there is no CODEOWNERS: nobody in particular is asked to review an environment"
        fix = "add .github/CODEOWNERS, such as: /environments/production/ @org/platform"
        yield Line(Topic.GITHUB, name, State.WARNING, message, fix, jobs)
        return
    errors = seen.reply("owners")
    wrong = mappings(errors.fields, "errors")
    if wrong:
        first = wrong[0]
        message = f"{first.get('path')}:{first.get('line')}: {first.get('kind')}" + (
            f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        )
        yield Line(Topic.GITHUB, name, State.WARNING, message, str(first.get("suggestion") or "correct the line"), jobs)
    required = any(
        part(rule, "parameters").get("require_code_owner_review")
        for rule in _rules(seen.reply("rules"), "pull_request")
    )
    reviews = part(_protection(seen.reply("branches"), wanted.main), "required_pull_request_reviews")
    if required or reviews.get("require_code_owner_reviews"):
        yield Line(Topic.GITHUB, name, State.OK, f"{wanted.owners}, whose review {wanted.main} requires", "", jobs)
    elif not seen.reply("rules").ok or _protection(seen.reply("branches"), wanted.main):
        # The outline of a branch's protection leaves reviews out.
        message = f"whether {wanted.main} requires their review may not be read"
        yield Line(Topic.GITHUB, name, State.UNKNOWN, message, _fix_read(), jobs)
    else:
        message = f"{wanted.owners} is there, and {wanted.main} does not require its owners' review"
        fix = f"{_WHERE} > Require a pull request > Require review from Code Owners"
        yield Line(Topic.GITHUB, name, State.WARNING, message, fix, jobs)


def _branches(rules: Reply, wanted: Wanted) -> Line:
    name = "branches of proposals"
    if not rules.ok:
        message = f"the rules for branches {wanted.prefix}… may not be read"
        return Line(Topic.GITHUB, name, State.UNKNOWN, message, _fix_read(), _PROPOSING)
    kinds = [str(one.get("type")) for one in rules.entries]
    found = [_HINDERS[kind] for kind in dict.fromkeys(kinds) if kind in _HINDERS]
    if not found:
        return Line(Topic.GITHUB, name, State.OK, f"no rule is about branches {wanted.prefix}…", "", _PROPOSING)
    message = f"rules forbid {listed(found)} branches {wanted.prefix}…, unless the token may bypass them, which GitHub does not tell"
    fix = f"{_WHERE}: exclude `{wanted.prefix}**/*` and `rollback/**/*`, or put the token's App on the bypass list"
    return Line(Topic.GITHUB, name, State.UNKNOWN, message, fix, _PROPOSING)


def _actions(seen: Seen) -> Iterator[Line]:
    reply = seen.reply("actions")
    if reply.ok and not reply.fields.get("enabled"):
        fix = "Settings > Actions > General > Actions permissions"
        yield Line(Topic.GITHUB, "Actions", State.MISSING, "they are switched off", fix, _IN_WORKFLOWS)
    elif reply.ok:
        allowed = str(reply.fields.get("allowed_actions") or "all")
        if allowed in {"local_only", "selected"}:
            message = f"only {'those of the owner' if allowed == 'local_only' else 'selected ones'} may be used"
            fix = "Settings > Actions > General: allow gitops-action/gitops-action@*"
            yield Line(Topic.GITHUB, "Actions", State.WARNING, message, fix, _IN_WORKFLOWS)
        else:
            yield Line(Topic.GITHUB, "Actions", State.OK, "they may be used", "", _IN_WORKFLOWS)
    yield _opening(seen)


def _opening(seen: Seen) -> Line:
    name, reply = "workflows may open pull requests", seen.reply("workflows")
    fix = (
        "Settings > Actions > General > Allow GitHub Actions to create and approve pull requests; or use a GitHub App "
        "(inputs app-id and app-private-key)"
    )
    if reply.ok and reply.fields.get("can_approve_pull_request_reviews"):
        return Line(Topic.GITHUB, name, State.OK, "", "", _PROPOSING)
    if seen.kind in {Kind.APP, Kind.CLASSIC, Kind.FINE_GRAINED, Kind.OAUTH} and reply.ok:
        # It is about the workflows' own token only.
        message = "they may not with their own token; this one may"
        return Line(Topic.GITHUB, name, State.WARNING, message, fix, _PROPOSING)
    if reply.ok:
        return Line(Topic.GITHUB, name, State.MISSING, "they may not", fix, _PROPOSING)
    message = "the setting may be read by administrators only"
    return Line(Topic.GITHUB, name, State.UNKNOWN, message, f"look there: {fix}", _PROPOSING)


def _environments(reply: Reply, wanted: Wanted) -> Line:
    name, jobs = "environments on GitHub", DEPLOY
    if not reply.ok:
        message = "they may not be read"
        return Line(Topic.GITHUB, name, State.UNKNOWN, message, "give the job `permissions: actions: read`", jobs)
    found = {
        str(one.get("name")): [str(rule.get("type")) for rule in mappings(one, "protection_rules")]
        for one in mappings(reply.fields, "environments")
    }
    absent = [one for one in wanted.environments if one not in found]
    shown = [
        f"{one} ({', '.join(rule.replace('_', ' ') for rule in found[one])})" if found[one] else one
        for one in wanted.environments
        if one in found
    ]
    if absent:
        message = f"{listed(absent)}: not there, so without reviewers and secrets of their own; a deployment makes them"
        return Line(Topic.GITHUB, name, State.WARNING, message, "Settings > Environments > New environment", jobs)
    return Line(Topic.GITHUB, name, State.OK, listed(shown, 10), "", jobs)


def _rules(reply: Reply, kind: str) -> list[Mapping[str, Any]]:
    return [one for one in reply.entries if one.get("type") == kind]


def _protection(branches: Reply, main: str) -> Mapping[str, Any]:
    return next((part(one, "protection") for one in branches.entries if one.get("name") == main), {})


def _fix_read() -> str:
    return f"look at {_WHERE} and at Settings > Branches, or use a token that may read them"
