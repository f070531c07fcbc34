"""Reading line by line gives what libyaml gives, value by value and place by place, or leaves the text to libyaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_action.model import JSONValue, Location, Pointer
from gitops_action.repository import lines, quick, quick_places
from gitops_action.repository.documents import Document, load
from gitops_action.repository.lines import LINES
from gitops_action.repository.parts import split
from tests.support import ROOT, corpus


def slowly(text: str) -> list[Any]:
    """Read by libyaml alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "read", lambda *_: None)
        return load(text.encode(errors="surrogatepass"), "f.yaml")


def pointers(value: JSONValue, at: Pointer = ()) -> Iterator[Pointer]:
    """Yield where something is, and where nothing is."""
    yield at
    yield (*at, "\0")
    yield (*at, 0)
    if isinstance(value, dict):
        for key, part in value.items():
            yield from pointers(part, (*at, key))
    elif isinstance(value, list):
        yield (*at, len(value))
        for index, part in enumerate(value):
            yield from pointers(part, (*at, index))


def same(one: Any, other: Any) -> bool:
    """Compare as JSON, and the order of keys too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def places(document: Document) -> dict[tuple[Pointer, bool], Location]:
    asked = [(pointer, key) for pointer in pointers(document.value) for key in (False, True)]
    return {(pointer, key): document.locate(pointer, key=key) for pointer, key in asked}


def compare(text: str) -> None:
    """Read a file both ways."""
    ours, theirs = load(text.encode(errors="surrogatepass"), "f.yaml"), slowly(text)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        if isinstance(one, Document):
            assert isinstance(other, Document)
            assert same(one.value, other.value)
            assert places(one) == places(other)
        else:
            assert one == other


def is_quick(text: str) -> bool:
    return all(quick.read(part.text, 250) is not None for part in split(text, "f.yaml"))


KEYS = st.sampled_from(
    ["a", "b", "c", "'d'", '"e"', "1", "on", "<<", "x y", "f:g", "h#i", "j #k", "-l", "- m", "?", "? n", "&o p", "~", "é", "%q", "r\u2028"]
)  # fmt: skip
SCALARS = st.sampled_from(
    [
        *("", " ", "x", "x y", "x: y", "x:y", "x:", ":x", "x #c", "x#c", "#c", "x # c: d", "-", "- x", "-x", "--x", "---", "..."),
        *("1", "1.0", "1e3", "0x1F", ".nan", "~", "null", "yes", "2001-01-01", "1_0", "é", "\u00a0", "\t", "x\ty", "x\t", "\x7f"),
        *("'x'", "'x''y'", "'x", "'x' y", "'x'#c", "'x' #c", "''", "'x': y", '"x"', '"x\\ny"', '"\\x41"', '"x', '"x" y', '"\\/"'),
        *("[]", "[ ]", "{}", "{ }", "[x]", "[x, y]", "[x,y]", "[x, ]", "[, x]", "[x y, 'z']", "[x: y]", "[x #c", "[x] y", "[x] #c"),
        *("{x: 1}", "{x: 1, x: 2}", "{x: 1,y: 2}", "{x}", "{x:}", '{"x":1}', "{'x' : 1}", "{x:1}", "{x: [1]}", "{<<: 1}", "[-1, --x]"),
        *("|", "|-", "|+", ">", ">-", ">+", "|2", "| #c", "|#c", "|x", ">-x", "&x y", "*x", "!x y", "!!str 1", "! 1", "%x", "@x", "`x"),
        *("\ufeff", "{{ .x }}", "x,y", "x]", "]", "}", ",", "x\u2028y", "x\u0085y", "\U0001f600", "<<", "=", "[x, [y]]", "[", "{"),
    ]
)  # fmt: skip
LINE = st.one_of(
    st.builds("{}{}{}:{}{}".format, st.sampled_from(["", "- ", "-   ", "- - "]), KEYS, st.sampled_from(["", " "]), st.sampled_from([" ", "  ", ""]), SCALARS),
    st.builds("-{}{}".format, st.sampled_from([" ", "  ", ""]), SCALARS),
    SCALARS,
    st.sampled_from(["# c", "#", "#\tc", "", "", "  ", "---", "--- # c", "--- x", "...", "%YAML 1.1", "\t"]),
)  # fmt: skip
# Mostly by twos, as people indent.
INDENT = st.sampled_from([0, 0, 0, 2, 2, 2, 4, 4, 6, 1, 3])
TEXTS = st.builds(
    lambda lines, end: "\n".join(" " * indent + line for indent, line in lines) + end,
    st.lists(st.tuples(INDENT, LINE), max_size=12),
    st.sampled_from(["\n", "", "\n\n", "\n  \n", "\r\n", "\n  "]),
)


@settings(max_examples=2000)
@given(TEXTS)
def test_random_lines(text: str) -> None:
    compare(text)


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """Draw a block of text with what may stand around it."""
    before = draw(st.sampled_from(["a: {}\n", "a:\n  b: {}\n", "- {}\n", "- a: {}\n", "a:\n- {}\n"]))
    header = draw(st.sampled_from(["|", "|-", "|+", ">", ">-", ">+", "| # c"]))
    line = st.builds(
        "{}{}".format,
        st.sampled_from(["", "  ", "    ", "   ", "      "]),
        st.sampled_from(["", "", "x", "x y", " x", "\tx", "# c", "- x", "k: v", "---", "\u2028", "é", "x\t"]),
    )
    after = draw(st.sampled_from(["", "b: 1\n", "- 1\n", "  c: 1\n", "# c\n", "\n\n", "   c: 1\n"]))
    return (
        before.format(header) + "\n".join(draw(st.lists(line, max_size=6))) + draw(st.sampled_from(["\n", ""])) + after
    )


@settings(max_examples=2000)
@given(blocks())
def test_random_blocks(text: str) -> None:
    compare(text)


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(['{"', '"}', '"', ":", ",", "[", "]", "{", "}", " ", "\n", "\t", "1", "-", "a", "\\n", "\\/", "\\u0041", "null", "1.0", "1e3", "\u2028", "<<"]), max_size=12).map("".join)
)  # fmt: skip
def test_random_json(text: str) -> None:
    compare("{" + text)
    compare('{"a": [' + text + "]}\n")


@pytest.mark.corpora
@pytest.mark.parametrize(
    "folder", ["flux2-kustomize-helm-example", "flux2-multi-tenancy", "kubeconform-fixtures", "kubernetes-examples", "podinfo"]
)  # fmt: skip
def test_real_files(folder: str) -> None:
    everything = quickly = 0
    for path in sorted(corpus(folder).rglob("*")):
        if path.suffix in {".yaml", ".yml", ".json"} and path.is_file():
            text = path.read_bytes().decode(errors="replace")
            compare(text)
            everything += len(text)
            quickly += len(text) * is_quick(text)
    # What this is for: nearly all that people write, but not what is made to be strange.
    assert quickly >= (0.5 if folder == "kubeconform-fixtures" else 0.9) * everything


def test_the_examples() -> None:
    for path in sorted((ROOT / "examples").rglob("*.yaml")):
        compare(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "---\na: 1\n",
        "# c\n\na: 1 # c\nb: 'x'\n",
        "a:\n  b:\n  - c: 1\n    d:\n    - 2\n    -\n      e: 3\n  f:\n",
        "- a\n- b: |\n    x\n\n     y\n  c: >-\n    x\n    y\n",
        "a: {}\nb: []\nc: [x, 'y', \"z\", 1]\nd: {e: f, 'g':h}\n".replace("'g':h", "'g': h"),
        'args: ["--a=b", "-c", "d\\ne"]\n',
        '{"a": {"b": [1, 2.0, null, true, "\\n"]}}\n',
        "#only\n",
        "---\n# only\n",
        "  a: 1\n  b: 2\n",
        "a:\n  text that stands alone\n",
    ],
)
def test_what_people_write_is_read_line_by_line(text: str) -> None:
    assert is_quick(text)
    compare(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a: &b 1\n", "a: *b\n", "a: !!str 1\n", "<<: {a: 1}\n", "a: 1\na: 2\n", "? a\n: 1\n", "a: x\n  y\n", "a: 'x\n  y'\n"),
        *("a: 1\n b: 2\n", "a:\n  b: 1\n c: 2\n", "a:\tb\n", "a: 1\r\n", "- - a\n", "a: |2\n   x\n", "a: |\n  x", "text\n", "a: .nan\n"),
        *("a: {b: {c: 1}}\n", "a: [1,\n  2]\n", "a: 1\n...\nb: 2\n", "--- a: 1\n", "a: \u2028\n", "%TAG ! a:\n---\na: 1\n", "~: 1\n"),
        *('{"a": 1, "a": 2}', '{"a": NaN}', '{"a": "\\u0041"}', '{"a": 1} x', "{a: 1}\n", '{"a": "\u2028"}'),
        "a: " + "b" * 70_000 + "\n",
        "a" * 1_001 + ": 1\n",
    ],
)  # fmt: skip
def test_the_unusual_is_left_to_libyaml(text: str) -> None:
    assert not all(quick.read(part.text, 250) for part in split(text, "f.yaml"))
    compare(text)


@pytest.mark.parametrize("indent", ["", "  "])
@pytest.mark.parametrize("dash", ["", "- ", "-   "])
@pytest.mark.parametrize(
    "key", ["a", "on", "null", "a.b/c-d", "n", "y", "a" * 99, "a" * 100, "a" * 101, "é", "-a", "1"]
)
@pytest.mark.parametrize(
    "value", ["", " ", " x", "  x", " on", " inf", " nan", " e1", " " + "x" * 200, " x ", ":", "x", " x y"]
)
def test_lines_of_plain_words_mean_what_the_long_way_finds(
    monkeypatch: pytest.MonkeyPatch, indent: str, dash: str, key: str, value: str
) -> None:
    text = f"{indent}{dash}{key}:{value}"
    line = LINES.__missing__(text)
    monkeypatch.setattr(lines, "_USUAL", re.compile("(?!)"))
    assert LINES.__missing__(text) == line


def test_the_depth_that_is_allowed() -> None:
    text = "".join(f"{'  ' * depth}a:\n" for depth in range(50))
    assert quick.read(text, 50) is None
    assert quick.read(text, 60) is not None
    assert quick.read("[" * 50 + "]" * 50, 49) is None


def test_a_long_text_is_not_read_again_for_each_place(monkeypatch: pytest.MonkeyPatch) -> None:
    document = load(b"a:\n" + b"- b: 1\n" * 20_000, "f.yaml")[0]
    assert isinstance(document, Document)
    monkeypatch.setattr(quick_places, "find", None)
    assert document.locate(("a", 19_999, "b")) == Location("f.yaml", 20_001, 6)


def test_lines_that_were_read_share_nothing_that_can_change() -> None:
    first, second = (quick.read("a: [1]\nb: {c: 1}\nd: {}\n", 250) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first == second
    assert isinstance(first[0], dict)
    assert isinstance(second[0], dict)
    for key in "abd":
        assert first[0][key] is not second[0][key]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitops_action.repository.memory._REMEMBERED", len(LINES))
    before = len(LINES)
    assert is_quick("never-seen-before: 1\n")
    assert len(LINES) == before
