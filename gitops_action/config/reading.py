"""Builds the Config from parts that meet the schema, and finds what a schema cannot express."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from gitops_action.config import globs, locations, remote_bases
from gitops_action.config.charts import Charts, TreeChart, wrong_mirror
from gitops_action.config.deployment import NAMESPACE, TIMEOUT, Deployment
from gitops_action.config.images_reading import ImagesReader
from gitops_action.config.model import (
    COMMENT_AUTHOR,
    Config,
    Engine,
    Environment,
    FailOn,
    LoadRestrictor,
    Render,
)
from gitops_action.config.names import FIELDS
from gitops_action.config.promotion_reading import PromotionReader, duration
from gitops_action.config.schema import ENOUGH, Problem, name, wrong_name
from gitops_action.config.suppressions_reading import SuppressionsReader
from gitops_action.repository.documents import Limits
from gitops_action.repository.paths import join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.config.globs import PathPattern
    from gitops_action.config.locations import SchemaLocation
    from gitops_action.config.promotion import Promotion
    from gitops_action.model import Locator, Pointer

_LIMITS: Final = {
    "fileBytes": "max_bytes",
    "documents": "max_documents",
    "depth": "max_depth",
    "aliasExpansion": "max_alias_expansion",
}


def read(settings: Mapping[str, Any], locator: Locator) -> tuple[Config, list[Problem]]:
    """Read `settings`, whose every part meets the schema; parts that are absent keep their defaults."""
    reader = _Reader(locator)
    accepted = SuppressionsReader(locator, reader)
    render = settings.get("render", {})
    kustomize = render.get("kustomize", {})
    defaults = Render()
    config = Config(
        environments=reader.environments(settings.get("environments", {})),
        engines=_engines(settings) or (),
        kubernetes_versions=_versions(settings) or (),
        fail_on=_fail_on(settings) or Config().fail_on,
        severity=accepted.severity(settings.get("severity", {})),
        ignore=reader.patterns(("ignore",), settings.get("ignore", [])),
        suppressions=accepted.suppressions(settings.get("suppressions", [])),
        inline_suppressions=accepted.inline(settings.get("inlineSuppressions", {})),
        ignored_differences=accepted.differences(settings.get("ignoreDifferences", [])),
        field_manager=settings.get("fieldManager", ""),
        render=Render(
            LoadRestrictor(kustomize.get("loadRestrictor", defaults.load_restrictor)),
            float(kustomize.get("timeoutSeconds", defaults.timeout)),
            reader.prefixes(("render", "remoteBases"), render.get("remoteBases", [])),
            render.get("helmCharts", False),
        ),
        charts=reader.charts(settings.get("charts", {})),
        helm=reader.helm(settings.get("helm", [])),
        schema_locations=reader.schema_locations(settings.get("schemaLocations", [])),
        limits=Limits(**{_LIMITS[key]: value for key, value in settings.get("limits", {}).items()}),
        comment_author=settings.get("comment", {}).get("author", COMMENT_AUTHOR),
        promotion=reader.promotion(settings.get("promotion", {}), settings.get("environments", {})),
        images=ImagesReader(locator, reader.patterns, reader.add).read(settings.get("images", {})),
        file=locator.locate(()).file,
        locations={FIELDS[key]: locator.locate((key,), key=True) for key in settings if key in FIELDS},
    )
    return config, reader.problems


def _engines(settings: Mapping[str, Any]) -> tuple[Engine, ...] | None:
    return tuple(Engine(name) for name in settings["engines"]) if "engines" in settings else None


def _versions(settings: Mapping[str, Any]) -> tuple[str, ...] | None:
    written = settings.get("kubernetesVersions")
    return tuple(dict.fromkeys(version.removeprefix("v") for version in written)) if written else None


def _fail_on(settings: Mapping[str, Any]) -> FailOn | None:
    return FailOn(settings["failOn"]) if "failOn" in settings else None


class _Reader:
    """Reads the parts that can be wrong in ways of their own, and collects what is."""

    def __init__(self, locator: Locator) -> None:
        self.problems: list[Problem] = []
        self._locator = locator

    def add(self, problem: Problem) -> None:
        """Note what is wrong, unless a person has enough to mend already."""
        if not self.is_full:
            self.problems.append(problem)

    @property
    def is_full(self) -> bool:
        """Whether a person has enough to mend; what else is wrong need not be found out."""
        return len(self.problems) >= ENOUGH

    def environments(self, written: Mapping[str, Any]) -> tuple[Environment, ...]:
        claimed: dict[str, str] = {}
        found = []
        for label, settings in written.items():
            message = wrong_name(label)
            if message:
                self.add(Problem(("environments", label), message, at_key=True))
            paths = []
            for index, text in enumerate(settings["paths"]):
                pointer: Pointer = ("environments", label, "paths", index)
                pattern = self.pattern(pointer, text)
                if pattern is None:
                    continue
                paths.append(pattern)
                owner = claimed.setdefault(pattern.text, label)
                if owner != label:
                    message = f"path `{pattern.text or '.'}` belongs to environment `{owner}` already"
                    self.add(Problem(pointer, message))
            found.append(
                Environment(
                    label,
                    tuple(paths),
                    _engines(settings),
                    _versions(settings),
                    _fail_on(settings),
                    settings.get("context", ""),
                    settings.get("serverSideApply", False),
                    deploy=self.deployment(("environments", label, "deploy"), settings.get("deploy", {})),
                )
            )
        return tuple(found)

    def deployment(self, pointer: Pointer, written: Mapping[str, Any]) -> Deployment:
        timeout = duration(written["timeout"]) if "timeout" in written else TIMEOUT
        if not timeout:
            message = f"`{written['timeout']}` is no length of time: write 90s, 10m or 1h"
            self.add(Problem((*pointer, "timeout"), message))
        return Deployment(
            written.get("via", ""),
            written.get("namespace", NAMESPACE),
            tuple(written.get("prune", ())),
            tuple(written.get("kustomizations", ())),
            timeout or TIMEOUT,
        )

    def promotion(self, written: Mapping[str, Any], environments: Mapping[str, Any]) -> Promotion:
        return PromotionReader(self._locator, tuple(environments), self.add).read(written)

    def patterns(self, pointer: Pointer, written: list[str]) -> tuple[PathPattern, ...]:
        read = (self.pattern((*pointer, index), text) for index, text in enumerate(written))
        return tuple(pattern for pattern in read if pattern is not None)

    def pattern(self, pointer: Pointer, text: str) -> PathPattern | None:
        try:
            return globs.parse(text, self._locator.locate(pointer))
        except ValueError as error:
            self.add(Problem(pointer, f"{name(pointer)} is `{text}`: {error}"))
            return None

    def prefixes(self, pointer: Pointer, written: list[str]) -> tuple[str, ...]:
        for index, text in enumerate(written):
            if not remote_bases.is_prefix(text):
                place = (*pointer, index)
                self.add(Problem(place, f"{name(place)} is `{text}`: leave out `.` and `..`"))
        return tuple(written)

    def charts(self, written: Mapping[str, Any]) -> Charts:
        allowed = self.prefixes(("charts", "allow"), written.get("allow", []))
        mirrors = written.get("mirrors", {})
        for address, mirror in mirrors.items():
            if problem := wrong_mirror(address, mirror):
                pointer: Pointer = ("charts", "mirrors", address)
                self.add(Problem(pointer, f"{name(pointer)} is `{mirror}`: {problem}"))
        return Charts(
            allowed,
            mirrors,
            tuple(written.get("apiVersions", ())),
            float(written.get("timeoutSeconds", Charts().timeout)),
        )

    def helm(self, written: list[Mapping[str, Any]]) -> tuple[TreeChart, ...]:
        found = []
        for index, entry in enumerate(written):
            texts: list[tuple[Pointer, str]] = [(("chart",), entry["chart"])]
            texts += ((("values", number), text) for number, text in enumerate(entry.get("values", [])))
            for place, text in texts:
                if join(".", text) is None:
                    pointer: Pointer = ("helm", index, *place)
                    self.add(Problem(pointer, f"{name(pointer)} is `{text}`: write a path from the repository's root"))
            found.append(
                TreeChart(
                    posixpath.normpath(entry["chart"]),
                    tuple(entry.get("environments", ())),
                    tuple(entry.get("values", ())),
                    entry.get("releaseName", ""),
                    entry.get("namespace", "default"),
                    self._locator.locate(("helm", index)),
                )
            )
        return tuple(found)

    def schema_locations(self, written: list[str]) -> tuple[SchemaLocation, ...]:
        found = []
        for index, text in enumerate(written):
            pointer: Pointer = ("schemaLocations", index)
            try:
                location = locations.parse(text, self._locator.locate(pointer))
            except ValueError as error:
                self.add(Problem(pointer, f"{name(pointer)} is `{text}`: {error}"))
                continue
            found += [location] if location else []
        return tuple(found)
