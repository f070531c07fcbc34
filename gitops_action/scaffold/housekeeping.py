"""Files that are about the repository itself: who reviews what, what is kept out of Git, what keeps pins fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.scaffold import names
from gitops_action.scaffold.wish import OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.scaffold.wish import Setup

CODEOWNERS: Final = ".github/CODEOWNERS"
ZIZMOR: Final = ".github/zizmor.yml"
DEPENDABOT: Final = ".github/dependabot.yml"
ALTERNATIVES: Final = {
    # GitHub takes the first that it finds of these, so that ours would push theirs aside.
    CODEOWNERS: ("CODEOWNERS", "docs/CODEOWNERS"),
    DEPENDABOT: (".github/dependabot.yaml",),
    ZIZMOR: (".github/zizmor.yaml", "zizmor.yml", "zizmor.yaml"),
    "README.md": ("README", "README.rst", "README.txt", "README.adoc", "readme.md", "Readme.md", ".github/README.md"),
    ".gitops.yaml": (".gitops.yml",),
}
"""Files that have the purpose of one of ours, by ours."""
_IGNORED: Final = """\
# What the commands write, and what must never be committed.
gitops-report*
kubeconfig*
*.kubeconfig
*.pem
*.key
/identity
/identity.pub
/known_hosts
"""
_DEPENDABOT: Final = """\
# Keeps the workflows' references fresh, by pull requests.
version: 2
updates:
  - package-ecosystem: github-actions
    directory: /
    schedule:
      interval: weekly
    cooldown:
      default-days: 7
"""


def files(setup: Setup) -> dict[str, str]:
    """Return CODEOWNERS, .gitignore and the settings of Dependabot and zizmor, by path."""
    return {CODEOWNERS: _codeowners(setup), ".gitignore": _IGNORED, DEPENDABOT: _DEPENDABOT, **linting(setup)}


def linting(setup: Setup) -> dict[str, str]:
    """Return what zizmor has to be told: nothing, where the workflows name a commit."""
    if names.is_commit(setup.ref):
        return {}
    owner = OURS.partition("/")[0]
    return {
        ZIZMOR: f"""\
rules:
  unpinned-uses:
    config:
      policies:
        # The tag {setup.ref} of {OURS} moves with its releases, and each names its image by digest. To be asked about each
        # of them, name a commit instead: `gitops-action init --action-ref COMMIT` writes workflows that do.
        {owner}/*: ref-pin
        '*': hash-pin
"""
    }


def without_alternatives(files: Mapping[str, str], present: Mapping[str, object]) -> tuple[dict[str, str], list[str]]:
    """Leave out the files whose purpose another file has that is there, and say so."""
    left, said = dict(files), []
    for ours, others in ALTERNATIVES.items():
        theirs = next((other for other in others if other in present), "")
        if theirs and ours in left and ours not in present:
            del left[ours]
            said.append(f"{theirs} has the purpose of {ours}, which is left out")
    return left, said


def trusted(setup: Setup) -> str:
    """Say what a configuration of zizmor that is there has to be told; "" where nothing."""
    if names.is_commit(setup.ref):
        return ""
    owner = OURS.partition("/")[0]
    return f"zizmor: add `{owner}/*: ref-pin` to the policies of `unpinned-uses`, or name a commit with --action-ref"


def _codeowners(setup: Setup) -> str:
    owners = " ".join(setup.owners)
    paths = ["/.gitops.yaml", "/.github/", "/access/", "/clusters/", "/infrastructure/"]
    if setup.environments:
        paths.append(f"/apps/{setup.environments[-1]}/")
    width = max(map(len, paths))
    lead_in, who = ("", owners) if owners else ("# ", "@ORGANISATION/TEAM")
    rules = "".join(f"{lead_in}{path:{width}} {who}\n" for path in paths)
    lead = (
        "# Who has to approve changes of what grants power, and of what users see. It holds once the branch is protected with\n"
        "# `Require review from Code Owners`.\n"
    )
    return lead + ("" if owners else "# Name your team, and take away the `# ` before each rule.\n") + rules
