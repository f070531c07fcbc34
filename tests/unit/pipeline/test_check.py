"""What a change of a real repository affects: builds, plain files, and what moves between them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.errors import UsageError
from gitops_action.model import Verdict
from gitops_action.pipeline import check as checking
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides
from tests.gitrepo import GitRepo, Link, init
from tests.unit.pipeline.jobs import changed, check, codes, config_map

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


# A file that moves into a build, or out of one

PLAIN = {
    "apps/staging/kustomization.yaml": "resources: [a.yaml]\n",
    "apps/staging/a.yaml": config_map("a"),
    "apps/staging/b.yaml": config_map("b"),
}
BUILT = "resources: [a.yaml, b.yaml]\n"


def test_a_file_that_comes_to_be_listed_is_created(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    repo.commit({"apps/staging/kustomization.yaml": BUILT})
    report = check(repo, "HEAD~1")
    # b.yaml itself did not change, but nobody applied it.
    assert changed(report) == {("staging", "create", "b")}
    assert (report.verdict, report.findings) == (Verdict.PASSED, [])


ROOT = {f"apps/staging/b{number}.yaml": config_map(f"b{number}") for number in range(2)}


def test_a_file_that_a_build_takes_up_stays_the_object_that_it_was(repo: GitRepo) -> None:
    repo.commit(ROOT)
    repo.commit({"apps/staging/kustomization.yaml": "resources: [b0.yaml, b1.yaml]\n"})
    report = check(repo, "HEAD~1")
    # The files were applied as they are, and are applied as they are built, which is the same.
    assert changed(report) == set()
    assert {change.resource.name for change in report.changes} == {"b0", "b1"}
    assert (report.verdict, report.findings) == (Verdict.PASSED, [])


def test_a_file_that_a_build_takes_up_and_renames(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    repo.commit({"apps/staging/kustomization.yaml": f"namePrefix: x-\n{BUILT}"})
    assert changed(check(repo, "HEAD~1")) == {
        ("staging", "create", "x-a"),
        ("staging", "delete", "a"),
        ("staging", "create", "x-b"),
    }


def test_a_file_that_a_build_lets_go_is_deleted(repo: GitRepo) -> None:
    repo.commit({**PLAIN, "apps/staging/kustomization.yaml": f"namespace: shop\n{BUILT}"})
    repo.commit({"apps/staging/kustomization.yaml": "namespace: shop\nresources: [a.yaml]\n"})
    report = check(repo, "HEAD~1")
    gone_and_new = {(it.outcome.value, it.resource.namespace) for it in report.changes if it.resource.name == "b"}
    assert gone_and_new == {("delete", "shop")}
    assert codes(report) == {("file-unlisted", "apps/staging/b.yaml")}


def test_a_kustomization_that_comes_to_a_folder_decides_what_is_deployed_of_it(repo: GitRepo) -> None:
    repo.commit(ROOT)
    repo.commit({"apps/staging/kustomization.yaml": "resources: [b0.yaml]\n"})
    report = check(repo, "HEAD~1")
    assert changed(report) == {("staging", "delete", "b1")}
    assert codes(report) == {("file-unlisted", "apps/staging/b1.yaml")}


def test_an_unlisted_file_is_judged_and_is_no_object(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    repo.commit({"apps/staging/b.yaml": config_map("b", "1"), "apps/staging/deep/c.yaml": config_map("c")})
    report = check(repo, "HEAD~1")
    assert changed(report) == {("staging", "create", "c")}
    assert codes(report) == {("file-unlisted", "apps/staging/b.yaml"), ("wrong-type", "apps/staging/b.yaml")}
    assert report.verdict is Verdict.FAILED


def test_only_an_unlisted_file_is_something_that_was_checked(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    repo.commit({"apps/staging/b.yaml": config_map("b", '"2"')})
    report = check(repo, "HEAD~1")
    assert (report.changes, report.coverage.resources) == ([], 1)
    assert codes(report) == {("file-unlisted", "apps/staging/b.yaml")}


def test_a_kustomization_that_cannot_be_read_makes_nothing_of_its_files(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    repo.commit({"apps/staging/kustomization.yaml": "resources: [a.yaml\n"})
    report = check(repo, "HEAD~1")
    assert changed(report) == {("staging", "unknown", "a")}
    assert "file-unlisted" not in {code for code, _ in codes(report)}
    assert report.verdict is Verdict.FAILED


PLACEHOLDER = {
    "base/kustomization.yaml": "resources: [namespace.yaml]\n",
    "base/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: _\n",
    "overlays/shop/kustomization.yaml": (
        "resources: [../../base]\npatches:\n- target: {kind: Namespace}\n"
        '  patch: \'[{"op": "replace", "path": "/metadata/name", "value": "shop"}]\'\n'
    ),
}


def test_what_only_makes_sense_in_a_build_is_judged_once_it_is_out_of_it(repo: GitRepo) -> None:
    repo.commit(PLACEHOLDER)
    assert codes(check(repo, everything=True)) == set()
    # Its name is what overlays replace. Without them somebody would apply `_`, though the file is as it was.
    repo.commit({"overlays/shop/kustomization.yaml": None, "base/kustomization.yaml": None})
    report = check(repo, "HEAD~1")
    assert codes(report) == {("invalid-name", "base/namespace.yaml")}
    assert changed(report) == {("shop", "delete", "shop"), ("default", "create", "_")}
    # And back again.
    repo.commit({path: PLACEHOLDER[path] for path in ("overlays/shop/kustomization.yaml", "base/kustomization.yaml")})
    report = check(repo, "HEAD~1")
    assert codes(report) == set()
    assert changed(report) == {("shop", "create", "shop"), ("default", "delete", "_")}


def test_a_file_that_becomes_a_patch_is_no_manifest_any_more(repo: GitRepo) -> None:
    patch = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  key: '2'\n"
    repo.commit({**PLAIN, "apps/staging/b.yaml": patch})
    repo.commit({"apps/staging/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: b.yaml}]\n"})
    report = check(repo, "HEAD~1")
    # The object that is built gets what the file of its own had.
    assert changed(report) == {("staging", "update", "a")}
    assert codes(report) == set()
    assert report.coverage.resources == 1


def test_a_file_moves_from_one_build_to_another(repo: GitRepo) -> None:
    repo.commit(
        {
            "apps/staging/kustomization.yaml": "resources: [../shared/a.yaml, ../shared/b]\n",
            "apps/production/kustomization.yaml": "resources: [../shared/b]\n",
            "apps/shared/b/kustomization.yaml": "resources: [b.yaml]\n",
            "apps/shared/b/b.yaml": config_map("b"),
            "apps/shared/b/a.yaml": config_map("a"),
            "apps/shared/a.yaml": Link("b/a.yaml"),
            ".gitops.yaml": "version: 1\nrender: {kustomize: {loadRestrictor: none}}\n",
        }
    )
    repo.commit(
        {
            "apps/staging/kustomization.yaml": "resources: [../shared/b]\n",
            "apps/shared/b/kustomization.yaml": "resources: [b.yaml, a.yaml]\n",
        }
    )
    report = check(repo, "HEAD~1")
    # Staging had it before, through a link; production did not.
    assert changed(report) == {("production", "create", "a")}


# Everything, with a base

MIXED = {
    "apps/staging/kustomization.yaml": "resources: [a.yaml]\n",
    "apps/staging/a.yaml": config_map("a"),
    "apps/staging/more/b.yaml": config_map("b"),
}
WRONG = config_map("wrong", "1")


def test_everything_with_a_base_judges_what_did_not_change_and_diffs_what_did(repo: GitRepo) -> None:
    repo.commit({**MIXED, "apps/production/wrong.yaml": WRONG})
    repo.commit({"apps/staging/a.yaml": config_map("a", '"2"')})
    part = check(repo, "HEAD~1")
    assert (part.verdict, codes(part)) == (Verdict.PASSED, set())
    whole = check(repo, "HEAD~1", everything=True)
    assert (whole.verdict, codes(whole)) == (Verdict.FAILED, {("wrong-type", "apps/production/wrong.yaml")})
    assert changed(whole) == changed(part) == {("staging", "update", "a")}
    assert {change.resource.name for change in whole.changes} == {"a", "b", "wrong"}
    assert whole.coverage.resources == 3
    assert (whole.base, whole.head) == tuple(repo.commits)


def test_everything_without_a_base_has_no_diff(repo: GitRepo) -> None:
    repo.commit(MIXED)
    report = check(repo, everything=True)
    assert (report.verdict, list(report.changes), report.base) == (Verdict.PASSED, [], "")
    assert report.coverage.resources == 2


def test_everything_tells_of_suppressions_that_match_nothing(repo: GitRepo) -> None:
    config = "version: 1\nsuppressions: [{code: wrong-type, path: gone, reason: old}]\n"
    repo.commit({**MIXED, ".gitops.yaml": config})
    repo.commit({"apps/staging/a.yaml": config_map("a", '"2"')})
    assert codes(check(repo, "HEAD~1")) == set()
    assert codes(check(repo, "HEAD~1", everything=True)) == {("suppression-unused", ".gitops.yaml")}


def test_everything_has_the_new_and_the_gone(repo: GitRepo) -> None:
    repo.commit(MIXED)
    repo.commit({"apps/staging/more/b.yaml": None, "apps/staging/more/c.yaml": config_map("c")})
    assert changed(check(repo, "HEAD~1", everything=True)) == {("staging", "delete", "b"), ("staging", "create", "c")}


def test_nothing_left_is_no_pass(repo: GitRepo) -> None:
    repo.commit(MIXED)
    repo.commit({**dict.fromkeys(MIXED), "README.md": ""})
    report = check(repo, "HEAD~1", everything=True)
    assert changed(report) == {("staging", "delete", "a"), ("staging", "delete", "b")}
    assert report.verdict is not Verdict.PASSED


# Custom resources


def definition(field: str) -> str:
    return f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  names: {{kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}}
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
            properties:
              {field}: {{type: integer}}
"""


def widget(size: str) -> str:
    return f"apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\nspec:\n  size: {size}\n"


def test_custom_resources_are_judged_again_where_their_definition_changes(repo: GitRepo) -> None:
    repo.commit(
        {
            "crds/crd.yaml": definition("size"),
            "apps/dev/w.yaml": widget("1"),
            "apps/prod/kustomization.yaml": "resources: [w.yaml]\nnamespace: shop\n",
            "apps/prod/w.yaml": widget("1"),
            "apps/prod-other/a.yaml": config_map("a"),
        }
    )
    repo.commit({"crds/crd.yaml": definition("size").replace("integer", "string")})
    report = check(repo, "HEAD~1")
    assert codes(report) == {("wrong-type", "apps/dev/w.yaml"), ("wrong-type", "apps/prod/w.yaml")}
    assert {name for _, _, name in changed(report)} == {"widgets.example.com"}
    assert report.coverage.resources == 3
    repo.commit({"crds/crd.yaml": None})
    assert codes(check(repo, "HEAD~1")) == {
        ("schema-missing", "apps/dev/w.yaml"),
        ("schema-missing", "apps/prod/w.yaml"),
    }


def test_a_patch_of_a_definition_changes_what_is_valid(repo: GitRepo) -> None:
    patched = "resources: [crd.yaml]\npatches: [{path: p.yaml, target: {kind: CustomResourceDefinition}}]\n"
    where = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/"
    patch = f"- op: add\n  path: {where}minimum\n  value: NUMBER\n"
    repo.commit(
        {
            "crds/kustomization.yaml": patched,
            "crds/crd.yaml": definition("size"),
            "crds/p.yaml": patch.replace("NUMBER", "1"),
            "apps/w.yaml": widget("1"),
        }
    )
    repo.commit({"crds/p.yaml": patch.replace("NUMBER", "2")})
    assert codes(check(repo, "HEAD~1")) == {("invalid-value", "apps/w.yaml")}


@pytest.mark.parametrize("built", [False, True], ids=["plain", "built"])
def test_definitions_in_files_that_did_not_change(repo: GitRepo, built: bool) -> None:
    """The CRD is in a file of its own, or in another build; it is not looked at for itself."""
    crds = {"crds/kustomization.yaml": "resources: [crd.yaml]\n"} if built else {}
    repo.commit({**crds, "crds/crd.yaml": definition("size"), "apps/a/w.yaml": widget("1")})
    repo.commit({"apps/a/w.yaml": widget("large")})
    report = check(repo, "HEAD~1")
    (finding,) = report.findings
    assert (finding.code, finding.file, finding.line) == ("wrong-type", "apps/a/w.yaml", 6)
    (engine,) = report.coverage.engines
    assert (engine.found, engine.checked) == (1, 1)


def test_definitions_are_those_of_the_head(repo: GitRepo) -> None:
    repo.commit({"crd.yaml": definition("size"), "w.yaml": widget("1")})
    # The change brings the field's new type, or the definition goes.
    repo.commit({"crd.yaml": definition("length"), "w.yaml": widget("2")})
    assert codes(check(repo, "HEAD~1")) == {("unknown-field", "w.yaml")}
    repo.commit({"crd.yaml": None, "w.yaml": widget("3")})
    assert codes(check(repo, "HEAD~1")) == {("schema-missing", "w.yaml")}


def test_a_definition_that_is_built_counts_as_built(repo: GitRepo) -> None:
    path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/type"
    patch = json.dumps([{"op": "replace", "path": path, "value": "string"}])
    kustomization = {
        "resources": ["crd.yaml"],
        "patches": [{"target": {"kind": "CustomResourceDefinition"}, "patch": patch}],
    }
    repo.commit(
        {
            "crds/kustomization.yaml": json.dumps(kustomization),
            "crds/crd.yaml": definition("size"),
            "w.yaml": widget("large"),
        }
    )
    report = check(repo, everything=True)
    assert codes(report) == set()


# The two revisions


def diff(repo: GitRepo, base: str, head: str = "HEAD") -> Report:
    return checking.diff(repo.path, Revisions(head, base), Overrides(), SilentProgress())


def test_diff_does_not_judge(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    repo.commit({"apps/staging/a.yaml": config_map("a", "2")})
    report = diff(repo, "HEAD~1")
    assert (report.command, report.verdict, codes(report)) == ("diff", Verdict.PASSED, set())
    assert changed(report) == {("staging", "update", "a")}
    assert report.coverage.engines == ()


def test_what_came_to_the_base_meanwhile_is_not_this_change_s_doing(repo: GitRepo) -> None:
    fork = repo.commit(PLAIN)
    repo.commit({"apps/staging/c.yaml": config_map("c")})
    repo.branch("topic", fork)
    repo.commit({"apps/staging/a.yaml": config_map("a", '"2"')})
    report = check(repo, "main", "topic")
    assert changed(report) == {("staging", "update", "a")}
    assert report.base == fork


def test_histories_without_a_common_commit(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    other = repo.commit_tree(repo.git("write-tree"))
    repo.git("branch", "other", other)
    repo.commit({"apps/staging/a.yaml": config_map("a", '"2"')})
    report = check(repo, "other")
    assert codes(report) == {("merge-base-unknown", "")}
    assert "fetch-depth" not in report.findings[0].message
    assert changed(report) == {("staging", "update", "a")}


def test_a_change_without_effect(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    repo.commit({"README.md": "text\n"})
    report = check(repo, "HEAD~1")
    assert (report.verdict, codes(report)) == (Verdict.PASSED, {("nothing-affected", "")})


def test_ignored_paths_are_neither_judged_nor_shown(repo: GitRepo) -> None:
    repo.commit({**PLAIN, ".gitops.yaml": "version: 1\nignore: [apps/staging]\n"})
    repo.commit({"apps/staging/a.yaml": WRONG, "apps/staging/b.yaml": WRONG})
    report = check(repo, "HEAD~1")
    assert (codes(report), changed(report)) == ({("nothing-affected", "")}, set())


def test_a_cluster_without_a_base_is_asked_for_in_vain(repo: GitRepo) -> None:
    repo.commit(PLAIN)
    overrides = Overrides(clusters=Clusters("nowhere"))
    with pytest.raises(UsageError, match="give --base"):
        check(repo, everything=True, overrides=overrides)


def test_text_that_gets_lost_is_said_of_files_of_builds_too(repo: GitRepo) -> None:
    """What comes out of a build shows nothing of it."""
    lost = config_map("a", "![a](b)")
    overlay = {"apps/staging/kustomization.yaml": "resources: [a.yaml]\npatches: [path: p.yaml]\n"}
    plain = {"b.yaml": lost, "compose.yaml": "services: !reset\n", "apps/staging/p.yaml": config_map("a", "!important")}
    repo.commit({**overlay, **plain, "apps/staging/a.yaml": lost})
    report = check(repo)
    found = {(one.code, one.file, one.line) for one in report.findings}
    assert found == {
        ("yaml-tag", "apps/staging/a.yaml", 6),
        ("yaml-tag", "apps/staging/p.yaml", 6),
        ("yaml-tag", "b.yaml", 6),
    }
