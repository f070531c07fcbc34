"""What is unusual in a YAML file, or wrong, read by libyaml; and where values are, by its nodes.

Loaded where there is something of that: to load PyYAML takes longer than to judge a file.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import yaml

from gitops_action.codes import finding_at
from gitops_action.repository import jsonstream, syntax
from gitops_action.repository.aliases import SelfReferenceError, expansion
from gitops_action.repository.compose import Node, TooDeepError, compose
from gitops_action.repository.convert import Problem, Problems, convert, find
from gitops_action.repository.documents import BESIDE, Document, Limits
from gitops_action.repository.tags import swallowing, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.model import Finding, Location, Pointer
    from gitops_action.repository.parts import Part

# How many characters of text have their nodes kept, which take some twenty times as much.
_NODES_KEPT: Final = 2**19
# One document can have a mistake a hundred thousand times over; a person needs to see it a few.
_MAX_PROBLEMS: Final = 100


class _Nodes:
    """The nodes of what was read last, and of those documents of which someone asks for places just now."""

    def __init__(self) -> None:
        # Unlike a dict, it finds what is oldest at once.
        self._kept: OrderedDict[Part, list[Node]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def keep(self, part: Part, roots: list[Node]) -> None:
        """Keep the nodes of a part, and forget those kept longest if there are too many."""
        if len(part.text) > _NODES_KEPT:
            return
        with self._lock:
            self._kept[part] = roots
            self._size += len(part.text)
            while self._size > _NODES_KEPT:
                oldest, _ = self._kept.popitem(last=False)
                self._size -= len(oldest.text)

    def of(self, part: Part) -> list[Node]:
        """Return the root of each document of a part, as far as it can be read."""
        roots = self._kept.get(part)
        return _composed(part) if roots is None else roots


_NODES: Final = _Nodes()


@functools.lru_cache(maxsize=8)
def _composed(part: Part) -> list[Node]:
    roots: list[Node] = []
    with contextlib.suppress(yaml.YAMLError, TooDeepError):
        roots.extend(compose(part, sys.maxsize))
    return roots


def locate(part: Part, number: int, path: Pointer, *, key: bool) -> Location | None:
    """Return where the value at `path`, of the document `number` of a part, is written; see `Document.locate`.

    None if there is no such document: it is JSON that is no YAML.
    """
    roots = _NODES.of(part)
    if number >= len(roots):
        return None
    key_node: Node = None
    node = roots[number]
    for step in path:
        found = find(node, step)
        if found is None:
            return part.place((key_node or node).start_mark.index)
        key_node, node = found
    return part.place((key_node if key and key_node else node).start_mark.index)


def load(part: Part, count: int, limits: Limits) -> Iterator[Document | Finding]:
    """Load a part; its documents are numbered from `count` on."""
    index = count
    roots: list[Node] = []
    try:
        for root in compose(part, limits.max_depth):
            roots.append(root)
            for result in _read(part, len(roots) - 1, root, index, limits):
                index += isinstance(result, Document)
                yield result
        _NODES.keep(part, roots)
    except TooDeepError as error:
        yield _too_deep(error, part, limits)
    except yaml.YAMLError as error:
        pieces = jsonstream.pieces(part, limits.max_depth)
        if pieces is None:
            yield finding_at("yaml-syntax", *syntax.explain(error, part))
            return
        for piece in pieces[len(roots) :]:
            yield from _load_json(piece, index, limits)
            index += 1


def _load_json(piece: jsonstream.Piece, index: int, limits: Limits) -> Iterator[Document | Finding]:
    """Load one value of a stream of JSON as YAML, for its places; what only JSON can read has none but its beginning."""
    try:
        roots = list(compose(piece.part, limits.max_depth))
    except TooDeepError as error:
        yield _too_deep(error, piece.part, limits)
    except yaml.YAMLError:
        yield from (
            finding_at("yaml-duplicate-key", f"the key `{key}` is set twice in one object", piece.part.place(0))
            for key in piece.duplicates
        )
        yield Document(piece.part, None, 0, index=index, value=piece.value)
    else:
        yield from _read(piece.part, 0, roots[0], index, limits)


def _read(part: Part, number: int, root: Node, index: int, limits: Limits) -> list[Document | Finding]:
    problems = Problems()
    try:
        if "*" in part.text and "&" in part.text:
            total, written = expansion(root, limits.max_depth)
            if total - written > limits.max_alias_expansion:
                message = f"aliases stand for {total - written:,} values; the limit is {limits.max_alias_expansion:,}"
                return [finding_at("yaml-alias-expansion", message, part.place(root.start_mark.index))]
        value = convert(root, limits.max_depth, problems)
    except TooDeepError as error:
        return [_too_deep(error, part, limits)]
    except SelfReferenceError as error:
        message = "the anchor here contains an alias of itself, so its value would never end"
        return [finding_at("yaml-alias-expansion", message, part.place(error.node.start_mark.index))]
    if "!" in part.text:
        for node in swallowing(root):
            problems.note("yaml-tag", node, "")
    read: list[Document | Finding] = list(_problems(problems, part)) if problems else []
    if value is not None and all(problem.code in BESIDE for problem in problems.values()):
        read.append(Document(part, number, root.start_mark.index, index=index, value=value))
    return read


def _problems(problems: Problems, part: Part) -> Iterator[Finding]:
    in_order = sorted(problems.values(), key=lambda problem: problem.node.start_mark.index)
    for number, problem in enumerate(in_order, 1):
        finding = _problem(problem, part)
        more = len(in_order) - number
        if number == _MAX_PROBLEMS and more:
            yield replace(finding, message=f"{finding.message} ({more:,} more in this document)")
            return
        yield finding


def _problem(problem: Problem, part: Part) -> Finding:
    message, place = problem.message, part.place(problem.node.start_mark.index)
    if problem.earlier is not None:
        earlier = part.place(problem.earlier.start_mark.index)
        if problem.code == "yaml-duplicate-key":
            how = "set again; it is set first"
            if _is_repeated(problem.node, part) and not _is_repeated(problem.earlier, part):
                how, place, earlier = "set twice; it is set again", earlier, place
            message = (
                f"the key `{message}` is {how} on line {earlier.line} (column {earlier.column}): remove one of them"
            )
        else:
            message = (
                f"`<<` brings another value for the key `{message}` of line {earlier.line}, and readers differ in which "
                "one counts: put `<<` above the key"
            )
    elif problem.code == "yaml-tag":
        message = told(part.text, problem.node)
    return finding_at(problem.code, message, place)


def _is_repeated(key: Node, part: Part) -> bool:
    """Whether the line of a key stands elsewhere in the document, too: what is written several times is probably meant."""
    line = part.text[key.start_mark.index :].partition("\n")[0].strip()
    return sum(row.strip(" \t\r-") == line for row in part.text.split("\n")) > 1


def _too_deep(error: TooDeepError, part: Part, limits: Limits) -> Finding:
    message = f"values are nested deeper than {limits.max_depth} levels here"
    return finding_at("yaml-too-deep", message, part.place(error.node.start_mark.index))
