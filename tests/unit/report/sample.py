"""A report as a check of a small repository would give it, made by hand."""

from __future__ import annotations

from typing import Any

from gitops_action.model import (
    Change,
    Coverage,
    EngineCoverage,
    FieldChange,
    Finding,
    Outcome,
    Report,
    ResourceId,
    Severity,
    Timing,
    Verdict,
)

DEPLOYMENT = ResourceId("apps/v1", "Deployment", "web", "podinfo")
ENVIRONMENTS = ("staging", "production")


def finding(environment: str = "", severity: Severity = Severity.ERROR, **more: Any) -> Finding:
    values: dict[str, Any] = {
        "code": "unknown-field",
        "message": "`spec.replcas` is not a field of Deployment; did you mean `replicas`?",
        "file": "apps/base/podinfo/deployment.yaml",
        "line": 7,
        "column": 3,
        "resource": DEPLOYMENT,
        "target": f"apps/{environment}",
        "engine": "schema",
        **more,
    }
    return Finding(severity=severity, environment=environment, **values)


def change(outcome: Outcome, resource: ResourceId, environment: str = "staging", **more: Any) -> Change:
    values: dict[str, Any] = {"target": f"apps/{environment}", "file": "apps/base/podinfo/deployment.yaml", **more}
    return Change(environment, outcome, resource, **values)


def update(environment: str, before: int, after: int) -> Change:
    diff = (
        "--- base\n+++ head\n@@ -5,4 +5,4 @@\n   namespace: web\n spec:\n"
        f"-  replicas: {before}\n+  replicas: {after}\n   template:\n"
    )
    fields = (FieldChange("spec.replicas", before, after),)
    return change(Outcome.UPDATE, DEPLOYMENT, environment, diff=diff, fields=fields)


SECRET_DIFF = (
    "--- base\n+++ head\n@@ -4,4 +4,4 @@\n   name: db\n data:\n"
    '-  password: "<redacted, old value>"\n+  password: "<redacted, new value>"\n'
)


def sample() -> Report:
    secret = ResourceId("v1", "Secret", "web", "db")
    volume = ResourceId("v1", "PersistentVolumeClaim", "web", "data")
    hostile = ResourceId("v1", "ConfigMap", "web", "notes")
    password = FieldChange("data.password", "<redacted, old value>", "<redacted, new value>", redacted=True)
    return Report(
        command="check",
        verdict=Verdict.FAILED,
        findings=(
            *(finding(environment) for environment in ENVIRONMENTS),
            finding("staging", code="build-failed", line=3, column=None, resource=None, engine="",
                    file="apps/broken/kustomization.yaml", message="`missing.yaml` does not exist; ask @octocat, see #1"),
            finding("", Severity.WARNING, code="schema-missing", file="apps/w|dget.yaml", line=1, column=1,
                    message="no schema for Widget of example.com/v1", target=""),
        ),
        changes=(
            update("staging", 1, 2),
            update("production", 3, 6),
            *(change(Outcome.UPDATE, secret, name, diff=SECRET_DIFF, fields=(password,)) for name in ENVIRONMENTS),
            change(Outcome.DELETE, volume, "production", diff="--- base\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-kind: PersistentVolumeClaim\n"),
            change(Outcome.CREATE, hostile, diff="--- /dev/null\n+++ head\n@@ -0,0 +1,2 @@\n+data:\n+  a: |\n+    ````\n+    </details> @octocat\n"),
            change(Outcome.UNCHANGED, ResourceId("v1", "Service", "web", "podinfo")),
            *(change(Outcome.UNKNOWN, ResourceId("v1", "ConfigMap", "web", f"lost-{number}"), target="apps/broken",
                     message="`apps/broken` was not rendered at head") for number in range(5)),
        ),
        coverage=Coverage(37, {"manifest": 20, "kustomization": 5}, 43, 3, 1, (EngineCoverage("schema", 43, 41),)),
        timings=(Timing("render", 1.25), Timing("validate", 0.5)),
        base="a" * 40,
        head="b" * 40,
        environments=ENVIRONMENTS,
    )  # fmt: skip


def minimal(command: str = "check", verdict: Verdict = Verdict.PASSED, **more: Any) -> Report:
    return Report(command, verdict, **{"base": "a" * 40, **more})
