"""Loading: which documents a file has, what they mean, and what is wrong with them."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.codes import CODES
from gitops_action.model import Finding
from gitops_action.repository.documents import Document, Limits, flatten, load
from tests.unit.repository.yamltext import OBJECTS, TEXT, VALUES, write


def values(text: str | bytes, limits: Limits | None = None) -> list[Any]:
    """Return the values of the documents of a text in which nothing is wrong."""
    results = loaded(text, limits)
    assert findings(results) == []
    return [result.value for result in results if isinstance(result, Document)]


def loaded(text: str | bytes, limits: Limits | None = None) -> list[Document | Finding]:
    return load(text.encode() if isinstance(text, str) else text, "a/b.yaml", limits or Limits())


def findings(results: list[Document | Finding]) -> list[Finding]:
    return [result for result in results if isinstance(result, Finding)]


def brief(results: list[Document | Finding]) -> list[Any]:
    """Return (code, line, column) for findings and the value for documents."""
    return [
        result.value if isinstance(result, Document) else (result.code, result.line, result.column)
        for result in results
    ]


# Which documents there are


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "# only a comment\n",
        "---\n",
        "---\n---\n# x\n---",
        "...\n",
        "...\n...\n",
        "null\n",
        "--- ~\n",
        "\r\n",
        "\ufeff",
    ],
)
def test_nothing_is_no_document(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("---\na: 1\n---\n\n---\nb: 2\n---\n", [{"a": 1}, {"b": 2}]),
        ("--- {a: 1}\n--- # a comment\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("--- |\n text\n", ["text\n"]),
        ("a: 1\n...\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("a: 1\n...\n...\n# c\n...\n---\nb: 2\n...", [{"a": 1}, {"b": 2}]),
        ("a: 1\r\n---\r\nb: 2\r\n", [{"a": 1}, {"b": 2}]),
        ("a: 1\r---\rb: 2\r", [{"a": 1}, {"b": 2}]),
        ("\ufeffa: 1\n", [{"a": 1}]),
        ("-----\n", ["-----"]),
        ("a: |\n  ---\n  x\n", [{"a": "---\nx\n"}]),
        ("a: ---\nb: --- c\n", [{"a": "---", "b": "--- c"}]),
        ("---a: 1\n", [{"---a": 1}]),
        ("%TAG !e! tag:example.org,2026:\n---\na: !e!x 1\n---\nb: 1\n", [{"a": "1"}, {"b": 1}]),
        ("# c\n%YAML 1.1\n---\na: 1\n", [{"a": 1}]),
        ("a: 1\n...\n%YAML 1.1\n---\nb: 1\n", [{"a": 1}, {"b": 1}]),
        ("a: |\n  %YAML\n---\nb: 1\n", [{"a": "%YAML\n"}, {"b": 1}]),
        # A comment ends where YAML ends a line, which is not only at a newline.
        ("# c\x85a: 1\n...\nb: 1\n", [{"a": 1}, {"b": 1}]),
        ("# c\u2028a: 1\n...\nb: 1\n", [{"a": 1}, {"b": 1}]),
        ("# c\ra: 1\n...\nb: 1\n", [{"a": 1}, {"b": 1}]),
        ("%YAML 1.1\n# c\x85---\na: 1\n---\nb: 1\n", [{"a": 1}, {"b": 1}]),
        ("- a\n- b\n", [["a", "b"]]),
        ("text\n", ["text"]),
    ],
)
def test_documents_are_separated_as_yaml_has_it(text: str, expected: list[Any]) -> None:
    assert values(text) == expected


def test_documents_are_counted_from_zero_and_begin_at_their_content() -> None:
    results = loaded("# licence\n---\n# about a\na: 1\n---\n---\n--- {b: 2}\n")
    assert [(result.index, result.line) for result in results if isinstance(result, Document)] == [(0, 4), (1, 7)]


@given(st.lists(OBJECTS, min_size=1, max_size=5), st.data())
def test_a_broken_document_hides_no_other(objects: list[Any], data: st.DataObject) -> None:
    """Broken ones are put between good ones: each good one still comes, in order and with its line in the file."""
    broken = [
        "a: [\n",
        'a: "\n',
        "a: b: c\n",
        "\ta: 1\n",
        "a: @\n",
        "a: *nowhere\n",
        "a: !!int x\n",
        "~: 1\n",
        "a: \x00\n",
    ]
    text, lines, faults = "", [], []
    for value in objects:
        for fault in data.draw(st.lists(st.sampled_from(broken), max_size=2)):
            text += "---\n"
            faults.append(text.count("\n") + 1)
            text += fault
        text += "---\n"
        lines.append(text.count("\n") + 1)
        text += write(value).text
    results = loaded(text)
    found = [result for result in results if isinstance(result, Document)]
    assert [document.value for document in found] == objects
    assert [document.index for document in found] == list(range(len(objects)))
    assert [document.line for document in found] == lines
    assert [finding.line for finding in findings(results)] == faults


# What they mean


@given(OBJECTS | st.lists(VALUES))
def test_json_is_read_through_the_same_path(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=2), json.dumps(value, indent="\t")):
        assert values(text) == [value]


@given(VALUES)
def test_what_is_written_is_read(value: Any) -> None:
    assert values(write(value).text) == ([] if value is None else [value])


@given(VALUES, st.sampled_from(['"', "'"]), st.sampled_from([True, False, None]))
def test_what_another_writer_quotes_and_tags_is_read(value: Any, style: str, flow: bool | None) -> None:
    """PyYAML tags the numbers that it quotes; keys would get tags as well, which Go prints differently."""
    text = yaml.safe_dump({"value": value}, default_style=style, default_flow_style=flow, allow_unicode=True)
    assert values(text) == [{"value": value}]


def test_go_reads_the_values() -> None:
    text = "y: 1e3\n1: 0o17\n1.50: 08\n2001-01-01: 1:30\n'on': on\n<<: {m: =}\ntag: !foo 1\nbang: ! 1\nquoted: ! '1'\n"
    assert values(text) == [
        {
            "true": 1000,
            "1": 15,
            "1.5": 8,
            "2001-01-01": "1:30",
            "on": True,
            "m": "=",
            "tag": "1",
            "bang": "1",
            "quoted": "1",
        }
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}),
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}),
        ("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n", {"a": {"b": 1, "c": 2}, "d": {"b": 3, "c": 2}}),
        (
            "a: &x {b: 1}\nc: &y {b: 2, d: 2}\ne: {<<: [*x, *y]}\n",
            {"a": {"b": 1}, "c": {"b": 2, "d": 2}, "e": {"b": 1, "d": 2}},
        ),
        ("a: {<<: {<<: {b: 1}, c: 2}}\n", {"a": {"b": 1, "c": 2}}),
        ("<<: []\n", {}),
        ('"<<": {a: 1}\n', {"<<": {"a": 1}}),
        ("!!merge <<: {a: 1}\n", {"a": 1}),
        ("&k key: 1\nb: *k\n", {"key": 1, "b": "key"}),
        ("&k key: 1\nb: {*k : 2}\n", {"key": 1, "b": {"key": 2}}),
        ("? |\n  a\n: 1\n", {"a\n": 1}),
        ("a:\n- b\n- - c\n  - d\n", {"a": ["b", ["c", "d"]]}),
    ],
)
def test_anchors_aliases_and_merges(text: str, value: Any) -> None:
    assert values(text) == [value]


def test_an_alias_is_written_out() -> None:
    [value] = values("a: &x {b: [1]}\nc: *x\n")
    value["a"]["b"].append(2)
    assert value["c"] == {"b": [1]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}{}\n", [{}, {}]),
        ('{"a": 1}\n{"a": 2}\n\n[3]', [{"a": 1}, {"a": 2}, [3]]),
        ('{"a": "\\ud83d\\ude00"}', [{"a": "😀"}]),
        ('{"a": ["\\ud83d"]}', [{"a": ["\ufffd"]}]),
        ('{"a": "\x7f", "b": 1.0}', [{"a": "\x7f", "b": 1}]),
        (json.dumps({"k" * 2000: 1}), [{"k" * 2000: 1}]),
    ],
)
def test_json_that_is_no_yaml(text: str, expected: list[Any]) -> None:
    found = values(text)
    assert found == expected
    assert not any(isinstance(value, dict) and isinstance(value.get("b"), float) for value in found)


def test_a_stream_of_json_has_places() -> None:
    first, second, third = loaded('{"a": 1} {"b":\n 2}\n{"c": "\\ud83d\\ude00"}\n')
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert isinstance(third, Document)
    assert str(first.locate(("a",))) == "a/b.yaml:1:7"
    assert str(second.locate(("b",), key=True)) == "a/b.yaml:1:11"
    assert str(second.locate(("b",))) == "a/b.yaml:2:2"
    # Only JSON reads the third, so there is no place but its beginning.
    assert str(third.locate(("c",))) == "a/b.yaml:3:1"


# What is wrong with them


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: 1\na: 2\n", [(2, 1)]),
        ("a: 1\nb: 1\na: 2\na: 3\n", [(3, 1), (4, 1)]),
        ("{1: a, '1': b}\n", [(1, 8)]),
        ("1.0: a\n1: b\n", [(2, 1)]),
        ("yes: a\n'true': b\n", [(2, 1)]),
        ("kind: List\nitems:\n- a: 1\n  a: 2\n- {b: {c: 1, c: 1}}\n", [(4, 3), (5, 14)]),
        ("a: &x {k: 1, k: 2}\nb: *x\nc: {<<: *x}\n", [(1, 14)]),
        ("a: &x {k: 1}\nb: {<<: *x, k: 2, k: 3}\n", [(2, 19)]),
        ('{"a": 1,\n "a": 2}', [(2, 2)]),
        ("---\na: 1\n---\nb: 1\nb: 2\n", [(5, 1)]),
        ("a: &x 1\nb: &x 2\na: *x\n", [(3, 1)]),
    ],
)
def test_duplicate_keys_are_found_everywhere(text: str, places: list[tuple[int, int]]) -> None:
    found = findings(loaded(text))
    assert [(finding.line, finding.column) for finding in found] == places
    assert {finding.code for finding in found} == {"yaml-duplicate-key"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x: {}\ny:\n  tier: other\n  tier: back\nz:\n    tier: back\n", 3),
        ("z:\n  - tier: back\ny:\n  tier: other\n  tier: back", 4),
        ("y:\n  tier: back\n  tier: other\nz:\n  tier: back\n", 3),
        ("y:\n  tier: back\n  tier: back\nz:\n  tier: back\n", 3),
        ("y:\n  tier: other\n  tier: back\nz:\n  tier: background\n", 3),
    ],
)
def test_of_two_equal_keys_the_one_counts_as_wrong_whose_line_stands_nowhere_else(text: str, line: int) -> None:
    (found,) = findings(loaded(text))
    assert found.line == line
    assert found.message.endswith("remove one of them")


def test_a_duplicate_names_the_first_and_the_last_one_counts() -> None:
    finding, document = loaded("x:\n  image: a\n  name: b\n  image: c\n")
    assert isinstance(finding, Finding)
    assert finding.message == "the key `image` is set again; it is set first on line 2 (column 3): remove one of them"
    assert isinstance(document, Document)
    assert document.value == {"x": {"image": "c", "name": "b"}}


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {k: 1}\nb: {<<: *x, k: 2}\n",
        "a: &x {k: 1}\nb: &y {k: 2}\nc: {<<: [*x, *y]}\n",
        "a: &x {k: 1}\nb: {k: 1, <<: *x}\n",
        "a: {k: 1}\nb: {k: 1}\n",
        "- k: 1\n- k: 1\n",
        "a: 1\nA: 2\n",
        "1: a\n1.5: b\n",
    ],
)
def test_these_are_no_duplicates(text: str) -> None:
    assert findings(loaded(text)) == []


@given(OBJECTS, st.data())
def test_a_planted_duplicate_is_found_on_its_line(value: Any, data: st.DataObject) -> None:
    written = write(value, before=data.draw(st.integers(0, 3)))
    pointer = data.draw(st.sampled_from(sorted(written.keys, key=str)))
    line, column = written.keys[pointer]
    duplicate = " " * (column - 1) + json.dumps(pointer[-1], ensure_ascii=False) + ": planted"
    lines = [*written.lines[: line - 1], duplicate, *written.lines[line - 1 :]]
    finding, document = loaded("\n".join(lines))
    assert isinstance(finding, Finding)
    assert (finding.code, finding.column) == ("yaml-duplicate-key", column)
    # Which of the two it is depends on what else is there.
    assert finding.line in {line, line + 1}
    assert f"line {2 * line + 1 - finding.line} " in finding.message
    assert isinstance(document, Document)
    assert document.value == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  b: .inf\n", [("yaml-value", 2, 6)]),
        ("a: .nan\nb: !!int x\n", [("yaml-value", 1, 4), ("yaml-value", 2, 4)]),
        ("~: 1\n", [("yaml-key", 1, 1)]),
        ("? # nothing\n: 1\n", [("yaml-key", 1, 2)]),
        ("a:\n  {{ b }}: 1\n", [("yaml-key", 2, 3)]),
        ("a: {{ b }}\n", [("yaml-key", 1, 5)]),
        ("? [a]\n: 1\n", [("yaml-key", 1, 3)]),
        ("9223372036854775808: 1\n", [("yaml-key", 1, 1)]),
        ("!!int x: 1\n", [("yaml-key", 1, 1)]),
        ("<<: 1\n", [("yaml-merge", 1, 5)]),
        ("<<: [{a: 1}, b]\n", [("yaml-merge", 1, 5)]),
        ("a: *b\n", [("yaml-syntax", 1, 4)]),
        ("a: &b [*b]\n", [("yaml-alias-expansion", 1, 4)]),
        ("%YAML 1.2\n---\na: 1\n", [("yaml-syntax", 1, 1)]),
        ("a: 1\n---\n\ufeffb: 1\n", [{"a": 1}, ("yaml-syntax", 3, 1)]),
        ("a: 1\n---\nb: \x07\n---\nc: 1", [{"a": 1}, ("yaml-syntax", 3, 4), {"c": 1}]),
        ("a: 1\nb: {k: 1, <<: {k: 2}}\n", [("yaml-merge-order", 2, 11), {"a": 1, "b": {"k": 2}}]),
        ("a: ![b](c)\n", [("yaml-tag", 1, 4), {"a": ""}]),
        ("a: [&x !b, c]\n", [("yaml-tag", 1, 5), {"a": ["c"]}]),
        ("a: !b\nc: !!str\nd: !e f\ng: !h ''\n", [("yaml-tag", 1, 4), {"a": "", "c": "", "d": "f", "g": ""}]),
        ("\t", [("yaml-syntax", 1, 1)]),
    ],
)
def test_what_cannot_be_read(text: str, expected: list[Any]) -> None:
    assert brief(loaded(text)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: ![b](c)", "`![b](c)` begins with `!`, so it is a tag and no text: the value is empty; quote"),
        ("a: ![b](c) d", "`![b](c)` begins with `!`, so it is a tag and no text: it is left out; quote"),
        ("a: &x\n  !b", "`!b` begins"),
        (f"a: !{'b' * 80}", f"`!{'b' * 59}…` begins"),
    ],
)
def test_what_is_said_of_text_that_is_taken_for_a_tag(text: str, words: str) -> None:
    finding = loaded(text)[0]
    assert isinstance(finding, Finding)
    assert finding.message.startswith(words)


def test_many_texts_that_are_taken_for_tags_are_bounded() -> None:
    """Each takes another look at the whole text."""
    [(code, _, _)] = brief(loaded("- ![a]\n" * 30_000))
    assert code == "yaml-syntax"


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"a: 1\nb: \xe9t\xe9\n", (2, 4), "0xE9"),
        ("é: 1\n".encode() + b"\xff", (2, 1), "0xFF"),
        (b"a: \xed\xa0\x80\n", (1, 4), "0xED"),
        ("a: 1\n".encode("utf-16"), (1, 1), "UTF-16"),
        ("a: 1\n".encode("utf-32"), (1, 1), "UTF-32"),
        (b"\xfe\xff\0a", (1, 1), "UTF-16"),
    ],
)
def test_other_encodings(data: bytes, place: tuple[int, int], words: str) -> None:
    [finding] = loaded(data)
    assert isinstance(finding, Finding)
    assert (finding.code, (finding.line, finding.column)) == ("file-encoding", place)
    assert words in finding.message
    assert "UTF-8" in finding.message


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    check_anything(data)


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "b",
                ": ",
                "- ",
                "? ",
                "\n",
                "\n  ",
                "\n    ",
                "[",
                "]",
                "{",
                "}",
                ", ",
                "&x ",
                "*x",
                "<<: *x",
                "<<: ",
                "!!int ",
                "!x ",
                "! ",
                "'",
                '"',
                "#",
                "\\",
                "\t",
                "~",
                "1",
                ".inf",
                "---",
                "---\n",
                "\n---\n",
                "...\n",
                "%YAML 1.1\n",
                "%TAG ! x\n",
                "",
                "\n  ",
                ">\n  ",
                "\r\n",
                "\r",
                "\x85",
                "\u2028",
                "\ufeff",
                "\x00",
                "é",
                "{}",
                "[]",
                "a: 1\n",
                "\\ud83d",
                "{{ x }}",
                "@",
            ]
        )
        | TEXT,
        max_size=25,
    ).map("".join)
)
def test_nearly_yaml_is_read_or_refused(text: str) -> None:
    check_anything(text.encode())


def check_anything(data: bytes) -> None:
    lines = data.count(b"\n") + 1
    for result in loaded(data):
        if isinstance(result, Finding):
            assert result.code in CODES
            assert result.message
            assert result.line is not None
            assert 1 <= result.line <= lines
            continue
        json.dumps(result.value, allow_nan=False).encode()
        pointers: list[tuple[str | int, ...]] = [(), ("a",), (0,), ("a", 0, "b"), ("none",)]
        if isinstance(result.value, dict):
            pointers += [(key,) for key in result.value]
        for pointer in pointers:
            for key in (True, False):
                place = result.locate(pointer, key=key)
                assert place.line is not None
                assert 1 <= place.line <= lines


# Limits


def test_a_file_over_the_limit_is_not_read() -> None:
    assert brief(loaded("a: 1\n", Limits(max_bytes=4))) == [("file-too-large", None, None)]
    assert values("a: 1\n", Limits(max_bytes=5)) == [{"a": 1}]


def test_a_document_over_the_limit_is_not_read_and_the_others_are() -> None:
    text = f"a: 1\n---\nb: {'é' * 40}\n---\nc: 1\n"
    assert brief(loaded(text, Limits(max_document_bytes=80))) == [{"a": 1}, ("file-too-large", 2, 1), {"c": 1}]
    assert len(values(text, Limits(max_document_bytes=100))) == 3


def test_millions_of_values_are_not_read() -> None:
    assert brief(loaded(f"[{'0,' * 1_100_000}]")) == [("file-too-large", 1, 1)]


def test_documents_over_the_limit_are_not_read() -> None:
    limits = Limits(max_documents=2)
    assert brief(loaded("a: 1\n---\nb: 1\n---\nc: 1\n---\nd: 1\n", limits)) == [
        {"a": 1},
        {"b": 1},
        ("too-many-documents", 4, 1),
    ]
    assert brief(loaded("{}{}{}", limits)) == [{}, {}, ("too-many-documents", 1, 5)]
    assert brief(loaded("---\n" * 3, limits)) == [("too-many-documents", 3, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(1000)),
        "[[" * 200 + "]]" * 200,
        "a: &a0 []\n" + "".join(f"a{number}: &a{number} [*a{number - 1}]\n" for number in range(1, 400)),
        '{"a": "\\ud83d\\ude00", "b": ' + "[" * 400 + "]" * 400 + "}",
    ],
)
def test_deep_nesting_is_a_finding(text: str) -> None:
    [finding] = loaded(text)
    assert isinstance(finding, Finding)
    assert finding.code in {"yaml-too-deep", "yaml-syntax"}
    assert finding.code == "yaml-too-deep" or "ud83d" in text


def test_the_deepest_that_is_allowed() -> None:
    assert brief(loaded("[[[1]]]", Limits(max_depth=3))) == [[[[1]]]]
    assert brief(loaded("[[[1]]]", Limits(max_depth=2))) == [("yaml-too-deep", 1, 3)]
    assert brief(loaded("a:\n  b:\n    c: 1\n", Limits(max_depth=2))) == [("yaml-too-deep", 3, 5)]
    assert len(values("[" * 250 + "]" * 250)) == 1


@pytest.mark.parametrize(
    "line",
    ["a{0}: &a{0} [*a{1}, *a{1}]\n", "a{0}: &a{0} {{x: *a{1}, y: *a{1}}}\n", "a{0}: &a{0} {{<<: [*a{1}, *a{1}]}}\n"],
)
def test_bombs_are_counted_before_they_go_off(line: str) -> None:
    text = "a0: &a0 {k: v}\n" + "".join(line.format(number, number - 1) for number in range(1, 200))
    [finding] = loaded(text)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.line) == ("yaml-alias-expansion", 1)
    # One with fewer levels goes through: 2 ** 8 copies.
    assert len(values("".join(text.splitlines(keepends=True)[:9]))) == 1


def test_the_limit_of_aliases_counts_what_they_add() -> None:
    text = "a: &a [1, 2]\nb: [*a, *a]\n"
    assert brief(loaded(text, Limits(max_alias_expansion=5))) == [("yaml-alias-expansion", 1, 1)]
    assert len(values(text, Limits(max_alias_expansion=6))) == 1


def test_a_mistake_made_a_thousand_times_is_shown_a_hundred_times() -> None:
    *found, document = loaded("k: 1\n" * 1000)
    assert isinstance(document, Document)
    assert len(found) == 100
    assert isinstance(found[-1], Finding)
    assert found[-1].message.endswith("(899 more in this document)")


def test_directives_that_take_too_long() -> None:
    text = "".join(f"%TAG !a{number}! b\n" for number in range(1000)) + "---\na: 1\n"
    assert brief(loaded(text)) == [("yaml-syntax", 1, 1)]


# Lists


def items(text: str) -> list[Any]:
    [document] = loaded(text)
    assert isinstance(document, Document)
    return brief(list(flatten(document)))


def test_lists_are_flattened() -> None:
    text = "kind: List\nitems:\n- {kind: A}\n- kind: ConfigMapList\n  items: [{kind: B, x: 1}]\n- {kind: C}\n"
    assert items(text) == [{"kind": "A"}, {"kind": "B", "x": 1}, {"kind": "C"}]


@pytest.mark.parametrize(
    "text",
    [
        "kind: AllowList\nspec: {}\n",
        "kind: Deployment\nitems: [1]\n",
        "items: [1]\n",
        "kind: [List]\n",
        "- 1\n",
        "List\n",
    ],
)
def test_others_are_left_as_they_are(text: str) -> None:
    [document] = loaded(text)
    assert isinstance(document, Document)
    assert list(flatten(document)) == [document]


def test_an_item_of_a_typed_list_gets_its_kind() -> None:
    text = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n- {kind: Node}\n"
    assert items(text) == [{"metadata": {"name": "a"}, "apiVersion": "v1", "kind": "Pod"}, {"kind": "Node"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: List\n", [("list-items", 1, 1)]),
        ("kind: List\nitems:\n", [("list-items", 2, 7)]),
        ("kind: List\nitems: {a: 1}\n", [("list-items", 2, 8)]),
        ("kind: List\nitems: []\n", []),
        ("kind: List\nitems:\n- 1\n- kind: A\n-\n", [("list-items", 3, 3), {"kind": "A"}, ("list-items", 5, 2)]),
    ],
)
def test_lists_without_objects(text: str, expected: list[Any]) -> None:
    assert items(text) == expected


def test_documents_can_be_handed_to_another_process() -> None:
    documents = [result for result in loaded("a: {b: 1}\n---\nc: 1\n") if isinstance(result, Document)]
    copies = pickle.loads(pickle.dumps(documents))  # noqa: S301 - made on the line itself
    for original, other in zip(documents, [*copies], strict=True):
        assert other.value == original.value
        assert other.locate(("a", "b")) == original.locate(("a", "b"))
    assert copy.copy(documents[0]).locate(("a",)) == documents[0].locate(("a",))
