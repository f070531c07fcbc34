"""Which chart a release means: a folder of this repository, a chart of a repository of charts, or an OCI artifact.

By the objects of Flux's source-controller: https://fluxcd.io/flux/components/source/. What cannot be known without a
cluster, or without reaching where nobody allowed it, is `Unknown`, with the reason.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from gitops_action.parts import mappings, part
from gitops_action.records import dataclass
from gitops_action.render.helm import commits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.model import Manifest
    from gitops_action.render.helm.commits import Reference
    from gitops_action.repository.flux_artifacts import Copied

CHART_LAYER: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
# What `flux bootstrap` calls the source of the repository that it sets up.
_OWN_NAME: Final = "flux-system"


@dataclass(frozen=True, slots=True)
class Local:
    """The chart in a folder of this repository.

    `ignore`: it comes by way of a source of Flux, whose `spec.ignore` this is; None if not, and then nothing is left out.
    """

    folder: str
    ignore: str | None = None


@dataclass(frozen=True, slots=True)
class Indexed:
    """A chart of a repository with an index, at `url`; `version` is a range, "" for the newest release."""

    url: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version or '(newest)'} of {self.url}"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A chart in an OCI registry. Of `digest`, `tag` and `version` (a range) the first that is given counts.

    Tags that `pattern` does not find anything in are out of the range. Where it is None, a single version is a tag.
    """

    repository: str
    version: str = ""
    tag: str = ""
    digest: str = ""
    layer: str = CHART_LAYER
    pattern: str | None = None

    def __str__(self) -> str:
        suffix = f"@{self.digest}" if self.digest else f":{self.tag}" if self.tag else f" {self.version or '(newest)'}"
        return f"oci://{self.repository}{suffix}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A chart that cannot be had, and why. `broken`: Flux could not have it either."""

    reason: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class InGit:
    """The chart in a folder of another Git repository, at `url`.

    `submodules`: Flux fetches those too. `ignore` has the patterns of what it leaves out.
    """

    url: str
    folder: str
    reference: Reference
    submodules: bool = False
    ignore: str = ""

    def __str__(self) -> str:
        return f"{self.folder} of {self.url} ({self.reference})"


Chart: TypeAlias = "Local | Indexed | Artifact | InGit | Unknown"


class Find(Protocol):
    """Gets an object by kind, namespace and name; None if it is not in Git."""

    def __call__(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return the object."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What a tree knows of charts.

    `find` gets its objects. `is_here` says of a folder whether there is a chart in it; `copied` what an ExternalArtifact is made
    of, by its namespace and name.
    """

    find: Find
    is_here: Callable[[str], bool]
    copied: Callable[[str, str], Copied]


def template_of(release: Manifest, find: Find) -> tuple[Mapping[str, Any], str]:
    """Return the description of the chart, in the release or in a HelmChart, and the namespace that it is in; {} for none."""
    spec, namespace = release.value["spec"], release.id.namespace
    reference = part(spec, "chartRef")
    if not reference:
        return part(part(spec, "chart"), "spec"), namespace
    if reference.get("kind") != "HelmChart":
        return {}, namespace
    namespace = str(reference.get("namespace") or namespace)
    source = find("HelmChart", namespace, str(reference.get("name")))
    return (part(source.value, "spec") if source else {}), namespace


def chart_of(release: Manifest, known: Known) -> Chart:
    """Return the chart that a HelmRelease means."""
    spec, namespace = release.value["spec"], release.id.namespace
    reference = part(spec, "chartRef")
    if reference and (other := _of_reference(reference, namespace, known)) is not None:
        return other
    template, namespace = template_of(release, known.find)
    if template:
        return _of_template(template, namespace, known)
    return Unknown("the release names no chart: write `spec.chart` or `spec.chartRef`", broken=True)


def _of_reference(reference: Mapping[str, Any], namespace: str, known: Known) -> Chart | None:
    """Return what `spec.chartRef` means; None where that is for a HelmChart to say."""
    kind, name = str(reference.get("kind")), str(reference.get("name"))
    namespace = str(reference.get("namespace") or namespace)
    if kind not in {"OCIRepository", "HelmChart", "ExternalArtifact"}:
        return _of_no_kind("spec.chartRef", reference, "an OCIRepository, a HelmChart or an ExternalArtifact")
    if kind == "ExternalArtifact":
        return _of_copies(f"ExternalArtifact {namespace}/{name}", known.copied(namespace, name), known)
    source = known.find(kind, namespace, name)
    if source is None:
        return Unknown(f"{kind} {namespace}/{name} is not in Git")
    return _of_artifact(source) if kind == "OCIRepository" else None


def _of_no_kind(field: str, reference: Mapping[str, Any], kinds: str) -> Unknown:
    kind = reference.get("kind")
    problem = f"cannot name a {kind}: it names" if kind else "is missing or has no `kind`: it has to name"
    return Unknown(f"`{field}` {problem} {kinds}", broken=True)


def _of_template(template: Mapping[str, Any], namespace: str, known: Known) -> Chart:
    """Return what `spec.chart.spec` of a HelmRelease, or `spec` of a HelmChart, means."""
    reference = part(template, "sourceRef")
    name, version = template.get("chart"), template.get("version")
    if not isinstance(name, str) or not name:
        return Unknown("the release names no chart", broken=True)
    kind, source_name = str(reference.get("kind")), str(reference.get("name"))
    namespace = str(reference.get("namespace") or namespace)
    if kind == "Bucket":
        return Unknown(f"what Bucket {namespace}/{source_name} has is not asked for")
    if kind not in {"GitRepository", "HelmRepository"}:
        return _of_no_kind("sourceRef", reference, "a HelmRepository, a GitRepository or a Bucket")
    source = known.find(kind, namespace, source_name)
    if kind == "GitRepository":
        return _in_git(name, source, known)
    if source is None:
        return Unknown(f"HelmRepository {namespace}/{source_name} is not in Git")
    return _in_repository(name, version if isinstance(version, str) and version != "*" else "", source)


def _in_repository(name: str, version: str, source: Manifest) -> Chart:
    url = part(source.value, "spec").get("url")
    if not isinstance(url, str) or "://" not in url:
        return Unknown(f"HelmRepository {source.id.namespace}/{source.id.name} has no `spec.url`", broken=True)
    if url.startswith("oci://"):
        return Artifact(f"{url.removeprefix('oci://').rstrip('/')}/{name}", version)
    return Indexed(url.rstrip("/"), name, version)


def _of_copies(artifact: str, copied: Copied, known: Known) -> Chart:
    """Return the chart of an artifact that is one folder of this repository.

    Helm looks for a chart in a folder of an archive, not at its root: pkg/chart/loader/archive.go of v3.19.
    """
    if copied.reason:
        return Unknown(f"{artifact} {copied.reason}")
    if len(copied.copies) != 1 or copied.copies[0].partly:
        return Unknown(f"{artifact} is put together from several folders, or parts of one, which is not done here")
    (copy,) = copied.copies
    folder = copy.origin or "."
    if copy.to and "/" not in copy.to:
        return Local(folder, copied.ignore)
    if known.is_here(folder):
        name = posixpath.basename(copy.origin) or "chart"
        return Unknown(
            f"the chart has to be in a folder at the root of {artifact}: copy it to `@artifact/{name}/`", broken=True
        )
    return Unknown(f"{artifact} is not made of the folder of a chart")


def _in_git(path: str, source: Manifest | None, known: Known) -> Chart:
    folder = posixpath.normpath(path).lstrip("/") or "."
    if folder.split("/")[0] == "..":
        return Unknown(f"`{path}` leaves the repository", broken=True)
    if source is None or source.id.name == _OWN_NAME:
        return Local(folder, _ignore(source))
    if commits.is_pinned(part(source.value, "spec")) and _address(source):
        # Be it another repository or this one: a change has no part in what a tag or a commit has.
        return _in_other(folder, source)
    own = known.find("GitRepository", _OWN_NAME, _OWN_NAME)
    # Where nobody says which repository this is, what is here is meant.
    if _address(own) == _address(source) if own and _address(own) else known.is_here(folder) or not _address(source):
        return Local(folder, _ignore(source))
    return _in_other(folder, source)


def _in_other(folder: str, source: Manifest) -> Chart:
    """Return a chart of a repository that is not this one."""
    spec, named = part(source.value, "spec"), f"GitRepository {source.id.namespace}/{source.id.name}"
    url = spec.get("url")
    if not isinstance(url, str) or not url:
        return Unknown(f"{named} has no `spec.url`", broken=True)
    for one in mappings(spec, "include"):
        to = posixpath.normpath(str(one.get("toPath") or part(one, "repository").get("name"))).lstrip("/")
        if to == "." or f"{to}/".startswith(f"{folder}/") or f"{folder}/".startswith(f"{to}/"):
            return Unknown(f"{named} includes another one in `{folder}`, which is not put together here")
    try:
        reference = commits.read(spec)
    except commits.GitReferenceError as error:
        return Unknown(f"{named}: {error}", broken=True)
    return InGit(url.rstrip("/"), folder, reference, spec.get("recurseSubmodules") is True, _ignore(source))


def _ignore(source: Manifest | None) -> str:
    """Return the patterns of what a source leaves out."""
    ignore = part(source.value, "spec").get("ignore") if source else None
    return ignore if isinstance(ignore, str) else ""


def _address(source: Manifest) -> str:
    url = str(part(source.value, "spec").get("url") or "").lower().rstrip("/").removesuffix(".git")
    return re.sub(r"^(?:[a-z+]+://)?(?:[^@/]*@)?", "", url).replace(":", "/")


def _of_artifact(source: Manifest) -> Chart:
    spec = part(source.value, "spec")
    url, reference = spec.get("url"), part(spec, "ref")
    named = f"OCIRepository {source.id.namespace}/{source.id.name}"
    if not isinstance(url, str) or not url.startswith("oci://"):
        return Unknown(f"{named} has no `spec.url` that begins with oci://", broken=True)
    texts = {key: value for key, value in reference.items() if isinstance(value, str)}
    artifact = Artifact(
        url.removeprefix("oci://").rstrip("/"), layer=str(part(spec, "layerSelector").get("mediaType") or "")
    )
    if texts.get("digest"):
        return replace(artifact, digest=texts["digest"])
    if texts.get("semver"):
        return replace(artifact, version=texts["semver"], pattern=texts.get("semverFilter", ""))
    return replace(artifact, tag=texts.get("tag") or "latest")
