from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.diff.canonical import to_yaml, visible

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=60
) | st.sampled_from(
    [
        " a\nb",
        "a\n\n",
        "\n\na",
        "a \nb",
        "a\n \nb",
        "\ta\nb",
        "---",
        "...",
        "- a",
        "# x",
        "a: b",
        "a #b",
        "1e3",
        "0x1F",
        "yes",
        "~",
        "=",
        "<<",
        "2001-01-01",
        "1:30",
        "1_000",
        "--- a\n--- b",
        "x\r\ny",
        "|",
        "!tag",
        "*a",
        "&a",
        "%d",
        "@a",
        "`a`",
        "[a",
        "{a",
        "'a'",
        '"a"',
        "a,b",
        "? a",
        ": a",
        "-",
        "",
        " ",
        "\n",
        "\\",
        "null",
        "on",
        ".5",
        "0o7",
        "+1",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_reads_back_as_the_same_value(value: Any) -> None:
    assert yaml.safe_load(to_yaml(value)) == value


@given(st.text(), st.text())
def test_only_newline_ends_a_line_and_nothing_deceives(key: str, value: str) -> None:
    text = to_yaml({key: [value, {"a": value}]})
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", text
    )


def test_layout() -> None:
    value = {
        "spec": {
            "template": {
                "spec": {"containers": [{"image": "nginx:1.27", "name": "app", "args": ["--port=80", "8080"]}]}
            }
        },
        "metadata": {"namespace": "web", "name": "app", "annotations": {"a.io/b": "true", "c": "y", "size": "10Mi"}},
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "data": {"run.sh": "#!/bin/sh\nexec true\n", "empty": {}, "long": "word " * 60 + "end"},
    }
    assert to_yaml(value) == (
        "apiVersion: apps/v1\n"
        "kind: Deployment\n"
        "metadata:\n"
        "  name: app\n"
        "  namespace: web\n"
        "  annotations:\n"
        '    a.io/b: "true"\n'
        '    c: "y"\n'
        "    size: 10Mi\n"
        "data:\n"
        "  empty: {}\n"
        "  long: " + "word " * 60 + "end\n"
        "  run.sh: |\n"
        "    #!/bin/sh\n"
        "    exec true\n"
        "spec:\n"
        "  template:\n"
        "    spec:\n"
        "      containers:\n"
        "      - name: app\n"
        "        args:\n"
        "        - --port=80\n"
        '        - "8080"\n'
        "        image: nginx:1.27\n"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("nan"), ".nan"),
        (float("-inf"), "-.inf"),
        (1e16, "1.0e+16"),
        ([], "[]"),
        (None, "null"),
    ],
)
def test_odd_scalars(value: Any, shown: str) -> None:
    assert to_yaml(value) == shown + "\n"


def test_an_enormous_integer_is_written_in_hexadecimal() -> None:
    assert to_yaml(16**6000) == "0x1" + "0" * 6000 + "\n"


def test_visible_keeps_ordinary_text() -> None:
    assert visible("Grüße, 世界 ❤️\n\tx") == "Grüße, 世界 ❤️\n\tx"
    assert visible("a\u202eb\x1b[0m\r\x00") == "a\\u202eb\\u001b[0m\\u000d\\u0000"
