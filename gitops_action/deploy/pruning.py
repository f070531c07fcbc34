"""What is deleted when it leaves Git, and what is left in place because too much hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from gitops_action.errors import UsageError

# With these, data or other people's objects go.
KEPT_KINDS: Final = frozenset({"Namespace", "PersistentVolumeClaim", "PersistentVolume", "CustomResourceDefinition"})
# Ours, Flux's and the one of cli-utils: https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources,
# https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/common/common.go.
_NOTES: Final[Mapping[str, Collection[str]]] = {
    "gitops-action/prune": {"disabled", "false"},
    "kustomize.toolkit.fluxcd.io/prune": {"disabled"},
    "cli-utils.sigs.k8s.io/on-remove": {"keep"},
    "client.lifecycle.config.k8s.io/deletion": {"detach"},
}


def named(texts: Iterable[str]) -> frozenset[str]:
    """Read the kinds that may be deleted although they are not by themselves, in whatever case. Raises UsageError for others."""
    known = {kind.lower(): kind for kind in KEPT_KINDS}
    found = {text: known.get(text.lower()) for text in texts}
    wrong = next((text for text, kind in found.items() if kind is None), None)
    if wrong is not None:
        raise UsageError(
            f"--prune `{wrong}`: only {', '.join(sorted(KEPT_KINDS))} are kept; all other kinds are deleted anyway"
        )
    return frozenset(filter(None, found.values()))


def kept(kind: str, live: Mapping[str, Any], named: Collection[str]) -> str:
    """Say why a live object that nothing renders any more is left in place; "" if it is deleted.

    `named` are the kinds that somebody said may be pruned although they are not by themselves.
    """
    if kind in KEPT_KINDS and kind not in named:
        return f"a {kind} is only deleted if its kind is named (`deploy.prune`)"
    metadata = live.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    for key, values in _NOTES.items():
        if isinstance(notes, Mapping) and notes.get(key) in values:
            return f"its annotation `{key}` says so"
    owners = metadata.get("ownerReferences") if isinstance(metadata, Mapping) else None
    return "another object owns it" if owners else ""
