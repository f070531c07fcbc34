"""Which versions are told of an environment's files, and by which names."""

from __future__ import annotations

import pytest

from gitops_action.promote.folder import Folder
from gitops_action.promote.versions import versions
from tests.unit.promote.versions import Files

RELEASE = (
    "kind: HelmRelease\nmetadata: {name: web}\nspec: {chart: {spec: {chart: ./charts/site, version: 1.x}}, values: "
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("images: [{name: ghcr.io/x/api, newTag: 1.2.0}]", ["api:1.2.0"]),
        ("kind: Pod\nspec: {containers: [{name: a, image: 'x/web:3'}, {image: nginx}]}", ["nginx:latest", "web:3"]),
        # Of a release: what its values name, else the release.
        (f"{RELEASE}{{image: {{tag: 2.0.0}}}}}}", ["site:1.x", "web:2.0.0"]),
        (f"{RELEASE}{{image: {{repository: ghcr.io/x/front, tag: 2.0.0}}}}}}", ["front:2.0.0", "site:1.x"]),
        (f"{RELEASE}{{proxy: {{image: {{tag: 9}}}}, tag: 2.0.0}}}}", ["proxy:9", "site:1.x", "web:2.0.0"]),
        ("kind: Redis\nmetadata: {name: sessions}\nspec: {version: '7.2'}", ["sessions:7.2"]),
        # Values in a file of their own have no other name.
        ("image: {tag: 2.0.0}", ["image:2.0.0"]),
        ("kind: Secret\nmetadata: {name: a}\nsops: {version: 3.8.1, mac: x}", []),
        ("kind: Redis\nmetadata: {name: a}\nspec: {sops: {version: 3.8.1}}", ["sops:3.8.1"]),
    ],
)
def test_versions_by_the_names_that_people_know(text: str, expected: list[str]) -> None:
    assert versions(Folder(Files({"dev/a.yaml": text}), "dev")) == expected
