"""Whether Flux has applied a commit, or one that contains it, and what keeps it from that.

Revisions: https://fluxcd.io/flux/components/source/gitrepositories/#artifact and RFC-0005, with the form of before it.
Conditions: https://fluxcd.io/flux/components/kustomize/kustomizations/#kustomization-status, and the same for HelmReleases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

from gitops_action.deploy.conditions import Condition, conditions
from gitops_action.parts import part, text
from gitops_action.records import dataclass
from gitops_action.regex import regex

_Object: TypeAlias = Mapping[str, Any]
_SHA: Final = regex(r"(?:^|@|/)(?:sha1:|sha256:)?([0-9a-f]{40}|[0-9a-f]{64})$")
REQUESTED: Final = "reconcile.fluxcd.io/requestedAt"
_ORIGIN: Final = "org.opencontainers.image.revision"
# These come from what the author wrote: trying again will not help. All others may pass.
_FINAL: Final = frozenset(
    {
        "BuildFailed", "HealthCheckFailed", "InstallFailed", "UpgradeFailed", "TestFailed", "RollbackSucceeded",
        "UninstallSucceeded", "RollbackFailed", "UninstallFailed", "RetriesExceeded", "InvalidCELExpression",
        "AccessDenied", "DependencyNotFound",
    }
)  # fmt: skip
# These come before anything is applied.
_UNTOUCHED: Final = frozenset({"BuildFailed", "ArtifactFailed", "DependencyNotReady", "AccessDenied"})
_WAITS: Final = frozenset({"DependencyNotReady", "Progressing", "ProgressingWithRetry", "ReconciliationQueued"})


class Phase(StrEnum):
    """How far an object of Flux is with a commit. `BROKEN` may still pass, `FAILED` and `SUSPENDED` will not."""

    READY = "ready"
    WAITING = "waiting"
    BROKEN = "broken"
    FAILED = "failed"
    SUSPENDED = "suspended"

    @property
    def is_final(self) -> bool:
        """Whether waiting makes no sense any more."""
        return self in {Phase.READY, Phase.FAILED, Phase.SUSPENDED}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one object is, and why it is not ready. `commit` is the one that it has applied, "" if not known."""

    phase: Phase
    message: str = ""
    commit: str = ""


Contains: TypeAlias = Callable[[str], bool | None]
"""Says of a commit whether it has the wished one in its history, itself included; None where nobody knows the commit."""


def commit_of(revision: str) -> str:
    """Return the Git commit of a revision (`main@sha1:…`, `sha1:…`, `main/…`); "" where it is no commit's."""
    # `sha256:` alone is the digest of an OCI artifact, or of a bucket.
    if re.search(r"@sha256:[0-9a-f]{64}$|^sha256:", revision):
        return ""
    found = _SHA.search(revision)
    return found[1] if found else ""


def source(live: _Object, contains: Contains) -> Standing:
    """Judge a source: whether what it has fetched contains the commit.

    An OCIRepository, Bucket or ExternalArtifact tells its commit in the metadata of its artifact, if at all.
    """
    early = _too_early(live)
    if early is not None:
        return early
    artifact = part(part(live, "status"), "artifact")
    said, commit = text(artifact.get("revision")), origin_of(artifact)
    held = contains(commit) if commit else None
    if held:
        return Standing(Phase.READY, "", commit)
    ready = conditions(live).get("Ready")
    if ready is not None and ready.is_false:
        return _failure(live, ready, commit)
    return Standing(Phase.WAITING, _elsewhere("has fetched", commit, held, said), commit)


def origin_of(artifact: _Object) -> str:
    """Return the commit that an artifact was made from, "" where it does not say."""
    return commit_of(text(part(artifact, "metadata").get(_ORIGIN)) or text(artifact.get("revision")))


def kustomization(live: _Object, contains: Contains, fetched: tuple[str, str] = ("", "")) -> Standing:
    """Judge a Kustomization: it is ready once it has applied the commit, or one that contains it, and all is healthy.

    `fetched` is the revision of its source's artifact and the commit of that, since a failed attempt only has the former.
    """
    status = part(live, "status")
    applied = _applied(status)
    early = _too_early(live)
    found = conditions(live)
    ready = found.get("Ready")
    if early is not None or ready is None:
        return early or Standing(Phase.WAITING, "has not been reconciled yet", applied)
    reconciling = found.get("Reconciling")
    if ready.is_false and ready.reason not in _WAITS:
        return _of_attempt(live, ready, contains, fetched)
    held = contains(applied) if applied else None
    if ready.is_true and held and not (reconciling is not None and reconciling.is_true):
        return Standing(Phase.READY, "", applied)
    if not ready.is_true or held:
        return Standing(Phase.WAITING, (reconciling or ready).said, applied)
    said = text(status.get("lastAppliedRevision"))
    return Standing(Phase.WAITING, _elsewhere("has applied", applied, held, said), applied)


def _of_attempt(live: _Object, ready: Condition, contains: Contains, fetched: tuple[str, str]) -> Standing:
    """Judge a failure: what it says of an older commit says nothing about this one."""
    status = part(live, "status")
    applied = _applied(status)
    attempted = _attempted(status, fetched) or applied
    tried = contains(attempted) if attempted else None
    # Before the first attempt it fails for what it is, such as a source that is not there.
    if tried or not text(status.get("lastAttemptedRevision")):
        return _failure(live, ready, applied)
    return Standing(Phase.WAITING, _elsewhere("has last tried", attempted, tried, ""), applied)


def helm_release(live: _Object, asked: str = "", packed: str = "") -> Standing:
    """Judge a HelmRelease whose Kustomization has been applied: its own generation tells whether it has been seen.

    `asked` is what it was last asked with to look again, "" if it was not: what it says of before then counts for nothing.
    `packed` is the version of its chart, where that is to be of this commit.
    """
    status = part(live, "status")
    early = _too_early(live)
    ready = conditions(live).get("Ready")
    if early is not None or ready is None:
        return early or Standing(Phase.WAITING, "has not been reconciled yet")
    if asked and text(status.get("lastHandledReconcileAt")) != asked:
        return Standing(Phase.WAITING, "was asked to look again, and has not yet")
    if packed and ready.is_true and packed != text(status.get("lastAttemptedRevision")):
        return Standing(Phase.WAITING, f"has not tried its chart `{packed}` yet")
    if ready.is_true:
        return Standing(Phase.READY)
    if ready.is_false and ready.reason not in _WAITS:
        return _failure(live, ready, "")
    return Standing(Phase.WAITING, ready.said)


def chart(live: _Object, contains: Contains) -> Standing:
    """Judge a HelmChart that is packed from a source with commits: whether it is of this one.

    https://fluxcd.io/flux/components/source/helmcharts/#observed-source-artifact-revision.
    """
    early = _too_early(live)
    if early is not None:
        return early
    said = text(part(live, "status").get("observedSourceArtifactRevision"))
    commit = commit_of(said)
    held = contains(commit) if commit else None
    ready = conditions(live).get("Ready")
    if ready is not None and ready.is_false:
        return _failure(live, ready, commit)
    if held and ready is not None and ready.is_true:
        return Standing(Phase.READY, "", commit)
    return Standing(Phase.WAITING, _elsewhere("was packed from", commit, held, said), commit)


def chart_of(release: _Object) -> tuple[str, str]:
    """Return (namespace, name) of a HelmRelease's HelmChart, ("", "") where it has none, or none yet."""
    reference = part(part(release, "spec"), "chartRef")
    if text(reference.get("kind")) == "HelmChart":
        own = text(part(release, "metadata").get("namespace"))
        return text(reference.get("namespace")) or own, text(reference.get("name"))
    namespace, _, name = text(part(release, "status").get("helmChart")).partition("/")
    return (namespace, name) if name else ("", "")


def _too_early(live: _Object) -> Standing | None:
    """Return what makes every other look at an object needless: it is suspended, or its conditions are of another version."""
    if part(live, "spec").get("suspend") is True:
        return Standing(Phase.SUSPENDED, "is suspended: resume it, with `flux resume` or in Git")
    if not _is_observed(live):
        return Standing(Phase.WAITING, "its controller has not seen this version yet")
    return None


def _failure(live: _Object, ready: Condition, commit: str) -> Standing:
    stalled = conditions(live).get("Stalled")
    # What the API server refuses may pass as well: the kind's new version may come with another Kustomization.
    final = ready.reason in _FINAL or (stalled is not None and stalled.is_true)
    return Standing(Phase.FAILED if final else Phase.BROKEN, ready.said, commit)


def _elsewhere(verb: str, commit: str, held: bool | None, said: str) -> str:  # noqa: FBT001 - None is a third answer
    if not commit:
        return f"{verb} `{said}`, which does not tell a commit ({_ORIGIN})" if said else f"{verb} nothing yet"
    return f"{verb} {commit[:12]}, " + ("which is not known here" if held is None else "without this commit")


def _is_observed(live: _Object) -> bool:
    """Whether the conditions are about the object as it is written now.

    While something fails, Flux leaves the status' own generation where it was; that of the condition tells.
    """
    generation = part(live, "metadata").get("generation")
    observed = part(live, "status").get("observedGeneration")
    ready = conditions(live).get("Ready")
    if not isinstance(generation, int):
        return True
    seen = ready.observed_generation if ready is not None else None
    if seen is not None and seen < generation:
        return False
    if isinstance(observed, int) and (seen is None or (ready is not None and ready.is_true)):
        return observed >= generation
    # Some kinds, such as ExternalArtifact, only have that of the condition.
    return seen is not None


def _attempted(status: _Object, fetched: tuple[str, str]) -> str:
    revision = text(status.get("lastAttemptedRevision"))
    return commit_of(revision) or (fetched[1] if revision and revision == fetched[0] else "")


def _applied(status: _Object) -> str:
    """Return the commit that was applied: of an OCI artifact, the one it was made from."""
    revisions = (text(status.get(key)) for key in ("lastAppliedOriginRevision", "lastAppliedRevision"))
    return next(filter(None, map(commit_of, revisions)), "")


def settled_at(live: _Object) -> str:
    """Return the commit that a Kustomization has applied, where the cluster has just that; "" otherwise.

    One that fails before it applies anything leaves what it applied before. One that fails later, such as of health, has
    applied something else already, which its status only says once it is healthy.
    """
    found = conditions(live)
    ready, moving = found.get("Ready"), found.get("Reconciling")
    if ready is None or (moving is not None and moving.is_true and moving.reason != "ProgressingWithRetry"):
        return ""
    return _applied(part(live, "status")) if ready.is_true or ready.reason in _UNTOUCHED else ""
