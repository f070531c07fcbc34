"""Which releases there are in one tree: those of HelmReleases, and of charts in the tree itself."""

from __future__ import annotations

import posixpath
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING

from gitops_action.model import Finding, Location, Manifest, Severity
from gitops_action.parts import part
from gitops_action.pipeline.release_sources import Sources, read_values
from gitops_action.records import dataclass
from gitops_action.render.findings import finding, of_target
from gitops_action.render.helm import release as reading
from gitops_action.render.helm.charts import Known, Local, Unknown, chart_of, template_of
from gitops_action.render.helm.order import layers
from gitops_action.render.helm.release import Release
from gitops_action.render.helm.tree import CHART_FILE
from gitops_action.render.helm.values import compose, encrypted, merge, without_ciphertext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitops_action.model import Locator, Pointer
    from gitops_action.render.helm.tree import Installed
    from gitops_action.repository.tree import Tree


@dataclass(slots=True)
class Plan:
    """The releases of one environment in the layers in which they are installed, and what is wrong with them."""

    layers: list[list[Release]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    failed: set[tuple[str, str]] = field(default_factory=set)


def plan(
    environment: str, manifests: Iterable[Manifest], in_tree: Iterable[Installed], tree: Tree, sources: Sources
) -> Plan:
    """Return the releases of one cluster of an environment: of the HelmReleases among its objects, and of charts of the tree."""
    result = Plan()
    found: dict[str, Release] = {}
    for manifest in manifests:
        if (made := _of_object(manifest, tree, sources, result)) is not None:
            found.setdefault(reading.target_of(manifest), made)
    for one in in_tree:
        if (made := _of_tree(one, tree, sources, result)) is not None:
            found.setdefault(made.target, made)
    ordered, circles = layers({target: one.needs for target, one in found.items()})
    for circle in circles:
        first = found[circle[0]]
        names = " → ".join(one.partition("/")[2] for one in (*circle, circle[0]))
        place = first.locator.locate(("spec", "dependsOn"), key=True)
        result.findings.append(
            of_target(
                finding("depends-on-cycle", f"these releases wait for each other: {names}", place),
                first.target,
                environment,
            )
        )
    result.layers = [[found[target] for target in layer] for layer in ordered]
    return result


def _of_object(manifest: Manifest, tree: Tree, sources: Sources, result: Plan) -> Release | None:
    """Read a HelmRelease; None, with a finding, where it cannot be installed."""
    target, environment = reading.target_of(manifest), manifest.environment
    if manifest.cluster:
        target += f" ({manifest.cluster})"
    find = partial(sources.find, manifest)
    composed = compose(manifest, find)
    if encrypted(composed.values):
        composed.values = without_ciphertext(composed.values)
        composed.hides = True
        message = "some values of this release are encrypted: placeholders stand for them"
        place = manifest.locator.locate(("spec", "values"), key=True)
        composed.findings.append(finding("helm-values-encrypted", message, place))
    chart = chart_of(manifest, Known(find, partial(_is_here, tree), partial(sources.copied, manifest)))
    spec = manifest.value["spec"]
    chart_at: Pointer = ("spec", "chartRef") if part(spec, "chartRef") else ("spec", "chart")
    if spec.get("suspend") is True:
        message = "this release is suspended: what it would change comes once it is resumed"
        composed.findings.append(
            finding("helm-release-suspended", message, manifest.locator.locate(("spec", "suspend"), key=True))
        )
    name, namespace = reading.names(manifest)
    made = Release(
        target, environment, name, namespace, chart, composed.values, manifest.locator,
        part(spec, "values"), ("spec", "values"), chart_at, reading.options(manifest, template_of(manifest, find)[0]), reading.needs(manifest), composed.unknown, composed.hides, manifest.cluster,
    )  # fmt: skip
    if problem := reading.wrong_name(name, namespace):
        composed.findings.append(
            finding("helm-release-invalid", problem, manifest.locator.locate(("spec", "releaseName")))
        )
        composed.broken = True
    if isinstance(chart, Unknown):
        code = "helm-release-invalid" if chart.broken else "chart-unavailable"
        composed.findings.append(finding(code, _unknown(target, chart.reason), made.place))
    result.findings += (replace(of_target(one, target, environment), resource=manifest.id) for one in composed.findings)
    if composed.broken or isinstance(chart, Unknown):
        result.failed.add((environment, target))
        return None
    return made


def _is_here(tree: Tree, folder: str) -> bool:
    return posixpath.normpath(posixpath.join(folder, CHART_FILE)) in tree.entries


def _unknown(target: str, reason: str) -> str:
    return f"{target} was not rendered, so its objects are unknown: {reason}"


def _of_tree(one: Installed, tree: Tree, sources: Sources, result: Plan) -> Release | None:
    """Read a chart of the tree; None, with a finding, where its values cannot be read."""
    if one.inferred and one.folder in sources.local_charts:
        return None  # a HelmRelease says how it is installed
    values: dict[str, object] = {}
    written: dict[str, object] = {}
    locator: Locator = _Place(one.location)
    for path in one.values:
        held, document, problem = read_values(tree, path)
        if held is None:
            found = finding("helm-values-missing", problem, one.location, severity=Severity.ERROR)
            result.findings.append(of_target(found, one.folder, one.environment))
            result.failed.add((one.environment, one.folder))
            return None
        # The last file counts most, so that a value is most likely written there.
        locator, written = (document, held) if document else (locator, written)
        values = merge(values, held)
    name = one.name or posixpath.basename(one.folder) or "release"
    if problem := reading.wrong_name(name, one.namespace):
        found = finding("helm-release-invalid", f"{problem}: set `releaseName`", one.location)
        result.findings.append(of_target(found, one.folder, one.environment))
        result.failed.add((one.environment, one.folder))
        return None
    return Release(
        one.folder,
        one.environment,
        name,
        one.namespace,
        Local(one.folder),
        without_ciphertext(values),
        locator,
        written,
        hides=encrypted(values),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """One place, whatever is asked for."""

    location: Location

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:  # noqa: ARG002 - as a Locator has it
        """Return the place."""
        return self.location


def unavailable(release: Release, code: str, reason: str) -> Finding:
    """Return the finding for a release whose chart could not be had."""
    return of_target(
        finding(code, _unknown(release.target, reason), release.place), release.target, release.environment
    )


__all__: Sequence[str] = ["Plan", "plan", "unavailable"]
