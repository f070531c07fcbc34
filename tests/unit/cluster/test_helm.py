"""What Helm has left in live objects."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.cluster import helm, requests
from gitops_action.cluster.inventory import of_release, with_marks
from gitops_action.cluster.kinds import ResourceType

MARKS = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}


def live(*managers: tuple[str, str, str], annotations: dict[str, str] | None = None) -> dict[str, Any]:
    listed = [{"manager": name, "operation": how, "subresource": sub, "fieldsV1": {}} for name, how, sub in managers]
    return {"metadata": {"annotations": MARKS if annotations is None else annotations, "managedFields": listed}}


@pytest.mark.parametrize(
    ("found", "patched"),
    [
        (live(("helm", "Update", "")), True),
        (live(("helm-controller", "Update", ""), ("somebody", "Apply", "")), True),
        (live(("helm-controller", "Update", ""), ("helm-controller", "Apply", "")), False),
        (live(("helm-controller", "Update", "status")), False),
        (live(("kubectl", "Update", "")), False),
        (live(("helm", "Update", ""), annotations={}), False),
        ({}, False),
    ],
)
def test_who_patches(found: dict[str, Any], *, patched: bool) -> None:
    assert helm.is_patched(found) is patched


@pytest.mark.parametrize(("policy", "kept"), [("keep", True), (" Keep ", True), ("delete", False), (5, False)])
def test_what_is_kept(policy: object, *, kept: bool) -> None:
    assert helm.is_kept({"metadata": {"annotations": {"helm.sh/resource-policy": policy}}}) is kept
    assert not helm.is_kept({"metadata": {"annotations": None}})


def test_marks_of_helm_are_sent_along_and_nothing_else() -> None:
    there = {
        "metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm", "x": "y"}, "annotations": {**MARKS, "a": "b"}}
    }
    assert with_marks({"kind": "A"}, there) == {
        "kind": "A",
        "metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": MARKS},
    }
    # Without Helm that label is anybody's.
    assert with_marks({"kind": "A"}, {"metadata": {"labels": {"app.kubernetes.io/managed-by": "x"}}}) == {"kind": "A"}


def test_the_inventory_of_a_release_is_without_definitions_and_of_what_is_not_suspended() -> None:
    entries = [
        {"id": "shop_a__ConfigMap", "v": "v1"},
        {"id": "_x.y_apiextensions.k8s.io_CustomResourceDefinition", "v": "v1"},
    ]
    item = {"spec": {}, "status": {"inventory": {"entries": entries}}}
    assert [str(one) for one in of_release(item)] == ["ConfigMap/shop/a"]
    assert of_release({**item, "spec": {"suspend": True}}) == []
    assert of_release({}) == []


def test_a_patch_makes_of_an_object_what_is_wanted_and_leaves_its_identity() -> None:
    kind = ResourceType("v1", "ConfigMap", "configmaps", namespaced=True)
    there = {
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}, "immutable": True, "status": {"x": 1},
        "metadata": {"name": "n", "namespace": "s", "uid": "1", "labels": {"a": "b"}},
    }  # fmt: skip
    wanted = {**there, "data": {"a": "2"}, "status": {}, "metadata": {**there["metadata"], "uid": "2", "labels": None}}  # type: ignore[dict-item]
    del wanted["immutable"]
    request = requests.become(kind, there, wanted)
    assert (request.method, request.path, request.query["dryRun"]) == (
        "PATCH",
        "/api/v1/namespaces/s/configmaps/n",
        "All",
    )
    assert request.body == [
        {"op": "add", "path": "/data", "value": {"a": "2"}},
        {"op": "remove", "path": "/immutable"},
        {"op": "remove", "path": "/metadata/labels"},
    ]
