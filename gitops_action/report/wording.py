"""The sentences that every report for people says, so that a comment and a terminal never disagree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from gitops_action.model import Outcome, Report, Severity, Verdict
from gitops_action.report.grouping import (
    CHANGING,
    NOT_KNOWN,
    environment_places,
    group_findings,
    is_production,
    is_stateful,
)

if TYPE_CHECKING:
    from gitops_action.model import ResourceId
    from gitops_action.report.changes import ChangeGroup

Quote: TypeAlias = Callable[[str], str]
"""How a renderer writes text that is not ours."""

NAMED: Final = 3
"""How many of a kind are named in a sentence; more are counted."""

ICONS: Final = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.INCOMPLETE: "⚠️"}
_JUDGING: Final = frozenset({"check", "validate"})
_COMPARING: Final = frozenset({"check", "diff"})
_LOSSES: Final = {Outcome.DELETE: "deleted", Outcome.REPLACE: "replaced"}
_ENGINES: Final = 4


def count(number: int, noun: str) -> str:
    """Say how many of something there are."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str], quote: Quote, noun: str, most: int = NAMED) -> str:
    """Name at most `most` things, or count them."""
    return ", ".join(map(quote, names)) if len(names) <= most else count(len(names), noun)


def nothing_checked(report: Report) -> bool:
    """Whether there was nothing to judge, so that no findings mean nothing."""
    return report.coverage.resources == 0 and not report.changes


def nothing_judged(report: Report) -> bool:
    """Whether no engine judged anything although that was the job, so that no findings mean nothing."""
    return report.command in _JUDGING and not any(engine.checked for engine in report.coverage.engines)


def nothing_compared(report: Report) -> bool:
    """Whether there was no base, so that no changes mean nothing."""
    return report.command in _COMPARING and not report.base and not report.changes


def icon(report: Report) -> str:
    """Return the verdict's sign; where nothing was checked, or compared, it is never the good one."""
    nothing = nothing_checked(report) or (report.command == "diff" and nothing_compared(report))
    if nothing and report.verdict is Verdict.PASSED:
        return "⚪"
    return ICONS[report.verdict]


def headline(report: Report, quote: Quote, most: int = NAMED) -> str:
    """Say what was found and what changes: "2 errors, 1 warning · 3 of 14 objects change in staging"."""
    parts = [_problems(report)]
    if nothing_compared(report):
        parts.append("nothing was compared" if report.command == "diff" else "")
    elif report.command in _COMPARING or report.changes:
        parts.append(_changes(report, quote, most))
    return " · ".join(filter(None, parts))


def _problems(report: Report) -> str:
    numbers = Counter(group.finding.severity for group in group_findings(report.findings))
    said = [
        count(numbers[severity], {"info": "note"}.get(severity.value, severity.value))
        for severity in Severity
        if numbers[severity]
    ]
    if said:
        return ("incomplete: " if report.verdict is Verdict.INCOMPLETE else "") + ", ".join(said)
    if report.verdict is Verdict.INCOMPLETE:
        return "incomplete"
    if nothing_checked(report):
        return "nothing was checked"
    return "no problems found" if report.command in _JUDGING else ""


def _changes(report: Report, quote: Quote, most: int) -> str:
    numbers = Counter(change.outcome for change in report.changes)
    unknown = sum(numbers[outcome] for outcome in NOT_KNOWN)
    also = f"; {unknown} not known" if unknown else ""
    deleted = numbers[Outcome.DELETE]
    changing = sum(numbers[outcome] for outcome in CHANGING) - deleted
    if not changing and not deleted:
        return ("no object is known to change" if unknown else "no object changes") + also
    # What is deleted is none of the objects that there will be, and that the engines count.
    are = "is" if deleted == 1 else "are"
    if not changing:
        text = f"{deleted} of {count(len(report.changes), 'object')} {are} deleted"
    else:
        total = len(report.changes) - deleted
        text = f"{changing} of {count(total, 'object')} change" + ("s" if changing == 1 else "")
        text += f" and {deleted} {are} deleted" if deleted else ""
    concerned = {change.environment for change in report.changes if change.outcome in CHANGING} - {""}
    names = sorted(concerned, key=environment_places(report).__getitem__)
    return text + (f" in {listed(names, quote, 'environment', most)}" if names else "") + also


def statements(report: Report, quote: Quote, most: int = NAMED) -> Iterator[str]:
    """Say what a reader must not overlook: what was not checked, what is not known, and what is lost.

    `most` is how many objects and environments are named; with 0 they are only counted.
    """
    coverage = report.coverage
    if nothing_checked(report):
        yield "Nothing was checked: there was no Kubernetes object in what was looked at."
    elif nothing_judged(report) and not coverage.resources:
        yield "Nothing was validated: there was no Kubernetes object to judge."
    elif nothing_judged(report):
        yield f"Nothing was validated: no engine judged any of {count(coverage.resources, 'object')}."
    if coverage.targets_failed:
        yield (
            f"{coverage.targets_failed} of {count(coverage.targets, 'overlay')} could not be rendered: "
            "what changes there is not known."
        )
    if coverage.releases_unknown:
        yield (
            f"{coverage.releases_unknown} of {count(coverage.releases, 'release')} could not be rendered: "
            "the objects of these charts are not known."
        )
    for outcome, verb in _LOSSES.items():
        lost: dict[str, list[ResourceId]] = defaultdict(list)
        for change in report.changes:
            if change.outcome is outcome:
                lost[change.environment].append(change.resource)
        if lost:
            yield _loss(lost, verb, environment_places(report), quote, most)


def _loss(lost: dict[str, list[ResourceId]], verb: str, places: dict[str, int], quote: Quote, most: int) -> str:
    total = count(sum(map(len, lost.values())), "object")
    # Where not all can be named, production must be.
    chosen = sorted(lost, key=lambda name: (not is_production(name), places[name]))[:most]
    chosen.sort(key=places.__getitem__)
    said = []
    for name in chosen:
        objects = sorted(lost[name], key=lambda resource: (not is_stateful(resource), resource))
        more = f" and {len(objects) - most} more" if len(objects) > most else ""
        said.append(
            (f"in {quote(name)}: " if name else "") + ", ".join(quote(str(one)) for one in objects[:most]) + more
        )
    left = [name for name in lost if name not in chosen]
    if left and said:
        said.append(f"{sum(len(lost[name]) for name in left)} more in {count(len(left), 'other environment')}")
    if not said:
        return f"{total} would be {verb}."
    link = " " if chosen[0] else ": "
    return f"{total} would be {verb}{link}{'; '.join(said)}."


def coverage_line(report: Report, quote: Quote) -> str:
    """Say how much was looked at."""
    coverage = report.coverage
    parts = []
    for engine in coverage.engines[:_ENGINES]:
        missed = engine.found - engine.checked
        if missed > 0:
            seen = f"{engine.checked} of {count(engine.found, 'object')}; {missed} not checked"
        else:
            seen = count(engine.checked, "object")
        parts.append(f"{quote(engine.engine)} checked {seen}")
    if not coverage.engines:
        parts.append(count(coverage.resources, "object"))
    if coverage.files or not coverage.targets:
        parts.append(f"{count(coverage.files, 'file')} read")
    if coverage.targets:
        rendered = coverage.targets - coverage.targets_failed
        of = f"{rendered} of " if coverage.targets_failed else ""
        parts.append(f"{of}{count(coverage.targets, 'overlay')} rendered")
    if coverage.releases:
        known = coverage.releases - coverage.releases_unknown
        of = f"{known} of " if coverage.releases_unknown else ""
        parts.append(f"{of}{count(coverage.releases, 'release')} rendered")
    if coverage.suppressed:
        inline = f", {coverage.suppressed_inline} of them by comments in files" if coverage.suppressed_inline else ""
        parts.append(f"{count(coverage.suppressed, 'finding')} suppressed{inline}")
    if nothing_compared(report):
        parts.append("no base, so nothing was compared")
    return " · ".join(parts)


def name_of(group: ChangeGroup) -> str:
    """Return the object's name, with its namespace where there is only one."""
    resource, namespaces = group.change.resource, group.namespaces
    return "/".join(filter(None, (*namespaces, resource.name))) if len(namespaces) == 1 else resource.name


def spread(group: ChangeGroup, quote: Quote, most: int = NAMED) -> str:
    """Say where a change happens: "staging, production", "staging (shop-staging)", "12 environments", "" for nowhere."""
    environments = [name for name in group.environments if name]
    namespaces = group.namespaces
    if len(namespaces) == 1:
        return listed(environments, quote, "environment", most)
    if len(group.places) <= most:
        return ", ".join(_at(environment, namespace, quote) for environment, namespace in group.places)
    where = f" in {listed(environments, quote, 'environment', most)}" if environments else ""
    return count(len(namespaces), "namespace") + where


def _at(environment: str, namespace: str, quote: Quote) -> str:
    if not environment:
        return quote(namespace) if namespace else "no namespace"
    return f"{quote(environment)} ({quote(namespace) if namespace else 'no namespace'})"
