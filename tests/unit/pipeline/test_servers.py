"""What an API server is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.diff.compare import compare
from gitops_action.pipeline.servers import affected
from tests.manifests import manifests

if TYPE_CHECKING:
    from gitops_action.model import Manifest

WIDGET = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: NAME}\nspec: {size: SIZE}\n"
CRD = (
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.org}\n"
    "spec: {group: example.org, names: {kind: Widget}, scope: SCOPE}\n"
)
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\n"


def side(scope: str, size: int) -> list[Manifest]:
    widgets = [WIDGET.replace("NAME", name).replace("SIZE", str(number)) for name, number in (("a", 1), ("b", size))]
    return manifests("---\n".join([CRD.replace("SCOPE", scope), *widgets, OTHER]))


def asked(old: list[Manifest], new: list[Manifest], *, whole: bool = False) -> tuple[list[str], list[str]]:
    found = affected(compare(old, new, failed_base=frozenset(), failed_head=frozenset()), old, new, whole=whole)
    return [one.id.name for one in found.base], [one.id.name for one in found.head]


CRD_NAME = "widgets.example.org"


def test_only_what_changes_is_tried_upon_what_there_is() -> None:
    assert asked(side("Cluster", 1), side("Cluster", 2)) == ([CRD_NAME, "a", "b", "same"], ["b"])


def test_what_is_defined_anew_is_tried_as_if_it_were_new() -> None:
    # `b` changes, so that it is tried upon what it was.
    assert asked(side("Cluster", 1), side("Namespaced", 2)) == ([CRD_NAME, "b", "same"], [CRD_NAME, "a", "b"])
    assert asked(side("Cluster", 1), side("Namespaced", 1), whole=True) == (
        [CRD_NAME, "same"],
        [CRD_NAME, "a", "b", "same"],
    )
