"""Releases of charts previewed in a live cluster, against what the real Helm makes of them there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.control_plane import ControlPlane
from gitops_action.diff.fields import field_changes
from gitops_action.diff.normalise import normalise
from gitops_action.model import Outcome, Report, Verdict
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.settings import Overrides
from gitops_action.report import render
from tests.charts import below
from tests.cluster.servers import client, deploy, get, patch
from tests.gitrepo import GitRepo, init
from tests.support import tool
from tests.unit.pipeline.jobs import check
from tests.unit.pipeline.releasing import release, use_own_cache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.adapters.api_server import HttpApiServer
    from gitops_action.model import Change

pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("clusters")]

# As Flux labels all objects of a release.
LABELS = """labels: {helm.toolkit.fluxcd.io/name: web, helm.toolkit.fluxcd.io/namespace: {{ .Release.Namespace }}}"""
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "values.yaml": "image: nginx:1\nsidecar: true\ndebug: true\nreplicas: 3\npassword: none\n",
    "templates/deployment.yaml": f"""\
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          {LABELS}
          {{{{- if .Values.debug }}}}
          annotations: {{debug: "yes"}}
          {{{{- end }}}}
        spec:
          {{{{- if .Values.replicas }}}}
          replicas: {{{{ .Values.replicas }}}}
          {{{{- end }}}}
          selector: {{matchLabels: {{app: web}}}}
          template:
            metadata: {{labels: {{app: web}}}}
            spec:
              containers:
                - name: web
                  image: {{{{ .Values.image }}}}
                  args: [a, {{{{ if .Values.debug }}}}--debug, {{{{ end }}}}b]
                  env:
                    - {{name: GREETING, value: {{{{ .Values.password }}}}}}
                    {{{{- if .Values.debug }}}}
                    - {{name: DEBUG, value: "1"}}
                    {{{{- end }}}}
                {{{{- if .Values.sidecar }}}}
                - {{name: sidecar, image: "busybox:1"}}
                {{{{- end }}}}
    """,
    "templates/settings.yaml": f"""\
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: settings, {LABELS}}}
        data:
          image: {{{{ .Values.image }}}}
          greeting: Hello {{{{ .Values.password }}}}
          {{{{- if .Values.debug }}}}
          debug: "1"
          {{{{- end }}}}
    """,
}
FILES = {name: dedent(text) for name, text in CHART.items()}
KIND = {"group": "helm.toolkit.fluxcd.io", "names": {"kind": "HelmRelease", "plural": "helmreleases"}}
SCHEMA = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "helmreleases.helm.toolkit.fluxcd.io"},
    "spec": {
        **KIND,
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v2",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": SCHEMA},
                "subresources": {"status": {}},
            }
        ],
    },
}


@pytest.fixture
def server(plane: ControlPlane) -> Iterator[HttpApiServer]:
    with client(plane) as connected:
        if not connected.discover().find("helm.toolkit.fluxcd.io/v2", "HelmRelease"):
            deploy(connected, json.dumps(DEFINITION))
            while not connected.discover().find("helm.toolkit.fluxcd.io/v2", "HelmRelease"):
                pass
        yield connected


@pytest.fixture
def live(plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Overrides:
    use_own_cache(tmp_path, monkeypatch)
    path = tmp_path / "kubeconfig"
    path.write_text(plane.kubeconfig("admin"), encoding="utf-8")
    return Overrides(clusters=Clusters(str(path)))


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


class Helm:
    """The real Helm, which patches, as version 3 does."""

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        self._folder, self._kubeconfig = folder, kubeconfig
        self._program = tool("helm")

    def install(self, space: str, values: Mapping[str, Any], files: Mapping[str, str] = FILES) -> None:
        chart = self._folder / "charts" / "web"
        for path, text in files.items():
            (chart / path).parent.mkdir(parents=True, exist_ok=True)
            (chart / path).write_text(text)
        (self._folder / "values.json").write_text(json.dumps(values))
        command: list[str | Path] = [
            self._program,
            "upgrade",
            "--install",
            "web",
            chart,
            "--namespace",
            space,
            "--create-namespace",
        ]
        command += ["--values", self._folder / "values.json", "--kubeconfig", self._kubeconfig]
        subprocess.run(
            command, check=True, capture_output=True, env={"PATH": os.environ["PATH"], "HOME": str(self._folder)}
        )


@pytest.fixture
def helm(tmp_path: Path, live: Overrides) -> Helm:
    (tmp_path / "helm").mkdir()
    return Helm(tmp_path / "helm", Path(live.clusters.kubeconfig))


def committed(repo: GitRepo, space: str, values: Mapping[str, Any], spec: str = "", **files: str) -> str:
    text = release(spec=spec, **values).replace("namespace: shop", f"namespace: {space}")
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}}}\n"
    return repo.commit(
        {**below("charts/web", FILES), "production/web.yaml": text, "production/n.yaml": namespace, **files}
    )


def of(report: Report, kind: str) -> Change:
    (found,) = [one for one in report.changes if one.resource.kind == kind]
    return found


def paths(changes: Any) -> set[str]:
    return {one.path for one in changes}


def release_applied(server: HttpApiServer, repo: GitRepo) -> None:
    for file in ("n", "web"):
        deploy(server, (repo.path / f"production/{file}.yaml").read_text())


def test_the_preview_is_what_helm_makes_of_it(
    repo: GitRepo, server: HttpApiServer, live: Overrides, helm: Helm
) -> None:
    base: dict[str, Any] = {"image": "nginx:1"}
    head = {"image": "nginx:2", "debug": False, "sidecar": False, "replicas": None}
    start = committed(repo, "patched", base)
    release_applied(server, repo)
    helm.install("patched", base)
    committed(repo, "patched", head)
    report = check(repo, start, overrides=live)
    where = {
        "Deployment": "/apis/apps/v1/namespaces/patched/deployments/web",
        "ConfigMap": "/api/v1/namespaces/patched/configmaps/settings",
    }
    before = {kind: get(server, path) for kind, path in where.items()}
    helm.install("patched", head)
    for kind, path in where.items():
        change = of(report, kind)
        actual = field_changes(normalise(before[kind]), normalise(get(server, path)))
        assert [(one.path, one.before, one.after) for one in change.fields] == [
            (one.path, one.before, one.after) for one in actual
        ]
        assert (change.outcome, change.claims, change.leftovers, change.drift) == (Outcome.UPDATE, (), (), ())
    assert "spec.replicas" in paths(of(report, "Deployment").fields)
    assert "data.debug" in paths(of(report, "ConfigMap").fields)
    # And so nothing is left to do.
    repo.commit({"production/other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: o, namespace: patched}\n"})
    deploy(server, (repo.path / "production/web.yaml").read_text())
    after = check(repo, "HEAD~1", everything=True, overrides=live)
    assert {one.resource.name: one.outcome for one in after.changes if one.outcome is not Outcome.UNCHANGED} == {
        "o": Outcome.CREATE
    }
    assert all(one.drift == () for one in after.changes)


def test_a_release_that_is_applied_by_the_server_has_no_drift_but_what_people_did(
    repo: GitRepo, server: HttpApiServer, live: Overrides
) -> None:
    start = committed(repo, "applied", {})
    release_applied(server, repo)
    objects = """\
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings
          namespace: applied
          labels: {helm.toolkit.fluxcd.io/name: web, helm.toolkit.fluxcd.io/namespace: applied, app.kubernetes.io/managed-by: Helm}
          annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: applied}
        data: {image: nginx:1, greeting: Hello none, debug: "1"}
    """
    deploy(server, dedent(objects), manager="helm-controller")
    settings = "/api/v1/namespaces/applied/configmaps/settings"
    patch(server, settings, {"data": {"image": "by-hand"}})
    committed(repo, "applied", {"debug": False})
    change = of(check(repo, start, overrides=live), "ConfigMap")
    assert [(one.path, one.before, one.present_after) for one in change.fields] == [("data.debug", "1", False)]
    assert [(one.path, one.before, one.after) for one in change.drift] == [("data.image", "by-hand", "nginx:1")]
    # A field that it owns in the older way, too, is not somebody else's.
    patch(server, settings, {"data": {"image": "nginx:1"}}, manager="helm-controller")
    committed(repo, "applied", {"image": "nginx:3"})
    change = of(check(repo, start, overrides=live), "ConfigMap")
    assert (change.outcome, change.claims) == (Outcome.UPDATE, ())
    assert [(one.path, one.before, one.after) for one in change.fields] == [("data.image", "nginx:1", "nginx:3")]


def test_what_a_secret_gives_is_neither_drift_nor_shown(
    repo: GitRepo, server: HttpApiServer, live: Overrides, helm: Helm
) -> None:
    canary = "canary-of-the-cluster-6e1f"
    spec = "valuesFrom: [{kind: Secret, name: elsewhere, valuesKey: password, targetPath: password}]"
    start = committed(repo, "hiding", {}, spec)
    release_applied(server, repo)
    helm.install("hiding", {"password": canary})
    committed(repo, "hiding", {"image": "nginx:2"}, spec)
    report = check(repo, start, overrides=live)
    deployment, settings = of(report, "Deployment"), of(report, "ConfigMap")
    assert paths(deployment.fields) == {"spec.template.spec.containers[name=web].image"}
    assert paths(settings.fields) == {"data.image"}
    assert (deployment.drift, settings.drift) == ((), ())
    for output in ("text", "json", "markdown"):
        assert canary not in render(report, output, colour=False), output
    # Not even where somebody else has put an item before it.
    where = "/apis/apps/v1/namespaces/hiding/deployments/web"
    there = get(server, where)
    injected = [{"name": "injected", "image": "proxy:1"}, *there["spec"]["template"]["spec"]["containers"]]
    patch(server, where, {"spec": {"template": {"spec": {"containers": injected}}}})
    report = check(repo, start, overrides=live)
    assert paths(of(report, "Deployment").fields) == {"spec.template.spec.containers[name=web].image"}
    for output in ("text", "json", "markdown"):
        assert canary not in render(report, output, colour=False), output


def test_what_only_the_inventory_of_a_release_has_is_deleted(
    repo: GitRepo, server: HttpApiServer, live: Overrides, helm: Helm
) -> None:
    start = committed(repo, "inventory", {})
    release_applied(server, repo)
    helm.install("inventory", {})
    names = ("settings", "forgotten")
    entries = [{"id": f"inventory_{name}__ConfigMap", "v": "v1"} for name in names]
    entries.append({"id": "_widgets.example.com_apiextensions.k8s.io_CustomResourceDefinition", "v": "v1"})
    status = {"status": {"inventory": {"entries": entries}}}
    path = "/apis/helm.toolkit.fluxcd.io/v2/namespaces/inventory/helmreleases/web"
    patch(server, f"{path}/status", status)
    committed(repo, "inventory", {"image": "nginx:2"})
    report = check(repo, start, overrides=live)
    # Helm does not take the plain definitions of a chart away.
    assert {one.resource.name for one in report.changes if one.outcome is Outcome.DELETE} == {"forgotten"}
    # What does not render may hold it still.
    repo.commit({"charts/web/templates/settings.yaml": '{{ fail "no" }}'})
    report = check(repo, start, overrides=live)
    outcomes = {one.resource.name: one.outcome for one in report.changes}
    assert (outcomes["forgotten"], outcomes["settings"]) == (Outcome.UNKNOWN, Outcome.UNKNOWN)
    assert report.verdict is not Verdict.PASSED


def test_what_helm_keeps_is_not_deleted(repo: GitRepo, server: HttpApiServer, live: Overrides, helm: Helm) -> None:
    kept = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}\n"
    files = {**FILES, "templates/kept.yaml": kept}
    start = repo.commit({**below("charts/web", files), "production/web.yaml": release().replace("shop", "keeping")})
    deploy(server, "apiVersion: v1\nkind: Namespace\nmetadata: {name: keeping}\n")
    deploy(server, (repo.path / "production/web.yaml").read_text())
    helm.install("keeping", {}, files)
    repo.commit({"charts/web/templates/kept.yaml": None, "charts/web/templates/settings.yaml": None})
    report = check(repo, start, overrides=live)
    outcomes = {one.resource.name: one.outcome for one in report.changes if one.resource.kind == "ConfigMap"}
    assert outcomes == {"kept": Outcome.UNCHANGED, "settings": Outcome.DELETE}
    (change,) = [one for one in report.changes if one.resource.name == "kept"]
    assert "stays" in change.message
