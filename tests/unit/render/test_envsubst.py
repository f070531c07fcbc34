"""The expressions of Flux's variable substitution: how they are read, and what they come to."""

from __future__ import annotations

import pytest

from gitops_action.render.envsubst import BadSubstitutionError, Expression, parse
from gitops_action.render.expansion import Expansion, ExpansionError

VARIABLES = {"name": "podinfo", "empty": "", "path": "/etc/app/app.conf.yaml", "é": "ça", "one": "1", "_x9": "under"}


def expand(text: str) -> str:
    return b"".join(piece for _, piece in Expansion(VARIABLES).expand(parse(text))).decode("utf-8", "backslashreplace")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a ${name} b", "a podinfo b"),
        ("${é}${_x9}", "çaunder"),
        ("$name $ $1 {name} $(name)", "$name $ $1 {name} $(name)"),
        ("$${name}", "${name}"),
        ("$$name $$$$ $$${name}", "$name $$ $podinfo"),
        ("${absent}|${empty}", "|"),
        # Defaults; to Flux `=` and the rest are all one.
        ("${name:=x}${name:-x}${name=x}", "podinfopodinfopodinfo"),
        ("${absent:=x}${absent:-y}${absent=z}", "xyz"),
        ("${empty:=x}${empty:-y}${empty=z}", "xyz"),
        ("${absent:?x}${absent:+y}", "xy"),
        ("${absent:=}", ""),
        ("${absent:=a b: #{c}", "a b: #{c"),
        ("${absent:=${empty:=${name}}}", "podinfo"),
        ("${absent:=a${name}b${one}c}", "apodinfob1c"),
        ("${absent:=$$}", "$$"),
        ("${absent:=a\\/b}", "a\\/b"),
        # Length and case
        ("${#name} ${#absent} ${#é}", "7 0 3"),
        ("${name^} ${name^^} ${é^}", "Podinfo PODINFO Ça"),
        ("${absent^}${absent,,}", ""),
        # Positions, in bytes
        ("${name:3}", "info"),
        ("${name:0:3}", "pod"),
        ("${name:3:99}", "info"),
        ("${name:99}|${name:99:1}", "|"),
        ("${name: -4}", "podinfo"),
        ("${name:0:-4}", "pod"),
        ("${name:1:-1}", "odinf"),
        ("${name:5:-4}", ""),
        ("${name:${one}}", "odinfo"),
        ("${name:x}${name:0:y}", "podinfopodinfo"),
        ("${é:0:1}", "\\xc3"),
        # Replacements; the pattern is text
        ("${name/o/0} ${name//o/0}", "p0dinfo p0dinf0"),
        ("${name/#pod/x} ${name/#od/x} ${name/%info/x} ${name/%inf/x}", "xinfo podinfo podx podinfo"),
        ("${name/o/} ${name//o/}", "pdinfo pdinf"),
        ("${path//\\//-}", "-etc-app-app.conf.yaml"),
        ("${path//app/\\/}", "/etc////.conf.yaml"),
        ("${name/i/${one}}", "pod1nfo"),
        ("${name//${absent}/-}", "-p-o-d-i-n-f-o-"),
        ("${name/${absent}/-}", "-podinfo"),
        ("${name/o//x}", "pxdinfo"),
        # Patterns; a star goes over slashes
        ("${path#*/} ${path##*/}", "etc/app/app.conf.yaml app.conf.yaml"),
        ("${path%.*} ${path%%.*}", "/etc/app/app.conf /etc/app/app"),
        ("${name#p?d}", "info"),
        ("${name#[a-p]}", "odinfo"),
        ("${name#[^a-p]}", "podinfo"),
        ("${name#[}", "podinfo"),
        ("${name%[a-p]}", "podinfo"),
        ("${name##*}|${name#*}", "|odinfo"),
    ],
)
def test_expressions(text: str, result: str) -> None:
    assert expand(text) == result


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${", "the name of a variable is missing"),
        ("${}", "the name of a variable is missing"),
        ("a ${-x}", "the name of a variable is missing"),
        ("${name", "it is not closed"),
        ("${name-x}", "write `:-`"),
        ("${name+x}", r"does not know the operator `\+`$"),
        ("${name.x}", "it is not closed"),
        ("${ name}", "the name of a variable is missing"),
        ("${name:=x", "`}` is missing"),
        ("${name:}", "a position is missing"),
        ("${name:é}", "a position has to follow"),
        ("${name:1:}", "a length is missing"),
        ("${name#}", "a pattern is missing"),
        ("${name#a${one}}", "it is not closed"),
        ("${name/x}", "a second slash has to follow"),
        ("${name//}", "a second slash has to follow"),
        ("${name///x}", "what is to be replaced is missing"),
        ("${#}", "the name of a variable is missing"),
        ("${#name:=x}", "it is not closed"),
        ("${name:=${one-x}}", "write `:-`"),
    ],
)
def test_bad_substitutions(text: str, why: str) -> None:
    with pytest.raises(BadSubstitutionError, match=why) as caught:
        parse(text)
    assert caught.value.offset == text.index("${")
    assert "`${" in str(caught.value)


def test_the_message_shows_one_line_and_not_much_of_it() -> None:
    with pytest.raises(BadSubstitutionError) as caught:
        parse("first\n${name-" + "x" * 500 + "\nnext")
    assert "next" not in str(caught.value)
    assert len(str(caught.value)) < 150


def test_a_pattern_goes_on_to_the_next_slash_wherever_it_is() -> None:
    assert parse("${name/x} and/more}") == [(0, Expression(0, "name", "/", ("x} and", "more")))]


def test_pieces_have_their_places() -> None:
    assert parse("ab${name}$$c") == [
        (0, "ab"),
        (2, Expression(2, "name")),
        (9, "$"),
        (11, "c"),
    ]


def test_what_is_used_and_what_is_missing() -> None:
    expansion = Expansion(VARIABLES)
    expansion.expand(parse("${a}${b:=${c}}${name:=${d}}${e^^}${a}${empty}"))
    assert expansion.used == {"a", "b", "c", "name", "e", "empty"}
    assert expansion.missing == {"a": 0, "c": 4, "e": 27}


def test_numbers_that_make_go_panic() -> None:
    with pytest.raises(ExpansionError, match="panic") as caught:
        expand("x${name:9223372036854775807:1}")
    assert caught.value.offset == 1
    assert expand("${name:9223372036854775808}") == "podinfo"


# Hostile input


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(BadSubstitutionError, match="deeper than 50"):
        parse("${a:=" * 100_000)
    assert parse("${a:=" * 40 + "}" * 40)


@pytest.mark.parametrize(
    "text",
    [
        "${big//x/${big//x/${big}}}",
        "${big}" * 100_000,
        "${big//${absent}/${big}}",
        "${absent:=" + "${big}" * 100_000 + "}",
    ],
)
def test_growth_is_bounded(text: str) -> None:
    with pytest.raises(ExpansionError, match="grows"):
        Expansion({"big": "x" * 10_000}).expand(parse(text))


@pytest.mark.parametrize("pattern", ["*a*a*a*a*b", "*[a]*[a]*[a]*b", "*?*?*?b", "[" * 1000, "\\" * 1001])
def test_matching_is_bounded(pattern: str) -> None:
    for operator in ("#", "##", "%", "%%"):
        try:
            Expansion({"long": "a" * 50_000}).expand(parse(f"${{long{operator}{pattern}}}"))
        except ExpansionError as error:
            assert "takes too long" in str(error)  # noqa: PT017 - either is right


def test_patterns_of_some_length_are_computed() -> None:
    text = "a/" * 2_000
    expansion = Expansion({"long": text})
    assert expansion.expand(parse("${long##*/}|${long%/*}"))[0][1] == b""
    assert expansion.expand(parse("${long%/*}"))[0][1].decode() == text[:-1]
