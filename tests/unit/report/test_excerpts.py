from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.model import Report, ResourceId
from gitops_action.report.excerpts import MOST, excerpt, may_show, presentable
from gitops_action.report.text import render
from tests.unit.report.hostile import COMMAND, HOSTILE, MANY, REPORTS, REPORTS_TRIED
from tests.unit.report.sample import finding, minimal, sample

CANARY = "c4n4ry"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replcas: 3
  template:
    spec:
      automountServiceAccountToken: false
      tolerations: [{key: node, operator: Exists}]
      volumes: [{name: tls, secret: {secretName: web-tls}}]
      containers:
        - name: web
          image: nginx:1.27
          env:
            - name: DB_PASSWORD
              valueFrom: {secretKeyRef: {name: db, key: password}}
"""


def lines_of(text: str, file: str = "a.yaml") -> list[str]:
    shown = presentable(text.encode(), file)
    assert shown is not None
    return list(shown)


def test_the_line_the_one_before_and_a_caret() -> None:
    assert excerpt(lines_of(DEPLOYMENT), 5, 3) == ["  4 | spec:", "  5 |   replcas: 3", "    |   ^"]


def test_the_first_line_and_one_below_ten() -> None:
    lines = [f"a{number}: 1" for number in range(1, 12)]
    assert excerpt(lines, 1, 1) == ["  1 | a1: 1", "    | ^"]
    assert excerpt(lines, 10, 2) == ["   9 | a9: 1", "  10 | a10: 1", "     |  ^"]


def test_without_a_column_there_is_no_caret_and_a_blank_line_before_is_left_out() -> None:
    assert excerpt(["", "b: 1"], 2, None) == ["  2 | b: 1"]


@pytest.mark.parametrize(("line", "column"), [(0, 1), (3, 1), (-1, 1)])
def test_a_place_that_is_not_there(line: int, column: int) -> None:
    assert excerpt(["a: 1", "b: 2"], line, column) == []


def test_a_column_behind_the_end_has_no_caret() -> None:
    assert excerpt(["a: 1"], 1, 6) == ["  1 | a: 1"]
    assert excerpt(["a: 1"], 1, 5) == ["  1 | a: 1", "    |     ^"]


def test_what_is_invisible_is_shown_and_the_caret_stays_below() -> None:
    assert excerpt(["\ta\x1b[31m: x\u202ey"], 1, 9) == ["  1 | →a\\u001b[31m: x\\u202ey", "    | " + " " * 13 + "^"]


def test_wide_characters_take_two_columns() -> None:
    assert excerpt(["名前: x"], 1, 5) == ["  1 | 名前: x", "    | " + " " * 6 + "^"]


def test_a_long_line_is_cut_around_the_column() -> None:
    shown, caret = excerpt(["x" * 500 + "HERE" + "y" * 500], 1, 501)
    assert len(shown) < 110
    assert shown.startswith("  1 | …xxx")
    assert shown.endswith("yyy…")
    assert shown[caret.index("^") :].startswith("HERE")


def test_colour() -> None:
    shown = excerpt(["a: 1"], 1, 1, colour="\x1b[31m")
    assert shown == ["\x1b[2m  1 |\x1b[0m a: 1", "\x1b[2m    |\x1b[0m \x1b[31m^\x1b[0m"]


@pytest.mark.parametrize("line", ["a: 1 # c4n4ry", "# c4n4ry", "a: 'x # c4n4ry'"])
def test_comments_are_left_out(line: str) -> None:
    shown = excerpt([line, line], 2, 1)
    assert len(shown) == 3
    assert CANARY not in "".join(shown)


def test_no_excerpt_where_the_column_is_in_what_is_left_out() -> None:
    assert excerpt(["a: 'x # c4n4ry'"], 1, 12) == []


# What may be shown at all

SAFE = {
    "deployment": DEPLOYMENT,
    "json": '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}',
    "set twice": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {}\nspec: {}\n",
    "not closed": "apiVersion: v1\nkind: Service\nmetadata: {name: a\n",
    "a reference": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {existingSecret: ''}\n",
}
UNSAFE = {
    "secret": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  x: {CANARY}\n",
    "secret of another document": f"a: 1\n---\nkind: Secret\napiVersion: v1\nmetadata: {{name: a}}\ndata: {{x: {CANARY}}}\n",
    "secret written with an escape": f'apiVersion: v1\nkind: "Sec\\u0072et"\nmetadata: {{name: a}}\ndata: {{x: {CANARY}}}\n',
    "secret in a list": f"apiVersion: v1\nkind: List\nitems: [{{kind: secret, metadata: {{}}, data: {{x: {CANARY}}}}}]\n",
    "secret behind an alias": f"a: &a SECRET\nkind: *a\nmetadata: {{}}\nstringdata: {{x: {CANARY}}}\n",
    "secret that is broken": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a\nstringData: {{x: {CANARY}}}\n",
    "secret that is broken and escaped": f'kind: "Sec\\u0072et"\nmetadata: {{name: a\nx: {CANARY}\n',
    "variable": f"kind: Pod\nspec: {{containers: [{{env: [{{name: DB_PASSWORD, value: {CANARY}}}]}}]}}\n",
    "variable on two lines": f"kind: Pod\nspec:\n  env:\n  - name: API_KEY\n    value:\n      {CANARY}\n",
    "config map": f"kind: ConfigMap\ndata:\n  password:\n    {CANARY}\n",
    "text in a config map": f"kind: ConfigMap\ndata:\n  app.env: |\n    DB_PASSWORD={CANARY}\n",
    "chart values": f"postgres:\n  auth:\n    password: {CANARY}\n",
    "chart values on two lines": f"postgres:\n  auth:\n    password: >-\n      {CANARY}\n",
    "chart values that are a list": f"adminPassword: [{CANARY}]\n",
    "generator": f"kind: Kustomization\nsecretGenerator:\n- name: a\n  envs: [{CANARY}]\n",
    "literals": f"kind: Kustomization\nconfigMapGenerator:\n- name: a\n  literals: [X={CANARY}]\n",
    "patch of one value": f"- op: replace\n  path: /data/x\n  value: {CANARY}\n",
    "patch in a text": f"kind: Kustomization\npatches:\n- target: {{name: db}}\n  patch: '[{{\"op\": \"add\", \"path\": \"/a\", \"value\": \"{CANARY}\"}}]'\n",
    "sops": f"kind: ConfigMap\ndata: {{x: {CANARY}}}\nsops: {{mac: x}}\n",
    "encrypted": f"kind: ConfigMap\ndata: {{x: 'ENC[AES256_GCM,data:x]', y: {CANARY}}}\n",
    "address": f"kind: ConfigMap\ndata: {{x: 'https://me:{CANARY}@example.com'}}\n",
    "option": f"kind: Pod\nspec: {{args: [--token={CANARY}]}}\n",
    "key": f"kind: ConfigMap\ndata:\n  x: |\n    -----BEGIN PRIVATE KEY-----\n    {CANARY}\n    -----END PRIVATE KEY-----\n",
    "last applied": f"kind: Pod\nmetadata: {{annotations: {{kubectl.kubernetes.io/last-applied-configuration: {CANARY}}}}}\n",
    "template": f"kind: Pod\nspec: {{{{ toYaml .Values }}}}\nx: {{{{ .Values.token }}}} {CANARY}\n",
    "no text": f"kind: Pod\nx: {CANARY}\xff\n",
}  # fmt: skip


@pytest.mark.parametrize("text", SAFE.values(), ids=SAFE.keys())
def test_what_may_be_shown(text: str) -> None:
    assert lines_of(text) == text.split("\n")


@pytest.mark.parametrize("text", UNSAFE.values(), ids=UNSAFE.keys())
def test_what_may_not_be_shown(text: str) -> None:
    assert CANARY in text
    assert presentable(text.encode("latin-1"), "a.yaml") is None


@given(st.sampled_from(sorted(UNSAFE.values())), st.sampled_from(sorted(SAFE.values())), st.booleans())
def test_one_document_that_may_not_be_shown_hides_its_file(unsafe: str, safe: str, first: bool) -> None:
    parts = (unsafe, safe) if first else (safe, unsafe)
    assert presentable("---\n".join(parts).encode("latin-1"), "a.yaml") is None


@MANY
@given(
    st.binary(max_size=60) | HOSTILE.map(lambda text: text.encode(errors="replace")),
    st.sampled_from(["a.yaml", "a.json"]),
)
def test_any_bytes_give_lines_or_none(data: bytes, file: str) -> None:
    shown = presentable(data, file)
    assert shown is None or "\n".join(shown) == data.decode("utf-8-sig").replace("\r\n", "\n").removesuffix("\r")


@pytest.mark.parametrize("file", [".env", "values.properties", "a.yaml.gotmpl", "a"])
def test_only_files_that_are_understood(file: str) -> None:
    assert presentable(b"a: 1\n", file) is None


def test_no_large_file() -> None:
    assert presentable(b"# x\n" * 2**19, "a.yaml") is None


def test_line_ends_and_a_byte_order_mark() -> None:
    assert presentable(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "a.yaml") == ("a: 1", "b: 2", "")


@pytest.mark.parametrize("kind", ["Secret", "SealedSecret", "ExternalSecret", "SecretList"])
def test_no_excerpt_for_a_secret(kind: str) -> None:
    assert not may_show(finding(resource=ResourceId("v1", kind, "", "a")))


def test_no_excerpt_without_a_line() -> None:
    assert may_show(finding())
    assert not may_show(finding(line=None))
    assert not may_show(finding(file=""))


# In the report


def test_below_each_finding_of_the_text() -> None:
    asked: list[str] = []

    def sources(file: str) -> list[str] | None:
        asked.append(file)
        return DEPLOYMENT.splitlines() if file == "a.yaml" else None

    report = minimal(findings=[finding(file="a.yaml", line=5, column=3), finding(file="b.yaml")])
    lines = render(report, sources=sources).splitlines()
    assert lines[1:4] == ["  4 | spec:", "  5 |   replcas: 3", "    |   ^"]
    assert lines[4].startswith("b.yaml:7:3: error")
    assert lines[5] == ""
    assert asked == ["a.yaml", "b.yaml"]
    assert render(report, sources=lambda _: None) == render(report)


def test_only_the_worst_have_one() -> None:
    found = [finding(line=line, column=1) for line in range(1, MOST + 20)]
    text = render(minimal(findings=found), sources=lambda _: ["a: 1"] * (MOST + 20))
    assert text.count(" | ^") == MOST


def test_colours_of_the_report() -> None:
    assert "\x1b[1;31m^\x1b[0m" in render(sample(), colour=True, sources=lambda _: DEPLOYMENT.splitlines())


@MANY
@given(st.lists(HOSTILE, min_size=1, max_size=4), st.integers(-1, 9), st.none() | st.integers(-1, 30))
def test_an_excerpt_is_text_whatever_is_in_it(texts: list[str], line: int, column: int | None) -> None:
    shown = excerpt("\n".join(texts).split("\n"), line, column)
    assert len(shown) <= 3
    for one in shown:
        assert one.startswith("  ")
        assert not COMMAND.search(one)
        assert not set(one) & {"\x1b", "\x00", "\n", "\r", "\u202e", "\u2028"}
        assert len(one) < 300


@REPORTS_TRIED
@given(REPORTS, HOSTILE)
def test_a_report_with_excerpts_runs_no_command(report: Report, text: str) -> None:
    assert not COMMAND.search(render(report, sources=lambda _: text.split("\n")))
