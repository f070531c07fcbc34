"""Edits of text: what changes, and that nothing else does."""

from __future__ import annotations

import pytest

from gitops_action.promote.edit import Delete, Edit, EditError, Insert, Set, edit, source_text

D = 0


def edited(text: str, *edits: Edit) -> str:
    return edit(text.encode(), "a.yaml", edits).decode()


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("a: 1 # why\n", 2, "a: 2 # why\n"),
        ("a:   v1   # why\n", "v2", "a:   v2   # why\n"),
        ("a: v1\n", "1.10", 'a: "1.10"\n'),
        ("b: 'x'\na: v1\n", "1234", "b: 'x'\na: '1234'\n"),
        ("a: v1\n", "0123", 'a: "0123"\n'),
        ("a: v1\n", "yes", 'a: "yes"\n'),
        ("a: v1\n", "~", 'a: "~"\n'),
        ("a: v1\n", "- x", 'a: "- x"\n'),
        ("a: v1\n", "x #y", 'a: "x #y"\n'),
        ("a: v1\n", "x: y", 'a: "x: y"\n'),
        ("a: v1\n", "2024-01-01", 'a: "2024-01-01"\n'),
        ("a: v1\n", "1:30", 'a: "1:30"\n'),
        ("a: v1\n", "0o17", 'a: "0o17"\n'),
        ("a: v1\n", "=", 'a: "="\n'),
        ("a: 1234\n", "1235", 'a: "1235"\n'),
        ("a: '1'\n", "it's", "a: 'it''s'\n"),
        ('a: "1"\n', "2", 'a: "2"\n'),
        ("a: '1'\n", "x\ny", 'a: "x\\ny"\n'),
        ("a: 'on'\n", True, "a: true\n"),
        ("a: |\n  x\n  y\n\nb: 1\n", "z\n", "a: |\n  z\n\nb: 1\n"),
        ("a: |-\n    x\nb: 1\n", "y\nz", "a: |-\n    y\n    z\nb: 1\n"),
        ("a: >-\n  x\n  y\nb: 1\n", "z", "a: z\nb: 1\n"),
        ("a:\nb: 1\n", "x", "a: x\nb: 1\n"),
        ("a:  # why\nb: 1\n", "x", "a: x  # why\nb: 1\n"),
        ("a: x", "w", "a: w"),
        ("a: x\r\nb: y\r\n", "z", "a: z\r\nb: y\r\n"),
        ("{a: x, b: [y]} # why\n", "z, w", '{a: "z, w", b: [y]} # why\n'),
        ('{\n\t"a": "x"\n}\n', 'q"', '{\n\t"a": "q\\""\n}\n'),
        ("a: &x !!str 5\nb: 1\n", "six", "a: &x !!str six\nb: 1\n"),
        ("a: one\n  two # no\nb: 1\n", "three", "a: three # no\nb: 1\n"),
        ("a: 1 # why\nb: 2\n", {"c": 1}, "a: # why\n  c: 1\nb: 2\n"),
        ("a:\n  c: 1 # why\nb: 2\n", "x", None),
        ("a:\n- 1\n- 2\nb: 2\n", [3], "a:\n- 3\nb: 2\n"),
        ("a: []\nb: 2\n", [3], None),
        ("a: {c: 1}\n", {"c": 2}, "a: {c: 2}\n"),
        ("é: ü\na: v1 # 🎉\n", "v2", "é: ü\na: v2 # 🎉\n"),
        ("\ufeffa: 1\n", 2, "\ufeffa: 2\n"),
    ],
)
def test_a_value_is_set(text: str, value: object, expected: str | None) -> None:
    result = edited(text, Set(D, ("a",), value))  # type: ignore[arg-type] # JSON values
    if expected is not None:
        assert result == expected


CASES: list[tuple[str, list[Edit], str]] = [
    ("a:\n  - x # c\n  # own\n  - z\n", [Delete(D, ("a", 1))], "a:\n  - x # c\n  # own\n"),
    ("a:\n  - x\nb: 1\n", [Delete(D, ("a", 0))], "a: []\nb: 1\n"),
    ("a:\n  k: 1\nb: 1", [Delete(D, ("a", "k"))], "a: {}\nb: 1"),
    ("- k: 1 # c\n  l: 2\n- k: 2\n", [Delete(D, (0, "k"))], "- l: 2\n- k: 2\n"),
    ("- k: 1\n  l: 2\n  m: 3\n", [Delete(D, (0, "k")), Delete(D, (0, "l"))], "- m: 3\n"),
    ("a: [x, w, z]\n", [Delete(D, ("a", 1)), Delete(D, ("a", 2))], "a: [x]\n"),
    ("a: [x, w, z]\n", [Delete(D, ("a", 0)), Delete(D, ("a", 1))], "a: [z]\n"),
    ("a: [x, w, z]\n", [Delete(D, ("a", 0)), Delete(D, ("a", 2))], "a: [w]\n"),
    ("a: [x]\n", [Delete(D, ("a", 0))], "a: []\n"),
    ("a:\n- x\n- w\n", [Delete(D, ("a", 1)), Insert(D, ("a", 2), "v")], "a:\n- x\n- v\n"),
    (
        "a:\n- x\n- w\n",
        [Insert(D, ("a", 0), "u"), Insert(D, ("a", 1), {"k": [1]}), Insert(D, ("a", 2), "e")],
        "a:\n- u\n- x\n- k:\n  - 1\n- w\n- e\n",
    ),
    ("a:\n  b: |\n    x\n\nc: 1\n", [Insert(D, ("a", "d"), "w")], "a:\n  b: |\n    x\n  d: w\n\nc: 1\n"),
    (
        "a:\n  b:\n    c: 1\nd: 1\n",
        [Insert(D, ("a", "e"), 1), Insert(D, ("a", "b", "e"), 1)],
        "a:\n  b:\n    c: 1\n    e: 1\n  e: 1\nd: 1\n",
    ),
    ("a:\n  b: 1", [Insert(D, ("a", "e"), 1), Insert(D, ("z",), 1)], "a:\n  b: 1\n  e: 1\nz: 1"),
    ("b:\r\n- x\r\n", [Insert(D, ("b", 1), {"k": "v", "l": 1})], "b:\r\n- x\r\n- k: v\r\n  l: 1\r\n"),
    ("a:\n  - x\nb:\n  c: 1\n", [Insert(D, ("b", "l"), ["w"])], "a:\n  - x\nb:\n  c: 1\n  l:\n    - w\n"),
    ('{\n  "a": [\n    1\n  ]\n}\n', [Insert(D, ("a", 1), 2)], '{\n  "a": [\n    1,\n    2\n  ]\n}\n'),
    ("a: {}\nb: 1\n", [Insert(D, ("a", "k"), "v")], "a:\n  k: v\nb: 1\n"),
    ("---\na: 1\n---\na: 1 # c\n...\n---\na: 1\n", [Set(1, ("a",), 2)], "---\na: 1\n---\na: 2 # c\n...\n---\na: 1\n"),
    ("a: &x v1\nb: *x\n", [Set(D, ("b",), "v2")], "a: &x v1\nb: v2\n"),
    ("a: &x v1\nb: *x\n", [Set(D, ("a",), "v2"), Set(D, ("b",), "v2")], "a: &x v2\nb: v2\n"),
    ("a: &x\n  k: 1\n  l: 2\nb: *x\n", [Set(D, ("b", "k"), 2)], "a: &x\n  k: 1\n  l: 2\nb:\n  k: 2\n  l: 2\n"),
    (
        "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  z: 1\n",
        [Set(D, ("b", "k"), 2)],
        "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  z: 1\n  k: 2\n",
    ),
]


@pytest.mark.parametrize(("text", "edits", "expected"), CASES)
def test_entries_come_and_go(text: str, edits: list[Edit], expected: str) -> None:
    assert edited(text, *edits) == expected


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        # The alias would change too.
        ("a: &x v1\nb: *x\n", [Set(D, ("a",), "v2")]),
        ("a: &x\n  k: 1\nb: *x\n", [Set(D, ("a", "k"), 2)]),
        # Two edits of one place.
        ("a: 1\n", [Set(D, ("a",), 2), Set(D, ("a",), 3)]),
        ("a:\n  b: 1\n", [Set(D, ("a",), 2), Set(D, ("a", "b"), 3)]),
        # What is not there, or is already.
        ("a: 1\n", [Set(D, ("b",), 1)]),
        ("a: 1\n", [Insert(D, ("a",), 1)]),
        ("a: [1]\n", [Insert(D, ("a", 2), 1)]),
        ("a: [1]\n", [Delete(D, ("a", 1))]),
        ("a: 1\n", [Set(1, ("a",), 1)]),
        # A comment would come to stand beside another key; a text would get a line more.
        ("- k: 1\n  # of l\n  l: 2\n", [Delete(D, (0, "k"))]),
        ("a:\n  b: |+\n    x\n\n\nc: 1\n", [Insert(D, ("a", "d"), "w")]),
    ],
)
def test_what_cannot_be_right_is_refused(text: str, edits: list[Edit]) -> None:
    with pytest.raises(EditError, match=r"^a\.yaml"):
        edited(text, *edits)


def test_an_entry_is_taken_over_with_its_comments() -> None:
    source = b"x:\n    - name: web # the front\n      # how many\n      replicas: '2'\n"
    like = source_text(source, "s.yaml", 0, ("x", 0))
    result = edited("w:\n- name: db\n", Insert(D, ("w", 1), {"name": "web", "replicas": "2"}, like))
    assert result == "w:\n- name: db\n- name: web # the front\n  # how many\n  replicas: '2'\n"


def test_an_entry_that_is_spelled_otherwise_is_not_taken_over() -> None:
    assert edited("a: 1\n", Insert(D, ("b",), "x", "'z' # no")) == "a: 1\nb: x\n"
