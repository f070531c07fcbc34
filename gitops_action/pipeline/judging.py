"""Which engines judge what, and what they found out between them."""

from __future__ import annotations

from dataclasses import field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gitops_action.adapters.processes import find_tool, run
from gitops_action.config import Config
from gitops_action.config import Engine as EngineName
from gitops_action.model import EngineCoverage, Finding, Manifest, Severity
from gitops_action.records import dataclass
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.engine import Engine, EngineResult
from gitops_action.validate.lookup import prepare
from gitops_action.validate.schema import SchemaEngine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.cluster.trials import Trial
    from gitops_action.validate.crds import Crds
    from gitops_action.validate.locations import Locations


@dataclass(slots=True)
class Judgement:
    """What the engines found out so far, and how much each has judged."""

    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, name: str, result: EngineResult) -> None:
        """Take in what one engine said of some manifests."""
        found, checked = self.counts.get(name, (0, 0))
        self.counts[name] = (found + result.found, checked + result.checked)
        self.findings += result.findings

    def join(self, other: Judgement) -> None:
        """Take in what was found out elsewhere."""
        for name, (found, checked) in other.counts.items():
            self.add(name, EngineResult([], found, checked))
        self.findings += other.findings

    def add_second(self, name: str, result: EngineResult) -> None:
        """Take in what an engine said of manifests that others have judged, without what they have said already."""
        said: dict[tuple[Any, ...], int] = {}
        for one in self.findings:
            said[_place(one)] = min(one.severity.rank, said.get(_place(one), one.severity.rank))
        kept = [one for one in result.findings if one.severity.rank < said.get(_place(one), len(Severity))]
        self.add(name, EngineResult(kept, result.found, result.checked))

    @property
    def coverage(self) -> tuple[EngineCoverage, ...]:
        """The counts as the report has them."""
        return tuple(EngineCoverage(name, *counts) for name, counts in sorted(self.counts.items()))


def _place(one: Finding) -> tuple[Any, ...]:
    return one.resource, one.environment, one.target, one.file, one.line


class Ahead:
    """Has ready what it takes to judge the kinds of objects: for whoever knows some and waits for others."""

    def __init__(self, config: Config) -> None:
        """Take the settings in force."""
        self._config = config
        self._seen: set[tuple[str, str, str]] = set()

    def __call__(self, environment: str, values: Iterable[Mapping[str, Any]]) -> None:
        """Prepare for objects of an environment."""
        settings = self._config.settings(environment)
        if EngineName.SCHEMA not in settings.engines:
            return
        for value in values:
            api_version, kind = value.get("apiVersion"), value.get("kind")
            if (
                isinstance(api_version, str)
                and isinstance(kind, str)
                and (environment, api_version, kind) not in self._seen
            ):
                self._seen.add((environment, api_version, kind))
                for catalog in _catalogs(settings.kubernetes_versions):
                    prepare(catalog, api_version, kind)


class Judges:
    """The engines of each environment, made when first needed and kept: compiled schemas are dear."""

    def __init__(self, config: Config, crds: Crds, locations: Locations | None = None) -> None:
        """Take the settings in force, the custom resources that the tree defines, and where else schemas may be."""
        self._config = config
        self._crds = crds
        self._locations = locations
        self._engines: dict[tuple[Sequence[EngineName], Sequence[str]], list[Engine]] = {}
        self._hints: dict[Sequence[str], SchemaEngine] = {}

    def judge(self, manifests: Iterable[Manifest]) -> Judgement:
        """Have each manifest judged by the engines of its environment.

        The engine apiserver is not among them: it needs to know the change as a whole.
        Raises ToolMissingError if an engine lacks its program, UsageError for a version that has no catalog.
        """
        judgement = Judgement()
        ordered = sorted(manifests, key=lambda manifest: manifest.environment)
        for environment, group in groupby(ordered, key=lambda manifest: manifest.environment):
            batch = list(group)
            for engine in self._of(environment):
                judgement.add(engine.name, engine.validate(batch))
        return judgement

    def judge_trials(self, environment: str, trials: Sequence[Trial], name: str = "apiserver") -> EngineResult:
        """Say what an API server found wrong with the objects of one environment."""
        from gitops_action.validate.refusals import judge  # noqa: PLC0415 - asked for rarely

        settings = self._config.settings(environment)
        versions = settings.kubernetes_versions
        hints = self._hints.get(versions)
        if hints is None:
            hints = self._hints[versions] = SchemaEngine(_catalogs(versions), self._crds, self._locations)
        return judge(trials, hints, name)

    def _of(self, environment: str) -> list[Engine]:
        settings = self._config.settings(environment)
        key = (settings.engines, settings.kubernetes_versions)
        engines = self._engines.get(key)
        if engines is None:
            engines = self._engines[key] = list(self._make(*key))
        return engines

    def _make(self, names: Sequence[EngineName], versions: Sequence[str]) -> Iterator[Engine]:
        catalogs = _catalogs(versions)
        for name in names:
            if name is EngineName.SCHEMA:
                yield SchemaEngine(catalogs, self._crds, self._locations)
            elif name is EngineName.KUBECONFORM:
                from gitops_action.validate.kubeconform import KubeconformEngine  # noqa: PLC0415 - asked for rarely

                program = find_tool("kubeconform")
                for catalog in catalogs:
                    yield KubeconformEngine(run, program, catalog, self._crds, locations=self._locations)


def _catalogs(versions: Sequence[str]) -> list[Catalog]:
    return [Catalog.for_version(version) for version in versions] or [Catalog.newest()]
