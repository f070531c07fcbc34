"""Which engines judge what, and what they found out between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from gitops_action.adapters.processes import find_tool, run
from gitops_action.config import Config
from gitops_action.config import Engine as EngineName
from gitops_action.errors import UsageError
from gitops_action.model import EngineCoverage, Finding, Manifest
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.engine import Engine, EngineResult
from gitops_action.validate.schema import SchemaEngine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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

    @property
    def coverage(self) -> tuple[EngineCoverage, ...]:
        """The counts as the report has them."""
        return tuple(EngineCoverage(name, *counts) for name, counts in sorted(self.counts.items()))


class Judges:
    """The engines of each environment, made when first needed and kept: compiled schemas are dear."""

    def __init__(self, config: Config, crds: Crds, locations: Locations | None = None) -> None:
        """Take the settings in force, the custom resources that the tree defines, and where else schemas may be."""
        self._config = config
        self._crds = crds
        self._locations = locations
        self._engines: dict[tuple[Sequence[EngineName], Sequence[str]], list[Engine]] = {}

    def judge(self, manifests: Iterable[Manifest]) -> Judgement:
        """Have each manifest judged by the engines of its environment.

        Raises ToolMissingError if an engine lacks its program, UsageError for a version that has no catalog.
        """
        judgement = Judgement()
        ordered = sorted(manifests, key=lambda manifest: manifest.environment)
        for environment, group in groupby(ordered, key=lambda manifest: manifest.environment):
            batch = list(group)
            for engine in self._of(environment):
                judgement.add(engine.name, engine.validate(batch))
        return judgement

    def _of(self, environment: str) -> list[Engine]:
        settings = self._config.settings(environment)
        key = (settings.engines, settings.kubernetes_versions)
        engines = self._engines.get(key)
        if engines is None:
            engines = self._engines[key] = list(self._make(*key))
        return engines

    def _make(self, names: Sequence[EngineName], versions: Sequence[str]) -> Iterator[Engine]:
        catalogs = [Catalog.for_version(version) for version in versions] or [Catalog.newest()]
        for name in names:
            if name is EngineName.SCHEMA:
                yield SchemaEngine(catalogs, self._crds, self._locations)
            elif name is EngineName.KUBECONFORM:
                from gitops_action.validate.kubeconform import KubeconformEngine  # noqa: PLC0415 - asked for rarely

                program = find_tool("kubeconform")
                for catalog in catalogs:
                    yield KubeconformEngine(run, program, catalog, self._crds, locations=self._locations)
            else:
                raise UsageError(f"engine `{name}` is not part of this version: use schema or kubeconform")
