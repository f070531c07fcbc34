"""Names of files and folders that belong to tools, not to a cluster."""

from __future__ import annotations

import re
from typing import Final

from gitops_action.regex import regex

# Nothing below these is looked into.
_FOLDERS: Final = frozenset(
    {
        ".azuredevops",
        ".buildkite",
        ".circleci",
        ".devcontainer",
        ".forgejo",
        ".gitea",
        ".github",
        ".gitlab",
        ".husky",
        ".idea",
        ".semaphore",
        ".terraform",
        ".vscode",
        ".woodpecker",
        "node_modules",
    }
)
# Names that say what a file most likely is. Its content has the last word.
_NAMES: Final = regex(
    r"""
    (?:docker-)?compose(?:[._-].*)?\.ya?ml
    | (?:azure|bitbucket)-pipelines.*\.ya?ml
    | (?:app|cloud)(?:veyor|build).*\.ya?ml
    | action\.ya?ml
    | artifacthub-(?:repo|pkg)\.ya?ml
    | buf(?:\.gen|\.work)?\.ya?ml
    | c[rt]\.ya?ml
    | catalog-info\.ya?ml
    | codecov\.ya?ml
    | composer\.(?:json|lock)
    | dependabot\.ya?ml
    | devbox\.json
    | devfile\.ya?ml
    | helmfile.*\.ya?ml
    | lerna\.json
    | mkdocs.*\.ya?ml
    | package(?:-lock)?\.json
    | pnpm-(?:lock|workspace)\.yaml
    | release-please-config\.json
    | renovate.*\.json5?
    | skaffold.*\.ya?ml
    | taskfile.*\.ya?ml
    | tsconfig.*\.json
    | (?:turbo|nx|deno|vercel)\.jsonc?
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_in_tool_folder(path: str) -> bool:
    """Whether a path lies in a folder that belongs to a tool."""
    return not _FOLDERS.isdisjoint(path.split("/")[:-1])


def is_hidden(path: str) -> bool:
    """Whether a file's own name begins with a dot, as tools' settings do (`.pre-commit-config.yaml`)."""
    return path.rpartition("/")[2].startswith(".")


def has_tool_name(path: str) -> bool:
    """Whether a file has a name that a tool looks for."""
    return _NAMES.fullmatch(path.rpartition("/")[2]) is not None
