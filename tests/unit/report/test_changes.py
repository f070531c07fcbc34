from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from gitops_action.diff.canonical import to_yaml
from gitops_action.diff.compare import compare
from gitops_action.environments import DEFAULT
from gitops_action.model import Change, JSONValue, Manifest, Outcome, Report, ResourceId
from gitops_action.report.changes import ChangeGroup, group_changes
from gitops_action.report.grouping import NO_ENVIRONMENT, is_production
from tests.unit.diff.support import At
from tests.unit.report.sample import change, minimal, sample

Value: TypeAlias = dict[str, JSONValue]
ENVIRONMENTS = ("staging", "production")


def deployment(namespace: str, **spec: JSONValue) -> Value:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"image": "nginx:1.25", **spec},
    }


def compared(*pairs: tuple[str, Value | None, Value | None]) -> Report:
    """Compare (environment, before, after) of each as the real comparison does."""
    sides: tuple[list[Manifest], list[Manifest]] = ([], [])
    for environment, *values in pairs:
        for side, value in zip(sides, values, strict=True):
            if value is not None:
                side.append(Manifest(value, At("a.yaml"), environment, f"apps/{environment}"))
    return minimal(changes=compare(*sides), environments=ENVIRONMENTS)


def rolled(environment: str, namespace: str, **spec: JSONValue) -> tuple[str, Value, Value]:
    return environment, deployment(namespace, **spec), deployment(namespace, **spec, image="nginx:1.26")


def test_the_same_change_in_other_namespaces_is_one() -> None:
    (group,) = group_changes(compared(rolled("production", "shop"), rolled("staging", "shop-staging")))
    assert group.places == (("staging", "shop-staging"), ("production", "shop"))
    assert group.environments == ENVIRONMENTS
    assert group.varied
    assert group.diff == (
        "--- base\n+++ head\n@@ -4,4 +4,4 @@\n   name: web\n   namespace: …\n spec:\n-  image: nginx:1.25\n+  image: nginx:1.26\n"
    )


def test_in_one_namespace_nothing_is_left_out() -> None:
    report = compared(rolled("production", "shop"), rolled("staging", "shop"))
    (group,) = group_changes(report)
    assert group.diff == report.changes[0].diff
    assert not group.varied


def test_other_values_around_the_change_stay_apart() -> None:
    pairs = (rolled("production", "shop", host="a"), rolled("staging", "shop", host="b"))
    assert len(group_changes(compared(*pairs))) == 2
    assert len(group_changes(compared(*pairs), context=False)) == 1


def test_creations_and_deletions_in_other_namespaces_are_one() -> None:
    for created in (True, False):
        pairs = [(env, None, deployment(env)) if created else (env, deployment(env), None) for env in ENVIRONMENTS]
        (group,) = group_changes(compared(*pairs))
        assert f"{'+' if created else '-'}  namespace: …\n" in group.diff
        assert "shop" not in group.diff


def test_a_namespace_that_is_not_the_objects_own_is_a_difference() -> None:
    pairs = [(env, deployment(env), deployment(env, image={"namespace": f"other-{env}"})) for env in ENVIRONMENTS]
    assert len(group_changes(compared(*pairs))) == 2


def test_lines_at_other_places_are_the_same_change() -> None:
    around: dict[str, JSONValue] = {"a": 1, "b": 1, "c": 1}
    long: dict[str, JSONValue] = {f"a{number}": 1 for number in range(9)}
    report = compared(rolled("staging", "shop", **around), rolled("production", "shop", **around, A0=long))
    assert len({change.diff for change in report.changes}) == 2
    (group,) = group_changes(report)
    assert group.places == (("staging", "shop"), ("production", "shop"))


@pytest.mark.parametrize("other", [
    {"outcome": Outcome.REPLACE},
    {"message": "moved"},
    {"diff": "-  a: 1\n+  a: 3\n"},
    {"resource": ResourceId("v2", "ConfigMap", "web", "a")},
    {"resource": ResourceId("v1", "Secret", "web", "a")},
    {"resource": ResourceId("v1", "ConfigMap", "web", "b")},
])  # fmt: skip
def test_what_differs_in_anything_else_stays_apart(other: dict[str, Any]) -> None:
    one = change(Outcome.UPDATE, ResourceId("v1", "ConfigMap", "web", "a"), diff="-  a: 1\n+  a: 2\n")
    same = replace(one, environment="production", resource=replace(one.resource, namespace="shop"))
    assert len(group_changes(minimal(changes=(one, same)))) == 1
    assert len(group_changes(minimal(changes=(one, replace(same, **other))))) == 2


def test_every_change_is_in_one_group() -> None:
    report = sample()
    shown = {(change.environment, str(change.resource)) for change in report.changes if change.diff}
    grouped = [
        (environment, str(replace(group.change.resource, namespace=namespace)))
        for group in group_changes(report)
        for environment, namespace in group.places
    ]
    assert sorted(grouped) == sorted(shown)


def test_the_riskiest_come_first() -> None:
    def one(outcome: Outcome, kind: str, environment: str) -> Change:
        return change(outcome, ResourceId("v1", kind, "web", environment), environment, diff=to_yaml(environment))

    ordered = [
        one(Outcome.DELETE, "PersistentVolumeClaim", "staging"),
        one(Outcome.DELETE, "ConfigMap", "production"),
        one(Outcome.DELETE, "ConfigMap", "staging"),
        one(Outcome.REPLACE, "ConfigMap", "staging"),
        one(Outcome.UPDATE, "StatefulSet", "production"),
        one(Outcome.UPDATE, "StatefulSet", "staging"),
        one(Outcome.UPDATE, "ConfigMap", "production"),
        one(Outcome.UPDATE, "ConfigMap", "staging"),
        one(Outcome.CREATE, "Namespace", "staging"),
        one(Outcome.CREATE, "ConfigMap", "staging"),
    ]
    for changes in (ordered, ordered[::-1]):
        assert [group.change for group in group_changes(minimal(changes=changes, environments=ENVIRONMENTS))] == ordered


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("production", "prod", "eu-prod", "prod1", "PROD_EU", "live", "prd.a")),
        *(
            (name, False)
            for name in ("", "staging", "nonprod", "non-prod", "pre-prod", "preprod", "product-a", "delivery")
        ),
    ],
)
def test_what_production_is_called(name: str, expected: bool) -> None:
    assert is_production(name) is expected


def test_a_group_names_each_environment_and_namespace_once() -> None:
    places = (("a", "x"), ("a", "y"), ("b", "x"))
    group = ChangeGroup(sample().changes[0], places, "")
    assert group.environments == ("a", "b")
    assert group.namespaces == ("x", "y")


def test_no_environment_is_called_the_same_everywhere() -> None:
    assert NO_ENVIRONMENT == DEFAULT
