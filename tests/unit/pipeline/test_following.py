"""What Flux would apply: held to the Go code of kustomize-controller wherever it can say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Config
from gitops_action.pipeline import flux_render
from gitops_action.pipeline.followed import Followed, affected, follow, name_of
from gitops_action.repository.discovery import discover
from tests.fluxoracle import flux_oracle
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Finding

pytestmark = pytest.mark.tools

SOURCE = {"kind": "GitRepository", "name": "flux-system"}


def flux(name: str, path: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"interval": "1h", "path": path, "prune": True, "sourceRef": SOURCE, **spec},
    }


def text(*values: Mapping[str, Any]) -> str:
    return yaml.safe_dump_all(values, sort_keys=False)


def config_map(name: str, namespace: str = "", **data: str) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def deployment(image: str = "web:1", replicas: int = 1) -> dict[str, Any]:
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}},
        },
    }


def kustomization(*resources: str, **fields: Any) -> str:
    kind = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    return yaml.safe_dump({**kind, "resources": [*resources], **fields})


@dataclass
class Seen:
    """What a tree came to."""

    followed: Followed
    objects: dict[tuple[str, str], dict[str, Any]]
    findings: list[Finding]
    failed: frozenset[tuple[str, str]]

    def codes(self) -> set[tuple[str, str, int | None]]:
        return {(one.code, one.file, one.line) for one in self.findings}

    def of(self, environment: str) -> list[dict[str, Any]]:
        return [value for (where, _), value in self.objects.items() if where == environment]


def followed(files: Mapping[str, str], config: Config | None = None) -> Followed:
    tree = MemoryTree(files)
    cache: dict[Any, Any] = {}
    return follow(tree, discover(tree, cache), config or Config(), SilentProgress(), cache)


def seen(files: Mapping[str, str], config: Config | None = None) -> Seen:
    config = config or Config()
    found = followed(files, config)
    loaded, rendered = flux_render.deployed(found, config)
    objects = {(one.environment, str(one.id)): dict(one.value) for one in rendered.manifests}
    assert len(objects) == len(rendered.manifests)
    return Seen(found, objects, [*loaded.findings, *rendered.findings], rendered.failed)


def sorted_objects(values: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def agrees_with_flux(
    one: dict[str, Any], files: Mapping[str, str], objects: list[dict[str, Any]] | None = None
) -> Seen:
    """Assert that a Kustomization deploys here what Flux itself makes of it."""
    ours = seen({"clusters/prod/flux.yaml": text(one, *(objects or [])), **files})
    assert not [finding for finding in ours.findings if finding.severity == "error"]
    with flux_oracle() as oracle:
        theirs = oracle.build(one, files, objects or [])
    assert sorted_objects(ours.of("prod")) == sorted_objects(theirs)
    assert theirs
    return ours


PLAIN = {"apps/web/deployment.yaml": text(deployment()), "apps/web/more/map.yaml": text(config_map("a", key="1"))}
OVERLAY = {
    "apps/base/deployment.yaml": text(deployment()),
    "apps/base/kustomization.yaml": kustomization("deployment.yaml", images=[{"name": "web", "newTag": "2"}]),
    "apps/web/kustomization.yaml": kustomization("../base", namePrefix="a-", images=[{"name": "web", "newTag": "3"}]),
}
NESTED = {
    **PLAIN,
    "apps/web/inner/kustomization.yaml": kustomization("x.yaml"),
    "apps/web/inner/x.yaml": text(config_map("x", b="2")),
}
PATCH = json.dumps([{"op": "replace", "path": "/spec/replicas", "value": 7}])
MERGE = yaml.safe_dump({**deployment(), "spec": {"replicas": 5}})


@pytest.mark.parametrize("files", [PLAIN, OVERLAY, NESTED], ids=["plain", "overlay", "nested"])
@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"targetNamespace": "elsewhere"},
        {"namePrefix": "p-", "nameSuffix": "-s"},
        {"patches": [{"patch": PATCH, "target": {"kind": "Deployment"}}]},
        {"patches": [{"patch": MERGE, "target": {"kind": "Deployment", "name": ".*web"}}]},
        {"images": [{"name": "web", "newTag": "9"}]},
        {"images": [{"name": "web", "newName": "other"}, {"name": "none", "newTag": "1"}]},
        {"images": [{"name": "web", "digest": f"sha256:{'0' * 64}"}]},
        {"commonMetadata": {"labels": {"team": "a"}, "annotations": {"b": "c"}}},
        {"components": ["../component"]},
        {"components": ["../component", "../none"], "ignoreMissingComponents": True},
        {"postBuild": {"substitute": {"key": "x"}}, "targetNamespace": "other"},
    ],
    ids=lambda spec: "+".join(spec) or "as it is",
)
def test_folders_are_built_as_flux_builds_them(files: dict[str, str], spec: dict[str, Any]) -> None:
    component = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "commonLabels": {"c": "d"}}
    agrees_with_flux(flux("web", "./apps/web", **spec), {**files, "apps/component/kustomization.yaml": text(component)})


def test_variables_come_from_what_else_is_deployed() -> None:
    values = config_map("settings", "flux-system", replicas="3", tag="1.10", host="a\nb")
    files = {
        "apps/web/deployment.yaml": text(deployment(image="web:${tag:=none}"))
        .replace("replicas: 1", "replicas: ${replicas}")
        .replace("name: web\nspec", "name: web\n  annotations: {host: '${host}', cluster: '${cluster:-none}'}\nspec")
    }
    one = flux(
        "web",
        "./apps/web",
        postBuild={"substitute": {"cluster": "blue"}, "substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]},
    )
    ours = agrees_with_flux(one, files, [values])
    (found,) = ours.of("prod")
    assert found["spec"]["replicas"] == 3
    assert found["metadata"]["annotations"] == {"host": "ab", "cluster": "blue"}


def test_variables_may_be_rendered_by_another_kustomization() -> None:
    files = {
        "clusters/prod/a.yaml": text(
            flux("config", "./config"),
            flux("web", "./apps", postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}),
        ),
        "config/kustomization.yaml": kustomization(
            namespace="flux-system",
            configMapGenerator=[
                {"name": "settings", "literals": ["tag=7"], "options": {"disableNameSuffixHash": True}}
            ],
        ),
        "apps/a.yaml": text(config_map("a", tag="v${tag}")),
    }
    found = seen(files)
    assert found.objects["prod", "ConfigMap/a"]["data"] == {"tag": "v7"}
    assert found.findings == []


def test_values_of_secrets_and_of_absent_sources_are_unknown() -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "flux-system"},
        "stringData": {"password": "hunter2"},
    }
    sources = [{"kind": "Secret", "name": "s"}]
    files = {
        "clusters/prod/a.yaml": text(flux("web", "./apps", postBuild={"substituteFrom": sources}), secret),
        "apps/a.yaml": text(config_map("a", key="${password}", other="${other}")),
    }
    found = seen(files)
    value = found.objects["prod", "ConfigMap/a"]["data"]
    assert value == {"key": "<unknown:password>", "other": None}
    assert {(one.code, one.severity) for one in found.findings} == {
        ("variable-unknown", "info"),
        ("variable-without-value", "warning"),
    }
    assert not any("hunter2" in one.message for one in found.findings)
    # What is not in Git at all may set every other variable, too.
    absent = {**files, "clusters/prod/a.yaml": text(flux("web", "./apps", postBuild={"substituteFrom": sources}))}
    found = seen(absent)
    assert found.objects["prod", "ConfigMap/a"]["data"] == {"key": "<unknown:password>", "other": "<unknown:other>"}
    (said,) = found.findings
    assert (said.code, said.file, said.line) == ("variable-unknown", "clusters/prod/a.yaml", 14)
    assert "Secret flux-system/s is not in this repository" in said.message
    assert "`other`, `password`" in said.message


def test_an_object_that_cannot_be_read_afterwards_is_said_where_it_is() -> None:
    files = {
        "clusters/prod/a.yaml": text(flux("web", "./apps", postBuild={"substitute": {"x": "1"}})),
        "apps/a.yaml": text(config_map("a", first="1", key="${x")),
    }
    found = seen(files)
    assert found.codes() == {("substitution-failed", "apps/a.yaml", 7)}
    assert found.failed == {("prod", "apps")}
    assert found.objects == {}


def test_kustomizations_make_others_and_patch_them() -> None:
    """As many do: one Kustomization for all apps, which gives each of them the variables of the cluster."""
    patch = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "all"}}
    patch = {**patch, "spec": {"postBuild": {"substitute": {"cluster": "blue"}}}}
    files = {
        "clusters/prod/apps.yaml": text(
            flux("apps", "./apps", patches=[{"patch": yaml.safe_dump(patch), "target": {"kind": "Kustomization"}}])
        ),
        "apps/web/ks.yaml": text(flux("web", "./apps/web/app")),
        "apps/web/app/a.yaml": text(config_map("a", cluster="${cluster}")),
        "apps/web/kustomization.yaml": kustomization("ks.yaml"),
    }
    found = seen(files)
    assert found.objects["prod", "ConfigMap/a"]["data"] == {"cluster": "blue"}
    assert {unit.label for unit in found.followed.units} == {"flux-system/apps", "flux-system/web"}
    assert {unit.environment for unit in found.followed.units} == {"prod"}


def test_flux_deploys_itself() -> None:
    """After `flux bootstrap`: the Kustomization that is in gotk-sync.yaml deploys the folder that it is in."""
    sync = flux("flux-system", "./clusters/prod")
    url = {"url": "ssh://git@example.com/org/fleet"}
    source = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": sync["metadata"],
        "spec": url,
    }
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": text(source, sync),
        "clusters/prod/flux-system/gotk-components.yaml": text(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "flux-system"}}
        ),
        "clusters/prod/flux-system/kustomization.yaml": kustomization("gotk-components.yaml", "gotk-sync.yaml"),
        "clusters/prod/apps.yaml": text(flux("apps", "./apps")),
        "apps/a.yaml": text(config_map("a")),
    }
    found = seen(files)
    assert {name for _, name in found.objects} == {
        "GitRepository/flux-system/flux-system",
        "Kustomization/flux-system/flux-system",
        "Kustomization/flux-system/apps",
        "Namespace/flux-system",
        "ConfigMap/a",
    }
    assert [unit.label for unit in found.followed.units] == ["flux-system/flux-system", "flux-system/apps"]
    assert found.findings == []


def test_what_is_wrong_with_kustomizations_is_said_in_their_files() -> None:
    files = {
        "clusters/prod/a.yaml": text(
            flux("a", "./apps", dependsOn=[{"name": "b"}, {"name": "gone"}]),
            flux("b", "./apps2", dependsOn=[{"name": "a"}]),
            flux("c", "./nowhere"),
            {
                **flux("d", "./"),
                "spec": {**flux("d", "./")["spec"], "sourceRef": {"kind": "OCIRepository", "name": "o"}},
            },
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "OCIRepository",
                "metadata": {"name": "o", "namespace": "flux-system"},
                "spec": {"url": "oci://example.com/x"},
            },
        ),
        "apps/a.yaml": text(config_map("a")),
        "apps2/b.yaml": text(config_map("b")),
    }
    found = seen(files)
    lines = files["clusters/prod/a.yaml"].splitlines()

    def line(of: str, nth: int = 0) -> int:
        return [number for number, each in enumerate(lines, 1) if of in each][nth]

    assert found.codes() == {
        ("flux-dependency-cycle", "clusters/prod/a.yaml", line("- name: b")),
        ("flux-dependency-missing", "clusters/prod/a.yaml", line("- name: gone")),
        ("flux-path-missing", "clusters/prod/a.yaml", line("path: ./nowhere")),
        ("flux-source-elsewhere", "clusters/prod/a.yaml", line("sourceRef:", 3)),
    }
    assert found.failed == {("prod", "nowhere")}
    # The rest goes on.
    assert {name for _, name in found.objects} == {"ConfigMap/a", "ConfigMap/b"}


def test_clusters_that_share_a_folder_have_each_their_own_of_it() -> None:
    def cluster(name: str) -> str:
        return text(flux("apps", "./apps", postBuild={"substitute": {"cluster": name}}, namePrefix=f"{name}-"))

    files = {"apps/a.yaml": text(config_map("a", cluster="${cluster}"))}
    files |= {f"clusters/{name}/apps.yaml": cluster(name) for name in ("blue", "green")}
    found = seen(files)
    assert {key: value["data"]["cluster"] for key, value in found.objects.items()} == {
        ("blue", "ConfigMap/blue-a"): "blue",
        ("green", "ConfigMap/green-a"): "green",
    }


def test_an_edit_of_one_folder_does_not_show_in_what_is_built_from_it() -> None:
    files = {
        "clusters/prod/a.yaml": text(
            flux("base", "./apps/base", namePrefix="x-"), flux("web", "./apps/web", nameSuffix="-y")
        ),
        "apps/base/kustomization.yaml": kustomization("a.yaml"),
        "apps/base/a.yaml": text(config_map("a")),
        "apps/web/kustomization.yaml": kustomization("../base"),
    }
    assert {name for _, name in seen(files).objects} == {"ConfigMap/x-a", "ConfigMap/a-y"}


def hits(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """The units that a change affects."""
    changed = [path for path in {*before, *after} if before.get(path) != after.get(path)]
    sides = affected(followed(before), followed(after), changed)
    return {name_of(unit)[2] for side in sides for unit in side.units}


def test_what_a_change_affects() -> None:
    sources = [{"kind": "ConfigMap", "name": "settings"}]
    files = {
        "clusters/prod/a.yaml": text(
            flux("one", "./one"), flux("two", "./two", postBuild={"substituteFrom": sources}), flux("three", "./three")
        ),
        "clusters/prod/settings.yaml": text(config_map("settings", "flux-system", a="1")),
        "one/a.yaml": text(config_map("a")),
        "two/kustomization.yaml": kustomization("../base"),
        "three/kustomization.yaml": kustomization("../base"),
        "base/kustomization.yaml": kustomization("a.yaml"),
        "base/a.yaml": text(config_map("b", x="${a}")),
    }
    assert hits(files, files) == set()
    assert hits(files, {**files, "one/a.yaml": text(config_map("a", x="1"))}) == {"one"}
    assert hits(files, {**files, "base/a.yaml": text(config_map("c"))}) == {"two", "three"}
    assert hits(
        files, {**files, "clusters/prod/settings.yaml": text(config_map("settings", "flux-system", a="2"))}
    ) == {"two"}
    patched = files["clusters/prod/a.yaml"].replace("path: ./three", "path: ./three\n  namePrefix: x-")
    assert hits(files, {**files, "clusters/prod/a.yaml": patched}) == {"three"}
    gone = {path: content for path, content in files.items() if not path.startswith("one/")}
    assert hits(files, gone) == {"one"}
    # An interval says nothing of what is deployed.
    assert (
        hits(
            files,
            {**files, "clusters/prod/a.yaml": files["clusters/prod/a.yaml"].replace("interval: 1h", "interval: 2h")},
        )
        == set()
    )


def test_nothing_is_read_where_nothing_speaks_of_flux() -> None:
    tree = MemoryTree({"apps/a.yaml": text(flux("x", "./apps"))})
    graph = discover(tree)
    tree.reads.clear()
    assert follow(tree, graph, Config(), SilentProgress(), {}) == Followed()
    assert tree.reads == []


def generator(*copies: tuple[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "source.extensions.fluxcd.io/v1beta1",
        "kind": "ArtifactGenerator",
        "metadata": {"name": "flux-system", "namespace": "flux-system"},
        "spec": {
            "sources": [{"alias": "repo", "kind": "GitRepository", "name": "flux-system"}],
            "artifacts": [
                {"name": "apps", "copy": [{"from": f"@repo/{a}", "to": f"@artifact/{b}"} for a, b in copies]}
            ],
        },
    }


@pytest.mark.parametrize(
    ("copies", "path", "complete"),
    [
        ([("apps/base/**", "base/"), ("apps/web/**", "web/")], "./web", True),
        ([("apps/**", "")], "./web", True),
        ([("apps/**", "x/y/")], "./x/y/web", True),
        ([("apps/web/**", "web/")], "./web", False),
        # There, but not where `../base` leads to.
        ([("apps/base/**", "other/base/"), ("apps/web/**", "web/")], "./web", False),
        ([("apps/base/**", "base/"), ("apps/web/**", "deep/web/")], "./deep/web", False),
    ],
)
def test_an_artifact_has_to_have_what_is_built_from(
    copies: list[tuple[str, str]], path: str, *, complete: bool
) -> None:
    one = flux("web", path)
    one["spec"]["sourceRef"] = {"kind": "ExternalArtifact", "name": "apps"}
    found = seen({"clusters/prod/a.yaml": text(one, generator(*copies)), **OVERLAY})
    assert {(code, file) for code, file, _ in found.codes()} == (
        set() if complete else {("flux-artifact-incomplete", "clusters/prod/a.yaml")}
    )
    assert {name for _, name in found.objects} == {"Deployment/a-web"}


def test_what_leads_out_of_the_repository_is_refused_where_it_is_written() -> None:
    """Also where Flux's fields are written into the kustomization before it is built."""
    generated = kustomization(configMapGenerator=[{"name": "a", "files": ["x=../../../../etc/hostname"]}])
    files = {
        "clusters/prod/a.yaml": text(flux("web", "./apps/web", targetNamespace="x")),
        "apps/web/kustomization.yaml": generated,
    }
    found = seen(files)
    line = next(number for number, each in enumerate(generated.splitlines(), 1) if "etc/hostname" in each)
    assert found.codes() == {("path-escapes-repository", "apps/web/kustomization.yaml", line)}
    assert not found.objects
    assert found.failed == {("prod", "apps/web")}
    files["clusters/prod/a.yaml"] = text(flux("web", "./apps/web", components=["../../../../etc"]))
    files["apps/web/kustomization.yaml"] = kustomization(configMapGenerator=[{"name": "a", "literals": ["a=b"]}])
    assert {(code, file) for code, file, _ in seen(files).codes()} == {
        ("path-escapes-repository", "clusters/prod/a.yaml")
    }


def test_a_kustomization_that_the_cluster_does_not_list_is_no_beginning() -> None:
    files = {
        "clusters/prod/kustomization.yaml": kustomization("infra.yaml"),
        "clusters/prod/infra.yaml": text(flux("infra", "./infra")),
        "clusters/prod/apps.yaml": text(flux("apps", "./apps")),
        "infra/a.yaml": text(config_map("a")),
        "apps/b.yaml": text(config_map("b")),
    }
    assert {unit.name for unit in followed(files).units} == {"infra"}
    # Beside a kustomization that has none of Flux's Kustomizations, somebody may have applied it to begin with.
    bare = {**files, "clusters/prod/kustomization.yaml": kustomization("gotk.yaml"), "clusters/prod/gotk.yaml": ""}
    assert {unit.name for unit in followed(bare).units} == {"infra", "apps"}
