"""Flux's install manifest is known by its marks; anything else is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.errors import UsageError
from gitops_action.scaffold.flux_install import read
from tests.unit.scaffold import manifest


def test_a_manifest_says_its_version_and_what_runs() -> None:
    found = read(manifest.text().encode(), "install.yaml")
    assert (found.version, found.minor) == ("v2.9.4", 9)
    assert set(found.controllers) == set(manifest.CONTROLLERS)
    assert "ghcr.io/fluxcd/source-controller:v1.9.0" in found.images


@pytest.mark.parametrize("gone", [0, 1, 2, 7, 8])
def test_what_is_missing_is_named(gone: int) -> None:
    values = manifest.objects()
    lost = values.pop(gone)
    with pytest.raises(UsageError, match=f"it lacks {lost['kind']} {lost['metadata']['name']}"):
        read(manifest.text(values).encode(), "install.yaml")


def other(**changes: Any) -> str:
    return manifest.text([*manifest.objects(), {**manifest.labelled("ConfigMap", "extra", "flux-system"), **changes}])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it holds nothing"),
        ("# only a comment\n", "it holds nothing"),
        ("a: [1\n", "install.yaml:"),
        ("just text\n", "it is no Kubernetes object"),
        ("<!DOCTYPE html>\n<html></html>\n", "install.yaml:"),
        (other(metadata={"name": "extra"}), "ConfigMap extra is not Flux's"),
        (other(kind="Secret"), "a Secret does not belong into Git"),
        (
            other(metadata={**manifest.labelled("ConfigMap", "extra")["metadata"], "namespace": "kube-system"}),
            "kube-system",
        ),
        (manifest.text().replace("v2.9.4", "v1.9.4"), "one version of Flux 2"),
        (manifest.text().replace("v2.9.4", "v2.9.3", 2), "one version of Flux 2"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        read(text.encode(), "install.yaml")


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(UsageError, match=r"install\.yaml"):
        read(b"\xff\xfe\x00a", "install.yaml")
