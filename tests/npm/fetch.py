"""Get GitHub's own descriptions of its API, SARIF's schema, and axe-core: `python -m tests.npm.fetch` (part of `make test`).

The lock file beside this pins the packages and their integrity hashes. Of 400 MB only the files that tests read are
kept, in a cache outside the clone, in a folder named after the lock: another lock is another folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitops_action.adapters.processes import tool_cache
from tests.support import require

_HERE: Final = Path(__file__).resolve().parent
_LOCKED: Final = ("package.json", "package-lock.json")
_KEPT: Final = {
    "api.github.com.json": "@octokit/openapi/generated/api.github.com.json",
    "schema.graphql": "@octokit/graphql-schema/schema.graphql",
    "sarif-2.1.0.json": "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
    "axe.min.js": "axe-core/axe.min.js",
}
_TIME_LIMIT: Final = 300.0


@dataclass(frozen=True, slots=True)
class Descriptions:
    """Where the descriptions are: REST as OpenAPI 3.0 in JSON, GraphQL as SDL, SARIF as a JSON schema (draft 4).

    `axe` is the script that finds what a page lacks for people who do not see it.
    """

    openapi: Path
    graphql: Path
    sarif: Path
    axe: Path


def _cache() -> Path:
    digest = hashlib.sha256(b"\0".join((_HERE / name).read_bytes() for name in _LOCKED)).hexdigest()
    return tool_cache() / "npm" / digest[:16]


def fetch() -> Descriptions:
    """Return the descriptions, after `npm ci` where the cache has none; raises CalledProcessError if that fails."""
    cache = _cache()
    if not cache.is_dir():
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache.parent, prefix="fetching-") as scratch:
            _install(Path(scratch), cache)
    return Descriptions(*(cache / name for name in _KEPT))


def _install(scratch: Path, cache: Path) -> None:
    for name in _LOCKED:
        shutil.copy(_HERE / name, scratch)
    npm = shutil.which("npm") or "npm"
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run([npm, "ci", *options], cwd=scratch, check=True, timeout=_TIME_LIMIT, stdout=subprocess.DEVNULL)
    whole = scratch / "whole"
    whole.mkdir()
    for name, source in _KEPT.items():
        shutil.move(scratch / "node_modules" / source, whole / name)
    try:
        # The cache appears whole or not at all, whoever else is fetching.
        whole.rename(cache)
    except OSError:
        if not cache.is_dir():
            raise


def descriptions() -> Descriptions:
    """Return the descriptions for a test; without npm and without a cache the test is skipped by name."""
    require(_cache().is_dir() or shutil.which("npm"), "npm (gets GitHub's descriptions of its API, and SARIF's schema)")
    return fetch()


if __name__ == "__main__":
    try:
        fetch()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"cannot get GitHub's API descriptions and SARIF's schema: {error}", file=sys.stderr)  # noqa: T201 - the command's answer
        sys.exit(1)
    sys.exit(os.EX_OK)
