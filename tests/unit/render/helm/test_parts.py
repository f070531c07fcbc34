"""The smaller parts: the order of releases, indexes, which chart is meant, what Helm says, where values come from."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.model import Location, Manifest, Pointer
from gitops_action.ports import Completed
from gitops_action.render.helm import index, objects
from gitops_action.render.helm.charts import Artifact, Chart, Indexed, InGit, Known, Local, Unknown, chart_of
from gitops_action.render.helm.commits import GitReferenceError, Reference, read
from gitops_action.render.helm.failure import explain
from gitops_action.render.helm.locator import HelmLocator, Places
from gitops_action.render.helm.objects import Made, steady
from gitops_action.render.helm.order import layers
from gitops_action.render.helm.release import Options, Release, names
from gitops_action.repository.flux_artifacts import Copied, Copy

# The order


def test_what_is_needed_comes_first() -> None:
    found, circles = layers({"c": ["b"], "b": ["a"], "a": [], "d": ["elsewhere"]})
    assert (found, circles) == ([["a", "d"], ["b"], ["c"]], [])


def test_circles_are_named_once_and_what_waits_for_them_comes_last() -> None:
    found, circles = layers({"a": ["b"], "b": ["c"], "c": ["a"], "x": ["a"], "y": ["y"], "z": []})
    assert found == [["y", "z"], ["a", "b", "c", "x"]]
    assert circles == [["a", "b", "c"], ["y"]]


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3)))
def test_each_release_is_in_one_layer_after_what_it_needs(needs: dict[str, list[str]]) -> None:
    found, circles = layers(needs)
    flat = [name for layer in found for name in layer]
    assert sorted(flat) == sorted(needs)
    place = {name: number for number, layer in enumerate(found) for name in layer}
    late = [
        name
        for name, needed in needs.items()
        if any(place.get(one, -1) >= place[name] for one in needed if one != name)
    ]
    assert bool(late) <= bool(circles)
    for circle in circles:
        assert all(circle[(number + 1) % len(circle)] in needs[name] for number, name in enumerate(circle))


# The index


def entries(*versions: str, **more: str) -> dict[str, Any]:
    return {"web": [{"version": one, "urls": [f"web-{one}.tgz"], **more} for one in versions]}


@pytest.mark.parametrize(
    ("version", "found"),
    [("", "2.0.0"), ("1.x", "1.2.0"), ("1.0.0", "1.0.0"), (">=2.0.0-0", "2.1.0-rc.1"), ("v-odd", "v-odd")],
)
def test_the_newest_version_of_a_range_is_chosen(version: str, found: str) -> None:
    listed = entries("1.0.0", "1.2.0", "2.1.0-rc.1", "2.0.0", "v-odd", "nonsense")
    assert index.choose(listed, "web", version).version == found


def test_of_equal_versions_the_newest_build_is_chosen() -> None:
    listed = {
        "web": [
            {"version": "1.0.0+a", "urls": ["a"], "created": "2026-01-02T00:00:00Z"},
            {"version": "1.0.0+b", "urls": ["b"], "created": "2026-01-03T00:00:00Z"},
        ]
    }
    assert index.choose(listed, "web", "1.x").url == "b"


def test_of_a_large_index_only_one_chart_is_read() -> None:
    filler = "".join(
        f"  chart-{number}:\n  - version: 1.0.0\n    urls: [chart-{number}.tgz]\n    description: {'x' * 200}\n"
        for number in range(3000)
    )
    data = f"apiVersion: v1\nentries:\n{filler}  web:\n  - version: 1.5.0\n    urls:\n    - web.tgz\n  zzz:\n  - {{broken: [}}\n".encode()
    assert index.choose(index.read(data, "web"), "web", "1.x").url == "web.tgz"
    with pytest.raises(index.ChartIndexError):
        index.read(data, "not-there")


@given(st.binary(max_size=200))
def test_any_bytes_are_an_index_or_are_refused(data: bytes) -> None:
    try:
        index.choose(index.read(data, "web"), "web", "1.x")
    except index.ChartIndexError:
        return


# Which chart is meant


class Line:
    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        return Location("release.yaml", len(pointer), 2 if key else 1)


def one(kind: str, name: str, spec: dict[str, Any], namespace: str = "shop") -> Manifest:
    return Manifest({"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}, Line())


SOURCES = {
    ("HelmRepository", "shop", "http"): one("HelmRepository", "http", {"url": "https://x/charts/"}),
    ("HelmRepository", "shop", "oci"): one("HelmRepository", "oci", {"url": "oci://x/charts", "type": "oci"}),
    ("HelmRepository", "other", "http"): one("HelmRepository", "http", {"url": "https://other"}, "other"),
    ("OCIRepository", "shop", "a"): one("OCIRepository", "a", {"url": "oci://x/a", "ref": {"semver": "1.x", "tag": "no"}}),
    ("OCIRepository", "shop", "b"): one("OCIRepository", "b", {"url": "oci://x/b"}),
    ("OCIRepository", "shop", "f"): one("OCIRepository", "f", {"url": "oci://x/f", "ref": {"semver": "1.x", "semverFilter": "a"}}),
    ("HelmChart", "shop", "c"): one("HelmChart", "c", {"chart": "web", "version": "2.x", "sourceRef": {"kind": "HelmRepository", "name": "http"}}),
    ("GitRepository", "flux-system", "flux-system"): one("GitRepository", "flux-system", {"url": "ssh://git@github.com/a/b.git"}, "flux-system"),
    ("GitRepository", "shop", "same"): one("GitRepository", "same", {"url": "https://github.com/a/b", "ignore": "*.md"}),
    ("HelmChart", "shop", "g"): one("HelmChart", "g", {"chart": "./web", "sourceRef": {"kind": "GitRepository", "name": "foreign"}}),
    ("GitRepository", "shop", "pinned"): one("GitRepository", "pinned", {"url": "https://github.com/a/b", "ref": {"tag": "v1"}}),
    ("GitRepository", "shop", "short"): one("GitRepository", "short", {"url": "https://github.com/x/y", "ref": {"commit": "abc"}}),
    ("GitRepository", "shop", "put-together"): one("GitRepository", "put-together", {"url": "https://github.com/x/z/", "ref": {"tag": "v1"}, "recurseSubmodules": True, "ignore": "*.md", "include": [{"repository": {"name": "other"}, "toPath": "lib"}]}),
    ("GitRepository", "shop", "nameless"): one("GitRepository", "nameless", {"ref": {"tag": "v1"}}),
    ("GitRepository", "shop", "number"): one("GitRepository", "number", {"url": 5, "ref": {"tag": "v1"}}),
    ("GitRepository", "shop", "foreign"): one("GitRepository", "foreign", {"url": "https://github.com/x/y"}),
}  # fmt: skip


COPIES: dict[str, list[Copy]] = {
    "one": [Copy("charts/web", "web")],
    "whole": [Copy("", "chart")],
    "rooted": [Copy("charts/here", "")],
    "charts": [Copy("charts", "")],
    "deep": [Copy("charts/web", "a/b")],
    "two": [Copy("charts/web", "web"), Copy("values", "web")],
    "partly": [Copy("charts/web", "web", partly=True)],
}
KNOWN = Known(
    lambda *name: SOURCES.get(name),
    lambda folder: folder == "charts/here",
    lambda _namespace, name: (
        Copied(tuple(COPIES[name]), ignore="*.txt") if name in COPIES else Copied(reason="is not known")
    ),
)


def template(chart: str, kind: str, name: str, version: str = "", **more: str) -> dict[str, Any]:
    return {"chart": {"spec": {"chart": chart, "version": version, "sourceRef": {"kind": kind, "name": name, **more}}}}


@pytest.mark.parametrize(
    ("spec", "chart"),
    [
        (template("web", "HelmRepository", "http", "1.x"), Indexed("https://x/charts", "web", "1.x")),
        (template("web", "HelmRepository", "http", "*"), Indexed("https://x/charts", "web", "")),
        (template("web", "HelmRepository", "http", namespace="other"), Indexed("https://other", "web", "")),
        (template("web", "HelmRepository", "oci", "1.x"), Artifact("x/charts/web", "1.x")),
        (template("./charts/web/", "GitRepository", "flux-system", namespace="flux-system"), Local("charts/web", "")),
        (template("charts/web", "GitRepository", "same"), Local("charts/web", "*.md")),
        (template("charts/web", "GitRepository", "unheard-of"), Local("charts/web", "")),
        # What the pull request has is not what the tag has.
        (template("charts/here", "GitRepository", "pinned"), InGit("https://github.com/a/b", "charts/here", Reference(name="refs/tags/v1"))),
        (template("charts/web", "GitRepository", "foreign"), InGit("https://github.com/x/y", "charts/web", Reference(name="refs/heads/master"))),
        (template("charts/web", "GitRepository", "put-together"), InGit("https://github.com/x/z", "charts/web", Reference(name="refs/tags/v1"), submodules=True, ignore="*.md")),
        ({"chartRef": {"kind": "HelmChart", "name": "g"}}, InGit("https://github.com/x/y", "web", Reference(name="refs/heads/master"))),
        ({"chartRef": {"kind": "OCIRepository", "name": "a"}}, Artifact("x/a", "1.x", layer="", pattern="")),
        ({"chartRef": {"kind": "OCIRepository", "name": "f"}}, Artifact("x/f", "1.x", layer="", pattern="a")),
        ({"chartRef": {"kind": "OCIRepository", "name": "b"}}, Artifact("x/b", tag="latest", layer="")),
        ({"chartRef": {"kind": "ExternalArtifact", "name": "one"}}, Local("charts/web", "*.txt")),
        ({"chartRef": {"kind": "ExternalArtifact", "name": "whole"}}, Local(".", "*.txt")),
        ({"chartRef": {"kind": "HelmChart", "name": "c"}}, Indexed("https://x/charts", "web", "2.x")),
    ],
)  # fmt: skip
def test_the_chart_that_is_meant(spec: dict[str, Any], chart: Chart) -> None:
    assert chart_of(one("HelmRelease", "web", spec), KNOWN) == chart


@pytest.mark.parametrize(
    ("spec", "broken"),
    [
        ({}, True),
        ({"chart": {"spec": {"chart": 5}}}, True),
        (template("web", "HelmRepository", "nowhere"), False),
        (template("web", "Bucket", "b"), False),
        (template("web", "Deployment", "b"), True),
        (template("charts/web", "GitRepository", "short"), True),
        (template("lib/charts/web", "GitRepository", "put-together"), False),
        (template("../web", "GitRepository", "same"), True),
        (template("charts/web", "GitRepository", "nameless"), True),
        (template("charts/web", "GitRepository", "number"), True),
        ({"chartRef": {"kind": "OCIRepository", "name": "nowhere"}}, False),
        ({"chartRef": {"kind": "ExternalArtifact", "name": "e"}}, False),
        ({"chartRef": {"kind": "ExternalArtifact", "name": "rooted"}}, True),
        *(
            ({"chartRef": {"kind": "ExternalArtifact", "name": name}}, False)
            for name in ("charts", "deep", "two", "partly")
        ),
        ({"chartRef": {"kind": "ConfigMap", "name": "e"}}, True),
    ],
)
def test_a_chart_that_cannot_be_known(spec: dict[str, Any], *, broken: bool) -> None:
    found = chart_of(one("HelmRelease", "web", spec), KNOWN)
    assert isinstance(found, Unknown)
    assert (found.broken, bool(found.reason)) == (broken, True)


@pytest.mark.parametrize(
    ("spec", "name", "expected"),
    [
        ({}, "web", ("web", "shop")),
        ({"releaseName": "x"}, "web", ("x", "shop")),
        ({"targetNamespace": "t"}, "web", ("t-web", "t")),
        ({"targetNamespace": "t", "releaseName": "x"}, "web", ("x", "t")),
        # Flux shortens with the first twelve characters of the name's SHA-256.
        ({}, "a" * 60, ("a" * 40 + "-11ee391211c6", "shop")),
    ],
)
def test_names_are_those_that_flux_gives(spec: dict[str, Any], name: str, expected: tuple[str, str]) -> None:
    assert names(one("HelmRelease", name, spec)) == expected


# Which commit is meant

A, B, C, D = (letter * 40 for letter in "abcd")
REFS = {
    "refs/tags/v1.0.0": A,
    "refs/tags/v1.0.0^{}": B,
    "refs/tags/v1.10.0": C,
    "refs/tags/v2.0.0-rc.1": D,
    "refs/tags/nonsense": D,
    "refs/heads/main": D,
}


@pytest.mark.parametrize(
    ("ref", "patterns", "found"),
    [
        ({"branch": "main"}, ("refs/heads/main", "refs/heads/main^{}"), ("refs/heads/main", D)),
        # What an annotated tag leads to.
        ({"tag": "v1.0.0", "branch": "main"}, ("refs/tags/v1.0.0", "refs/tags/v1.0.0^{}"), ("refs/tags/v1.0.0", B)),
        ({"semver": "1.x"}, (), ("refs/tags/v1.10.0", C)),
        ({"semver": ">=1.0.0-0"}, (), ("refs/tags/v2.0.0-rc.1", D)),
        # The API's words have it the other way round, but not what the controller does.
        ({"semver": "1.x", "tag": "nonsense"}, ("refs/tags/nonsense", "refs/tags/nonsense^{}"), ("refs/tags/nonsense", D)),
        ({"name": "refs/tags/v1.0.0^{}", "tag": "x"}, ("refs/tags/v1.0.0", "refs/tags/v1.0.0^{}"), ("refs/tags/v1.0.0", B)),
    ],
)  # fmt: skip
def test_the_commit_that_is_meant(ref: dict[str, str], patterns: tuple[str, ...], found: tuple[str, str]) -> None:
    reference = read({"ref": ref})
    assert reference.patterns == patterns
    assert reference.pick(REFS) == found


def test_a_commit_counts_more_than_all_others() -> None:
    assert read({"ref": {"commit": A, "name": "refs/heads/main", "tag": "v1.0.0"}}) == Reference(commit=A)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({}, "no branch `master`"),
        ({"ref": "main"}, "no branch `master`"),
        ({"ref": {"tag": "v3"}}, "no tag `v3`"),
        ({"ref": {"name": "refs/pull/1/head"}}, "no ref `refs/pull/1/head`"),
        ({"ref": {"semver": "3.x"}}, "no tag in `3.x`"),
        ({"ref": {"semver": "newest"}}, "not a range"),
        ({"ref": {"commit": "abc"}}, "not the whole name"),
        ({"ref": {"name": "--upload-pack=x"}}, "no name that Git takes"),
        ({"ref": {"branch": "*"}}, "no name that Git takes"),
        ({"ref": {"name": "refs/heads/a b"}}, "no name that Git takes"),
    ],
)
def test_a_commit_that_cannot_be_known(spec: dict[str, Any], said: str) -> None:
    def pick() -> None:
        reference = read(spec)
        assert reference.patterns is not None
        reference.pick(REFS)

    with pytest.raises(GitReferenceError, match=said):
        pick()


_TEXTS = st.text(max_size=20) | st.sampled_from(
    ["refs/heads/main", "v1.0.0", "1.x", A, "--x", "a..b", "refs/tags/v1.0.0^{}"]
)


@given(
    st.dictionaries(st.sampled_from(["branch", "tag", "semver", "name", "commit"]), _TEXTS | st.none() | st.integers())
)
def test_any_reference_is_read_or_refused_and_none_is_an_option_or_a_pattern(ref: dict[str, Any]) -> None:
    try:
        reference = read({"ref": ref})
        patterns = reference.patterns
    except GitReferenceError:
        return
    assert not any(one.startswith("-") or set(one) & set("*?[") for one in patterns)
    assert str(reference)
    with suppress(GitReferenceError):
        name, commit = reference.pick(REFS)
        assert commit == REFS.get(f"{name}^{{}}", REFS[name])


# What Helm says


@pytest.mark.parametrize(
    ("stderr", "message", "place"),
    [
        ("Error: execution error at (web/templates/a.yaml:5:3): no port\n\nUse --debug flag to render out invalid YAML\n", "no port", Location("charts/web/templates/a.yaml", 5, 4)),
        ('Error: template: web/templates/a.yaml:3:12: executing "web/templates/a.yaml" at <include "x" .>: error calling include: no template "x"', 'web/templates/a.yaml:3:12: <include "x" .>: error calling include: no template "x"', Location("charts/web/templates/a.yaml", 3, 13)),
        ("Error: YAML parse error on web/templates/a.yaml: error converting YAML to JSON: yaml: line 4: bad", "web/templates/a.yaml does not give YAML: error converting YAML to JSON: yaml: line 4: bad", Location("charts/web/templates/a.yaml")),
        ("Error: parse error at (web/templates/a.yaml:7): unclosed action", "parse error at (web/templates/a.yaml:7): unclosed action", Location("charts/web/templates/a.yaml", 7)),
        ("Error: values don't meet the specifications of the schema(s) in the following chart(s):\nweb:\n- at '/a': got string, want integer\n", "the values do not meet the chart's schema: web: - at '/a': got string, want integer", None),
        ("Error: execution error at (web/charts/db/templates/a.yaml:5:3): no", "no", None),
        ("level=WARN\nError: /tmp/x/chart: file missing", "chart: file missing", None),
        ("", "exit code 1", None),
    ],
)  # fmt: skip
def test_messages_are_cut_to_what_helps(stderr: str, message: str, place: Location | None) -> None:
    assert explain(Completed(1, b"", stderr.encode()), ("/tmp/x",), "charts/web") == (message, place)


# What Helm writes


def test_each_object_knows_its_template() -> None:
    output = (
        b"---\n# Source: web/crds/a.yaml\nkind: A\n---\n# Source: web/templates/b.yaml\nkind: B\n---\nkind: C\n"
        b"---\n# Source: web/templates/crds/d.yaml\nkind: List\nitems: [{kind: D}]\n---\n# Source: web/templates/e.yaml\n- no\n"
        b"---\n# Source: web/templates/h.yaml\nkind: H\nmetadata: {annotations: {helm.sh/hook: pre-install}}\n"
    )
    made, broken = objects.read(output)
    assert [(item.value["kind"], item.source, item.is_of_crds) for item in made] == [
        ("A", "web/crds/a.yaml", True),
        ("B", "web/templates/b.yaml", False),
        ("C", "web/templates/b.yaml", False),
        ("D", "web/templates/crds/d.yaml", False),
    ]
    assert broken == ["what web/templates/e.yaml gives is no object"]


def test_what_differs_between_two_runs_is_replaced() -> None:
    once = [Made({"kind": "Secret", "data": {"p": "YWJjZGVmZ2g=", "q": "x"}, "n": [1, {"a": "b"}]}, "s")]
    again = [Made({"kind": "Secret", "data": {"p": "aGdmZWRjYmE=", "q": "x"}, "n": [1, {"a": "c"}]}, "s")]
    found = steady(once, again)
    assert found is not None
    assert found[0].value == {
        "kind": "Secret",
        "data": {"p": "cGxhY2Vob2xkZXI=", "q": "x"},
        "n": [1, {"a": "placeholder"}],
    }
    assert steady(once, []) is None


# Where values come from


def located(
    written: dict[str, Any], value: dict[str, Any], *pointer: str | int, folder: str = ""
) -> Pointer | Location:
    seen: list[Pointer] = []

    class Noting:
        def locate(self, pointer: Pointer, *, key: bool = False) -> Location:  # noqa: ARG002 - as a Locator has it
            seen.append(pointer)
            return Location("release.yaml")

    release = Release(
        "t", "e", "n", "ns", Local("c"), {}, Noting(), written, ("spec", "values"), ("spec", "chart"), Options()
    )
    found = HelmLocator(Places(release, folder), value, "web/templates/a.yaml").locate(pointer)
    return seen[0] if seen else found


def test_a_value_is_looked_for_by_name_and_by_what_it_is() -> None:
    value = {"spec": {"replicas": 3, "image": "registry.example/web:1", "x": 7, "port": 80}}
    written = {
        "replicas": 3,
        "web": {"image": "registry.example/web:1", "other": 7},
        "a": {"port": 80},
        "b": {"port": 80},
    }
    assert located(written, value, "spec", "replicas") == ("spec", "values", "replicas")
    assert located(written, value, "spec", "image") == ("spec", "values", "web", "image")
    # A 7 could come from anywhere, and of two equal ports nobody knows which it is.
    assert located(written, value, "spec", "x") == ("spec", "chart")
    assert located(written, value, "spec", "port") == ("spec", "chart")
    assert located(written, value, "spec", "port", folder="charts/web") == Location("charts/web/templates/a.yaml")
    assert located(written, value) == ("spec", "chart")
