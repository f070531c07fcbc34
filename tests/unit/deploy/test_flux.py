"""Whether Flux has applied a commit, told from what its objects say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config import Config
from gitops_action.deploy.flux import (
    Phase,
    chart,
    chart_of,
    commit_of,
    helm_release,
    kustomization,
    settled_at,
    source,
)
from gitops_action.deploy.flux_selection import Wanted, normal, selected
from gitops_action.errors import UsageError

OURS, NEWER, OLDER, FOREIGN = "a" * 40, "b" * 40, "c" * 40, "d" * 40
_DIGEST = "e" * 64


def contains(commit: str) -> bool | None:
    """Tell of each commit whether ours is in it."""
    return {OURS: True, NEWER: True, OLDER: False}.get(commit)


def made(
    ready: str, reason: str = "", *, generation: int = 1, observed: int = 1, suspend: bool = False, **status: Any
) -> dict[str, Any]:
    condition = {"type": "Ready", "status": ready, "reason": reason, "message": "m", "observedGeneration": observed}
    return {
        "kind": "Kustomization",
        "metadata": {"generation": generation},
        "spec": {"suspend": suspend} if suspend else {},
        "status": {"observedGeneration": observed, "conditions": [condition] if ready else [], **status},
    }


def applied(commit: str, ready: str = "True", reason: str = "", *, tried: str = "", **more: Any) -> dict[str, Any]:
    revisions: dict[str, Any] = {
        "lastAppliedRevision": f"main@sha1:{commit}",
        "lastAttemptedRevision": f"main@sha1:{tried or commit}",
    }
    return made(ready, reason, **revisions, **more)


@pytest.mark.parametrize(
    ("live", "phase", "message"),
    [
        (applied(OURS), Phase.READY, ""),
        (applied(NEWER), Phase.READY, ""),
        (applied(OLDER), Phase.WAITING, "has applied cccccccccccc, without this commit"),
        (applied(FOREIGN), Phase.WAITING, "which is not known here"),
        (applied(OURS, suspend=True), Phase.SUSPENDED, "is suspended"),
        (applied(OURS, generation=2), Phase.WAITING, "has not seen this version"),
        (applied(OLDER, "False", "BuildFailed", tried=OURS), Phase.FAILED, "BuildFailed: m"),
        (applied(OLDER, "False", "HealthCheckFailed", tried=NEWER), Phase.FAILED, "HealthCheckFailed: m"),
        (applied(OLDER, "False", "BuildFailed"), Phase.WAITING, "has last tried cccccccccccc"),
        (applied(OURS, "False", "ReconciliationFailed"), Phase.BROKEN, "ReconciliationFailed"),
        (applied(OURS, "False", "DependencyNotReady"), Phase.WAITING, "DependencyNotReady"),
        (applied(OURS, "Unknown", "Progressing"), Phase.WAITING, "Progressing"),
        (made("False", "ArtifactFailed"), Phase.BROKEN, "ArtifactFailed"),
        (made(""), Phase.WAITING, "has not"),
        # While it fails, only the condition has the newest generation.
        ({**applied(OURS, "False", "BuildFailed"), "status": {**applied(OURS, "False", "BuildFailed")["status"], "observedGeneration": -1}}, Phase.FAILED, "BuildFailed"),
        (made("True", lastAppliedRevision=f"latest@sha256:{_DIGEST}", lastAppliedOriginRevision=f"main@sha1:{OURS}"), Phase.READY, ""),
        (made("True", lastAppliedRevision=f"latest@sha256:{_DIGEST}"), Phase.WAITING, "does not tell a commit"),
    ],
)  # fmt: skip
def test_kustomizations(live: dict[str, Any], phase: Phase, message: str) -> None:
    found = kustomization(live, contains)
    assert found.phase is phase
    assert message in found.message


def test_a_failed_attempt_of_an_artifact_is_told_by_its_source() -> None:
    revision = f"latest@sha256:{_DIGEST}"
    live = made("False", "BuildFailed", lastAttemptedRevision=revision, lastAppliedOriginRevision=f"main@sha1:{OLDER}")
    assert kustomization(live, contains, (revision, OURS)).phase is Phase.FAILED
    assert kustomization(live, contains, ("latest@sha256:other", OURS)).phase is Phase.WAITING


@pytest.mark.parametrize(
    ("live", "phase"),
    [
        (made("True", artifact={"revision": f"main@sha1:{OURS}"}), Phase.READY),
        # What it has is good, although its next look failed.
        (made("False", "GitOperationFailed", artifact={"revision": f"main@sha1:{NEWER}"}), Phase.READY),
        (made("False", "GitOperationFailed", artifact={"revision": f"main@sha1:{OLDER}"}), Phase.BROKEN),
        (made("True", artifact={"revision": f"main@sha1:{OLDER}"}), Phase.WAITING),
        (made("True", artifact={"revision": f"1.0@sha256:{_DIGEST}", "metadata": {"org.opencontainers.image.revision": OURS}}), Phase.READY),
        (made("True"), Phase.WAITING),
        (made("True", suspend=True), Phase.SUSPENDED),
    ],
)  # fmt: skip
def test_sources(live: dict[str, Any], phase: Phase) -> None:
    assert source(live, contains).phase is phase


@pytest.mark.parametrize(
    ("live", "phase"),
    [
        (made("True"), Phase.READY),
        (made("True", generation=2), Phase.WAITING),
        (made("False", "UpgradeFailed"), Phase.FAILED),
        (made("False", "ArtifactFailed"), Phase.BROKEN),
        (made("Unknown", "Progressing"), Phase.WAITING),
        (made(""), Phase.WAITING),
        (made("True", suspend=True), Phase.SUSPENDED),
    ],
)
def test_helm_releases(live: dict[str, Any], phase: Phase) -> None:
    assert helm_release(live).phase is phase


@pytest.mark.parametrize(
    ("asked", "packed", "phase"),
    [
        ("", "", Phase.READY),
        ("2", "", Phase.READY),
        ("3", "", Phase.WAITING),
        ("2", "1.0.0", Phase.READY),
        ("2", "1.0.1", Phase.WAITING),
    ],
)
def test_what_a_release_said_before_it_was_asked_counts_for_nothing(asked: str, packed: str, phase: Phase) -> None:
    live = made("True", lastHandledReconcileAt="2", lastAttemptedRevision="1.0.0")
    assert helm_release(live, asked, packed).phase is phase
    failed = made("False", "UpgradeFailed", lastHandledReconcileAt="2", lastAttemptedRevision="0.9")
    assert helm_release(failed, "2", "1.0.0").phase is Phase.FAILED
    assert helm_release(failed, "3").phase is Phase.WAITING


@pytest.mark.parametrize(
    ("live", "phase"),
    [
        (made("True", observedSourceArtifactRevision=f"main@sha1:{OURS}"), Phase.READY),
        (made("True", observedSourceArtifactRevision=f"main@sha1:{NEWER}"), Phase.READY),
        (made("True", observedSourceArtifactRevision=f"main@sha1:{OLDER}"), Phase.WAITING),
        (made("False", "ChartPackageError", observedSourceArtifactRevision=f"main@sha1:{OURS}"), Phase.BROKEN),
        (made("True"), Phase.WAITING),
        (made("True", suspend=True, observedSourceArtifactRevision=f"main@sha1:{OURS}"), Phase.SUSPENDED),
    ],
)
def test_charts(live: dict[str, Any], phase: Phase) -> None:
    assert chart(live, contains).phase is phase


@pytest.mark.parametrize(
    ("live", "commit"),
    [
        (applied(OLDER), OLDER),
        (applied(OLDER, "False", "BuildFailed", tried=OURS), OLDER),
        # What it has applied by then it does not say.
        (applied(OLDER, "False", "HealthCheckFailed", tried=OURS), ""),
        (applied(OLDER, "False", "ReconciliationFailed", tried=OURS), ""),
        (applied(OLDER, "Unknown", "Progressing"), ""),
        (made(""), ""),
    ],
)
def test_what_the_cluster_has_for_certain(live: dict[str, Any], commit: str) -> None:
    assert settled_at(live) == commit
    moving = {"type": "Reconciling", "status": "True", "reason": "Progressing"}
    live["status"]["conditions"].append(moving)
    assert settled_at(live) == ""
    moving["reason"] = "ProgressingWithRetry"
    assert settled_at(live) == commit


def test_the_chart_of_a_release() -> None:
    assert chart_of({"status": {"helmChart": "flux-system/apps-web"}}) == ("flux-system", "apps-web")
    reference = {"metadata": {"namespace": "apps"}, "spec": {"chartRef": {"kind": "HelmChart", "name": "web"}}}
    assert chart_of(reference) == ("apps", "web")
    assert chart_of({"spec": {"chartRef": {"kind": "OCIRepository", "name": "web"}}}) == ("", "")


@pytest.mark.parametrize(
    ("revision", "commit"),
    [
        (f"main@sha1:{OURS}", OURS), (f"sha1:{OURS}", OURS), (f"main/{OURS}", OURS), (f"feature/x@sha1:{OURS}", OURS), (OURS, OURS),
        (f"v1.2.3@sha1:{OURS}", OURS), (f"refs/pull/4/head@sha1:{OURS}", OURS), (f"latest@sha256:{_DIGEST}", ""), (f"sha256:{_DIGEST}", ""),
        ("1.2.3", ""), ("", ""), ("main@sha1:abc", ""),
    ],
)  # fmt: skip
def test_revisions(revision: str, commit: str) -> None:
    assert commit_of(revision) == commit


@given(st.text())
def test_any_text_is_a_revision(text: str) -> None:
    assert commit_of(text) == "" or commit_of(text) in text


@pytest.mark.parametrize(
    "address",
    ["https://github.com/octo/fleet", "https://github.com/octo/fleet.git", "ssh://git@github.com/octo/fleet", "git@github.com:octo/fleet.git",
     "ssh://git@github.com:22/octo/fleet.git", "HTTPS://GitHub.com/Octo/Fleet/"],
)  # fmt: skip
def test_addresses_of_one_repository(address: str) -> None:
    assert normal(address) == "github.com/octo/fleet"


def test_addresses_of_others() -> None:
    others = ["https://github.com/octo/fleet2", "https://gitlab.com/octo/fleet", "http://127.0.0.1:8080/octo/fleet"]
    assert len({normal(one) for one in others} | {"github.com/octo/fleet"}) == 4


def test_which_kustomizations_are_meant() -> None:
    def one(name: str, path: str, repository: str) -> dict[str, Any]:
        return {
            "metadata": {"name": name, "namespace": "flux-system"},
            "spec": {"path": path, "sourceRef": {"kind": "GitRepository", "name": repository}},
        }

    def git(name: str, url: str) -> dict[str, Any]:
        return {"kind": "GitRepository", "metadata": {"name": name, "namespace": "flux-system"}, "spec": {"url": url}}

    listed = [
        one("apps", "./apps/production", "ours"), one("other", "./apps/staging", "ours"), one("shared", "./infrastructure", "ours"),
        one("foreign", "./apps/production", "theirs"),
    ]  # fmt: skip
    sources = {
        "ours": git("ours", "ssh://git@github.com/octo/fleet"),
        "theirs": git("theirs", "https://github.com/a/b"),
    }
    wanted = Wanted("production", Config(), ["https://github.com/octo/fleet.git"])
    names = [live["metadata"]["name"] for live in selected(listed, sources, wanted, lambda _: None)]
    assert names == ["apps", "shared"]
    with pytest.raises(UsageError, match="no Kustomization deploys a path of `test`"):
        selected(listed[1:2], sources, Wanted("test", Config(), wanted.addresses), lambda _: None)
