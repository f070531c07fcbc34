"""Files that are about the repository itself: who reviews what, what is kept out of Git, what keeps pins fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.scaffold import names
from gitops_action.scaffold.wish import OURS

if TYPE_CHECKING:
    from gitops_action.scaffold.wish import Setup

CODEOWNERS: Final = ".github/CODEOWNERS"
ZIZMOR: Final = ".github/zizmor.yml"
DEPENDABOT: Final = ".github/dependabot.yml"
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
