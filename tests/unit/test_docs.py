"""README and docs/ hold what they promise: generated parts are fresh, links lead somewhere, what can be copied works."""

from __future__ import annotations

import html
import json
import re
import shlex
from pathlib import Path
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]  # has no stubs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from docs.generate import between, children, cli_page, leaves, pages
from docs.tables import plain, schema_tables, table
from gitops_action import __version__
from gitops_action.cli import app
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.inputs import COMMANDS, INPUTS, ONLY_IN_ACTION, OUTPUTS
from gitops_action.model import Verdict
from gitops_action.repository.documents import DEFAULT_LIMITS
from gitops_action.validate.catalog import minors
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
SCHEMAS = {"gitops": "configuration-reference.md", "report": "report.md"}
OURS = "gitops-action/gitops-action"
INPUT_NAMES = {entry.name for entry in INPUTS}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


@pytest.mark.parametrize("path", pages(), ids=str)
def test_generated_pages_are_fresh(path: Path) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == pages()[path], "run `make docs`"


# Links


def anchors(page: Path) -> set[str]:
    """What GitHub lets one link to in a page: its headings, in lower case, with hyphens."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    text = without_code(page.read_text(encoding="utf-8"))
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)


@each_page
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    dead = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_readme_leads_to_every_page() -> None:
    found = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md")}
    pages_of_docs = {page.resolve() for page in (ROOT / "docs").glob("*.md")}
    reached = found | {
        (page.parent / link.partition("#")[0]).resolve() for page in found & pages_of_docs for link in links(page)
    }
    assert sorted(name_of(page) for page in pages_of_docs - reached) == []


def test_pictures_are_pictures() -> None:
    pictures = [link for link in links(ROOT / "README.md") if link.endswith(".png")]
    assert len(pictures) == 10
    for picture in pictures:
        assert (ROOT / picture).read_bytes().startswith(b"\x89PNG\r\n\x1a\n"), picture


# What can be copied


def code_blocks(page: Path) -> list[str]:
    """All code of a page, fenced and indented, as GitHub's parser finds it."""
    rendered = cmarkgfm.github_flavored_markdown_to_html(page.read_text(encoding="utf-8"))
    return [html.unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", rendered, re.DOTALL)]


def as_yaml(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but texts, so that `on` stays a word


WORKFLOWS = [as_yaml(code) for code in code_blocks(ROOT / "README.md") if code.startswith("name:")]


def test_readme_has_a_workflow_of_each_form() -> None:
    forms = [["steps" in job for job in workflow["jobs"].values()] for workflow in WORKFLOWS]
    assert forms == [[True], [False], [False]]


@pytest.mark.parametrize("workflow", WORKFLOWS[:2], ids=["action", "reusable workflow"])
def test_readme_workflows_ask_for_the_least(workflow: Any) -> None:
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "pull_request" in workflow["on"]
    assert "pull_request_target" not in workflow["on"]


def test_readme_workflow_has_history_and_leaves_no_token_behind() -> None:
    checkout, ours = WORKFLOWS[0]["jobs"]["check"]["steps"]
    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"] == {"fetch-depth": "0", "persist-credentials": "false"}
    assert ours["uses"] == f"{OURS}@v{__version__.partition('.')[0]}"


def test_readme_calls_the_reusable_workflow_that_exists() -> None:
    uses = WORKFLOWS[1]["jobs"]["check"]["uses"]
    path, _, tag = uses.removeprefix(f"{OURS}/").partition("@")
    assert (ROOT / path).is_file()
    assert tag == f"v{__version__.partition('.')[0]}"


def steps(code: str) -> list[Any]:
    """The steps of a workflow, or of a part of one, that a page shows."""
    parsed = as_yaml(code)
    if isinstance(parsed, list):
        return parsed
    return [step for job in parsed["jobs"].values() for step in job.get("steps", [])]


@each_page
def test_steps_name_inputs_and_outputs_that_exist(page: Path) -> None:
    for code in code_blocks(page):
        if f"uses: {OURS}@" not in code:
            continue
        for step in steps(code):
            given = step.get("with", {}) if step["uses" if "uses" in step else "run"].startswith(f"{OURS}@") else {}
            assert set(given) <= INPUT_NAMES
            assert given.get("command", "check") in {*COMMANDS, *ONLY_IN_ACTION}
        used = set(re.findall(r"steps\.check\.outputs\.([\w-]+)", code))
        assert used <= {entry.name for entry in OUTPUTS}


def command_lines() -> list[tuple[str, str]]:
    """Each `gitops-action COMMAND …` that a page shows, up to a pipe, a redirection or a comment, with the page."""
    found = []
    for page in PAGES:
        if page.name == "cli.md":
            continue  # shows the help, which abbreviates
        texts = [code.replace("\\\n", " ") for code in code_blocks(page)]
        texts += re.findall(r"`(gitops-action [^`]+)`", without_code(page.read_text(encoding="utf-8")))
        for line in "\n".join(texts).splitlines():
            shown = re.findall(r"(?:^|\s)gitops-action +((?!gitops-action)[a-z]+(?= |$)[^|>#]*)", line)
            found += [(name_of(page), words.strip()) for words in shown]
    return found


COMMAND_LINES = command_lines()


@pytest.mark.parametrize(("page", "line"), COMMAND_LINES)
def test_command_lines_are_understood(page: str, line: str) -> None:
    words = shlex.split(line)
    command: Any = app
    while children(command):
        assert words, f"{page}: {line}"
        group, command = command, children(command).get(words[0])
        if command is not None:
            words.pop(0)
            continue
        # What a group does without a further word, such as `promote staging production`.
        command = next((one for one in children(group).values() if one.hidden), None)
        assert command is not None, f"{page}: {line}"
    # Raises where an option is unknown or an argument is missing.
    command.make_context("gitops-action", words)


def test_command_lines_were_found() -> None:
    shown = {" ".join(shlex.split(line)[:2]) for _, line in COMMAND_LINES} | {
        shlex.split(line)[0] for _, line in COMMAND_LINES
    }
    assert shown >= {*COMMANDS, "report render", "explain"}


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"\bmake ([a-z]+)\b(?=`|\s+#)", page.read_text(encoding="utf-8"))
    }
    assert named >= {"demo", "test"}
    assert named <= targets


# What is said of the program


def test_readme_has_every_exit_code() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)}
    assert codes == {*(verdict.exit_code for verdict in Verdict), UsageError.exit_code, GitOpsError.exit_code}


def test_pages_of_commands_name_the_bundled_kubernetes() -> None:
    text = (ROOT / "docs" / "validate.md").read_text(encoding="utf-8")
    found = re.search(r"Kubernetes (1\.\d+) to (1\.\d+)", text)
    assert found is not None
    assert found.groups() == (f"1.{min(minors())}", f"1.{max(minors())}")


def test_every_command_has_a_page_of_its_own_or_a_place() -> None:
    for words, _ in leaves():
        row = next(line for line in README.splitlines() if line.startswith(f"| [`{' '.join(words)}`]"))
        assert words[-1] in row


def properties(schema: Any) -> list[tuple[str, Any]]:
    """Every property of a JSON schema, at any depth."""
    if isinstance(schema, list):
        return [found for item in schema for found in properties(item)]
    if not isinstance(schema, dict):
        return []
    own = schema.get("properties", {})
    return [*own.items(), *(found for value in schema.values() for found in properties(value))]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_of_the_schemas_is_described_and_in_its_page(name: str) -> None:
    schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / SCHEMAS[name]).read_text(encoding="utf-8")
    found = properties(schema)
    assert found
    for field, described in found:
        assert re.search(rf"^\| `(?:[^`]*[.\]])?{re.escape(field)}`", page, re.MULTILINE), field
        assert described.get("description") or "$ref" in described, field
    assert "|  |\n" not in page, "a field without a meaning"


# The generator


def test_a_missing_or_doubled_marker_is_an_error() -> None:
    markers = "<!-- a: written by `make docs` -->\nold\n<!-- end of a -->"
    assert between(f"x\n{markers}\ny", "a", "new\n") == f"x\n{markers.replace('old', 'new')}\ny"
    for text in ("nothing", markers + markers):
        with pytest.raises(ValueError, match="markers"):
            between(text, "a", "new")


def test_the_help_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cli_page()
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert cli_page() == before
    assert max(map(len, before.splitlines())) <= 120


@given(st.lists(st.text(alphabet="ab*_<>\\| .", max_size=12), min_size=2, max_size=2))
def test_text_reads_the_same_in_a_table(texts: list[str]) -> None:
    page = cmarkgfm.github_flavored_markdown_to_html(table(("A", "B"), [[plain(text) for text in texts]]))
    cells = [html.unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", page)]
    assert cells == [" ".join(text.split()) for text in texts]


def test_code_is_left_as_it_is() -> None:
    assert plain("a_b `c_d` *") == r"a\_b `c_d` \*"


def test_a_schema_becomes_tables() -> None:
    schema = {
        "properties": {
            "mode": {"description": "At the top.", "enum": ["a", "b"], "default": "a"},
            "places": {"type": "object", "additionalProperties": {"$ref": "#/definitions/place"}},
        },
        "definitions": {
            "place": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "minimum": 1, "description": "How large."},
                    "mode": {"enum": ["a", "b"], "default": "a", "description": "Here."},
                    "tags": {"type": "array", "items": {"type": ["string", "null"]}, "description": "Words."},
                },
            }
        },
    }
    text = schema_tables(schema, "Settings", settings=True)
    assert "| `mode` | `a`, `b` | At the top. Default: `a`. |" in text
    assert "## `places`" in text
    assert "| `places.NAME.size` | integer ≥ 1 | How large. Required. |" in text
    assert "| `places.NAME.mode` | `a`, `b` | Here. Default: the top level's `mode`. |" in text
    assert "| `places.NAME.tags` | list of text or null | Words. |" in text
    assert "How large. |" in schema_tables(schema, "Fields", settings=False)
    assert "Words. May be absent. |" in schema_tables(schema, "Fields", settings=False)


def test_the_limits_that_hold_are_told() -> None:
    told = next(
        line for line in (ROOT / "docs/configuration.md").read_text("utf-8").splitlines() if "`limits.depth`" in line
    )
    one = DEFAULT_LIMITS
    numbers = ", ".join(map(str, (one.max_bytes, one.max_documents, one.max_depth, one.max_alias_expansion)))
    assert f"| {numbers} |" in told.replace(" (64 MiB)", "")
