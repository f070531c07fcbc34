"""The inventory of a deployment: an ApplySet, as KEP-3659 has it, so that other tools understand it too.

https://github.com/kubernetes/enhancements/blob/master/keps/sig-cli/3659-kubectl-apply-prune/README.md. The parent is a
ConfigMap that names the kinds and namespaces of the members, so that they can be listed; the members carry its id.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gitops_action.cluster.inventory import PART_OF
from gitops_action.records import dataclass

ID: Final = "applyset.kubernetes.io/id"
TOOLING: Final = "applyset.kubernetes.io/tooling"
KINDS: Final = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES: Final = "applyset.kubernetes.io/additional-namespaces"
TOOL: Final = "gitops-action"
SOURCE: Final = "gitops-action/source"
ENVIRONMENT: Final = "gitops-action/environment"
COMMIT: Final = "gitops-action/commit"
ATTEMPT: Final = "gitops-action/attempt"
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Parent:
    """The parent of one environment's ApplySet: a ConfigMap in `namespace`.

    `source` names the repository: two repositories with an environment of the same name must not prune each other's.
    """

    environment: str
    namespace: str
    source: str

    @property
    def name(self) -> str:
        """The ConfigMap's name."""
        plain = re.sub(r"[^a-z0-9]+", "-", self.environment.lower()).strip("-")[:_LONGEST]
        if plain == self.environment:
            return f"gitops-{plain}"
        return f"gitops-{plain}-{hashlib.sha256(self.environment.encode()).hexdigest()[:8]}"

    @property
    def id(self) -> str:
        """The ApplySet's id, made of the parent's identity as the KEP wants it."""
        text = f"{self.name}.{self.namespace}.ConfigMap."
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        return f"applyset-{digest}-v1"

    def object(self, version: str, members: Members, commit: str, attempt: str = "") -> dict[str, Any]:
        """Return the parent as it is applied; `commit` was deployed to the end, `attempt` was begun after it ("" for none)."""
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "labels": {ID: self.id},
                "annotations": {
                    TOOLING: f"{TOOL}/v{version}",
                    KINDS: ",".join(sorted(members.kinds)),
                    NAMESPACES: ",".join(sorted(members.namespaces - {self.namespace})),
                    SOURCE: self.source,
                    ENVIRONMENT: self.environment,
                    **({COMMIT: commit} if commit else {}),
                    **({ATTEMPT: attempt} if attempt else {}),
                },
            },
        }

    def refused(self, live: Mapping[str, Any]) -> str:
        """Say why a live parent is not ours to use, "" if it is."""
        notes = _annotations(live)
        tool = notes.get(TOOLING, "")
        name = f"ConfigMap {self.namespace}/{self.name}"
        if tool.partition("/")[0] != TOOL:
            who = f"belongs to {tool}" if tool else "was not made by gitops-action"
            return f"{name} {who}: delete it, or choose another namespace (`environments.{self.environment}.deploy.namespace`)"
        if notes.get(SOURCE) != self.source or notes.get(ENVIRONMENT) != self.environment:
            return (
                f"{name} is the inventory of `{notes.get(ENVIRONMENT)}` of {notes.get(SOURCE)}, not of "
                f"`{self.environment}` of {self.source}: choose another namespace (`environments.{self.environment}.deploy.namespace`)"
            )
        return ""


@dataclass(frozen=True, slots=True)
class Members:
    """Where the members of an ApplySet can be: their kinds, as `Kind.group`, and their namespaces."""

    kinds: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()

    def __or__(self, other: Members) -> Members:
        return Members(self.kinds | other.kinds, self.namespaces | other.namespaces)

    @classmethod
    def of(cls, objects: Iterable[tuple[str, str, str]]) -> Members:
        """Take (group, kind, namespace) of each object; the namespace is "" for those without."""
        listed = list(objects)
        return cls(
            frozenset(f"{kind}.{group}" if group else kind for group, kind, _ in listed),
            frozenset(namespace for *_, namespace in listed if namespace),
        )

    @classmethod
    def in_parent(cls, live: Mapping[str, Any], namespace: str) -> Members:
        """Read what a live parent names; its own namespace is always one."""
        notes = _annotations(live)
        kinds, spaces = (filter(None, notes.get(key, "").split(",")) for key in (KINDS, NAMESPACES))
        return cls(frozenset(kinds), frozenset({namespace, *spaces}))


def group_kind(text: str) -> tuple[str, str]:
    """Return (group, kind) of `Kind.group`."""
    kind, _, group = text.partition(".")
    return group, kind


def commit_of(live: Mapping[str, Any]) -> str:
    """Return the commit that a live parent says was deployed to the end, "" if it says none."""
    return _annotations(live).get(COMMIT, "")


def attempt_of(live: Mapping[str, Any]) -> str:
    """Return the commit whose deployment was begun and has not ended well, "" if there is none."""
    return _annotations(live).get(ATTEMPT, "")


def as_member(value: Mapping[str, Any], identity: str) -> dict[str, Any]:
    """Return an object with the label of a member."""
    metadata = value.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, Mapping) else {}
    labels = metadata.get("labels")
    metadata["labels"] = {**(labels if isinstance(labels, Mapping) else {}), PART_OF: identity}
    return {**value, "metadata": metadata}


def _annotations(live: Mapping[str, Any]) -> dict[str, str]:
    metadata = live.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return {key: text for key, text in notes.items() if isinstance(text, str)} if isinstance(notes, Mapping) else {}
