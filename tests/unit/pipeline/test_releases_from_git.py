"""Releases whose charts lie in other Git repositories, from a real Git server."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest

from gitops_action.model import Severity, Verdict
from tests.charts import below, chart, packed, serve_index
from tests.gitrepo import GitRepo, Submodule, init
from tests.gitserver import GitServer
from tests.hosts import running
from tests.unit.pipeline.jobs import changed, check
from tests.unit.pipeline.releasing import objects, release, render, the, use_own_cache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

pytestmark = pytest.mark.tools

ELSEWHERE = "chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: other}}}\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with nothing in the cache, and with the tools that are there."""
    use_own_cache(tmp_path, monkeypatch)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


@pytest.fixture
def other(tmp_path: Path) -> GitRepo:
    """The repository with the charts, which the server has as `/org/charts`."""
    return init(tmp_path / "served" / "org" / "charts")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "served", tokens={"": "read"}) as running_server:
        yield running_server


def source(url: str, ref: str = "branch: main") -> str:
    return (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: other, namespace: shop}\n"
        f"spec: {{interval: 10m, url: '{url}', ref: {{{ref}}}}}\n"
    )


def files(url: str, spec: str = ELSEWHERE, ref: str = "branch: main") -> dict[str, str]:
    return {"staging/source.yaml": source(url, ref), "staging/web.yaml": release(spec=spec)}


def version(replicas: int) -> dict[str, str]:
    return below("charts/web", {**chart(), "values.yaml": f"replicas: {replicas}\nimage: nginx\n"})


def replicas(repo: GitRepo, **overrides: bool) -> int:
    manifests, report = render(repo, **overrides)
    assert [one.message for one in report.findings] == []
    found: int = objects(manifests)["Deployment/shop/web"]["spec"]["replicas"]
    return found


def fetched(server: GitServer) -> list[str]:
    return [one for one in server.requests if one.startswith("POST")]


@pytest.mark.parametrize("partly", [True, False])
@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("branch: main", 4),
        ("branch: main, tag: v1.0.0", 1),
        ("semver: 1.x", 2),
        ("tag: v1.0.0, semver: 1.x", 1),
        ("name: refs/pull/7/head, semver: 1.x", 3),
        ("commit: FIRST, branch: main", 1),
    ],
)
def test_a_chart_is_of_the_commit_that_the_source_names(
    repo: GitRepo, other: GitRepo, server: GitServer, *, ref: str, expected: int, partly: bool
) -> None:
    first = other.commit(version(1))
    other.git("tag", "--annotate", "--message=one", "v1.0.0")
    other.commit(version(2))
    other.git("tag", "v1.10.0")
    other.git("update-ref", "refs/pull/7/head", other.commit(version(3)))
    other.commit({**version(4), "large.bin": os.urandom(200_000)})
    other.git("config", "uploadpack.allowFilter", "true" if partly else "false")
    repo.commit(files(f"{server.url}/org/charts", ref=ref.replace("FIRST", first)))
    assert replicas(repo) == expected


def test_only_the_files_of_the_chart_are_fetched(
    repo: GitRepo, other: GitRepo, server: GitServer, tmp_path: Path
) -> None:
    other.git("config", "uploadpack.allowFilter", "true")
    other.commit({**version(1), "charts/other/Chart.yaml": "secret: of-another-chart\n"})
    repo.commit(files(f"{server.url}/org/charts"))
    assert replicas(repo) == 1
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache" / "charts").rglob("*") if path.is_file())
    assert b"replicas: 1" in kept
    assert b"of-another-chart" not in kept


def test_a_branch_is_asked_about_each_time_and_a_tag_is_not(repo: GitRepo, other: GitRepo, server: GitServer) -> None:
    other.commit(version(1))
    other.git("tag", "v1.0.0")
    repo.commit(files(f"{server.url}/org/charts"))
    assert replicas(repo) == 1
    other.commit(version(2))
    assert replicas(repo, offline=True) == 1
    assert replicas(repo) == 2
    server.requests.clear()
    assert replicas(repo) == 2
    assert len(fetched(server)) == 1  # its refs
    repo.commit(files(f"{server.url}/org/charts", ref="tag: v1.0.0"))
    assert replicas(repo) == 1
    server.requests.clear()
    assert replicas(repo) == 1
    assert server.requests == []


def test_both_sides_of_a_change_see_the_same_commit_of_a_branch(
    repo: GitRepo, other: GitRepo, server: GitServer
) -> None:
    other.commit(version(1))
    repo.commit(files(f"{server.url}/org/charts"))
    repo.commit({"staging/web.yaml": release(spec=ELSEWHERE, replicas=3)})
    report = check(repo, "HEAD~1")
    assert report.findings == []
    assert changed(report) == {("staging", "update", "web")}
    asked = [one for one in server.requests if one.startswith("GET")]
    assert len(asked) == 2  # for the refs, and for the files


def test_a_new_tag_of_the_source_shows_what_it_changes(repo: GitRepo, other: GitRepo, server: GitServer) -> None:
    for number in (1, 2):
        other.commit(version(number))
        other.git("tag", f"v{number}.0.0")
    repo.commit(files(f"{server.url}/org/charts", ref="tag: v1.0.0"))
    repo.commit({"staging/source.yaml": source(f"{server.url}/org/charts", "tag: v2.0.0")})
    report = check(repo, "HEAD~1")
    (deployment,) = [one for one in report.changes if one.resource.kind == "Deployment"]
    assert [(one.path, one.before, one.after) for one in deployment.fields] == [("spec.replicas", 1, 2)]


def test_values_files_and_dependencies_are_those_of_the_other_repository(
    repo: GitRepo, other: GitRepo, server: GitServer
) -> None:
    with running() as host:
        url = serve_index(host, {("db", "3.1.0"): packed(chart("db", "3.1.0"), "db")})
        depends = (
            "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n"
            f"  - {{name: db, version: 3.x, repository: '{url}'}}\n"
            "  - {name: common, version: '*', repository: 'file://../common'}\n"
        )
        config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n"
        other.commit({
            **version(1),
            "charts/web/Chart.yaml": depends,
            **below("charts/common", {**chart("common"), "templates/deployment.yaml": config_map}),
            "values/a.yaml": "replicas: 4\nimage: a\n",
            "values/b.yaml": "image: b\n",
        })  # fmt: skip
        more = "chart: {spec: {chart: charts/web, valuesFiles: [values/a.yaml, ./values/b.yaml], sourceRef: {kind: GitRepository, name: other}}}"
        repo.commit({
            **files(f"{server.url}/org/charts", more),
            ".gitops.yaml": f"version: 1\ncharts: {{allow: ['{url.removeprefix('http://')}']}}\n",
            # Not this one.
            "values/a.yaml": "replicas: 9\n",
        })  # fmt: skip
        manifests, report = render(repo)
    made = objects(manifests)
    assert report.findings == []
    assert {name.split("/")[0] for name in made} == {"ConfigMap", "Deployment"}
    spec = made["Deployment/shop/web"]["spec"]
    assert (spec["replicas"], spec["template"]["spec"]["containers"][0]["image"]) == (4, "b")


def test_a_values_file_that_the_other_repository_lacks_is_an_error(
    repo: GitRepo, other: GitRepo, server: GitServer
) -> None:
    other.commit(version(1))
    more = (
        "chart: {spec: {chart: charts/web, valuesFiles: [values.yaml], sourceRef: {kind: GitRepository, name: other}}}"
    )
    repo.commit({**files(f"{server.url}/org/charts", more), "values.yaml": "replicas: 9\n"})
    found = the(check(repo), "helm-values-missing")
    assert (found.severity, found.file) == (Severity.ERROR, "staging/web.yaml")
    assert "values.yaml" in found.message


def test_a_helm_chart_object_leads_there_too_with_its_values_files(
    repo: GitRepo, other: GitRepo, server: GitServer
) -> None:
    other.commit({**version(1), "more.yaml": "replicas: 6\nimage: a\n"})
    chart_object = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {name: web, namespace: shop}\n"
        "spec: {interval: 10m, chart: charts/web, valuesFiles: [more.yaml], sourceRef: {kind: GitRepository, name: other}}\n"
    )
    spec = "chartRef: {kind: HelmChart, name: web}"
    repo.commit({**files(f"{server.url}/org/charts", spec), "staging/chart.yaml": chart_object})
    assert replicas(repo) == 6


def test_submodules_come_along_where_flux_fetches_them(
    repo: GitRepo, other: GitRepo, server: GitServer, tmp_path: Path
) -> None:
    inner = init(tmp_path / "served" / "org" / "inner")
    deep = inner.commit({"it.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: deep}\n"})
    library = init(tmp_path / "served" / "library")
    modules = '[submodule "inner"]\n\tpath = templates/inner\n\turl = ../org/inner\n'
    at = library.commit({
        **chart("library"), "templates/deployment.yaml": "", ".gitmodules": modules, "templates/inner": Submodule(deep),
    })  # fmt: skip
    listing = (
        f'# Ours\n[submodule "a library"]\n  url = "{server.url}/library" ; whole\n  path = charts/web/charts/library\n'
    )
    depends = "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: library, version: '*'}]\n"
    other.commit({
        **version(3), "charts/web/Chart.yaml": depends,
        ".gitmodules": listing, "charts/web/charts/library": Submodule(at),
    })  # fmt: skip
    for one in (library, inner):
        one.commit({"templates/later.yaml": '{{ fail "not this commit" }}', "it.yaml": '{{ fail "nor this" }}'})
    repo.commit(files(f"{server.url}/org/charts", ref="branch: main}, recurseSubmodules: true, x: {"))
    manifests, report = render(repo)
    assert [one.message for one in report.findings] == []
    assert set(objects(manifests)) == {"Deployment/shop/web", "ConfigMap/shop/deep"}
    # Without it they are not there, as they are not for Flux.
    repo.commit({"staging/source.yaml": source(f"{server.url}/org/charts")})
    _, report = render(repo)
    assert "its dependency `library`: it is not in the folder `charts`" in the(report, "chart-unavailable").message


def test_a_submodule_of_a_host_that_nobody_allows_is_not_asked(
    repo: GitRepo, other: GitRepo, server: GitServer
) -> None:
    listing = '[submodule "x"]\npath = charts/web/charts/library\nurl = https://example.com/library\n'
    other.commit({**version(3), ".gitmodules": listing, "charts/web/charts/library": Submodule()})
    repo.commit(files(f"{server.url}/org/charts", ref="branch: main}, recurseSubmodules: true, x: {"))
    found = the(check(repo), "chart-unavailable")
    assert "its submodule `charts/web/charts/library`: example.com is not asked" in found.message


def test_a_source_that_only_the_pull_request_names_is_not_asked(
    repo: GitRepo, other: GitRepo, server: GitServer
) -> None:
    other.commit(version(1))
    repo.commit({"staging/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    repo.commit(files(f"{server.url}/org/charts"))
    report = check(repo, "HEAD~1")
    found = the(report, "chart-unavailable")
    assert server.requests == []
    assert "charts.allow" in found.message
    assert (found.severity, report.verdict, report.coverage.releases_unknown) == (Severity.WARNING, Verdict.PASSED, 1)
    # Once it is merged, its own source speaks for it.
    repo.commit({"staging/web.yaml": release(spec=ELSEWHERE, replicas=2)})
    assert changed(check(repo, "HEAD~1")) == {("staging", "update", "web")}


def test_a_mirror_stands_in_also_for_ssh(repo: GitRepo, other: GitRepo, server: GitServer) -> None:
    other.commit(version(1))
    mirrors = f"version: 1\ncharts: {{mirrors: {{'ssh://git@github.com/acme': '{server.url}/org'}}}}\n"
    repo.commit({**files("ssh://git@github.com/acme/charts"), ".gitops.yaml": mirrors})
    assert replicas(repo) == 1


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (("ssh://git@github.com/acme/charts", "branch: main"), "by https:// only"),
        (("http://example.com/acme/charts", "branch: main"), "not encrypted"),
        (("https://me:hunter2@example.com/charts", "branch: main"), "credentials"),
        (("file:///SERVED/org/charts", "branch: main"), "not encrypted"),
        (("ext::sh -c 'touch TRACE'", "branch: main"), "not encrypted"),
        (("URL/org/charts", "branch: none"), "has no branch `none`"),
        (("URL/org/charts", "semver: 5.x"), "no tag in `5.x`"),
        (("URL/org/charts", "commit: '1111111111111111111111111111111111111111'"), "111111"),
        (("URL/org/none", "branch: main"), "URL/org/none"),
        (
            ("URL/org/charts", "branch: main}, recurseSubmodules: true, x: {"),
            "does not say where its submodule `charts/web/charts/db` comes from",
        ),
        (("URL/org/charts", "}, include: [{repository: {name: x}, toPath: charts}], x: {"), "includes another"),
    ],
)
def test_what_cannot_be_had_is_unknown_with_the_reason(
    repo: GitRepo, other: GitRepo, server: GitServer, where: tuple[str, str], said: str
) -> None:
    tmp_path = repo.path.parent
    other.commit({**version(1), "charts/web/charts/db": Submodule()})
    trace = tmp_path / "trace"
    served = str(tmp_path / "served").lstrip("/")
    url = where[0].replace("URL", server.url).replace("SERVED", served).replace("TRACE", str(trace)).replace("'", "''")
    repo.commit({**files(url, ref=where[1]), **below("charts/here", chart()), "staging/here.yaml": release("here", ELSEWHERE.replace("./charts/web", "charts/here").replace("other", "flux-system"))})  # fmt: skip
    report = check(repo)
    found = next(one for one in report.findings if one.code == "chart-unavailable")
    assert said.replace("URL", server.url) in found.message
    assert "hunter2" not in found.message
    assert not trace.exists()
    assert (found.severity, found.file, found.target) == (
        Severity.WARNING,
        "staging/web.yaml",
        "HelmRelease/shop/web",
    )
    assert (report.coverage.releases, report.coverage.releases_unknown) == (2, 1)


def test_without_a_network_it_is_unknown(repo: GitRepo, other: GitRepo, server: GitServer) -> None:
    other.commit(version(1))
    repo.commit(files(f"{server.url}/org/charts"))
    _, report = render(repo, offline=True)
    assert "nothing is fetched offline" in the(report, "chart-unavailable").message
    assert server.requests == []


def test_a_file_that_is_no_longer_in_the_cache_is_unknown_offline_not_left_out(
    repo: GitRepo, other: GitRepo, server: GitServer, tmp_path: Path
) -> None:
    other.commit(version(1))
    repo.commit(files(f"{server.url}/org/charts"))
    assert replicas(repo) == 1
    gone = [
        path for path in (tmp_path / "cache" / "charts" / "git" / "files").iterdir() if b"Deploy" in path.read_bytes()
    ]
    gone[0].unlink()
    _, report = render(repo, offline=True)
    assert "nothing is fetched offline" in the(report, "chart-unavailable").message
    assert replicas(repo) == 1


def test_the_machines_own_settings_and_credentials_are_not_used(
    repo: GitRepo, other: GitRepo, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace"
    home.mkdir()
    helper = f"!f() {{ touch {trace}; echo username=me; echo password=hunter2; }}; f"
    (home / ".gitconfig").write_text(
        f'[credential]\n\thelper = "{helper}"\n[url "{server.url}/org/charts"]\n\tinsteadOf = {server.url}/org/none\n'
    )
    (home / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_ASKPASS", f"touch {trace}")
    server.tokens = {"hunter2": "read"}
    other.commit(version(1))
    repo.commit(files(f"{server.url}/org/charts"))
    report = check(repo)
    assert "give credentials for its host" in the(report, "chart-unavailable").message
    server.tokens = {"": "read"}
    repo.commit({"staging/source.yaml": source(f"{server.url}/org/none")})
    assert "chart-unavailable" in {one.code for one in check(repo).findings}
    assert not trace.exists()


def test_credentials_are_shown_for_repositories_that_the_base_branch_names_only(
    repo: GitRepo, other: GitRepo, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = init(tmp_path / "served" / "org" / "hidden")
    for one in (other, hidden):
        one.commit(version(1))
    server.tokens = {"hunter2": "read"}
    monkeypatch.setenv("REGISTRY_CREDENTIALS", f"{server.url.removeprefix('http://')}=me:hunter2")
    repo.commit(files(f"{server.url}/org/charts/"))
    assert check(repo).findings == []
    # Its host may be asked now, but nobody has said that this repository may be read.
    repo.commit({"staging/source.yaml": source(f"{server.url}/org/hidden")})
    assert "give credentials" in the(check(repo, "HEAD~1"), "chart-unavailable").message
    repo.commit({"staging/web.yaml": release(spec=ELSEWHERE, replicas=2)})
    assert check(repo, "HEAD~1").findings == []
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert b"hunter2" not in kept
    assert base64.b64encode(b"me:hunter2") not in kept


def test_a_mirror_of_a_host_does_not_open_repositories_that_only_the_pull_request_names(
    repo: GitRepo, other: GitRepo, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (other, init(tmp_path / "served" / "org" / "hidden")):
        one.commit(version(1))
    server.tokens = {"hunter2": "read"}
    monkeypatch.setenv("REGISTRY_CREDENTIALS", f"{server.url.removeprefix('http://')}=me:hunter2")
    mirrors = f"version: 1\ncharts: {{mirrors: {{'ssh://git@github.com': '{server.url}'}}}}\n"
    repo.commit({**files("ssh://git@github.com/org/charts"), ".gitops.yaml": mirrors})
    assert check(repo).findings == []
    repo.commit({"staging/source.yaml": source("ssh://git@github.com/org/hidden")})
    assert "give credentials" in the(check(repo, "HEAD~1"), "chart-unavailable").message


def test_another_host_is_not_followed_to(repo: GitRepo, other: GitRepo, server: GitServer) -> None:
    other.commit(version(1))
    with running() as host:
        path, query = "/org/charts", "/info/refs?service=git-upload-pack"

        def elsewhere(request: BaseHTTPRequestHandler) -> None:
            request.send_response(301)
            request.send_header("location", f"{server.url}{path}{query}")
            request.end_headers()

        host.says(elsewhere, path=path + query)
        host.says(elsewhere, path=f"{path}.git{query}")
        repo.commit(files(f"{host.url}/org/charts"))
        report = check(repo)
    assert "301" in the(report, "chart-unavailable").message
    assert server.requests == []


def test_a_repository_that_is_too_large_is_not_taken(
    repo: GitRepo, other: GitRepo, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gitops_action.adapters import git_fetching  # noqa: PLC0415

    monkeypatch.setattr(git_fetching, "MAX_PACK", 1 << 20)
    other.commit({**version(1), "large.bin": os.urandom(3 << 20)})
    repo.commit(files(f"{server.url}/org/charts"))
    assert "more than 1 MiB" in the(check(repo), "chart-unavailable").message
    # But for a server that can leave it out.
    other.git("config", "uploadpack.allowFilter", "true")
    assert check(repo).findings == []


@pytest.mark.parametrize(
    ("blobs", "said"),
    [(["l" * 300], "longer than a file's name"), (["a", "a/b"], "is a file and a folder"), (["../b"], "leads out")],
)
def test_a_chart_that_no_file_system_can_hold_is_said(
    repo: GitRepo, other: GitRepo, server: GitServer, blobs: list[str], said: str
) -> None:
    other.commit(version(1))
    name = bytes.fromhex(other.git("rev-parse", "HEAD:charts/web/Chart.yaml"))
    tree = other.git("rev-parse", "HEAD:charts/web")
    # As a hostile server can make it: with names that Git's own programs would not write.
    for path in blobs:
        raw = b"100644 " + path.encode() + b"\0" + name
        tree = _added(other, tree, raw)
    charts = other.git("mktree", stdin=f"040000 tree {tree}\tweb\n".encode())
    other.git(
        "update-ref",
        "refs/heads/main",
        other.commit_tree(other.git("mktree", stdin=f"040000 tree {charts}\tcharts\n".encode())),
    )
    repo.commit(files(f"{server.url}/org/charts"))
    found = the(check(repo), "chart-corrupt")
    assert said in found.message
    assert len(found.message) < 300


def _added(repo: GitRepo, tree: str, entry: bytes) -> str:
    """Return a tree with one more entry."""
    listed = (line.partition("\t") for line in repo.git("ls-tree", tree).splitlines())
    raw = b"".join(
        f"{int(about.split()[0])} {name}\0".encode() + bytes.fromhex(about.split()[2]) for about, _, name in listed
    )
    return repo.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=entry + raw)


def test_a_release_of_a_tag_of_this_repository_does_not_change_with_its_chart(
    repo: GitRepo, other: GitRepo, server: GitServer
) -> None:
    # The other one is this repository, as the server has it.
    other.commit(version(1))
    other.git("tag", "v1.0.0")
    own = source(f"{server.url}/org/charts").replace("name: other", "name: flux-system").replace(
        "namespace: shop", "namespace: flux-system"
    )  # fmt: skip
    here = release("here", ELSEWHERE.replace("name: other", "name: flux-system, namespace: flux-system"))
    repo.commit({
        **files(f"{server.url}/org/charts", ref="tag: v1.0.0"), **version(1),
        "staging/own.yaml": own, "staging/here.yaml": here,
    })  # fmt: skip
    repo.commit(version(5))
    report = check(repo, "HEAD~1")
    assert report.findings == []
    assert {one.resource.name for one in report.changes if one.fields} == {"here"}


def test_where_nothing_says_which_repository_this_is_its_own_charts_count(
    repo: GitRepo, other: GitRepo, server: GitServer
) -> None:
    other.commit(version(4))
    repo.commit({**files(f"{server.url}/org/charts"), **version(2)})
    assert replicas(repo) == 2
    assert server.requests == []
    own = source("https://github.com/acme/fleet").replace("name: other", "name: flux-system").replace(
        "namespace: shop", "namespace: flux-system"
    )  # fmt: skip
    repo.commit({"staging/own.yaml": own})
    assert replicas(repo) == 4
