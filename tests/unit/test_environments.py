from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action import environments
from gitops_action.adapters.files import DirectoryTree
from gitops_action.config import Config, Environment
from gitops_action.config.globs import parse
from tests.memorytree import MemoryTree
from tests.support import corpus


def config(**paths: list[str]) -> Config:
    return Config(environments=tuple(Environment(name, tuple(map(parse, given))) for name, given in paths.items()))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("apps/staging", "staging"),
        ("apps/production/web", "production"),
        ("clusters/home/apps/media", "home"),
        ("clusters/production/flux-system", "production"),
        ("environments/dev", "dev"),
        ("envs/eu-west-1", "eu-west-1"),
        ("apps/web/overlays/prod-eu", "prod-eu"),
        ("overlays/prod/web", "prod"),
        ("environments/prod/clusters/eu1", "prod"),
        ("clusters/hub/overlays/production", "production"),
        ("clusters/hub/prod", "hub"),
        ("eu-prod/web", "eu-prod"),
        ("shop_a.staging/web", "shop_a.staging"),
        ("Production", "Production"),
        ("apps/base", None),
        ("apps/base/prod", None),
        ("overlays/prod/base", "prod"),
        ("tenants/base/dev-team", None),
        ("tenants/dev-team", None),
        ("apps/web", None),
        ("apps/products", None),
        ("developers", None),
        ("overlays", None),
        ("environments/clusters", None),
        ("", None),
    ],
)
def test_what_directories_say(path: str, expected: str | None) -> None:
    assert environments.infer(path) == expected
    assert environments.of_directory(path, Config()) == (expected or "default")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("apps/staging/web.yaml", "staging"),
        ("clusters/prod.yaml", "prod"),
        ("clusters/hub.yaml", "hub"),
        ("values/production.yaml", "production"),
        ("web/deployment-prod.yaml", "default"),
        ("prod.yaml", "prod"),
        ("web.yaml", "default"),
        ("base/prod.yaml", "default"),
    ],
)
def test_what_files_say(path: str, expected: str) -> None:
    assert environments.of_file(path, Config()) == expected


def test_the_configuration_says_it_before_the_names_do() -> None:
    settings = config(live=["apps/staging", "clusters/*-blue"], green=["clusters/eu-*"], all=["apps"])
    assert environments.of_directory("apps/staging/web", settings) == "live"
    assert environments.of_file("apps/staging/web/prod.yaml", settings) == "live"
    assert environments.of_directory("apps/web/overlays/prod", settings) == "all"
    assert environments.of_directory("./clusters/eu-1/", settings) == "green"
    # Equally specific: the one that comes first in the file.
    assert environments.of_directory("clusters/eu-blue", config(a=["clusters/eu-*"], b=["clusters/*lue"])) == "a"
    assert environments.of_directory("elsewhere/dev", settings) == "dev"


def test_order_is_configured_then_from_development_to_production() -> None:
    names = ["production", "dev", "default", "qa", "eu-prod", "alpha", "staging", "preprod", "test", "dev"]
    assert environments.order(names, Config()) == [
        "dev",
        "test",
        "qa",
        "staging",
        "preprod",
        "eu-prod",
        "production",
        "alpha",
        "default",
    ]
    settings = config(production=["p"], alpha=["a"])
    assert environments.order(["dev", "alpha", "production"], settings) == ["production", "alpha", "dev"]


def kustomization(path: str) -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x, namespace: flux-system}\n"
        f"spec:\n  path: {path}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
    )


FLEET = {
    "clusters/staging/apps.yaml": kustomization("./apps/blue"),
    "clusters/staging/infra.yaml": kustomization("infrastructure"),
    "clusters/production/apps.yaml": kustomization("./apps/green/"),
    "clusters/production/infra.yaml": kustomization("./infrastructure"),
    # Nobody knows of which cluster this is.
    "unknown/thing.yaml": kustomization("./apps/red"),
    "apps/blue/web/kustomization.yaml": "",
    "apps/green/web.yaml": "",
    "apps/red/web.yaml": "",
    "apps/prod/web.yaml": "",
    "infrastructure/a.yaml": "",
}


def test_flux_says_where_a_directory_goes() -> None:
    settings = environments.with_flux(Config(), [MemoryTree(FLEET)], ["apps/blue/web"], [])
    assert settings.deployed == {"apps/blue": "staging", "apps/green": "production", "infrastructure": "default"}
    assert environments.of_directory("apps/blue/web", settings) == "staging"
    assert environments.of_file("apps/green/web.yaml", settings) == "production"
    assert environments.of_directory("apps/red", settings) == "default"
    # Several clusters deploy it, so it belongs to none.
    assert environments.of_directory("infrastructure", settings) == "default"


def test_what_several_deploy_does_not_belong_to_who_deploys_what_is_above() -> None:
    files = {
        "clusters/production/all.yaml": kustomization("./apps"),
        "clusters/production/x.yaml": kustomization("./apps/x"),
        "clusters/staging/x.yaml": kustomization("./apps/x"),
        "apps/x/a.yaml": "",
    }
    settings = environments.with_flux(Config(), [MemoryTree(files)], [], ["apps/x/a.yaml"])
    assert environments.of_file("apps/x/a.yaml", settings) == "default"
    assert environments.of_file("apps/y/a.yaml", settings) == "production"


def test_names_and_the_configuration_count_for_more_than_flux() -> None:
    files = {
        **FLEET,
        "clusters/staging/more.yaml": kustomization("./apps/prod"),
        "hub/apps.yaml": kustomization("./apps/red"),
    }
    settings = environments.with_flux(config(x=["apps/blue"], hub=["hub"]), [MemoryTree(files)], ["apps/red"], [])
    assert environments.of_directory("apps/prod", settings) == "prod"
    assert environments.of_directory("apps/blue", settings) == "x"
    # The file of the Flux object is in a configured environment, which its name would not have said.
    assert environments.of_directory("apps/red", settings) == "hub"


def test_a_pull_request_cannot_move_what_its_base_deploys() -> None:
    base = MemoryTree({"clusters/production/a.yaml": kustomization("./a"), "a/x.yaml": ""})
    head = MemoryTree(
        {
            "clusters/staging/a.yaml": kustomization("./a"),
            "clusters/staging/b.yaml": kustomization("./b"),
            "a/x.yaml": "",
            "b/x.yaml": "",
        }
    )
    settings = environments.with_flux(Config(), [base, head], [], ["a/x.yaml", "b/x.yaml"])
    assert environments.of_file("a/x.yaml", settings) == "production"
    # What the base does not know of is as the pull request says, as with directories that it names itself.
    assert environments.of_file("b/x.yaml", settings) == "staging"


def test_nothing_is_read_where_the_names_say_it() -> None:
    tree = MemoryTree(FLEET)
    environments.with_flux(Config(), [tree], ["apps/staging"], ["clusters/production/apps.yaml"])
    assert tree.reads == []
    environments.with_flux(Config(), [tree], ["apps/staging"], ["apps/web.yaml"])
    # Only files whose own environment is known can say anything.
    assert sorted(tree.reads) == sorted(path for path in FLEET if path.startswith(("clusters", "apps/prod")))


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "flux2-kustomize-helm-example",
            {
                "apps/base/podinfo": "default",
                "apps/production": "production",
                "apps/staging": "staging",
                "clusters/production/flux-system": "production",
                "clusters/staging/flux-system": "staging",
                "infrastructure/configs": "default",
                "infrastructure/controllers": "default",
            },
        ),
        (
            "flux2-multi-tenancy",
            {
                "clusters/production/flux-system": "production",
                "clusters/staging/flux-system": "staging",
                "infrastructure/kyverno": "default",
                "infrastructure/kyverno-policies": "default",
                "tenants/base/dev-team": "default",
                "tenants/production": "production",
                "tenants/staging": "staging",
            },
        ),
        ("podinfo", {"kustomize": "default"}),
    ],
)
def test_public_repositories_are_understood_without_a_file(name: str, expected: dict[str, str]) -> None:
    root = corpus(name)
    targets = sorted(str(path.parent.relative_to(root)) for path in root.rglob("kustomization.yaml"))
    # What Flux deploys from both clusters is neither's.
    settings = environments.with_flux(Config(), [DirectoryTree(root)], targets, [])
    assert {target: environments.of_directory(target, settings) for target in targets} == expected


PARTS = st.sampled_from(
    [
        "apps",
        "base",
        "clusters",
        "overlays",
        "prod",
        "eu-prod",
        "dev-team",
        "web",
        "staging",
        "Test",
        "x",
        "a.b_c",
        "..",
        "",
    ]
)
PATHS = st.lists(PARTS, max_size=6).map("/".join)


@given(PATHS)
def test_a_name_is_a_part_of_the_path(path: str) -> None:
    found = environments.infer(path)
    assert found is None or found in path.split("/")
    assert environments.of_directory(path, Config()) == (found or "default")


@given(PATHS, PATHS)
def test_what_is_below_a_shared_directory_says_nothing(above: str, below: str) -> None:
    assert environments.infer(f"{above}/base/{below}") == environments.infer(above)


@given(st.lists(st.text(max_size=8) | PARTS, max_size=8), st.randoms())
def test_order_does_not_depend_on_the_order_given(names: list[str], random: object) -> None:
    shuffled = sorted(names, key=lambda _: random.random())  # type: ignore[attr-defined] # it is a random.Random
    settings = config(x=["x"], prod=["y"])
    ordered = environments.order(names, settings)
    assert ordered == environments.order(shuffled, settings)
    assert sorted(ordered) == sorted(set(names))


@given(
    st.dictionaries(
        st.sampled_from(["one", "two", "three"]),
        st.lists(PATHS.filter(lambda it: ".." not in it), min_size=1, max_size=3),
    ),
    PATHS,
)
def test_the_deepest_claim_wins(claims: dict[str, list[str]], path: str) -> None:
    """Plain paths: the environment found claims the path by as many parts as any claim that matches."""
    normal = [part for part in path.split("/") if part]
    depths = {
        name: max(
            (
                len(parts)
                for claim in paths
                if normal[: len(parts := [part for part in claim.split("/") if part])] == parts
            ),
            default=-1,
        )
        for name, paths in claims.items()
    }
    best = max(depths.values(), default=-1)
    found = environments.of_directory(path, config(**claims))
    if best < 0:
        assert found == (environments.infer("/".join(normal)) or "default")
    else:
        assert depths[found] == best


@pytest.mark.parametrize(
    ("name", "known", "text"),
    [
        ("prod", ["dev", "production"], "; did you mean `production`? There are dev, production"),
        ("stagin", ["default", "staging"], "; did you mean `staging`? There are staging, default (`default` is what belongs to no named one)"),
        ("x", ["dev"], ": there are dev"),
        ("x", [], ": there are none"),
    ],
)  # fmt: skip
def test_an_environment_that_is_not_there(name: str, known: list[str], text: str) -> None:
    assert environments.absent(name, known, Config()) == f"there is no environment `{name}`{text}"
