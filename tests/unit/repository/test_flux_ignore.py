"""What Flux leaves out of a source: ours beside the code of source-controller, case by case and at random."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gitops_action.repository.flux_ignore import FILE, Ignored, read
from gitops_action.repository.paths import folders_of
from tests.fluxoracle import FluxOracle, flux_oracle


@pytest.fixture(scope="module")
def oracle() -> Iterator[FluxOracle]:
    with flux_oracle() as started:
        yield started


def left_out(files: Mapping[str, str], ignore: str | None = None) -> set[str]:
    """Return what Flux leaves out of files with some content, folders with a slash."""
    written = sorted((path for path in files if path.rpartition("/")[2] == FILE), key=lambda path: path.split("/"))
    patterns = [one for path in written for one in read(files[path], path, path.split("/")[:-1])]
    ignored = Ignored([*patterns, *read(ignore or "")])
    folders = {f"{folder}/" for folder in folders_of(files) - {"."} if ignored.by(folder, folder=True)}
    return {path for path in files if ignored.by(path)} | folders


TREE = dict.fromkeys(
    [
        "README.md",
        "apps/base/a.yaml",
        "apps/base/kustomization.yaml",
        "apps/web/a.yaml",
        "apps/web/picture.png",
        "apps/web/sub/deep/b.yml",
        ".github/workflows/ci.yaml",
        ".gitignore",
        "apps/.goreleaser.yml",
        "apps/.goreleaser.yaml",
        "apps/.gitlab-ci.yml",
        "clusters/prod/flux-system/gotk-sync.yaml",
        "a b/c [1].yaml",
        "é/ü.yaml",
    ],
    "",
)


@pytest.mark.parametrize(
    ("patterns", "ignore", "gone"),
    [
        (
            "",
            None,
            {".github/", ".github/workflows/ci.yaml", ".gitignore", "apps/.gitlab-ci.yml", "apps/.goreleaser.yml"},
        ),
        # One pattern, and the rest of what is left out by default is there.
        ("README.md", None, {"README.md", ".gitignore"}),
        ("# only a comment\n\n", None, {".github/", ".github/workflows/ci.yaml", ".gitignore", "apps/.gitlab-ci.yml"}),
        ("apps/\n!apps/web/", None, {"apps/", "apps/base/", "apps/base/a.yaml", "apps/base/kustomization.yaml"}),
        ("*.yaml", "!gotk-sync.yaml", {"apps/web/a.yaml", ".gitignore"}),
    ],
)
def test_what_is_left_out(patterns: str, ignore: str | None, gone: set[str]) -> None:
    found = left_out({**TREE, FILE: patterns}, ignore)
    assert gone <= found
    assert "apps/web/sub/deep/b.yml" not in found


def test_a_file_may_come_back_from_a_folder_that_is_left_out() -> None:
    found = left_out({**TREE, FILE: "/*\n!/apps/base"})
    assert found & {path for path in TREE if path.startswith("apps/")} == {
        path for path in TREE if path.startswith("apps/") and not path.startswith("apps/base/")
    }


def test_a_pattern_is_about_its_own_folder() -> None:
    found = left_out({**TREE, f"apps/web/{FILE}": "a.yaml\n!*.png"})
    assert "apps/web/a.yaml" in found
    assert "apps/base/a.yaml" not in found


@pytest.mark.parametrize("pattern", ["*a" * 200 + "b", "**/" * 500 + "b", "[a-z]" * 100 + "*" * 100 + "[", "a/" * 2000])
def test_no_pattern_takes_long(pattern: str) -> None:
    ignored = Ignored(read(pattern))
    started = time.process_time()
    assert ignored.by("/".join(["a" * 250] * 500)) is None
    assert time.process_time() - started < 1


@pytest.mark.tools
class TestAgainstFlux:
    @pytest.mark.parametrize(
        "pattern",
        [
            *(
                "*",
                "**",
                "/*",
                "/**",
                "**/",
                "*/",
                "/",
                "!",
                "!*",
                "\\!x",
                "#x",
                "\\#x",
                " ",
                "x ",
                "x\\ ",
                "\tx",
                "x\r",
            ),
            *(
                "apps",
                "apps/",
                "/apps",
                "/apps/",
                "apps/*",
                "apps/**",
                "apps/**/",
                "**/apps",
                "apps/**/b.yml",
                "**/**/b.yml",
            ),
            *("apps//base", "a**", "**a", "apps/w**/a.yaml", "base/a.yaml", "/base/a.yaml", "**/base/a.yaml", "*/base"),
            *(
                "*.yaml",
                "*.ya?l",
                "[a-c]*",
                "[^a]*",
                "[!a]*",
                "[]a]*",
                "[a",
                "a]",
                "[a-]",
                "[-a]",
                "[z-a]*",
                "[\\]a]*",
                "*[",
                "\\",
            ),
            *(
                "c \\[1\\].yaml",
                "c ?1].yaml",
                "*[*",
                "*[1]*",
                "?.yaml",
                "[é-ü]*",
                "**/é",
                "deep/",
                "deep/b.yml/",
                "**/b.yml/",
            ),
            *(
                "web/sub/",
                "apps/web/sub/",
                "**/sub/",
                "!apps/web",
                "*\n!apps/web",
                "/*\n!/apps\n/apps/*\n!/apps/web",
                "[[:alpha:]]*",
            ),
        ],
    )
    @pytest.mark.parametrize("folder", ["", "apps/", "apps/web/"])
    def test_each_pattern(self, oracle: FluxOracle, pattern: str, folder: str) -> None:
        files = {**TREE, f"{folder}{FILE}": pattern}
        assert left_out(files) == set(oracle.left_out(files))
        assert left_out(TREE, pattern) == set(oracle.left_out(TREE, pattern))

    names = st.sampled_from(["a", "b", "ab", "a.yaml", "b.png", ".github", ".sops.yaml", FILE, "é"])
    pieces = st.sampled_from(
        ["a", "b", "*", "**", "?", "/", "!", "[", "]", "^", "-", "\\", " ", ".yaml", "é", "#", "[ab]", "[^a]"]
    )
    patterns = st.lists(st.lists(pieces, max_size=6).map("".join), max_size=4).map("\n".join)

    @settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        paths=st.lists(st.lists(names, min_size=1, max_size=4).map("/".join), min_size=1, max_size=6),
        texts=st.lists(patterns, min_size=7, max_size=7),
        ignore=st.none() | patterns,
    )
    @example(paths=["a/b/a.yaml"], texts=["!a\n/a"] * 7, ignore="a/\n!b")
    def test_at_random(self, oracle: FluxOracle, paths: list[str], texts: list[str], ignore: str | None) -> None:
        files: dict[str, str] = {}
        for path, text in zip(paths, texts, strict=False):
            # A path cannot be a file and a folder.
            if not any(f"{path}/".startswith(f"{other}/") or f"{other}/".startswith(f"{path}/") for other in files):
                files[path] = text
        assert left_out(files, ignore) == set(oracle.left_out(files, ignore))
