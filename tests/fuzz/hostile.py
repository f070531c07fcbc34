"""Values that have broken parsers and validators, and a writer of YAML that takes them as they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st


@dataclass(frozen=True)
class Raw:
    """Text that stands in the YAML as it is."""

    text: str


def write(value: Any) -> str:
    """Write a value as YAML on one line."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write(key)}: {write(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write, value)) + "]"
    return json.dumps(value)


NUMBERS: Final = (
    *(
        ".nan",
        ".inf",
        "-.inf",
        "1e999999999",
        "1e-999999999",
        "-1e400",
        "9" * 5000,
        f"0x{'f' * 5000}",
        "0b" + "1" * 5000,
    ),
    *("9223372036854775808", "-9223372036854775809", "1" + "0" * 400, "0." + "0" * 400 + "1", "-0", "0o777", "1:30:45"),
    *("2001-01-01", "9999-99-99T99:99:99Z", "!!float 1e400", "!!int 12345678901234567890123", "!!binary '%%%'", "!a b"),
)
TEXTS: Final = (
    *("", " ", "\t", "\n", "\r", "\x00", "\x85", "\u2028", "\ufeff", "\ufffe", "\U0010ffff", "é" * 300, "a" * 70000),
    *("1e999999999", "1e-999999999", "9" * 400 + "Gi", "1e999999999999999999999Gi", "-1", "+", ".", "..", "../../etc/passwd"),
    *("(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:" * 500 + ")" * 500, "(", "[", "a{1000}{1000}{1000}", "(?=a)", r"\1", "(?P<a"),
    *("999999999h" * 50, "P1Y", "0.0.0.0/99999999999", "::1%eth0", "1" * 400 + ".1.1.1", "fe80::" + ":" * 300, "@hourly" * 99),
    *("* " * 5000, "0-99999999999 * * * *", "*/0 * * * *", "a/" * 9000, "a." * 9000, "%" * 5000, "https://[::", "a@b" * 999),
    *("self." * 3000 + "a", "[1,2].all(a, " * 300, "{{" * 2000, "$(" * 2000, "ENC[AES256_GCM,data:", "*a", "&a", "<<"),
)  # fmt: skip
EMPTY: Final[tuple[Any, ...]] = (None, True, False, 0, -1, 1.5, [], {}, [None], {"": None}, [[]], [{}])


def nested(depth: int, inner: Any, *, mapping: bool) -> Any:
    """Return a value within that many others."""
    for _ in range(depth):
        inner = {"a": inner} if mapping else [inner]
    return inner


DEEP: Final = tuple(nested(depth, 1, mapping=mapping) for depth in (90, 260) for mapping in (True, False))
KEYS: Final = (
    *(Raw("1"), Raw("null"), Raw("true"), Raw(".nan"), Raw("? [a, b]"), Raw("? {a: b}"), Raw("<<"), Raw("!!str a")),
    *("", "a" * 5000, "a/b/c", "\x00", "~1", "$ref", "__proto__"),
)
values: Final = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS).map(Raw),
    st.sampled_from(EMPTY),
    st.sampled_from(DEEP),
    st.sampled_from(("&x [*x]", "*nowhere", "{<<: 1}", "{<<: [{a: 1}, {a: 2}]}", "[&y {a: *y}]", "!!set {a}")).map(Raw),
    st.text(max_size=20),
    st.integers(),
    st.lists(st.sampled_from(TEXTS), max_size=3),
    st.dictionaries(st.sampled_from(("a", "name", "$ref", "")), st.sampled_from(EMPTY), max_size=3),
)
