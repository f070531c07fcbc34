from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.diff.compare import compare
from gitops_action.model import Change, FieldChange, Manifest, Outcome
from tests.unit.diff.support import At, manifest, manifests

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  namespace: web
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: sidecar
        image: envoy:1
      - name: app
        image: app:1
        args: [--a, --b]
        ports:
        - containerPort: 80
"""


def outcomes(changes: list[Change]) -> list[tuple[str, str, Outcome]]:
    return [(change.environment, str(change.resource), change.outcome) for change in changes]


def config(name: str, value: str = "1", namespace: str = "web") -> str:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{a: '{value}'}}\n"
    )


def test_create_update_delete_unchanged() -> None:
    base = [manifest(config(name)) for name in ("gone", "kept", "changed")]
    head = [manifest(config("changed", "2")), manifest(config("kept")), manifest(config("new"))]
    changes = compare(base, head)
    assert outcomes(changes) == [
        ("staging", "ConfigMap/web/changed", Outcome.UPDATE),
        ("staging", "ConfigMap/web/gone", Outcome.DELETE),
        ("staging", "ConfigMap/web/kept", Outcome.UNCHANGED),
        ("staging", "ConfigMap/web/new", Outcome.CREATE),
    ]
    update, delete, unchanged, create = changes
    assert update.fields == (FieldChange("data.a", "1", "2"),)
    assert update.file == "overlays/staging/app.yaml"
    assert update.diff == (
        '--- base\n+++ head\n@@ -4,4 +4,4 @@\n   name: changed\n   namespace: web\n data:\n-  a: "1"\n+  a: "2"\n'
    )
    assert delete.diff.startswith("--- base\n+++ /dev/null\n@@ -1,7 +0,0 @@\n-apiVersion: v1\n-kind: ConfigMap\n")
    assert create.diff.startswith("--- /dev/null\n+++ head\n@@ -0,0 +1,7 @@\n+apiVersion: v1\n+kind: ConfigMap\n")
    assert unchanged.diff == ""


def test_each_environment_has_its_own_values() -> None:
    base = [manifest(config("a", "s"), environment="staging"), manifest(config("a", "p"), environment="production")]
    head = [manifest(config("a", "s2"), environment="staging"), manifest(config("a", "p2"), environment="production")]
    assert [(change.environment, change.fields) for change in compare(base, head)] == [
        ("production", (FieldChange("data.a", "p", "p2"),)),
        ("staging", (FieldChange("data.a", "s", "s2"),)),
    ]


def test_an_object_that_moved_between_overlays_is_not_deleted_and_created() -> None:
    base, head = manifest(config("a"), target="one"), manifest(config("a"), target="two")
    (change,) = compare([base], [head])
    assert (change.outcome, change.target, change.message) == (Outcome.UNCHANGED, "two", "moved from `one` to `two`")


def test_the_same_object_several_times_pairs_by_target_first() -> None:
    base = [manifest(config("a", value), target=value) for value in ("one", "two", "three")]
    head = [manifest(config("a", value), target=value) for value in ("three", "one")]
    changes = compare(base, head)
    assert [(change.target, change.outcome) for change in changes] == [
        ("one", Outcome.UNCHANGED),
        ("three", Outcome.UNCHANGED),
        ("two", Outcome.DELETE),
    ]


def test_twice_in_one_target_pairs_in_order() -> None:
    base = manifests(config("a", "1") + "---\n" + config("a", "2"))
    head = manifests(config("a", "1") + "---\n" + config("a", "3"))
    assert [change.outcome for change in compare(base, head)] == [Outcome.UNCHANGED, Outcome.UPDATE]


def test_a_new_version_of_the_api_is_an_update() -> None:
    old = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n"
    (change,) = compare([manifest(old)], [manifest(old.replace("v1beta1", "v1"))])
    assert change.outcome is Outcome.UPDATE
    assert change.fields == (FieldChange("apiVersion", "policy/v1beta1", "policy/v1"),)


@pytest.mark.parametrize("head", [[], [manifest(config("other"), target="fine")]])
def test_a_target_that_failed_at_head_deletes_nothing(head: list[Manifest]) -> None:
    base = [manifest(config("a"), target="broken")]
    unknown = [c for c in compare(base, head, failed_head={("staging", "broken")}) if c.resource.name == "a"]
    assert [(change.outcome, change.message) for change in unknown] == [
        (Outcome.UNKNOWN, "`broken` was not rendered at head")
    ]
    assert unknown[0].diff == ""


def test_a_target_that_failed_at_base_creates_nothing() -> None:
    head = [manifest(config("a"), target="mended"), manifest(config("b"), target="fine")]
    changes = compare([], head, failed_base={("staging", "mended")})
    assert [(change.outcome, change.message) for change in changes] == [
        (Outcome.UNKNOWN, "`mended` was not rendered at base"),
        (Outcome.CREATE, "unless `mended` held it, which was not rendered at base"),
    ]


def test_what_left_a_target_may_be_in_one_that_failed() -> None:
    base = [manifest(config("a"), target="fine"), manifest(config("a"), environment="production", target="fine")]
    changes = compare(base, [], failed_head={("staging", "broken")})
    assert [(change.environment, change.outcome) for change in changes] == [
        ("production", Outcome.DELETE),
        ("staging", Outcome.UNKNOWN),
    ]
    assert changes[1].message == "gone from `fine`, but `broken` may hold it: not rendered at head"


def test_field_paths() -> None:
    head = (
        DEPLOYMENT.replace("replicas: 2", "replicas: 3")
        .replace("app:1", "app:2")
        .replace("[--a, --b]", "[--a, --new, --b]")
        .replace(
            "        ports:\n        - containerPort: 80\n",
            "        ports:\n        - {containerPort: 80, name: x.y}\n",
        )
        .replace("  namespace: web\n", "  namespace: web\n  annotations: {example.com/a: b}\n")
    )
    (change,) = compare([manifest(DEPLOYMENT)], [manifest(head)])
    assert change.fields == (
        FieldChange("metadata.annotations", None, {"example.com/a": "b"}, present_before=False),
        FieldChange("spec.replicas", 2, 3),
        FieldChange("spec.template.spec.containers[name=app].args[1]", None, "--new", present_before=False),
        FieldChange("spec.template.spec.containers[name=app].image", "app:1", "app:2"),
        FieldChange(
            "spec.template.spec.containers[name=app].ports[containerPort=80].name", None, "x.y", present_before=False
        ),
    )


def test_keys_that_are_no_words_are_quoted() -> None:
    one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a.io/b: '1'}}\n"
    (change,) = compare([manifest(one)], [manifest(one.replace("'1'", "'2'"))])
    assert change.fields == (FieldChange('metadata.labels["a.io/b"]', "1", "2"),)


def test_a_new_order_of_an_associative_list_is_one_change() -> None:
    one = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: b}, {name: c}]}\n"
    two = one.replace("{name: b}, {name: c}", "{name: c}, {name: b}")
    (change,) = compare([manifest(one)], [manifest(two)])
    assert change.fields == (FieldChange("spec.containers", ["name=b", "name=c"], ["name=c", "name=b"]),)


@pytest.mark.parametrize(
    "noise",
    [
        "status: {replicas: 2}",
        (
            "metadata: {name: app, namespace: web, uid: x, resourceVersion: '1', generation: 3, creationTimestamp: null, "
            "managedFields: [{manager: kubectl}]}"
        ),
        "paused: null",
        "kind: Deployment",
    ],
)
def test_what_is_no_change(noise: str) -> None:
    import yaml  # noqa: PLC0415 - only here

    value = {**yaml.safe_load(DEPLOYMENT), **yaml.safe_load(noise)}
    reordered = dict(reversed(value.items()))
    (change,) = compare([manifest(DEPLOYMENT)], [Manifest(reordered, At("x"), "staging", "overlays/staging")])
    assert change.outcome is Outcome.UNCHANGED


def test_true_is_not_one() -> None:
    one = "apiVersion: v1\nkind: X\nmetadata: {name: a}\nspec: {a: true}\n"
    (change,) = compare([manifest(one)], [manifest(one.replace("true", "1"))])
    assert change.fields == (FieldChange("spec.a", before=True, after=1),)


def test_generated_names_pair_and_say_so() -> None:
    base = [manifest(config("settings-7hk5f2bkm9")), manifest(config("other-aaaaaaaaaa"))]
    head = [manifest(config("settings-b4dt6c882f", "2"))]
    changes = compare(base, head)
    assert outcomes(changes) == [
        ("staging", "ConfigMap/web/other-aaaaaaaaaa", Outcome.DELETE),
        ("staging", "ConfigMap/web/settings-b4dt6c882f", Outcome.UPDATE),
    ]
    assert changes[1].message == "generated: takes the place of `settings-7hk5f2bkm9`, since its content changed"
    assert FieldChange("metadata.name", "settings-7hk5f2bkm9", "settings-b4dt6c882f") in changes[1].fields


def test_generate_name_is_kept_apart_from_a_name() -> None:
    job = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: run-}\nspec: {parallelism: 1}\n"
    named = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: run-}\n"
    base, head = [manifest(job), manifest(named)], [manifest(job.replace("1}", "2}"))]
    changes = compare(base, head)
    assert sorted(change.outcome for change in changes) == [Outcome.DELETE, Outcome.UPDATE]
    update = next(change for change in changes if change.outcome is Outcome.UPDATE)
    assert update.message == "generateName: each apply creates a new object"


def test_hostile_input_costs_little() -> None:
    lines = "\n".join(["a", "b"] * 40_000)
    other = "\n".join(["b", "a", "c"] * 30_000)
    base = Manifest({"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": lines}}, At("x"))
    head = Manifest({"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": other}}, At("x"))
    (change,) = compare([base], [head])
    assert change.outcome is Outcome.UPDATE
    removed = [line for line in change.diff.split("\n")[3:] if line.startswith("-")]
    assert len(removed) >= 79_000


JSON = st.recursive(
    st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "env", "a", "b.c", "ports"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(JSON, JSON)
def test_every_difference_shows_and_only_differences(before: Any, after: Any) -> None:
    def object_with(spec: Any) -> Manifest:
        return Manifest({"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "spec": spec}, At("x"))

    (same,) = compare([object_with(before)], [object_with(before)])
    assert (same.outcome, same.diff, same.fields) == (Outcome.UNCHANGED, "", ())
    (change,) = compare([object_with(before)], [object_with(after)])
    assert (change.outcome is Outcome.UNCHANGED) == (change.diff == "") == (len(change.fields) == 0)
