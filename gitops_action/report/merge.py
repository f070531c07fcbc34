"""Makes one report of those that the legs of a matrix wrote, in an order that does not depend on which came first."""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.codes import CODES
from gitops_action.errors import UsageError
from gitops_action.model import Change, Coverage, EngineCoverage, Finding, Report, Timing, Verdict
from gitops_action.records import dataclass
from gitops_action.report.json_report import ordered
from gitops_action.shards import parse, siblings

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a leg says that has nothing to do; it holds for the whole only if it is all that there is.
_EMPTY: Final = frozenset({"no-manifests", "nothing-affected"})


@dataclass
class Merger:
    """Takes the reports one by one; `legs` are the names of those that are expected, as a matrix has them.

    Without any, the parts of `2/3` tell that there are three.
    """

    legs: Sequence[str] = ()
    _first: tuple[str, Report] | None = None
    _names: dict[str, str] = field(default_factory=dict)
    _verdicts: set[Verdict] = field(default_factory=set)
    _findings: dict[Any, Finding] = field(default_factory=dict)
    _changes: list[Change] = field(default_factory=list)
    _coverage: Coverage = field(default_factory=Coverage)
    _timings: Counter[str] = field(default_factory=Counter)
    _environments: dict[str, None] = field(default_factory=dict)

    def add(self, source: str, report: Report) -> None:
        """Take one report; `source` says where it comes from.

        Raises UsageError for a report of another change than the others', or of a leg that was there already.
        """
        self._require_fitting(source, report)
        leg = report.shard or source
        self._names[leg] = source
        self._verdicts.add(report.verdict)
        for finding in report.findings:
            self._add(finding)
        if report.verdict is Verdict.INCOMPLETE:
            self._add(_finding("leg-incomplete", f"leg `{leg}` could not check everything that is its own"))
        self._changes += report.changes
        self._coverage = _sum(self._coverage, report.coverage)
        for timing in report.timings:
            self._timings[timing.step] += timing.seconds  # type: ignore[assignment] # a Counter takes any number
        self._environments.update(dict.fromkeys(report.environments))

    def unusable(self, source: str, reason: str) -> None:
        """Note that a report cannot be read, so that its leg is one that is missing."""
        self._verdicts.add(Verdict.INCOMPLETE)
        self._add(_finding("leg-missing", f"the report {source} cannot be used: {reason}"))

    def merged(self) -> Report:
        """Return the one report; legs that are missing are findings. Raises UsageError where no report was taken."""
        if self._first is None:
            raise UsageError("there is no report to merge: name the files that `check --output json` wrote")
        for leg in self._missing():
            self._verdicts.add(Verdict.INCOMPLETE)
            self._add(_finding("leg-missing", f"leg `{leg}` gave no report: what it would have checked is not known"))
        first = self._first[1]
        return ordered(
            replace(
                first,
                verdict=next(
                    one for one in (Verdict.FAILED, Verdict.INCOMPLETE, Verdict.PASSED) if one in self._verdicts
                ),
                findings=self._said(),
                changes=self._changes,
                coverage=self._coverage,
                timings=[Timing(step, round(seconds, 3)) for step, seconds in self._timings.items()],
                # Each leg has them in the configuration's order; between legs only the names are known.
                environments=list(self._environments),
                shard="",
            )
        )

    def _require_fitting(self, source: str, report: Report) -> None:
        if self._first is None:
            self._first = source, report
        other, first = self._first
        for what in ("command", "base", "head"):
            mine, theirs = getattr(report, what), getattr(first, what)
            if mine != theirs:
                raise UsageError(
                    f"{source} and {other} are not of one run: their `{what}` is {mine or 'empty'} and {theirs or 'empty'}"
                )
        if report.shard in self._names:
            raise UsageError(f"{source} and {self._names[report.shard]} are both of leg `{report.shard}`")

    def _add(self, finding: Finding) -> None:
        self._findings.setdefault((finding.sort_key, finding.resource), finding)

    def _missing(self) -> list[str]:
        expected = list(self.legs) or [leg for name in self._names if _is_part(name) for leg in siblings(name)]
        return [leg for leg in dict.fromkeys(expected) if leg not in self._names]

    def _said(self) -> list[Finding]:
        found = list(self._findings.values())
        return [finding for finding in found if finding.code not in _EMPTY] if self._coverage.resources else found


def _is_part(name: str) -> bool:
    try:
        return parse(name).by is None
    except UsageError:
        return False


def _sum(one: Coverage, other: Coverage) -> Coverage:
    engines: dict[str, EngineCoverage] = {}
    for engine in (*one.engines, *other.engines):
        so_far = engines.get(engine.engine, EngineCoverage(engine.engine, 0, 0))
        engines[engine.engine] = EngineCoverage(
            engine.engine, so_far.found + engine.found, so_far.checked + engine.checked
        )
    return Coverage(
        files=one.files + other.files,
        files_by_class=dict(Counter(one.files_by_class) + Counter(other.files_by_class)),
        resources=one.resources + other.resources,
        targets=one.targets + other.targets,
        targets_failed=one.targets_failed + other.targets_failed,
        releases=one.releases + other.releases,
        releases_unknown=one.releases_unknown + other.releases_unknown,
        engines=tuple(engines.values()),
        suppressed=one.suppressed + other.suppressed,
        suppressed_inline=one.suppressed_inline + other.suppressed_inline,
    )


def _finding(code: str, message: str) -> Finding:
    return Finding(code, CODES[code].severity, message)
