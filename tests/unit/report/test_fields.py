from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.diff.compare import compare
from gitops_action.model import FieldChange, JSONValue, Manifest
from gitops_action.report.fields import brief, last_name, shortened
from tests.unit.diff.support import At
from tests.unit.report.hostile import HOSTILE, MANY

IMAGE = "spec.template.spec.containers[name=web].image"


@pytest.mark.parametrize(("path", "name"), [
    ("spec.replicas", "replicas"),
    ("replicas", "replicas"),
    (IMAGE, "image"),
    ("spec.args[2]", "args[2]"),
    ('metadata.annotations["a.b/c"]', 'annotations["a.b/c"]'),
    ("spec.containers[name=web].env[name=LOG.LEVEL].value", "env[name=LOG.LEVEL].value"),
    ("spec.value", "value"),
    ("spec.rules[0].http.paths[0].backend", "backend"),
    ('data["a]b"]', 'data["a]b"]'),
    ("", ""),
    ("a" * 100, "a" * 59 + "…"),
])  # fmt: skip
def test_how_a_field_is_called(path: str, name: str) -> None:
    assert last_name(path) == name


@pytest.mark.parametrize(("before", "after", "said"), [
    (1, 2, "f: 1 → 2"),
    ("1", 1, 'f: "1" → 1'),
    (None, "a", "f: null → a"),
    ([], "a", "f: [] → a"),
    ("x" * 99 + "a", "x" * 99 + "b", f"f: …{'x' * 20}a → …{'x' * 20}b"),
])  # fmt: skip
def test_two_values(before: JSONValue, after: JSONValue, said: str) -> None:
    assert brief(FieldChange("f", before, after)) == ("", said)


@pytest.mark.parametrize(("before", "after", "said"), [
    ("nginx:1.25", "nginx:1.26", "nginx:1.25 → 1.26"),
    ("host:5000/nginx:1.25", "host:5000/nginx:1.26", "host:5000/nginx:1.25 → 1.26"),
    ("host:5000/nginx", "host:5000/other", "host:5000/nginx → host:5000/other"),
    ("nginx", "nginx:1.26", "nginx → nginx:1.26"),
    ("nginx:1", "apache:1", "nginx:1 → apache:1"),
    ("a@sha256:" + "0" * 64, "a@sha256:" + "1" * 64, f"a@sha256:{'0' * 29}… → {'1' * 29}…"),
    (f"r.example.com/{'a' * 60}/web:1", f"r.example.com/{'a' * 60}/web:2", "…/web:1 → 2"),
])  # fmt: skip
def test_of_an_image_only_the_tag_is_said_twice(before: str, after: str, said: str) -> None:
    assert brief(FieldChange(IMAGE, before, after)) == ("", f"image: {said}")


@pytest.mark.parametrize(("field", "said"), [
    (FieldChange("a.b", None, 1, present_before=False), ("adds", "b: 1")),
    (FieldChange("a.b", 1, None, present_after=False), ("removes", "b: 1")),
    (FieldChange("a.b", None, {"c": 1}, present_before=False), ("adds", "b")),
    (FieldChange("a.b", [1], None, present_after=False), ("removes", "b")),
    (FieldChange("a.b", "x\ny", "x\nz"), ("changes", "b")),
    (FieldChange("a.b", ["c"], ["d"]), ("changes", "b")),
])  # fmt: skip
def test_what_has_no_two_values_to_show(field: FieldChange, said: tuple[str, str]) -> None:
    assert brief(field) == said


@pytest.mark.parametrize("field", [
    FieldChange("data.key", "s3cret-1", "s3cret-2", redacted=True),
    FieldChange("data.key", None, "s3cret-1", present_before=False, redacted=True),
    FieldChange("data.key", "s3cret-1", None, present_after=False, redacted=True),
    FieldChange("data.key", "<redacted, old value>", "<redacted, new value>"),
    FieldChange("data.key", "a://s3cret-u:<redacted, old value>@b", "a://s3cret-u:<redacted, new value>@b"),
])  # fmt: skip
def test_what_is_hidden_is_only_said_to_change(field: FieldChange) -> None:
    verb, text = brief(field)
    assert verb
    assert text == "key"


@given(st.from_regex(r"[a-z0-9]{12,20}", fullmatch=True), st.from_regex(r"[a-z0-9]{12,20}", fullmatch=True))
def test_no_value_of_a_secret_is_said(before: str, after: str) -> None:
    def side(value: str) -> list[Manifest]:
        environment = {"name": "DB_PASSWORD", "value": value}
        return [
            Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"k": value}}, At("a")),
            Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}, "data": {"k": value}}, At("a")),
            Manifest({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}, "spec": {"env": [environment]}}, At("a")),
        ]  # fmt: skip

    said = [brief(field) for change in compare(side(before), side(after)) for field in change.fields]
    assert len(said) == (0 if before == after else 3)
    for verb, text in said:
        assert verb == "changes"
        assert before not in text
        assert after not in text


@MANY
@given(HOSTILE, HOSTILE, HOSTILE)
def test_it_is_short_and_never_the_same_twice(path: str, before: str, after: str) -> None:
    verb, text = brief(FieldChange(path, before * 30, after * 30))
    assert len(text) <= 250
    assert "\n" not in text or "\n" in path
    if not verb:
        old, _, new = text.rpartition(" → ")
        assert old != new


@MANY
@given(st.text(max_size=80), st.text(max_size=200), st.text(max_size=200), st.integers(10, 60))
def test_two_different_texts_never_look_alike(common: str, before: str, after: str, width: int) -> None:
    old, new = shortened(common + before, common + after, width)
    assert max(len(old), len(new)) <= width
    if before != after:
        assert old != new
