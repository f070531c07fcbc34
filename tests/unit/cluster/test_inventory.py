"""What deployers have noted of what they put into a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.cluster.inventory import apply_set_of, of_flux, path_of, prunes
from gitops_action.model import ResourceId


def kustomization(*ids: str, **spec: Any) -> dict[str, Any]:
    entries = [{"id": one, "v": "v1"} for one in ids]
    return {"spec": spec, "status": {"inventory": {"entries": entries}}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shop_web_apps_Deployment", ResourceId("apps/v1", "Deployment", "shop", "web")),
        ("_shop__Namespace", ResourceId("v1", "Namespace", "", "shop")),
        (
            "_system__controller_rbac.authorization.k8s.io_ClusterRole",
            ResourceId("rbac.authorization.k8s.io/v1", "ClusterRole", "", "system:controller"),
        ),
    ],
)
def test_the_ids_of_flux(text: str, expected: ResourceId) -> None:
    assert of_flux(kustomization(text)) == [expected]


@pytest.mark.parametrize("entry", [{}, {"id": 1, "v": "v1"}, {"id": "x", "v": "v1"}, {"id": "a_b_c_D"}, "no"])
def test_what_is_no_entry_is_left_out(entry: Any) -> None:
    assert of_flux({"status": {"inventory": {"entries": [entry]}}}) == []


@pytest.mark.parametrize(
    "value", [{}, {"status": 1}, {"status": {"inventory": None}}, {"status": {"inventory": {"entries": 1}}}]
)
def test_no_inventory_is_not_an_empty_one(value: Any) -> None:
    assert of_flux(value) is None


def test_who_prunes_what() -> None:
    assert prunes(kustomization(prune=True, path="./apps/./production/"))
    assert not prunes(kustomization(prune=False))
    assert not prunes(kustomization(prune=True, suspend=True))
    assert path_of(kustomization(path="./apps/./production/")) == "apps/production"
    assert path_of(kustomization(path="./")) == path_of({}) == ""


def test_members_of_an_apply_set() -> None:
    labels = {"applyset.kubernetes.io/part-of": "applyset-x-v1"}
    assert apply_set_of({"metadata": {"labels": labels}}) == "applyset-x-v1"
    assert apply_set_of({"metadata": {"labels": 1}}) == apply_set_of({}) == ""
