"""`.gitops.yaml`: environments with their paths, and the way of a change between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.scaffold import names, workloads
from gitops_action.scaffold.wish import OURS, REF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.scaffold.wish import Setup

FILE: Final = ".gitops.yaml"
_SCHEMA: Final = f"https://raw.githubusercontent.com/{OURS}/{REF}/schemas/gitops.schema.json"
_HEAD: Final = f"# yaml-language-server: $schema={_SCHEMA}\nversion: 1\n"


def of_new(setup: Setup) -> dict[str, str]:
    """Return the configuration of a new repository, by its path."""
    environments = {name: (f"apps/{name}", f"infrastructure/{name}") for name in setup.environments}
    text = (
        f"{_HEAD}"
        "# In the order in which a change travels. `clusters/<name>` belongs to its environment by its name, and is not promoted.\n"
        f"{_environments(environments, setup)}"
    )
    if setup.paths:
        text += f"promotion:\n  # Each application is promoted on its own.\n  layout: directory\n{_ways(setup.paths)}"
    if setup.images:
        text += _policy(setup)
    return {FILE: text}


def _policy(setup: Setup) -> str:
    rest = "  # The others get it by promotion." if setup.paths else ""
    return (
        "images:\n"
        "  policies:\n"
        f"    {names.key(setup.app)}:\n"
        f"      image: {workloads.IMAGE}\n"
        f"      semver: {workloads.RANGE}\n"
        f"      paths: [{names.key(f'apps/{setup.environments[0]}')}]{rest}\n"
    )


def of_existing(
    setup: Setup, environments: Mapping[str, Sequence[str]], unordered: Sequence[str] = ()
) -> dict[str, str]:
    """Return the configuration of a repository that was there before: what its directories say, to be corrected by people.

    `unordered` are environments of which it is not known where in the way of a change they stand.
    """
    text = _HEAD
    if environments:
        text += f"# Told by the names of directories and by what Flux deploys: correct what is wrong.\n{_environments(environments, setup)}"
    else:
        text += (
            "# No environment could be told by the names of directories. Name them in the order in which a change travels:\n"
            f"# environments:\n#   staging:\n#     paths: [overlays/staging]\n#     deploy: {{via: {setup.via.value}}}\n"
        )
    if setup.paths:
        text += f"promotion:\n{_ways(setup.paths)}"
    if unordered:
        text += (
            f"# Between which environments changes are promoted is not known of: {', '.join(unordered)}.\n"
            "# promotion:\n#   paths:\n#     - {from: staging, to: production}\n"
        )
    return {FILE: text}


def _environments(environments: Mapping[str, Sequence[str]], setup: Setup) -> str:
    lines = ["environments:"]
    for name, paths in environments.items():
        lines += [
            f"  {names.key(name)}:",
            f"    paths: [{names.spelled(paths)}]",
            f"    deploy: {{via: {setup.via.value}}}",
        ]
    return "\n".join(lines) + "\n"


def _ways(ways: Sequence[tuple[str, str]]) -> str:
    lines = [f"    - {{from: {names.key(source)}, to: {names.key(target)}}}" for source, target in ways]
    return "\n".join(["  paths:", *lines]) + "\n"
