"""What a kustomization refers to, and what a tree's kustomizations build from each other."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.adapters.files import DirectoryTree
from gitops_action.adapters.git import Repository
from gitops_action.adapters.processes import run
from gitops_action.model import Severity
from gitops_action.repository.addresses import has_scheme, is_repository, is_web_address
from gitops_action.repository.discovery import Cache, discover
from gitops_action.repository.kustomizations import Kustomization, parse
from gitops_action.repository.references import Role
from tests.gitrepo import Link, Submodule, init
from tests.memorytree import MemoryTree
from tests.support import corpus, tool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gitops_action.repository.graph import Graph


def parsed(text: str) -> Kustomization:
    kustomization = parse(textwrap.dedent(text).encode(), "k/kustomization.yaml")
    assert kustomization is not None
    return kustomization


def graph(**files: str | Link | None) -> Graph:
    """Make a graph; a name `a__b` is the folder a/b with a kustomization of that text."""
    return discover(MemoryTree({f"{name.replace('__', '/')}/kustomization.yaml": text for name, text in files.items()}))


def tree_graph(files: Mapping[str, str | bytes | Link | None]) -> Graph:
    return discover(MemoryTree(files))


# Parsing

EVERYTHING = """
    resources: [a.yaml, ../base]
    bases: [old]
    components: [../component]
    crds: [crd.json]
    configurations: [config.yaml]
    openapi: {path: schema.json}
    patches:
      - path: p1.yaml
      - patch: |
          - op: remove
            path: /spec/replicas
    patchesJson6902:
      - {path: p2.json, target: {version: v1, kind: Pod, name: a}}
    patchesStrategicMerge:
      - p3.yaml
      - |
        kind: Pod
    replacements:
      - path: r.yaml
      - source: {kind: Pod, name: a}
    configMapGenerator:
      - {name: c, files: [data.txt, key=named.txt], envs: [e.env], env: old.env, literals: [a=b]}
    secretGenerator:
      - {name: s, files: [secret.txt]}
    generators: [g.yaml, "kind: X\\n"]
    transformers: [t.yaml]
    validators: [v.yaml]
    helmGlobals: {chartHome: home}
    helmCharts:
      - {name: app, version: "1.2", repo: "https://charts.example.com", valuesFile: values.yaml,
         additionalValuesFiles: [more.yaml]}
    helmChartInflationGenerator:
      - {chartName: old-app, chartHome: old-home, values: old-values.yaml, chartRepoUrl: "oci://example.com/x"}
    images: [{name: a, newName: b}]
    namePrefix: not-a-file
"""


def test_every_field_that_names_something() -> None:
    kustomization = parsed(EVERYTHING)
    found = sorted((it.role.value, it.text) for it in kustomization.references if not it.inline)
    assert found == sorted(
        [
            ("resource", "a.yaml"), ("resource", "../base"), ("resource", "old"), ("component", "../component"),
            ("setting", "crd.json"), ("setting", "config.yaml"), ("setting", "schema.json"), ("setting", "r.yaml"),
            ("patch", "p1.yaml"), ("patch", "p2.json"), ("patch", "p3.yaml"),
            ("data", "data.txt"), ("data", "named.txt"), ("data", "e.env"), ("data", "old.env"), ("data", "secret.txt"),
            ("plugin", "g.yaml"), ("plugin", "t.yaml"), ("plugin", "v.yaml"),
            ("values", "values.yaml"), ("values", "more.yaml"), ("values", "old-values.yaml"),
            ("chart", "home/app"), ("chart", "home/app-1.2/app"), ("chart", "old-home/old-app"),
            ("address", "https://charts.example.com"), ("address", "oci://example.com/x"),
        ]
    )  # fmt: skip
    inline = [(it.role, it.text) for it in kustomization.references if it.inline]
    assert inline == [(Role.PATCH, "kind: Pod\n"), (Role.PLUGIN, "kind: X\n")]
    assert kustomization.unreadable is None
    assert not kustomization.component


def test_references_have_their_place() -> None:
    kustomization = parsed("resources:\n  - a.yaml\n  - b.yaml\npatches:\n  - path: p.yaml\n")
    assert [str(reference.location) for reference in kustomization.references] == [
        "k/kustomization.yaml:2:5",
        "k/kustomization.yaml:3:5",
        "k/kustomization.yaml:5:11",
    ]


def test_names_of_fields_in_any_case_as_kustomize_reads_them() -> None:
    assert [item.text for item in parsed("Resources: [a]\nPATCHES: [{Path: p}]\n").references] == ["a", "p"]


def test_sources_of_generators_as_kustomize_splits_them() -> None:
    # api/internal/generators/utils.go: ParseFileSource; what stands before the only `=` is the key, whatever it is.
    text = "configMapGenerator: [{files: [a.txt, k=b.txt, 'https://example.com/x?a=c.txt']}]"
    assert [item.text for item in parsed(text).references] == ["a.txt", "b.txt", "c.txt"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("kind: Deployment\n", 1, "'Deployment'"),
        ("apiVersion: v1\nkind: 7\n", 2, "`kind` must be a string"),
        ("- a.yaml\n", 1, "not a mapping"),
        ("just text\n", 1, "not a mapping"),
    ],
)
def test_what_is_no_kustomization(text: str, line: int, message: str) -> None:
    kustomization = parsed(text)
    finding = kustomization.unreadable
    assert finding is not None
    assert (finding.code, finding.severity, finding.line) == ("kustomization-invalid", Severity.ERROR, line)
    assert message in finding.message
    assert kustomization.findings == ()


def test_text_that_gets_lost_as_a_tag_does_not_break_it() -> None:
    kustomization = parse(b"namePrefix: ![a]\nresources: [a.yaml]\n", "k/kustomization.yaml")
    assert kustomization is not None
    assert (kustomization.unreadable, kustomization.value("resources")) == (None, ["a.yaml"])
    assert [finding.code for finding in kustomization.findings] == ["yaml-tag"]


def test_broken_yaml_is_a_finding_with_its_place() -> None:
    kustomization = parsed("resources:\n  - a.yaml\n  - [b\npatches: {}\n")
    assert kustomization.unreadable is not None
    assert kustomization.unreadable.code == "yaml-syntax"
    assert kustomization.unreadable.line in {3, 4}


def test_a_key_given_twice_is_said_and_does_not_stand_in_the_way() -> None:
    kustomization = parsed("resources: [a.yaml]\nresources: [b.yaml]\n")
    assert kustomization.unreadable is None
    assert [finding.code for finding in kustomization.findings] == ["yaml-duplicate-key"]
    # Of a key that is given twice the last counts.
    assert [reference.text for reference in kustomization.references] == ["b.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "configMapGenerator: [{name: a, files: [!!binary Li4vLi4vcHJvYy8xL2Vudmlyb24=]}]",
        "%TAG !e! tag:yaml.org,2002:\n---\nconfigMapGenerator: [{name: a, files: [!e!binary Li4v]}]",
        "configMapGenerator: [{name: a, files: [!<tag:yaml.org,2002:binary> Li4v]}]",
        "resources: [a]\nResources: [https://example.com/b]",
        # An object of Flux for a reader that looks at one spelling only, a kustomization for Go.
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nAPIVersion: kustomize.config.k8s.io/v1beta1\n",
    ],
)
def test_what_cannot_be_read_with_certainty(text: str) -> None:
    finding = parsed(text).unreadable
    assert finding is not None
    assert finding.code == "kustomization-invalid"


def test_wrong_types_are_left_to_kustomize() -> None:
    text = """
        resources: {a: b}
        bases: text
        patches: [1, null, [x], {path: 3}]
        openapi: [x]
        configMapGenerator: [{files: x, envs: {a: b}, env: [x]}]
        helmCharts: [{name: [x]}, 7]
        helmGlobals: {chartHome: 3}
        components: [null, 7, ""]
    """
    assert parsed(text).references == ()


def test_an_empty_file_is_none() -> None:
    # kusttarget.go: CheckEmpty.
    for text in ("", "# only a comment\n", "---\n"):
        finding = parsed(text).unreadable
        assert finding is not None
        assert (finding.code, finding.file) == ("kustomization-invalid", "k/kustomization.yaml")


def test_an_object_of_flux_may_have_the_name() -> None:
    text = b"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ./x}\n"
    assert parse(text, "kustomization.yaml") is None
    assert discover(MemoryTree({"apps/kustomization.yaml": text})).nodes == {}


def test_kinds() -> None:
    assert parsed("kind: Component\n").component
    assert not parsed("kind: Kustomization\n").component
    assert parsed("kind: ''\n").unreadable is None
    assert parsed("Kind: Component\n").component


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_no_content_makes_it_fail(data: bytes) -> None:
    parse(data, "kustomization.yaml")


# Addresses

REPOSITORIES = [
    "https://github.com/org/repo?ref=v1",
    "https://github.com/org/repo//folder?ref=v1",
    "HTTPS://example.com/org/repo",
    "git@github.com:org/repo.git",
    "git@example.com:org/repo",
    "git::https://example.com/org/repo",
    "github.com/org/repo/folder?ref=main",
    "GitHub.com:org/repo",
    "ssh://git@example.com/org/repo.git",
    "file:///srv/repo",
    "https://user@dev.azure.com/org/project/_git/repo/folder",
    "user@host/a/b",
    "https://example.com/repo.git/folder",
    "https://github.com/org/",
    "https://example.com//",
]
NO_REPOSITORIES = [
    "../base",
    "base",
    "a.yaml",
    "base@v1/overlay",
    "github.com/org",
    "github.comx/a/b",
    "/abs/a/b",
    ".",
    "@a/b/c",
    "https://github.com",
    "https://example.com/org",
    "https://example.com/org/repo//../..",
    "a:b/c/d",
    "v1.2@x",
    "https:///",
]


@pytest.mark.parametrize("text", REPOSITORIES)
def test_is_a_repository(text: str) -> None:
    assert is_repository(text)


@pytest.mark.parametrize("text", NO_REPOSITORIES)
def test_is_no_repository(text: str) -> None:
    assert not is_repository(text)


@pytest.mark.tools
def test_kustomize_clones_the_same(tmp_path: Path) -> None:
    """The real kustomize, with a `git` that only notes that it was called."""
    programs = tmp_path / "programs"
    programs.mkdir()
    git = programs / "git"
    git.write_text(f"#!/bin/sh\n: > {tmp_path}/called\nexit 1\n")
    git.chmod(0o755)
    cloned = []
    for text in [*REPOSITORIES, *NO_REPOSITORIES]:
        folder = tmp_path / "overlay"
        folder.mkdir(exist_ok=True)
        # A component: for a resource, kustomize would try to load a file from a web address first.
        (folder / "kustomization.yaml").write_text(json.dumps({"components": [text]}))
        done = run(
            [str(tool("kustomize")), "build", str(folder)],
            timeout=60,
            env={"PATH": str(programs)},
            permitted=range(256),
        )
        assert done.exit_code, f"{text} was built"
        if (tmp_path / "called").exists():
            (tmp_path / "called").unlink()
            cloned.append(text)
    assert cloned == REPOSITORIES


def test_web_addresses_and_schemes() -> None:
    assert is_web_address("http://a")
    assert is_web_address("HTTPS:a")
    assert not is_web_address("httpsx/a")
    assert has_scheme("oci://ghcr.io/a")
    assert not has_scheme("a/b://c")


def test_remotes_are_listed_with_their_place_and_not_followed() -> None:
    found = graph(
        a="""resources:
- https://example.com/org/repo?ref=1
- git@github.com:org/repo.git
- oci://example.com/x
- github.com/org/repo
components:
- github.com/org/component
patches:
- path: https://example.com/patch.yaml
configMapGenerator:
- name: a
  files: [k=https://example.com/data]
""",
    )
    assert [(remote.text, remote.location.line) for remote in found.nodes["a"].remotes] == [
        ("https://example.com/org/repo?ref=1", 2),
        ("git@github.com:org/repo.git", 3),
        ("oci://example.com/x", 4),
        ("github.com/org/repo", 5),
        ("github.com/org/component", 7),
        ("https://example.com/patch.yaml", 9),
        ("https://example.com/data", 12),
    ]
    assert found.findings == ()
    assert {remote.role for remote in found.nodes["a"].remotes} == {
        Role.RESOURCE,
        Role.COMPONENT,
        Role.PATCH,
        Role.DATA,
    }


def test_what_looks_like_an_address_is_one_whatever_lies_there() -> None:
    files = {"kustomization.yaml": "resources: [github.com/org/repo]\n", "github.com/org/repo": "kind: X"}
    found = tree_graph(files)
    # A file is tried first; one that cannot be loaded makes kustomize clone.
    assert "github.com/org/repo" in found.closure(".")
    assert [remote.text for remote in found.nodes["."].remotes] == ["github.com/org/repo"]
    # A folder is not: kustomize clones before it looks at the disk.
    files = {"kustomization.yaml": files["kustomization.yaml"], "github.com/org/repo/kustomization.yaml": ""}
    found = tree_graph(files)
    assert found.parts(".") == (".",)
    assert [remote.text for remote in found.nodes["."].remotes] == ["github.com/org/repo"]


@pytest.mark.tools
def test_kustomize_clones_where_the_file_of_that_name_is_broken(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    git = programs / "git"
    git.write_text(f"#!/bin/sh\n: > {tmp_path}/called\nexit 1\n")
    git.chmod(0o755)
    file = tmp_path / "overlay/github.com/org/repo"
    file.parent.mkdir(parents=True)
    (tmp_path / "overlay/kustomization.yaml").write_text("resources: [github.com/org/repo]")
    for content, called in (("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", False), ("a: b\n", True)):
        file.write_text(content)
        argv = [str(tool("kustomize")), "build", str(tmp_path / "overlay")]
        run(argv, timeout=60, env={"PATH": str(programs)}, permitted=range(256))
        assert (tmp_path / "called").exists() is called


# The graph


def test_roots_and_closures() -> None:
    files = {
        "base/kustomization.yaml": "resources: [app.yaml]\n",
        "base/app.yaml": "",
        "overlays/a/kustomization.yml": "resources: [../../base]\ncomponents: [../../extra]\n",
        "overlays/b/Kustomization": "resources: [../../base/]\npatches: [{path: p.yaml}]\n",
        "overlays/b/p.yaml": "",
        "extra/kustomization.yaml": "kind: Component\npatches: [{path: c.yaml}]\n",
        "extra/c.yaml": "",
        "alone/kustomization.yaml": "",
        "loose.yaml": "",
    }
    found = tree_graph(files)
    assert found.roots == ("alone", "overlays/a", "overlays/b")
    assert {path for path in found.closure("overlays/a") if path in files} == {
        "base/kustomization.yaml", "base/app.yaml", "overlays/a/kustomization.yml", "extra/kustomization.yaml",
        "extra/c.yaml",
    }  # fmt: skip
    assert found.parts("overlays/a") == ("base", "extra", "overlays/a")
    assert found.roles("overlays/b/p.yaml") == {Role.PATCH}
    assert found.roles("base/app.yaml") == {Role.RESOURCE}
    assert found.roles("loose.yaml") == frozenset()
    assert found.rendered & files.keys() == {"base/app.yaml"}


def test_the_root_of_the_repository_can_be_an_overlay() -> None:
    found = tree_graph(
        {"kustomization.yaml": "resources: [./base, a.yaml]", "base/kustomization.yaml": "", "a.yaml": ""}
    )
    assert found.roots == (".",)
    assert {"kustomization.yaml", "a.yaml", "base/kustomization.yaml"} <= found.closure(".")


def test_circles_are_built_once_so_that_kustomize_can_refuse_them() -> None:
    found = graph(a="resources: [../b]", b="resources: [../c]", c="resources: [../a]", me="resources: [../me]")
    assert found.roots == ("a", "me")
    assert found.parts("a") == ("a", "b", "c")
    assert graph(a="resources: [../b]", b="resources: [../b]").roots == ("a",)


def test_what_only_an_unused_component_builds_from_is_a_root() -> None:
    found = graph(part="kind: Component\nresources: [../x]", x="namePrefix: a-")
    assert found.roots == ("x",)
    assert [(finding.code, finding.severity, finding.file) for finding in found.findings] == [
        ("component-unused", Severity.INFO, "part/kustomization.yaml")
    ]
    assert graph(part="kind: Component\nresources: [../x]", x="resources: [../a]", a="namePrefix: a-").roots == ("x",)


def test_files_that_only_an_unused_component_uses_come_out_of_no_build() -> None:
    found = tree_graph({"part/kustomization.yaml": "kind: Component\nresources: [a.yaml]", "part/a.yaml": ""})
    assert found.roots == ()
    assert found.roles("part/a.yaml") == {Role.RESOURCE}
    assert found.rendered == frozenset()


def test_two_kustomizations_in_one_folder() -> None:
    found = tree_graph({"a/kustomization.yaml": "resources: [x]", "a/Kustomization": "", "a/kustomization.yml": ""})
    assert sorted((finding.code, finding.file) for finding in found.nodes["a"].refusals) == [
        ("kustomization-duplicate", "a/Kustomization"),
        ("kustomization-duplicate", "a/kustomization.yml"),
    ]
    assert found.roots == ("a",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("resources:\n- ../../outside.yaml\n", 2),
        ("resources:\n- ../..\n", 2),
        ("resources:\n- /etc\n", 2),
        ("components: [../../x]\n", 1),
        ("patches:\n- path: /etc/passwd\n", 2),
        ("configMapGenerator:\n- name: a\n  files:\n  - key=../../../secret\n", 4),
        ("helmCharts:\n- name: ../../../x\n", 2),
        ("resources: [a/../../../b]\n", 1),
        ("resources: [out/x.yaml]\n", 1),
        ("resources: [leave]\n", 1),
        ("transformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  path: ../../x\n", 2),
        ("transformers:\n- plugin.yaml\n", None),
    ],
)
def test_paths_that_leave_the_repository(text: str, line: int | None) -> None:
    found = tree_graph(
        {
            "k/kustomization.yaml": text,
            "k/out": Link("/etc"),
            "k/leave": Link("../../elsewhere"),
            "k/plugin.yaml": "apiVersion: builtin\nkind: PatchTransformer\npath: ../../x\n",
        }
    )
    (finding,) = found.nodes["k"].refusals
    assert finding.code == "path-escapes-repository"
    place = ("k/plugin.yaml", 3) if line is None else ("k/kustomization.yaml", line)
    assert (finding.file, finding.line) == place
    # Whoever builds `k` says it.
    assert found.findings == ()


def test_what_is_wrong_with_an_unused_component_is_said_though_nobody_builds_it() -> None:
    found = graph(
        part="kind: Component\nresources: [../../x]", broken="kind: Component\nresources: [a]\nResources: [b]"
    )
    assert sorted((finding.code, finding.file.partition("/")[0]) for finding in found.findings) == [
        ("component-unused", "broken"),
        ("component-unused", "part"),
        ("kustomization-invalid", "broken"),
        ("path-escapes-repository", "part"),
    ]


def test_a_text_that_kustomize_takes_for_a_path_where_it_does_not_parse() -> None:
    files = {
        "k/kustomization.yaml": "patchesStrategicMerge: ['a: b/../../../out', 'c: d/../p.yaml']\n",
        "k/p.yaml": "",
    }
    node = tree_graph(files).nodes["k"]
    assert [finding.code for finding in node.refusals] == ["path-escapes-repository"]
    assert node.reads["k/p.yaml"] == {Role.PATCH}
    assert not any("a: b" in path for path in node.reads)


def test_links_inside_the_repository_are_followed() -> None:
    found = tree_graph(
        {
            "overlay/kustomization.yaml": "resources: [linked, file.yaml]\n",
            "overlay/linked": Link("../hop"),
            "hop": Link("base"),
            "base/kustomization.yaml": Link("../shared/real.yaml"),
            "shared/real.yaml": "resources: [app.yaml]\n",
            "overlay/file.yaml": Link("../shared/file.yaml"),
            "shared/file.yaml": "",
            "base/app.yaml": "",
        }
    )
    assert found.roots == ("overlay",)
    expected = {"overlay/linked", "hop", "base/kustomization.yaml", "shared/real.yaml", "overlay/file.yaml",
                "shared/file.yaml", "base/app.yaml", "overlay/kustomization.yaml"}  # fmt: skip
    assert expected <= found.closure("overlay")
    assert found.rendered >= {"overlay/file.yaml", "shared/file.yaml", "base/app.yaml"}


def test_a_circle_of_links_is_a_finding() -> None:
    found = tree_graph({"kustomization.yaml": "resources: [a]", "a": Link("b"), "b": Link("a")})
    assert [finding.code for finding in found.nodes["."].refusals] == ["file-unreadable"]


def test_a_kustomization_that_cannot_be_read_is_a_finding_on_it() -> None:
    found = tree_graph(
        {"a/kustomization.yaml": None, "b/kustomization.yaml": Link("/etc/x"), "c/kustomization.yaml": ""}
    )
    refusals = [finding for node in found.nodes.values() for finding in node.refusals]
    assert [(finding.code, finding.file) for finding in refusals] == [
        ("file-unreadable", "a/kustomization.yaml"),
        ("path-escapes-repository", "b/kustomization.yaml"),
        ("kustomization-invalid", "c/kustomization.yaml"),
    ]
    assert found.roots == ("a", "b", "c")


def test_a_submodule_in_the_way_is_read(tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    repo.commit({"kustomization.yaml": "resources: [vendor/x/base]\n", "vendor/x": Submodule()}, checkout=False)
    with Repository.open(repo.path) as repository:
        assert "vendor/x" in discover(repository.tree("HEAD")).closure(".")


def test_charts_are_read_whole() -> None:
    files = {
        "k/kustomization.yaml": "helmCharts: [{name: app, valuesFile: v.yaml}]\n",
        "k/v.yaml": "",
        "k/charts/app/Chart.yaml": "",
        "k/charts/app/templates/a.yaml": "",
        "k/charts/app0.yaml": "",
        "k/charts/other/Chart.yaml": "",
    }
    found = tree_graph(files)
    assert found.closure("k") & files.keys() == files.keys() - {"k/charts/app0.yaml", "k/charts/other/Chart.yaml"}
    assert found.roles("k/charts/app/templates/a.yaml") == {Role.CHART}


def test_plugins_configurations_name_files_too() -> None:
    files = {
        "k/kustomization.yaml": "generators: [../gen, g.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n"
        "  kind: PatchStrategicMergeTransformer\n  metadata: {name: x}\n  paths: [inline.yaml]\n",
        "gen/kustomization.yaml": "resources: [config.yaml]\n",
        "gen/config.yaml": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [k=data.txt]\n",
        "k/g.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nname: app\nvaluesFile: values.yaml\n---\n"
        "apiVersion: builtin\nkind: ReplacementTransformer\nreplacements: [{path: r.yaml}]\n",
        "k/data.txt": "", "k/values.yaml": "", "k/r.yaml": "", "k/inline.yaml": "", "k/charts/app/Chart.yaml": "",
    }  # fmt: skip
    found = tree_graph(files)
    assert found.closure("k") & files.keys() == files.keys()
    assert found.roles("k/inline.yaml") == {Role.PATCH}
    assert found.roles("k/data.txt") == {Role.DATA}
    assert found.roles("k/values.yaml") == {Role.VALUES}
    assert found.rendered & files.keys() == {"gen/config.yaml"}


def test_only_kustomizations_are_read() -> None:
    files = {f"apps/{number}/app.yaml": "kind: X" for number in range(50)}
    kustomizations = {f"apps/{number}/kustomization.yaml": "resources: [app.yaml]" for number in range(50)}
    tree = MemoryTree({**files, **kustomizations})
    discover(tree)
    assert sorted(tree.reads) == sorted(kustomizations)


def test_two_revisions_share_what_is_the_same() -> None:
    cache: Cache = {}
    base = MemoryTree({"a/kustomization.yaml": "resources: [x]", "b/kustomization.yaml": ""})
    head = MemoryTree({"a/kustomization.yaml": "resources: [x]", "b/kustomization.yaml": "resources: [z]"})
    discover(base, cache)
    assert discover(head, cache).closure("b") >= {"b/z"}
    assert head.reads == ["b/kustomization.yaml"]


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "roots"),
    [
        ("podinfo", ("kustomize",)),
        (
            "flux2-kustomize-helm-example",
            ("apps/production", "apps/staging", "clusters/production/flux-system", "clusters/staging/flux-system",
             "infrastructure/configs", "infrastructure/controllers"),
        ),
        (
            "flux2-multi-tenancy",
            ("clusters/production/flux-system", "clusters/staging/flux-system", "infrastructure/kyverno",
             "infrastructure/kyverno-policies", "tenants/production", "tenants/staging"),
        ),
        ("kubernetes-examples", ()),
    ],
)  # fmt: skip
def test_corpora(name: str, roots: tuple[str, ...]) -> None:
    tree = DirectoryTree(corpus(name))
    found = discover(tree)
    assert found.roots == roots
    assert found.findings == ()
    assert not any(node.remotes or node.refusals or node.plugins for node in found.nodes.values())
