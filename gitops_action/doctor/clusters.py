"""The cluster itself: its version, the kinds that it lacks, and Flux in it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.doctor.lines import IN_CLUSTER, Job, Line, State, Topic, listed
from gitops_action.parts import mappings, part
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.cluster.kinds import Kinds
    from gitops_action.deploy.flux_status import Snapshot

_VERSION: Final = regex(r"v?1\.(\d+)")
# The policy of deploy/ is served since then.
_OLDEST: Final = 30
_FLUX: Final = frozenset({Job.DEPLOY_FLUX})
_INSTALL: Final = "flux install, or flux bootstrap: https://fluxcd.io/flux/installation"
PART_OF: Final = "app.kubernetes.io/part-of=flux"
_VERSION_LABEL: Final = "app.kubernetes.io/version"
_KINDS: Final = (
    ("source.toolkit.fluxcd.io", "GitRepository", ("v1",)),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", ("v1",)),
    ("helm.toolkit.fluxcd.io", "HelmRelease", ("v2",)),
)
_NEEDED_CONTROLLERS: Final = ("source-controller", "kustomize-controller")


@dataclass(frozen=True, slots=True)
class Server:
    """What a cluster said of itself. `kinds` are those that it serves; `wanted` those that Git has, as (apiVersion, kind).

    `minors` are the releases whose schemas are bundled, `configured` what `kubernetesVersions` says.
    """

    version: str
    kinds: Kinds
    wanted: Sequence[tuple[str, str]] = ()
    minors: Sequence[int] = ()
    configured: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Flux:
    """What was seen of Flux. `controllers` are its Deployments, None where they may not be listed, for `problem`."""

    controllers: Sequence[Mapping[str, Any]] | None = None
    problem: str = ""
    status: Snapshot | None = None
    addresses: frozenset[str] = field(default=frozenset())


def judge(server: Server, where: str) -> Iterator[Line]:
    """Say what is known of the cluster's version, and which kinds of Git it does not serve."""
    yield from _version(server, where)
    lacking = sorted({f"{kind} ({api})" for api, kind in server.wanted if server.kinds.find(api, kind) is None})
    if lacking:
        message = f"the cluster does not serve {listed(lacking)}"
        fix = "install their CustomResourceDefinitions, or use a version that it serves"
        yield Line(Topic.CLUSTER, "kinds", State.WARNING, message, fix, IN_CLUSTER, where)


def _version(server: Server, where: str) -> Iterator[Line]:
    found = _VERSION.match(server.version)
    if found is None:
        message = f"it does not tell its version ({server.version or 'nothing'})"
        yield Line(Topic.CLUSTER, "Kubernetes", State.UNKNOWN, message, "", IN_CLUSTER, where)
        return
    minor = int(found[1])
    if minor < _OLDEST:
        message = f"{server.version}: the policy for previews needs 1.{_OLDEST} or newer"
        yield Line(
            Topic.CLUSTER, "Kubernetes", State.MISSING, message, "upgrade the cluster", frozenset({Job.PREVIEW}), where
        )
    elif server.minors and minor not in server.minors:
        message = f"{server.version}: schemas are bundled for 1.{server.minors[0]} to 1.{server.minors[-1]}"
        fix = "update gitops-action, or validate with the engine apiserver"
        yield Line(Topic.CLUSTER, "Kubernetes", State.WARNING, message, fix, IN_CLUSTER, where)
    elif server.configured and minor not in {
        int(one[1]) for text in server.configured if (one := _VERSION.match(text))
    }:
        message = f"{server.version}, and Git is validated for {listed(server.configured)}"
        fix = f"`kubernetesVersions: ['1.{minor}']` in .gitops.yaml"
        yield Line(Topic.CLUSTER, "Kubernetes", State.WARNING, message, fix, IN_CLUSTER, where)
    else:
        yield Line(Topic.CLUSTER, "Kubernetes", State.OK, server.version, "", IN_CLUSTER, where)


def judge_flux(server: Server, flux: Flux, where: str) -> Iterator[Line]:
    """Say whether Flux is there, in versions that are understood, at work, and with what it needs."""
    served = {
        kind: [one.rpartition("/")[2] for one in server.kinds.versions_of(group, kind)] for group, kind, _ in _KINDS
    }
    if not any(served.values()):
        yield _line("Flux", State.MISSING, "it is not installed: the cluster has none of its kinds", _INSTALL, where)
        return
    for _, kind, versions in _KINDS:
        has = served[kind]
        if not has:
            state = State.WARNING if kind == "HelmRelease" else State.MISSING
            yield _line(f"Flux {kind}", state, "the cluster does not have this kind", _INSTALL, where)
        elif not set(versions) & set(has):
            message = f"it is served as {listed(has)}; {' or '.join(versions)} is needed"
            yield _line(f"Flux {kind}", State.MISSING, message, "upgrade Flux to 2.3 or newer", where)
        else:
            yield _line(f"Flux {kind}", State.OK, listed(has), "", where)
    yield from _controllers(flux, where)
    yield from _objects(flux, where)


def _controllers(flux: Flux, where: str) -> Iterator[Line]:
    name = "Flux controllers"
    if flux.controllers is None:
        fix = "let the account list Deployments in flux-system, or look with `flux check`"
        yield _line(name, State.UNKNOWN, f"they may not be looked at: {flux.problem}", fix, where)
        return
    found = {str(part(one, "metadata").get("name")): one for one in flux.controllers}
    absent = [one for one in _NEEDED_CONTROLLERS if one not in found]
    broken = [f"{one} ({why})" for one, live in found.items() if (why := _trouble(live))]
    if absent:
        message = f"no Deployment of {listed(absent)} has the label {PART_OF}"
        yield _line(name, State.UNKNOWN, message, f"{_INSTALL}; if they run elsewhere, this can be passed over", where)
    if broken:
        fix = "kubectl --namespace flux-system describe deployments"
        yield _line(name, State.MISSING, f"not available: {listed(broken)}", fix, where)
    if not absent and not broken:
        versions = [
            f"{one} {part(part(live, 'metadata'), 'labels').get(_VERSION_LABEL) or _image_tag(live)}".strip()
            for one, live in sorted(found.items())
        ]
        yield _line(name, State.OK, listed(versions, 8), "", where)


def _trouble(live: Mapping[str, Any]) -> str:
    if part(live, "spec").get("replicas") == 0:
        return "scaled to 0"
    for one in mappings(part(live, "status"), "conditions"):
        if one.get("type") == "Available":
            return (
                "" if one.get("status") == "True" else str(one.get("message") or one.get("reason") or "not available")
            )
    return "does not say that it is available"


def _image_tag(live: Mapping[str, Any]) -> str:
    pod = part(part(part(live, "spec"), "template"), "spec")
    image = next((str(one.get("image")) for one in mappings(pod, "containers")), "")
    return image.rpartition(":")[2] if ":" in image.rpartition("/")[2] else ""


def _objects(flux: Flux, where: str) -> Iterator[Line]:
    name = "Flux objects"
    if flux.status is None:
        return
    rows, unknown = flux.status.rows, flux.status.unknown
    if unknown:
        message = f"{listed(unknown)} may not be listed"
        yield _line(name, State.UNKNOWN, message, "docs/deploy.md has the rights that it needs", where)
    failed = [row for row in rows if row.is_failed]
    sources = [row for row in failed if row.api_version.startswith("source.")]
    if sources:
        said = listed((f"{row.kind} {row.namespace}/{row.name}: {row.message[:200]}" for row in sources), 3)
        yield _line("Flux sources", State.MISSING, said, "gitops-action status --kind sources", where)
    others = [row for row in failed if row not in sources]
    if others:
        said = listed((f"{row.kind} {row.namespace}/{row.name}: {row.message[:200]}" for row in others), 3)
        yield _line(name, State.WARNING, said, "gitops-action status", where)
    if not failed and not unknown:
        yield _line(name, State.OK, f"{len(rows)} sources, Kustomizations and releases, none of which fails", "", where)


def _line(name: str, state: State, message: str, fix: str, where: str) -> Line:
    return Line(Topic.CLUSTER, name, state, message, fix, _FLUX, where)
