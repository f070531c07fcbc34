"""What one document is by its content alone: a manifest, part of one, or something else."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.sops import is_encrypted_document

if TYPE_CHECKING:
    from gitops_action.model import JSONValue, Pointer

_SHOWN: Final = 60
_VERSION: Final = regex(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?v[0-9]+(?:(?:alpha|beta)[0-9]+)?")
_KIND: Final = regex(r"[A-Z][A-Za-z0-9]*")
# Groups whose objects programs read from files; no API server has them.
_FILE_GROUPS: Final = frozenset(
    {
        "apiserver.config.k8s.io",
        "apiserver.k8s.io",
        "audit.k8s.io",
        "backstage.io",
        "client.authentication.k8s.io",
        "credentialprovider.kubelet.k8s.io",
        "ctlptl.dev",
        "eksctl.io",
        "k3d.io",
        "kind.x-k8s.io",
        "kpt.dev",
        "kubeadm.k8s.io",
        "kubecontroller.config.k8s.io",
        "kubelet.config.k8s.io",
        "kubeproxy.config.k8s.io",
        "kubescheduler.config.k8s.io",
        "schema.plugin.fluxcd.io",
        "skaffold",
    }
)
# Of the core group's name without being in it: kubeconfig, and the scheduler's old policy.
_FILE_KINDS: Final = frozenset({"Config", "Policy"})
_KUSTOMIZE_GROUPS: Final = frozenset({"builtin", "kustomize.config.k8s.io"})
_FLUX_SUFFIXES: Final = (".toolkit.fluxcd.io", ".extensions.fluxcd.io")
_FLUX_OPERATOR: Final = "fluxcd.controlplane.io"
# Directives of a strategic merge patch (apimachinery/pkg/util/strategicpatch).
_DIRECTIVES: Final = ("$patch", "$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/")
_DIRECTIVE_MARKS: Final = tuple(directive.encode() for directive in _DIRECTIVES)
_OPERATIONS: Final = ("add", "remove", "replace", "move", "copy", "test")
_DEPTH: Final = 100


class Shape(Enum):
    """What one document looks like."""

    MANIFEST = "an object with apiVersion and kind"
    INCOMPLETE = "meant as an object, but without apiVersion or kind"
    FILE_OBJECT = "an object that a program reads from a file"
    KUSTOMIZE = "a configuration of kustomize"
    PATCH = "a patch"
    CHART = "the metadata of a Helm chart"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class Seen:
    """A document's shape; for an incomplete one what is missing (a code, a message, and where to point)."""

    shape: Shape
    flux: bool = False
    encrypted: bool = False
    code: str = ""
    message: str = ""
    pointer: Pointer = ()


_MANIFEST: Final = Seen(Shape.MANIFEST)


def may_have_directive(data: bytes) -> bool:
    """Whether a file can have a directive of a strategic merge patch at all: much cheaper than looking for one."""
    return b"$" in data and any(mark in data for mark in _DIRECTIVE_MARKS)


def look(value: JSONValue, *, directives: bool = True) -> Seen:
    """Say what a document is; without `directives` it is known to have none of a strategic merge patch."""
    if isinstance(value, list):
        return Seen(Shape.PATCH if _is_json_patch(value) else Shape.OTHER)
    if not isinstance(value, dict):
        return Seen(Shape.OTHER)
    encrypted = is_encrypted_document(value)
    version, kind = value.get("apiVersion"), value.get("kind")
    if isinstance(version, str) and version and isinstance(kind, str) and kind:
        seen = _object(version, kind, encrypted=encrypted, plain="metadata" not in value)
        if seen.shape is not Shape.MANIFEST or not directives or not _has_directive(value):
            return seen
        return Seen(Shape.PATCH, encrypted=encrypted)
    if directives and _has_directive(value):
        return Seen(Shape.PATCH, encrypted=encrypted)
    return _without_both(value, encrypted=encrypted)


def _object(version: str, kind: str, *, encrypted: bool, plain: bool) -> Seen:
    group = version.rpartition("/")[0] or ("" if _VERSION.fullmatch(version) else version)
    if encrypted and version.startswith("ENC["):
        return Seen(Shape.OTHER, encrypted=True)
    if group in _KUSTOMIZE_GROUPS:
        return Seen(Shape.KUSTOMIZE)
    if group in _FILE_GROUPS or (plain and version == "v1" and kind in _FILE_KINDS):
        return Seen(Shape.FILE_OBJECT)
    flux = group == _FLUX_OPERATOR or group.endswith(_FLUX_SUFFIXES)
    return Seen(Shape.MANIFEST, flux, encrypted) if flux or encrypted else _MANIFEST


def _without_both(value: dict[str, JSONValue], *, encrypted: bool) -> Seen:
    """Judge a mapping that lacks apiVersion or kind. Many files have a `kind` or `version` of their own sort."""
    version, kind, metadata = value.get("apiVersion"), value.get("kind"), value.get("metadata")
    like_object = isinstance(metadata, dict) or isinstance(value.get("spec"), dict)
    if isinstance(version, str) and version:
        if isinstance(value.get("name"), str) and "version" in value and not like_object:
            return Seen(Shape.CHART)
        if _VERSION.fullmatch(version) or like_object or "kind" in value:
            return _incomplete(
                value, "kind", f"this object with apiVersion {_shown(version)} has no kind", encrypted=encrypted
            )
    elif isinstance(kind, str) and kind and (like_object or _KIND.fullmatch(kind)):
        return _incomplete(value, "apiVersion", f"this {_shown(kind)} has no apiVersion", encrypted=encrypted)
    elif "kind" in value and kind is None:
        return _incomplete(value, "kind", "this object has no kind", encrypted=encrypted)
    elif isinstance(metadata, dict) and isinstance(metadata.get("name"), str) and isinstance(value.get("spec"), dict):
        message = "this object has metadata and spec, but neither apiVersion nor kind"
        return Seen(Shape.INCOMPLETE, encrypted=encrypted, code="missing-kind", message=message, pointer=())
    return Seen(Shape.OTHER, encrypted=encrypted)


def _shown(name: str) -> str:
    """Return a name for a message: on one line, and cut if it is long."""
    name = name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…"
    return name if name.isprintable() else repr(name)[1:-1]


def _incomplete(value: dict[str, JSONValue], key: str, message: str, *, encrypted: bool) -> Seen:
    """Say that `key` is missing; where it is there by another spelling, that is the place."""
    pointer = (key,)
    if key in value:
        message += f": it is {'empty' if value[key] in (None, '') else 'not text'}"
    elif meant := _misspelt(value, key):
        message += f"; did you mean `{key}` where it says `{meant}`?"
        pointer = (meant,)
    code = "missing-kind" if key == "kind" else "missing-api-version"
    return Seen(Shape.INCOMPLETE, encrypted=encrypted, code=code, message=message, pointer=pointer)


def _misspelt(value: dict[str, JSONValue], key: str) -> str | None:
    """Return the key of some text that is nearly `key`."""
    import difflib  # noqa: PLC0415 - only where something is wrong

    texts = [name for name, part in value.items() if isinstance(part, str) and len(name) < 2 * len(key)]
    folded = next((name for name in texts if name.casefold() == key.casefold()), None)
    return folded or next(iter(difflib.get_close_matches(key, texts, n=1, cutoff=0.7)), None)


def _is_json_patch(value: list[JSONValue]) -> bool:
    return bool(value) and all(
        isinstance(item, dict) and item.get("op") in _OPERATIONS and isinstance(item.get("path"), str) for item in value
    )


def _has_directive(value: JSONValue) -> bool:
    pending: list[tuple[JSONValue, int]] = [(value, 0)]
    while pending:
        item, depth = pending.pop()
        if depth > _DEPTH:
            continue
        if isinstance(item, dict):
            if any(key.startswith("$") and key.startswith(_DIRECTIVES) for key in item):
                return True
            pending.extend((child, depth + 1) for child in item.values() if isinstance(child, dict | list))
        elif isinstance(item, list):
            pending.extend((child, depth + 1) for child in item if isinstance(child, dict | list))
    return False
