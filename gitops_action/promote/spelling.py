"""Values spelled as YAML, in the manner of the text around them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.documents import Document, load

if TYPE_CHECKING:
    from gitops_action.promote.nodes import Node

# What no reader takes for anything but text; the rest is tried out.
_SAFE: Final = regex(r"[A-Za-z_/][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@-]+)*")
# Dates, times and `=`, which Kubernetes takes for text and other readers for values of their own.
_ELSEWHERE: Final = regex(r"[-+]?[0-9]+(?::[0-9]+)+(?:\.[0-9]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?|=")
_BREAKS: Final = regex(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_UNPRINTABLE: Final = regex(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is written: its line end, the quotes of its texts, its step of indentation, whether lists are indented."""

    newline: str = "\n"
    quote: str = '"'
    step: int = 2
    lists: int = 0
    json: bool = False


def manner_of(text: str, roots: list[Node], *, json_only: bool) -> Manner:
    """Find out how a text is written; where it does not say, as most people write."""
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    quotes = {"'": 0, '"': 0}
    steps: dict[int, int] = {}
    lists: dict[int, int] = {}
    pending = list(roots)
    while pending:
        node = pending.pop()
        pending += node.items
        if node.kind == "scalar" and node.style in quotes:
            quotes[node.style] += 1
        if node.kind == "mapping" and not node.flow:
            here = column(text, node.body)
            for _, value in node.pairs:
                if value.items and not value.flow:
                    deeper = column(text, value.body) - here
                    counted = steps if value.kind == "mapping" else lists
                    counted[deeper] = counted.get(deeper, 0) + 1
    step = max(steps, key=lambda width: (steps[width], -width), default=2)
    indented = max(lists, key=lambda width: (lists[width], -width), default=0)
    return Manner(newline, "'" if quotes["'"] > quotes['"'] else '"', max(step, 1), max(indented, 0), json_only)


def column(text: str, index: int) -> int:
    """Return how many characters stand before an index on its line."""
    return index - (text.rfind("\n", 0, index) + 1)


def scalar(value: Any, manner: Manner, *, style: str = "", flow: bool = False) -> str:
    """Spell a value that is no collection, or an empty one, on one line; `style` is that of what it replaces."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if manner.json:
        return _double(value)
    if style == "'" and "\n" not in value and not _UNPRINTABLE.search(value):
        return _single(value)
    if style == '"':
        return _double(value)
    if is_plain(value, flow=flow):
        return value
    single = manner.quote == "'" and "\n" not in value and not _UNPRINTABLE.search(value)
    return _single(value) if single else _double(value)


def is_plain(text: str, *, flow: bool) -> bool:
    """Whether a text reads as itself without quotes."""
    if not text or "\n" in text or text != text.strip() or _UNPRINTABLE.search(text) or _BREAKS.search(text):
        return False
    if _SAFE.fullmatch(text) and text.lower() not in {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}:
        return True
    if _ELSEWHERE.fullmatch(text):
        return False
    if flow and re.search(r"[,\[\]{}]", text):
        return False
    around = (f"k: {text}\n", f"- {text}\n") if not flow else (f"k: {{a: {text}, b: 1}}\n", f"[{text}, 1]\n")
    meant: tuple[Any, ...] = ({"k": text}, [text]) if not flow else ({"k": {"a": text, "b": 1}}, [text, 1])
    return all(_reads(source, value) for source, value in zip(around, meant, strict=True))


def block(value: Any, indent: int, manner: Manner) -> list[str]:
    """Spell a collection that is not empty in block style, as lines without ends, indented by `indent`."""
    blank = " " * indent
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            lines += _entry(f"{blank}{scalar(key, manner)}:", item, indent, manner)
    else:
        for item in value:
            if isinstance(item, dict | list) and item:
                inner = block(item, indent + 2, manner)
                lines += [f"{blank}- {inner[0].lstrip()}", *inner[1:]]
            else:
                lines += _text(f"{blank}-", item, indent, manner)
    return lines


def _entry(head: str, value: Any, indent: int, manner: Manner) -> list[str]:
    if isinstance(value, dict | list) and value:
        deeper = manner.step if isinstance(value, dict) else manner.lists
        return [head, *block(value, indent + deeper, manner)]
    return _text(head, value, indent, manner)


def _text(head: str, value: Any, indent: int, manner: Manner) -> list[str]:
    literal_lines = literal(value, indent + manner.step, manner) if isinstance(value, str) else None
    return [f"{head} {literal_lines[0]}", *literal_lines[1:]] if literal_lines else [f"{head} {scalar(value, manner)}"]


def literal(text: str, indent: int, manner: Manner) -> list[str] | None:
    """Spell a text of several lines as a literal block; None where that would not read as the same."""
    lines = text.rstrip("\n").split("\n")
    ends = len(text) - len(text.rstrip("\n"))
    awkward = text[:1] in {" ", "\n", "\t", ""} or any(line != line.rstrip() for line in lines)
    if manner.json or "\n" not in text or awkward or _UNPRINTABLE.search(text) or _BREAKS.search(text) or ends > 1:
        return None
    return ["|" if ends else "|-", *(" " * indent + line if line else "" for line in lines)]


def flow(value: Any, manner: Manner) -> str:
    """Spell a value on one line."""
    if isinstance(value, dict):
        key = (_double) if manner.json else (lambda name: scalar(name, manner, flow=True))
        inner = ", ".join(f"{key(name)}: {flow(item, manner)}" for name, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(flow(item, manner) for item in value)}]"
    return scalar(value, manner, flow=True)


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _double(text: str) -> str:
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _reads(source: str, value: Any) -> bool:
    found = load(source.encode(errors="replace"), "value.yaml")
    return len(found) == 1 and isinstance(found[0], Document) and found[0].value == value
