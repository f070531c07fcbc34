"""Jobs on real Git repositories, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline import check as checking
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides

if TYPE_CHECKING:
    from gitops_action.model import Report
    from tests.gitrepo import GitRepo


def check(
    repo: GitRepo, base: str = "", head: str = "HEAD", *, everything: bool = False, overrides: Overrides | None = None
) -> Report:
    revisions = Revisions(head, base, everything=everything)
    return checking.check(repo.path, revisions, overrides or Overrides(), SilentProgress())


def codes(report: Report) -> set[tuple[str, str]]:
    """Return code and file of each finding."""
    return {(finding.code, finding.file) for finding in report.findings}


def changed(report: Report) -> set[tuple[str, str, str]]:
    """Return environment, outcome and name of what does not stay as it is."""
    return {
        (change.environment, change.outcome.value, change.resource.name)
        for change in report.changes
        if change.outcome.value != "unchanged"
    }


def config_map(name: str, value: str = '"1"', **metadata: str) -> str:
    more = "".join(f"  {key}: {text}\n" for key, text in metadata.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{more}data:\n  key: {value}\n"
