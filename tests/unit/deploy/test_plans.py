"""The order, the inventory, what is pruned, what is drift, and where a rollback goes."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.cluster.inventory import with_marks
from gitops_action.deploy import rollback
from gitops_action.deploy.apply_set import Members, Parent, as_member, commit_of, group_kind
from gitops_action.deploy.drift import Drifted, Kind, confirmed
from gitops_action.deploy.ordering import stage
from gitops_action.deploy.pruning import kept, named
from gitops_action.errors import UsageError
from gitops_action.model import ResourceId
from gitops_action.promote.pulls import Deployment


def test_what_others_need_comes_first_and_what_stands_in_the_way_last() -> None:
    kinds = [
        ("v1", "Namespace"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"), ("v1", "ConfigMap"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"), ("apps/v1", "Deployment"), ("example.com/v1", "Widget"),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ]  # fmt: skip
    assert [stage(*kind) for kind in kinds] == [0, 0, 1, 1, 2, 2, 3]
    # A kind of somebody else's that is only called so.
    assert stage("example.com/v1", "Namespace") == 2


def test_the_id_of_an_apply_set_is_what_the_kep_says() -> None:
    # base64url(sha256("gitops-production.default.ConfigMap.")), by the KEP's recipe.
    parent = Parent("production", "default", "octo/fleet")
    assert parent.name == "gitops-production"
    assert parent.id.startswith("applyset-")
    assert parent.id.endswith("-v1")
    assert len(parent.id) <= 63  # a label's value has no more room


def test_environments_of_any_name_have_parents_of_their_own() -> None:
    names = {Parent(name, "default", "x").name for name in ("eu.prod", "eu-prod", "EU-prod", "eu_prod")}
    assert len(names) == 4


def test_a_parent_tells_where_its_members_are() -> None:
    parent = Parent("production", "gitops", "octo/fleet")
    members = Members.of([("", "ConfigMap", "web"), ("apps", "Deployment", "web"), ("", "Namespace", "")])
    live = parent.object("1.0", members, "a" * 40)
    assert Members.in_parent(live, "gitops") == Members(members.kinds, frozenset({"web", "gitops"}))
    assert sorted(map(group_kind, members.kinds)) == [("", "ConfigMap"), ("", "Namespace"), ("apps", "Deployment")]
    assert commit_of(live) == "a" * 40
    assert parent.refused(live) == ""
    assert "is the inventory of `production` of octo/fleet" in Parent("production", "gitops", "a/b").refused(live)
    notes = live["metadata"]["annotations"]
    notes["applyset.kubernetes.io/tooling"] = "kubectl/v1.36"
    assert "belongs to kubectl/v1.36" in parent.refused(live)


def test_members_keep_their_labels_and_what_is_applied_keeps_its_marks() -> None:
    value: dict[str, Any] = {"kind": "A", "metadata": {"name": "a", "labels": {"app": "a"}}}
    member = as_member(value, "applyset-x-v1")
    assert member["metadata"]["labels"] == {"app": "a", "applyset.kubernetes.io/part-of": "applyset-x-v1"}
    assert value["metadata"]["labels"] == {"app": "a"}
    assert with_marks(value, member)["metadata"]["labels"] == member["metadata"]["labels"]
    assert with_marks(value, {"metadata": {"labels": {"other": "x"}}}) is value
    assert with_marks(value, None) is value


@pytest.mark.parametrize(
    ("kind", "live", "allowed", "is_kept"),
    [
        ("ConfigMap", {}, (), False),
        ("Namespace", {}, (), True),
        ("Namespace", {}, ("Namespace",), False),
        ("PersistentVolumeClaim", {}, ("Namespace",), True),
        ("ConfigMap", {"metadata": {"annotations": {"gitops-action/prune": "disabled"}}}, (), True),
        ("ConfigMap", {"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/prune": "disabled"}}}, (), True),
        ("ConfigMap", {"metadata": {"annotations": {"gitops-action/prune": "enabled"}}}, (), False),
        ("ConfigMap", {"metadata": {"ownerReferences": [{"kind": "X"}]}}, (), True),
    ],
)
def test_what_is_pruned(kind: str, live: dict[str, Any], allowed: tuple[str, ...], is_kept: bool) -> None:
    assert bool(kept(kind, live, allowed)) is is_kept


def test_kinds_to_prune_are_named_in_any_case_and_nothing_else_is() -> None:
    assert named(["namespace", "PersistentVolumeClaim"]) == {"Namespace", "PersistentVolumeClaim"}
    assert named([]) == frozenset()
    with pytest.raises(UsageError, match="`Pod`: only CustomResourceDefinition, Namespace"):
        named(["Pod"])


def drifted(name: str, *paths: str, kind: Kind = Kind.CHANGED) -> Drifted:
    return Drifted(ResourceId("v1", "ConfigMap", "web", name), kind, paths=paths)


def test_only_what_two_looks_find_is_drift() -> None:
    first = [
        drifted("a", "data.x", "data.y"),
        drifted("b", "data.x"),
        drifted("c", kind=Kind.MISSING),
        drifted("d", kind=Kind.MISSING),
    ]
    second = [
        drifted("a", "data.y", "data.z"), drifted("b", "data.other"), drifted("c", kind=Kind.MISSING), drifted("d", "data.x"),
        drifted("e", "data.x"), drifted("f", kind=Kind.UNKNOWN),
    ]  # fmt: skip
    found = confirmed(first, second)
    assert [(one.resource.name, one.kind, one.paths) for one in found] == [
        ("a", Kind.CHANGED, ("data.y",)),
        ("c", Kind.MISSING, ()),
        ("f", Kind.UNKNOWN, ()),
    ]


def deployment(sha: str, *, healthy: bool) -> Deployment:
    return Deployment(1, sha, "production", "", "", "", "2026-01-01T00:00:00Z" if healthy else "")


def test_a_rollback_goes_to_the_last_healthy_state_that_is_another() -> None:
    states = {"tip": "bad", "retry": "bad", "older": "good", "oldest": "good", "undone": "undone"}
    listed = [
        deployment("tip", healthy=False),
        deployment("retry", healthy=True),
        deployment("gone", healthy=True),
        deployment("undone", healthy=True),
        deployment("older", healthy=True),
    ]
    chosen = rollback.choose(listed, lambda sha: states.get(sha, ""), "tip", ["undone"])
    assert chosen.sha == "older"
    with pytest.raises(UsageError, match="none of the last 2"):
        rollback.choose(listed[:2], lambda sha: states.get(sha, ""), "tip", [])
    with pytest.raises(UsageError, match="knows no deployment"):
        rollback.choose([], lambda sha: states.get(sha, ""), "tip", [])


@pytest.mark.parametrize("name", ["production", "eu.prod", "a/b", "ä b"])
def test_branches_of_rollbacks_are_names_of_branches(name: str) -> None:
    assert rollback.branch(name).removeprefix("rollback/").replace("-", "").replace("_", "").isalnum()
