"""Post-renderers of a HelmRelease: the kustomization that does what they say.

As helm-controller makes it (internal/postrender/kustomize.go): what Helm wrote is its one resource, and everything else is written
in it, so that no patch can name a file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitops_action.parts import mappings, part

if TYPE_CHECKING:
    from collections.abc import Mapping


def kustomization(renderer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kustomization for one post-renderer, whose resource is `all.yaml`."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["all.yaml"],
        "images": [
            {name: one[name] for name in ("name", "newName", "newTag", "digest") if isinstance(one.get(name), str)}
            for one in mappings(renderer, "images")
        ],
        "patches": [*_patches(renderer), *_merges(renderer), *_operations(renderer)],
    }


def _patches(renderer: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for one in mappings(renderer, "patches"):
        patch = one.get("patch")
        if isinstance(patch, str):
            found.append({"patch": patch, **({"target": _target(one)} if part(one, "target") else {})})
    return found


def _merges(renderer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"patch": json.dumps(one)} for one in mappings(renderer, "patchesStrategicMerge")]


def _operations(renderer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"patch": json.dumps(one.get("patch")), "target": _target(one)} for one in mappings(renderer, "patchesJson6902")
    ]


def _target(one: Mapping[str, Any]) -> dict[str, Any]:
    names = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
    target = part(one, "target")
    return {name: target[name] for name in names if isinstance(target.get(name), str)}
