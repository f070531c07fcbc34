"""`inputs.py` says the action's inputs and outputs once; everything else that names them is held to it here."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from docs.generate import leaves
from gitops_action.inputs import COMMANDS, INPUTS, OUTPUTS, describe
from tests.support import ROOT

PACKAGE = ROOT / "gitops_action"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
REUSABLE: dict[str, Any] = yaml.load(
    (ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8"),
    Loader=yaml.BaseLoader,  # noqa: S506 - makes nothing but texts, so that `on` stays a word
)
OURS = "gitops-action/gitops-action"


def test_action_yml_has_the_inputs_with_their_texts_and_defaults() -> None:
    written = [(name, entry["description"], entry["default"]) for name, entry in ACTION["inputs"].items()]
    assert written == [(entry.name, entry.description, entry.default) for entry in INPUTS]


def test_no_input_is_required_and_each_default_is_text() -> None:
    """A default that YAML reads as a boolean or a number reaches the program in another spelling."""
    for name, entry in ACTION["inputs"].items():
        assert entry["required"] is False, name
        assert isinstance(entry["default"], str), name


def test_action_yml_has_the_outputs_with_their_texts() -> None:
    written = [(name, entry["description"]) for name, entry in ACTION["outputs"].items()]
    assert written == [(entry.name, entry.description) for entry in OUTPUTS]


def test_names_are_kebab_case_and_said_once() -> None:
    for names in ([entry.name for entry in INPUTS], [entry.name for entry in OUTPUTS]):
        assert len(names) == len(set(names))
        assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []


def test_texts_are_sentences() -> None:
    for entry in (*INPUTS, *OUTPUTS):
        assert entry.description.endswith("."), entry.name
        assert entry.description == " ".join(entry.description.split()), entry.name


def test_the_input_command_names_the_commands() -> None:
    assert all(name in describe("command") for name in COMMANDS)


def calls(*methods: str) -> set[str]:
    """The first argument, where it is a text, of every call of one of `methods` in the modules of the action's jobs."""
    return {
        str(node.args[0].value)
        for path in (
            "action.py",
            "pipeline/promotion_jobs.py",
            "pipeline/deployment_jobs.py",
            "pipeline/looking_jobs.py",
            "pipeline/image_jobs.py",
        )
        for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in methods
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_the_action_reads_every_input_and_no_other() -> None:
    assert calls("text", "flag", "entries") == {entry.name for entry in INPUTS}


def test_the_action_sets_every_output_and_no_other() -> None:
    assert calls("set_output") == {entry.name for entry in OUTPUTS}


def options(command: Any) -> dict[str, Any]:
    return {name: option for option in command.params for name in option.opts}


@pytest.mark.parametrize("entry", [entry for entry in INPUTS if entry.option], ids=lambda entry: entry.name)
def test_an_input_with_an_option_has_it_on_the_command_line(entry: Any) -> None:
    found = [options(command)[entry.option] for _, command in leaves() if entry.option in options(command)]
    assert found, f"no command has {entry.option}"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_of_the_action_is_one_of_the_command_line(name: str) -> None:
    (command,) = [command for words, command in leaves() if " ".join(words) == name]
    assert command.help == COMMANDS[name]


def test_options_and_inputs_of_one_name_belong_together() -> None:
    """Whoever moves from the workflow to the command line finds the same words."""
    names = {option.removeprefix("--") for _, command in leaves() for option in options(command)}
    unpaired = {entry.name for entry in INPUTS if not entry.option and entry.name in names}
    # The action's are lists, one entry a line; of the others all but the files of the result are arguments there.
    assert unpaired <= {"output-file", "paths", "reports", "environment", "images"}


def test_the_reusable_workflow_passes_inputs_that_exist() -> None:
    steps = [step for job in REUSABLE["jobs"].values() for step in job["steps"]]
    (ours,) = [step for step in steps if step.get("uses", "").startswith(f"{OURS}@")]
    assert set(ours["with"]) <= {entry.name for entry in INPUTS}
    assert ours["with"]["command"] in COMMANDS


def test_the_reusable_workflow_hands_on_what_it_is_given() -> None:
    given = REUSABLE["on"]["workflow_call"]["inputs"]
    (ours,) = [step for job in REUSABLE["jobs"].values() for step in job["steps"] if step.get("id") == "check"]
    handed = {name: value for name, value in ours["with"].items() if value.startswith("${{")}
    assert handed == {name: f"${{{{ inputs.{name} }}}}" for name in given}
    defaults = {entry.name: entry.default for entry in INPUTS}
    assert {name: entry["default"] for name, entry in given.items()} == {name: defaults[name] for name in given}


def test_the_reusable_workflow_gives_outputs_that_exist() -> None:
    (job,) = REUSABLE["jobs"].values()
    for name, entry in REUSABLE["on"]["workflow_call"]["outputs"].items():
        assert name in {output.name for output in OUTPUTS}
        assert entry["value"] == f"${{{{ jobs.check.outputs.{name} }}}}"
        assert job["outputs"][name] == f"${{{{ steps.check.outputs.{name} }}}}"


def test_the_reusable_workflow_uploads_the_report_where_the_action_writes_it() -> None:
    (job,) = REUSABLE["jobs"].values()
    (upload,) = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    (ours,) = [step for step in job["steps"] if step.get("id") == "check"]
    files = ours["with"]["output-file"].split()
    assert files[0] == next(entry.default for entry in INPUTS if entry.name == "output-file")
    assert all(fnmatch(file, upload["with"]["path"]) for file in files)


def test_the_reusable_workflow_asks_for_the_least() -> None:
    (job,) = REUSABLE["jobs"].values()
    assert REUSABLE["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "pull-requests": "write"}
