"""What a pull request may not make kustomize do: fetch, read other files, run programs."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.processes import run
from gitops_action.adapters.workspace import Workspace
from gitops_action.config.model import LoadRestrictor, Render
from gitops_action.ports import Completed
from gitops_action.render.kustomize import environment
from tests.gitrepo import Link
from tests.unit.render.rendering import PROGRAMS, render, render_tree, tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gitops_action.render.kustomize import Program

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"


def must_not_run(argv: Sequence[str], **_: object) -> Completed:
    raise AssertionError(f"started {argv}")


def refused(files: Mapping[str, str | bytes | Link | None], **settings: object) -> list[tuple[str, str]]:
    """The codes and places of what is found before anything is started."""
    (result,) = render_tree(tree_of(files), {"overlay": "prod"}, None, Render(**settings), start=must_not_run)  # type: ignore[arg-type]  # as Render checks
    assert not result.ok
    assert not result.manifests
    assert {(finding.environment, finding.target) for finding in result.findings} == {("prod", "overlay")}
    return [(finding.code, str(finding.location)) for finding in result.findings]


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/a.yaml",
        "HTTPS://example.com/a.yaml",
        "http://127.0.0.1:8080/a.yaml",
        "http://169.254.169.254/latest/meta-data",
        "github.com/org/repo//base?ref=v1",
        "https://github.com/org/repo",
        "git@github.com:org/repo.git",
        "git::https://github.com/org/repo.git//base",
        "ssh://git@example.com/org/repo.git",
        "file:///etc/x",
    ],
)
@pytest.mark.parametrize("field", ["resources", "bases", "components", "Resources", "generators", "transformers"])
def test_addresses_are_refused_before_anything_runs(field: str, address: str) -> None:
    files = {"overlay/kustomization.yaml": f"namePrefix: a\n{field}:\n  - {address}\n"}
    assert refused(files) == [("remote-base-refused", "overlay/kustomization.yaml:3:5")]


@pytest.mark.parametrize(
    "kustomization",
    [
        "patches: [{path: 'http://127.0.0.1/p.yaml'}]",
        "patchesStrategicMerge: ['http://127.0.0.1/p.yaml']",
        "patchesJson6902: [{path: 'http://127.0.0.1/p.yaml', target: {kind: A}}]",
        "configMapGenerator: [{name: a, files: ['http://127.0.0.1/f']}]",
        "configMapGenerator: [{name: a, files: ['key=http://127.0.0.1/f']}]",
        "secretGenerator: [{name: a, envs: ['http://127.0.0.1/f']}]",
        "secretGenerator: [{name: a, env: 'http://127.0.0.1/f'}]",
        "crds: ['http://127.0.0.1/c.yaml']",
        "configurations: ['http://127.0.0.1/c.yaml']",
        "openapi: {path: 'http://127.0.0.1/c.json'}",
        "replacements: [{path: 'http://127.0.0.1/r.yaml'}]",
        "transformers: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: a}, path: \"http://127.0.0.1/p\"}']",
        "validators: [http://127.0.0.1/v.yaml]",
    ],
)
def test_files_are_not_fetched_by_any_field(kustomization: str) -> None:
    assert [code for code, _ in refused({"overlay/kustomization.yaml": kustomization})] == ["remote-base-refused"]


def test_addresses_in_bases_are_found() -> None:
    files = {
        "overlay/kustomization.yaml": "resources: [../base]",
        "base/kustomization.yaml": "components: [../part]",
        "part/kustomization.yml": "kind: Component\nresources:\n- https://example.com/x.yaml\n",
    }
    assert refused(files) == [("remote-base-refused", "part/kustomization.yml:3:3")]


def test_addresses_in_plugin_configurations_are_found() -> None:
    files = {
        "overlay/kustomization.yaml": "generators: [gen]",
        "overlay/gen/kustomization.yaml": "resources: [g.yaml]",
        "overlay/gen/g.yaml": """
            apiVersion: builtin
            kind: ConfigMapGenerator
            metadata: {name: a}
            files:
              - x=http://127.0.0.1/secret
        """,
    }
    assert refused(files) == [("remote-base-refused", "overlay/gen/g.yaml:6:5")]


def test_text_that_is_data_may_be_an_address() -> None:
    result = render(
        {"overlay/kustomization.yaml": "configMapGenerator: [{name: a, literals: ['u=https://example.com']}]"}
    )
    assert result.ok
    assert result.manifests[0].value["data"] == {"u": "https://example.com"}


@pytest.mark.parametrize(
    "kustomization",
    [
        "resources: [../../etc]",
        "resources: [/etc]",
        "components: [../../../proc/1/cwd]",
        "patches: [{path: ../../p.yaml}]",
        "configMapGenerator: [{name: a, files: [../../../../../proc/1/environ]}]",
        "configMapGenerator: [{name: a, files: [key=/proc/1/environ]}]",
        "secretGenerator: [{name: a, envs: ['a=b/../../../../../../proc/1/environ']}]",
        "patchesStrategicMerge: ['a: b/../../../../../proc/1/environ']",
        'transformers: ["a: b\\n/../../../../../etc/t.yaml"]',
        "openapi: {path: ../../o.json}",
        "replacements: [{path: ../../r.yaml}]",
        "crds: [../../c.yaml]",
    ],
)
@pytest.mark.parametrize("restrictor", list(LoadRestrictor))
def test_paths_out_of_the_repository_are_refused(kustomization: str, restrictor: LoadRestrictor) -> None:
    found = refused({"overlay/kustomization.yaml": kustomization}, load_restrictor=restrictor)
    assert [code for code, _ in found] == ["path-escapes-repository"]


@pytest.mark.parametrize("restrictor", list(LoadRestrictor))
@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "../.."])
@pytest.mark.parametrize("use", ["resources: [link]", "configMapGenerator: [{name: a, files: [link]}]"])
def test_links_out_of_the_repository_are_refused(use: str, target: str, restrictor: LoadRestrictor) -> None:
    files: dict[str, str | bytes | Link | None] = {"overlay/kustomization.yaml": use, "overlay/link": Link(target)}
    found = refused(files, load_restrictor=restrictor)
    assert [code for code, _ in found] == ["path-escapes-repository"]


@PROGRAMS
@pytest.mark.parametrize("use", ["resources: [link]", "configMapGenerator: [{name: a, files: [link]}]"])
def test_kustomize_itself_refuses_such_links(use: str, program: Callable[[], Program]) -> None:
    """The second fence: nothing of our own stands between kustomize and the file here."""
    with Workspace() as workspace:
        (workspace.root / "kustomization.yaml").write_text(use)
        (workspace.root / "link").symlink_to("/etc/passwd")
        argv = program().argv(workspace.root, LoadRestrictor.ROOT_ONLY)
        completed = run(argv, timeout=60, env=environment(workspace, network=False), permitted=(0, 1))
    assert completed.exit_code == 1
    assert b"security; file" in completed.stderr
    assert b"root:" not in completed.stdout


def test_links_inside_the_repository_are_followed() -> None:
    files: dict[str, str | bytes | Link | None] = {
        "overlay/kustomization.yaml": "resources: [../link]",
        "link": Link("base"),
        "base/kustomization.yaml": "resources: [n.yaml]",
        "base/n.yaml": NAMESPACE,
    }
    result = render(files)
    assert result.ok
    assert str(result.manifests[0].locator.locate(("metadata", "name"))) == "base/n.yaml:3:18"


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"overlay/kustomization.yaml": "namePrefix: a\nhelmCharts: [{name: a}]"}, "overlay/kustomization.yaml:2:1"),
        ({"overlay/kustomization.yaml": "HelmCharts: [{name: a}]"}, "overlay/kustomization.yaml:1:1"),
        (
            {"overlay/kustomization.yaml": "helmChartInflationGenerator: [{chartName: a}]"},
            "overlay/kustomization.yaml:1:1",
        ),
        (
            {
                "overlay/kustomization.yaml": "transformers: [t.yaml]",
                "overlay/t.yaml": """\
                    apiVersion: example.com/v1
                    kind: Evil
                    metadata:
                      name: a
                      annotations:
                        config.kubernetes.io/function: |
                          exec: {path: ./evil.sh}
                """,
                "overlay/evil.sh": "#!/bin/sh\ntouch /tmp/evil\n",
            },
            "overlay/t.yaml:1:1",
        ),
        (
            {
                "overlay/kustomization.yaml": """\
                    generators:
                      - |
                        apiVersion: builtin
                        kind: HelmChartInflationGenerator
                        metadata: {name: a}
                """
            },
            "overlay/kustomization.yaml:2:5",
        ),
    ],
)
def test_programs_are_refused(files: Mapping[str, str], place: str) -> None:
    assert refused(files) == [("render-plugin-refused", place)]


def test_builtin_transformers_are_not_refused() -> None:
    files = {
        "overlay/kustomization.yaml": "resources: [n.yaml]\ntransformers: [t.yaml]",
        "overlay/n.yaml": NAMESPACE,
        "overlay/t.yaml": """
            apiVersion: builtin
            kind: AnnotationsTransformer
            metadata: {name: a}
            annotations: {a: b}
            fieldSpecs: [{path: metadata/annotations, create: true}]
        """,
    }
    result = render(files)
    assert [manifest.value["metadata"] for manifest in result.manifests] == [{"name": "a", "annotations": {"a": "b"}}]


@pytest.mark.parametrize(
    ("kustomization", "code"),
    [
        ("configMapGenerator: [{name: a, files: [!!binary Li4vLi4vcHJvYy8xL2Vudmlyb24=]}]", "kustomization-invalid"),
        ("resources: [a]\nResources: [https://example.com/b]", "kustomization-invalid"),
        ("kind: Deployment\nresources: [a]", "kustomization-invalid"),
        ("", "kustomization-invalid"),
        ("resources: [", "yaml-syntax"),
    ],
)
def test_what_cannot_be_read_with_certainty_is_not_built(kustomization: str, code: str) -> None:
    # An overlay of its own, and the base of another.
    for files in (
        {"overlay/kustomization.yaml": kustomization},
        {"overlay/kustomization.yaml": "resources: [../base]", "base/kustomization.yaml": kustomization},
    ):
        assert code in [code for code, _ in refused(files)]


def test_a_problem_is_said_once_for_each_overlay_with_its_place() -> None:
    broken = {
        "base/kustomization.yaml": "resources:\n- a\nnamespace",
        "overlay/kustomization.yaml": "resources: [../base]",
    }
    assert refused(broken) == [("yaml-syntax", "base/kustomization.yaml:3:1")]
    two = {"overlay/kustomization.yaml": "resources: [a]", "overlay/Kustomization": "resources: [a]"}
    assert refused(two) == [("kustomization-duplicate", "overlay/Kustomization")]
    (result,) = render_tree(tree_of(two), {"overlay": "prod"}, start=must_not_run)
    assert "; the overlay was not rendered" in result.findings[0].message


class Server(http.server.BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(NAMESPACE.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A server that would answer, and notes what it was asked."""
    asked: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Noting", (Server,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@PROGRAMS
def test_kustomize_itself_cannot_fetch(
    program: Callable[[], Program], proxy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second fence: HTTP goes nowhere even where this machine has a proxy, and Git is not found."""
    address, asked = proxy
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, address)
    with Workspace() as workspace:
        env = environment(workspace, network=False)
        for reference in ("http://example.com/a.yaml", "github.com/org/repo//base"):
            (workspace.root / "kustomization.yaml").write_text(f"resources: ['{reference}']")
            argv = program().argv(workspace.root, LoadRestrictor.ROOT_ONLY)
            completed = run(argv, timeout=60, env=env, permitted=(0, 1))
            assert completed.exit_code == 1
            assert b"connection refused" in completed.stderr or b"no 'git' program" in completed.stderr
        # That the server would have been asked otherwise.
        (workspace.root / "kustomization.yaml").write_text("resources: ['http://example.com/a.yaml']")
        run(argv, timeout=60, env={**env, "HTTP_PROXY": address}, permitted=(0, 1))
    assert asked == ["http://example.com/a.yaml"]


ALLOWED = {"overlay/kustomization.yaml": "resources: ['https://github.com/org/repo//base?ref=v1']"}


def test_allowed_remotes_are_built_with_the_network() -> None:
    """Only the environment can be looked at here: there is no network in tests."""
    seen: list[Mapping[str, str]] = []

    def noting(argv: Sequence[str], *, env: Mapping[str, str], **_: object) -> Completed:
        assert argv
        seen.append(env)
        return Completed(0, NAMESPACE.encode(), b"")

    tree = tree_of(
        {**ALLOWED, "other/kustomization.yaml": "namePrefix: a\nresources: [n.yaml]", "other/n.yaml": NAMESPACE}
    )
    settings = Render(remote_bases=("github.com/org/repo",))
    results = render_tree(tree, {"overlay": "", "other": ""}, None, settings, start=noting, jobs=1)  # type: ignore[arg-type]  # a simpler Run
    assert [result.ok for result in results] == [True, True]
    assert ["PATH" in env for env in seen] == [False, True]
    assert ["HTTPS_PROXY" in env for env in seen] == [False, True]
    assert {env["GIT_ALLOW_PROTOCOL"] for env in seen} == {"https"}


@pytest.mark.parametrize("allowed", ["github.com/org/other", "github.com/org/rep", "example.com"])
def test_other_remotes_stay_refused(allowed: str) -> None:
    assert refused(ALLOWED, remote_bases=(allowed,)) == [("remote-base-refused", "overlay/kustomization.yaml:1:13")]


def test_remotes_that_need_keys_are_refused_though_allowed() -> None:
    files = {"overlay/kustomization.yaml": "resources: ['git@github.com:org/repo.git']"}
    assert [code for code, _ in refused(files, remote_bases=("github.com/org/repo",))] == ["remote-base-refused"]


def test_files_outside_of_the_kustomizations_folder() -> None:
    files = {"overlay/kustomization.yaml": "resources: [../shared/n.yaml]", "shared/n.yaml": NAMESPACE}
    result = render(files)
    assert [finding.code for finding in result.findings] == ["kustomize-build-failed"]
    assert str(result.findings[0].location) == "overlay/kustomization.yaml:1:13"
    assert "shared/n.yaml is not in or below overlay" in result.findings[0].message
    lifted = render(files, load_restrictor=LoadRestrictor.NONE)
    assert lifted.ok
    assert str(lifted.manifests[0].locator.locate(("metadata", "name"))) == "shared/n.yaml:3:18"


def test_a_chain_in_a_circle_ends() -> None:
    files = {"overlay/kustomization.yaml": "resources: [../base]", "base/kustomization.yaml": "resources: [../overlay]"}
    (finding,) = render(files).findings
    assert (finding.code, str(finding.location)) == ("kustomize-build-failed", "base/kustomization.yaml:1:13")
    assert "circle" in finding.message
