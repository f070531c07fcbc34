"""Which of a cluster's Kustomizations deploy this environment of this repository."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster.inventory import path_of
from gitops_action.deploy.flux import origin_of
from gitops_action.environments import DEFAULT, of_directory
from gitops_action.errors import UsageError
from gitops_action.parts import part
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from gitops_action.config import Config

_SOURCE: Final = "org.opencontainers.image.source"
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is waited for: the environment of a repository, by its addresses; or the Kustomizations that are `named`."""

    environment: str
    config: Config
    addresses: Sequence[str] = ()
    named: Sequence[str] = field(default=())


def selected(
    kustomizations: Sequence[Mapping[str, Any]],
    sources: Mapping[Any, Mapping[str, Any]],
    wanted: Wanted,
    knows: Callable[[str], bool | None],
) -> list[Mapping[str, Any]]:
    """Return those that deploy the environment: of this repository's sources, those whose path is in it, or in none.

    `named` are taken as they are, as NAMESPACE/NAME or NAME. Of a source without a Git address, the commit tells whether
    it is this repository's: `knows` returns None for one of another. Raises UsageError where there is none.
    """
    present = [one for one in kustomizations if not part(one, "metadata").get("deletionTimestamp")]
    if wanted.named:
        return _by_name(present, wanted.named)
    ours = {normal(address) for address in wanted.addresses if address}
    mine = {identity(live) for live in sources.values() if is_ours(live, ours, knows)}
    found = [one for one in present if source_of(one) in mine]
    chosen = [one for one in found if of_directory(path_of(one), wanted.config) in {wanted.environment, DEFAULT}]
    if not chosen:
        raise UsageError(_nothing(present, found, wanted))
    return chosen


def _by_name(present: Sequence[Mapping[str, Any]], named: Sequence[str]) -> list[Mapping[str, Any]]:
    chosen = []
    for text in named:
        found = [one for one in present if text in {_label(one), _label(one).partition("/")[2]}]
        if not found:
            raise UsageError(f"Flux has no Kustomization `{text}` in this cluster: {_some(present)}")
        chosen += found
    return chosen


def _nothing(present: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], wanted: Wanted) -> str:
    if found:
        paths = ", ".join(sorted({f"{_label(one)} (`{path_of(one) or '.'}`)" for one in found})[:_SHOWN])
        return (
            f"no Kustomization deploys a path of `{wanted.environment}`: {paths}; name those that do "
            f"(`--kustomization`, or `environments.{wanted.environment}.deploy.kustomizations`)"
        )
    return (
        f"no Kustomization in this cluster has this repository ({', '.join(wanted.addresses) or 'without an address'}) as its "
        f"source: {_some(present)}; name those that deploy it (`--kustomization`)"
    )


def _some(present: Sequence[Mapping[str, Any]]) -> str:
    names = [_label(one) for one in present[:_SHOWN]]
    more = f" and {len(present) - _SHOWN} more" if len(present) > _SHOWN else ""
    return f"there are {', '.join(names)}{more}" if names else "there are none"


def is_ours(live: Mapping[str, Any], ours: Container[str], knows: Callable[[str], bool | None]) -> bool:
    """Whether a source has this repository in it: by its address, one of `ours`; else by its commit, as `knows` says."""
    if live.get("kind") == "GitRepository":
        return normal(str(part(live, "spec").get("url") or "")) in ours
    artifact = part(part(live, "status"), "artifact")
    said = part(artifact, "metadata").get(_SOURCE)
    if isinstance(said, str) and said:
        return normal(said) in ours
    commit = origin_of(artifact)
    return bool(commit) and knows(commit) is not None


def normal(address: str) -> str:
    """Return a repository's address without what may differ between two of the same: scheme, user, port of SSH, `.git`."""
    text = re.sub(r"^[a-z+]+://", "", address.strip().lower())
    text = re.sub(r"^[^/@]*@", "", text)
    text = re.sub(r"^([^/:]+):(?:(?:22|443)/|(?!\d))", r"\1/", text)
    return text.rstrip("/").removesuffix(".git")


def source_of(live: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return kind, namespace and name of the source that a Kustomization names."""
    reference = part(part(live, "spec"), "sourceRef")
    space = reference.get("namespace") or part(live, "metadata").get("namespace")
    return str(reference.get("kind")), str(space), str(reference.get("name"))


def identity(live: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return kind, namespace and name of an object."""
    metadata = part(live, "metadata")
    return str(live.get("kind")), str(metadata.get("namespace")), str(metadata.get("name"))


def _label(live: Mapping[str, Any]) -> str:
    metadata = part(live, "metadata")
    return f"{metadata.get('namespace')}/{metadata.get('name')}"
