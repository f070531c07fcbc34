"""Manifests made from YAML text."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from gitops_action.model import Location, Manifest, Pointer


@dataclass(frozen=True)
class At:
    file: str

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:  # noqa: ARG002 - the protocol's
        return Location(self.file, 1, 1)


def manifests(text: str, *, environment: str = "staging", target: str = "overlays/staging") -> list[Manifest]:
    return [
        Manifest(value, At(f"{target}/app.yaml"), environment, target) for value in yaml.safe_load_all(text) if value
    ]


def manifest(text: str, *, environment: str = "staging", target: str = "overlays/staging") -> Manifest:
    (one,) = manifests(text, environment=environment, target=target)
    return one
