from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action import environments
from gitops_action.codes import CODES
from gitops_action.config import comments, load, locations
from gitops_action.config.schema import schema
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("## Settings")[2].partition("## Environments")[0]


def settings(node: dict[str, Any], above: str = "") -> Iterator[str]:
    """Paths of the schema's settings; those of environments and suppressions have chapters of their own."""
    for name, written in node.get("properties", {}).items():
        path = f"{above}{name}"
        child = (
            schema()["definitions"]["pullRequests"] if written.get("$ref", "").endswith("/pullRequests") else written
        )
        if "properties" in child:
            yield from settings(child, f"{path}.")
        else:
            yield path


def test_the_table_has_every_setting_and_no_other() -> None:
    rows = [line.split("|")[1] for line in TABLE.splitlines() if line.startswith("| `")]
    assert [name for row in rows for name in re.findall(r"`([^`]+)`", row)] == list(settings(schema()))


def test_the_example_is_understood() -> None:
    example = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    config = load(example.encode())
    assert config.settings("production").kubernetes_versions == ("1.35",)
    assert config.settings("staging").kubernetes_versions == ("1.36",)
    assert environments.of_directory("clusters/eu-prod/apps", config) == "production"
    assert config.render.allows_remote("https://github.com/fluxcd/flux2//manifests/install?ref=v2.4.0")


@pytest.mark.parametrize(
    "name", ["code", "path", "environment", "apiVersion", "kind", "namespace", "name", "pointer", "expires"]
)
def test_the_chapter_on_suppressions_has_every_selector(name: str) -> None:
    chapter = PAGE.partition("## Suppressions")[2].partition("\n## ")[0]
    assert f"`{name}`" in chapter
    assert set(schema()["definitions"]["suppression"]["properties"]) == {
        *("code", "path", "environment", "apiVersion", "kind", "namespace", "name", "pointer", "expires", "reason")
    }


def test_the_example_of_a_comment_is_understood() -> None:
    chapter = PAGE.partition("## Suppressions in the files")[2].partition("\n## ")[0]
    (example,) = re.findall(r"```yaml\n(.*?)```", chapter, re.DOTALL)
    entries = list(comments.parse(example, "a.yaml"))
    assert [(entry.code, entry.line) for entry in entries if isinstance(entry, comments.Comment)] == [
        ("unknown-field", 4),
        ("schema-missing", 6),
    ]
    assert len(entries) == 2


def test_the_chapter_on_schemas_names_every_variable() -> None:
    chapter = PAGE.partition("## Schemas of further kinds")[2].partition("\n## ")[0]
    assert set(re.findall(r"`\.([A-Z]\w+)`", chapter)) == set(locations.VARIABLES)
    examples = re.findall(r"^  - (.+)$", chapter, re.MULTILINE)
    assert len(examples) >= 2
    assert all(locations.parse(example.strip('"')) for example in examples)


def test_links_to_codes_lead_somewhere() -> None:
    links = re.findall(r"\[([a-z-]+)\]\(codes\.md#([a-z-]+)\)", PAGE)
    assert links
    assert all(text == anchor and anchor in CODES for text, anchor in links)


def test_the_words_of_the_chapter_on_environments_are_the_codes() -> None:
    chapter = PAGE.partition("## Environments")[2].partition("\n## ")[0]
    words = set(re.findall(r"`([a-z]+)`", chapter))
    assert words >= environments.PARENTS | environments.SHARED
    assert words >= {"plan", "status", "reconcile", environments.DEFAULT}
