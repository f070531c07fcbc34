from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.codes import CODES, closest, explain, markdown_page, overview
from gitops_action.errors import UsageError
from gitops_action.model import Severity
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = ROOT / "gitops_action"
# Programs keep their lower case at the beginning of a sentence.
SENTENCE = re.compile(r"(?:[A-Z`“\"'(]|kustomize |kubeconform |kubectl |jsonschema-rs ).*[.?!)]", re.DOTALL)


def test_docs_are_as_generated() -> None:
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    assert page == markdown_page(), "run `make docs`"


@pytest.mark.parametrize("name", sorted(CODES))
def test_each_code_helps_a_person_who_sees_it_first(name: str) -> None:
    code = CODES[name]
    assert code.name == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    for text in (code.summary, code.cause, code.remedy):
        assert SENTENCE.fullmatch(text), text
        assert "  " not in text
    assert "\n" not in code.summary
    assert len(code.summary) <= 100
    assert len({code.summary, code.cause, code.remedy}) == 3
    assert min(len(code.cause), len(code.remedy)) >= 20


def test_no_two_codes_say_the_same() -> None:
    summaries = [code.summary for code in CODES.values()]
    assert len(summaries) == len(set(summaries))
    written = sum(path.read_text(encoding="utf-8").count("    Code(\n") for path in (PACKAGE / "codes").glob("*.py"))
    assert len(summaries) == written


def literals() -> Iterator[tuple[str, str, ast.AST]]:
    """Every text constant of the package outside the table itself, with the place and the node around it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name == "codes":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Constant) and isinstance(child.value, str):
                    yield child.value, f"{path.relative_to(ROOT)}:{child.lineno}", node


def findings() -> Iterator[tuple[str, str | None, str]]:
    """Code, severity (None if it is computed) and place of every `Finding(...)` whose code is written out."""
    for text, place, node in literals():
        if not (isinstance(node, ast.Call) and called(node) == "Finding"):
            continue
        arguments = {keyword.arg: keyword.value for keyword in node.keywords}
        arguments |= dict(zip(("code", "severity"), node.args, strict=False))
        code, severity = arguments.get("code"), arguments.get("severity")
        if isinstance(code, ast.Constant) and code.value == text:
            written = ast.unparse(severity) if severity else ""
            name = written.removeprefix("Severity.") if written.startswith("Severity.") else None
            yield text, name, place


def called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def test_findings_use_codes_that_exist() -> None:
    used = [(code, place) for code, _, place in findings()]
    # Functions that make a finding, whatever they are called exactly, get the code as it is, too.
    used += [
        (text, place)
        for text, place, node in literals()
        if isinstance(node, ast.Call)
        and "finding" in called(node).lower()
        and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", text)
    ]
    assert used
    assert [f"{place}: {code}" for code, place in used if code not in CODES] == []


def test_findings_have_their_codes_severity() -> None:
    """`docs/codes.md` promises a severity; a finding that weighs otherwise says so with a computed one."""
    differing = [
        f"{place}: {code} is {CODES[code].severity}"
        for code, severity, place in findings()
        if severity is not None and code in CODES and Severity[severity] is not CODES[code].severity
    ]
    assert differing == []


def test_every_code_is_used() -> None:
    written = {text for text, _, _ in literals()}
    assert sorted(set(CODES) - written) == []


def test_explain_says_all_of_it_within_80_columns() -> None:
    text = explain("config-invalid")
    code = CODES["config-invalid"]
    flat = " ".join(text.split())
    assert flat.startswith("config-invalid (error)")
    for part in (code.summary, code.cause, code.remedy):
        assert part in flat
    assert max(map(len, text.splitlines())) <= 80
    assert text.endswith("\n")


@pytest.mark.parametrize("name", ["config_invalid", "CONFIG-INVALID", "configinvalid"])
def test_explain_goes_by_the_letters(name: str) -> None:
    assert explain(name) == explain("config-invalid")


def test_no_two_codes_have_the_same_letters() -> None:
    assert len({re.sub(r"[^a-z]", "", name) for name in CODES}) == len(CODES)


def test_explain_suggests_what_was_meant() -> None:
    with pytest.raises(UsageError, match="did you mean `config-invalid`"):
        explain("config-invald")
    with pytest.raises(UsageError, match="`zzz`: `gitops-action explain` lists all"):
        explain("zzz")


def test_all_codes_at_a_glance() -> None:
    lines = overview().splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == sorted(CODES)
    assert " ".join(overview().split()) == " ".join(f"{name} {CODES[name].summary}" for name in sorted(CODES))


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=5))
def test_the_closest_is_one_of_the_others(word: str, known: list[str]) -> None:
    found = closest(word, known)
    assert found is None or (found in known and found != word)


def test_the_closest_has_the_same_letters_or_nearly() -> None:
    assert closest("fail_on", ["failOn", "fail"]) == "failOn"
    assert closest("selectr", ["template", "selector"]) == "selector"
    assert closest("replicas", ["selector"]) is None


def test_every_code_has_its_place_on_the_page() -> None:
    """Reports link to docs/codes.md#CODE: GitHub makes that anchor of a heading that is the code and nothing else."""
    headings = re.findall(r"^## (.+)$", markdown_page(), re.MULTILINE)
    assert headings == sorted(CODES)
    assert len({*headings}) == len(headings)


def test_the_page_survives_a_pipe_in_a_summary() -> None:
    rows = [line for line in markdown_page().splitlines() if line.startswith("| [")]
    assert len(rows) == len(CODES)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}
