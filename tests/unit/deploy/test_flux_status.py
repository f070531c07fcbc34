"""Rows about Flux's objects: readiness, revision, the environment, and where the commit is in Git."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.config import Config
from gitops_action.deploy.flux import Phase
from gitops_action.deploy.flux_status import Here, Position, Row, Snapshot, rows, short

NEW, OLD, FOREIGN = "a" * 40, "b" * 40, "f" * 40
PLACES = {NEW: Position(0, 0), OLD: Position(2, 0)}
HERE = Here(
    Config(),
    frozenset({"github.com/octo/fleet"}),
    lambda commit: PLACES.get(commit, Position(reason="not here")),
    lambda commit: True if commit in PLACES else None,
)


def made(
    group: str, kind: str, name: str, spec: dict[str, Any], *, ready: str = "True", **status: Any
) -> dict[str, Any]:
    condition = {
        "type": "Ready", "status": ready, "reason": "Reason", "message": "said", "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return {
        "apiVersion": f"{group}.toolkit.fluxcd.io/v1",
        "kind": kind,
        "metadata": {"namespace": "flux-system", "name": name, "generation": 1, "labels": {}},
        "spec": spec,
        "status": {"observedGeneration": 1, "conditions": [condition] if ready else [], **status},
    }


def git(name: str = "fleet", url: str = "ssh://git@github.com/octo/fleet.git", commit: str = NEW) -> dict[str, Any]:
    return made("source", "GitRepository", name, {"url": url}, artifact={"revision": f"main@sha1:{commit}"})


def kustomization(commit: str = NEW, source: str = "fleet", path: str = "clusters/production") -> dict[str, Any]:
    spec = {"path": path, "sourceRef": {"kind": "GitRepository", "name": source}}
    return made("kustomize", "Kustomization", "apps", spec, lastAppliedRevision=f"main@sha1:{commit}")


def only(kind: str, *live: dict[str, Any], here: Here | None = HERE) -> Row:
    (found,) = [row for row in rows(live, here) if row.kind == kind]
    return found


def test_a_kustomization_of_this_repository_has_a_place_in_git() -> None:
    row = only("Kustomization", git(), kustomization(OLD))
    assert (row.phase, row.environment, row.commit, str(row.position)) == (
        Phase.READY, "production", OLD, "2 commits behind",
    )  # fmt: skip
    assert (row.since, row.message, row.revision) == ("2026-01-01T00:00:00Z", "said", f"main@sha1:{OLD}")


def test_one_of_another_repository_has_none() -> None:
    row = only("Kustomization", git(url="https://github.com/octo/other"), kustomization(FOREIGN))
    assert (row.environment, row.commit, row.position) == ("", "", None)


def test_without_a_repository_nothing_is_compared() -> None:
    row = only("Kustomization", git(), kustomization(), here=None)
    assert (row.environment, row.commit, row.position, row.phase) == ("", "", None, Phase.READY)


def test_a_release_has_the_place_of_the_kustomization_that_made_it() -> None:
    release = made("helm", "HelmRelease", "web", {}, history=[{"chartVersion": "1.2.3"}, {"chartVersion": "1.2.2"}])
    release["metadata"]["labels"] = {
        "kustomize.toolkit.fluxcd.io/name": "apps",
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    }
    row = only("HelmRelease", git(), kustomization(OLD), release)
    assert (row.revision, row.environment, str(row.position)) == ("1.2.3", "production", "2 commits behind")
    release["metadata"]["labels"] = {}
    row = only("HelmRelease", git(), kustomization(OLD), release)
    assert (row.environment, row.position) == ("", None)


def test_a_commit_that_the_clone_lacks_is_not_called_up_to_date() -> None:
    assert str(only("Kustomization", git(commit=FOREIGN), kustomization(FOREIGN)).position) == "not here"


@pytest.mark.parametrize(
    ("position", "text"),
    [
        (Position(0, 0), "up to date"),
        (Position(1, 0), "1 commit behind"),
        (Position(0, 3), "3 commits ahead"),
        (Position(2, 1), "2 commits behind, 1 commit ahead"),
        (Position(), "not known"),
    ],
)
def test_a_position_in_words(position: Position, text: str) -> None:
    assert str(position) == text


@pytest.mark.parametrize(
    ("change", "phase", "suspended"),
    [
        ({"spec": {"suspend": True}}, Phase.READY, True),
        ({"status": {"conditions": []}}, Phase.WAITING, False),
        ({"metadata": {"generation": 2}}, Phase.WAITING, False),
        ({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}, Phase.WAITING, False),
    ],
)
def test_what_is_ready(change: dict[str, Any], phase: Phase, *, suspended: bool) -> None:
    live = git()
    for part, values in change.items():
        live[part] |= values
    row = only("GitRepository", live)
    assert (row.phase, row.suspended) == (phase, suspended)


def test_a_failure_is_one_also_while_it_may_pass() -> None:
    row = only("Bucket", made("source", "Bucket", "b", {}, ready="False"))
    assert (row.phase, row.is_failed, row.message) == (Phase.BROKEN, True, "Reason: said")


def test_an_oci_helm_repository_is_never_reconciled_and_ready() -> None:
    assert only("HelmRepository", made("source", "HelmRepository", "h", {"type": "oci"}, ready="")).phase is Phase.READY
    assert only("HelmRepository", made("source", "HelmRepository", "h", {}, ready="")).phase is Phase.WAITING


def test_sources_come_first() -> None:
    release = made("helm", "HelmRelease", "a", {})
    assert [row.kind for row in rows([release, kustomization(), git()])] == [
        "GitRepository", "Kustomization", "HelmRelease",
    ]  # fmt: skip


@pytest.mark.parametrize("broken", [{}, {"kind": "Kustomization"}, {"metadata": None, "status": [], "spec": 1}])
def test_odd_objects_give_a_row_and_no_crash(broken: dict[str, Any]) -> None:
    assert rows([broken], HERE)[0].phase in {Phase.WAITING, Phase.READY}


@pytest.mark.parametrize(
    ("revision", "shown"),
    [
        (f"main@sha1:{NEW}", "main@sha1:aaaaaaaaaaaa"),
        (f"latest@sha256:{'e' * 64}", "latest@sha256:eeeeeeeeeeee"),
        (f"sha256:{'e' * 64}", "sha256:eeeeeeeeeeee"),
        ("6.5.4", "6.5.4"),
        ("", ""),
    ],
)
def test_revisions_are_cut_to_what_people_compare(revision: str, shown: str) -> None:
    assert short(revision) == shown


def test_how_it_ends() -> None:
    ready, waiting = only("GitRepository", git()), only("GitRepository", git() | {"status": {}})
    failed = only("GitRepository", made("source", "GitRepository", "x", {}, ready="False"))
    assert Snapshot([ready]).exit_code == 0
    assert Snapshot([]).exit_code == 0
    assert Snapshot([ready, waiting]).exit_code == 1
    assert Snapshot([ready, failed], {"Bucket": "no"}).exit_code == 1
    assert Snapshot([ready], {"Bucket": "no"}).exit_code == 3
