"""Files as they lie in a folder: what is judged, by which engines, and what is said of what is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.https import Answer
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Engine
from gitops_action.errors import ToolMissingError, UsageError
from gitops_action.model import Verdict
from gitops_action.pipeline import validate as validating
from gitops_action.pipeline.settings import Overrides
from tests.gitrepo import init
from tests.support import tool
from tests.unit.pipeline.jobs import codes, config_map

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report

WRONG = config_map("wrong", "1")


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def validate(
    *paths: Path, engines: tuple[Engine, ...] = (), since: str = "", config: str = "", offline: bool = False
) -> Report:
    overrides = Overrides(engines=engines, config=config, offline=offline)
    return validating.validate([str(path) for path in paths], overrides, SilentProgress(), since=since)


# What is judged


def test_one_bad_file_hides_no_other(tmp_path: Path) -> None:
    put(
        tmp_path,
        broken="a: [",
        wrong=WRONG,
        fine=config_map("fine"),
        apps__over__kustomization="resources: [gone.yaml]",
    )
    report = validate(tmp_path)
    assert codes(report) == {
        ("wrong-type", "wrong.yaml"),
        ("yaml-syntax", "broken.yaml"),
        ("kustomize-build-failed", "apps/over/kustomization.yaml"),
    }
    assert report.coverage.resources == 2
    assert (report.coverage.targets, report.coverage.targets_failed) == (1, 1)


def test_many_files_come_to_the_same_as_few(tmp_path: Path) -> None:
    """From some number on they are spread over processes; what is found must not depend on it."""
    for number in range(450):
        put(tmp_path, **{f"f{number:03}": WRONG if number % 50 == 0 else config_map(f"c{number}")})
    (tmp_path / "crd.yaml").write_text(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n"
        "spec:\n  group: example.com\n  names: {kind: Widget, plural: widgets}\n  scope: Namespaced\n  versions:\n"
        "  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: "
        "{spec: {type: object, properties: {size: {type: integer}}}}}}}\n"
    )
    put(tmp_path, w="apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: large}\n")
    report = validate(tmp_path)
    assert codes(report) == {("wrong-type", f"f{number:03}.yaml") for number in range(0, 450, 50)} | {
        ("wrong-type", "w.yaml")
    }
    assert report.coverage.resources == 452
    (engine,) = report.coverage.engines
    assert (engine.found, engine.checked) == (452, 452)


def test_a_file_that_an_overlay_builds_is_judged_as_it_is_built(tmp_path: Path) -> None:
    put(
        tmp_path,
        base__kustomization="resources: [a.yaml]",
        base__a=WRONG,
        over__kustomization=(
            "resources: [../base]\npatches: [{target: {kind: ConfigMap}, patch: "
            '\'[{"op": "replace", "path": "/data/key", "value": "text"}]\'}]\n'
        ),
    )
    assert codes(validate(tmp_path)) == set()
    # The base alone is built as it is; outside of Git the named folder is the root.
    assert codes(validate(tmp_path / "base")) == {("wrong-type", "a.yaml")}


def test_a_file_that_no_kustomization_lists_is_judged_and_not_printed(tmp_path: Path) -> None:
    init(tmp_path)
    put(tmp_path, over__kustomization="resources: [a.yaml]\nnamespace: shop", over__a=config_map("a"), over__b=WRONG)
    report = validate(tmp_path)
    assert codes(report) == {("file-unlisted", "over/b.yaml"), ("wrong-type", "over/b.yaml")}
    assert rendered(tmp_path / "over") == ["a"]
    # Who names the very file asks for it, and what is judged is not nothing.
    named = validate(tmp_path / "over" / "b.yaml")
    assert codes(named) == codes(report)
    assert rendered(tmp_path / "over" / "b.yaml") == ["wrong"]


def rendered(path: Path) -> list[str]:
    manifests, _ = validating.render([str(path)], Overrides(), SilentProgress())
    return [one.id.name for one in manifests]


def test_since_sees_what_a_kustomization_no_longer_lists(tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    listing = "resources: [a.yaml, b.yaml]\n"
    repo.commit({"over/kustomization.yaml": listing, "over/a.yaml": config_map("a"), "over/b.yaml": config_map("b")})
    put(repo.path, over__kustomization="resources: [a.yaml]\n")
    assert codes(validate(repo.path, since="HEAD")) == {("file-unlisted", "over/b.yaml")}


def test_named_files_and_folders_only(tmp_path: Path) -> None:
    init(tmp_path)
    put(tmp_path, a__x=WRONG, b__x=WRONG, c=WRONG)
    assert codes(validate(tmp_path / "a", tmp_path / "c.yaml")) == {
        ("wrong-type", "a/x.yaml"),
        ("wrong-type", "c.yaml"),
    }


def test_nothing_is_never_valid(tmp_path: Path) -> None:
    report = validate(tmp_path)
    assert report.verdict is not Verdict.PASSED
    assert codes(report) == {("no-manifests", "")}
    assert report.findings[0].message == "nothing was checked: there is no manifest and no overlay here"


def test_what_was_named_and_has_nothing_is_named(tmp_path: Path) -> None:
    put(tmp_path, **dict.fromkeys("abcd", ""))
    for names, where in (
        ("a", "a.yaml"),
        ("abc", "a.yaml, b.yaml, c.yaml"),
        ("abcd", "a.yaml, b.yaml, c.yaml and 1 more"),
    ):
        (found,) = validate(*(tmp_path / f"{name}.yaml" for name in names)).findings
        assert found.message == f"nothing was checked: there is no manifest and no overlay in {where}"


def test_since_looks_at_what_changed_and_what_that_affects(tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    repo.commit(
        {
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": config_map("a"),
            "over/kustomization.yaml": "resources: [../base]\n",
            "other/kustomization.yaml": "resources: [b.yaml]\n",
            "other/b.yaml": WRONG,
            "plain.yaml": WRONG,
        }
    )
    put(repo.path, base__a=WRONG, new=WRONG)
    report = validate(repo.path, since="HEAD")
    assert codes(report) == {("wrong-type", "base/a.yaml"), ("wrong-type", "new.yaml")}
    assert report.coverage.targets == 1


@pytest.mark.parametrize("name", ["gone", "gone/x.yaml", "nul\0"])
def test_paths_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be looked at"):
        validate(tmp_path / name)


def test_paths_of_two_repositories(tmp_path: Path) -> None:
    for name in ("one", "two"):
        init(tmp_path / name)
    with pytest.raises(UsageError, match="different repositories"):
        validate(tmp_path / "one", tmp_path / "two")


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    put(tmp_path, a=config_map("a"))
    with pytest.raises(UsageError, match=r"ops\.yaml: no such file"):
        validate(tmp_path, config="ops.yaml")


# Engines


@pytest.mark.tools
def test_two_engines_both_speak_and_are_counted(tmp_path: Path) -> None:
    tool("kubeconform")
    put(tmp_path, wrong=WRONG, fine=config_map("fine"))
    report = validate(tmp_path, engines=(Engine.SCHEMA, Engine.KUBECONFORM))
    assert {(finding.engine, finding.file) for finding in report.findings} == {
        ("schema", "wrong.yaml"),
        ("kubeconform", "wrong.yaml"),
    }
    assert {(it.engine, it.found, it.checked) for it in report.coverage.engines} == {
        ("schema", 2, 2),
        ("kubeconform", 2, 2),
    }


@pytest.fixture
def without_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with Git and this Python and nothing else."""
    programs = tmp_path / "programs"
    programs.mkdir()
    found = shutil.which("git")
    assert found is not None
    (programs / "git").symlink_to(found)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("GITOPS_TOOL_CACHE", str(tmp_path / "none"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return programs


def test_a_missing_kubeconform_is_no_pass(without_tools: Path, tmp_path: Path) -> None:
    assert without_tools.is_dir()
    put(tmp_path / "files", fine=config_map("fine"))
    with pytest.raises(ToolMissingError, match=r"kubeconform.*go install .*make tools"):
        validate(tmp_path / "files", engines=(Engine.KUBECONFORM,))
    # Where there is nothing for it to judge, that is what is said.
    put(tmp_path / "nothing", values="a: 1\n")
    assert ("no-manifests", "") in codes(validate(tmp_path / "nothing", engines=(Engine.KUBECONFORM,)))


def test_a_missing_kubeconform_on_the_command_line(without_tools: Path, tmp_path: Path) -> None:
    assert without_tools.is_dir()
    put(tmp_path / "files", fine=config_map("fine"))
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", "validate", "--engine", "schema,kubeconform", "--output", "json"],
        cwd=tmp_path / "files",
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    # Could not check: neither a pass nor a report of half of it.
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(
        "gitops-action: the engine kubeconform needs the program kubeconform: install it with"
    )
    assert "Traceback" not in done.stderr


@pytest.mark.tools
def test_engines_by_environment(tmp_path: Path) -> None:
    tool("kubeconform")
    config = "version: 1\nenvironments:\n  production: {paths: [production], engines: [kubeconform]}\n"
    (tmp_path / ".gitops.yaml").write_text(config)
    put(tmp_path, production__a=WRONG, staging__a=WRONG)
    assert {(it.engine, it.environment) for it in validate(tmp_path).findings} == {
        ("kubeconform", "production"),
        ("schema", "staging"),
    }


# Rendering


def test_render_hides_credentials_unless_asked(tmp_path: Path) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: canary-77\n"
    put(tmp_path, secret=secret, a=config_map("a"))
    manifests, report = validating.render([str(tmp_path)], Overrides(), SilentProgress())
    assert "canary-77" not in validating.as_yaml(manifests) + validating.as_json(manifests)
    assert (report.command, report.verdict) == ("render", Verdict.PASSED)
    shown, _ = validating.render([str(tmp_path)], Overrides(), SilentProgress(), show_secrets=True)
    assert "canary-77" in validating.as_yaml(shown)


def test_render_says_where_each_object_comes_from(tmp_path: Path) -> None:
    put(tmp_path, over__kustomization="namePrefix: x-\nresources: [a.yaml]", over__a=config_map("a"), b=config_map("b"))
    manifests, _ = validating.render([str(tmp_path)], Overrides(), SilentProgress())
    text = validating.as_yaml(manifests)
    assert [line for line in text.splitlines() if line.startswith("# Source")] == [
        "# Source: b.yaml",
        "# Source: over/a.yaml (over)",
    ]


def test_no_text_in_a_manifest_ends_the_fence_around_it(tmp_path: Path) -> None:
    put(tmp_path, a=config_map("a", '"````"'))
    manifests, _ = validating.render([str(tmp_path)], Overrides(), SilentProgress())
    lines = validating.as_yaml(manifests, fenced=True).splitlines()
    assert lines[0] == "`````yaml"
    assert lines[-1] == "`````"


# Schemas from elsewhere

GADGET = "apiVersion: example.test/v1\nkind: Gadget\nmetadata: {name: one}\nspec: {size: %s}\n"
SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}


@pytest.mark.parametrize("engine", [Engine.SCHEMA, pytest.param(Engine.KUBECONFORM, marks=pytest.mark.tools)])
def test_a_configured_location_in_the_repository_has_the_schema(tmp_path: Path, engine: Engine) -> None:
    if engine is Engine.KUBECONFORM:
        tool("kubeconform")
    (tmp_path / ".gitops.yaml").write_text("version: 1\nschemaLocations: ['schemas/{{ .ResourceKind }}.json']\n")
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "gadget.json").write_text(json.dumps(SCHEMA))
    put(tmp_path, good=GADGET % 1, bad=GADGET % "big")
    report = validate(tmp_path, engines=(engine,))
    assert codes(report) == {("wrong-type", "bad.yaml")}
    assert [(it.found, it.checked) for it in report.coverage.engines] == [(2, 2)]


def test_offline_no_address_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr("gitops_action.adapters.schema_store.get", never)
    (tmp_path / ".gitops.yaml").write_text(
        "version: 1\nschemaLocations: ['https://schemas.example.test/{{.ResourceKind}}.json']\n"
    )
    put(tmp_path, gadget=GADGET % 1)
    report = validate(tmp_path, offline=True)
    assert codes(report) == {("schema-missing", "gadget.yaml")}
    assert [(it.found, it.checked) for it in report.coverage.engines] == [(1, 0)]


def test_an_address_that_cannot_be_reached_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> Answer:
        return Answer(0, problem="nobody answers")

    monkeypatch.setattr("gitops_action.adapters.schema_store.get", silent)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / ".gitops.yaml").write_text(
        "version: 1\nschemaLocations: ['https://schemas.example.test/{{.ResourceKind}}.json']\n"
    )
    put(folder, gadget=GADGET % 1)
    report = validate(folder)
    assert ("schema-unreachable", "gadget.yaml") in codes(report) or ("schema-unreachable", ".gitops.yaml") in codes(
        report
    )
    assert report.verdict is not Verdict.PASSED


# Nothing to check


def test_that_nothing_named_is_a_manifest_can_be_taken(tmp_path: Path) -> None:
    put(tmp_path, workflow="on: push\njobs: {}\n")
    strict = validating.validate([str(tmp_path / "workflow.yaml")], Overrides(), SilentProgress())
    lenient = validating.validate([str(tmp_path / "workflow.yaml")], Overrides(), SilentProgress(), allow_empty=True)
    assert ([it.code for it in strict.findings], strict.verdict) == (["no-manifests"], Verdict.FAILED)
    assert ([it.code for it in lenient.findings], lenient.verdict) == (["nothing-affected"], Verdict.PASSED)
