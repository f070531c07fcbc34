"""What Git says that an environment is: all of its objects at one revision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.environments import absent, of_directory, of_file, order
from gitops_action.errors import UsageError
from gitops_action.model import Finding, Severity
from gitops_action.pipeline import flux_render, overlays, plain, sides
from gitops_action.pipeline.request import Revisions
from gitops_action.records import dataclass
from gitops_action.repository.places import Surroundings

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from gitops_action.adapters.git import Repository
    from gitops_action.config import Config
    from gitops_action.model import Manifest
    from gitops_action.pipeline.settings import Overrides
    from gitops_action.pipeline.sides import Question
    from gitops_action.ports import Progress


@dataclass(frozen=True, slots=True)
class Desired:
    """The objects of some environments at `sha`. `errors` are what keeps them from being known: never deploy with any.

    `targets` are the overlays, and `environments` all that the revision has, in order.
    """

    sha: str
    config: Config
    environments: Sequence[str]
    manifests: Sequence[Manifest] = ()
    findings: Sequence[Finding] = ()
    targets: Sequence[str] = ()
    files: Sequence[str] = ()

    @property
    def errors(self) -> list[Finding]:
        """What could not be read or rendered."""
        return [one for one in self.findings if one.severity is Severity.ERROR]

    def of(self, environment: str) -> list[Manifest]:
        """Return the objects of one environment."""
        return [one for one in self.manifests if one.environment == environment]


def _is_beside(path: str, built: Container[str]) -> bool:
    """Whether a file lies in a folder that is built, and that build, or Flux's source, leaves it out: nobody deploys that either.

    As Flux has it: https://fluxcd.io/flux/components/kustomize/kustomizations/#generating-a-kustomizationyaml-file.
    """
    folder = path.rpartition("/")[0]
    while folder:
        if folder in built:
            return True
        folder = folder.rpartition("/")[0]
    return "." in built


def asked_of(repository: Repository, revision: str, overrides: Overrides) -> Question:
    """Find out what there is at a revision, without rendering it. Raises what the configuration gives rise to."""
    return sides.read(repository, Revisions(revision, everything=True), replace(overrides, shard=None))


def require(asked: Question, environments: Sequence[str]) -> None:
    """Raise UsageError for an environment that the revision does not have."""
    unknown = [name for name in environments if name not in asked.sizes]
    if unknown:
        raise UsageError(f"{asked.head_sha[:12]}: {absent(unknown[0], asked.sizes, asked.config)}")


def desired(
    repository: Repository, revision: str, overrides: Overrides, progress: Progress, environments: Sequence[str] = ()
) -> Desired:
    """Read and render the environments (all if none is named) at a revision. Raises as `asked_of` and `require`."""
    asked = asked_of(repository, revision, overrides)
    require(asked, environments)
    return rendered_of(asked, progress, environments)


def rendered_of(asked: Question, progress: Progress, environments: Sequence[str] = ()) -> Desired:
    """Render the environments (all if none is named)."""
    config, head = asked.config, asked.head
    known = order(asked.sizes, config)
    wanted = frozenset(environments or known)
    targets = {root: of_directory(root, config) for root in head.targets}
    targets = {root: name for root, name in targets.items() if name in wanted}
    built = head.graph.nodes.keys() | {unit.folder for unit in head.flux.units}
    files = tuple(path for path in head.paths if of_file(path, config) in wanted and not _is_beside(path, built))
    around = Surroundings(head.tree.entries, head.graph)
    loaded = plain.load_files(head.tree, files, around, config)
    paths = sorted({path for root in targets for path in head.graph.closure(root)})
    rendered = overlays.render(head.tree, targets, paths, config, progress, graph=head.graph)
    flux_files, deployed = flux_render.deployed(head.flux.only(wanted), config)
    findings = [finding for root in targets for finding in head.graph.findings_of(root)]
    return Desired(
        asked.head_sha,
        config,
        known,
        (*loaded.manifests, *rendered.manifests, *deployed.manifests),
        (
            *(one for one in asked.findings if one not in head.graph.findings),
            *findings,
            *loaded.findings,
            *rendered.findings,
            *flux_files.findings,
            *deployed.findings,
        ),
        tuple(targets),
        files,
    )
