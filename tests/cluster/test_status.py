"""`status` with a real API server and a real Flux: what is shown, followed, and said where something is missing."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.deploy.flux import Phase
from gitops_action.doctor.lines import State
from gitops_action.errors import ClusterError
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.doctor import Wish as DoctorWish
from gitops_action.pipeline.doctor import doctor
from gitops_action.pipeline.flux_status import Wish, status, watch
from tests.cluster import flux
from tests.cluster.components import cluster, until
from tests.cluster.fleet import Fleet, overlay, settings
from tests.gitserver import GitServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gitops_action.deploy.flux_status import Row, Snapshot
    from gitops_action.doctor.lines import Line
    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("flux-status")]
_PATH = "environments/production"
_RELEASE = f"{flux.RELEASES}/web"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A repository that a real Flux deploys, and a release whose status the tests write."""
    folder = tmp_path_factory.mktemp("status")
    config = f"version: 1\nenvironments:\n  production: {{paths: [{_PATH}], deploy: {{via: flux}}}}\n"
    files = {".gitops.yaml": config} | overlay(_PATH, {"settings.yaml": settings("settings", a="1")}, "shown")
    users = {"viewer": ["viewers"], "nobody": []}
    with GitServer(folder / "git", {"": "read"}) as git, cluster(folder / "cluster", users=users) as found:
        (folder / "git").mkdir(exist_ok=True)
        made = flux.begin(found, folder / "artifacts")
        fleet = Fleet.begin(folder, found, files, git)
        made.git_repository("fleet", fleet.remote, interval="2s")
        made.kustomization("apps", f"./{_PATH}", interval="2s")
        made.kustomization("broken", "./nowhere")
        found.send("POST", flux.RELEASES, _release())
        found.kubectl(
            "create", "clusterrole", "viewer", "--verb=get,list,watch",
            "--resource=kustomizations.kustomize.toolkit.fluxcd.io",
        )  # fmt: skip
        found.kubectl("create", "clusterrolebinding", "viewer", "--clusterrole=viewer", "--group=viewers")
        yield fleet


def _release() -> dict[str, Any]:
    labels = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": flux.NAMESPACE}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "web", "namespace": flux.NAMESPACE, "labels": labels},
        "spec": {},
    }


def _write_release(found: Cluster, *, ready: str = "True", version: str = "1.2.3") -> None:
    """Write what helm-controller would."""
    live = found.get(_RELEASE)
    condition = {
        "type": "Ready", "status": ready, "reason": "Upgraded" if ready == "True" else "UpgradeFailed",
        "message": "Helm upgrade", "observedGeneration": live["metadata"]["generation"],
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    live["status"] = {
        "observedGeneration": live["metadata"]["generation"],
        "conditions": [condition],
        "history": [{"chartVersion": version}],
    }
    found.send("PUT", f"{_RELEASE}/status", live)


def _looked(fleet: Fleet, user: str = "admin", **wish: Any) -> Snapshot:
    return status(fleet.place, Clusters(str(fleet.cluster.kubeconfig_of(user))), Wish(**wish))


def _row(snapshot: Snapshot, kind: str, name: str) -> Row:
    return next(row for row in snapshot.rows if (row.kind, row.name) == (kind, name))


def _settled(fleet: Fleet, commit: str) -> Snapshot:
    def looked() -> Snapshot | None:
        found = _looked(fleet)
        apps, broken = _row(found, "Kustomization", "apps"), _row(found, "Kustomization", "broken")
        return found if apps.commit == commit and apps.phase is Phase.READY and broken.is_failed else None

    found: Snapshot = until(looked)
    return found


def _cli(fleet: Fleet, *arguments: str, user: str = "admin") -> list[str]:
    kubeconfig = str(fleet.cluster.kubeconfig_of(user))
    return [sys.executable, "-m", "gitops_action", "status", f"--kubeconfig={kubeconfig}", *arguments]


def test_everything_at_a_glance(running: Fleet) -> None:
    first = running.commit({f"{_PATH}/settings.yaml": settings("settings", a="2")})
    _write_release(running.cluster)
    found = _settled(running, first)
    source, apps = _row(found, "GitRepository", "fleet"), _row(found, "Kustomization", "apps")
    assert (source.phase, source.commit, str(source.position)) == (Phase.READY, first, "up to date")
    assert (apps.environment, apps.revision, str(apps.position)) == ("production", f"main@sha1:{first}", "up to date")
    release = _row(found, "HelmRelease", "web")
    assert (release.phase, release.revision, release.environment) == (Phase.READY, "1.2.3", "production")
    broken = _row(found, "Kustomization", "broken")
    assert broken.is_failed
    assert "nowhere" in broken.message
    assert (found.exit_code, found.commit) == (1, first)
    assert found.unknown == {}


def test_a_cluster_that_is_behind_and_one_that_is_ahead(running: Fleet) -> None:
    first = running.commit({f"{_PATH}/settings.yaml": settings("settings", a="3")})
    _settled(running, first)
    running.cluster.patch(f"{flux.KUSTOMIZATIONS}/apps", {"spec": {"suspend": True}})
    for number in range(2):
        second = running.commit({f"{_PATH}/settings.yaml": settings("settings", a=f"4{number}")})
    apps = until(lambda: (row := _row(_looked(running), "Kustomization", "apps")) and row.suspended and row)
    assert (apps.phase, apps.commit, str(apps.position)) == (Phase.READY, first, "2 commits behind")
    running.cluster.patch(f"{flux.KUSTOMIZATIONS}/apps", {"spec": {"suspend": False}})
    _settled(running, second)
    behind = _row(_looked(running, revision=first), "Kustomization", "apps")
    assert str(behind.position) == "2 commits ahead"
    newest = running.origin.commit({f"{_PATH}/settings.yaml": settings("settings", a="5")}, "Not fetched here")
    unknown = until(lambda: (row := _row(_looked(running), "Kustomization", "apps")).commit == newest and row)
    assert str(unknown.position) == "not in this clone: run `git fetch`"


def test_only_some(running: Fleet) -> None:
    found = _looked(running, kinds=["helmreleases"])
    assert {row.kind for row in found.rows} == {"HelmRelease"}
    assert found.rows[0].environment == "production"
    assert _looked(running, namespace="default").rows == []


def test_what_may_not_be_listed_is_not_known(running: Fleet) -> None:
    found = _looked(running, "viewer")
    assert {row.kind for row in found.rows} == {"Kustomization"}
    assert {"GitRepository", "HelmRelease"} <= found.unknown.keys()
    assert "forbidden" in found.unknown["HelmRelease"]
    found = _looked(running, "viewer", kinds=["kustomizations"])
    assert found.unknown == {}
    nobody = _looked(running, "nobody")
    assert (nobody.rows, nobody.exit_code) == ([], 3)


def test_json_of_the_command(running: Fleet) -> None:
    done = subprocess.run(
        _cli(running, "--output=json"), cwd=running.clone.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    value = json.loads(done.stdout)
    assert {"GitRepository", "Kustomization", "HelmRelease"} <= {one["kind"] for one in value["objects"]}
    assert running.cluster.tokens["admin"] not in done.stdout + done.stderr


def test_outside_of_a_repository_nothing_is_compared(running: Fleet, tmp_path: Path) -> None:
    done = subprocess.run(_cli(running), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "note: not compared with Git" in done.stdout
    assert "behind" not in done.stdout


def test_changes_are_followed_through_a_restart_of_the_server(running: Fleet) -> None:
    seen: list[Snapshot] = []
    over = False

    def follow() -> None:
        for snapshot in watch(running.place, Clusters(str(running.cluster.kubeconfig)), Wish()):
            seen.append(snapshot)
            if over:
                return

    thread = Thread(target=follow, daemon=True)
    thread.start()
    until(lambda: seen)
    try:
        _write_release(running.cluster, ready="False")
        until(lambda: _row(seen[-1], "HelmRelease", "web").phase is Phase.FAILED)
        running.cluster.kill("kube-apiserver")
        lost = until(lambda: seen[-1].unknown)
        assert "HelmRelease" in until(lambda: "HelmRelease" in seen[-1].unknown and seen[-1].unknown), lost
        assert _row(seen[-1], "HelmRelease", "web").phase is Phase.FAILED, "what was seen last stays"
        running.cluster.start("kube-apiserver")
        _write_release(running.cluster, version="2.0.0")
        until(lambda: _row(seen[-1], "HelmRelease", "web").revision == "2.0.0" and not seen[-1].unknown)
        running.cluster.send("DELETE", _RELEASE)
        until(lambda: all(row.kind != "HelmRelease" for row in seen[-1].rows))
        running.cluster.send("POST", flux.RELEASES, _release())
        until(lambda: any(row.kind == "HelmRelease" for row in seen[-1].rows))
    finally:
        over = True
        thread.join(10)


@contextmanager
def _followed(argv: Sequence[str], folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    lines: list[str] = []
    process = subprocess.Popen(
        argv,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        # Where tests run in the background of a shell, it has switched interrupts off.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - one call
    )
    assert process.stdout is not None
    Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True).start()  # type: ignore[union-attr] # said above
    try:
        yield process, lines
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_tells_changes_and_ends_when_told_to(running: Fleet, number: signal.Signals) -> None:
    _write_release(running.cluster, version="3.0.0")
    with _followed(_cli(running, "--watch", "--output=json", "--kind=helmreleases"), running.clone.path) as (
        job,
        lines,
    ):
        until(lambda: lines)
        assert [json.loads(lines[0])[key] for key in ("type", "name", "revision")] == ["added", "web", "3.0.0"]
        _write_release(running.cluster, version="3.0.1")
        until(lambda: len(lines) > 1)
        assert [json.loads(lines[1])[key] for key in ("type", "name", "revision")] == ["changed", "web", "3.0.1"]
        job.send_signal(number)
        assert job.wait(10) == 130
        assert job.stderr is not None
        assert "Traceback" not in job.stderr.read()


def test_the_command_prints_a_table_and_then_lines(running: Fleet) -> None:
    _write_release(running.cluster, version="4.0.0")
    with _followed(_cli(running, "--watch", "--kind=helmreleases"), running.clone.path) as (_, lines):
        until(lambda: any("1 of 1 object ready" in line for line in lines))
        _write_release(running.cluster, ready="False", version="4.0.1")
        told = until(lambda: next((line for line in lines if "4.0.1" in line), None))
        assert "HelmRelease/flux-system/web failed (4.0.1, " in told


def test_a_terminal_is_drawn_again(running: Fleet) -> None:
    _write_release(running.cluster, version="5.0.0")
    pid, terminal = pty.fork()
    if not pid:  # pragma: no cover - in the child
        os.environ["TERM"] = "xterm"
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.chdir(running.clone.path)
        os.execv(sys.executable, _cli(running, "--watch", "--kind=helmreleases"))  # noqa: S606 - the command itself
    shown = bytearray()

    def sees(word: bytes) -> bool:
        if select.select([terminal], [], [], 0.1)[0]:
            shown.extend(os.read(terminal, 1 << 16))
        return word in shown

    until(lambda: sees(b"5.0.0"))
    _write_release(running.cluster, version="5.0.1")
    until(lambda: sees(b"5.0.1"))
    # The lines before were taken away first.
    assert b"\x1b[2K" in shown
    os.write(terminal, b"\x03")
    # A terminal that nobody reads would keep it from ending.
    with suppress(OSError):
        while os.read(terminal, 1 << 16):
            pass
    _, ended = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(ended) == 130


def test_a_cluster_without_flux_is_said_to_be_one(tmp_path: Path) -> None:
    with cluster(tmp_path / "bare") as bare:
        (tmp_path / "empty").mkdir()
        from gitops_action.pipeline.places import Place  # noqa: PLC0415 - one use

        with pytest.raises(ClusterError, match="Flux is not installed"):
            status(Place(tmp_path / "empty"), Clusters(str(bare.kubeconfig)), Wish())


def _examined(fleet: Fleet, user: str = "admin") -> dict[str, Line]:
    clusters = Clusters(str(fleet.cluster.kubeconfig_of(user)))
    found = doctor(fleet.place, clusters, DoctorWish(["deploy-flux"]), SilentProgress())
    return {one.name: one for one in found.lines}


def test_the_doctor_looks_at_flux(running: Fleet) -> None:
    found = _examined(running)
    kinds = ("Flux GitRepository", "Flux Kustomization", "Flux HelmRelease", "rights for deploy-flux")
    assert {name: found[name].state for name in kinds} == dict.fromkeys(kinds, State.OK)
    # Here the controllers are no Deployments, and that they work is not taken for granted.
    assert found["Flux controllers"].state is State.UNKNOWN
    assert "Kustomization flux-system/broken" in found["Flux objects"].message
    path = f"/apis/apps/v1/namespaces/{flux.NAMESPACE}/deployments"
    for name in ("source-controller", "kustomize-controller"):
        made = running.cluster.send("POST", path, _controller(name))
        made["status"] = {"conditions": [{"type": "Available", "status": "True", "reason": "x", "message": "y"}]}
        running.cluster.send("PUT", f"{path}/{name}/status", made)
    try:
        controllers = _examined(running)["Flux controllers"]
        assert (controllers.state, controllers.message) == (
            State.OK, "kustomize-controller v1.9.6, source-controller v1.9.6",
        )  # fmt: skip
        running.cluster.patch(f"{path}/source-controller", {"spec": {"replicas": 0}})
        assert "source-controller (scaled to 0)" in _examined(running)["Flux controllers"].message
    finally:
        for name in ("source-controller", "kustomize-controller"):
            running.cluster.send("DELETE", f"{path}/{name}")


def test_the_doctor_says_what_an_account_may_not_see_of_flux(running: Fleet) -> None:
    found = _examined(running, "viewer")
    assert found["rights for deploy-flux"].state is State.MISSING
    assert "gitrepositories of source.toolkit.fluxcd.io" in found["rights for deploy-flux"].message
    assert found["Flux controllers"].state is State.UNKNOWN
    assert found["Flux objects"].state in {State.UNKNOWN, State.WARNING}


def _controller(name: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/part-of": "flux", "app.kubernetes.io/version": "v1.9.6", "app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "manager", "image": f"example.com/{name}:v1.9.6"}]},
            },
        },
    }
