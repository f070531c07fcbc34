"""Paths and environments of a configuration that a repository does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import load
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.unmatched import unmatched
from gitops_action.pipeline.validate import validate
from tests.gitrepo import GitRepo, init
from tests.unit.pipeline.jobs import check, config_map

if TYPE_CHECKING:
    from pathlib import Path

PATHS = frozenset({"apps/dev/web/a.yaml", "apps/production/b.yaml", "charts/web/values-qa.yaml", "linked", "readme.md"})


def said(text: str) -> list[str]:
    return [f"{one.location}: {one.message}" for one in unmatched(load(f"version: 1\n{text}".encode()), PATHS)]


@pytest.mark.parametrize(
    "path", ["apps/dev", "apps/dev/web/a.yaml", ".", "**", "*/d*", "**/web", "apps/[dp]*", "linked", "linked/below/it"]
)
def test_a_path_that_means_something(path: str) -> None:
    assert said(f"environments: {{x: {{paths: ['{path}']}}}}\nignore: ['{path}']\n") == []


@pytest.mark.parametrize("path", ["apps/de", "dev", "apps/*/x", "**/dev/a.yaml", "readme.md.d"])
def test_a_path_that_means_nothing(path: str) -> None:
    assert len(said(f"environments: {{x: {{paths: [apps, '{path}']}}}}\nignore: [readme.md, '{path}']\n")) == 2


def test_the_message_has_the_place_and_what_was_meant() -> None:
    text = "environments:\n  prod:\n    paths: [apps/dev, apps/prodction]\nignore:\n  - chart/web\n  - '*.txt'\n"
    nothing = "no file of the repository is in"
    assert said(text) == [
        f".gitops.yaml:4:23: environment `prod`: {nothing} `apps/prodction`; did you mean `apps/production`?",
        f".gitops.yaml:6:5: `ignore`: {nothing} `chart/web`; did you mean `charts/web`?",
        f".gitops.yaml:7:5: `ignore`: {nothing} `*.txt`: correct it, or take it out",
    ]


@pytest.mark.parametrize(
    ("names", "lost"),
    [
        (("dev", "production"), []),
        (("dev", "qa"), []),
        (("dev", "prod"), ["`prod`: no folder and no file has its name; did you mean `production`?"]),
        (
            ("de", "val"),
            ["`de`: no folder and no file has its name; did you mean `dev`?", "`val`: no folder and no file"],
        ),
    ],
)
def test_environments_of_promotions(names: tuple[str, str], lost: list[str]) -> None:
    found = said("promotion:\n  paths:\n    - {{from: {}, to: {}}}\n".format(*names))
    assert len(found) == len(lost)
    for message, expected in zip(found, lost, strict=True):
        start = f".gitops.yaml:4:7: promotion {names[0]} → {names[1]}: there is no environment "
        assert message.startswith(start + expected)


BEFORE = "version: 1\nignore: [docs]\nenvironments: {dev: {paths: [dev]}}\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    found = init(tmp_path / "repo")
    found.commit({".gitops.yaml": BEFORE, "dev/a.yaml": config_map("a"), "docs/x.yaml": config_map("x")})
    return found


def test_a_change_is_told_of_its_own_configuration(repo: GitRepo) -> None:
    repo.commit({".gitops.yaml": BEFORE.replace("dev]", "dve]")})
    report = check(repo, "HEAD~1")
    assert [(one.code, one.line, one.column) for one in report.findings if one.code.startswith("config-p")] == [
        ("config-path-unmatched", 3, 30)
    ]


def test_what_means_something_on_either_side_is_left_alone(repo: GitRepo) -> None:
    repo.commit({"dev/b.yaml": config_map("b"), "docs/x.yaml": None})
    assert not [one for one in check(repo, "HEAD~1").findings if one.code == "config-path-unmatched"]
    assert [one.line for one in check(repo, "HEAD").findings if one.code == "config-path-unmatched"] == [2]


def test_validate_tells_too_where_the_configuration_is_looked_at(repo: GitRepo) -> None:
    (repo.path / ".gitops.yaml").write_text(BEFORE.replace("docs", "doc"))
    codes = {
        name: [one.code for one in validate([str(repo.path / name)], Overrides(), SilentProgress()).findings]
        for name in ("", "dev")
    }
    assert codes == {"": ["config-path-unmatched"], "dev": []}
