"""How Flux's objects stand: one row for each, and where the commit of each is in the history of Git.

Conditions and revisions are judged as `flux` does it for deployments. What a HelmRelease says of its charts:
https://fluxcd.io/flux/components/helm/helmreleases/#history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.cluster.inventory import path_of
from gitops_action.deploy import flux
from gitops_action.deploy.conditions import conditions
from gitops_action.deploy.flux import Phase, Standing
from gitops_action.deploy.flux_selection import identity, is_ours, source_of
from gitops_action.environments import DEFAULT, of_directory
from gitops_action.parts import mappings, part, text
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from gitops_action.config import Config

_Object: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, str, str]
"""Kind, namespace and name of an object of Flux."""

SOURCES: Final = "source.toolkit.fluxcd.io"
KUSTOMIZE: Final = "kustomize.toolkit.fluxcd.io"
HELM: Final = "helm.toolkit.fluxcd.io"
KINDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "sources": tuple(
        (SOURCES, kind)
        for kind in ("GitRepository", "OCIRepository", "Bucket", "HelmRepository", "HelmChart", "ExternalArtifact")
    ),
    "kustomizations": ((KUSTOMIZE, "Kustomization"),),
    "helmreleases": ((HELM, "HelmRelease"),),
}
"""Groups and kinds by the word that chooses them, in the order in which they are shown."""
_ORDER: Final = {kind: rank for rank, (_, kind) in enumerate(one for kinds in KINDS.values() for one in kinds)}
_OWNER: Final = (f"{KUSTOMIZE}/namespace", f"{KUSTOMIZE}/name")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a commit is, seen from Git's: how many commits it lacks, and how many it has that Git's lacks.

    Both are None where that is not known: the clone does not have the commit, or not all of its history.
    """

    behind: int | None = None
    ahead: int | None = None
    reason: str = ""

    def __str__(self) -> str:
        if self.behind is None or self.ahead is None:
            return self.reason or "not known"
        said = [f"{_commits(self.behind)} behind"] if self.behind else []
        said += [f"{_commits(self.ahead)} ahead"] if self.ahead else []
        return ", ".join(said) or "up to date"


@dataclass(frozen=True, slots=True)
class Row:
    """One object of Flux. `since` is when its state began, `commit` the one of this repository that it has; "" where unknown.

    `phase` leaves suspension aside. `position` is None where the object does not come from this repository.
    """

    api_version: str
    kind: str
    namespace: str
    name: str
    phase: Phase
    suspended: bool = False
    revision: str = ""
    since: str = ""
    message: str = ""
    environment: str = ""
    commit: str = ""
    position: Position | None = None

    @property
    def key(self) -> Key:
        """What tells the object from others."""
        return self.kind, self.namespace, self.name

    @property
    def is_failed(self) -> bool:
        """Whether something is wrong with it, for good or for now."""
        return self.phase in {Phase.FAILED, Phase.BROKEN}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is. `unknown` says of kinds that could not be listed why, `notes` what could not be compared."""

    rows: Sequence[Row]
    unknown: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    commit: str = ""

    @property
    def exit_code(self) -> int:
        """0 if all is ready, 1 if something is not, 3 if all that could be seen is ready, but not all could be."""
        if any(not row.phase.is_final or row.is_failed for row in self.rows):
            return 1
        return 3 if self.unknown else 0


@dataclass(frozen=True, slots=True)
class Here:
    """The repository that a cluster is seen from. `addresses` are its own, normalised; `locate` knows its commits.

    Without a repository nothing is of it.
    """

    config: Config
    addresses: frozenset[str] = frozenset()
    locate: Callable[[str], Position] = lambda _: Position()
    knows: Callable[[str], bool | None] = lambda _: None


def rows(live: Sequence[_Object], here: Here | None = None) -> list[Row]:
    """Return a row for each object, sources first, then what is made of them."""
    ours = {identity(one) for one in live if here and _is_source(one) and is_ours(one, here.addresses, here.knows)}
    environments = {
        identity(one): _environment(one, here)
        for one in live
        if here and one.get("kind") == "Kustomization" and source_of(one) in ours
    }
    commits = {identity(one): _applied(one) for one in live if identity(one) in environments}
    found = []
    for one in live:
        key, owner = identity(one), _owner(one)
        mine = key if key in ours or key in environments else owner if owner in environments else None
        commit = flux.origin_of(part(part(one, "status"), "artifact")) if key in ours else ""
        commit = commit or commits.get(mine or owner, "")
        position = here.locate(commit) if here and mine and commit else None
        found.append(_row(one, environments.get(mine or owner, ""), commit if mine else "", position))
    return sorted(found, key=lambda row: (_ORDER.get(row.kind, len(_ORDER)), row.namespace, row.name))


def _row(live: _Object, environment: str, commit: str, position: Position | None) -> Row:
    metadata, standing = part(live, "metadata"), _standing(live)
    ready = conditions(live).get("Ready")
    condition = next((one for one in mappings(part(live, "status"), "conditions") if one.get("type") == "Ready"), {})
    # Such as "stored artifact for revision …", which the library leaves out where all is well.
    message = standing.message or (ready.message if ready is not None else "")
    return Row(
        str(live.get("apiVersion")), *identity(live), standing.phase, part(live, "spec").get("suspend") is True,
        _revision(live), text(condition.get("lastTransitionTime")) or text(metadata.get("creationTimestamp")), message,
        environment, commit, position,
    )  # fmt: skip


def _standing(live: _Object) -> Standing:
    spec = part(live, "spec")
    if live.get("kind") == "HelmRepository" and spec.get("type") == "oci" and not conditions(live):
        # Nobody reconciles one: https://fluxcd.io/flux/components/source/helmrepositories/#helm-oci-repository.
        return Standing(Phase.READY, "is not fetched itself: its charts are")
    if part(live, "metadata").get("deletionTimestamp"):
        return Standing(Phase.WAITING, "is being deleted")
    # Every kind of Flux tells readiness in the same way; whether an object is suspended is said beside that. Suspending it
    # makes a new version, which nobody looks at.
    if spec.get("suspend") is True:
        metadata = {key: value for key, value in part(live, "metadata").items() if key != "generation"}
        live = {**live, "metadata": metadata, "spec": {**spec, "suspend": False}}
    return flux.helm_release(live)


def _revision(live: _Object) -> str:
    status = part(live, "status")
    if live.get("kind") == "Kustomization":
        return text(status.get("lastAppliedRevision"))
    if live.get("kind") == "HelmRelease":
        newest = next(iter(mappings(status, "history")), {})
        return text(newest.get("chartVersion")) or text(status.get("lastAttemptedRevision"))
    return text(part(status, "artifact").get("revision"))


def short(revision: str) -> str:
    """Return a revision with its commit or digest cut to what people compare: `main@sha1:1234567890ab`."""
    name, mark, digest = revision.rpartition(":")
    if mark and name.endswith(("sha1", "sha256")):
        return f"{name}:{digest[:12]}"
    return revision


def _environment(live: _Object, here: Here | None) -> str:
    found = of_directory(path_of(live), here.config) if here else ""
    return "" if found == DEFAULT else found


def _applied(live: _Object) -> str:
    status = part(live, "status")
    said = (text(status.get(key)) for key in ("lastAppliedOriginRevision", "lastAppliedRevision"))
    return next(filter(None, map(flux.commit_of, said)), "")


def _owner(live: _Object) -> Key:
    labels = part(part(live, "metadata"), "labels")
    return ("Kustomization", *(text(labels.get(label)) for label in _OWNER))  # type: ignore[return-value] # two labels


def _is_source(live: _Object) -> bool:
    return str(live.get("apiVersion")).startswith(f"{SOURCES}/")


def _commits(number: int) -> str:
    return f"{number} commit{'' if number == 1 else 's'}"
