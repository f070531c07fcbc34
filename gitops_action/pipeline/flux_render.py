"""The objects that Flux would apply, as far as a run looks at them."""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING

from gitops_action.pipeline import plain
from gitops_action.pipeline.flux_missing import MissingSources
from gitops_action.pipeline.followed import name_of
from gitops_action.pipeline.overlays import Rendered
from gitops_action.pipeline.plain import Loaded
from gitops_action.records import dataclass
from gitops_action.render.findings import finding, of_target
from gitops_action.render.flux.dependencies import judge
from gitops_action.render.helm.kinds import is_release
from gitops_action.repository.places import Surroundings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gitops_action.config import Config
    from gitops_action.model import Finding, Manifest
    from gitops_action.pipeline.followed import Elsewhere, Followed
    from gitops_action.pipeline.following import Following
    from gitops_action.render.flux.unit import Unit


@dataclass(slots=True)
class _Sum:
    manifests: list[Manifest] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    failed: set[tuple[str, str]] = field(default_factory=set)


def deployed(followed: Followed, config: Config, graph_paths: Surroundings | None = None) -> tuple[Loaded, Rendered]:
    """Return what the plain files of units came to (without their objects), and all objects of the units.

    Raises ToolMissingError if there is neither kustomize nor kubectl.
    """
    following = followed.following
    if following is None or not (followed.units or followed.elsewhere):
        return Loaded(), Rendered()
    builds = following.builds
    builds.build([unit for unit in followed.units if builds.exists(unit)])
    loaded = _loaded(followed, following, config, graph_paths)
    names = _targets(following.units, followed.split)
    total = _Sum()
    targets: set[tuple[str, str]] = set()
    seen: set[tuple[str, ...]] = set()
    for unit in followed.units:
        target = names[name_of(unit)]
        if builds.exists(unit) and builds.parts(unit).build is not None:
            targets.add((unit.environment, target))
        cluster = unit.cluster if unit.environment in followed.split else ""
        built = following.values.of(unit, builds.result(unit))
        total.findings += (of_target(one, target, unit.environment) for one in built.findings)
        if not built.ok:
            total.failed.add((unit.environment, target))
        alone = target == unit.folder
        for manifest in built.manifests:
            applied = replace(manifest, environment=unit.environment, target=target, cluster=cluster)
            if alone or not _again(applied, seen):
                total.manifests.append(applied)
    mine = {name_of(unit) for unit in followed.units}
    others = [
        (it.environment, it.cluster, (it.manifest.id.namespace, it.manifest.id.name)) for it in following.elsewhere
    ]
    judged = judge(following.units, others, following.together)
    total.findings += (
        of_target(found, names[name_of(unit)], unit.environment) for unit, found in judged if name_of(unit) in mine
    )
    total.findings += (_said(one) for one in followed.elsewhere)
    total.findings += _without_source(followed, following, total.manifests, names)
    rendered = Rendered(
        tuple(total.manifests),
        tuple(dict.fromkeys(total.findings)),
        frozenset(total.failed),
        len(targets | total.failed),
    )
    return replace(loaded, manifests=()), rendered


def _loaded(followed: Followed, following: Following, config: Config, surroundings: Surroundings | None) -> Loaded:
    """Read the plain files for what is wrong with them, which a build says less well, and for their number."""
    entries = following.tree.entries
    files = sorted(path for path in followed.deployed if path in entries)
    around = surroundings or Surroundings(entries, following.builds.graph)
    return plain.load_files(following.tree, files, around, config, apart=False)


def _without_source(
    followed: Followed, following: Following, manifests: Iterable[Manifest], names: Mapping[tuple[str, ...], str]
) -> Iterator[Finding]:
    """Say which Kustomizations, and HelmReleases among `manifests`, have a source that is nowhere."""
    missing = MissingSources(following.tree, following.builds.graph, following)
    for unit in followed.units:
        target = names[name_of(unit)]
        yield from (of_target(found, target, unit.environment) for found in missing.of(unit.manifest))
    for one in (*(it.manifest for it in followed.elsewhere), *filter(is_release, manifests)):
        yield from (of_target(found, one.target, one.environment) for found in missing.of(one))


def _again(manifest: Manifest, seen: set[tuple[str, ...]]) -> bool:
    """Whether the same object is in the cluster already: two Kustomizations of one environment have it in common."""
    key = (manifest.environment, manifest.cluster, repr(manifest.id.key), repr(manifest.value))
    if key in seen:
        return True
    seen.add(key)
    return False


def _targets(units: Iterable[Unit], split: Collection[str]) -> dict[tuple[str, ...], str]:
    """Return what to call the folder of each unit.

    That of several Kustomizations of one cluster has their names, and one outside of its cluster's folder has that, where the
    clusters of the environment are told apart.
    """
    listed = [(unit, unit.cluster if unit.environment in split else "") for unit in units]
    times = Counter((unit.environment, cluster, unit.folder) for unit, cluster in listed)
    found = {}
    for unit, cluster in listed:
        told = [unit.label] if times[unit.environment, cluster, unit.folder] > 1 else []
        told += [cluster] if cluster and not f"{unit.folder}/".startswith(f"{cluster}/") else []
        found[name_of(unit)] = f"{unit.folder} ({', '.join(told)})" if told else unit.folder
    return found


def _said(one: Elsewhere) -> Finding:
    """Say that nothing is known of what a Kustomization deploys."""
    place = one.manifest.locator.locate(("spec", "sourceRef"), key=True)
    message = f"Kustomization {one.manifest.id.name} deploys {one.source}: what is there was not looked at"
    return of_target(finding("flux-source-elsewhere", message, place), "", one.environment)
