from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.codes import CODES
from gitops_action.codes.validating import VALIDATING
from gitops_action.config.comments import REACHED, Comment, parse, read
from gitops_action.model import Finding, Location
from tests.gitrepo import Link
from tests.memorytree import MemoryTree


def one(text: str) -> Comment | Finding:
    [entry] = parse(text, "a.yaml")
    return entry


def test_what_a_comment_says() -> None:
    entry = one("a: 1  # gitops-action: ignore wrong-type until 2027-01-31 -- the operator -- adds it \n")
    assert entry == Comment("wrong-type", "the operator -- adds it", 1, Location("a.yaml", 1, 7), date(2027, 1, 31))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1 # gitops-action: ignore wrong-type -- r\nb: 2", 1),
        ("# gitops-action: ignore wrong-type -- r\na: 1", 2),
        ("x: 1\n\t #gitops-action:ignore wrong-type --r\n\n  # why\na: 1", 5),
        ("# gitops-action: ignore wrong-type -- r\r\n---  # first\r\na: 1", 3),
        ("\ufeff# gitops-action: ignore wrong-type -- r\na: 1", 2),
        ("items:\n- # gitops-action: ignore wrong-type -- r\n  a: 1", 3),
        ("- a # gitops-action: ignore wrong-type -- r", 1),
        ("a: 1\n# gitops-action: ignore wrong-type -- nothing below\n", 2),
        ("a: '#' # gitops-action: ignore wrong-type -- r", 1),
    ],
)
def test_the_line_that_is_meant(text: str, line: int) -> None:
    entry = one(text)
    assert isinstance(entry, Comment)
    assert entry.line == line
    assert entry.reason.startswith(("r", "nothing"))


def test_several_comments_above_one_line() -> None:
    text = """\
        # gitops-action: ignore wrong-type, unknown-field -- a
        # gitops-action: ignore invalid-enum -- b
        a: 1
        """
    found = list(parse(dedent(text), "a.yaml"))
    assert [(entry.code, entry.line) for entry in found if isinstance(entry, Comment)] == [
        ("wrong-type", 3),
        ("unknown-field", 3),
        ("invalid-enum", 3),
    ]


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("ignore wrong-type", "suppression-invalid", "the comment is not understood: write `# gitops-action: ignore CODE"),
        ("ignore wrong-type --", "suppression-invalid", "not understood"),
        ("ignore wrong-type -- ", "suppression-invalid", "not understood"),
        ("ignore -- r", "suppression-invalid", "not understood"),
        ("ignore wrong-type, -- r", "suppression-invalid", "not understood"),
        ("ignore wrong-type until -- r", "suppression-invalid", "not understood"),
        ("disable wrong-type -- r", "suppression-invalid", "not understood"),
        ("", "suppression-invalid", "not understood"),
        ("ignore wrong-type until 2027-02-30 -- r", "suppression-invalid", "`2027-02-30` is no day"),
        ("ignore wrong-type until tomorrow -- r", "suppression-invalid", "`tomorrow` is no day"),
        ("ignore wrong_type -- r", "suppression-invalid", "there is no reason code `wrong_type`: did you mean `wrong-type`?"),
        ("ignore config-invalid -- r", "suppression-refused", "no comment can suppress `config-invalid`"),
        ("ignore engine-failed -- r", "suppression-refused", "no comment can suppress `engine-failed`"),
        ("ignore yaml-syntax -- r", "suppression-refused", "no comment can suppress `yaml-syntax`"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_a_finding_at_the_comment(said: str, code: str, message: str) -> None:
    entry = one(f"a: 1  # gitops-action: {said}\n")
    assert isinstance(entry, Finding)
    assert (entry.code, entry.severity, entry.location) == (code, CODES[code].severity, Location("a.yaml", 1, 7))
    assert message in entry.message


@pytest.mark.parametrize(
    "text", ["# gitops-action is great\n", "a: x#gitops-action: ignore wrong-type -- r\n", "a: 1\n"]
)
def test_what_is_no_such_comment(text: str) -> None:
    assert list(parse(text, "a.yaml")) == []


def test_only_findings_about_objects_are_in_reach() -> None:
    assert CODES.keys() >= REACHED
    # A new code of validation belongs either here or there: a comment speaks for an object, not for what nobody could judge.
    # Nor does it speak for a policy, or for credentials that have come out: whoever it refuses could write the comment.
    beyond = {"engine-failed", "schema-invalid", "schema-unreachable", "admission-denied", "encryption-missing"}
    assert {code.name for code in VALIDATING} == REACHED | beyond
    assert not REACHED & {"engine-failed", "schema-invalid", "config-invalid", "path-escapes-repository"}
    assert not [code for code in REACHED if code.startswith(("suppression-", "config-", "render", "remote-"))]


def test_only_files_of_the_tree_are_read_and_each_once() -> None:
    marked = "a: 1 # gitops-action: ignore wrong-type -- r\n"
    tree = MemoryTree(
        {"a.yaml": marked, "b.yaml": "b: 1\n", "bin": marked.encode() + b"\xff", "gone": None, "l": Link("a")}
    )
    comments, findings = read(tree, ["a.yaml", "a.yaml", "b.yaml", "bin", "gone", "l", "../etc/passwd", ""])
    assert [comment.location.file for comment in comments] == ["a.yaml", "bin"]
    assert findings == []
    assert tree.reads == ["a.yaml", "b.yaml", "bin", "gone", "l"]


@given(st.text(st.sampled_from("a:# -\n\r\tgitops-action ignore wrong-type,until207\ufeff"), max_size=80))
def test_no_text_breaks_anything(text: str) -> None:
    for entry in parse(f"# gitops-action: {text}", "a.yaml"):
        place = entry.location
        assert 1 <= (place.line or 0) <= text.count("\n") + 1
        if isinstance(entry, Comment):
            assert (place.line or 0) <= entry.line <= text.count("\n") + 1
            assert entry.reason.strip()
