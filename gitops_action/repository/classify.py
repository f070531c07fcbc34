"""What each file of a repository is, so that only manifests are judged as manifests.

Use comes first: what a kustomization does with a file says what it is. Then place and name (`places`), then content
(`shapes`). A patch or a file of values is never taken for a manifest, and what is clearly meant as a manifest is never
passed over in silence.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES, finding_at
from gitops_action.model import Finding, Severity
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository import tools
from gitops_action.repository.documents import BESIDE, DEFAULT_LIMITS, Document, Limits, flatten, load
from gitops_action.repository.places import (
    FileClass,
    Surroundings,
    by_path,
    is_named_kustomization,
    is_named_patch,
    is_named_values,
)
from gitops_action.repository.references import Role
from gitops_action.repository.shapes import Seen, Shape, look, may_have_directive

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Classified", "FileClass", "Surroundings", "by_path", "classify"]

# What makes a text a template of Helm's: an action that means nothing to other programs that use braces.
_HELM: Final = regex(
    rb"\{\{-?\s*(?:\.(?:Values|Release|Chart|Capabilities|Files|Template)\b|include\b|template\b|tpl\b|if\b|else\b|end\b"
    rb"|range\b|with\b|define\b|block\b|toYaml\b|fromYaml\b|printf\b|/\*|\$\w*\s*:?=)"
)
_MARKS: Final = regex(rb"\{\{|\{%|<%|\$\[\[")
_LIKE_MANIFEST: Final = regex(
    rb"""^[ \t-]*["']?(?:apiVersion|kind)["']?[ \t]*:|["'](?:apiVersion|kind)["']\s*:""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Classified:
    """What one file is.

    `documents` has its objects, lists taken apart, if it is a manifest. `rendered`: they come out of a build and are
    judged there, so `findings` has nothing of the file itself. `flux` and `encrypted` (by SOPS): some of them are.
    """

    path: str
    file_class: FileClass
    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    rendered: bool = False
    flux: bool = False
    encrypted: bool = False


@dataclass(slots=True)
class _File:
    """A file whose content decides."""

    path: str
    data: bytes
    objects: list[tuple[Document, Seen]]
    problems: list[Finding]
    shapes: set[Shape]
    is_resource: bool


def classify(
    path: str, data: bytes | Finding, surroundings: Surroundings, limits: Limits = DEFAULT_LIMITS
) -> Classified:
    """Return what a file is whose content decides, since `by_path` does not know; one that was not read has its finding."""
    rendered = path in surroundings.graph.rendered
    if isinstance(data, Finding):
        return Classified(path, FileClass.OTHER, findings=() if rendered else (data,), rendered=rendered)
    items = load(data, path, limits)
    file = _taken_apart(path, data, items, is_resource=Role.RESOURCE in surroundings.graph.roles(path))
    file_class, findings = _judge(file)
    manifests: list[Document] = []
    flux = encrypted = False
    for document, seen in file.objects:
        flux = flux or seen.flux
        encrypted = encrypted or seen.encrypted
        if seen.shape is Shape.MANIFEST:
            manifests.append(document)
    is_manifest = file_class.is_manifest
    return Classified(
        path,
        file_class,
        tuple(manifests) if is_manifest else (),
        () if rendered else tuple(findings),
        rendered,
        flux=is_manifest and flux,
        encrypted=encrypted,
    )


def _taken_apart(path: str, data: bytes, items: Sequence[Document | Finding], *, is_resource: bool) -> _File:
    file = _File(path, data, [], [], set(), is_resource)
    directives = may_have_directive(data)
    for item in items:
        if isinstance(item, Finding):
            file.problems.append(item)
            continue
        is_list = True
        for part in flatten(item):
            if isinstance(part, Finding):
                file.problems.append(part)
                continue
            is_list = is_list and part is not item
            seen = look(part.value, directives=directives)
            file.objects.append((part, seen))
            file.shapes.add(seen.shape)
        if is_list:
            # It is a manifest whatever is in it, also if that is nothing.
            file.shapes.add(Shape.MANIFEST)
    return file


def _judge(file: _File) -> tuple[FileClass, list[Finding]]:
    if not file.is_resource and (Shape.PATCH in file.shapes or (file.shapes and is_named_patch(file.path))):
        return FileClass.PATCH, [_of_file("patch-unused", file.path, "this looks like a patch, but nothing uses it")]
    if Shape.MANIFEST in file.shapes:
        flux = bool(file.objects) and all(seen.flux for _, seen in file.objects)
        return FileClass.FLUX if flux else FileClass.MANIFEST, [*file.problems, *_lacking(file)]
    unread = [problem for problem in file.problems if problem.code not in BESIDE]
    template = _template(file.data, unread)
    if template is not None:
        message = f"this is a {template.replace('-', ' ')} and not YAML before it is filled in; it was not checked"
        return template, [dataclasses.replace(_of_file("template-unchecked", file.path, message), line=unread[0].line)]
    known = _known(file)
    meant = Shape.INCOMPLETE in file.shapes or (unread and _LIKE_MANIFEST.search(file.data))
    if known is None and meant:
        return FileClass.MANIFEST, [*file.problems, *_lacking(file)]
    if known is FileClass.TOOL_CONFIG:
        return known, []
    return known or (FileClass.OTHER if file.shapes or unread else FileClass.EMPTY), _unread(file, unread)


def _known(file: _File) -> FileClass | None:
    """Return what a file is that has no manifest, by its shape or name; the first that holds."""
    rules = (
        (is_named_kustomization(file.path), FileClass.KUSTOMIZATION),
        (Shape.KUSTOMIZE in file.shapes, FileClass.KUSTOMIZE_CONFIG),
        (Shape.FILE_OBJECT in file.shapes or tools.has_tool_name(file.path), FileClass.TOOL_CONFIG),
        (Shape.CHART in file.shapes, FileClass.HELM_CHART),
        (is_named_values(file.path), FileClass.HELM_VALUES),
    )
    return next((file_class for holds, file_class in rules if holds), None)


def _lacking(file: _File) -> list[Finding]:
    """Return what the documents lack that stand among manifests, or are meant as such."""
    findings = []
    for document, seen in file.objects:
        if seen.shape is Shape.INCOMPLETE:
            findings.append(_finding(seen.code, document, seen))
        elif seen.shape is Shape.OTHER and not seen.encrypted:
            message = "this document stands among manifests and has neither apiVersion nor kind"
            findings.append(_finding("missing-kind", document, dataclasses.replace(seen, message=message)))
    return findings


def _finding(code: str, document: Document, seen: Seen) -> Finding:
    return finding_at(code, seen.message, document.locate(seen.pointer, key=True))


def _template(data: bytes, unread: Sequence[Finding]) -> FileClass | None:
    """Return the class of a template, if that is why a file cannot be read."""
    if not unread:
        return None
    if _HELM.search(data):
        return FileClass.HELM_TEMPLATE
    lines = data.split(b"\n")
    first = unread[0].line or 1
    near = b"\n".join(lines[max(first - 2, 0) : first])
    return FileClass.TEMPLATE if _MARKS.search(near) else None


def _unread(file: _File, unread: Sequence[Finding]) -> list[Finding]:
    """Return what could not be read in a file that does not look like a manifest: said, but not held against it."""
    if any(problem.code == "file-encoding" for problem in unread):
        return list(unread)
    if file.path.endswith(".json"):
        return []
    return [dataclasses.replace(problem, severity=_milder(problem.severity)) for problem in unread]


def _milder(severity: Severity) -> Severity:
    return Severity.WARNING if severity is Severity.ERROR else severity


def _of_file(code: str, path: str, message: str) -> Finding:
    return Finding(code, CODES[code].severity, message, path)
