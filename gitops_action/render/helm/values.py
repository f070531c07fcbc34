"""The values of a release: what `valuesFrom` names, in order, and over them what is written in the release.

As helm-controller puts them together:
https://github.com/fluxcd/pkg/blob/main/chartutil/values.go, https://fluxcd.io/flux/components/helm/helmreleases/#values.
What a Secret holds never gets this far: placeholders stand for it.
"""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Finding, Manifest, Pointer, Severity
from gitops_action.records import dataclass
from gitops_action.render.findings import finding
from gitops_action.render.helm.strvals import StrvalsError, assign
from gitops_action.repository.documents import Document, load, without_warnings
from gitops_action.repository.sops import ciphertext_type, is_encrypted_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_action.model import JSONValue

PLACEHOLDER: Final = "placeholder"
"""Stands for a text that is not known, or that must not be shown."""

_KEY: Final = "values.yaml"
_KINDS: Final = ("ConfigMap", "Secret")


@dataclass(slots=True)
class Composed:
    """The values of a release. `unknown`: some of them are not in Git; `broken`: Flux could not put them together.

    `hides`: placeholders stand among them.
    """

    values: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unknown: bool = False
    broken: bool = False
    hides: bool = False


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return both together: mappings are merged, of everything else `over` counts, null included.

    What only one of them has is not copied.
    """
    result = dict(under)
    for key, value in over.items():
        held = result.get(key)
        result[key] = merge(held, value) if isinstance(value, dict) and isinstance(held, dict) else value
    return result


def compose(release: Manifest, find: Callable[[str, str, str], Manifest | None]) -> Composed:
    """Return the values of a HelmRelease; `find` gets an object by kind, namespace and name."""
    spec = release.value.get("spec")
    spec = spec if isinstance(spec, Mapping) else {}
    written = spec.get("values")
    own: dict[str, Any] = copy.deepcopy(dict(written)) if isinstance(written, Mapping) else {}
    listed = spec.get("valuesFrom")
    result = Composed()
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, Mapping):
            _take(result, own, _Reference(release, ("spec", "valuesFrom", index), entry), find)
    result.values = merge(result.values, own)
    return result


@dataclass(frozen=True, slots=True)
class _Reference:
    """One entry of `valuesFrom`."""

    release: Manifest
    pointer: Pointer
    entry: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.entry.get("kind"))

    @property
    def name(self) -> str:
        return str(self.entry.get("name"))

    @property
    def key(self) -> str:
        return str(self.entry.get("valuesKey") or _KEY)

    @property
    def path(self) -> str:
        return str(self.entry.get("targetPath") or "")

    @property
    def optional(self) -> bool:
        return self.entry.get("optional") is True

    @property
    def named(self) -> str:
        return f"{self.kind} {self.release.id.namespace or 'default'}/{self.name}"

    def finding(self, code: str, message: str, severity: Severity | None = None) -> Finding:
        return finding(code, message, self.release.locator.locate(self.pointer), severity=severity)


def _take(
    result: Composed, own: dict[str, Any], reference: _Reference, find: Callable[[str, str, str], Manifest | None]
) -> None:
    """Merge what one reference leads to into the values."""
    if reference.kind not in _KINDS:
        return  # the schema of the HelmRelease says so
    held = find(reference.kind, reference.release.id.namespace, reference.name)
    if held is None:
        if not reference.optional:
            _missing(result, own, reference)
        return
    text, encrypted = _data(held, reference.key)
    if encrypted:
        message = f"{reference.named} is encrypted: placeholders stand for its values"
        result.findings.append(reference.finding("helm-values-encrypted", message))
    if text is None and not encrypted:
        if not reference.optional:
            message = f"{reference.named} has no key `{reference.key}`, so Flux cannot install this release"
            result.findings.append(reference.finding("helm-values-missing", message, Severity.ERROR))
            result.broken = True
        return
    secret = encrypted or reference.kind == "Secret"
    result.hides |= secret
    if reference.path:
        _put(result, own, reference, PLACEHOLDER if secret or text is None else text)
    elif text is None:
        result.unknown = True
    else:
        _merge_text(result, reference, text, secret=secret)


def _missing(result: Composed, own: dict[str, Any], reference: _Reference) -> None:
    message = f"{reference.named}, which has values of this release, is not in Git: it was rendered without them"
    severity = Severity.INFO if reference.kind == "Secret" else Severity.WARNING
    if reference.path:
        message = f"{reference.named} is not in Git: a placeholder stands for `{reference.path}`"
        _put(result, own, reference, PLACEHOLDER)
        result.hides = True
    else:
        result.unknown = True
    result.findings.append(reference.finding("helm-values-missing", message, severity))


def _put(result: Composed, own: dict[str, Any], reference: _Reference, text: str) -> None:
    # First merged, then changed in place, as Flux does it: that is why the release's own values lose, where they are nested.
    result.values = merge(result.values, own)
    try:
        assign(result.values, reference.path, text)
    except StrvalsError as error:
        message = f"the value of {reference.named} cannot be put at `{reference.path}`: {error}"
        if reference.kind == "Secret":
            message = f"the value of {reference.named} cannot be put at `{reference.path}`"
        result.findings.append(reference.finding("helm-values-invalid", message))
        result.broken = True


def _merge_text(result: Composed, reference: _Reference, text: str, *, secret: bool) -> None:
    loaded = without_warnings(load(text.encode(), reference.named))
    first = loaded[0] if loaded else None
    if first is None or (isinstance(first, Document) and first.value is None):
        return
    if not isinstance(first, Document) or not isinstance(first.value, dict):
        reason = "it is no mapping" if isinstance(first, Document) or secret else first.message
        message = f"key `{reference.key}` of {reference.named} cannot be read as values: {reason}"
        result.findings.append(reference.finding("helm-values-invalid", message))
        result.broken = True
        return
    result.values = merge(result.values, placeholders(first.value) if secret else first.value)


def placeholders(value: Any) -> Any:
    """Return a value of the same shape that tells nothing: texts and numbers are replaced, keys and switches stay."""
    if isinstance(value, dict):
        return {key: placeholders(item) for key, item in value.items()}
    if isinstance(value, list):
        return [placeholders(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return type(value)(1)
    return PLACEHOLDER if value else ""


def _data(held: Manifest, key: str) -> tuple[str | None, bool]:
    """Return what a ConfigMap or Secret has under `key`, None if nothing; and whether it is encrypted."""
    value = held.value
    for member in ("stringData", "data", "binaryData"):
        data = value.get(member)
        text: JSONValue = data.get(key) if isinstance(data, Mapping) else None
        if not isinstance(text, str):
            continue
        if is_encrypted_document(value) or ciphertext_type(text) is not None:
            return None, True
        if held.id.kind == "Secret" and member == "data":
            try:
                return base64.b64decode(text, validate=False).decode(errors="replace"), False
            except (binascii.Error, ValueError):
                return None, False
        return (text, False) if member != "binaryData" else (None, False)
    return None, False


def without_ciphertext(value: Any) -> Any:
    """Return values in which placeholders stand for what SOPS has encrypted."""
    if isinstance(value, dict):
        return {key: without_ciphertext(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_ciphertext(item) for item in value]
    return PLACEHOLDER if ciphertext_type(value) is not None else value


def encrypted(values: Mapping[str, Any]) -> bool:
    """Whether SOPS has encrypted any of the values."""
    return bool(without_ciphertext(values) != values)
