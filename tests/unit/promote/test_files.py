"""Files that come, go and move, and those that never travel."""

from __future__ import annotations

import pytest

from tests.unit.promote.versions import merge

KUSTOMIZATION = "kustomization.yaml"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n"


def config(value: str, name: str = "settings") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  level: {value}\n"


def listing(*names: str) -> str:
    return "resources:\n" + "".join(f"- {name}\n" for name in names)


def said(merged: object) -> list[str]:
    return [f"{one.action.value} {one.file}: {one.reason}" for one in merged.decisions]  # type: ignore[attr-defined]


def test_a_new_file_comes_with_its_entry() -> None:
    old = {KUSTOMIZATION: listing("web.yaml"), "web.yaml": config("a")}
    new = {
        KUSTOMIZATION: listing("web.yaml", "extra.yaml"),
        "web.yaml": config("a"),
        "extra.yaml": config("staging", "x"),
    }
    target = {KUSTOMIZATION: listing("web.yaml", "own.yaml"), "web.yaml": config("b"), "own.yaml": config("c")}
    merged = merge(old, new, target)
    assert merged.changes == {
        "extra.yaml": config("staging", "x").encode(),
        KUSTOMIZATION: listing("web.yaml", "extra.yaml", "own.yaml").encode(),
    }
    assert "promote extra.yaml: added; mentions `staging` on line 6: look at it" in said(merged)


def test_a_file_that_both_have_otherwise_is_a_conflict_and_no_entry_comes() -> None:
    merged = merge(
        {KUSTOMIZATION: "resources: []\n"},
        {KUSTOMIZATION: listing("x.yaml"), "x.yaml": config("a")},
        {KUSTOMIZATION: "resources: []\n", "x.yaml": config("b")},
    )
    assert merged.changes == {}
    assert said(merged) == ["conflict x.yaml: the source added it, and the target has another file of that name"]


def test_a_file_that_goes_away_goes_away_unless_it_differs() -> None:
    old = {KUSTOMIZATION: listing("a.yaml", "b.yaml"), "a.yaml": config("a"), "b.yaml": config("b")}
    new = {KUSTOMIZATION: "resources: []\n"}
    target = {**old, "b.yaml": config("other")}
    merged = merge(old, new, target)
    assert merged.changes == {"a.yaml": None, KUSTOMIZATION: listing("b.yaml").encode()}
    assert len(merged.conflicts) == 1
    assert merged.conflicts[0].file == "b.yaml"


def test_what_is_no_yaml_is_the_same_by_its_bytes_alone() -> None:
    merged = merge({"same.txt": "a\n", "own.txt": "a\n"}, {}, {"same.txt": "a\n", "own.txt": "mine\n"})
    assert merged.changes == {"same.txt": None}
    assert [one.file for one in merged.conflicts] == ["own.txt"]


def test_a_moved_file_moves_in_the_target_with_its_own_values() -> None:
    old = {KUSTOMIZATION: listing("a.yaml"), "a.yaml": config("a")}
    new = {KUSTOMIZATION: listing("deep/b.yaml"), "deep/b.yaml": config("a") + "  more: x\n"}
    target = {
        KUSTOMIZATION: listing("a.yaml", "own.yaml"),
        "a.yaml": config("a", "settings").replace("name: settings", "name: settings # ours"),
        "own.yaml": config("o"),
    }
    merged = merge(old, new, target)
    assert merged.changes["a.yaml"] is None
    assert (
        merged.changes["deep/b.yaml"]
        == b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings # ours\ndata:\n  level: a\n  more: x\n"
    )
    content = merged.changes[KUSTOMIZATION]
    assert content is not None
    assert sorted(content.decode().splitlines()) == ["- deep/b.yaml", "- own.yaml", "resources:"]


def test_a_file_that_the_target_never_had_stays_out() -> None:
    merged = merge({"a.yaml": config("a")}, {"a.yaml": config("b")}, {"other.yaml": config("c")})
    assert merged.changes == {}
    assert said(merged) == ["keep a.yaml: the target does not have this file"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("secret.yaml", SECRET),
        ("sealed.yaml", SECRET.replace("kind: Secret", "kind: SealedSecret")),
        ("any.yaml", "data: ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]\nsops:\n  mac: x\n"),
        ("values.env", "PASSWORD=ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]\n"),
    ],
)
def test_credentials_never_travel(path: str, content: str) -> None:
    old = {KUSTOMIZATION: "resources: []\n"}
    new = {KUSTOMIZATION: listing(path), path: content}
    merged = merge(old, new, {KUSTOMIZATION: "resources: []\n"})
    assert merged.changes == {}
    assert [one.action.value for one in merged.decisions] == ["supply"]
    # Nor where the target has its own.
    merged = merge({path: content}, {path: f"{content}# changed\n"}, {path: content})
    assert merged.changes == {}
    assert all("hunter2" not in repr(one) for one in merged.decisions)


def test_what_a_generator_of_secrets_reads_never_travels() -> None:
    old = {KUSTOMIZATION: "secretGenerator:\n- name: db\n  envs: [db.env]\n", "db.env": "PASSWORD=one\n"}
    new = {KUSTOMIZATION: old[KUSTOMIZATION] + "  literals: [token=abc]\n", "db.env": "PASSWORD=two\n"}
    merged = merge(old, new, old)
    assert merged.changes == {}
    assert {one.action.value for one in merged.decisions} == {"supply"}
    assert "two" not in repr(merged.decisions)
    assert "abc" not in repr(merged.decisions)


def test_credentials_beside_other_objects_are_for_people() -> None:
    merged = merge({}, {"all.yaml": config("a") + "---\n" + SECRET}, {"x.yaml": config("b")})
    assert merged.changes == {}
    assert [one.action.value for one in merged.decisions] == ["conflict"]


def test_a_new_kustomization_does_not_bring_what_stays_behind() -> None:
    new = {
        "db/kustomization.yaml": "resources:\n- secret.yaml\n- web.yaml\nsecretGenerator:\n- name: x\n  literals: [a=b]\n",
        "db/secret.yaml": SECRET,
        "db/web.yaml": config("a"),
    }
    merged = merge({}, new, {"x.yaml": config("b")})
    assert merged.changes == {
        "db/kustomization.yaml": b"resources:\n- web.yaml\n",
        "db/web.yaml": config("a").encode(),
    }


def test_texts_merge_by_lines_that_do_not_touch() -> None:
    old, new = "a=1\nb=2\nc=3\nd=4\n", "a=1\nb=2\nc=3\nd=5\n"
    assert merge({"x.env": old}, {"x.env": new}, {"x.env": "a=9\nb=2\nc=3\nd=4\n"}).changes == {
        "x.env": b"a=9\nb=2\nc=3\nd=5\n"
    }
    assert merge({"x.env": old}, {"x.env": new}, {"x.env": "a=1\nb=2\nc=9\nd=4\n"}).conflicts
    assert merge({"x.env": b"\0\1"}, {"x.env": b"\0\2"}, {"x.env": b"\0\3"}).conflicts


def test_a_target_that_cannot_be_read_is_said_to_be_broken_with_its_place() -> None:
    merged = merge({"a.yaml": "x: 1\n"}, {"a.yaml": "x: 2\n"}, {"a.yaml": "x: 1\ny: [\n"})
    assert merged.changes == {}
    assert merged.conflicts[0].reason.startswith("the target's file cannot be read: a.yaml:")


def test_duplicate_keys_in_the_target_do_not_break_it() -> None:
    merged = merge({"a.yaml": "x: 1\n"}, {"a.yaml": "x: 2\n"}, {"a.yaml": "x: 0\ny: 1\nx: 1\n"})
    assert merged.changes in ({"a.yaml": b"x: 0\ny: 1\nx: 2\n"}, {})


def test_line_ends_and_marks_stay() -> None:
    old, new = "tag: 1\r\nhost: s\r\n", "tag: 2\r\nhost: s\r\n"
    assert merge({"a.yaml": old}, {"a.yaml": new}, {"a.yaml": "\ufefftag: 1\r\nhost: p"}).changes == {
        "a.yaml": "\ufefftag: 2\r\nhost: p".encode()
    }


def test_a_file_like_the_sources_comes_with_its_comments_and_says_what_changed() -> None:
    new = config("b").replace("\ndata:", "\n# why\ndata:")
    merged = merge({"a.yaml": config("a")}, {"a.yaml": new}, {"a.yaml": config("a")})
    assert merged.changes == {"a.yaml": new.encode()}
    assert [(one.path, one.old, one.new) for one in merged.decisions] == [("data.level", "a", "b")]


def test_a_comment_that_blocks_counts_in_a_file_like_the_sources_too() -> None:
    old = "level: a # gitops: block\nx: 1\n"
    merged = merge({"a.yaml": old}, {"a.yaml": "level: b # gitops: block\nx: 2\n"}, {"a.yaml": old})
    assert merged.changes == {"a.yaml": b"level: a # gitops: block\nx: 2\n"}


def test_text_that_gets_lost_as_a_tag_stays_as_it_is() -> None:
    text = "note: ![a](b)\nlist: [!c, d]\nx: {}\n"
    old, new = text.format(1), text.format(2)
    assert merge({"a.yaml": old}, {"a.yaml": new}, {"a.yaml": old + "y: 3\n"}).changes == {
        "a.yaml": (new + "y: 3\n").encode()
    }
