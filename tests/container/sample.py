"""A small configuration repository: one application in two environments, and a workflow that checks it."""

from __future__ import annotations

BASE = "apps/web/base/deployment.yaml"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: ghcr.io/octo/web:1.0.0
"""
WORKFLOW = """\
name: Check
on: [pull_request, merge_group, push, workflow_dispatch]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - id: check
        uses: gitops-action/gitops-action@v0
        with:
          github-token: TOKEN
          output-file: checked.json
      - if: always()
        env:
          RESULT: ${{ steps.check.outputs.result }}
          HAS_CHANGES: ${{ steps.check.outputs.has-changes }}
          CHANGES: ${{ steps.check.outputs.changes-count }}
          REPORT: ${{ steps.check.outputs.report-path }}
          URL: ${{ steps.check.outputs.comment-url }}
        run: |
          echo "result: $RESULT"
          echo "has-changes: $HAS_CHANGES"
          echo "changes-count: $CHANGES"
          echo "comment-url: $URL"
          echo "report-path: $REPORT"
          echo "report: $(tr -d '\\n' < "$REPORT")"
"""


def _overlay(namespace: str, replicas: int) -> str:
    return f"""\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {namespace}
resources:
  - ../base
patches:
  - target:
      kind: Deployment
    patch: |
      - op: replace
        path: /spec/replicas
        value: {replicas}
"""


FILES = {
    BASE: DEPLOYMENT,
    "apps/web/base/kustomization.yaml": (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [deployment.yaml]\n"
    ),
    "apps/web/staging/kustomization.yaml": _overlay("web-staging", 2),
    "apps/web/production/kustomization.yaml": _overlay("web-production", 5),
}


def workflow(token: str) -> dict[str, str]:
    """Return the workflow's file; the token stands in it as GitHub would put it there."""
    return {".github/workflows/check.yml": WORKFLOW.replace("TOKEN", token)}


def line_of(text: str, part: str) -> int:
    """Return the number of the line that has `part`."""
    (number,) = [number for number, line in enumerate(text.splitlines(), 1) if part in line]
    return number
