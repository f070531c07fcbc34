"""Flux's variable substitution in objects."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.model import JSONValue
from gitops_action.render.substitution import AllBut, Substituted, clean, placeholder, substitute

VARIABLES = {"PORT": "8080", "NAME": "web", "ON": "true", "TEXT": "a: b # c", "QUOTES": '"it\'s"', "LIST": "[1, 2]"}


def config(**data: JSONValue) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def data_of(found: Substituted) -> Any:
    assert found.problem == ""
    return found.value["data"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("${PORT}", 8080),
        ("${ON}", True),
        ("${NAME}", "web"),
        ("${LIST}", [1, 2]),
        ("${EMPTY}", None),
        ("${EMPTY:=1e3}", 1000),
        ("port ${PORT}", "port 8080"),
        # What does not begin as text may, or ends as it may not, stands in quotes.
        (" ${PORT}", " 8080"),
        ("{${PORT}}", "{8080}"),
        ("${PORT}: ", "8080: "),
        ("line\n${PORT}\n", "line\n8080\n"),
        ("- ${TEXT}", "- a: b # c"),
        ("$${PORT} costs $5", "${PORT} costs $5"),
        ("${NAME}\n${TEXT}\n", "web\na: b # c\n"),
        ("${EMPTY:='8080'}", "8080"),
        ('${EMPTY:="8080"}', "8080"),
        # A long line is folded where it has spaces, so the default that is put in has a line break; reading joins it.
        ("x" * 90 + " ${EMPTY:=a b}", "x" * 90 + " a b"),
        (1, 1),
        (None, None),
        (["${PORT}", {"${NAME}": "${NAME}"}], [8080, {"web": "web"}]),
    ],
)
def test_values(before: JSONValue, after: JSONValue) -> None:
    found = data_of(substitute(config(value=before), VARIABLES))["value"]
    assert (found, type(found)) == (after, type(after))


def test_keys_and_names() -> None:
    value = config(**{"${NAME}-key": "1", "${PORT}": "2"})
    value["metadata"]["name"] = "${NAME}-config"
    found = substitute(value, VARIABLES)
    assert found.value["metadata"] == {"name": "web-config"}
    assert data_of(found) == {"web-key": "1", "8080": "2"}
    assert found.used == {"NAME", "PORT"}


def test_of_keys_that_become_equal_the_last_counts() -> None:
    assert data_of(substitute(config(web="1", **{"${NAME}": "2"}), VARIABLES)) == {"web": "1"}


def test_numbers_lose_what_a_float_cannot_hold() -> None:
    """Kyaml reads JSON with floats: what is a pity for the limits of an int64 in a definition."""
    assert data_of(substitute(config(value=2**63 - 1), VARIABLES)) == {"value": 9223372036854776000}
    assert data_of(substitute(config(value=2**53), VARIABLES)) == {"value": 2**53}


@pytest.mark.parametrize("part", ["labels", "annotations"])
def test_an_object_can_be_exempt(part: str) -> None:
    value = config(value="${PORT}")
    value["metadata"][part] = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
    assert substitute(value, {"no name": ""}).value is value
    value["metadata"][part] = {"kustomize.toolkit.fluxcd.io/substitute": "enabled"}
    assert data_of(substitute(value, VARIABLES)) == {"value": 8080}


def test_without_variables_nothing_is_done_unless_it_is_asked_for() -> None:
    value = config(value="${PORT:=80}$$")
    assert substitute(value, {}).value is value
    assert data_of(substitute(value, {}, always=True)) == {"value": "80$"}


def test_nothing_to_do_is_the_same_object() -> None:
    value = config(value="$PORT", other=["a", {"b": 1.5}])
    assert substitute(value, VARIABLES).value is value


def test_missing_variables_are_named_once_and_in_order() -> None:
    value = config(a="${Z} ${Y:=1} ${A}", b=["${Z}", "${ON}"])
    found = substitute(value, VARIABLES)
    assert found.missing == ("Z", "A")
    assert found.missing_at == (("data", "a"), ("data", "a"))
    assert found.used == {"Z", "Y", "A", "ON"}
    found = substitute(config(a=["x", {"k": "${Z}"}]), VARIABLES)
    assert found.missing_at == (("data", "a", 1, "k"),)


@pytest.mark.parametrize("name", ["app.properties", "1a", "a-b", "", "é", "a\n"])
def test_names_that_no_variable_can_have(name: str) -> None:
    """Flux refuses every object then, also one without variables."""
    value = config()
    found = substitute(value, {"GOOD": "1", name: "2"})
    assert f"`{name}` cannot be the name of a variable" in found.problem
    assert found.value is value


def test_a_bad_substitution_says_where() -> None:
    value = config(a="fine", b=["x", "run ${HOME-/root}"])
    found = substitute(value, VARIABLES)
    assert "bad substitution at `${HOME-/root}`" in found.problem
    assert found.problem_at == ("data", "b", 1)
    assert found.value is value


def test_what_is_no_yaml_afterwards_says_where() -> None:
    found = substitute(config(a="1\n2\n", b="${QUOTES}", c="x"), {"QUOTES": '"a" b'})
    assert found.problem.startswith("after substitution it is no valid YAML")
    assert found.problem_at == ("data", "b")


def test_what_is_no_object_afterwards() -> None:
    found = substitute({"${A}": 1}, {"A": "#"})
    assert found.problem == "after substitution it is no object"


def test_a_text_that_flux_cannot_write() -> None:
    """Also one without variables, as all is written anew."""
    found = substitute(config(a="\tall:\n\t\tmake\n"), VARIABLES)
    assert "begins with a tab" in found.problem
    assert found.problem_at == ("data", "a")
    assert data_of(substitute(config(a="\tall: \n\tmake\n", b="$$"), VARIABLES))["a"] == "\tall: \n\tmake\n"


def test_half_a_character_is_no_text() -> None:
    found = substitute(config(a="${é:0:1}", b="é"), {"NAME": "é"})
    assert data_of(found)["a"] is None
    found = substitute(config(a="x", b="${NAME:0:1}"), {"NAME": "é"})
    assert "UTF-8" in found.problem


def test_sources_of_variables_lose_their_line_breaks() -> None:
    assert clean("a\nb\n") == "ab"


# What only the cluster knows


def test_unknown_variables_leave_placeholders() -> None:
    value = config(a="https://${HOST}/x", b="${HOST:=example.org}", c="${PORT}", d=["${#HOST}"], **{"${HOST}": 1})
    found = substitute(value, VARIABLES, {"HOST"})
    unknown = placeholder("HOST")
    assert data_of(found) == {"a": f"https://{unknown}/x", "b": unknown, "c": 8080, "d": [unknown], unknown: 1}
    assert sorted(found.unknown_at, key=str) == sorted(
        [("data", "a"), ("data", "b"), ("data", "d", 0), ("data", unknown)], key=str
    )
    assert found.missing == ()


def test_a_default_that_is_not_taken_is_not_unknown() -> None:
    found = substitute(config(a="${NAME:=${SECRET}}", b="${NONE:=x${SECRET}}"), VARIABLES, {"SECRET"})
    assert data_of(found) == {"a": "web", "b": f"x{placeholder('SECRET')}"}
    assert found.unknown_at == (("data", "b"),)


@pytest.mark.parametrize("text", ["${NAME/w/${SECRET}}", "${NAME:${SECRET}}", "${NAME%%x${SECRET:=y}}", "${SECRET^^}"])
def test_what_hangs_on_an_unknown_value_is_unknown(text: str) -> None:
    variables = {"NAME": "web"}
    if "%%" in text:
        text = "${NAME%%${SECRET:=y}}"
    assert data_of(substitute(config(a=text), variables, {"SECRET"})) == {"a": placeholder("SECRET")}


def test_all_but_some_can_be_unknown() -> None:
    found = substitute(config(a="${NAME} ${OTHER} ${PORT}"), VARIABLES, AllBut(frozenset({"NAME"})))
    assert data_of(found) == {"a": f"web {placeholder('OTHER')} {placeholder('PORT')}"}


def test_unknown_sources_count_as_variables() -> None:
    assert data_of(substitute(config(a="${A:=1}"), {}, AllBut())) == {"a": placeholder("A")}


def test_nobody_can_feign_a_placeholder() -> None:
    value = config(a=placeholder("HOST"), b="\ue000HOST\ue001", c="${HOST}")
    found = substitute(value, {"X": "\ue002"}, {"HOST"})
    assert found.unknown_at == (("data", "c"),)
    assert data_of(found)["b"] == "\ue000HOST\ue001"


def test_what_is_unknown_is_the_same_each_time() -> None:
    value = config(a="${A}", b="${B}")
    assert substitute(value, {}, {"A", "B"}) == substitute(value, {}, {"B", "A"})


# Hostile input


def test_deep_objects() -> None:
    value: Any = "${PORT}"
    for _ in range(200):
        value = [value]
    assert substitute(config(a=value), VARIABLES).problem == ""


def test_growth_is_a_problem_that_says_where() -> None:
    found = substitute(config(a="x", b="${BIG//x/${BIG}}"), {"BIG": "x" * 10_000})
    assert "grows" in found.problem
    assert found.problem_at == ("data", "b")
