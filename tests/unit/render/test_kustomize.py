"""Several overlays: their order, their environments, their failures, each on its own."""

from __future__ import annotations

import functools
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.files import DirectoryTree
from gitops_action.adapters.processes import run
from gitops_action.config.model import LoadRestrictor, Render
from gitops_action.errors import ToolMissingError
from gitops_action.model import Severity
from gitops_action.ports import Completed
from gitops_action.render.kustomize import Program, choose
from tests.support import corpus
from tests.unit.render.rendering import PROGRAMS, render, render_tree, tree_of, values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"


@pytest.mark.corpora
@PROGRAMS
def test_environments_have_their_own_values(program: Callable[[], Program]) -> None:
    """The values are those in apps/staging/podinfo-values.yaml and apps/production/podinfo-values.yaml."""
    tree = DirectoryTree(corpus("flux2-kustomize-helm-example"))
    targets = {"apps/staging": "staging", "apps/production": "production"}
    staging, production = render_tree(tree, targets, program())
    assert (staging.target, production.target) == ("apps/staging", "apps/production")
    for result, environment, host in (
        (staging, "staging", "podinfo.staging"),
        (production, "production", "podinfo.production"),
    ):
        assert result.ok
        assert not result.findings
        ids = [str(manifest.id) for manifest in result.manifests]
        assert ids == ["Namespace/podinfo", "HelmRelease/podinfo/podinfo", "HelmRepository/podinfo/podinfo"]
        assert {manifest.environment for manifest in result.manifests} == {environment}
        assert {manifest.target for manifest in result.manifests} == {result.target}
        release = result.manifests[1]
        assert host in json.dumps(dict(release.value))
        assert "config.kubernetes.io" not in json.dumps(values(result))
        # Both have their say on the version range; the base has none.
        place = release.locator.locate(("spec", "chart", "spec", "version"))
        assert place.file == f"{result.target}/podinfo-values.yaml"
        assert release.locator.locate(("spec", "releaseName")).file == "apps/base/podinfo/release.yaml"


def test_choose_prefers_kustomize() -> None:
    def both(name: str) -> Path | None:
        return Path("/bin") / name

    assert choose(both).command == ("/bin/kustomize", "build")
    only = choose(lambda name: Path("/bin/kubectl") if name == "kubectl" else None)
    assert only.command == ("/bin/kubectl", "kustomize")
    with pytest.raises(ToolMissingError, match=r"kustomize or kubectl.*pip install"):
        choose(lambda _: None)


def test_the_argument_list_turns_nothing_on() -> None:
    program = Program("kustomize", ("/bin/kustomize", "build"))
    argv = program.argv(Path("/x/-overlay"), LoadRestrictor.ROOT_ONLY)
    assert argv == ["/bin/kustomize", "build", "--load-restrictor", "LoadRestrictionsRootOnly", "--", "/x/-overlay"]


@PROGRAMS
def test_one_broken_overlay_hides_no_other(program: Callable[[], Program]) -> None:
    tree = tree_of(
        {
            "a/kustomization.yaml": "resources: [n.yaml]",
            "a/n.yaml": NAMESPACE,
            "broken/kustomization.yaml": "resources: [gone.yaml]",
            "c/kustomization.yaml": "resources: [../a]\nnamePrefix: c-",
            "refused/kustomization.yaml": "resources: [https://example.com/x]",
        }
    )
    targets = {"c": "c", "broken": "b", "refused": "r", "a": "a", "none": "n"}
    results = render_tree(tree, targets, program())
    assert [(result.target, result.ok, len(result.manifests)) for result in results] == [
        ("c", True, 1),
        ("broken", False, 0),
        ("refused", False, 0),
        ("a", True, 1),
        ("none", False, 0),
    ]
    found = [(item.code, item.file, item.environment, item.target) for result in results for item in result.findings]
    assert found == [
        ("kustomize-build-failed", "broken/kustomization.yaml", "b", "broken"),
        ("remote-base-refused", "refused/kustomization.yaml", "r", "refused"),
        ("kustomize-build-failed", "none", "n", "none"),
    ]


def test_the_root_is_a_target() -> None:
    tree = tree_of({"kustomization.yaml": "resources: [n.yaml]", "n.yaml": NAMESPACE})
    (result,) = render_tree(tree, {".": ""})
    assert (result.target, result.manifests[0].target) == (".", ".")
    assert str(result.manifests[0].locator.locate(("kind",))) == "n.yaml:2:7"


def test_a_target_that_begins_with_a_dash() -> None:
    result = render({"-x/kustomization.yaml": "resources: [n.yaml]", "-x/n.yaml": NAMESPACE}, "-x")
    assert result.ok


def fake(tmp_path: Path, script: str) -> Program:
    path = tmp_path / "kustomize"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Program("kustomize", (str(path), "build"))


def test_the_time_limit_ends_one_overlay_only(tmp_path: Path) -> None:
    program = fake(tmp_path, 'case "$5" in *slow) /bin/sleep 30;; esac\necho "{kind: A, metadata: {name: a}}"')
    tree = tree_of({f"{name}/kustomization.yaml": "namePrefix: a" for name in ("fast", "slow", "other")})
    settings = Render(timeout=1.0)
    fast, slow, other = render_tree(tree, {"fast": "", "slow": "prod", "other": ""}, program, settings, jobs=2)
    assert (fast.ok, slow.ok, other.ok) == (True, False, True)
    (finding,) = slow.findings
    assert (finding.code, finding.file, finding.environment) == ("render-timeout", "slow/kustomization.yaml", "prod")
    assert finding.message == "slow was not rendered within 1 s"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", "exit code 3"),
        (
            "printf 'panic: no node\\n\\ngoroutine 1 [running]:\\n' >&2; exit 2",
            "itself crashed on this overlay: no node",
        ),
        ("kill -9 $$", "exit code -9"),
        ("echo 'a: [' ", "cannot be read"),
        ("echo '- a list'", "cannot be read"),
        ("printf '\\377\\376\\000'", "cannot be read"),
    ],
)
def test_a_program_that_misbehaves_is_a_finding(tmp_path: Path, script: str, message: str) -> None:
    result = render({"overlay/kustomization.yaml": "namePrefix: a"}, program=fake(tmp_path, script))
    assert not result.ok
    assert {finding.code for finding in result.findings} == {"kustomize-build-failed"}
    assert message in result.findings[0].message


def test_a_program_that_is_gone_is_an_error() -> None:
    with pytest.raises(ToolMissingError):
        render(
            {"overlay/kustomization.yaml": "namePrefix: a"}, program=Program("kustomize", ("/nonexistent/k", "build"))
        )


def test_overlays_are_rendered_at_the_same_time_and_no_more_than_allowed() -> None:
    tree = tree_of({f"o{number}/kustomization.yaml": "namePrefix: a" for number in range(6)})
    lock = threading.Lock()
    running, most = 0, 0
    both = threading.Barrier(2, timeout=30)

    def slow(argv: Sequence[str], **_: object) -> Completed:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        # Passed only if two are here at once.
        both.wait()
        with lock:
            running -= 1
        return Completed(0, f"{{kind: A, metadata: {{name: {Path(argv[-1]).name}}}}}".encode(), b"")

    results = render_tree(tree, {f"o{number}": "" for number in range(6)}, None, None, start=slow, jobs=2)
    assert most == 2
    assert [result.manifests[0].id.name for result in results] == [f"o{number}" for number in range(6)]


def test_the_environment_of_the_program_has_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INPUT_GITHUB-TOKEN", "canary")
    monkeypatch.setenv("GITHUB_TOKEN", "canary")
    monkeypatch.setenv("KUBECONFIG", "/canary")
    program = fake(tmp_path, f'/usr/bin/env > {tmp_path}/env\npwd > {tmp_path}/pwd\nls -A "$HOME" > {tmp_path}/home')
    render({"overlay/kustomization.yaml": "namePrefix: a"}, program=program)
    assert "canary" not in (tmp_path / "env").read_text()
    home = next(line for line in (tmp_path / "env").read_text().splitlines() if line.startswith("HOME="))
    assert home.removeprefix("HOME=") == (tmp_path / "pwd").read_text().strip()
    assert (tmp_path / "home").read_text() == ""
    assert not Path(home.removeprefix("HOME=")).exists()


def test_what_asks_for_nothing_renders_nothing() -> None:
    result = render({"overlay/kustomization.yaml": "resources: []"})
    (finding,) = result.findings
    assert result.ok
    assert (finding.code, finding.severity) == ("renders-nothing", Severity.WARNING)
    assert "names no resource" in finding.message


def test_resources_that_come_to_nothing_are_said() -> None:
    files = {
        "overlay/kustomization.yaml": "resources: [n.yaml]",
        "overlay/n.yaml": NAMESPACE.replace(
            "name: a", 'name: a, annotations: {config.kubernetes.io/local-config: "true"}'
        ),
    }
    result = render(files)
    assert [finding.code for finding in result.findings] == ["renders-nothing"]
    assert "although 1 resource" in result.findings[0].message


def test_an_empty_kustomization_stays_an_error() -> None:
    """One more field would make it one that kustomize accepts."""
    result = render(
        {"overlay/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"}
    )
    assert not result.ok
    assert "kustomization.yaml is empty" in result.findings[0].message


def test_annotations_that_the_overlay_asks_for_stay() -> None:
    files = {
        "overlay/kustomization.yaml": "resources: [../base]\nbuildMetadata: [originAnnotations]",
        "base/kustomization.yaml": "resources: [n.yaml]",
        "base/n.yaml": NAMESPACE,
    }
    result = render(files)
    annotations = result.manifests[0].value["metadata"]["annotations"]
    assert annotations == {"config.kubernetes.io/origin": "path: ../base/n.yaml\n"}
    assert str(result.manifests[0].locator.locate(("metadata", "name"))) == "base/n.yaml:3:18"


def test_many_overlays_of_one_base_do_not_disturb_each_other() -> None:
    """Each overlay is asked for origins while it is, at the same time, the base of the next."""
    files = {"o0/kustomization.yaml": "resources: [n.yaml]", "o0/n.yaml": NAMESPACE}
    files |= {f"o{n}/kustomization.yaml": f"resources: [../o{n - 1}]\nnamePrefix: p{n}-" for n in range(1, 12)}
    results = render_tree(tree_of(files), {f"o{n}": "" for n in range(12)})
    expected = "a"
    for number, result in enumerate(results):
        expected = f"p{number}-{expected}" if number else expected
        # kustomize leaves the names of Namespaces alone.
        assert [manifest.id.name for manifest in result.manifests] == ["a"]
        assert "annotations" not in result.manifests[0].value["metadata"]
        assert result.manifests[0].locator.locate(()).file == "o0/n.yaml"


def test_nothing_is_read_for_places_before_they_are_asked_for() -> None:
    tree = tree_of({"overlay/kustomization.yaml": "resources: [n.yaml]", "overlay/n.yaml": NAMESPACE})
    tree.reads.clear()
    (result,) = render_tree(tree, {"overlay": ""})
    before = tree.reads.count("overlay/n.yaml")
    result.manifests[0].locator.locate(("metadata", "name"))
    # Once to write the workspace, once for the place.
    assert (before, tree.reads.count("overlay/n.yaml")) == (1, 2)


def test_output_in_two_runs_is_the_same() -> None:
    tree = tree_of(
        {"overlay/kustomization.yaml": "resources: [gone.yaml]\nconfigMapGenerator: [{name: a, behavior: merge}]"}
    )
    first, second = (render_tree(tree, {"overlay": ""})[0].findings for _ in range(2))
    assert first == second


def test_an_overlay_that_renders_to_too_much_is_ended_and_said(tmp_path: Path) -> None:
    script = tmp_path / "endless"
    script.write_text("#!/bin/sh\nwhile :; do echo 'apiVersion: v1'; done\n")
    script.chmod(0o755)
    tree = tree_of({"large/kustomization.yaml": "resources: [a.yaml]", "large/a.yaml": "kind: A"})
    limited = functools.partial(run, max_output=100_000)
    (result,) = render_tree(tree, {"large": "prod"}, Program("endless", (str(script),)), start=limited)
    (finding,) = result.findings
    assert not result.ok
    assert (finding.code, finding.file, finding.environment) == (
        "kustomize-build-failed",
        "large/kustomization.yaml",
        "prod",
    )
    assert finding.message == "large renders to more than can be taken"
