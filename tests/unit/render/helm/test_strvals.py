"""`path=value`, held to what the real Helm makes of `--set` and `--set-string`."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.render.helm.strvals import StrvalsError, assign
from tests.support import tool


def assigned(path: str, value: str, values: dict[str, Any] | None = None) -> Any:
    result: dict[str, Any] = values if values is not None else {}
    assign(result, path, value)
    return result


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("a", "1", {"a": 1}),
        ("a", "007", {"a": "007"}),
        ("a", "0", {"a": 0}),
        ("a", "-3", {"a": -3}),
        ("a", "1.5", {"a": "1.5"}),
        ("a", "True", {"a": True}),
        ("a", "null", {"a": None}),
        ("a", "", {"a": ""}),
        ("a", '"1"', {"a": "1"}),
        ("a", "'true'", {"a": "true"}),
        ("a.b.c", "x", {"a": {"b": {"c": "x"}}}),
        ("a[1].b", "x", {"a": [None, {"b": "x"}]}),
        ("a[0][1]", "x", {"a": [[None, "x"]]}),
        (r"a\.b", "x", {"a.b": "x"}),
        ("a", "{1,x}", {"a": [1, "x"]}),
        ("a", "x,b=y", {"a": "x", "b": "y"}),
        ("a", "9223372036854775808", {"a": "9223372036854775808"}),
    ],
)
def test_a_value_is_put_where_helm_puts_it(path: str, value: str, expected: object) -> None:
    assert assigned(path, value) == expected


def test_what_is_beside_it_stays() -> None:
    assert assigned("a.b", "2", {"a": {"b": 1, "c": 3}, "d": 4}) == {"a": {"b": 2, "c": 3}, "d": 4}


@pytest.mark.parametrize(
    ("path", "value", "held"),
    [
        ("a[", "x", {}),
        ("a[-1]", "x", {}),
        ("a[99999999]", "x", {}),
        ("a[0]b", "x", {}),
        ("a.b", "x", {"a": "text"}),
        ("a[0]", "x", {"a": {"b": 1}}),
        ("a", "{1,2", {}),
        ("a", "x,b", {}),
        (".".join("a" * 40), "x", {}),
    ],
)
def test_what_helm_refuses_is_refused(path: str, value: str, held: dict[str, Any]) -> None:
    with pytest.raises(StrvalsError):
        assigned(path, value, held)


@pytest.fixture(scope="module")
def showing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chart that shows the values it was given."""
    folder = tmp_path_factory.mktemp("showing")
    (folder / "templates").mkdir()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: showing\nversion: 1.0.0\n")
    (folder / "templates" / "it.yaml").write_text("values: {{ toJson .Values | quote }}\n")
    return folder


@pytest.mark.tools
@pytest.mark.parametrize(
    "text",
    [
        *("a=1", "a=01", "a=+5", "a=-0", "a=1e3", "a=TRUE", "a=Null", "a=0x10", "a=1_000", "a= 1", "a=", "a.b=c,a.d=e"),
        *("a={x,y}", "a={}", "a={x},b=1", "a[0]=x,a[2]=y", "a[0].b=1,a[0].c=2", r"a\,b=c", r"a=b\,c", r"a.b\.c=d"),
        *("a[1][0].b={1,true}", "a=b=c", "a[0]=x,a[0]=y", "a=x\\", "=x", "a..b=c"),
    ],
)
def test_it_agrees_with_the_real_helm(showing: Path, text: str) -> None:
    done = subprocess.run(
        [tool("helm"), "template", "x", showing, "--set", text], capture_output=True, text=True, check=False
    )
    path, _, value = text.partition("=")
    try:
        mine = assigned(path, value)
    except StrvalsError:
        mine = None
    if done.returncode:
        assert mine is None, done.stderr
        return
    shown = json.loads(json.loads(done.stdout.partition("values: ")[2]))
    assert shown == mine


@given(st.text(alphabet="ab.[]01={},\\\"'", max_size=20), st.text(alphabet="ab.[]01={},\\\"'", max_size=20))
def test_any_text_is_read_or_refused(path: str, value: str) -> None:
    with contextlib.suppress(StrvalsError):
        json.dumps(assigned(path, value))
