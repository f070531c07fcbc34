"""What Flux deploys, from the clusters' objects to charts and policies of images, with hostile values in any of them."""

from __future__ import annotations

import copy
import json
import re
import shutil
from typing import TYPE_CHECKING, Any, Final

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_action.cli import app
from gitops_action.errors import GitOpsError
from tests.charts import below, chart
from tests.fuzz import hostile
from tests.fuzz.test_manifests import places
from tests.gitrepo import init
from tests.registry import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hypothesis.strategies import DrawFn


def _flux(kind: str, version: str, name: str, spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "flux-system"}
    return {"apiVersion": f"{version}", "kind": kind, "metadata": metadata, "spec": spec}


# Stands for a registry, whose port nobody knows yet.
_HOST: Final = "HOST"
_SOURCE: Final = "source.toolkit.fluxcd.io/v1"
_HELM: Final = "helm.toolkit.fluxcd.io/v2"
_IMAGE: Final = "image.toolkit.fluxcd.io/v1"
_HERE: Final = {"kind": "GitRepository", "name": "flux-system"}
_EVERY: Final = {"interval": "10m"}
_LABELS: Final = {"app": "web"}
_CONTAINER: Final = {"name": "web", "image": f"{_HOST}/web:1.0.0"}
_FILES: Final[dict[str, dict[str, Any]]] = {
    "clusters/production/flux-system/git.yaml": _flux(
        "GitRepository",
        _SOURCE,
        "flux-system",
        {**_EVERY, "url": "https://git.example.com/fleet.git", "ref": {"branch": "main"}, "ignore": "*.md"},
    ),
    "clusters/production/apps.yaml": _flux(
        "Kustomization",
        "kustomize.toolkit.fluxcd.io/v1",
        "apps",
        {
            **_EVERY,
            "path": "./apps",
            "prune": True,
            "sourceRef": _HERE,
            "targetNamespace": "web",
            "dependsOn": [{"name": "policies"}],
            "images": [{"name": f"{_HOST}/web", "newTag": "1.0.1"}],
            "patches": [{"patch": "[]", "target": {"kind": "Deployment"}}],
            "commonMetadata": {"labels": {"team": "web"}},
            "postBuild": {
                "substitute": {"level": "info"},
                "substituteFrom": [{"kind": "ConfigMap", "name": "values", "optional": True}],
            },
        },
    ),
    "clusters/production/policies.yaml": _flux(
        "Kustomization",
        "kustomize.toolkit.fluxcd.io/v1",
        "policies",
        {**_EVERY, "path": "./policies", "prune": True, "sourceRef": {"kind": "ExternalArtifact", "name": "policies"}},
    ),
    "clusters/production/artifacts.yaml": _flux(
        "ArtifactGenerator",
        "source.extensions.fluxcd.io/v1beta1",
        "parts",
        {
            "sources": [{"alias": "fleet", **_HERE}],
            "artifacts": [
                {"name": "policies", "copy": [{"from": "@fleet/policies/**", "to": "@artifact/policies/"}]},
                {"name": "chart", "copy": [{"from": "@fleet/charts/web/**", "to": "@artifact/", "exclude": ["*.md"]}]},
            ],
        },
    ),
    "clusters/production/web.yaml": _flux(
        "HelmRelease",
        _HELM,
        "web",
        {
            **_EVERY,
            "releaseName": "web",
            "chart": {"spec": {"chart": "./charts/web", "sourceRef": _HERE, "valuesFiles": ["values.yaml"]}},
            "valuesFrom": [{"kind": "ConfigMap", "name": "values", "valuesKey": "level", "targetPath": "level"}],
            "values": {"replicas": 2},
            "postRenderers": [{"kustomize": {"images": [{"name": "nginx", "newTag": "1.28"}]}}],
        },
    ),
    "clusters/production/part.yaml": _flux(
        "HelmRelease", _HELM, "part", {**_EVERY, "chartRef": {"kind": "ExternalArtifact", "name": "chart"}}
    ),
    "clusters/production/far.yaml": _flux(
        "HelmRelease", _HELM, "far", {**_EVERY, "chartRef": {"kind": "OCIRepository", "name": "far"}}
    ),
    "clusters/production/oci.yaml": _flux(
        "OCIRepository",
        _SOURCE,
        "far",
        {**_EVERY, "url": "oci://registry.example.com/charts/far", "ref": {"semver": "1.x", "semverFilter": ".*"}},
    ),
    "clusters/production/values.yaml": {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "values", "namespace": "flux-system"},
        "data": {"level": "debug"},
    },
    "clusters/production/repository.yaml": _flux(
        "ImageRepository", _IMAGE, "web", {**_EVERY, "image": f"{_HOST}/web", "exclusionList": ["-rc"]}
    ),
    "clusters/production/policy.yaml": _flux(
        "ImagePolicy",
        _IMAGE,
        "web",
        {
            "imageRepositoryRef": {"name": "web"},
            "policy": {"semver": {"range": "1.x"}},
            "filterTags": {"pattern": "^(.*)$", "extract": "$1"},
        },
    ),
    "clusters/production/automation.yaml": _flux(
        "ImageUpdateAutomation",
        _IMAGE,
        "web",
        {**_EVERY, "sourceRef": _HERE, "update": {"path": "./apps", "strategy": "Setters"}, "git": {"commit": {}}},
    ),
    "apps/web.yaml": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "annotations": {"level": "${level:=warn}"}},
        "spec": {
            "selector": {"matchLabels": _LABELS},
            "template": {"metadata": {"labels": _LABELS}, "spec": {"containers": [_CONTAINER]}},
        },
    },
    "policies/quota.yaml": {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "web"}, "spec": {}},
}
_VALUES: Final = st.sampled_from([*hostile.EMPTY, "", "..", "../..", "/", "${a", "x" * 300, [{}], {"a": {}}, [[1]]])
_MARKED: Final = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n"
_MARKER: Final = '# {"$imagepolicy": "flux-system:web"}'
_NAMING: Final = frozenset({"apiVersion", "kind", "metadata", "name", "namespace", "spec"})
_COMMANDS: Final = (
    ("validate", "--offline"),
    ("check", "--base", "HEAD~1", "--offline"),
    ("render",),
    ("image", "plan"),
    ("promote", "plan"),
)


@st.composite
def _repositories(draw: DrawFn) -> dict[str, dict[str, Any]]:
    """Draw the repository with a value of one file, sometimes of two, changed."""
    files = copy.deepcopy(_FILES)
    for _ in range(draw(st.integers(1, 2))):
        value: Any = files[draw(st.sampled_from(sorted(files)))]
        pointers = list(places(value))
        # What objects are found by is what most is looked up with.
        *way, last = draw(st.sampled_from(pointers) | st.sampled_from([one for one in pointers if one[-1] in _NAMING]))
        for part in way:
            value = value[part]
        value[last] = copy.deepcopy(draw(_VALUES))
    return files


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with serve() as registry:
        registry.image("web", "1.0.0", "1.1.0", "2.0.0-rc", "latest")
        yield registry.host


@pytest.mark.slow
@pytest.mark.tools
@pytest.mark.parametrize("odd", [None, {}, [], 0, "", [{}], {"a": {}}], ids=json.dumps)
@pytest.mark.parametrize("within", [(), ("spec",)], ids=["anywhere", "spec"])
def test_a_value_in_every_place(tmp_path: Path, host: str, odd: Any, within: tuple[str, ...]) -> None:
    """Beside the objects as they should be, there is each with the value in one of its places.

    Those that are wrong within their spec alone can be built, and so are looked at further; but no path is the root.
    """
    mutants = {}
    for path, value in _FILES.items():
        pointers = [one for one in places(value) if one[: len(within)] == within and one != within]
        pointers = [one for one in pointers if not within or one != ("spec", "path")]
        for number, (*way, last) in enumerate(pointers):
            mutant: Any = copy.deepcopy(value)
            mutant["metadata"]["name"] += f"-{number}"
            part = mutant
            for step in way:
                part = part[step]
            part[last] = copy.deepcopy(odd)
            mutants[f"{path.removesuffix('.yaml')}-{number}.yaml"] = mutant
    assert len(mutants) > 100
    _all_commands(tmp_path, host, mutants)


@pytest.mark.slow
@pytest.mark.tools
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=20)
@given(_repositories())
def test_changed_values(tmp_path: Path, host: str, files: dict[str, dict[str, Any]]) -> None:
    _all_commands(tmp_path, host, files)


def _all_commands(folder: Path, host: str, files: dict[str, dict[str, Any]]) -> None:
    """Commit the files above the good ones. Each command gives a result, or an error that says what is wrong."""
    shutil.rmtree(folder / "fleet", ignore_errors=True)
    repo = init(folder / "fleet")
    repo.commit(
        {
            **below("charts/web", chart()),
            **{path: json.dumps(value).replace(_HOST, host) for path, value in _FILES.items()},
            "apps/marked.yaml": f"{_MARKED}      image: {host}/web:1.0.0 {_MARKER}\n",
        }
    )
    repo.commit({path: hostile.write(value).replace(_HOST, host) for path, value in files.items()})
    for command in _COMMANDS:
        place = [str(repo.path)] if command[0] in {"validate", "render"} else ["--repo", str(repo.path)]
        try:
            result = CliRunner().invoke(app, [*command, *place], catch_exceptions=False)
        except GitOpsError:
            # It says what is wrong.
            continue
        assert result.exit_code in {0, 1}, (command, result.output)
        assert result.output
        assert re.search(r"\D-\d+ of \d+ overlay", result.output) is None
