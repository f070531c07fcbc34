"""Suppressions from a repository to its report: which files are read, whose policy counts, what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Config
from gitops_action.model import Coverage, Finding, Location, Report, Severity, Verdict
from gitops_action.pipeline.check import check, diff
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.verdict import Outcomes, report
from gitops_action.report.json_report import as_json
from gitops_action.report.text import render
from tests.gitrepo import GitRepo, init
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from pathlib import Path

IGNORED = "  # gitops-action: ignore wrong-type -- the controller reads a number\n"


def config_map(name: str, data: str = "key: '1'\n") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  {data}"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


def checked(repo: GitRepo, base: str = "", *, everything: bool = False) -> Report:
    return check(repo.path, Revisions("HEAD", base, everything=everything), Overrides(), SilentProgress())


def said(found: Report) -> list[tuple[str, Location]]:
    return [(finding.code, finding.location) for finding in found.findings]


@pytest.mark.parametrize("comment", [IGNORED, "\n"])
def test_a_comment_beside_a_value(repo: GitRepo, comment: str) -> None:
    repo.commit({"a.yaml": config_map("a", f"key: 1{comment}")})
    found = checked(repo, everything=True)
    if comment == IGNORED:
        assert found.findings == []
        assert found.verdict is Verdict.PASSED
        assert (found.coverage.suppressed, found.coverage.suppressed_inline) == (1, 1)
        assert "1 finding suppressed, 1 of them by comments in files" in render(found)
        coverage = as_json(found)["coverage"]
        assert (coverage["suppressed"], coverage["suppressedByComments"]) == (1, 1)
    else:
        assert said(found) == [("wrong-type", Location("a.yaml", 6, 8))]
        assert (found.coverage.suppressed, found.coverage.suppressed_inline) == (0, 0)


def test_a_comment_in_the_file_that_an_overlay_takes_the_value_from(repo: GitRepo) -> None:
    overlay = "resources: [../../base]\nnameSuffix: -{}\n"
    repo.commit(
        {
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": config_map("a", f"key: 1{IGNORED}"),
            "clusters/staging/kustomization.yaml": overlay.format("s"),
            "clusters/production/kustomization.yaml": overlay.format("p"),
        }
    )
    found = checked(repo, everything=True)
    assert found.findings == []
    assert found.coverage.suppressed_inline == 2


def test_the_policy_is_the_bases(repo: GitRepo) -> None:
    """A pull request cannot allow itself what its base keeps from comments, nor what no comment can reach."""
    base = repo.commit({".gitops.yaml": "version: 1\ninlineSuppressions: {never: [wrong-type]}\n"})
    repo.commit(
        {
            ".gitops.yaml": "version: 1\n",
            "a.yaml": config_map("a", f"key: 1{IGNORED}"),
            "b.yaml": "# gitops-action: ignore yaml-syntax -- trust me\na: [\n",
        }
    )
    found = checked(repo, base)
    assert found.verdict is Verdict.FAILED
    assert {code for code, _ in said(found)} == {
        *("wrong-type", "suppression-refused", "yaml-syntax", "config-change-not-in-force")
    }
    assert [place.file for code, place in said(found) if code == "suppression-refused"] == ["a.yaml", "b.yaml"]
    assert found.coverage.suppressed == 0


def test_comments_are_read_from_the_revision_under_check(repo: GitRepo) -> None:
    base = repo.commit({"a.yaml": config_map("a", f"key: 1{IGNORED}")})
    repo.commit({"a.yaml": config_map("a", "key: 2\n")})
    assert said(checked(repo, base)) == [("wrong-type", Location("a.yaml", 6, 8))]


def test_what_is_unused_is_reported_by_a_whole_check_only(repo: GitRepo) -> None:
    settings = "version: 1\nsuppressions: [{code: unknown-field, reason: r}]\n"
    wrong = config_map("a", f"key: 1\n  other: '1'{IGNORED}")
    base = repo.commit({".gitops.yaml": settings})
    repo.commit({"a.yaml": wrong})
    codes = [code for code, _ in said(checked(repo, base))]
    assert codes == ["wrong-type"]
    assert sorted(said(checked(repo, everything=True)), key=str) == [
        ("suppression-unused", Location(".gitops.yaml", 2, 16)),
        ("suppression-unused", Location("a.yaml", 7, 15)),
        ("wrong-type", Location("a.yaml", 6, 8)),
    ]
    # Another job finds nothing that could be suppressed.
    other = diff(repo.path, Revisions("HEAD", base, everything=True), Overrides(), SilentProgress())
    assert "suppression-unused" not in [code for code, _ in said(other)]


def test_a_pointer_suppresses_one_field_in_every_overlay(repo: GitRepo) -> None:
    rule = "{code: wrong-type, reason: r, kind: ConfigMap, pointer: /data/key}"
    repo.commit(
        {
            ".gitops.yaml": f"version: 1\nsuppressions: [{rule}]\n",
            "a.yaml": config_map("a", "key: 1\n  keys: 1\n"),
        }
    )
    found = checked(repo, everything=True)
    assert said(found) == [("wrong-type", Location("a.yaml", 7, 9))]
    assert [finding.pointer for finding in found.findings] == ["/data/keys"]
    assert (found.coverage.suppressed, found.coverage.suppressed_inline) == (1, 0)


def outcomes(*findings: Finding) -> Outcomes:
    return Outcomes(findings, Coverage(resources=1))


def test_only_files_with_findings_are_read() -> None:
    tree = MemoryTree(
        {"a.yaml": f"key: 1{IGNORED}", "b.yaml": f"key: '1'{IGNORED}", "c.yaml": "x: # gitops-action: x\n"}
    )
    finding = Finding("wrong-type", Severity.ERROR, "m", "a.yaml", 1, 6)
    found = report("validate", outcomes(finding), Config(), Clock(), tree=tree, everything=True)
    assert (found.findings, tree.reads) == ([], ["a.yaml"])
    # A file that is known to have comments is read too, so that none is forgotten.
    found = report(
        "validate", outcomes(finding), Config(), Clock(), tree=tree, commented=["b.yaml", "c.yaml"], everything=True
    )
    assert said(found) == [
        ("suppression-invalid", Location("c.yaml", 1, 4)),
        ("suppression-unused", Location("b.yaml", 1, 11)),
    ]


def test_without_a_tree_no_comment_counts() -> None:
    finding = Finding("wrong-type", Severity.ERROR, "m", "a.yaml", 1, 6)
    assert report("validate", outcomes(finding), Config(), Clock()).findings == [finding]
