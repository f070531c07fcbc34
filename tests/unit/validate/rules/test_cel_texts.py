"""What can be no expression of CEL: never one that Google's CEL can parse."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.validate.cel.environment import CompileError, compile_rule
from gitops_action.validate.rules.cel_texts import fault

GOOD: Final = (
    "self.a.all(x, x.matches('^[a-z]+$') && size(x) > 3) || !has(self.b)",
    "self[?0].orValue({'a': [1, 2u, 0x1F, 1.5e3]}).a in [r'\\d', b\"x\", ]",
    "self.?a.b == -1 ? - - 1 : .5 > 1",
    "'''a\nb''' + \"c\\\"d\" != self.`e-f` // c",
    ".a.b == Foo{b: 1, ?c: optional.of(2)}",
)


@pytest.mark.parametrize("text", GOOD)
def test_nothing_is_said_of_an_expression(text: str) -> None:
    assert fault(text) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("self.a >", "a value is missing after >"),
        ("&& self.a", "a value is missing before &&"),
        ("self.a && || self.b", "a value is missing after &&"),
        ("size(self.a", "( is never closed"),
        ("self.a)", "there is no bracket that ) closes"),
        ("[1, 2)", "there is no bracket that ) closes"),
        ("this is not cel", "there is nothing between this and is"),
        ("'a' 'b'", "there is nothing between 'a' and 'b'"),
        ("self.a = 1", "it has a character that CEL has not, or text that is not closed"),
        ("'a", "it has a character that CEL has not, or text that is not closed"),
    ],
)
def test_what_is_none(text: str, why: str) -> None:
    assert fault(text) == why


@pytest.mark.parametrize(
    "text",
    [
        "self.a.all(x, x > 0) && has(self.b)",
        "self.a.all(i, v, v > i) && oldSelf.?b.orValue(1) == 1",
        "self.?a[?'b'].orValue('c') == 'b' && type(self.c) == int",
        "ip.isCanonical('1.2.3.4') && format.dns1123Label().validate(self.a).hasValue()",
        "true ? self.a : self.b",
    ],
)
def test_nothing_is_said_of_names_that_there_are(text: str) -> None:
    assert fault(text, {"self", "oldSelf"}) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("object.a == 1", "there is no object here"),
        ("self.a.all(x, y > 0)", "there is no y here"),
        ("self.a in [b]", "there is no b here"),
        ("Object{a: 1}.a == 1", "there is no Object here"),
        ("hass(self.a)", "there is no function hass here"),
        ("self.a && len(self.b) > 1", "there is no function len here"),
    ],
)
def test_names_that_there_are_not(text: str, why: str) -> None:
    assert fault(text, {"self", "oldSelf"}) == why


@given(
    st.sampled_from(GOOD), st.integers(0, 70), st.sampled_from(["", " ", "(", ")", "'", "a", "1", ".", "?", "&", "="])
)
def test_what_is_said_to_be_none_cannot_be_compiled(text: str, at: int, put: str) -> None:
    changed = text[:at] + put + text[at + (not put) :]
    if fault(changed):
        with pytest.raises(CompileError):
            compile_rule(changed)
