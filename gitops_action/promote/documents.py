"""The three-way merge of a YAML or JSON file: its documents paired by identity, each merged, and the edits made."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.promote.decisions import Action, Decision
from gitops_action.promote.edit import Delete, EditError, edit, source_text
from gitops_action.promote.identity import Triple, described, kind_of, match
from gitops_action.promote.merge import Merge
from gitops_action.promote.rules import Fate
from gitops_action.promote.secrecy import GENERATOR, is_secret, references, without
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.documents import Document, load
from gitops_action.repository.parts import split

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_action.model import Pointer
    from gitops_action.promote.edit import Edit
    from gitops_action.promote.rules import RuleSet

_INLINE: Final = regex(r"(?:^|\s)#\s*gitops:\s*(keep|promote|block)\b")
_OWN_LINE: Final = regex(r"\s*#")


@dataclass(frozen=True, slots=True)
class DocumentsMerged:
    """The target's new content, None where the file is left to people; and what was decided."""

    data: bytes | None
    decisions: tuple[Decision, ...]


def merge_documents(  # noqa: PLR0913 - three versions of a file, and what a merge goes by
    old: bytes,
    new: bytes,
    target: bytes,
    *,
    file: str,
    path: str,
    rules: RuleSet,
    sync: bool = False,
    unsettled: frozenset[str] = frozenset(),
) -> DocumentsMerged:
    """Merge a file that can be read in all three versions.

    `file` is the target's path from the root and `path` that in its component; a kustomization does not come to name the
    files `unsettled`, which the target does not follow.
    """
    olds, news, targets = (_documents(data, file) for data in (old, new, target))
    edits: list[Edit] = []
    decisions: list[Decision] = []
    added: list[Document] = []
    removed: list[Document] = []
    inline = inline_rules(target)
    for triple in match(olds, news, targets):
        document = triple.target
        decisions += _generated(triple, file)
        if any(one is not None and is_secret(one) for one in (triple.old, triple.new, document)):
            decisions += _supply(triple, file)
        elif triple.new is None and document is not None:
            if triple.old is not None and not sync:
                decisions.append(_removal(triple.old, document, removed))
        elif triple.new is not None and document is None:
            if triple.old is None or sync:
                added.append(triple.new)
                decisions.append(_said(Action.PROMOTE, triple.new, file, "added"))
            elif repr(triple.old.value) != repr(triple.new.value):
                decisions.append(_said(Action.KEEP, triple.new, file, "the target does not have this object"))
        elif triple.new is not None and document is not None:
            merge = Merge(
                document,
                rules,
                kind=kind_of(document),
                resource=described(document),
                sync=sync,
                spelling=_spelling(new, file, triple.new.index),
                inline=inline(document),
            )
            before, after = (_value(one, path, unsettled, document) for one in (triple.old, triple.new))
            done = merge.run({} if triple.old is None else before, after)
            edits += done.edits
            decisions += done.decisions
    try:
        data = edit(target, file, edits) if edits else target
        data = _with_documents(data, file, removed, [_text_of(new, file, one) for one in added])
    except EditError as error:
        lost = f"it cannot be edited safely: {error}"
        decisions = [
            replace(one, action=Action.CONFLICT, reason=lost) if one.action is Action.PROMOTE else one
            for one in decisions
        ]
        return DocumentsMerged(None, tuple(decisions))
    return DocumentsMerged(data, tuple(decisions))


def inline_rules(data: bytes) -> Callable[[Document], Callable[[Pointer], Fate | None]]:
    """Return what comments of a file say of its fields: `# gitops: keep` beside a field or its parent, or above it."""
    lines = data.decode(errors="replace").split("\n") if b"gitops:" in data else []

    def of_document(document: Document) -> Callable[[Pointer], Fate | None]:
        def said(pointer: Pointer) -> Fate | None:
            for length in range(len(pointer), 0, -1) if lines else ():
                for key in (True, False):
                    line = document.locate(pointer[:length], key=key).line or 0
                    found = _comment(lines, line - 1)
                    if found:
                        return found
            return None

        return said

    return of_document


def _comment(lines: list[str], at: int) -> Fate | None:
    if not 0 <= at < len(lines):
        return None
    found = _INLINE.search(lines[at])
    while not found and at > 0 and _OWN_LINE.match(lines[at - 1]):
        at -= 1
        found = _INLINE.search(lines[at])
    return Fate(found[1]) if found else None


def _documents(data: bytes, file: str) -> list[Document]:
    return [item for item in load(data, file) if isinstance(item, Document)]


def _spelling(data: bytes, file: str, number: int) -> Callable[[Pointer], str]:
    def spelled(pointer: Pointer) -> str:
        try:
            return source_text(data, file, number, pointer)
        except EditError:
            return ""

    return spelled


def _value(document: Document | None, path: str, unsettled: frozenset[str], target: Document) -> object:
    """Return what a document means, but for what must not travel."""
    if document is None:
        return None
    value = document.value
    if kind_of(document) == "Kustomization" and isinstance(value, dict):
        value = without(document, path, unsettled) if unsettled else value
        present = target.value if isinstance(target.value, dict) else {}
        if GENERATOR in value or GENERATOR in present:
            value = {key: item for key, item in value.items() if key != GENERATOR}
    return value


def _supply(triple: Triple, file: str) -> list[Decision]:
    if triple.old is not None and triple.new is not None and repr(triple.old.value) == repr(triple.new.value):
        return []
    document = triple.new or triple.old or triple.target
    return (
        []
        if document is None
        else [_said(Action.SUPPLY, document, file, f"supply {described(document) or 'encrypted data'}")]
    )


def _generated(triple: Triple, file: str) -> list[Decision]:
    """Say which Secrets a kustomization comes to generate otherwise: the target has to do that for itself."""
    before, after = (
        one.value.get(GENERATOR) if one is not None and isinstance(one.value, dict) else None
        for one in (triple.old, triple.new)
    )
    if triple.new is None or kind_of(triple.new) != "Kustomization" or repr(before) == repr(after):
        return []
    return [_said(Action.SUPPLY, triple.new, file, f"the source changed its `{GENERATOR}`: change the target's own")]


def cleaned(data: bytes, file: str, path: str, unsettled: frozenset[str]) -> DocumentsMerged:
    """Return a kustomization that is new in the target without what must not travel. Raises EditError if it cannot be."""
    edits: list[Edit] = []
    decisions: list[Decision] = []
    for document in _documents(data, file):
        decisions += _generated(Triple(None, document, None), file)
        pointers = {pointer[:2] for pointer, name in references(document, path) if name in unsettled}
        pointers = {pointer for pointer in pointers if pointer[0] != GENERATOR}
        if isinstance(document.value, dict) and GENERATOR in document.value:
            pointers.add((GENERATOR,))
        edits += (Delete(document.index, pointer) for pointer in sorted(pointers, key=repr))
    return DocumentsMerged(edit(data, file, edits) if edits else data, tuple(decisions))


def _removal(old: Document, target: Document, removed: list[Document]) -> Decision:
    if repr(old.value) == repr(target.value):
        removed.append(target)
        return _said(Action.PROMOTE, target, target.file, "removed")
    reason = "the source removed it, and the target has its own version: remove it by hand or keep it"
    return _said(Action.CONFLICT, target, target.file, reason)


def _said(action: Action, document: Document, file: str, reason: str) -> Decision:
    return Decision(action, file, resource=described(document), line=document.line, reason=reason)


def _text_of(data: bytes, file: str, document: Document) -> str:
    """Return the text of one document of a file, with its comments."""
    parts = list(split(data.decode(), file))
    if len(parts) != len(_documents(data, file)):
        raise EditError(f"{file}: its documents cannot be told apart in its text: add the new one by hand")
    return re.sub(r"\A---[ \t]*\r?\n", "", parts[document.index].text)


def _with_documents(data: bytes, file: str, removed: list[Document], added: list[str]) -> bytes:
    """Take whole documents out of a text and put others at its end."""
    if not removed and not added:
        return data
    parts = [part.text for part in split(data.decode(), file)]
    if removed:
        if len(parts) != len(_documents(data, file)):
            raise EditError(f"{file}: its documents cannot be told apart in its text: remove the one by hand")
        gone = {document.index for document in removed}
        parts = [part for number, part in enumerate(parts) if number not in gone]
    text = "".join(parts)
    for new in added:
        text += "" if not text or text.endswith("\n") else "\n"
        text += f"---\n{new}" if text else new
    return text.encode()
