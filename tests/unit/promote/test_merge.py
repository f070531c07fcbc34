"""What of a source's change goes into the target, and what of the target stays."""

from __future__ import annotations

import pytest

from gitops_action.config.promotion import Rules
from tests.unit.promote.versions import merge, one

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: {first}
          image: {image} # released
        - name: {second}
          image: sidecar:1
"""


def deployment(image: str, replicas: int = 1, first: str = "app", second: str = "proxy") -> str:
    return DEPLOYMENT.format(image=image, replicas=replicas, first=first, second=second)


def test_a_tag_beside_differing_replicas_is_all_that_changes() -> None:
    content, said = one(deployment("web:1"), deployment("web:2"), deployment("web:1", 5))
    assert content == deployment("web:2", 5)
    assert said == ["promote spec.template.spec.containers[name=app].image"]


def test_what_the_target_has_already_is_left() -> None:
    assert one(deployment("web:1"), deployment("web:2"), deployment("web:2", 5)) == (None, [])


def test_versions_are_promoted_over_older_ones_and_registries_stay() -> None:
    content, _ = one(deployment("web:1"), deployment("web:3"), deployment("mirror.example.com:5000/web:2", 5))
    assert content == deployment("mirror.example.com:5000/web:3", 5)


def test_a_digest_goes_with_its_tag() -> None:
    content, _ = one(deployment("web:1@sha256:aa"), deployment("web:2@sha256:bb"), deployment("web:1@sha256:aa", 5))
    assert content == deployment("web:2@sha256:bb", 5)


def test_a_repository_that_differs_is_for_people() -> None:
    content, said = one(deployment("web:1"), deployment("shop:1"), deployment("mirror/web:1", 5))
    assert (content, said) == (None, ["conflict spec.template.spec.containers[name=app].image"])


def test_containers_match_by_name_in_any_order() -> None:
    target = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: proxy, image: sidecar:1}
      - {name: app, image: web:1}
"""
    content, _ = one(deployment("web:1"), deployment("web:2"), target)
    assert content == target.replace("web:1", "web:2")


@pytest.mark.parametrize(
    ("old", "new", "target", "result"),
    [
        ("tag: 1234", "tag: 1235", "tag: '1234'", "tag: '1235'"),
        ("tag: '1234'", "tag: '1235'", "tag: 1234", "tag: 1235"),
        ("tag: 1234", "tag: 1235", "tag: 1234", "tag: 1235"),
        ('tag: "1.10"', 'tag: "1.20"', "tag: '1.10' # ours", "tag: '1.20' # ours"),
        ("x: 1.0", "x: 1.10", "x: 1.0 # ours", "x: 1.10 # ours"),
        ("tag: v1", "tag: '0123'", "tag: v1", "tag: '0123'"),
        ("tag: v1", "tag: 'yes'", "tag: v1", 'tag: "yes"'),
    ],
)
def test_values_keep_their_type_and_quotes(old: str, new: str, target: str, result: str) -> None:
    rest = "\nreplicas: {}\n"
    content, _ = one(old + rest.format(1), new + rest.format(1), target + rest.format(2))
    if result == "tag: '0123'":
        assert content in {result + rest.format(2), 'tag: "0123"' + rest.format(2)}
    else:
        assert content == result + rest.format(2)


def test_ranges_of_versions_are_for_people() -> None:
    def release(version: str, host: str) -> str:
        return (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: podinfo}\n"
            f'spec:\n  chart:\n    spec:\n      version: "{version}"\n  values: {{host: {host}}}\n'
        )

    content, said = one(release(">=1.0.0-alpha", "s"), release(">=2.0.0-alpha", "s"), release(">=1.0.0", "p"))
    assert (content, said) == (None, ["conflict spec.chart.spec.version"])
    content, said = one(release("1.0.0", "s"), release("1.1.0", "s"), release("0.9.0", "p"))
    assert (content, said) == (release("1.1.0", "p"), ["promote spec.chart.spec.version"])
    content, said = one(release("1.0.0", "s"), release("1.1.0", "s"), release("~1.0", "p"))
    assert said == ["conflict spec.chart.spec.version"]


@pytest.mark.parametrize("field", ["replicas", "namespace", "host", "resources", "maxReplicas", "namePrefix"])
def test_an_environments_own_fields_are_kept_by_default(field: str) -> None:
    content, said = one(f"{field}: a\n", f"{field}: b\n", f"{field}: c\n")
    assert (content, said) == (None, [f"keep {field}"])


def test_what_nobody_decided_is_for_people() -> None:
    assert one("level: a\n", "level: b\n", "level: c\n") == (None, ["conflict level"])


def test_rules_decide_the_more_special_first() -> None:
    assert one("level: a\n", "level: b\n", "level: c\n", rules=Rules(keep=("level",)))[1] == ["keep level"]
    assert one("level: a\n", "level: b\n", "level: c\n", rules=Rules(promote=("/level",)))[0] == "level: b\n"
    assert (
        one("replicas: 1\n", "replicas: 2\n", "replicas: 3\n", rules=Rules(promote=("replicas",)))[0] == "replicas: 2\n"
    )


def test_a_block_rule_beats_an_allow_rule() -> None:
    rules = Rules(promote=("level",), block=("level",))
    assert one("level: a\n", "level: b\n", "level: c\n", rules=rules) == (None, ["block level"])
    # Even where the target has the source's old value.
    assert one("level: a\nx: 1\n", "level: b\nx: 2\n", "level: a\nx: 1\n", rules=rules) == (
        "level: a\nx: 2\n",
        ["block level", "promote x"],
    )


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("tag: c # gitops: keep\n", (None, ["keep tag"])),
        ("# gitops: keep\ntag: c\n", (None, ["keep tag"])),
        ("level: c # gitops: promote\n", ("level: b # gitops: promote\n", ["promote level"])),
        ("level: a # gitops: block\n", None),
    ],
)
def test_a_comment_in_the_target_decides(comment: str, expected: tuple[str | None, list[str]] | None) -> None:
    field = "tag" if "tag" in comment else "level"
    content, said = one(f"{field}: a\nx: 1\n", f"{field}: b\nx: 1\n", f"{comment}x: 2\n")
    if expected is None:
        assert content is None
        assert said == ["block level"]
    else:
        assert (content and content.replace("x: 2\n", ""), said) == expected


def test_a_comment_above_a_parent_holds_for_what_is_in_it() -> None:
    old, new = "image:\n  tag: 1\n", "image:\n  tag: 2\n"
    assert one(old, new, "# gitops: keep\nimage:\n  tag: 0\n")[1] == ["keep image.tag"]


def test_new_fields_come_with_their_comments() -> None:
    old = "values:\n  host: staging\n"
    new = "values:\n  # the cache\n  redis:\n    tag: 8.7.0 # newer\n  host: staging\n"
    target = "values:\n    host: production\n"
    content, said = one(old, new, target)
    assert content == "values:\n    host: production\n    redis:\n        tag: 8.7.0 # newer\n"
    assert said == ["promote values.redis"]


def test_fields_that_go_away_go_away_unless_they_differ() -> None:
    old, new = "a: 1\nb: 2\nc: 3\n", "a: 1\n"
    assert one(old, new, "a: 0\nb: 2\nc: 4\n") == ("a: 0\nc: 4\n", ["promote b", "conflict c"])


def test_a_field_below_a_parent_that_the_target_lacks() -> None:
    old, new = "image:\n  tag: 1\n  pull: x\n", "image:\n  tag: 2\n  pull: x\n"
    assert one(old, new, "host: p\n") == ("host: p\nimage:\n  tag: 2\n", ["promote image"])
    old, new = "log:\n  level: a\n", "log:\n  level: b\n"
    assert one(old, new, "host: p\n") == (None, ["conflict log.level"])


def test_new_items_stand_where_the_source_has_them() -> None:
    old = "env:\n- name: A\n  value: a\n- name: C\n  value: c\n"
    new = "env:\n- name: A\n  value: a\n- name: B # middle\n  value: b\n- name: C\n  value: c\n"
    target = "env:\n  - name: A\n    value: other\n  - name: C\n    value: c\n"
    content, _ = one(old, new, target)
    assert (
        content
        == "env:\n  - name: A\n    value: other\n  - name: B # middle\n    value: b\n  - name: C\n    value: c\n"
    )


def test_lists_without_keys_are_one_value() -> None:
    assert one("args: [a]\n", "args: [a, b]\n", "args: [a]\nx: 1\n")[0] == "args: [a, b]\nx: 1\n"
    assert one("args: [a]\n", "args: [a, b]\n", "args: [c]\n")[1] == ["conflict args"]


def test_resources_of_a_kustomization_are_a_set() -> None:
    old = "resources:\n- ../base\n- staging-only.yaml\n"
    new = "resources:\n- ../base\n- extra.yaml\n- staging-only.yaml\n"
    target = "resources:\n- ../base\n- prod-only.yaml\nnamespace: p\n"
    content, said = one(old, new, target, file="kustomization.yaml")
    assert content == "resources:\n- ../base\n- extra.yaml\n- prod-only.yaml\nnamespace: p\n"
    assert said == ["promote resources[extra.yaml]"]


@pytest.mark.parametrize("field", ["newTag", "digest"])
def test_images_of_a_kustomization(field: str) -> None:
    text = "images:\n- name: web\n  {}: {}\n- name: db\n  newTag: '5'\nnamespace: {}\n"
    content, _ = one(
        text.format(field, 1, "s"), text.format(field, 2, "s"), text.format(field, 1, "p"), file="kustomization.yaml"
    )
    assert content == text.format(field, 2, "p")


def test_documents_pair_by_identity_wherever_they_stand() -> None:
    def maps(*values: tuple[str, str]) -> str:
        return "---\n".join(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{v: {value}}}\n"
            for name, value in values
        )

    content, _ = one(
        maps(("a", "x"), ("b", "x")), maps(("b", "w"), ("a", "x")), maps(("b", "x"), ("c", "z"), ("a", "x"))
    )
    assert content == maps(("b", "w"), ("c", "z"), ("a", "x"))
    content, said = one(maps(("a", "x")), maps(("a", "x"), ("b", "y")), maps(("a", "z")))
    assert content == maps(("a", "z"), ("b", "y"))
    content, said = one(maps(("a", "x"), ("b", "y")), maps(("a", "x")), maps(("b", "y"), ("a", "z")))
    assert content is not None
    assert "name: b" not in content
    content, said = one(maps(("a", "x"), ("b", "y")), maps(("a", "x")), maps(("b", "w"), ("a", "z")))
    assert (content, said) == (None, ["conflict"])


def test_an_object_of_another_name_is_the_same_where_it_is_alone() -> None:
    content, _ = one(
        deployment("web:1"), deployment("web:2"), deployment("web:1", 3).replace("name: web", "name: prod-web")
    )
    assert content == deployment("web:2", 3).replace("name: web", "name: prod-web")


def test_only_named_fields_in_the_mode_fields() -> None:
    old, new = "image: {tag: 1}\nlevel: a\n", "image: {tag: 2}\nlevel: b\n"
    assert one(old, new, old, fields=("image.tag",)) == ("image: {tag: 2}\nlevel: a\n", ["promote image.tag"])


def test_sync_takes_everything_but_what_is_kept() -> None:
    source = "level: b\nreplicas: 1\nextra: {a: 1}\n"
    content, said = one("", source, "level: c\nreplicas: 5\nown: 1\n", sync=True)
    assert content is not None
    assert content.startswith("level: b\nreplicas: 5\nown: 1\nextra:")
    assert sorted(said) == ["keep replicas", "promote extra", "promote level"]


def test_values_that_may_be_credentials_are_not_shown() -> None:
    old, new, target = (
        f"apiVersion: v1\nkind: ConfigMap\ndata:\n  password: {value}\n" for value in ("one", "two", "three")
    )
    merged = merge({"a.yaml": old}, {"a.yaml": new}, {"a.yaml": target})
    (said,) = merged.decisions
    assert said.action.value == "conflict"
    assert {said.old, said.new, said.target} == {"(hidden)"}
