"""Policies of Flux's objects and of the configuration; what is wrong with one is said at its place."""

from __future__ import annotations

import pytest

from gitops_action.config import load as load_config
from gitops_action.config.images import By, Choice, Reflection
from gitops_action.images.objects import Policies, read
from gitops_action.repository.documents import Document
from gitops_action.repository.references import objects

REPOSITORY = """\
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageRepository
metadata: {name: web, namespace: flux-system}
spec: {image: ghcr.io/acme/web, secretRef: {name: pull}, exclusionList: ['^x']}
---
"""
POLICY = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web, namespace: flux-system}
spec:
  imageRepositoryRef: {name: web}
  policy: {semver: {range: 1.x}}
"""


def policies(text: str, config: str = "version: 1\n", file: str = "clusters/a/p.yaml") -> Policies:
    found = [item for item in objects(text.encode(), file) if isinstance(item, Document)]
    return read(found, load_config(config.encode()).images.policies)


def test_a_policy_with_its_repository() -> None:
    (found,) = policies(REPOSITORY + POLICY).policies
    assert (found.label, found.id, found.image, str(found.repository)) == (
        "flux-system:web", "flux-system:web", "ghcr.io/acme/web", "ghcr.io/acme/web",
    )  # fmt: skip
    assert found.choice == Choice(By.SEMVER, "1.x")
    assert (found.digest, found.exclude, found.secret, found.paths) == (Reflection.NEVER, ("^x",), "pull", ())
    assert str(found.location) == "clusters/a/p.yaml:6:1"


@pytest.mark.parametrize(
    ("policy", "choice"),
    [
        ("numerical: {}", Choice(By.NUMERICAL, "asc")),
        ("numerical: {order: DESC}", Choice(By.NUMERICAL, "desc")),
        ("alphabetical: {order: asc}", Choice(By.ALPHABETICAL, "asc")),
        (
            "semver: {range: '>=1.0.0'}}\n  filterTags: {pattern: 'a(.)', extract: $1",
            Choice(By.SEMVER, ">=1.0.0", "a(.)", "$1"),
        ),
    ],
)
def test_the_orders(policy: str, choice: Choice) -> None:
    (found,) = policies(REPOSITORY + POLICY.replace("semver: {range: 1.x}", policy)).policies
    assert found.choice == choice


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (POLICY, 5, "there is no ImageRepository flux-system:web in the tree"),
        (REPOSITORY + POLICY.replace("range: 1.x", "range: one"), 11, "`one` is not a range of versions"),
        (
            REPOSITORY + POLICY.replace("semver: {range: 1.x}", ""),
            11,
            "exactly one of semver, numerical and alphabetical",
        ),
        (
            REPOSITORY + POLICY.replace("semver: {range: 1.x}", "numerical: {order: up}"),
            11,
            "`up` is neither asc nor desc",
        ),
        (REPOSITORY.replace("ghcr.io/acme/web", "A b") + POLICY, 4, "is no name of an image"),
        (
            REPOSITORY + POLICY + "  digestReflectionPolicy: Sometimes\n",
            12,
            "`Sometimes` is none of Never, IfNotPresent",
        ),
    ],
)
def test_what_makes_no_sense_is_said_at_its_place(text: str, line: int, said: str) -> None:
    found = policies(text)
    assert found.policies == ()
    (finding,) = found.findings
    assert (finding.code, finding.file, finding.line) == ("image-policy-invalid", "clusters/a/p.yaml", line)
    assert finding.message.startswith("flux-system:web: ")
    assert said in finding.message


def test_what_is_suspended_rests() -> None:
    for text in (
        REPOSITORY + POLICY + "  suspend: true\n",
        REPOSITORY.replace("spec: {", "spec: {suspend: true, ") + POLICY,
    ):
        found = policies(text)
        assert found.suspended == {"flux-system:web"}
        assert not found.policies
        assert not found.findings


def test_clusters_may_have_policies_of_one_name() -> None:
    documents = [
        item
        for file in ("clusters/a/p.yaml", "clusters/b/p.yaml")
        for item in objects((REPOSITORY.replace("acme", file[9]) + POLICY).encode(), file)
        if isinstance(item, Document)
    ]
    found = read(documents, ()).policies
    assert [one.id for one in found] == ["flux-system:web (clusters/a)", "flux-system:web (clusters/b)"]
    assert [str(one.repository) for one in found] == ["ghcr.io/a/web", "ghcr.io/b/web"]


def test_the_configurations_own() -> None:
    config = """\
version: 1
images:
  insecure: ["registry.internal:5000"]
  policies:
    web: {image: nginx, semver: 1.x, paths: [apps], digest: Always, fields: [web.version]}
    bad: {image: "A b", newest: created, paths: [apps], filter: {pattern: x}, exclude: []}
"""
    found = policies("", config)
    (web,) = found.policies
    assert (web.label, str(web.repository), web.digest, web.fields) == (
        "web", "docker.io/library/nginx", Reflection.ALWAYS, ("web.version",),
    )  # fmt: skip
    (finding,) = found.findings
    assert (finding.file, finding.line) == (".gitops.yaml", 6)
    assert "bad: `A b` is no name of an image" in finding.message
