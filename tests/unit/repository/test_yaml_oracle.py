"""Ours beside the Go library that kubectl and the API server read YAML with: value by value, refusal by refusal.

Deliberate differences are in docs/decisions/0002-yaml-as-go-reads-it.md; each has a test here that shows both sides.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_action.model import Finding
from gitops_action.repository.documents import Document, load
from gitops_action.repository.parts import split
from tests.support import CORPORA, corpus, tool
from tests.unit.repository.yamltext import VALUES, write

pytestmark = pytest.mark.tools

# Beside these a document still comes.
BESIDE = {"yaml-duplicate-key", "yaml-merge-order", "yaml-tag"}
FOLDERS = (
    "flux2-kustomize-helm-example",
    "flux2-multi-tenancy",
    "kubeconform-fixtures",
    "kubernetes-examples",
    "podinfo",
)


class Oracle:
    """The Go library, asked one document at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [str(tool("yaml-oracle"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __call__(self, text: str) -> dict[str, Any]:
        """Return `json`, or `error`; and `strictError` where duplicates are refused."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(text) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    oracle = Oracle()
    with oracle.process:
        yield oracle
        assert oracle.process.stdin is not None
        oracle.process.stdin.close()


def ours(text: str) -> tuple[list[Any], set[str]]:
    """Return the values, and the codes of what is wrong."""
    results = load(text.encode(), "f.yaml")
    documents = [result.value for result in results if isinstance(result, Document)]
    return documents, {result.code for result in results if isinstance(result, Finding)}


def equal(one: Any, other: Any) -> bool:
    """Compare as JSON: 1, 1.0 and true are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def agree(text: str, answer: dict[str, Any]) -> str:
    """Return how the two differ about a text of one document, "" if they do not."""
    values, codes = ours(text)
    if "error" in answer:
        return "" if codes - BESIDE else f"Go refuses: {answer['error']}"
    if codes - BESIDE:
        return f"we refuse: {codes}"
    if answer["json"] is None:
        return "" if values == [] else "Go finds nothing"
    if len(values) != 1 or not equal(values[0], answer["json"]):
        return f"{values} is not {answer['json']}"
    if ("yaml-duplicate-key" in codes) != ("strictError" in answer):
        return f"strictly: {codes} {answer.get('strictError')}"
    return ""


@pytest.mark.corpora
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_of_the_corpora(oracle: Oracle, folder: str) -> None:
    checked = 0
    for path in sorted(corpus(folder).rglob("*")):
        if path.suffix not in {".yaml", ".yml", ".json"} or not path.is_file():
            continue
        text = path.read_bytes().decode()
        for part in split(text, str(path.relative_to(CORPORA))):
            assert agree(part.text, oracle(part.text)) == "", (part.file, part.line)
            checked += 1
    assert checked


PLAIN = st.text("0123456789+-._eExXoObBaAfFnN:TZ ", min_size=1, max_size=10).map(str.strip).filter(bool)
WORDS = st.sampled_from(
    [
        "y",
        "Y",
        "yes",
        "On",
        "oFF",
        "off",
        "NO",
        "no",
        "n",
        "null",
        "Null",
        "nULL",
        "~",
        ".inf",
        "-.INF",
        ".nan",
        ".Nan",
        "1e3",
        "1E400",
        "0o17",
        "0O7",
        "08",
        "0b11",
        "0b-11",
        "-0b11",
        "1:30",
        "1_0",
        "=",
        "<<",
        "-",
        ".",
        "..",
        "2001-01-01",
        "2001-1-1",
        "2001-02-30",
        "2001-01-01T00:00:00Z",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "+9223372036854775808",
        "1e20",
        "1e21",
        "1e6",
        "1e-7",
        "0x7fffffffffffffff",
        "-0x8000000000000000",
    ]
)
TAGS = st.sampled_from(
    [
        "",
        "! ",
        "!foo ",
        *(f"!!{name} " for name in ["str", "int", "float", "bool", "null", "timestamp", "binary", "set", "map", "foo"]),
    ]
)


@given(PLAIN | WORDS, TAGS)
@settings(max_examples=1000)
def test_scalars(oracle: Oracle, text: str, tag: str) -> None:
    for document in (f"- {tag}{text}", f"{tag}{text}: x", f"{tag}'{text}': x"):
        # `- - -` and the like are no scalars.
        assert agree(document, oracle(document)) == "", document


FRAGMENTS = (
    "a|b|1|'x'|\"y\"|: |:|- |-|\n|\n  |\n    |\n- |[|]|{|}|, |,|&x |&y |*x|*y|<<|!!str |!foo |! |![|![a](b)|!a,|'|\"|\t|\\|~|null|y|1.5|.inf|# c|#|"
    '|\n  t\n|>\n  t\n||-\n|a: 1\n|b: 2|a: |k: v\n|l:\n- a\n|m: {a: 1}\n|s: [a, b]\n|x: &x {a: 1}\n|{"a":1}|"a":1|[a:1]|{a}|\r\n|\r|'
    '\u2028|\x85|é|=|@|`|"\\n"|"\\x41"|\\u00e9|!!int |0o7|!<tag:yaml.org,2002:str> |//|http://x|a #b|a# b|  |%'
)


@given(st.lists(st.sampled_from(FRAGMENTS.split("|")), max_size=12).map("".join))
@settings(max_examples=1500)
def test_texts_near_yaml(oracle: Oracle, text: str) -> None:
    """Go reads one document and leaves the rest: only texts that are one, or none at all, can be compared."""
    answer = oracle(text)
    values, codes = ours(text)
    parts = list(split(text, "f.yaml"))
    if len(parts) > 1 or len(values) > 1 or ("error" not in answer and "yaml-syntax" in codes):
        return
    if "<<" in text and ("strictError" in answer or "yaml-merge-order" in codes):
        return
    if "error" in answer and text[:1].isspace() and not codes:
        # kubectl takes for JSON what begins with a bracket behind whatever blanks (GuessJSONStream of apimachinery).
        assert values == [json.loads(text)]
        return
    assert agree(text, answer) == ""


@given(VALUES)
def test_what_is_written(oracle: Oracle, value: Any) -> None:
    text = write(value).text
    assert agree(text, oracle(text)) == ""


@given(st.floats(allow_nan=False, allow_infinity=False) | st.floats(2.0**53, 1e22))
def test_floats(oracle: Oracle, number: float) -> None:
    for text in (f"- {number!r}", f"{number!r}: x"):
        assert agree(text, oracle(text)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: {b: 1, 'b': 2}\n",
        "- {a: 1, a: 2}\n",
        "kind: List\nitems:\n- {a: 1}\n- b: 1\n  b: 2\n",
        "a: &x {k: 1, k: 2}\nb: *x\n",
        "a: &x {k: 1}\nb: {<<: *x, c: 2, c: 3}\n",
        "a: 1\nb: {a: 1}\n",
        "1: a\n1: b\n",
        "1: a\n1.5: b\n",
        "y: a\ntrue: b\n",
        "0x10: a\n16: b\n",
        "a: &x {k: 1}\nb: {<<: *x, c: 2}\nc: {<<: *x, d: 2}\n",
        "a: &a [*a]\n",
        "a: &x 1\na1: &x 2\nb: *x\n",
        "<<: {a: 1}\n",
        "<<: []\n",
        "<<: [1]\n",
        "<<:\n",
        "!!merge <<: {a: 1}\n",
        "'<<': {a: 1}\n",
        "%YAML 1.1\n---\na: 1\n",
        "%YAML 1.2\n---\na: 1\n",
        "%TAG !e! tag:yaml.org,2002:\n---\na: !e!int '1'\n",
        "a: !!null {b: 1}\nc: !!str [d]\n",
        "? [a]\n: 1\n",
        "? {a: 1}\n: 1\n",
        "!!binary aGk=: 1\n",
        "a: ![\n",
        "a: ![image](address)\nb: 1\n",
        "a: ![image](address) more\n",
        "a: &x ![image](address)\nb: *x\n",
        "a:\n  ![image](address)\n  more\n",
        "a: !foo[bar] [b]\n",
        "a: !a,b c\n",
        "[!a, b, ![c], d]\n",
        "[![a](b), !c, d, e]\n",
        "![a] b: ![c]: 1\n",
        "a: !!str[b] 1\nc: !!int, 1\n",
        "%TAG !e! tag:yaml.org,2002:\n---\na: !e!int[] '1'\n",
        "a: !<![> b\n",
        "a: ![%zz\n",
        "a: ![%5B\n",
        "{a: ![b}\n",
        "a: ![b] c: 1\n",
        "a: !b!c[] d\n",
        "a: |\n  ![image](address)\nb: '![image](address)' # ![image](address)\nc: ![image](address)\n",
    ],
)
def test_these_are_read_alike(oracle: Oracle, text: str) -> None:
    assert agree(text, oracle(text)) == ""


# Deliberate differences


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n",
        "a: &x {b: 1}\nc: &y {b: 2}\nd: {<<: [*x, *y]}\n",
        "a: &x {b: 1}\nd:\n  <<: *x\n  <<: *x\n",
        "a: &x {b: 1}\nd: {b: 1, <<: *x}\n",
    ],
)
def test_go_takes_overridden_merges_for_duplicates(oracle: Oracle, text: str) -> None:
    answer = oracle(text)
    values, codes = ours(text)
    assert "already set in map" in answer["strictError"]
    assert codes == set()
    assert equal(values, [answer["json"]])


def test_a_merge_below_a_key_wins_as_in_go_and_is_told(oracle: Oracle) -> None:
    text = "a: &x {b: 1}\nd: {b: 3, <<: *x}\n"
    values, codes = ours(text)
    assert codes == {"yaml-merge-order"}
    assert equal(values, [oracle(text)["json"]])


def test_go_misses_keys_that_are_equal_in_json(oracle: Oracle) -> None:
    for text in ("{1: a, '1': b}", "1.0: a\n1: b\n", "on: a\n'true': b\n"):
        assert "strictError" not in oracle(text)
        assert ours(text)[1] == {"yaml-duplicate-key"}


def test_go_reads_one_document_and_leaves_the_rest(oracle: Oracle) -> None:
    text = "{a: 1}\n...\n}\n"
    assert oracle(text)["json"] == {"a": 1}
    assert ours(text) == ([{"a": 1}], {"yaml-syntax"})


def test_a_byte_order_mark_inside_a_file_is_no_text(oracle: Oracle) -> None:
    text = "# a\n\ufeffkind: A\n"
    assert oracle(text)["json"] == {"\ufeffkind": "A"}
    assert ours(text) == ([], {"yaml-syntax"})


@pytest.mark.parametrize(
    "text", ['{"a\\/b": 1}', '{"a"\n: 1}', '{"a": "\x7f"}', '{"a": "\\ud83d\\ude00"}', '{"%s": 1}' % ("k" * 2000)]
)
def test_json_is_read_as_kubectl_does_which_asks_no_yaml(oracle: Oracle, text: str) -> None:
    assert "error" in oracle(text)
    assert ours(text) == ([json.loads(text)], set())


def test_other_bombs(oracle: Oracle) -> None:
    """The limits differ, both refuse what would hurt."""
    text = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    assert "excessive aliasing" in oracle(text)["error"]
    assert ours(text) == ([], {"yaml-alias-expansion"})
