"""Where schemas are looked for: kubeconform's location templates, for paths in the repository and HTTPS addresses.

As in kubeconform (pkg/registry/registry.go, v0.8.0) a location that does not end in `json` is the root of a mirror of
https://github.com/yannh/kubernetes-json-schema, and `default` stands for the schemas of Kubernetes itself, which are
bundled here. Of Go's templates, actions that name a variable are understood, and comments.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from gitops_action.model import Location
from gitops_action.records import dataclass
from gitops_action.regex import regex

DEFAULT: Final = "default"
VARIABLES: Final = (
    "NormalizedKubernetesVersion",
    "StrictSuffix",
    "ResourceKind",
    "ResourceAPIVersion",
    "Group",
    "KindSuffix",
)
_MIRROR: Final = (
    "/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json"
)
_ACTION: Final = regex(r"\{\{(?P<before>-\s)?(?P<said>.*?)(?P<after>\s-)?\}\}", re.DOTALL)
_SCHEME: Final = regex(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY: Final = regex(r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_NOWHERE: Final = Location("")
# A kind or a group becomes a part of a path or an address: it must not be able to lead elsewhere.
_PLAIN: Final = regex(r"[A-Za-z0-9](?:[A-Za-z0-9-]|\.(?!\.))*")


@dataclass(frozen=True, slots=True)
class SchemaLocation:
    """One location. `parts` are literal texts and names of variables, in turns, beginning with a text."""

    text: str
    parts: tuple[str, ...]
    remote: bool
    place: Location = field(default=_NOWHERE, compare=False)

    @property
    def root(self) -> str:
        """The part of the path that no variable changes: a folder with its `/`, or "" for the whole repository."""
        return self.parts[0].rpartition("/")[0] + "/" if "/" in self.parts[0] else ""

    def address(self, api_version: str, kind: str, minor: int) -> str | None:
        """Return where the schema of a kind would be; None for a kind that no file can be named after."""
        prefix, _, version = api_version.rpartition("/")
        group = prefix or version
        if not all(map(_PLAIN.fullmatch, (group, version, kind))):
            return None
        suffix = f"-{group.partition('.')[0].lower()}"
        values = {
            "NormalizedKubernetesVersion": f"v1.{minor}.0",
            "StrictSuffix": "-strict",
            "ResourceKind": kind.lower(),
            "ResourceAPIVersion": version,
            "Group": group,
            "KindSuffix": f"{suffix}-{version.lower()}" if prefix else suffix,
        }
        return "".join(values[part] if index % 2 else part for index, part in enumerate(self.parts))


def parse(text: str, place: Location = _NOWHERE) -> SchemaLocation | None:
    """Read a location; None for `default`. Raises ValueError, saying what to change, for one that cannot be used."""
    if text == DEFAULT:
        return None
    template = text if text.endswith("json") else text.rstrip("/") + _MIRROR
    parts = _parts(template)
    scheme = _SCHEME.match(parts[0])
    if scheme:
        _require_safe_address(scheme[1].lower(), parts)
        return SchemaLocation(text, parts, remote=True, place=place)
    if parts[0].startswith(("/", "~")) or "\\" in template:
        raise ValueError("start at the repository's root, with `/` between the parts")
    first = "/".join(part for part in parts[0].split("/")[:-1] if part not in {"", "."})
    parts = ((first + "/" if first else "") + parts[0].rpartition("/")[2], *parts[1:])
    if ".." in "".join(parts).split("/"):
        raise ValueError("`..` is not understood: schemas lie in the repository")
    return SchemaLocation(text, parts, remote=False, place=place)


def _parts(template: str) -> tuple[str, ...]:
    parts: list[str] = []
    text, rest = "", template
    while match := _ACTION.search(rest):
        before, rest = rest[: match.start()], rest[match.end() :]
        text += before.rstrip() if match["before"] else before
        rest = rest.lstrip() if match["after"] else rest
        said = match["said"].strip()
        if said.startswith(".") and said[1:] in VARIABLES:
            parts += [text, said[1:]]
            text = ""
        elif not (said.startswith("/*") and said.endswith("*/")):
            known = ", ".join(f".{variable}" for variable in VARIABLES)
            raise ValueError(f"`{match[0]}` is not understood: the variables are {known}")
    parts.append(text + rest)
    if any(mark in part for part in parts[::2] for mark in ("{{", "}}")):
        raise ValueError("`{{` and `}}` do not pair")
    return tuple(parts)


def _require_safe_address(scheme: str, parts: tuple[str, ...]) -> None:
    rest = parts[0].partition(":")[2]
    if scheme not in {"https", "http"}:
        raise ValueError("only https:// is fetched; a path in the repository has no scheme")
    authority, slash, _ = rest.removeprefix("//").partition("/")
    if not rest.startswith("//") or not slash:
        # What a manifest says must not choose the host.
        raise ValueError("write the scheme, the host and a `/` before the first variable")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise ValueError("the host is not understood; no user and no password may stand before it")
    if scheme != "https" and not (scheme == "http" and match["host"] in _LOOPBACK):
        raise ValueError("only https:// is fetched")
    if any(character in part for part in parts[::2] for character in "# \\\t\n"):
        raise ValueError("leave out blanks, backslashes and `#`")
