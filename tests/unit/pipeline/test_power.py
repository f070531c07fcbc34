"""A pull request is judged by the settings of its base's newest commit, whatever its own file says, and is told so."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gitops_action.model import Severity, Verdict
from gitops_action.pipeline.check import comment_author
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides
from tests.gitrepo import GitRepo, init
from tests.unit.pipeline.jobs import changed, check, codes, config_map

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report

WRONG = config_map("a", "1")
NOT_IN_FORCE = ("config-change-not-in-force", ".gitops.yaml")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


def pull_request(repo: GitRepo, base: str | None, head: str | None, **files: str) -> Report:
    """Check a branch on which the configuration `base` becomes `head`; None is no file."""
    config = {} if base is None else {".gitops.yaml": f"version: 1\n{base}\n"}
    repo.commit({"apps/a.yaml": config_map("a"), **config})
    repo.branch("topic")
    repo.commit({".gitops.yaml": None if head is None else f"version: 1\n{head}\n", "apps/a.yaml": WRONG, **files})
    return check(repo, "main", "topic")


def told(report: Report, *settings: str) -> bool:
    """Whether the report says, once and for information, that just these settings do not count yet."""
    found = [finding for finding in report.findings if finding.code == NOT_IN_FORCE[0]]
    named = ", ".join(f"`{setting}`" for setting in settings)
    return [(it.severity, it.file) for it in found] == [(Severity.INFO, ".gitops.yaml")] and found[
        0
    ].message.startswith(f"changes of {named} come into force once merged")


@pytest.mark.parametrize(
    ("base", "head", "setting"),
    [
        ("failOn: error", "failOn: never", "failOn"),
        (None, "failOn: never", "failOn"),
        ("failOn: error", "severity: {wrong-type: info}", "severity"),
        ("failOn: error", "ignore: [apps]", "ignore"),
        ("failOn: error", "suppressions: [{code: wrong-type, reason: because}]", "suppressions"),
        ("failOn: error", "environments: {lax: {paths: [apps], failOn: never}}", "environments"),
    ],
)
def test_what_would_weaken_the_check_has_no_effect_and_says_so(
    repo: GitRepo, base: str | None, head: str, setting: str
) -> None:
    report = pull_request(repo, base, head)
    assert report.verdict is Verdict.FAILED
    assert codes(report) == {("wrong-type", "apps/a.yaml"), NOT_IN_FORCE}
    assert told(report, setting)
    wrong = next(finding for finding in report.findings if finding.code == "wrong-type")
    assert wrong.severity is Severity.ERROR
    # Once merged it counts.
    repo.git("update-ref", "refs/heads/main", "topic")
    repo.commit({"apps/a.yaml": config_map("a", "2")})
    after = check(repo, "main", "topic")
    assert after.verdict is Verdict.PASSED
    assert NOT_IN_FORCE not in codes(after)


def test_several_are_named_together(repo: GitRepo) -> None:
    report = pull_request(repo, "failOn: warning", "failOn: never\nignore: [apps]\nseverity: {wrong-type: info}")
    assert told(report, "failOn", "severity", "ignore")
    assert report.verdict is Verdict.FAILED


def test_a_pull_request_cannot_take_a_strict_configuration_away(repo: GitRepo) -> None:
    report = pull_request(repo, "failOn: warning\nseverity: {wrong-type: warning}", None)
    # By the defaults a warning would pass.
    assert report.verdict is Verdict.FAILED
    assert told(report, "failOn", "severity")


def test_remote_bases_are_not_fetched_because_a_pull_request_allows_them(repo: GitRepo) -> None:
    overlay = "resources: ['https://github.com/org/repo//base?ref=v1']\n"
    report = pull_request(
        repo, "failOn: error", "render: {remoteBases: [github.com]}", **{"apps/x/kustomization.yaml": overlay}
    )
    assert codes(report) == {
        ("wrong-type", "apps/a.yaml"),
        ("remote-base-refused", "apps/x/kustomization.yaml"),
        NOT_IN_FORCE,
    }
    assert told(report, "render")


def test_load_restrictions_are_not_lifted_by_a_pull_request(repo: GitRepo) -> None:
    files = {"apps/x/kustomization.yaml": "resources: [../a.yaml]\n"}
    report = pull_request(repo, "failOn: error", "render: {kustomize: {loadRestrictor: none}}", **files)
    assert ("kustomize-build-failed", "apps/x/kustomization.yaml") in codes(report)
    assert told(report, "render")


def test_the_base_s_newest_settings_count_not_those_that_the_branch_began_with(repo: GitRepo) -> None:
    repo.commit({"apps/a.yaml": config_map("a"), ".gitops.yaml": "version: 1\nfailOn: never\n"})
    repo.branch("topic")
    repo.commit({"apps/a.yaml": WRONG})
    assert check(repo, "main", "topic").verdict is Verdict.PASSED
    repo.git("symbolic-ref", "HEAD", "refs/heads/main")
    repo.commit({".gitops.yaml": "version: 1\nfailOn: error\n"})
    report = check(repo, "main", "topic")
    assert report.verdict is Verdict.FAILED
    # What the two differ in is said, though the branch did not touch the file.
    assert told(report, "failOn")


def test_a_permission_that_was_withdrawn_is_not_kept_by_an_old_branch(repo: GitRepo) -> None:
    allowing = "version: 1\nrender: {kustomize: {loadRestrictor: none}}\n"
    repo.commit({"apps/a.yaml": config_map("a"), ".gitops.yaml": allowing})
    repo.branch("topic")
    repo.commit({"apps/x/kustomization.yaml": "resources: [../a.yaml]\n"})
    assert check(repo, "main", "topic").verdict is Verdict.PASSED
    repo.git("symbolic-ref", "HEAD", "refs/heads/main")
    repo.commit({".gitops.yaml": "version: 1\n"})
    report = check(repo, "main", "topic")
    assert ("kustomize-build-failed", "apps/x/kustomization.yaml") in codes(report)


def test_a_new_environment_lends_its_name_and_no_settings(repo: GitRepo) -> None:
    repo.commit({"a.yaml": config_map("a")})
    repo.branch("topic")
    config = "version: 1\nenvironments: {canary: {paths: [edge], failOn: never}}\n"
    repo.commit({".gitops.yaml": config, "edge/b.yaml": config_map("b", "1")})
    report = check(repo, "main", "topic")
    assert changed(report) == {("canary", "create", "b")}
    assert report.verdict is Verdict.FAILED
    assert told(report, "environments")


def test_errors_in_the_pull_request_s_own_file_are_findings(repo: GitRepo) -> None:
    report = pull_request(repo, "failOn: error", "failOn: sometimes\nmore: 1")
    found = {finding.line for finding in report.findings if finding.code == "config-invalid"}
    assert found == {2, 3}
    assert ("wrong-type", "apps/a.yaml") in codes(report)


def test_a_broken_base_grants_nothing_and_can_be_mended(repo: GitRepo) -> None:
    report = pull_request(repo, "failOn: [never", "failOn: never")
    assert ("config-base-invalid", ".gitops.yaml") in codes(report)
    assert report.verdict is Verdict.FAILED


def test_the_comment_s_author_is_the_base_s(repo: GitRepo) -> None:
    repo.commit({".gitops.yaml": "version: 1\ncomment: {author: 'ours[bot]'}\n"})
    repo.branch("topic")
    repo.commit({".gitops.yaml": "version: 1\ncomment: {author: 'theirs[bot]'}\n"})
    assert comment_author(repo.path, Revisions("topic", "main"), Overrides()) == "ours[bot]"


@pytest.mark.parametrize("output", ["text", "markdown", "json"])
def test_the_command_line_says_it_too(repo: GitRepo, output: str) -> None:
    pull_request(repo, "failOn: error", "failOn: never")
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", "check", "--base", "main", "--head", "topic", "--output", output],
        cwd=repo.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "come into force once merged" in done.stdout
    if output == "json":
        assert json.loads(done.stdout)["verdict"] == "failed"
