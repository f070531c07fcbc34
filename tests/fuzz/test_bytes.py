"""Files of any bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import hostile
from tests.fuzz.running import judged

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST: Final = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  key: value\n"
# Byte order marks, encodings, line ends, tabs; beginnings of documents that go on for ever.
WHOLE: Final[dict[str, bytes]] = {
    "nothing": b"",
    "a NUL": b"\0",
    "UTF-8 with a mark": "\ufeff".encode() + MANIFEST.encode(),
    "UTF-16": MANIFEST.encode("utf-16"),
    "UTF-16 without a mark": MANIFEST.encode("utf-16-le"),
    "UTF-32": MANIFEST.encode("utf-32"),
    "half a mark": b"\xff" + MANIFEST.encode(),
    "a mark in the middle": MANIFEST.encode() + b"---\n" + "\ufeff".encode() + MANIFEST.encode(),
    "Latin-1": MANIFEST.replace("value", "välue").encode("latin-1"),
    "mixed line ends": MANIFEST.replace("\n", "\r\n", 2).replace("metadata:\n", "metadata:\r").encode(),
    "only returns": MANIFEST.replace("\n", "\r").encode(),
    "tabs": MANIFEST.replace("  ", "\t").encode(),
    "deep flow": b"[" * 100_000,
    "deep flow with an end": b"[" * 5_000 + b"]" * 5_000,
    "deep mappings": b"{a: " * 100_000,
    "deep blocks": b"".join(b" " * depth + b"a:\n" for depth in range(2_000)),
    "deep sequences": b"- " * 50_000,
    "a billion laughs": b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)),
    "merged laughs": b"a0: &a0 {x: 1}\n"
    + b"".join(b"a%d: &a%d {<<: [%s]}\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)),
    "an anchor in itself": b"a: &a [*a]\n",
    "a huge anchor": b"a: &" + b"a" * 1_000_000 + b" 1\nb: *" + b"a" * 1_000_000,
    "many anchors": b"".join(b"a%d: &a%d 1\n" % (n, n) for n in range(20_000)),
    "a huge key": b"? " + b"a" * 1_000_000 + b"\n: 1\n",
    "a huge number": b"a: " + b"9" * 1_000_000,
    "a huge number in JSON": b'{"a": ' + b"9" * 1_000_000 + b"}",
    "a huge exponent": b'{"a": 1e999999999, "b": -1e999999999}',
    "NaN in JSON": b'{"a": NaN, "b": Infinity, "c": -Infinity}',
    "a lone surrogate": b'{"a": "\\ud800", "\\udfff": 1}',
    "deep JSON": b'{"a":' * 50_000,
    "many documents": b"---\n" * 20_000,
    "only comments": b"# a\n" * 100_000,
    "a directive": b"%YAML 9.9\n---\na: 1\n",
    "a tag directive": b"%TAG ! tag:a,2000:\n---\n!b a: 1\n",
    "objects of Python": b"!!python/object/apply:os.system ['true']\n",
    "keys that are no texts": b"1: a\ntrue: b\nnull: c\n1.5: d\n[a]: e\n{a: b}: f\n2001-01-01: g\n",
    "keys twice": b"a: 1\na: 2\n" * 50,
    "a template": b"{{- if .Values.a }}\na: {{ .Values.b }}\n{{- end }}\n",
    "conflicts": b"<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n",
    "a list of lists": b"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items: [[[]], 1, null]\n",
}


@pytest.mark.parametrize("extension", ["yaml", "json"])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_files(tmp_path: Path, name: str, extension: str) -> None:
    report = judged(tmp_path, {f"a.{extension}": WHOLE[name], "good.yaml": MANIFEST.encode()})
    # One bad file hides no other.
    assert report.coverage.resources >= 1


def test_what_is_no_object_is_not_counted_as_checked(tmp_path: Path) -> None:
    report = judged(tmp_path, {"a.yaml": b"just text\n"})
    assert report.coverage.resources == 0
    assert report.findings


fragments = st.sampled_from(
    [*map(str.encode, MANIFEST.splitlines(keepends=True)), b"---\n", b"- ", b"? ", b": ", b"{", b"}", b"[", b"]", b"&a ",
     b"*a", b"<<: ", b"|\n", b">-\n", b"'", b'"', b"#", b"%", b"!!", b"\t", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff",
     b"\xc2\x85", b"  "]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.binary(max_size=200) | st.lists(fragments, max_size=30).map(b"".join), st.sampled_from(["yaml", "yml", "json"])
)
def test_any_bytes(tmp_path: Path, data: bytes, extension: str) -> None:
    judged(tmp_path, {f"a.{extension}": data})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["apiVersion", "kind", "metadata", "spec", "items", "data"]), hostile.values))
def test_any_object(tmp_path: Path, value: dict[str, object]) -> None:
    judged(
        tmp_path,
        {"a.yaml": hostile.write({"apiVersion": "v1", "kind": "Pod", **value}).encode("utf-8", "surrogatepass")},
    )
