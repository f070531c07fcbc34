"""`make test` gets here first: build and fetch what the tests need; name what this machine cannot provide.

What is missing on a user's machine becomes a named skip of the tests that need it; with CI=true it is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browser import find_browser
from tests.support import ROOT


def build_tools(*names: str) -> bool:
    """Build the pinned Go tools (all of them by default); return whether they are there."""
    return _do(["go"], [sys.executable, "tools/build.py", *names], "the Go tools")


def get_browser() -> bool:
    """Return whether there is a Chromium; in CI it is installed where it is missing."""
    if find_browser() is None and os.environ.get("CI") == "true":
        return _do(
            ["apt-get"], ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"], "Chromium"
        )
    return (
        _do([], [sys.executable, "-c", ""], "Chromium") if find_browser() else _do(["chromium"], [], "the HTML report")
    )


def _do(needs: list[str], argv: list[str], what: str) -> bool:
    """Run one preparation if the programs it needs are there."""
    absent = [name for name in needs if shutil.which(name) is None]
    if absent:
        print(f"prepare: {what}: {', '.join(absent)} is not installed; tests that need it are skipped")
        return False
    print(f"prepare: {what}", flush=True)
    return subprocess.run(argv, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """Prepare everything; with CI=true return 1 where something failed."""
    done = [build_tools()]
    done.append(_do(["npm"], [sys.executable, "-m", "tests.npm.fetch"], "GitHub's API descriptions and SARIF's schema"))
    done.append(get_browser())
    done.append(_do([], [sys.executable, "-m", "tests.container.images.build"], "the base images"))
    # Those that are there are left alone: a folder without some is what a run without a network leaves.
    done.append(_do(["git"], [sys.executable, "tests/corpora/fetch.py"], "the corpora"))
    if all(done):
        return 0
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
