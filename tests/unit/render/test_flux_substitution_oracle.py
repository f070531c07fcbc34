"""Our variable substitution beside Flux's own code: expressions, and objects written, filled in and read again.

Left out of what is made up, as it does not come to this point or is read differently on purpose
(docs/decisions/0002-yaml-as-go-reads-it.md):
U+0085 and `<<`, which kustomize does not hand on as they are; U+2028 and U+2029 in objects, to which kyaml adds a line
break; a backslash before a single quote in values, where Go reads what is no YAML; keys that become booleans or null, of
which Go takes any.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitops_action.render import goyaml
from gitops_action.render.envsubst import BadSubstitutionError, parse
from gitops_action.render.expansion import Expansion, ExpansionError
from gitops_action.render.substitution import substitute
from gitops_action.repository.documents import Document, load
from tests.fluxoracle import FluxOracle, FluxRefusesError, flux_oracle
from tests.support import corpus

pytestmark = pytest.mark.tools

NAMES = "ABCDE"


@pytest.fixture(scope="module")
def oracle() -> Iterator[FluxOracle]:
    with flux_oracle() as started:
        yield started


# Expressions

VALUES = st.sampled_from(
    ["", "a", "ab", "aabb", "éa", "aé.b", "a/b/c", "abcabc", "ßx", "ǆa", "İi", "a.b.c", "\\", "*a", "😀é", "a-b", "[a]"]
)
VARIABLES = st.fixed_dictionaries(dict.fromkeys(NAMES[:-1], VALUES))
SIGNS = [
    *("${", "}", "$", "$$", "A", "B", "é", "_", "-", "1", "²", ".", ":", "::", "=", ":=", ":-", ":?", ":+"),
    *("#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,", "\\", "\\/", "\\\\", "*", "?", "[", "]"),
]
JUNK = st.lists(st.sampled_from(SIGNS), max_size=12).map("".join)


def argument(signs: list[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(signs), max_size=4).map("".join) | inner


def operation(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Make what stands between a variable and the brace that closes it."""
    words = argument(["a", " ", "$", "\\", "é", ":", "-", "$$"], inner)
    patterns = argument([*("a", "b", "*", "?", "[", "[a-c]", "[^a]", "]", "\\", "\\*", "é", ".", "-", "c-a")], inner)
    numbers = argument(["0", "1", "2", "-", "3", "-1", "+1"], inner)
    pieces = argument(["a", "b", "é", "\\/", "\\\\", "$$", "."], inner)
    return st.one_of(
        st.sampled_from(["", "^", "^^", ",", ",,", "^,"]),
        st.tuples(st.sampled_from([":=", ":-", "=", ":?", ":+"]), st.lists(words, max_size=3).map("".join)).map(
            "".join
        ),
        st.tuples(st.sampled_from(["#", "##", "%", "%%"]), patterns).map("".join),
        st.tuples(st.just(":"), numbers).map("".join),
        st.tuples(st.just(":"), numbers, st.just(":"), numbers).map("".join),
        st.tuples(st.sampled_from(["/", "//", "/#", "/%"]), pieces, st.just("/"), pieces).map("".join),
    )


def braced(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    of_any_kind = st.tuples(st.sampled_from(NAMES), operation(inner)).map(lambda parts: f"${{{''.join(parts)}}}")
    return of_any_kind | st.sampled_from(NAMES).map(lambda name: f"${{#{name}}}")


EXPRESSIONS = st.recursive(braced(st.nothing()), braced, max_leaves=4)
TEXTS = st.lists(EXPRESSIONS | JUNK, min_size=1, max_size=3).map("".join)


@given(TEXTS, VARIABLES)
@settings(max_examples=3000)
@example("${A:é}", {"A": "x"})
@example("${A//x/y} z/é}", {"A": "x"})
@example("${A:9223372036854775807:1}", {"A": "x"})
def test_expressions(oracle: FluxOracle, text: str, variables: dict[str, str]) -> None:
    try:
        expected = oracle.expand(text, variables)
    except FluxRefusesError:
        with pytest.raises((BadSubstitutionError, ExpansionError)):
            Expansion(variables).expand(parse(text))
        return
    found = b"".join(piece for _, piece in Expansion(variables).expand(parse(text))).decode(errors="replace")
    if "\ufffd" not in expected:  # Half characters have no JSON to be compared in.
        assert found == expected


def test_the_case_of_every_letter(oracle: FluxOracle) -> None:
    letters = "".join(chr(code) for code in range(0x2FFFF) if chr(code).isalpha())
    for operator in ("^^", ",,"):
        text = f"${{A{operator}}}"
        ours = b"".join(piece for _, piece in Expansion({"A": letters}).expand(parse(text))).decode()
        differ = [(a, b) for a, b in zip(ours, oracle.expand(text, {"A": letters}), strict=True) if a != b]
        # Letters that one of the two versions of Unicode does not have yet.
        assert len(differ) < 20, differ


# Objects

FRAGMENTS = [
    *("a", "b ", "  ", "\n", "\n\n", ": ", ":", " #", "#", "'", '"', "\\", "\t", "é", "ß", "😀", "\x07", "\r", "\xa0"),
    *("{", "}", "[", "]", "-", "- ", "? ", "---", "...", "%", "@", "`", "!", "&", "*", "|", ">", ",", "=", "\ufeff"),
    *("1", "1e3", "0x1", "08", "null", "true", "y", "~", "2001-01-01", "1:30", ".5", "+1", "-", "_"),
    *("long " * 12, "longlonglong" * 9, "$$", "$", "${A}", "${B}", "${C:=d e}", "${A//x/y z}", "${D:=${A}}"),
]
TEXT = st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join)
KEYS = TEXT.map(lambda text: f"{text}k")
NUMBERS = st.sampled_from([0, 5, -3, 1.5, 1e22, 1e-7, 2**63, 10**17 + 1, 2**53 + 1])
LEAVES = TEXT | NUMBERS | st.booleans() | st.none()
# Go's order of keys is none for some sets of three: "01" < "0a" < "1" < "01".
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2), max_leaves=8
)
FILLERS = st.fixed_dictionaries(
    {
        "A": st.sampled_from(
            ["", "1", "x: y", "- a", "x", "é", "true", "#", "a" * 90, "{", "'", '"', "0x10", "null", "[1, 2]", "1.0"]
        ),
        "B": TEXT.map(lambda text: text.replace("\n", "").replace("\\", "/")),
    }
)


def wrapped(tree: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": tree}


@given(TREES)
@settings(max_examples=1500)
def test_objects_are_written_alike(oracle: FluxOracle, tree: Any) -> None:
    value = wrapped(tree)
    assert goyaml.write(value).text == oracle.written(value)


@given(st.lists(st.text("0a19-_Bé. ", max_size=6), max_size=2, unique=True))
@settings(max_examples=500)
def test_keys_are_in_one_order(oracle: FluxOracle, keys: list[str]) -> None:
    value = wrapped(dict.fromkeys(keys, 1))
    assert goyaml.write(value).text == oracle.written(value)


def agree(oracle: FluxOracle, value: dict[str, Any], variables: dict[str, str]) -> None:
    found = substitute(value, variables)
    try:
        expected: dict[str, Any] | None = oracle.substitute(value, variables)
    except FluxRefusesError:
        expected = None
    assert bool(found.problem) == (expected is None)
    if expected is not None:
        assert json.dumps(found.value, sort_keys=True) == json.dumps(expected, sort_keys=True)


@given(TREES, FILLERS)
@settings(max_examples=2500)
def test_objects(oracle: FluxOracle, tree: Any, variables: dict[str, str]) -> None:
    agree(oracle, wrapped(tree), variables)


@pytest.mark.corpora
@pytest.mark.parametrize(
    "folder", ["flux2-kustomize-helm-example", "flux2-multi-tenancy", "kubernetes-examples", "podinfo"]
)
def test_every_object_of_the_corpora(oracle: FluxOracle, folder: str) -> None:
    checked = 0
    for path in sorted(corpus(folder).rglob("*.y*ml")):
        for document in load(path.read_bytes(), path.name):
            value = document.value if isinstance(document, Document) else None
            if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
                continue
            if not value.get("kind") or not value["metadata"].get("name"):
                continue
            assert goyaml.write(value).text == oracle.written(value), path
            agree(oracle, value, {"A": "1"})
            checked += 1
    assert checked


def test_what_is_exempt_or_wrong_is_so_for_flux(oracle: FluxOracle) -> None:
    value = wrapped("${A:=1}")
    assert oracle.substitute(value, {}) == value
    assert oracle.substitute(value, {}, always=True) == substitute(value, {}, always=True).value
    with pytest.raises(FluxRefusesError, match="var name is invalid"):
        oracle.substitute(wrapped("x"), {"a.b": ""})
    exempt = wrapped("${A:=1}")
    exempt["metadata"]["labels"] = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
    assert oracle.substitute(exempt, {"a.b": ""}) == exempt
