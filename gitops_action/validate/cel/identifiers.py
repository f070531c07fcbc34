"""How field names become identifiers of CEL, https://kubernetes.io/docs/reference/using-api/cel/#escaping."""

from __future__ import annotations

from typing import Final

from gitops_action.regex import regex

_RESERVED: Final = frozenset(
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "package", "namespace", "return", "var", "void", "while",
    }
)  # fmt: skip
_IDENTIFIER: Final = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPABLE: Final = regex(r"[A-Za-z_./-][A-Za-z0-9_./-]*")
_PARTS: Final = regex(r"__|[-./]")
_ESCAPES: Final = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


def escape(name: str) -> str | None:
    """Return the identifier for a field, or None if rules cannot reach it (Escape, pkg/cel/escaping.go)."""
    if name in _RESERVED:
        return f"__{name}__"
    if "__" not in name and _IDENTIFIER.fullmatch(name):
        return name
    if not _ESCAPABLE.fullmatch(name):
        return None
    return _PARTS.sub(lambda match: _ESCAPES[match[0]], name)
