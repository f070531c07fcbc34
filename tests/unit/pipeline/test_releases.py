"""Releases of charts through the whole check, with the real Helm on real repositories."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from gitops_action.model import Severity, Verdict
from gitops_action.pipeline import release_job
from tests.charts import below, chart, packed, push, serve_index
from tests.gitrepo import GitRepo, Link, init
from tests.hosts import Host, answer, running
from tests.registry import LocalRegistry, serve
from tests.unit.pipeline.jobs import changed, check, codes
from tests.unit.pipeline.releasing import (
    change,
    from_repository,
    objects,
    release,
    render,
    repository_of,
    the,
    use_own_cache,
    written,
)

pytestmark = pytest.mark.tools


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with nothing in the cache, and with the tools that are there."""
    use_own_cache(tmp_path, monkeypatch)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


@pytest.fixture
def host() -> Iterator[Host]:
    with running() as known:
        yield known


@pytest.fixture(scope="module")
def registry() -> Iterator[LocalRegistry]:
    with serve() as known:
        yield known


def test_a_change_of_values_shows_what_it_does_to_the_objects(repo: GitRepo) -> None:
    repo.commit({**below("charts/web", chart()), "staging/web.yaml": release(replicas=1)})
    repo.commit({"staging/web.yaml": release(replicas=3)})
    report = check(repo, "HEAD~1")
    assert changed(report) == {("staging", "update", "web")}
    deployment = change(report, "Deployment")
    assert deployment.target == "HelmRelease/shop/web"
    assert [(one.path, one.before, one.after) for one in deployment.fields] == [("spec.replicas", 1, 3)]
    assert deployment.resource.namespace == "shop"
    assert (report.coverage.releases, report.coverage.releases_unknown, report.verdict) == (1, 0, Verdict.PASSED)


def test_a_change_of_a_chart_in_the_tree_reaches_the_releases_that_install_it(repo: GitRepo) -> None:
    parts = {
        **below("charts/web", chart()),
        **below("charts/common", chart("common")),
        "apps/kustomization.yaml": "resources: [web.yaml]\n",
        "apps/web.yaml": release(),
        "apps/other.yaml": release(
            "other", "chart: {spec: {chart: charts/common, sourceRef: {kind: GitRepository, name: flux-system}}}"
        ),
    }
    repo.commit(parts)
    repo.commit({"charts/web/values.yaml": "replicas: 1\nimage: docker.io/library/nginx:1.28\n"})
    report = check(repo, "HEAD~1")
    assert [(one.resource.kind, one.resource.name, one.outcome.value) for one in report.changes if one.fields] == [
        ("Deployment", "web", "update")
    ]


def artifact(*copies: tuple[str, str], **more: str) -> str:
    """An ArtifactGenerator that makes the artifact `web` of this repository."""
    listed = [{"from": f"@repo/{origin}", "to": f"@artifact/{to}", **more} for origin, to in copies]
    spec = {
        "sources": [{"alias": "repo", "kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}],
        "artifacts": [{"name": "web", "copy": listed}],
    }
    return (
        "apiVersion: source.extensions.fluxcd.io/v1beta1\nkind: ArtifactGenerator\n"
        f"metadata: {{name: charts, namespace: shop}}\nspec: {json.dumps(spec)}\n"
    )


ARTIFACT = "chartRef: {kind: ExternalArtifact, name: web}"


def test_a_chart_in_an_artifact_of_this_repository_is_rendered_and_its_changes_are_seen(repo: GitRepo) -> None:
    repo.commit({
        **below("charts/web", chart()),
        "staging/artifact.yaml": artifact(("charts/web/**", "web/")),
        "staging/web.yaml": release(spec=ARTIFACT),
    })  # fmt: skip
    repo.commit({"charts/web/values.yaml": "replicas: 3\nimage: docker.io/library/nginx:1.27\n"})
    report = check(repo, "HEAD~1")
    assert report.findings == []
    assert [(one.path, one.after) for one in change(report, "Deployment").fields] == [("spec.replicas", 3)]
    # The artifact comes to be made of another folder.
    repo.commit(below("charts/new", {**chart(), "values.yaml": "replicas: 5\nimage: a\n"}))
    repo.commit({"staging/artifact.yaml": artifact(("charts/new/**", "web/"))})
    fields = change(check(repo, "HEAD~1"), "Deployment").fields
    assert ("spec.replicas", 3, 5) in [(one.path, one.before, one.after) for one in fields]


@pytest.mark.parametrize(
    ("made", "code", "said"),
    [
        (artifact(("charts/web/**", "")), "helm-release-invalid", "copy it to `@artifact/web/`"),
        (artifact(("charts/web/**", "web/"), ("more/values.yaml", "web/values.yaml")), "chart-unavailable", "whole folders"),
        (artifact(("charts/web/**", "web/"), ("more/**", "web/")), "chart-unavailable", "several folders"),
        (artifact(("charts/web/**", "web/"), strategy="Extract"), "chart-unavailable", "whole folders"),
        (artifact(("charts/none/**", "web/")), "chart-unavailable", "no chart in `charts/none`"),
        (artifact(("charts/web/**", "web/")).replace("GitRepository", "HelmChart"), "chart-unavailable", "whole folders"),
    ],
)  # fmt: skip
def test_an_artifact_that_is_no_chart_of_this_repository_is_unknown(
    repo: GitRepo, made: str, code: str, said: str
) -> None:
    repo.commit(
        {**below("charts/web", chart()), "staging/artifact.yaml": made, "staging/web.yaml": release(spec=ARTIFACT)}
    )
    report = check(repo)
    assert said in the(report, code).message
    assert report.coverage.releases_unknown == 1


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("chart: {spec: {chart: web}}", "`sourceRef` is missing or has no `kind`: it has to name a HelmRepository, "),
        (
            "chart: {spec: {chart: web, sourceRef: {kind: Pod}}}",
            "`sourceRef` cannot name a Pod: it names a HelmRepository",
        ),
        ("chartRef: {name: web}", "`spec.chartRef` is missing or has no `kind`: it has to name an OCIRepository, "),
    ],
)
def test_a_release_without_a_source(repo: GitRepo, spec: str, said: str) -> None:
    repo.commit({"staging/web.yaml": release(spec=spec)})
    assert said in the(check(repo), "helm-release-invalid").message


def test_a_chart_has_what_flux_takes_of_the_repository(repo: GitRepo) -> None:
    source = """\
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: GitRepository
        metadata: {name: flux-system, namespace: shop}
        spec: {interval: 1m, url: https://github.com/a/b, ref: {branch: main}, ignore: IGNORE}
    """
    made = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n"
    parts = {**below("charts/web", chart()), **below("charts/other", chart("other", templates__map_yaml=made))}
    parts["staging/web.yaml"] = release()
    parts["staging/other.yaml"] = release(
        "other", "chart: {spec: {chart: charts/other, sourceRef: {kind: GitRepository, name: flux-system}}}"
    )
    repo.commit({**parts, "staging/source.yaml": dedent(source.replace("IGNORE", "''"))})
    assert any(name.endswith("map") for name in objects(render(repo)[0]))
    # As the file of patterns: that, too, reaches releases without a change of theirs.
    repo.commit({"charts/.sourceignore": "/other/templates/map.yaml\n"})
    report = check(repo, "HEAD~1")
    assert changed(report) == {("staging", "delete", "map")}
    assert change(report, "ConfigMap").target == "HelmRelease/shop/other"
    repo.commit({"charts/.sourceignore": "/other/\n"})
    (problem,) = [one for one in render(repo)[1].findings if one.code == "chart-unavailable"]
    assert (
        "Flux does not find the chart in `charts/other`: `.sourceignore` or `spec.ignore` leaves it out"
        in problem.message
    )
    # As the source itself says it.
    repo.commit({"charts/.sourceignore": None, "staging/source.yaml": dedent(source.replace("IGNORE", "/charts/web/"))})
    report = check(repo, "HEAD~1")
    assert {one.message for one in report.findings if one.code == "chart-unavailable"} == {
        "HelmRelease/shop/web was not rendered, so its objects are unknown: Flux does not find the chart in `charts/web`: `.sourceignore` or `spec.ignore` leaves it out, or there is a link, which Flux leaves out always"
    }


def test_what_flux_leaves_out_reaches_releases_by_dependencies_values_and_links(repo: GitRepo) -> None:
    files = {
        **below("charts/web", chart()),
        "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: common, version: 1.0.0, repository: 'file://../../libs/common'}]\n",
        **below("libs/common", chart("common")),
        "settings/prod.yaml": "replicas: 3\nimage: nginx:1.27\n",
        "staging/web.yaml": release(
            spec="chart: {spec: {chart: charts/web, valuesFiles: [settings/prod.yaml], sourceRef: {kind: GitRepository, name: flux-system}}}"
        ),
    }
    repo.commit(files)
    assert not codes(check(repo, everything=True))
    lacking = "Flux does not find the chart in `libs/common`: `.sourceignore` or `spec.ignore` leaves it out, or there is a link"
    changes: list[tuple[dict[str, str | Link], str, str]] = [
        ({"libs/.sourceignore": "*.yaml\n"}, "chart-unavailable", f"its dependency `common`: {lacking}"),
        ({"settings/.sourceignore": "*.yaml\n"}, "helm-values-missing", "settings/prod.yaml is not among the files that Flux takes"),
        ({"libs/real/Chart.yaml": files["libs/common/Chart.yaml"], "libs/common/Chart.yaml": Link("../real/Chart.yaml")}, "chart-unavailable", lacking),
    ]  # fmt: skip
    for change_of, code, said in changes:
        base = repo.commits[0]
        repo.git("reset", "--quiet", "--hard", base)
        repo.commit(change_of)
        assert said in the(check(repo, base), code).message


def test_nothing_more_is_rendered_once_something_is_wrong(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def render_one(_: Any, one: Any, *__: Any) -> Any:
        begun.append(one.name)
        raise KeyboardInterrupt

    monkeypatch.setattr(release_job.Job, "_one", render_one)
    releases = {f"staging/{number}.yaml": release(f"web-{number}") for number in range(100)}
    repo.commit({**below("charts/web", chart()), **releases})
    with pytest.raises(KeyboardInterrupt):
        check(repo, everything=True)
    assert len(begun) < 50


def test_a_helm_chart_object_leads_a_change_of_its_chart_and_values_files_to_the_release(repo: GitRepo) -> None:
    chart_object = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {name: web, namespace: shop}\n"
        "spec: {interval: 10m, chart: charts/web, valuesFiles: [values/web.yaml], sourceRef: {kind: GitRepository, name: flux-system}}\n"
    )
    repo.commit({
        **below("charts/web", chart()),
        "values/web.yaml": "replicas: 2\nimage: a\n",
        "staging/chart.yaml": chart_object,
        "staging/web.yaml": release(spec="chartRef: {kind: HelmChart, name: web}"),
    })  # fmt: skip
    repo.commit({"values/web.yaml": "replicas: 4\nimage: a\n"})
    assert [(one.path, one.before, one.after) for one in change(check(repo, "HEAD~1"), "Deployment").fields] == [
        ("spec.replicas", 2, 4)
    ]
    template = {"charts/web/templates/deployment.yaml": chart()["templates/deployment.yaml"].replace("main", "other")}
    repo.commit(template)
    assert change(check(repo, "HEAD~1"), "Deployment").fields


GENERATING = """\
    namespace: shop
    generatorOptions: {disableNameSuffixHash: true}
    configMapGenerator: [{name: web-values, files: [values.yaml=web.yaml]}]
"""


def generated(environment: str, replicas: int) -> dict[str, str]:
    return {
        f"config/{environment}/kustomization.yaml": dedent(GENERATING),
        f"config/{environment}/web.yaml": f"replicas: {replicas}\nimage: a\n",
        f"apps/{environment}/web.yaml": release(spec="valuesFrom: [{kind: ConfigMap, name: web-values}]"),
        f"apps/{environment}/kustomization.yaml": "resources: [web.yaml]\n",
    }


def test_a_change_of_what_another_overlay_generates_reaches_the_release(repo: GitRepo) -> None:
    repo.commit({**below("charts/web", chart()), **generated("staging", 1), **generated("production", 2)})
    repo.commit({"config/staging/web.yaml": "replicas: 4\nimage: a\n"})
    report = check(repo, "HEAD~1")
    assert report.findings == []
    found = [
        (one.environment, field.path, field.before, field.after)
        for one in report.changes
        if one.resource.kind == "Deployment"
        for field in one.fields
    ]
    assert found == [("staging", "spec.replicas", 1, 4)]


def test_what_an_overlay_generates_that_does_not_change_is_among_the_values(repo: GitRepo) -> None:
    repo.commit({**below("charts/web", chart()), **generated("staging", 1), **generated("production", 2)})
    spec = "valuesFrom: [{kind: ConfigMap, name: web-values}]"
    repo.commit({"apps/production/web.yaml": release(spec=spec, image="b")})
    report = check(repo, "HEAD~1")
    assert report.findings == []
    assert [(one.path, one.before, one.after) for one in change(report, "Deployment").fields] == [
        ("spec.template.spec.containers[name=main].image", "a", "b")
    ]
    repo.commit({"config/production/kustomization.yaml": "resources: [gone.yaml]\n"})
    repo.commit({"apps/production/web.yaml": release(spec=spec, image="c")})
    assert "is not in Git" in the(check(repo, "HEAD~1"), "helm-values-missing").message


def test_what_an_overlay_generates_for_its_own_releases_reaches_no_other_overlay(repo: GitRepo) -> None:
    generating = "configMapGenerator: [{name: web-values, files: [values.yaml=web.yaml]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n"
    base = release(spec="valuesFrom: [{kind: ConfigMap, name: web-values}]")
    files = {
        **below("charts/web", chart()),
        "base/web.yaml": base,
        "base/kustomization.yaml": "resources: [web.yaml]\n",
    }
    for name in ("staging", "production"):
        files |= {f"{name}/kustomization.yaml": f"resources: [../base]\nnamespace: shop\n{generating}"}
        files |= {f"{name}/web.yaml": "replicas: 2\nimage: a\n"}
    repo.commit(files)
    repo.commit({"staging/web.yaml": "replicas: 3\nimage: a\n"})
    report = check(repo, "HEAD~1")
    assert report.findings == []
    assert {one.environment for one in report.changes} == {"staging"}
    assert [(one.path, one.after) for one in change(report, "Deployment").fields] == [("spec.replicas", 3)]


def test_a_mistake_is_shown_where_the_value_is_written(repo: GitRepo) -> None:
    text = release(image="docker.io/library/nginx:1.27") + "    replicas: many\n"
    text = text.replace('  values: {"image": "docker.io/library/nginx:1.27"}\n', "  values:\n    image: nginx\n")
    repo.commit({**below("charts/web", chart()), "staging/web.yaml": text})
    report = check(repo)
    found = next(one for one in report.findings if one.code == "wrong-type")
    assert (found.file, found.line, found.column) == ("staging/web.yaml", 9, 15)
    assert found.target == "HelmRelease/shop/web"


def test_a_template_that_fails_is_an_error_at_its_line_and_the_rest_goes_on(repo: GitRepo) -> None:
    broken = chart("bad", templates__fail_yaml='a: 1\n{{ required "give a port" .Values.port }}\n')
    spec = "chart: {spec: {chart: charts/bad, sourceRef: {kind: GitRepository, name: flux-system}}}"
    files = {**below("charts/web", chart()), **below("charts/bad", broken), "staging/web.yaml": release()}
    repo.commit({**files, "staging/bad.yaml": release("bad", spec)})
    report = check(repo)
    found = the(report, "helm-render-failed")
    assert (found.message, found.file, found.line, found.severity) == (
        "give a port", "charts/bad/templates/fail.yaml", 2, Severity.ERROR,
    )  # fmt: skip
    assert (report.coverage.releases, report.coverage.releases_unknown) == (2, 1)
    assert report.coverage.resources == 3  # both HelmReleases, and the Deployment of the one that renders
    assert report.verdict is Verdict.FAILED


def test_objects_of_a_release_that_no_longer_renders_are_unknown_not_deleted(repo: GitRepo) -> None:
    repo.commit(
        {
            **below("charts/web", chart()),
            "staging/web.yaml": release(),
            "staging/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        }
    )
    repo.commit({"charts/web/templates/deployment.yaml": '{{ fail "no" }}', "staging/a.yaml": None})
    report = check(repo, "HEAD~1")
    assert {(one.resource.kind, one.outcome.value) for one in report.changes if one.outcome.value != "unchanged"} == {
        ("Deployment", "unknown"),
        # Nothing moves into a chart: that one is really gone.
        ("ConfigMap", "delete"),
    }


def test_names_namespaces_labels_and_metadata_are_as_flux_makes_them(tmp_path: Path) -> None:
    spec = """\
        targetNamespace: there
        install: {createNamespace: true, crds: Skip}
        commonMetadata: {labels: {team: a}, annotations: {note: b}}
    """
    more = {
        "templates__cluster_yaml": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n",
        "templates__hook_yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: hook, annotations: {helm.sh/hook: test}}\n",
        "crds__one_yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: one}\n",
    }
    root = written(tmp_path / "repo", {**below("charts/web", chart(**more)), "staging/web.yaml": release(spec=spec)})
    manifests, report = render(root)
    made = objects(manifests)
    assert set(made) == {"Namespace/there", "ClusterRole/all", "Deployment/there/there-web"}
    metadata = made["Deployment/there/there-web"]["metadata"]
    assert metadata["labels"] == {
        "chart": "web-1.0.0",
        "team": "a",
        "helm.toolkit.fluxcd.io/name": "web",
        "helm.toolkit.fluxcd.io/namespace": "shop",
    }
    assert metadata["annotations"] == {"note": "b"}
    assert report.findings == []


def test_plain_crds_of_a_chart_come_along_and_tell_what_has_a_namespace(tmp_path: Path) -> None:
    crd = """\
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          scope: Cluster
          names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
          versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
    """
    widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: it}\n"
    files = below("charts/web", chart(crds__widgets_yaml=crd, templates__widget_yaml=widget))
    manifests, report = render(
        written(tmp_path / "repo", {**files, "staging/web.yaml": release(spec="commonMetadata: {labels: {team: a}}")})
    )
    made = objects(manifests)
    assert {"CustomResourceDefinition/widgets.example.com", "Widget/it"} <= set(made)
    # Flux applies plain CRDs by themselves, with nothing but their origin.
    assert "team" not in made["CustomResourceDefinition/widgets.example.com"]["metadata"]["labels"]
    assert report.findings == []


def test_what_one_release_defines_the_next_can_ask_for(tmp_path: Path) -> None:
    crd = """\
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {kind: Widget, plural: widgets}
          versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
    """
    asks = '{{ if .Capabilities.APIVersions.Has "example.com/v1/Widget" }}\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: it}\n{{ end }}'
    source = "sourceRef: {kind: GitRepository, name: flux-system}"
    files = {
        **below("charts/operator", chart("operator", templates__crd_yaml=crd)),
        **below("charts/web", chart(templates__widget_yaml=asks)),
        "staging/operator.yaml": release("operator", f"chart: {{spec: {{chart: charts/operator, {source}}}}}"),
        "staging/alone.yaml": release("alone"),
        "staging/web.yaml": release("web", "dependsOn: [{name: operator}]"),
    }
    manifests, _ = render(written(tmp_path / "repo", files))
    assert [one.target for one in manifests if one.id.kind == "Widget"] == ["HelmRelease/shop/web"]


def test_releases_that_wait_for_each_other_are_found_and_rendered(repo: GitRepo) -> None:
    repo.commit({
        **below("charts/web", chart()),
        "staging/a.yaml": release("a", "dependsOn: [{name: b}]"),
        "staging/b.yaml": release("b", "dependsOn: [{name: a, namespace: shop}]"),
    })  # fmt: skip
    report = check(repo)
    found = the(report, "depends-on-cycle")
    assert found.message == "these releases wait for each other: shop/a → shop/b → shop/a"
    assert (found.file, found.line) == ("staging/a.yaml", 7)
    assert report.coverage.releases_unknown == 0


CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: shop}\ndata:\n  values.yaml: |\n    replicas: 5\n    image: a\n  one: '7'\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: hidden, namespace: shop}\nstringData:\n  values.yaml: |\n    image: s3cret\n  token: hunter2\n"


@pytest.mark.parametrize(
    ("listed", "values", "replicas", "image"),
    [
        ("[{kind: ConfigMap, name: more}]", {}, 5, "a"),
        ("[{kind: ConfigMap, name: more}]", {"replicas": 2}, 2, "a"),
        (
            "[{kind: ConfigMap, name: more, valuesKey: one, targetPath: replicas}]",
            {},
            7,
            "docker.io/library/nginx:1.27",
        ),
        ("[{kind: Secret, name: hidden}]", {}, 1, "placeholder"),
        ("[{kind: Secret, name: hidden, valuesKey: token, targetPath: image}]", {}, 1, "placeholder"),
        ("[{kind: Secret, name: absent, valuesKey: token, targetPath: image}]", {}, 1, "placeholder"),
        ("[{kind: ConfigMap, name: absent, optional: true}, {kind: ConfigMap, name: more}]", {}, 5, "a"),
    ],
)
def test_values_come_from_where_the_release_says(
    tmp_path: Path, listed: str, values: dict[str, int], replicas: int, image: str
) -> None:
    files = {
        **below("charts/web", chart()),
        "staging/more.yaml": CONFIG_MAP,
        "staging/hidden.yaml": SECRET,
        "staging/web.yaml": release("web", f"valuesFrom: {listed}", **values),
    }
    manifests, _ = render(written(tmp_path / "repo", files))
    spec = objects(manifests)["Deployment/shop/web"]["spec"]
    assert spec["replicas"] == replicas
    assert spec["template"]["spec"]["containers"][0]["image"] == image


def test_nothing_of_a_secret_reaches_the_cache_or_the_report(repo: GitRepo, tmp_path: Path) -> None:
    spec = (
        "valuesFrom: [{kind: Secret, name: hidden}, {kind: Secret, name: hidden, valuesKey: token, targetPath: token}]"
    )
    more = {
        "templates__s_yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {token: {{ .Values.token }}}\n"
    }
    repo.commit(
        {**below("charts/web", chart(**more)), "staging/hidden.yaml": SECRET, "staging/web.yaml": release(spec=spec)}
    )
    report = check(repo)
    assert report.coverage.releases_unknown == 0
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert b"placeholder" in kept
    for secret in (b"hunter2", b"s3cret"):
        assert secret not in kept
        assert secret.decode() not in repr(report)


def test_nothing_is_said_of_what_a_placeholder_stands_for(repo: GitRepo) -> None:
    spec = "valuesFrom: [{kind: Secret, name: absent, valuesKey: count, targetPath: replicas}]"
    repo.commit({**below("charts/web", chart()), "staging/web.yaml": release(spec=spec)})
    report = check(repo)
    assert codes(report) == {("helm-values-missing", "staging/web.yaml")}
    assert (report.coverage.resources, report.verdict) == (2, Verdict.PASSED)


def test_values_that_are_not_in_git_are_said_to_be_missing(repo: GitRepo) -> None:
    needs = {"templates__p_yaml": '{{ required "give a port" .Values.port }}\n'}
    files = {**below("charts/web", chart(**needs))}
    repo.commit({**files, "staging/web.yaml": release(spec="valuesFrom:\n  - kind: Secret\n    name: elsewhere\n")})
    report = check(repo)
    missing = the(report, "helm-values-missing")
    assert (missing.severity, missing.line) == (Severity.INFO, 8)
    failed = the(report, "helm-render-failed")
    assert failed.severity is Severity.WARNING
    assert failed.message == "give a port (it may render with the values that are not in Git)"
    assert report.verdict is Verdict.PASSED


def test_a_key_that_a_config_map_lacks_keeps_flux_from_installing(repo: GitRepo) -> None:
    spec = "valuesFrom: [{kind: ConfigMap, name: more, valuesKey: nope}]"
    repo.commit(
        {**below("charts/web", chart()), "staging/more.yaml": CONFIG_MAP, "staging/web.yaml": release(spec=spec)}
    )
    report = check(repo)
    assert the(report, "helm-values-missing").severity is Severity.ERROR
    assert report.coverage.releases_unknown == 1


def test_values_files_take_the_place_of_the_charts_own(tmp_path: Path) -> None:
    files = {
        **below("charts/web", chart(more_yaml="image: b\nreplicas: 4\n")),
        "staging/web.yaml": release(
            spec="chart: {spec: {chart: charts/web, valuesFiles: [charts/web/more.yaml], sourceRef: {kind: GitRepository, name: flux-system}}}"
        ),
    }
    manifests, _ = render(written(tmp_path / "repo", files))
    assert objects(manifests)["Deployment/shop/web"]["spec"]["replicas"] == 4


def test_a_values_file_that_is_not_there_is_an_error(repo: GitRepo) -> None:
    spec = "chart: {spec: {chart: charts/web, valuesFiles: [charts/web/nope.yaml], sourceRef: {kind: GitRepository, name: flux-system}}}"
    repo.commit({**below("charts/web", chart()), "staging/web.yaml": release(spec=spec)})
    found = the(check(repo), "helm-values-missing")
    assert found.severity is Severity.ERROR
    assert "nope.yaml" in found.message


def test_post_renderers_patch_what_the_chart_gives_but_not_its_crds(tmp_path: Path) -> None:
    spec = """\
        postRenderers:
          - kustomize:
              patches:
                - target: {kind: Deployment}
                  patch: |
                    - {op: replace, path: /spec/replicas, value: 9}
              images: [{name: docker.io/library/nginx, newTag: "2"}]
    """
    manifests, report = render(
        written(tmp_path / "repo", {**below("charts/web", chart()), "staging/web.yaml": release(spec=spec)})
    )
    deployment = objects(manifests)["Deployment/shop/web"]
    assert deployment["spec"]["replicas"] == 9
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "docker.io/library/nginx:2"
    assert report.findings == []


def test_what_a_chart_makes_up_is_the_same_on_every_run(repo: GitRepo) -> None:
    random = "apiVersion: v1\nkind: Secret\nmetadata: {name: r}\ndata:\n  password: {{ randAlphaNum 24 | b64enc }}\n"
    repo.commit({**below("charts/web", chart(templates__r_yaml=random)), "staging/web.yaml": release(replicas=1)})
    repo.commit({"staging/web.yaml": release(replicas=2)})
    report = check(repo, "HEAD~1")
    assert {(one.resource.kind, one.outcome.value) for one in report.changes} == {
        ("HelmRelease", "update"), ("Deployment", "update"), ("Secret", "unchanged"),
    }  # fmt: skip


def test_a_chart_of_an_http_repository_is_fetched_once_and_kept(repo: GitRepo, host: Host) -> None:
    archives = {
        ("web", version): packed(chart(version=version)) for version in ("1.0.0", "1.2.0", "2.0.0", "1.3.0-rc.1")
    }
    url = serve_index(host, archives, "/charts")
    files = {"staging/repository.yaml": repository_of(url), "staging/web.yaml": release(spec=from_repository())}
    repo.commit(files)
    report = check(repo)
    assert report.findings == []
    assert report.coverage.resources == 3
    assert host.asked == ["/charts/index.yaml", "/charts/web-1.2.0.tgz"]
    again, _ = render(repo)
    assert objects(again)["Deployment/shop/web"]["metadata"]["labels"]["chart"] == "web-1.2.0"
    offline, report = render(repo, offline=True)
    assert objects(offline) == objects(again)
    assert len(host.asked) == 2


@pytest.mark.parametrize("version", ["1.1.0", "1.x", "", ">=1.0.0 <1.1.5"])
def test_a_chart_of_a_registry_is_fetched(repo: GitRepo, registry: LocalRegistry, version: str) -> None:
    for one in ("1.0.0", "1.1.0"):
        push(registry, "charts/web", one, packed(chart(version=one)))
    files = {
        "staging/repository.yaml": repository_of(f"oci://{registry.host}/charts", "oci"),
        "staging/web.yaml": release(spec=from_repository(version=version)),
    }
    repo.commit(files)
    manifests, report = render(repo)
    assert objects(manifests)["Deployment/shop/web"]["metadata"]["labels"]["chart"] == "web-1.1.0"
    assert report.findings == []


@pytest.mark.parametrize("reference", ["tag: 1.0.0", "semver: 1.0.x", "digest: DIGEST"])
def test_a_chart_of_an_oci_repository_is_fetched(repo: GitRepo, registry: LocalRegistry, reference: str) -> None:
    digest = push(registry, "oci/web", "1.0.0", packed(chart()), "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
    source = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: web, namespace: shop}\n"
        f"spec: {{interval: 10m, url: 'oci://{registry.host}/oci/web', ref: {{{reference.replace('DIGEST', digest)}}}}}\n"
    )
    repo.commit(
        {"staging/source.yaml": source, "staging/web.yaml": release(spec="chartRef: {kind: OCIRepository, name: web}")}
    )
    manifests, report = render(repo)
    assert "Deployment/shop/web" in objects(manifests)
    assert report.findings == []


def oci(registry: LocalRegistry, ref: str, more: str = "") -> dict[str, str]:
    source = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: web, namespace: shop}\n"
        f"spec: {{interval: 10m, url: 'oci://{registry.host}/filtered/web', ref: {{{ref}}}{more}}}\n"
    )
    return {"staging/s.yaml": source, "staging/web.yaml": release(spec="chartRef: {kind: OCIRepository, name: web}")}


@pytest.mark.parametrize(
    ("ref", "more", "found"),
    [
        ("semver: '>=1.0.0-0'", "", "1.2.0-rc.1"),
        ("semver: '>=1.0.0-0', semverFilter: '.*-dev.*'", "", "1.2.0-dev.5"),
        ("semver: '>=1.0.0-0', semverFilter: '^[0-9.]+$'", "", "1.0.0"),
        # The pattern sees tags as the registry has them, and without a range it does nothing.
        ("semver: '1.x', semverFilter: '_build'", ", layerSelector: {mediaType: application/vnd.cncf.helm.chart.content.v1.tar+gzip}", "1.1.0+build"),
        ("tag: '1.0.0', semverFilter: 'rc'", "", "1.0.0"),
        ("semver: '2.0.0'", "", "2.0.0"),
    ],
)  # fmt: skip
def test_tags_are_filtered_before_the_range_is_looked_at(
    repo: GitRepo, registry: LocalRegistry, ref: str, more: str, found: str
) -> None:
    for one in ("1.0.0", "1.1.0+build", "1.2.0-rc.1", "1.2.0-dev.5"):
        push(registry, "filtered/web", one, packed(chart(version=one)))
    push(registry, "filtered/web", "v2.0.0", packed(chart(version="2.0.0")))
    ref = ref.replace(">=1.0.0-0", ">=1.0.0-0 <2.0.0")
    repo.commit(oci(registry, ref, more))
    manifests, report = render(repo)
    assert report.findings == []
    assert objects(manifests)["Deployment/shop/web"]["metadata"]["labels"]["chart"] == f"web-{found}"


@pytest.mark.parametrize(
    ("pattern", "code", "said"),
    [("nightly", "chart-unavailable", "matches `nightly`"), ("(?=x)", "helm-release-invalid", "no regular expression")],
)
def test_a_filter_that_finds_nothing_or_is_none_is_said(
    repo: GitRepo, registry: LocalRegistry, pattern: str, code: str, said: str
) -> None:
    push(registry, "filtered/web", "1.0.0", packed(chart()))
    repo.commit(oci(registry, f"semver: '1.x', semverFilter: '{pattern}'"))
    assert said in the(check(repo), code).message


def test_a_host_that_only_the_pull_request_names_is_not_asked(repo: GitRepo, host: Host) -> None:
    url = serve_index(host, {("web", "1.0.0"): packed(chart())})
    repo.commit({"staging/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    repo.commit({"staging/repository.yaml": repository_of(url), "staging/web.yaml": release(spec=from_repository())})
    report = check(repo, "HEAD~1")
    found = the(report, "chart-unavailable")
    assert host.asked == []
    assert "charts.allow" in found.message
    assert (found.severity, found.file, report.verdict) == (Severity.WARNING, "staging/web.yaml", Verdict.PASSED)
    assert report.coverage.releases_unknown == 1
    # Once it is merged, its own source speaks for it.
    repo.commit({"staging/web.yaml": release(spec=from_repository(), replicas=2)})
    assert changed(check(repo, "HEAD~1")) == {("staging", "update", "web")}
    assert host.asked


def test_the_base_branch_can_allow_a_host(repo: GitRepo, host: Host) -> None:
    url = serve_index(host, {("web", "1.0.0"): packed(chart())})
    config = f"version: 1\ncharts: {{allow: ['{url.removeprefix('http://')}']}}\n"
    repo.commit({".gitops.yaml": config, "staging/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    repo.commit({"staging/repository.yaml": repository_of(url), "staging/web.yaml": release(spec=from_repository())})
    report = check(repo, "HEAD~1")
    assert report.findings == []
    assert ("staging", "create", "web") in changed(report)


def test_a_mirror_stands_in_for_what_is_out_of_reach(repo: GitRepo, registry: LocalRegistry) -> None:
    push(registry, "mirror/web", "1.0.0", packed(chart()))
    config = (
        f"version: 1\ncharts: {{mirrors: {{'https://charts.example.com/stable': 'oci://{registry.host}/mirror'}}}}\n"
    )
    repo.commit({
        ".gitops.yaml": config,
        "staging/repository.yaml": repository_of("https://charts.example.com/stable"),
        "staging/web.yaml": release(spec=from_repository()),
    })  # fmt: skip
    manifests, report = render(repo)
    assert "Deployment/shop/web" in objects(manifests)
    assert report.findings == []


def test_a_folder_of_archives_can_be_a_mirror(repo: GitRepo) -> None:
    repo.commit({
        ".gitops.yaml": "version: 1\ncharts: {mirrors: {'https://charts.example.com': vendor}}\n",
        "vendor/web-1.0.0.tgz": packed(chart()),
        "vendor/web-1.5.0.tgz": packed(chart(version="1.5.0")),
        "vendor/web-extra-1.9.0.tgz": packed(chart("web-extra", "1.9.0")),
        "staging/repository.yaml": repository_of("https://charts.example.com"),
        "staging/web.yaml": release(spec=from_repository()),
    })  # fmt: skip
    manifests, report = render(repo, offline=True)
    assert objects(manifests)["Deployment/shop/web"]["metadata"]["labels"]["chart"] == "web-1.5.0"
    assert report.findings == []


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (answer(404, b"no"), "chart-unavailable", "status 404"),
        (answer(401, b"no"), "chart-unavailable", "status 401"),
        (answer(200, b"<html>sign in</html>", content_type="text/html"), "chart-unavailable", "index of charts"),
        (answer(200, b"- a\n- b\n"), "chart-unavailable", "no `entries`"),
        (answer(200, b'{"entries": {}}'), "chart-unavailable", "no chart `web`"),
        (answer(200, b'{"entries": {"web": [{"version": "0.1.0", "urls": ["a.tgz"]}]}}'), "chart-unavailable", "no version"),
        (answer(200, b'{"entries": {"web": [{"version": "1.0.0", "urls": ["http://10.0.0.1/a.tgz"]}]}}'), "chart-unavailable", "not encrypted"),
        (answer(200, b'{"entries": {"web": [{"version": "1.0.0", "urls": ["https://u:p@10.0.0.1/a.tgz"]}]}}'), "chart-unavailable", "credentials"),
        (answer(200, b'{"entries": {"web": [{"version": "1.0.0", "urls": ["https://10.0.0.1/a.tgz"]}]}}'), "chart-unavailable", "not public"),
        (answer(200, b'{"entries": {"web": [{"version": "1.0.0", "urls": ["/a.tgz"], "digest": "00"}]}}'), "chart-corrupt", "digest differs"),
        (answer(200, b'{"entries": {"web": [{"version": "1.0.0", "urls": ["/bad.tgz"]}]}}'), "chart-corrupt", "no gzip"),
    ],
)  # fmt: skip
def test_a_repository_that_is_of_no_use_is_said_and_the_rest_goes_on(
    repo: GitRepo, host: Host, reply: Any, code: str, said: str
) -> None:
    host.says(reply, path="/index.yaml")
    host.says(answer(content=packed(chart())), path="/a.tgz")
    host.says(answer(content=b"<html>"), path="/bad.tgz")
    repo.commit({
        **below("charts/web", chart()),
        "staging/repository.yaml": repository_of(host.url),
        "staging/web.yaml": release(spec=from_repository()),
        "staging/local.yaml": release("local"),
    })  # fmt: skip
    report = check(repo)
    found = the(report, code)
    assert said in found.message
    assert (report.coverage.releases, report.coverage.releases_unknown) == (2, 1)
    assert (report.verdict is Verdict.PASSED) == (code == "chart-unavailable")


def test_a_version_that_is_no_range_is_an_error(repo: GitRepo, host: Host) -> None:
    url = serve_index(host, {("web", "1.0.0"): packed(chart())})
    repo.commit(
        {"staging/r.yaml": repository_of(url), "staging/web.yaml": release(spec=from_repository(version="newest"))}
    )
    found = the(check(repo), "helm-release-invalid")
    assert "`newest` is not a range of versions" in found.message


def test_a_registry_that_wants_to_know_who_asks(repo: GitRepo, host: Host) -> None:
    host.says(answer(401, b"{}", www_authenticate="Basic realm=x"), path="/v2/charts/web/tags/list?n=1000")
    address = host.url.removeprefix("http://")
    repo.commit({
        "staging/r.yaml": repository_of(f"oci://{address}/charts", "oci"),
        "staging/web.yaml": release(spec=from_repository()),
    })  # fmt: skip
    report = check(repo)
    assert "credentials" in the(report, "chart-unavailable").message
    assert report.verdict is Verdict.PASSED


def test_credentials_go_to_their_own_host_only(repo: GitRepo, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    url = serve_index(host, {("web", "1.0.0"): packed(chart())})
    repo.commit({"staging/r.yaml": repository_of(url), "staging/web.yaml": release(spec=from_repository())})
    monkeypatch.setenv("REGISTRY_CREDENTIALS", "other.example.com=me:hunter2")
    render(repo)
    assert all("authorization" not in headers for headers in host.headers)
    monkeypatch.delenv("REGISTRY_CREDENTIALS")
    monkeypatch.setenv("INPUT_REGISTRY-CREDENTIALS", f"{url.removeprefix('http://')}=me:hunter2")
    monkeypatch.setenv("GITOPS_TOOL_CACHE", os.environ["GITOPS_TOOL_CACHE"] + "2")
    host.headers.clear()
    render(repo)
    assert all(headers["authorization"].startswith("Basic ") for headers in host.headers)


@pytest.mark.parametrize(
    ("spec", "severity", "said"),
    [
        ("chartRef: {kind: ExternalArtifact, name: x}", Severity.WARNING, "is made by no ArtifactGenerator"),
        ("chartRef: {kind: OCIRepository, name: nowhere}", Severity.WARNING, "OCIRepository shop/nowhere is not in Git"),
        ("chart: {spec: {chart: x, sourceRef: {kind: HelmRepository, name: nowhere}}}", Severity.WARNING, "not in Git"),
        ("chart: {spec: {chart: x, sourceRef: {kind: Bucket, name: b}}}", Severity.WARNING, "Bucket"),
        ("chart: {spec: {chart: charts/none, sourceRef: {kind: GitRepository, name: flux-system}}}", Severity.WARNING, "no chart in `charts/none`"),
        ("chart: {spec: {chart: ../x, sourceRef: {kind: GitRepository, name: flux-system}}}", Severity.ERROR, "leaves the repository"),
    ],
)  # fmt: skip
def test_a_chart_that_cannot_be_known_is_named(repo: GitRepo, spec: str, severity: Severity, said: str) -> None:
    repo.commit({"staging/web.yaml": release(spec=spec)})
    report = check(repo)
    (found,) = [one for one in report.findings if one.code in {"chart-unavailable", "helm-release-invalid"}]
    assert said in found.message
    assert found.message.startswith("HelmRelease/shop/web was not rendered")
    assert (found.severity, found.line) == (severity, 6)
    assert report.coverage.releases_unknown == 1


@pytest.mark.parametrize("name", ["--post-renderer=/bin/sh", "-x", "UPPER", "a b", "a/../b", "--help", "'$(id)'"])
def test_a_name_is_never_taken_for_an_option(repo: GitRepo, tmp_path: Path, name: str) -> None:
    # What Helm would give to a post-renderer is a script that leaves a trace.
    trace = tmp_path / "trace"
    script = {"templates__deployment_yaml": f"# x\ntouch {trace}\n", "templates__a_yaml": f"a: 1\n# $(touch {trace})\n"}
    git = "chart: {spec: {chart: charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}"
    files = {**below("charts/web", chart(**script)), "staging/web.yaml": release(spec=f'releaseName: "{name}"\n{git}')}
    repo.commit({**files, "staging/other.yaml": release(spec=f'targetNamespace: "{name}"\n{git}', name="other")})
    report = check(repo)
    assert not trace.exists()
    assert [one.code for one in report.findings if one.code.startswith("helm")] == ["helm-release-invalid"] * 2
    assert report.coverage.releases_unknown == 2


def test_without_helm_the_rest_is_checked(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({**below("charts/web", chart()), "staging/web.yaml": release()})
    from gitops_action.pipeline import release_job  # noqa: PLC0415

    monkeypatch.setattr(release_job, "find_tool", lambda _name: None)
    report = check(repo)
    assert codes(report) == {("helm-missing", "")}
    assert (report.coverage.releases, report.coverage.releases_unknown, report.verdict) == (1, 1, Verdict.PASSED)


def test_a_cache_that_was_tampered_with_is_a_miss(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit({**below("charts/web", chart()), "staging/web.yaml": release()})
    first, _ = render(repo)
    for path in (tmp_path / "cache" / "releases" / "rendered").iterdir():
        path.write_bytes(path.read_bytes().replace(b"Deployment", b"Evilthings"))
    again, _ = render(repo)
    assert objects(again) == objects(first)


def test_a_chart_of_the_tree_with_values_per_environment_needs_no_configuration(repo: GitRepo) -> None:
    repo.commit({
        **below("charts/web", chart(**{"values-staging_yaml": "replicas: 1\n", "values-production_yaml": "replicas: 3\n"})),
        **below("charts/library", chart("library")),
    })  # fmt: skip
    repo.commit({"charts/web/values-production.yaml": "replicas: 5\n"})
    report = check(repo, "HEAD~1")
    assert [(one.environment, one.target, one.fields[0].after) for one in report.changes if one.fields] == [
        ("production", "charts/web", 5)
    ]
    everything = check(repo, everything=True)
    assert everything.coverage.releases == 2


def test_the_configuration_says_how_charts_of_the_tree_are_installed(repo: GitRepo) -> None:
    config = """\
        version: 1
        helm:
          - chart: deploy/chart
            environments: [staging, production]
            values: [deploy/common.yaml, "deploy/{environment}.yaml"]
            releaseName: shop
            namespace: shop
    """
    repo.commit({
        ".gitops.yaml": dedent(config),
        **below("deploy/chart", chart()),
        "deploy/common.yaml": "replicas: 2\nimage: common\n",
        "deploy/staging.yaml": "image: staging\n",
        "deploy/production.yaml": "replicas: many\n",
    })  # fmt: skip
    report = check(repo)
    found = next(one for one in report.findings if one.code == "wrong-type")
    assert (found.file, found.line, found.environment) == ("deploy/production.yaml", 1, "production")
    manifests, _ = render(repo)
    spec = next(one.value["spec"] for one in manifests if one.environment == "staging")
    assert (spec["replicas"], spec["template"]["spec"]["containers"][0]["image"]) == (2, "staging")


def test_dependencies_of_a_chart_in_the_tree_are_put_beside_it(repo: GitRepo, host: Host) -> None:
    url = serve_index(host, {("db", "3.1.0"): packed(chart("db", "3.1.0"), "db")})
    depends = (
        "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n"
        f"  - {{name: db, version: 3.x, repository: '{url}'}}\n"
        "  - {name: common, version: '*', repository: 'file://../common'}\n"
    )
    repo.commit({
        **below("charts/web", {**chart(), "Chart.yaml": depends, "templates/deployment.yaml": '{{ include "common.it" . }}'}),
        **below("charts/common", {**chart("common"), "templates/deployment.yaml": "", "templates/_it.tpl": '{{ define "common.it" }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n{{ end }}'}),
        ".gitops.yaml": f"version: 1\ncharts: {{allow: ['{url.removeprefix('http://')}']}}\n",
        "staging/web.yaml": release(),
    })  # fmt: skip
    manifests, report = render(repo)
    assert {one.split("/")[0] for one in objects(manifests)} == {"ConfigMap", "Deployment"}
    assert report.findings == []
