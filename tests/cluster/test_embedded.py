"""A change judged by an API server of its own: files in a real repository, a real server, and what the report says."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.planes import Planes
from gitops_action.config import Engine
from gitops_action.model import Outcome, Report, Severity, Verdict
from gitops_action.pipeline.settings import Overrides
from gitops_action.report import render
from tests.cluster.servers import names
from tests.gitrepo import GitRepo, init
from tests.support import tool
from tests.unit.pipeline.jobs import check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("embedded")]

FILE = "apps/production/all.yaml"
SERVER = Overrides(engines=(Engine.SCHEMA, Engine.APISERVER))
ALONE = Overrides(engines=(Engine.APISERVER,))
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: nginx}
---
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: {size: {type: integer, default: 3}, color: {type: string}}
            x-kubernetes-validations:
            - {rule: "self.color == oldSelf.color", message: the color is for ever}
---
"""
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: shop}\nspec: {color: red}\n---\n"


@pytest.fixture(autouse=True)
def _programs() -> None:
    tool("etcd")
    tool("kube-apiserver")


@pytest.fixture
def git_repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


def changed(repo: GitRepo, base: str, head: str, overrides: Overrides = SERVER) -> Report:
    start = repo.commit({FILE: base})
    repo.commit({FILE: head})
    return check(repo, start, overrides=overrides)


def said(report: Report) -> set[tuple[str, int | None]]:
    return {(one.code, one.line) for one in report.findings if one.severity is not Severity.INFO}


def test_an_update_is_judged_as_an_update(git_repo: GitRepo) -> None:
    head = DEPLOYMENT.replace("app: web", "app: other") + CRD + WIDGET.replace("red", "blue")
    report = changed(git_repo, DEPLOYMENT + CRD + WIDGET, head)
    by_name = {one.resource.name: one for one in report.changes}
    assert by_name["web"].outcome is Outcome.REPLACE
    assert by_name["web"].message == "the apply will fail: `spec.selector` is immutable; it needs to be replaced"
    assert ("immutable-field", 5) in said(report)
    assert any("the color is for ever" in one.message for one in report.findings)
    assert report.verdict is Verdict.FAILED


def test_what_the_server_would_write_itself_is_no_change(git_repo: GitRepo) -> None:
    head = DEPLOYMENT.replace("spec:\n  selector", "spec:\n  replicas: 1\n  selector") + CRD
    head += WIDGET.replace("color: red", "color: red, size: 3")
    report = changed(git_repo, DEPLOYMENT + CRD + WIDGET, head)
    assert {one.resource.name: one.outcome for one in report.changes} == {
        "web": Outcome.UNCHANGED,
        "w": Outcome.UNCHANGED,
        "widgets.example.com": Outcome.UNCHANGED,
    }
    assert "the same to the server" in next(one.message for one in report.changes if one.resource.name == "w")


def test_a_base_that_is_wrong_itself_hides_nothing(git_repo: GitRepo) -> None:
    bad = DEPLOYMENT.replace("image: nginx", "image: nginx, imagePullPolicy: Sometimes")
    report = changed(git_repo, bad, DEPLOYMENT)
    assert said(report) == set()
    report = changed(git_repo, DEPLOYMENT, bad, ALONE)
    assert said(report) == {("invalid-enum", 10)}


def test_what_arrives_together_is_judged_together(git_repo: GitRepo) -> None:
    space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n---\n"
    widget = WIDGET.replace("namespace: shop", "namespace: fresh").replace("color: red", "color: 7")
    report = changed(git_repo, DEPLOYMENT, DEPLOYMENT + space + CRD + widget, ALONE)
    (finding,) = [one for one in report.findings if one.severity is Severity.ERROR]
    assert (finding.code, finding.resource and finding.resource.kind) == ("wrong-type", "Widget")
    assert finding.line == len((DEPLOYMENT + space + CRD).splitlines()) + 4


POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  validations:
  - {expression: "object.spec.replicas <= 5", message: "too many replicas"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few}
spec: {policyName: few, validationActions: [Deny]}
---
"""


@pytest.mark.parametrize("arrives", [True, False], ids=["of the change", "of the base"])
def test_admission_policies_are_in_force(git_repo: GitRepo, *, arrives: bool) -> None:
    many = DEPLOYMENT.replace("spec:\n  selector", "spec:\n  replicas: 9\n  selector", 1)
    report = changed(git_repo, DEPLOYMENT + ("" if arrives else POLICY), many + POLICY)
    (finding,) = [one for one in report.findings if one.code == "admission-denied"]
    assert "too many replicas" in finding.message


def test_namespaces_priorities_and_limits_count(git_repo: GitRepo) -> None:
    head = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: urgent}
value: 1000
---
apiVersion: v1
kind: LimitRange
metadata: {name: small, namespace: shop}
spec: {limits: [{type: Container, max: {cpu: "1"}}]}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: all, namespace: shop}
spec: {hard: {pods: "5"}}
---
apiVersion: v1
kind: Pod
metadata: {name: good, namespace: shop}
spec: {priorityClassName: urgent, containers: [{name: a, image: b}]}
---
apiVersion: v1
kind: Pod
metadata: {name: large, namespace: shop}
spec: {containers: [{name: a, image: b, resources: {limits: {cpu: "2"}}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: host, namespace: shop}
spec: {hostNetwork: true, containers: [{name: a, image: b}]}
"""
    report = changed(git_repo, DEPLOYMENT, head, ALONE)
    denied = {
        one.resource.name: one.message for one in report.findings if one.resource and one.code == "admission-denied"
    }
    assert denied.keys() == {"large", "host"}
    assert "maximum cpu usage per Container is 1" in denied["large"]
    assert "violates PodSecurity" in denied["host"]


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server that nobody should call."""
    called: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            called.append(self.path)
            self.send_error(500)

        do_GET = do_POST  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, called
        server.shutdown()


def test_nothing_of_a_pull_request_is_ever_called(
    git_repo: GitRepo, listener: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, called = listener
    url = f"https://127.0.0.1:{port}/hook"
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    hook = {
        "name": "hook.example.com",
        "clientConfig": {"url": url},
        "rules": [rule],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Fail",
    }
    group = "admissionregistration.k8s.io/v1"
    listed = [
        {
            "apiVersion": group,
            "kind": f"{kind}WebhookConfiguration",
            "metadata": {"name": kind.lower()},
            "webhooks": [hook],
        }
        for kind in ("Mutating", "Validating")
    ]
    service = {"group": "late.example.com", "version": "v1", "groupPriorityMinimum": 10, "versionPriority": 10}
    service |= {"service": {"name": "a", "namespace": "b", "port": port}, "insecureSkipTLSVerify": True}
    listed.append({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
                   "metadata": {"name": "v1.late.example.com"}, "spec": service})  # fmt: skip
    conversion = {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": url}}}
    text = CRD.replace("  scope: Namespaced\n", f"  scope: Namespaced\n  conversion: {json.dumps(conversion)}\n")
    head = "---\n".join(json.dumps(one) + "\n" for one in listed) + "---\n" + text + WIDGET
    seen: dict[str, set[str]] = {}
    take = Planes.take

    def looked(self: Planes) -> object:
        from contextlib import contextmanager  # noqa: PLC0415 - next to its use

        from gitops_action.cluster.answers import Request  # noqa: PLC0415

        @contextmanager
        def inside() -> Iterator[object]:
            with take(self) as server:
                yield server
                for path in (
                    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
                    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
                    "/apis/apiregistration.k8s.io/v1/apiservices",
                ):
                    seen[path] = names(server.send(Request("GET", path)).body["items"])
                crd = server.send(
                    Request("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com")
                ).body
                seen["conversion"] = {crd["spec"]["conversion"]["strategy"]}

        return inside()

    monkeypatch.setattr(Planes, "take", looked)
    report = changed(git_repo, DEPLOYMENT, DEPLOYMENT + head, ALONE)
    assert said(report) == set()
    assert called == []
    assert seen["conversion"] == {"None"}
    assert not any(
        name in {"mutating", "validating", "v1.late.example.com"} for listed in seen.values() for name in listed
    )


def test_secrets_are_never_shown(git_repo: GitRepo) -> None:
    canary = "Y2FuYXJ5LTdmM2E5MWJj"
    head = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: pull}\ntype: kubernetes.io/dockerconfigjson\n"
        f"data: {{.dockerconfigjson: {canary}}}\n---\n"
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: tls}}\ntype: kubernetes.io/tls\nstringData: {{tls.crt: {canary}}}\n"
    )
    report = changed(git_repo, DEPLOYMENT, DEPLOYMENT + head, ALONE)
    assert {one.resource.name for one in report.findings if one.resource} == {"pull", "tls"}
    for output in ("text", "json", "markdown"):
        text = render(report, output, colour=False)
        assert canary not in text
        assert "canary-7f3a91bc" not in text


def test_typed_secrets_are_compared_as_they_are_and_shown_hidden(git_repo: GitRepo) -> None:
    def secrets(canary: str) -> str:
        auth = json.dumps({"auths": {"registry.example": {"username": "u", "password": canary}}})
        return (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: pull}\ntype: kubernetes.io/dockerconfigjson\n"
            f"stringData: {{.dockerconfigjson: '{auth}'}}\n---\n"
            f"apiVersion: v1\nkind: Secret\nmetadata: {{name: tls}}\ntype: kubernetes.io/tls\n"
            f"stringData: {{tls.crt: same-certificate, tls.key: {canary}}}\n---\n"
        )

    report = changed(git_repo, secrets("canary-before-7f3a"), secrets("canary-after-91bc"), ALONE)
    assert report.verdict is Verdict.PASSED
    assert {one.resource.name: [field.path for field in one.fields] for one in report.changes} == {
        "pull": ['data[".dockerconfigjson"]'],
        "tls": ['data["tls.key"]'],
    }
    for output in ("text", "json", "markdown"):
        assert "canary" not in render(report, output, colour=False)


def test_what_nobody_knows_is_said_to_be_unchecked(git_repo: GitRepo) -> None:
    head = "apiVersion: unheard.of/v1\nkind: Thing\nmetadata: {name: a}\n---\n"
    head += "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: a, namespace: b}\n"
    head += "spec: {interval: 1m, url: 'ftp://example.com/a'}\n"
    report = changed(git_repo, DEPLOYMENT, DEPLOYMENT + head, ALONE)
    assert {(one.code, one.resource and one.resource.kind) for one in report.findings} == {
        ("schema-missing", "Thing"),
        ("invalid-format", "GitRepository"),
    }
    (engine,) = report.coverage.engines
    assert (engine.engine, engine.found, engine.checked) == ("apiserver", 2, 1)


def test_what_only_server_side_apply_refuses_is_a_warning(git_repo: GitRepo) -> None:
    twice = DEPLOYMENT.replace("image: nginx}", "image: nginx, ports: [{containerPort: 80}, {containerPort: 80}]}")
    report = changed(git_repo, "", twice, ALONE)
    assert said(report) == {("apply-conflict", 10)}
    assert report.verdict is Verdict.PASSED


def test_environments_do_not_see_each_other(git_repo: GitRepo) -> None:
    start = git_repo.commit({"README.md": "a"})
    git_repo.commit({"apps/staging/crd.yaml": CRD + WIDGET, "apps/production/widget.yaml": POLICY + DEPLOYMENT})
    report = check(git_repo, start, overrides=ALONE)
    assert said(report) == set()
    (engine,) = report.coverage.engines
    assert (engine.found, engine.checked) == (5, 5)


def test_names_of_the_server_and_lists(git_repo: GitRepo) -> None:
    head = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: once-}\nspec:\n  template:\n    spec:\n"
    head += "      restartPolicy: Sometimes\n      containers: [{name: a, image: b}]\n"
    report = changed(git_repo, DEPLOYMENT, DEPLOYMENT + head, ALONE)
    assert {code for code, _ in said(report)} == {"invalid-enum"}


def test_without_its_programs(git_repo: GitRepo, tmp_path: Path) -> None:
    start = git_repo.commit({FILE: DEPLOYMENT})
    git_repo.commit({FILE: DEPLOYMENT.replace("nginx", "nginx:2")})
    (tmp_path / "bin").mkdir()
    git = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S607
    (tmp_path / "bin" / "git").symlink_to(git)
    argv = [sys.executable, "-m", "gitops_action", "check", "--base", start, "--engine", "apiserver"]
    env = {**os.environ, "PATH": str(tmp_path / "bin"), "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    env.pop("KUBEBUILDER_ASSETS", None)
    done = subprocess.run(argv, cwd=git_repo.path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stdout
    assert "KUBEBUILDER_ASSETS" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_is_asked_by_itself_where_its_folder_is_named(git_repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tool("kube-apiserver").parent))
    start = git_repo.commit({FILE: DEPLOYMENT})
    git_repo.commit({FILE: DEPLOYMENT.replace("nginx", "nginx:2")})
    report = check(git_repo, start)
    assert {one.engine for one in report.coverage.engines} == {"schema", "apiserver"}
    git_repo.commit({".gitops.yaml": "version: 1\nengines: [schema]\n"})
    # A pull request cannot switch it off for itself.
    report = check(git_repo, start)
    assert {one.engine for one in report.coverage.engines} == {"schema", "apiserver"}
    report = check(git_repo, "HEAD", everything=True)
    assert {one.engine for one in report.coverage.engines} == {"schema"}
