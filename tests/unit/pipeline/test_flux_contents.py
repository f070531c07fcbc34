"""What Flux leaves out of a source is not there for a Kustomization: what is deployed then, and what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.git import Repository
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline.desired import desired
from gitops_action.pipeline.settings import Overrides
from tests.gitrepo import Link, init
from tests.unit.pipeline.test_following import (
    OVERLAY,
    Seen,
    config_map,
    flux,
    followed,
    hits,
    kustomization,
    seen,
    text,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.tools

PLAIN = {
    "apps/a.yaml": text(config_map("a")),
    "apps/values.yaml": "replicas: 1\n",
    "apps/inner/kustomization.yaml": kustomization("b.yaml"),
    "apps/inner/b.yaml": text(config_map("b")),
}
WEB = {"clusters/prod/flux.yaml": text(flux("web", "./apps/web")), **OVERLAY}


def source(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "flux-system", "namespace": "flux-system"},
        "spec": {"url": "https://example.com/org/fleet", "interval": "1m", **spec},
    }


def names(found: Seen) -> set[str]:
    return {name for _, name in found.objects}


def said(found: Seen) -> dict[tuple[str, str, int | None], str]:
    return {(one.code, one.file, one.line): one.message for one in found.findings}


@pytest.mark.parametrize(
    ("patterns", "objects"),
    [
        ("values.yaml", {"ConfigMap/a", "ConfigMap/b"}),
        ("values.yaml\n/apps/inner/", {"ConfigMap/a"}),
        # Without its kustomization, the inner folder is one more of files.
        ("values.yaml\nkustomization.yaml", {"ConfigMap/a", "ConfigMap/b"}),
        ("/*\n!/apps/inner", {"ConfigMap/b"}),
    ],
)
@pytest.mark.parametrize("spec", [{}, {"namePrefix": "x-"}])
def test_a_folder_without_a_kustomization_is_what_is_left_of_it(
    patterns: str, objects: set[str], spec: dict[str, Any]
) -> None:
    written = text(flux("apps", "./apps", **spec))
    files = {**PLAIN, "clusters/prod/flux.yaml": written}
    # As in the cluster: what is no object makes Flux refuse the folder, unless it is left out.
    assert seen(files).failed == {("prod", "apps")}
    expected = {name.replace("/", f"/{spec.get('namePrefix', '')}") for name in objects}
    for more in (
        {".sourceignore": patterns},
        {"clusters/prod/flux.yaml": written + "---\n" + text(source(ignore=patterns))},
    ):
        found = seen({**files, **more})
        assert names(found) == expected
        assert found.findings == []


def test_what_an_overlay_says_of_the_source_counts() -> None:
    """As `flux bootstrap` leaves it: nobody edits `gotk-sync.yaml`, which Flux writes."""
    patch = {"kind": "GitRepository", "apiVersion": source()["apiVersion"], "metadata": {"name": "flux-system"}}
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": text(source(), flux("flux-system", "./clusters/prod")),
        "clusters/prod/flux-system/kustomization.yaml": kustomization(
            "gotk-sync.yaml",
            patches=[
                {"patch": text({**patch, "spec": {"ignore": "values.yaml"}}), "target": {"kind": "GitRepository"}}
            ],
        ),
        "clusters/prod/apps.yaml": text(flux("apps", "./apps")),
        **PLAIN,
    }
    found = seen(files)
    assert {"ConfigMap/a", "ConfigMap/b"} <= names(found)
    assert found.findings == []


@pytest.mark.parametrize("spec", [{}, {"namePrefix": "x-"}])
@pytest.mark.parametrize(
    ("pattern", "missing", "place"),
    [
        ("deployment.yaml", "apps/base/deployment.yaml", ("apps/base/kustomization.yaml", "- deployment.yaml")),
        ("base/", "apps/base/deployment.yaml", ("apps/web/kustomization.yaml", "- ../base")),
        ("/apps/base/kust*", "apps/base/kustomization.yaml", ("apps/web/kustomization.yaml", "- ../base")),
    ],
)
def test_a_build_that_needs_what_is_left_out_fails_where_that_is_named(
    pattern: str, missing: str, place: tuple[str, str], spec: dict[str, Any]
) -> None:
    files = {
        **WEB,
        "clusters/prod/flux.yaml": text(flux("web", "./apps/web", **spec)),
        ".sourceignore": f"# why\n{pattern}",
    }
    found = seen(files)
    file, entry = place
    line = files[file].splitlines().index(entry) + 1
    assert said(found) == {
        (
            "flux-artifact-incomplete",
            file,
            line,
        ): f"Flux does not find {missing}, which Kustomization flux-system/web is "
        f"built from: line 2 of .sourceignore leaves it out (`{pattern}`)"
    }
    assert found.failed == {("prod", "apps/web")}
    assert not found.objects


def test_what_is_wrong_otherwise_is_said_as_ever() -> None:
    files = {**WEB, "apps/base/kustomization.yaml": kustomization("gone.yaml"), ".sourceignore": "deployment.yaml"}
    assert {code for code, *_ in said(seen(files))} == {"kustomize-build-failed"}


def test_links_are_left_out() -> None:
    files: dict[str, Any] = {
        **WEB,
        "apps/base/deployment.yaml": Link("../real.yaml"),
        "apps/real.yaml": text(config_map("a")),
    }
    (message,) = said(seen(files)).values()
    assert message == (
        "Flux does not find apps/base/deployment.yaml, which Kustomization flux-system/web is built from: it is a symbolic "
        "link, which Flux leaves out"
    )


def test_a_folder_that_is_left_out_is_not_there() -> None:
    found = seen({**WEB, ".sourceignore": "/apps/"})
    line = WEB["clusters/prod/flux.yaml"].splitlines().index("  path: ./apps/web") + 1
    # A file of a folder that is left out by its name is, and a folder in it is not: but it has no files.
    assert said(found) == {
        ("flux-path-missing", "clusters/prod/flux.yaml", line): "Flux finds no folder apps/web for Kustomization "
        "flux-system/web: line 1 of .sourceignore leaves it out (`/apps/`)"
    }


def test_a_long_pattern_is_not_shown_as_a_whole() -> None:
    (message,) = said(seen({**WEB, ".sourceignore": f"[{'a' * 5000}]pps"})).values()
    assert "line 1 of .sourceignore leaves it out (`[aaa" in message
    assert len(message) < 300


def test_a_change_of_what_is_left_out_is_one_of_what_is_deployed() -> None:
    files = {"clusters/prod/flux.yaml": text(flux("apps", "./apps"), source()), **PLAIN, ".sourceignore": "values.yaml"}
    assert hits(files, files) == set()
    assert hits(files, {**files, ".sourceignore": "values.yaml\nb.yaml"}) == {"apps"}
    gone = {path: content for path, content in files.items() if path != ".sourceignore"}
    assert hits(files, gone) == hits(gone, files) == {"apps"}
    changed = {**files, "clusters/prod/flux.yaml": text(flux("apps", "./apps"), source(ignore="b.yaml"))}
    assert hits(files, changed) == {"apps"}
    assert hits(files, {**files, ".sourceignore": "/apps/"}) == {"apps"}


def test_what_cannot_be_followed_is_an_error() -> None:
    found = seen({**WEB, "apps/.sourceignore": "x\n" * 1001})
    assert [(one.code, one.file, one.severity) for one in found.findings] == [
        ("file-too-large", "apps/.sourceignore", "error")
    ]
    assert found.failed == {("prod", "apps/web")}
    unread: dict[str, Any] = {**WEB, ".sourceignore": None}
    assert [(one.code, one.file) for one in seen(unread).findings] == [("file-unreadable", ".sourceignore")]


def test_nobody_deploys_what_is_left_out(tmp_path: Path) -> None:
    """Neither `deploy` nor `drift` takes such a file for one of the environment."""
    repo = init(tmp_path / "repo")
    repo.commit(
        {**PLAIN, "clusters/prod/flux.yaml": text(flux("apps", "./apps")), ".sourceignore": "values.yaml\na.yaml"}
    )
    with Repository.open(repo.path) as repository:
        found = desired(repository, "HEAD", Overrides(), SilentProgress())
    assert {str(one.id) for one in found.of("prod")} == {"ConfigMap/b", "Kustomization/flux-system/apps"}
    assert found.of("default") == []
    assert found.errors == []


def test_a_kustomization_that_is_left_out_is_not_deployed() -> None:
    files = {
        "clusters/prod/flux.yaml": text(flux("flux-system", "./clusters/prod")),
        "clusters/prod/old.yaml": text(flux("apps", "./apps")),
        "apps/a.yaml": text(config_map("a")),
    }
    assert {unit.name for unit in followed(files).units} == {"flux-system", "apps"}
    assert {unit.name for unit in followed({**files, ".sourceignore": "old.yaml"}).units} == {"flux-system"}
