"""`make lint`: every check that reads the sources without running them; all are run, then the failures are named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from gitops_action.adapters.processes import find_tool
from tests.prepare import build_tools
from tests.support import ROOT

BIN = Path(sys.executable).parent


def commands() -> dict[str, list[str]]:
    """Return the checks by name, in the order in which they run."""
    actionlint = find_tool("actionlint") or Path("actionlint")
    return {
        "ruff": [f"{BIN}/ruff", "check", "."],
        "format": [f"{BIN}/ruff", "format", "--check", "."],
        "mypy": [f"{BIN}/mypy"],
        "import contracts": [f"{BIN}/lint-imports"],
        "actionlint": [str(actionlint)],
        "zizmor": [f"{BIN}/zizmor", "--offline", "--no-progress", "--quiet", "."],
        "hadolint": [f"{BIN}/hadolint", "Dockerfile"],
        "action.yml": [f"{BIN}/check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"],
        "schemas": [
            f"{BIN}/check-jsonschema",
            "--check-metaschema",
            *map(str, sorted((ROOT / "schemas").glob("*.schema.json"))),
        ],
        "tracked files": ["git", "diff", "--check", "HEAD"],
    }


def main() -> int:
    """Run all checks; return 0 if each passed."""
    build_tools("actionlint")
    failed = []
    for name, argv in commands().items():
        print(f"lint: {name}", flush=True)
        if shutil.which(argv[0]) is None:
            print(f"lint: {name}: {argv[0]} is missing")
            failed.append(name)
        elif subprocess.run(argv, cwd=ROOT, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"lint: failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
