"""What the options of `create` say, in the forms of `flux create`."""

from __future__ import annotations

from typing import Final

from gitops_action.errors import UsageError
from gitops_action.regex import regex
from gitops_action.scaffold import names
from gitops_action.scaffold.flux_objects import CHECKED, Source

_SOURCES: Final = {kind.lower(): kind for kind in ("GitRepository", "OCIRepository", "Bucket", "ExternalArtifact")}
_HEALTH: Final = regex(r"(?P<kind>[A-Za-z]+)/(?P<name>[^./]+)\.(?P<namespace>[^./]+)")


def source(text: str) -> Source:
    """Read `[KIND/]NAME[.NAMESPACE]`, as `flux create kustomization --source`. Raises UsageError."""
    kind, slash, rest = text.rpartition("/")
    name, _, space = rest.partition(".")
    if slash and kind.lower() not in _SOURCES:
        raise UsageError(f"--source: `{kind}` is no source: {', '.join(_SOURCES.values())}")
    names.object_name(name, "--source")
    if space:
        names.namespace(space, "--source")
    return Source(_SOURCES[kind.lower()] if slash else "GitRepository", name, space)


def depends_on(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Read `NAME` or `NAMESPACE/NAME`, several separated by commas. Raises UsageError."""
    found = []
    for one in ",".join(texts).split(",") if texts else []:
        space, slash, name = one.strip().rpartition("/")
        if slash:
            names.namespace(space, "--depends-on")
        found.append((space, names.object_name(name, "--depends-on")))
    return tuple(found)


def health_checks(texts: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Read `KIND/NAME.NAMESPACE`, several separated by commas. Raises UsageError."""
    found = []
    for one in ",".join(texts).split(",") if texts else []:
        parts = _HEALTH.fullmatch(one.strip())
        if parts is None or parts["kind"] not in CHECKED:
            raise UsageError(
                f"--health-check: `{one.strip()}` is none: write KIND/NAME.NAMESPACE, where KIND is one of {', '.join(CHECKED)}"
            )
        found.append(
            (
                parts["kind"],
                names.object_name(parts["name"], "--health-check"),
                names.namespace(parts["namespace"], "--health-check"),
            )
        )
    return tuple(found)


def labels(texts: tuple[str, ...]) -> dict[str, str]:
    """Read `KEY=VALUE`, several separated by commas. Raises UsageError."""
    found = {}
    for one in ",".join(texts).split(",") if texts else []:
        key, equals, value = one.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--label: `{one}` is none: write KEY=VALUE")
        found[key.strip()] = value.strip()
    return found
