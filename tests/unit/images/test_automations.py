"""What Flux's own automation would set as well: said once for each, where it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.git import Repository
from gitops_action.images.automations import is_at_work
from gitops_action.model import Severity
from gitops_action.pipeline.image_looking import look
from gitops_action.pipeline.image_scene import Scene
from gitops_action.repository.documents import Document, load
from tests.gitrepo import init

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gitops_action.images.references import Repository as Repository_
    from gitops_action.pipeline.image_looking import Made

FILE = "clusters/prod/automation.yaml"
OWN = {"kind": "GitRepository", "name": "flux-system"}


def of_flux(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> str:
    api = "source" if kind == "GitRepository" else "image"
    value = {
        "apiVersion": f"{api}.toolkit.fluxcd.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "flux-system", **metadata},
        "spec": spec,
    }
    return json.dumps(value)


def automation(path: str | None = "./apps", reference: dict[str, str] | None = None, **more: Any) -> str:
    namespace = more.pop("namespace", "flux-system")
    spec = {"sourceRef": reference or OWN, "update": {"path": path} if path else {}, "interval": "1m", **more}
    return of_flux("ImageUpdateAutomation", "all", spec, namespace=namespace)


def marked(policy: str) -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n"
        f'    image: ghcr.io/acme/web:1.0.0 # {{"$imagepolicy": "{policy}"}}\n'
    )


def policy(**labels: str) -> str:
    spec = {"imageRepositoryRef": {"name": "web"}, "policy": {"semver": {"range": "1.x"}}}
    return of_flux("ImagePolicy", "web", spec, labels=labels)


def tree(written: str, labels: Mapping[str, str] | None = None) -> dict[str, str]:
    return {
        "clusters/prod/web.yaml": policy(**(labels or {})),
        "clusters/prod/image.yaml": of_flux("ImageRepository", "web", {"image": "ghcr.io/acme/web"}),
        "apps/web.yaml": marked("flux-system:web"),
        "infra/web.yaml": marked("flux-system:web"),
        FILE: written,
    }


def said(tmp_path: Path, files: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the code, the values that are meant, and the message of each finding."""
    repo = init(tmp_path / "repo")
    repo.commit(files)
    with Repository.open(repo.path) as repository:
        scene = Scene.open(repository, "HEAD")
        found = list(scene.set_by_flux(scene.marked()))
    assert all((one.file, one.line, one.severity) == (FILE, 1, Severity.INFO) for one in found)
    return [(one.code, one.message.partition(" sets ")[2].partition(",")[0], one.message) for one in found]


def test_it_is_said_what_and_what_to_do(tmp_path: Path) -> None:
    assert said(tmp_path, tree(automation())) == [
        (
            "image-updated-by-flux",
            "apps/web.yaml:7:12",
            (
                "Flux's ImageUpdateAutomation flux-system/all sets apps/web.yaml:7:12, too: suspend or remove it, or leave "
                "these images to it"
            ),
        )
    ]


EXPRESSION = {"key": "team", "operator": "In", "values": ["a", "b"]}


@pytest.mark.parametrize(
    ("written", "sets"),
    [
        (automation("./"), "apps/web.yaml:7:12 and 1 more"),
        (automation(None), "apps/web.yaml:7:12 and 1 more"),
        (automation("infra"), "infra/web.yaml:7:12"),
        (automation("./inf"), ""),
        (automation("./apps", suspend=True), ""),
        (automation("./apps", suspend=False), "apps/web.yaml:7:12"),
        # Its policies are those of its own namespace.
        (automation("./apps", namespace="other"), ""),
        (automation("./apps", namespace=""), "apps/web.yaml:7:12"),
        (automation("./apps", policySelector={}), "apps/web.yaml:7:12"),
        (automation("./apps", policySelector={"matchLabels": {"team": "a"}}), "apps/web.yaml:7:12"),
        (automation("./apps", policySelector={"matchLabels": {"team": "b"}}), ""),
        (automation("./apps", policySelector={"matchExpressions": [EXPRESSION]}), "apps/web.yaml:7:12"),
        (automation("./apps", policySelector={"matchExpressions": [{**EXPRESSION, "operator": "NotIn"}]}), ""),
        (automation("./apps", policySelector={"matchExpressions": [{"key": "x", "operator": "Exists"}]}), ""),
        (
            automation("./apps", policySelector={"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}),
            "apps/web.yaml:7:12",
        ),
        # What no API server takes selects nothing.
        (automation("./apps", policySelector={"matchExpressions": [{**EXPRESSION, "key": ["team"]}]}), ""),
        (automation("./apps", policySelector={"matchExpressions": [{**EXPRESSION, "values": {"a": 1}}]}), ""),
        (automation("./apps", policySelector={"matchExpressions": [{**EXPRESSION, "operator": ["In"]}]}), ""),
    ],
)
def test_what_it_sets(tmp_path: Path, written: str, sets: str) -> None:
    assert [what for _, what, _ in said(tmp_path, tree(written, {"team": "a"}))] == ([sets] if sets else [])


def test_one_that_edits_another_repository_is_none_of_ours(tmp_path: Path) -> None:
    sources = {
        "clusters/prod/own.yaml": of_flux("GitRepository", "flux-system", {"url": "https://example.com/fleet"}),
        "clusters/prod/other.yaml": of_flux("GitRepository", "other", {"url": "https://example.com/other"}),
    }
    other = automation("./apps", {"kind": "GitRepository", "name": "other"})
    assert said(tmp_path, {**tree(other), **sources}) == []


class Registry:
    """One that has what is set already."""

    def tags(self, repository: Repository_) -> list[str]:  # noqa: ARG002 - the protocol's
        return ["1.0.0"]

    def digest(self, repository: Repository_, tag: str) -> str:  # noqa: ARG002 - the protocol's
        raise AssertionError

    def created(self, repository: Repository_, tag: str) -> Made:  # noqa: ARG002 - the protocol's
        raise AssertionError


def test_a_look_says_it_of_the_policies_that_are_looked_at(tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    other = policy().replace('"web"', '"other"', 1)
    repo.commit({**tree(automation()), "clusters/prod/other.yaml": other})
    with Repository.open(repo.path) as repository:
        scene = Scene.open(repository, "HEAD")

        def codes(*only: str) -> set[str]:
            return {one.code for one in look(scene, Registry(), datetime.now(UTC), only).findings}

        assert codes() == {"image-updated-by-flux", "image-policy-unused"}
        assert codes("flux-system:web") == {"image-updated-by-flux"}
        assert codes("flux-system:other") == {"image-policy-unused"}


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "a",
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nspec: 1",
        "{kind: ImageUpdateAutomation}",
    ],
)
def test_what_makes_no_sense_is_passed_over(text: str) -> None:
    (document,) = load(text.encode(), "a.yaml")
    assert isinstance(document, Document)
    assert is_at_work(document) is ("spec: 1" in text)
