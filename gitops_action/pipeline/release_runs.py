"""One release, rendered by the real Helm in a folder of its own; what came out is kept by all that went in."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding, Severity
from gitops_action.pipeline.release_work import FailedError, Tools, Work
from gitops_action.records import dataclass
from gitops_action.render.findings import finding, of_target
from gitops_action.render.helm.objects import Made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.adapters.keeping import Keep
    from gitops_action.pipeline.release_charts import Ready
    from gitops_action.render.helm.release import Release

# Changes when what is kept, or how it comes about, does.
_FORMAT: Final = 2


@dataclass(frozen=True, slots=True)
class Rendering:
    """What one release gave; `made` is None where nothing is known. `random`: placeholders stand for what was made up."""

    release: Release
    made: list[Made] | None = None
    findings: tuple[Finding, ...] = ()
    folder: str = ""
    random: bool = False

    @property
    def hides(self) -> bool:
        """Whether placeholders may stand in the objects."""
        return self.random or self.release.hides


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders releases, and keeps what came out; safe to use from several threads."""

    tools: Tools
    keep: Keep

    def render(self, release: Release, chart: Ready, version: str, api_versions: Sequence[str]) -> Rendering:
        """Return what a release renders to for clusters of a version."""
        key = self._key(release, chart, version, api_versions)
        kept = self._kept(key, release)
        if kept is not None:
            return replace(kept, folder=chart.folder)
        with tempfile.TemporaryDirectory(prefix="gitops-action-", ignore_cleanup_errors=True) as folder:
            work = Work(self.tools, release, chart, Path(folder).resolve(), version=version, api_versions=api_versions)
            try:
                made, notes, random = work.render()
            except FailedError as failed:
                found = of_target(failed.finding, release.target, release.environment)
                return Rendering(release, None, (found,), chart.folder)
        held = {"made": [[one.value, one.source] for one in made], "notes": notes, "random": random}
        self.keep.put(key, json.dumps(held).encode())
        return Rendering(release, made, _found(notes, release), chart.folder, random)

    def _key(self, release: Release, chart: Ready, version: str, api_versions: Sequence[str]) -> str:
        options = asdict(release.options)
        # These come on afterwards.
        for name in ("labels", "annotations", "origin"):
            del options[name]
        inputs = [
            _FORMAT,
            self.tools.helm.identity,
            chart.digest,
            release.name,
            release.namespace,
            options,
            release.values,
        ]
        inputs += [version, list(api_versions), str(self.tools.kustomize) if release.options.post_renderers else ""]
        return json.dumps(inputs, sort_keys=True, default=str)

    def _kept(self, key: str, release: Release) -> Rendering | None:
        kept = self.keep.get(key)
        if kept is None or kept.content is None:
            return None
        try:
            held = json.loads(kept.content)
            made = [Made(value, source) for value, source in held["made"]]
            return Rendering(release, made, _found(held["notes"], release), random=bool(held["random"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            return None


def _found(notes: Sequence[Sequence[str]], release: Release) -> tuple[Finding, ...]:
    return tuple(
        of_target(
            finding(code, message, release.place, severity=Severity(severity) if severity else None),
            release.target,
            release.environment,
        )
        for code, message, severity in notes
    )
