"""A change previewed in a live cluster: a real API server with objects that Flux applied and people touched."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.api_server import HttpApiServer
from gitops_action.adapters.control_plane import ControlPlane, control_plane
from gitops_action.cluster import requests
from gitops_action.cluster.answers import Request
from gitops_action.errors import UsageError
from gitops_action.model import Change, Claim, Outcome, Report, Verdict
from gitops_action.pipeline.clusters import Clusters, clusters
from gitops_action.pipeline.settings import Overrides
from gitops_action.report import render
from tests.cluster.servers import client, deploy, done, get, names, objects, patch
from tests.gitrepo import GitRepo, init
from tests.support import tool
from tests.unit.pipeline.jobs import check

if TYPE_CHECKING:
    from collections.abc import Iterator
pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("clusters")]

FILE = "apps/production/all.yaml"


@pytest.fixture
def server(plane: ControlPlane) -> Iterator[HttpApiServer]:
    with client(plane) as connected:
        yield connected


@pytest.fixture
def live(plane: ControlPlane, tmp_path: Path) -> Overrides:
    return Overrides(clusters=Clusters(_kubeconfig(plane, tmp_path)))


@pytest.fixture
def git_repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


def _kubeconfig(plane: ControlPlane, folder: Path, user: str = "admin") -> str:
    path = folder / f"{user}.kubeconfig"
    path.write_text(plane.kubeconfig(user), encoding="utf-8")
    return str(path)


def namespace(name: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\n"


def deployment(name: str, space: str, image: str = "nginx:1", extra: str = "", app: str = "") -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {space}}}\nspec:\n{extra}"
        f"  selector: {{matchLabels: {{app: {app or name}}}}}\n  template:\n    metadata: {{labels: {{app: {app or name}}}}}\n"
        f"    spec:\n      containers:\n      - {{name: web, image: '{image}'}}\n---\n"
    )


def config(name: str, space: str, **data: str) -> str:
    listed = "".join(f"  {key}: '{value}'\n" for key, value in data.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {space}}}\ndata:\n{listed}---\n"


def change(repo: GitRepo, base: str, head: str) -> str:
    """Commit both revisions; return the base."""
    before = repo.commit({FILE: base})
    repo.commit({FILE: head})
    return before


def of(report: Report, name: str) -> Change:
    (found,) = [one for one in report.changes if one.resource.name == name]
    return found


def test_what_the_change_does_is_kept_apart_from_what_had_drifted(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    base = namespace("drift") + deployment("web", "drift") + deployment("api", "drift")
    deploy(server, base)
    patch(
        server,
        "/apis/apps/v1/namespaces/drift/deployments/web",
        {
            "spec": {
                "template": {"metadata": {"annotations": {"by": "hand"}}, "spec": {"terminationGracePeriodSeconds": 5}}
            }
        },
    )
    strategic = "/apis/apps/v1/namespaces/drift/deployments/api"
    patch(
        server, strategic, {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:hacked"}]}}}}
    )
    start = change(git_repo, base, base.replace("nginx:1", "nginx:2", 1))
    report = check(git_repo, start, overrides=live)
    web, api = of(report, "web"), of(report, "api")
    assert (web.outcome, [(one.path, one.before, one.after) for one in web.fields]) == (
        Outcome.UPDATE,
        [("spec.template.spec.containers[name=web].image", "nginx:1", "nginx:2")],
    )
    # What Git does not say anything of is nobody's drift.
    assert web.drift == ()
    assert (api.outcome, api.diff) == (Outcome.UNCHANGED, "")
    assert [(one.path, one.before, one.after) for one in api.drift] == [
        ("spec.template.spec.containers[name=web].image", "nginx:hacked", "nginx:1")
    ]
    assert report.verdict is Verdict.PASSED
    for output in ("text", "markdown"):
        assert "drifted" in render(report, output, colour=False), output
    assert "resourceVersion" not in web.diff + api.drift_diff


def test_what_a_subresource_sets_is_no_drift_and_no_conflict(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    base = namespace("scaled") + deployment("web", "scaled", extra="  replicas: 2\n")
    deploy(server, base)
    path = "/apis/apps/v1/namespaces/scaled/deployments/web/scale"
    patch(server, path, {"spec": {"replicas": 7}}, manager="horizontal-pod-autoscaler")
    start = change(git_repo, base, base.replace("nginx:1", "nginx:2"))
    web = of(check(git_repo, start, overrides=live), "web")
    assert web.outcome is Outcome.UPDATE
    assert [one.path for one in web.fields] == ["spec.template.spec.containers[name=web].image"]
    assert web.drift == ()
    assert web.claims == ()


def test_a_conflict_names_each_manager_and_field(git_repo: GitRepo, server: HttpApiServer, live: Overrides) -> None:
    base = namespace("conflict") + config("settings", "conflict", a="1", b="1")
    deploy(server, base)
    patch(server, "/api/v1/namespaces/conflict/configmaps/settings", {"data": {"b": "9"}}, manager="somebody")
    start = change(git_repo, base, base.replace("b: '1'", "b: '2'"))
    settings = of(check(git_repo, start, overrides=live), "settings")
    assert (settings.outcome, settings.claims) == (Outcome.CONFLICT, (Claim("somebody", "data.b"),))
    assert [(one.path, one.before, one.after) for one in settings.fields] == [("data.b", "1", "2")]
    assert [(one.path, one.before, one.after) for one in settings.drift] == [("data.b", "9", "1")]


def test_what_stays_for_others_is_shown_with_its_owner(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    base = namespace("left") + config("settings", "left", a="1", b="1")
    deploy(server, base)
    deploy(server, config("settings", "left", b="1"), manager="kubectl-client-side-apply")
    start = change(git_repo, base, base.replace("  b: '1'\n", ""))
    settings = of(check(git_repo, start, overrides=live), "settings")
    assert settings.outcome is Outcome.UNCHANGED
    assert [(one.path, "kubectl-client-side-apply" in one.manager) for one in settings.leftovers] == [("data.b", True)]
    assert "stays: data.b, owned by" in render(check(git_repo, start, overrides=live), "text", colour=False)


def test_what_arrives_in_the_same_change_cannot_be_tried_and_says_so(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "arrivals.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Arrival", "plural": "arrivals"},
            "scope": "Namespaced",
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
            ],
        },
    }
    base = config("there", "default", a="1")
    deploy(server, base)
    head = base + namespace("fresh") + config("inside", "fresh", a="1") + config("nowhere-to-go", "missing", a="1")
    head += (
        json.dumps(crd)
        + "\n---\napiVersion: example.com/v1\nkind: Arrival\nmetadata: {name: first, namespace: default}\n"
    )
    report = check(git_repo, change(git_repo, base, head), overrides=live)
    assert {name: of(report, name).outcome for name in ("fresh", "inside", "first", "nowhere-to-go")} == {
        "fresh": Outcome.CREATE,
        "inside": Outcome.UNVALIDATED,
        "first": Outcome.UNVALIDATED,
        "nowhere-to-go": Outcome.ERROR,
    }
    assert "`fresh` arrives in the same change" in of(report, "inside").message
    assert of(report, "inside").diff
    assert report.verdict is Verdict.INCOMPLETE
    # Nothing of it is real.
    assert "fresh" not in names(get(server, "/api/v1/namespaces")["items"])


def test_one_bad_object_hides_no_other(git_repo: GitRepo, server: HttpApiServer, live: Overrides) -> None:
    base = namespace("bad") + deployment("web", "bad") + deployment("api", "bad") + config("settings", "bad", a="1")
    deploy(server, base)
    head = namespace("bad") + deployment("web", "bad", app="other") + deployment("api", "bad", extra="  replicas: -1\n")
    head += config("settings", "bad", a="2")
    report = check(git_repo, change(git_repo, base, head), overrides=live)
    assert {name: of(report, name).outcome for name in ("web", "api", "settings")} == {
        "web": Outcome.REPLACE,
        "api": Outcome.ERROR,
        "settings": Outcome.UPDATE,
    }
    assert of(report, "web").message == "the apply will fail: `spec.selector` is immutable; it needs to be replaced"
    assert {(one.code, one.line) for one in report.findings} >= {("immutable-field", 9)}
    assert report.verdict is Verdict.FAILED


def test_secrets_are_hidden_in_every_form(git_repo: GitRepo, server: HttpApiServer, live: Overrides) -> None:
    canaries = ("canary-before-7f3a", "canary-after-91bc", "canary-live-55d0")
    base = namespace("secret") + (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: secret}\n"
        f"stringData: {{password: {canaries[0]}, user: someone-known}}\n"
    )
    deploy(server, base)
    live_value = {"stringData": {"password": canaries[2]}}
    last = {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": canaries[2]}}}
    patch(server, "/api/v1/namespaces/secret/secrets/db", {**live_value, **last})
    report = check(git_repo, change(git_repo, base, base.replace(canaries[0], canaries[1])), overrides=live)
    secret = of(report, "db")
    assert [one.path for one in secret.fields] == ["data.password"]
    assert [one.path for one in secret.drift] == ["data.password"]
    for output in ("text", "json", "markdown"):
        text = render(report, output, colour=False)
        for canary in canaries:
            assert canary not in text, output
            assert base64.b64encode(canary.encode()).decode() not in text, output


def test_deletions_of_git_and_of_the_cluster(git_repo: GitRepo, server: HttpApiServer, live: Overrides) -> None:
    base = (
        namespace("gone")
        + config("kept", "gone", a="1")
        + config("dropped", "gone", a="1")
        + config("never", "gone", a="1")
    )
    deploy(server, base.replace(config("never", "gone", a="1"), ""))
    report = check(git_repo, change(git_repo, base, namespace("gone") + config("kept", "gone", a="1")), overrides=live)
    assert of(report, "dropped").outcome is Outcome.DELETE
    assert (of(report, "never").outcome, of(report, "never").message) == (
        Outcome.UNCHANGED,
        "is gone from the cluster already",
    )


def test_what_is_only_in_the_inventory_of_flux_is_deleted(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]
    names_ = {"kind": "Kustomization", "plural": "kustomizations"}
    spec = {"group": "kustomize.toolkit.fluxcd.io", "names": names_, "scope": "Namespaced", "versions": versions}
    metadata = {"name": "kustomizations.kustomize.toolkit.fluxcd.io"}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }
    deploy(server, json.dumps(crd))
    base = "resources: [all.yaml]\n"
    applied = namespace("flux") + config("kept", "flux", a="1") + config("forgotten", "flux", a="1")
    deploy(server, applied)
    entries = [{"id": f"flux_{name}__ConfigMap", "v": "v1"} for name in ("kept", "forgotten", "hidden")]
    kustomization = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux}\n"
        "spec: {path: ./apps/production, prune: true}\n"
        f"status: {{inventory: {{entries: {json.dumps(entries)}}}}}\n"
    )
    _await_kind(server, "kustomize.toolkit.fluxcd.io/v1", "Kustomization")
    (value,) = objects(kustomization)
    kind = server.kinds.find(value["apiVersion"], value["kind"])
    assert kind is not None
    done(server.send(requests.create(kind, value, dry_run=False)))
    start = git_repo.commit({"apps/production/kustomization.yaml": base, FILE: applied})
    git_repo.commit({FILE: namespace("flux") + config("kept", "flux", a="2")})
    report = check(git_repo, start, overrides=live)
    assert {one.resource.name: one.outcome for one in report.changes} == {
        "flux": Outcome.UNCHANGED,
        "kept": Outcome.UPDATE,
        "forgotten": Outcome.DELETE,
        "hidden": Outcome.DELETE,
    }
    git_repo.commit({"apps/production/kustomization.yaml": "resources: [all.yaml, absent.yaml]\n"})
    report = check(git_repo, start, overrides=live)
    # What could not be rendered may hold it still.
    assert of(report, "hidden").outcome is Outcome.UNKNOWN
    assert report.verdict is not Verdict.PASSED


def _await_kind(server: HttpApiServer, api_version: str, kind: str) -> None:
    for _ in range(500):
        if server.discover().find(api_version, kind):
            return
    raise AssertionError(kind)


def test_ignored_differences(git_repo: GitRepo, server: HttpApiServer, live: Overrides) -> None:
    settings = (
        "version: 1\nignoreDifferences:\n- {kind: ConfigMap, name: 'set*', pointers: [/data/a]}\n"
        "- {kind: ConfigMap, managers: [injector]}\n"
    )
    base = namespace("ignored") + config("settings", "ignored", a="1", b="1", c="1")
    deploy(server, base)
    path = "/api/v1/namespaces/ignored/configmaps/settings"
    patch(server, path, {"data": {"a": "9"}})
    patch(server, path, {"data": {"b": "9"}}, manager="injector")
    patch(server, path, {"data": {"c": "9"}})
    start = git_repo.commit({FILE: base, ".gitops.yaml": settings})
    git_repo.commit({FILE: base + config("other", "ignored", a="1")})
    drift = of(check(git_repo, start, everything=True, overrides=live), "settings").drift
    assert [one.path for one in drift] == ["data.c"]


def test_a_list_is_asked_for_where_that_takes_less(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = namespace("many") + "".join(config(f"settings-{i}", "many", a="1") for i in range(12))
    deploy(server, many)
    asked: list[tuple[str, str]] = []
    send = HttpApiServer.send

    def counted(self: Any, request: Any) -> Any:
        asked.append((request.method, request.path))
        return send(self, request)

    monkeypatch.setattr(HttpApiServer, "send", counted)
    start = change(git_repo, many, many.replace("a: '1'", "a: '2'", 2))
    report = check(git_repo, start, overrides=live)
    assert {one.resource.name for one in report.changes if one.outcome is Outcome.UPDATE} == {
        "settings-0",
        "settings-1",
    }
    listed = [path for method, path in asked if method == "GET" and path.endswith("/configmaps")]
    assert len(listed) == 1
    # What is certainly the same is not tried: two updates and nothing else.
    assert sum(method == "PATCH" for method, _ in asked) == 2


def test_an_account_that_may_not_look(git_repo: GitRepo, tmp_path: Path) -> None:
    tool("etcd")
    with control_plane(users={"nobody": []}) as plane:
        base = config("settings", "default", a="1")
        with client(plane) as admin:
            deploy(admin, base)
        live = Overrides(clusters=Clusters(_kubeconfig(plane, tmp_path, "nobody")))
        report = check(git_repo, change(git_repo, base, base.replace("'1'", "'2'")), overrides=live)
        settings = of(report, "settings")
        assert settings.outcome is Outcome.FORBIDDEN
        assert 'User "nobody" cannot get resource "configmaps"' in settings.message
        assert report.verdict is Verdict.INCOMPLETE


def test_a_server_that_is_killed_leaves_a_report(
    git_repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with control_plane() as plane:
        base = namespace("killed") + "".join(config(f"settings-{i}", "killed", a="1") for i in range(8))
        with client(plane) as admin:
            deploy(admin, base)
        send = HttpApiServer.send
        seen: list[Any] = []

        def interrupted(self: Any, request: Any) -> Any:
            if request.method == "PATCH" and not seen:
                seen.append(request)
                subprocess.run(["pkill", "-KILL", "-f", f"secure-port={plane.port}"], check=True)  # noqa: S607
                # A process that is told to end may still answer: this request is sent when it is gone.
                looking = ["pgrep", "-f", f"secure-port={plane.port}"]
                while subprocess.run(looking, check=False, capture_output=True).stdout:
                    time.sleep(0.01)
            return send(self, request)

        monkeypatch.setattr(HttpApiServer, "send", interrupted)
        live = Overrides(clusters=Clusters(_kubeconfig(plane, tmp_path)))
        report = check(git_repo, change(git_repo, base, base.replace("'1'", "'2'")), overrides=live)
    assert seen
    lost = [one for one in report.changes if one.outcome is Outcome.ERROR]
    assert lost, report.changes
    assert all("cannot be reached" in one.message for one in lost)
    assert report.verdict is Verdict.INCOMPLETE
    assert report.verdict.exit_code == 3


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda value: value["users"][0]["user"].update(token="wrong"), "does not know who asks (401)"),
        (lambda value: value["clusters"][0]["cluster"].update({"server": "https://127.0.0.1:1"}), "cannot be reached"),
    ],
)
def test_a_cluster_that_cannot_be_asked_leaves_all_unknown(
    git_repo: GitRepo, plane: ControlPlane, tmp_path: Path, edit: Any, said: str
) -> None:
    value = json.loads(plane.kubeconfig())
    edit(value)
    path = tmp_path / "edited"
    path.write_text(json.dumps(value), encoding="utf-8")
    base = config("settings", "default", a="1")
    start = change(git_repo, base, base.replace("'1'", "'2'"))
    report = check(git_repo, start, overrides=Overrides(clusters=Clusters(str(path))))
    assert of(report, "settings").outcome is Outcome.UNKNOWN
    assert said in of(report, "settings").message
    assert report.verdict is Verdict.INCOMPLETE


def test_a_certificate_of_somebody_else_is_not_trusted(git_repo: GitRepo, plane: ControlPlane, tmp_path: Path) -> None:
    value = json.loads(plane.kubeconfig())
    del value["clusters"][0]["cluster"]["certificate-authority-data"]
    path = tmp_path / "edited"
    path.write_text(json.dumps(value), encoding="utf-8")
    base = config("settings", "default", a="1")
    start = change(git_repo, base, base.replace("'1'", "'2'"))
    report = check(git_repo, start, overrides=Overrides(clusters=Clusters(str(path))))
    assert "is not trusted" in of(report, "settings").message
    assert report.verdict is Verdict.INCOMPLETE


def test_the_deadline_names_what_was_not_reached(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = namespace("late") + "".join(config(f"settings-{i}", "late", a="1") for i in range(6))
    deploy(server, base)
    send = HttpApiServer.send

    def slow(self: Any, request: Any) -> Any:
        if request.method == "PATCH":
            self._deadline = 0.0
        return send(self, request)

    monkeypatch.setattr(HttpApiServer, "send", slow)
    report = check(git_repo, change(git_repo, base, base.replace("'1'", "'2'")), overrides=live)
    assert {one.message for one in report.changes if one.outcome is Outcome.ERROR} == {
        "not reached before the time for the whole job was over"
    }
    assert report.verdict is Verdict.INCOMPLETE


def test_the_command_line(git_repo: GitRepo, plane: ControlPlane, server: HttpApiServer, tmp_path: Path) -> None:
    base = namespace("cli") + config("settings", "cli", a="1")
    deploy(server, base)
    start = change(git_repo, base, base.replace("'1'", "'2'"))
    authority = tmp_path / "ca.crt"
    authority.write_text(plane.authority, encoding="utf-8")
    argv = [sys.executable, "-m", "gitops_action", "diff", "--base", start, "--server", plane.url]
    argv += ["--certificate-authority", str(authority)]
    done = subprocess.run(
        argv,
        cwd=git_repo.path,
        env={**os.environ, "GITOPS_TOKEN": plane.token},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "update ConfigMap/cli/settings" in done.stdout
    assert plane.token not in done.stdout + done.stderr


def test_two_environments_need_to_be_told_apart(git_repo: GitRepo, plane: ControlPlane, tmp_path: Path) -> None:
    base = config("settings", "default", a="1")
    files = {"apps/staging/all.yaml": base, "apps/production/all.yaml": base}
    start = git_repo.commit(files)
    git_repo.commit({path: text.replace("'1'", "'2'") for path, text in files.items()})
    kubeconfig = _kubeconfig(plane, tmp_path)
    with pytest.raises(UsageError, match=r"--context staging=CONTEXT"):
        check(git_repo, start, overrides=Overrides(clusters=Clusters(kubeconfig)))
    both = clusters(kubeconfig, ["staging=embedded", "production=embedded"])
    report = check(git_repo, start, overrides=Overrides(clusters=both))
    assert {one.environment for one in report.changes} == {"staging", "production"}


def test_an_aggregated_server_that_is_down_hides_nothing_else(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    spec = {"group": "down.example.com", "version": "v1", "groupPriorityMinimum": 10, "versionPriority": 10}
    spec |= {"service": {"name": "nobody", "namespace": "default"}, "insecureSkipTLSVerify": True}
    metadata = {"name": "v1.down.example.com"}
    deploy(
        server,
        json.dumps(
            {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": metadata, "spec": spec}
        ),
    )
    for _ in range(500):
        if "down.example.com/v1" in server.discover().stale:
            break
    base = namespace("aggregated") + config("settings", "aggregated", a="1")
    deploy(server, base)
    thing = "apiVersion: down.example.com/v1\nkind: Thing\nmetadata: {name: thing, namespace: aggregated}\n---\n"
    report = check(git_repo, change(git_repo, base, base.replace("'1'", "'2'") + thing), overrides=live)
    assert of(report, "settings").outcome is Outcome.UPDATE
    assert of(report, "thing").outcome is Outcome.UNKNOWN
    assert "does not answer the cluster" in of(report, "thing").message
    assert report.verdict is Verdict.INCOMPLETE
    assert server.send(Request("DELETE", "/apis/apiregistration.k8s.io/v1/apiservices/v1.down.example.com")).ok


def test_a_namespace_that_is_going_and_an_object_that_is_too_large(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    base = namespace("going") + namespace("large") + config("settings", "large", a="1")
    deploy(server, base)
    # Nobody finalizes namespaces here, so that this one stays.
    done(server.send(Request("DELETE", "/api/v1/namespaces/going")))
    head = base + config("late", "going", a="1") + config("huge", "large", a="x" * 1_100_000)
    report = check(git_repo, change(git_repo, base, head.replace("a: '1'", "a: '2'", 1)), overrides=live)
    assert of(report, "settings").outcome is Outcome.UPDATE
    assert (of(report, "late").outcome, "being terminated" in of(report, "late").message) == (Outcome.ERROR, True)
    assert (of(report, "huge").outcome, "Too long" in of(report, "huge").message) == (Outcome.ERROR, True)
    assert len(of(report, "huge").message) < 1000


def test_a_token_that_runs_out_halfway(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = namespace("expired") + "".join(config(f"settings-{i}", "expired", a="1") for i in range(6))
    deploy(server, base)
    send, count = HttpApiServer.send, [0]

    def expiring(self: Any, request: Any) -> Any:
        if request.method == "PATCH":
            count[0] += 1
            if count[0] > 2:
                object.__setattr__(self._access, "authorization", lambda: "Bearer expired")
        return send(self, request)

    monkeypatch.setattr(HttpApiServer, "send", expiring)
    report = check(git_repo, change(git_repo, base, base.replace("'1'", "'2'")), overrides=live)
    outcomes = [one.outcome for one in report.changes if one.resource.kind == "ConfigMap"]
    assert {Outcome.UPDATE, Outcome.ERROR} == set(outcomes)
    assert all("Unauthorized" in one.message for one in report.changes if one.outcome is Outcome.ERROR)
    assert report.verdict is Verdict.INCOMPLETE


def test_a_plugin_that_is_absent_is_named(git_repo: GitRepo, plane: ControlPlane, tmp_path: Path) -> None:
    value = json.loads(plane.kubeconfig())
    value["users"][0]["user"] = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin"}}
    path = tmp_path / "edited"
    path.write_text(json.dumps(value), encoding="utf-8")
    base = config("settings", "default", a="1")
    report = check(git_repo, change(git_repo, base, base + base), overrides=Overrides(clusters=Clusters(str(path))))
    assert {one.outcome for one in report.changes} == {Outcome.UNKNOWN}
    assert "needs the credential plugin no-such-plugin: it is not installed" in report.changes[0].message
    assert report.verdict.exit_code == 3


def test_members_of_an_apply_set_that_nothing_renders_are_deleted(
    git_repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    label = "applyset.kubernetes.io/part-of: applyset-abc-v1"
    base = namespace("sets") + "".join(
        config(name, "sets", a="1").replace("namespace: sets}", f"namespace: sets, labels: {{{label}}}}}")
        for name in ("kept", "hidden")
    )
    deploy(server, base)
    deploy(server, config("strange", "sets", a="1"))
    in_git = namespace("sets") + config("kept", "sets", a="1")
    report = check(git_repo, change(git_repo, in_git, in_git.replace("a: '1'", "a: '2'")), overrides=live)
    assert {one.resource.name: one.outcome for one in report.changes} == {
        "sets": Outcome.UNCHANGED,
        "kept": Outcome.UPDATE,
        "hidden": Outcome.DELETE,
    }
