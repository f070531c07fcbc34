"""Scalars mean what they mean to Kubernetes; `test_yaml_oracle` asks the Go library itself."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.repository.scalars import TAG_PREFIX, ScalarError, json_key, json_value, resolve, resolve_tagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000),
        ("1.0", 1),
        ("-0.0", 0),
        ("1e20", 10**20),
        ("1e21", 1e21),
        (".5", 0.5),
        (".5_0", 0.5),
        ("0o17", 15),
        ("017", 15),
        ("08", 8),
        ("0o8", "0o8"),
        ("0x1F", 31),
        ("-0x1F", -31),
        ("0b101", 5),
        ("0b-101", -5),
        ("+1", 1),
        ("1_000", 1000),
        ("_1", "_1"),
        ("1:30", "1:30"),
        ("2001-12-14", "2001-12-14"),
        ("2001-12-14T21:59:43Z", "2001-12-14T21:59:43Z"),
        ("=", "="),
        ("<<", "<<"),
        ("y", True),
        ("On", True),
        ("no", False),
        ("oN", "oN"),
        ("tRue", "tRue"),
        ("", None),
        ("~", None),
        ("Null", None),
        ("nUll", "nUll"),
        ("18446744073709551615", 2**64 - 1),
        ("+18446744073709551615", 18446744073709552000),
        ("-9223372036854775808", -(2**63)),
        ("123456789012345678901234", 1.2345678901234568e23),
        ("9" * 5000, "9" * 5000),
        ("1e400", "1e400"),
        ("1e-400", 0),
        ("١", "١"),  # noqa: RUF001 - a digit, but not of ASCII
        ("1 ", "1 "),
        ("0x", "0x"),
        ("-", "-"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("inf", "inf"),
    ],
)
def test_plain(text: str, value: Any) -> None:
    found = json_value(resolve(text))
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("text", [".inf", "-.INF", "+.Inf", ".nan", ".NaN"])
def test_json_has_no_infinity(text: str) -> None:
    assert not math.isfinite(float(str(resolve(text))))
    with pytest.raises(ScalarError, match="no number that JSON can have"):
        json_value(resolve(text))


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("str", "1", "1"),
        ("int", "0x10", 16),
        ("float", "2", 2),
        ("float", "1.5", 1.5),
        ("float", "9223372036854775807", 9223372036854776000),
        ("bool", "yes", True),
        ("null", "~", None),
        ("timestamp", "2001-12-14 21:59:43", "2001-12-14 21:59:43"),
        ("binary", "aGVs\nbG8=", "hello"),
        ("binary", "//8=", "\ufffd\ufffd"),
        ("set", "1", "1"),
        ("merge", "1", "1"),
    ],
)
def test_tagged(tag: str, text: str, value: Any) -> None:
    found = json_value(resolve_tagged(TAG_PREFIX + tag, text))
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("tag", ["!foo", "!", "!!int", "tag:example.org,2026:int"])
def test_a_tag_that_go_does_not_know_leaves_text(tag: str) -> None:
    assert resolve_tagged(tag, "1") == "1"


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("int", "1.5"),
        ("int", "true"),
        ("int", ""),
        ("float", "x"),
        ("float", "18446744073709551615"),
        ("bool", "1"),
        ("null", "x"),
        ("timestamp", "12"),
        ("timestamp", "2001-02-30"),
        ("timestamp", "2001-01-01T25:00:00Z"),
        ("binary", "no base64!"),
    ],
)
def test_a_tag_that_does_not_fit(tag: str, text: str) -> None:
    with pytest.raises(ScalarError, match=rf"!!{tag}"):
        resolve_tagged(TAG_PREFIX + tag, text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1", "1"),
        ("0x10", "16"),
        ("1.0", "1"),
        ("-0.0", "-0"),
        ("1e5", "100000"),
        ("1e6", "1e+06"),
        ("0.00001", "1e-05"),
        ("1.1", "1.1"),
        ("16777217.5", "1.6777218e+07"),
        ("1e39", ".inf"),
        ("-.inf", "-.inf"),
        (".nan", ".nan"),
        ("on", "true"),
        ("NO", "false"),
        ("2001-01-01", "2001-01-01"),
        ("name", "name"),
    ],
)
def test_keys(text: str, key: str) -> None:
    assert json_key(resolve(text)) == key


@pytest.mark.parametrize("text", ["", "~", "9223372036854775808"])
def test_no_keys(text: str) -> None:
    with pytest.raises(ScalarError):
        json_key(resolve(text))


@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_keep_their_value(number: int) -> None:
    assert resolve(str(number)) == number
    assert resolve(hex(number)) == number or number < -(2**63)
    if abs(number) < 2**63:
        assert resolve(f"{number:+d}") == number
        assert resolve(oct(number)) == resolve(bin(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_their_value(number: float) -> None:
    value = json_value(resolve(repr(number)))
    assert isinstance(value, int | float)
    assert float(value) == number


@given(st.text())
def test_any_text_has_a_meaning(text: str) -> None:
    value = resolve(text)
    assert value is None or isinstance(value, bool | int | float) or value == text
    for name in ("str", "int", "float", "bool", "null", "timestamp", "binary"):
        try:
            resolve_tagged(TAG_PREFIX + name, text)
        except ScalarError as error:
            assert name in str(error)  # noqa: PT017 - most texts raise, and some do not
