"""Kustomize's `helmCharts`: off by default, rendered by the real kustomize and Helm where the base allows it, and never abused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.model import Manifest, Report
from gitops_action.pipeline import validate as validating
from gitops_action.pipeline.settings import Overrides
from tests.charts import below, chart, packed, serve_index
from tests.hosts import Host, running
from tests.support import tool

pytestmark = pytest.mark.tools
ON = "version: 1\nrender: {helmCharts: true}\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [str(tool(name).parent) for name in ("helm", "kustomize")]
    monkeypatch.setenv("GITOPS_TOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))


@pytest.fixture
def host() -> Iterator[Host]:
    with running() as known:
        yield known


def render(root: Path, entry: str, *, config: str = ON, more: str = "", **files: str) -> tuple[list[Manifest], Report]:
    texts = {
        ".gitops.yaml": config,
        "staging/kustomization.yaml": f"helmCharts:\n  - {entry}\n{more}",
        **below("staging/charts/web", chart()),
        **files,
    }
    for path, text in texts.items():
        (root / "repo" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "repo" / path).write_text(text)
    return validating.render([str(root / "repo")], Overrides(), SilentProgress())


def the(report: Report) -> Any:
    (found,) = [one for one in report.findings if one.code != "renders-nothing"]
    return found


def test_it_is_off_unless_the_configuration_says_otherwise(tmp_path: Path) -> None:
    manifests, report = render(tmp_path, "{name: web, releaseName: shop}", config="version: 1\n")
    assert manifests == []
    assert the(report).code == "render-plugin-refused"
    assert "`render.helmCharts`" in the(report).message


def test_a_chart_of_the_repository_is_inflated(tmp_path: Path) -> None:
    values = "namePrefix: a-\npatches: [{patch: '- {op: replace, path: /spec/replicas, value: 7}', target: {kind: Deployment}}]\n"
    manifests, report = render(tmp_path, "{name: web, releaseName: shop, valuesInline: {image: b}}", more=values)
    assert report.findings == []
    (one,) = manifests
    assert (one.value["metadata"]["name"], one.value["spec"]["replicas"], one.target) == ("a-shop", 7, "staging")
    assert one.value["spec"]["template"]["spec"]["containers"][0]["image"] == "b"


def test_a_chart_is_fetched_from_where_the_configuration_allows_it(tmp_path: Path, host: Host) -> None:
    url = serve_index(host, {("db", "1.5.0"): packed(chart("db", "1.5.0"), "db")})
    entry = f"{{name: db, version: 1.x, repo: '{url}', releaseName: shop}}"
    manifests, report = render(tmp_path, entry)
    assert (manifests, host.asked) == ([], [])
    assert (the(report).code, the(report).line) == ("chart-unavailable", 2)
    allowing = f"version: 1\nrender: {{helmCharts: true}}\ncharts: {{allow: ['{url.removeprefix('http://')}']}}\n"
    manifests, report = render(tmp_path, entry, config=allowing)
    assert report.findings == []
    assert manifests[0].value["metadata"]["labels"]["chart"] == "db-1.5.0"
    assert host.asked == ["/index.yaml", "/db-1.5.0.tgz"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{name: web, releaseName: --post-renderer=/bin/sh}", "option"),
        ("{name: web, releaseName: ok, RELEASENAME: --post-renderer=/bin/sh}", "two spellings"),
        ("{name: web, releaseName: ok, kubeVersion: --debug}", "option"),
        ("{name: web, releaseName: ok, apiVersions: [--debug]}", "option"),
        ("{name: web}", "another name on each build"),
        ("{name: ../web, releaseName: ok}", "no name of a chart"),
        ("{name: none, releaseName: ok}", "no chart in `staging/charts/none`"),
        ("{name: web, releaseName: ok, valuesFile: 'http://127.0.0.1:1/x'}", "files of the repository only"),
        ("{name: web, releaseName: ok, additionalValuesFiles: ['https://x/y']}", "files of the repository only"),
    ],
)
def test_what_could_be_abused_is_not_handed_to_helm(tmp_path: Path, entry: str, said: str) -> None:
    manifests, report = render(tmp_path, entry)
    assert manifests == []
    assert said in the(report).message
    assert the(report).severity.value == "error"


def test_what_is_no_entry_at_all_is_not_handed_to_helm(tmp_path: Path) -> None:
    manifests, report = render(tmp_path, "5")
    assert manifests == []
    assert any("`helmCharts[0]` must be a mapping, not a number" in one.message for one in report.findings)


@pytest.mark.parametrize(
    "more",
    ["helmGlobals: {configHome: evil}\n", "HELMCHARTS: []\n", "helmGlobals: {chartHome: a, CHARTHOME: b}\n"],
)
def test_settings_of_the_pull_request_s_own_are_refused(tmp_path: Path, more: str) -> None:
    manifests, report = render(tmp_path, "{name: web, releaseName: ok}", more=more)
    assert manifests == []
    assert report.findings


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../etc/passwd", "../secret.yaml"])
def test_values_outside_of_the_overlay_are_not_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.yaml").write_text("image: hunter2\n")
    for field in ("valuesFile", "additionalValuesFiles"):
        written = f"[{path}]" if field.endswith("s") else path
        manifests, report = render(tmp_path, f"{{name: web, releaseName: ok, {field}: {written}}}")
        assert manifests == []
        assert report.findings
        assert "hunter2" not in repr(report)


def test_a_chart_that_fails_is_an_error_of_its_overlay(tmp_path: Path) -> None:
    manifests, report = render(
        tmp_path, "{name: web, releaseName: ok}", **{"staging/charts/web/templates/f.yaml": '{{ fail "no luck" }}'}
    )
    assert manifests == []
    assert the(report).code == "kustomize-build-failed"
    assert "no luck" in the(report).message
    assert str(tmp_path) not in the(report).message
