"""Makes manifests of YAML text, as the pipeline does, so that findings have real positions."""

from __future__ import annotations

from textwrap import dedent

from gitops_action.model import Finding, Manifest
from gitops_action.repository.documents import flatten, load


def manifests(text: str, file: str = "app.yaml") -> list[Manifest]:
    """Load every object of `text`; what the loader finds wrong fails the test."""
    found, findings = loaded(dedent(text).encode(), file)
    assert not findings
    return found


def loaded(data: bytes, file: str) -> tuple[list[Manifest], list[Finding]]:
    """Load a file's objects, and what the loader finds wrong with it."""
    found: list[Manifest] = []
    findings: list[Finding] = []
    for document in load(data, file):
        for item in [document] if isinstance(document, Finding) else flatten(document):
            if isinstance(item, Finding):
                findings.append(item)
            elif isinstance(item.value, dict):
                found.append(Manifest(item.value, item))
    return found, findings
