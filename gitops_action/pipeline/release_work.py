"""One run of the real Helm, and of kustomize for post-renderers, in a folder that is there for it alone."""

from __future__ import annotations

import json
import posixpath
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitops_action.config.model import LoadRestrictor
from gitops_action.model import Finding, Location, Severity
from gitops_action.records import dataclass
from gitops_action.render.findings import finding
from gitops_action.render.helm import archive, objects, program
from gitops_action.render.helm.archive import ArchiveError
from gitops_action.render.helm.failure import explain
from gitops_action.render.helm.folder import wrong_path
from gitops_action.render.helm.objects import Made
from gitops_action.render.helm.post import kustomization
from gitops_action.render.helm.values import merge
from gitops_action.repository.documents import Document, load, without_warnings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.pipeline.release_charts import Ready
    from gitops_action.ports import Run
    from gitops_action.render.helm.program import Helm
    from gitops_action.render.helm.release import Release
    from gitops_action.render.program import Program


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs, and how many seconds each has for one release. `kustomize` is needed for post-renderers only."""

    helm: Helm
    run: Run
    timeout: float
    kustomize: Program | None = None


class _Any:
    """Helm's exit codes are ours to judge."""

    def __contains__(self, code: object) -> bool:
        return True


class FailedError(Exception):
    """A release does not render."""

    def __init__(self, found: Finding) -> None:
        """Say why."""
        self.finding = found
        super().__init__(found.message)


class Work:
    """One run of Helm, in a folder that is there for it alone."""

    def __init__(  # noqa: PLR0913 - what a run is given
        self, tools: Tools, release: Release, chart: Ready, root: Path, *, version: str, api_versions: Sequence[str]
    ) -> None:
        """Work in the folder `root`."""
        self._tools = tools
        self._release = release
        self._chart = chart
        self._root = root
        self._version = version
        self._api_versions = api_versions
        self._empty = root / "empty"
        self._notes: list[tuple[str, str, str]] = []

    def render(self) -> tuple[list[Made], list[tuple[str, str, str]], bool]:
        """Return the objects, what is to be said of them (code, message, severity), and whether any were made up.

        Raises FailedError.
        """
        self._empty.mkdir()
        files = self._files()
        facts = archive.facts(files)
        chart = self._written(files)
        check_schema = self._release.options.check_schema and not facts.schema_reaches_out
        if facts.schema_reaches_out and self._release.options.check_schema:
            message = "the chart's values.schema.json refers to what is not in it, so the values were not held to it"
            self._notes.append(("helm-schema-unchecked", message, ""))
        made = self._helm(chart, check_schema=check_schema)
        again = objects.steady(made, self._helm(chart, check_schema=check_schema)) if facts.random else None
        random = again is not None and again != made
        made = made if again is None else again
        for part in self._release.options.post_renderers:
            made = self._kustomized(made, part)
        return made, self._notes, random

    def _files(self) -> Mapping[str, bytes]:
        try:
            files = self._chart.files()
        except ArchiveError as error:
            raise self._failed("chart-corrupt", str(error)) from error
        if files is None:
            raise self._failed("chart-unavailable", "the chart is no longer in the cache: run again")
        return files

    def _written(self, files: Mapping[str, bytes]) -> Path:
        """Write the chart, with the values that the release takes from it in place of its own."""
        options = self._release.options
        as_it_is = not options.values_files and options.own_values is None
        packed = self._chart.archive() if self._chart.archive is not None and as_it_is else None
        if packed is not None:
            place = self._root / "chart.tgz"
            place.write_bytes(packed)
            return place
        place = self._root / "chart"
        contents = dict(files)
        if options.own_values is not None:
            contents["values.yaml"] = json.dumps(options.own_values).encode()
        elif options.values_files:
            contents["values.yaml"] = self._values_of(files)
        if wrong := wrong_path(contents):
            raise self._failed("chart-corrupt", wrong)
        for path, content in contents.items():
            full = place / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(content)
        return place

    def _values_of(self, files: Mapping[str, bytes]) -> bytes:
        """Return the merged `valuesFiles`, which take the place of the chart's own values.yaml."""
        merged: dict[str, Any] = {}
        for path in self._release.options.values_files:
            content = files.get(posixpath.normpath(path))
            if content is None:
                if self._release.options.ignore_missing_values:
                    continue
                message = f"the chart has no file `{path}`, which `valuesFiles` names"
                raise self._failed("helm-values-missing", message, Severity.ERROR)
            loaded = without_warnings(load(content, path))
            first = loaded[0] if loaded else None
            if isinstance(first, Finding):
                raise self._failed("helm-values-invalid", f"`{path}` of the chart: {first.message}")
            if isinstance(first, Document) and isinstance(first.value, dict):
                merged = merge(merged, first.value)
        return json.dumps(merged).encode()

    def _helm(self, chart: Path, *, check_schema: bool) -> list[Made]:
        values = self._root / "values.json"
        values.write_text(json.dumps(self._release.values))
        completed = self._tools.run(
            program.argv(
                self._tools.helm.path,
                self._release,
                chart,
                values,
                version=self._version,
                api_versions=self._api_versions,
                check_schema=check_schema,
            ),
            cwd=self._empty,
            timeout=self._tools.timeout,
            env=program.environment(self._empty),
            permitted=_Any(),
        )
        target = self._release.target
        if completed.timed_out:
            raise self._failed("render-timeout", f"{target} was not rendered within {self._tools.timeout:g} s")
        if completed.overflowed:
            raise self._failed("helm-render-failed", f"{target} renders to more than can be taken")
        if completed.exit_code != 0:
            message, place = explain(completed, (str(self._root),), self._chart.folder)
            raise self._broken(message, place)
        made, broken = objects.read(completed.stdout)
        if broken:
            raise self._broken(broken[0], None)
        return made

    def _broken(self, message: str, place: Location | None) -> FailedError:
        if self._release.unknown_values:
            message += " (it may render with the values that are not in Git)"
            return self._failed("helm-render-failed", message, Severity.WARNING, place)
        return self._failed("helm-render-failed", message, None, place)

    def _failed(
        self, code: str, message: str, severity: Severity | None = None, place: Location | None = None
    ) -> FailedError:
        return FailedError(finding(code, message, place or self._release.place, severity=severity))

    def _kustomized(self, made: list[Made], part: Mapping[str, Any]) -> list[Made]:
        """Return the objects as a post-renderer leaves them; the chart's plain CRDs are not shown to it."""
        kustomize = self._tools.kustomize
        if kustomize is None:
            raise self._failed("helm-render-failed", "its post-renderers need kustomize, which was not found")
        plain = [one for one in made if one.is_of_crds]
        rest = [one for one in made if not one.is_of_crds]
        folder = Path(tempfile.mkdtemp(dir=self._root))
        (folder / "kustomization.yaml").write_text(json.dumps(kustomization(part)))
        (folder / "all.yaml").write_text("".join(f"---\n{json.dumps(one.value)}\n" for one in rest))
        completed = self._tools.run(
            kustomize.argv(folder, LoadRestrictor.ROOT_ONLY),
            cwd=self._empty,
            timeout=self._tools.timeout,
            env=program.environment(self._empty),
            permitted=_Any(),
        )
        if completed.exit_code != 0:
            message, _ = explain(completed, (str(folder), str(self._root)))
            raise self._broken(f"its post-renderer fails: {message}", self._post_renderers)
        sources = {_identity(one.value): one.source for one in rest}
        result, broken = objects.read(completed.stdout)
        if broken:
            raise self._broken(f"its post-renderer gives {broken[0]}", self._post_renderers)
        return [*plain, *(Made(one.value, sources.get(_identity(one.value), "")) for one in result)]

    @property
    def _post_renderers(self) -> Location:
        return self._release.locator.locate(("spec", "postRenderers"), key=True)


def _identity(value: Mapping[str, Any]) -> str:
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return repr([value.get("apiVersion"), value.get("kind"), metadata.get("namespace"), metadata.get("name")])
