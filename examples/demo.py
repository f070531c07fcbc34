"""Check a sample change: fleet/ is the base, change.patch the pull request. Prints the comment it would get."""  # noqa: INP001 - a script, no package

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPORT = Path("gitops-report.json")
# Nothing of the user's own Git is to play a part, and the commits are the same on each machine.
IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{role}_NAME": "Demo" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "demo@example.com" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_DATE": "2026-01-01T12:00:00Z" for role in ("AUTHOR", "COMMITTER")},
}
INTRODUCTION = """\
The repository is examples/fleet; the pull request is examples/change.patch. It raises the web server's version, gives
the worker a field that Kubernetes does not know, removes staging's mail catcher and changes a password of production.

This is the comment that it gets:
"""


def make_repository(path: Path) -> tuple[str, str]:
    """Make a Git repository of the fleet in `path`, with the change on top; return the two commits."""
    shutil.copytree(HERE / "fleet", path)
    git(path, "init", "--quiet", "--initial-branch=main")
    commits: list[str] = []
    for message in ("The fleet", "The change"):
        if commits:
            git(path, "apply", "--index", str(HERE / "change.patch"))
        git(path, "add", "--all")
        git(path, "commit", "--quiet", "--no-gpg-sign", f"--message={message}")
        commits.append(git(path, "rev-parse", "HEAD"))
    return commits[0], commits[1]


def git(repository: Path, *arguments: str) -> str:
    """Run Git in `repository` and return what it prints."""
    command = ["git", "-c", f"core.hooksPath={os.devnull}", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        command, cwd=repository, env={**environment, **IDENTITY}, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def check(repository: Path, base: str, head: str, *options: str) -> int:
    """Run the check as on a command line and return its exit code."""
    command = [
        sys.executable,
        "-m",
        "gitops_action",
        "check",
        "--repo",
        str(repository),
        "--base",
        base,
        "--head",
        head,
    ]
    return subprocess.run([*command, *options], check=False).returncode


def main() -> int:
    """Return 0 if the check found what was planted, else an exit code of its own."""
    with tempfile.TemporaryDirectory(prefix="gitops-demo-") as folder:
        repository = Path(folder) / "fleet"
        base, head = make_repository(repository)
        say(INTRODUCTION)
        commented = check(repository, base, head, "--output", "markdown")
        written = check(repository, base, head, "--output", "json", "--output-file", str(REPORT.absolute()))
    if commented != written:
        sys.exit(f"the two runs of the check ended differently: {commented} and {written}")
    if commented == 0:
        say("\nThe check passed, though a mistake was planted: this is a fault of gitops-action.")
        return 1
    if commented != 1:
        return commented
    say(f"\nThe whole report is in {REPORT}.")
    say("The check failed with exit code 1, as it should: the mistake in the worker was planted.")
    return 0


def say(text: str) -> None:
    """Print at once, so that the text stays in order with what the check prints."""
    print(text, flush=True)  # noqa: T201 - it is what the demo is for


if __name__ == "__main__":
    sys.exit(main())
