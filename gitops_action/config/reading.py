"""Builds the Config from parts that meet the schema, and finds what a schema cannot express."""

from __future__ import annotations

import posixpath
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from gitops_action.codes import CODES, closest
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
from gitops_action.config.suppressions import IgnoredDifference, InlineSuppressions, Suppression
from gitops_action.model import Locator, Pointer, Severity
from gitops_action.repository.documents import Limits
from gitops_action.repository.paths import join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.config.globs import PathPattern
    from gitops_action.config.locations import SchemaLocation
    from gitops_action.config.promotion import Promotion

_LIMITS: Final = {
    "fileBytes": "max_bytes",
    "documents": "max_documents",
    "depth": "max_depth",
    "aliasExpansion": "max_alias_expansion",
}


def read(settings: Mapping[str, Any], locator: Locator) -> tuple[Config, list[Problem]]:
    """Read `settings`, whose every part meets the schema; parts that are absent keep their defaults."""
    reader = _Reader(locator)
    render = settings.get("render", {})
    kustomize = render.get("kustomize", {})
    defaults = Render()
    config = Config(
        environments=reader.environments(settings.get("environments", {})),
        engines=_engines(settings) or (),
        kubernetes_versions=_versions(settings) or (),
        fail_on=_fail_on(settings) or Config().fail_on,
        severity=reader.severity(settings.get("severity", {})),
        ignore=reader.patterns(("ignore",), settings.get("ignore", [])),
        suppressions=reader.suppressions(settings.get("suppressions", [])),
        inline_suppressions=reader.inline_suppressions(settings.get("inlineSuppressions", {})),
        ignored_differences=tuple(_ignored(entry) for entry in settings.get("ignoreDifferences", [])),
        field_manager=settings.get("fieldManager", ""),
        render=Render(
            LoadRestrictor(kustomize.get("loadRestrictor", defaults.load_restrictor)),
            float(kustomize.get("timeoutSeconds", defaults.timeout)),
            reader.remote_bases(render.get("remoteBases", [])),
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


def _ignored(entry: Mapping[str, Any]) -> IgnoredDifference:
    return IgnoredDifference(
        environment=entry.get("environment"),
        api_version=entry.get("apiVersion"),
        kind=entry.get("kind"),
        namespace=entry.get("namespace"),
        name=entry.get("name"),
        pointers=tuple(tuple(text.split("/")[1:]) for text in entry.get("pointers", [])),
        managers=tuple(entry.get("managers", [])),
    )


class _Reader:
    """Reads the parts that can be wrong in ways of their own, and collects what is."""

    def __init__(self, locator: Locator) -> None:
        self.problems: list[Problem] = []
        self._locator = locator

    def add(self, problem: Problem) -> None:
        """Note what is wrong, unless a person has enough to mend already."""
        if not self._full:
            self.problems.append(problem)

    @property
    def _full(self) -> bool:
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
            return globs.parse(text)
        except ValueError as error:
            self.add(Problem(pointer, f"{name(pointer)} is `{text}`: {error}"))
            return None

    def remote_bases(self, written: list[str]) -> tuple[str, ...]:
        for index, text in enumerate(written):
            if not remote_bases.is_prefix(text):
                pointer = ("render", "remoteBases", index)
                self.add(Problem(pointer, f"{name(pointer)} is `{text}`: leave out `.` and `..`"))
        return tuple(written)

    def charts(self, written: Mapping[str, Any]) -> Charts:
        for index, text in enumerate(written.get("allow", [])):
            if not remote_bases.is_prefix(text):
                pointer: Pointer = ("charts", "allow", index)
                self.add(Problem(pointer, f"{name(pointer)} is `{text}`: leave out `.` and `..`"))
        mirrors = written.get("mirrors", {})
        for address, mirror in mirrors.items():
            if problem := wrong_mirror(address, mirror):
                pointer = ("charts", "mirrors", address)
                self.add(Problem(pointer, f"{name(pointer)} is `{mirror}`: {problem}"))
        return Charts(
            tuple(written.get("allow", ())),
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

    def severity(self, written: Mapping[str, str]) -> dict[str, Severity]:
        for code in written:
            self._known(("severity", code), code, at_key=True)
        return {code: Severity(value) for code, value in written.items()}

    def inline_suppressions(self, written: Mapping[str, Any]) -> InlineSuppressions:
        never = written.get("never", [])
        for index, code in enumerate(never):
            self._known(("inlineSuppressions", "never", index), code)
        return InlineSuppressions(written.get("allow", True), frozenset(never))

    def suppressions(self, written: list[dict[str, str]]) -> tuple[Suppression, ...]:
        found = []
        for index, entry in enumerate(written):
            pointer: Pointer = ("suppressions", index)
            self._known((*pointer, "code"), entry["code"])
            found.append(
                Suppression(
                    code=entry["code"],
                    reason=entry["reason"],
                    path=self.pattern((*pointer, "path"), entry["path"]) if "path" in entry else None,
                    environment=entry.get("environment"),
                    api_version=entry.get("apiVersion"),
                    kind=entry.get("kind"),
                    namespace=entry.get("namespace"),
                    name=entry.get("name"),
                    pointer=tuple(entry["pointer"].split("/")[1:]) if "pointer" in entry else None,
                    expires=self._date((*pointer, "expires"), entry["expires"]) if "expires" in entry else None,
                    location=self._locator.locate(pointer),
                )
            )
        return tuple(found)

    def _known(self, pointer: Pointer, code: str, *, at_key: bool = False) -> None:
        if code in CODES or self._full:
            return
        near = closest(code, CODES)
        hint = f"did you mean `{near}`?" if near else "docs/codes.md lists them"
        self.add(Problem(pointer, f"there is no reason code `{code}`: {hint}", at_key))

    def _date(self, pointer: Pointer, text: str) -> date | None:
        try:
            return date.fromisoformat(text[:10])
        except ValueError as error:
            self.add(Problem(pointer, f"{name(pointer)} is `{text}`, which is no day: {error}"))
            return None
