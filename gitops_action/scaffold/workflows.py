"""The workflows that a configuration repository has: each calls a reusable one of ours, with the rights that it needs.

They are named `gitops-…`, so that they hide nobody's own. Those that need a cluster wait for the repository's variable
GITOPS_CLUSTERS, so that the first push is not a failure of what nobody has set up yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.scaffold import names
from gitops_action.scaffold.wish import OURS

if TYPE_CHECKING:
    from gitops_action.scaffold.wish import Setup

FOLDER: Final = ".github/workflows"
SWITCH: Final = "GITOPS_CLUSTERS"
SECRET: Final = "KUBECONFIG"  # noqa: S105 - the name of one
REGISTRIES: Final = "REGISTRY_CREDENTIALS"
_IF: Final = f"    # Once the secret {SECRET} is there, set this variable of the repository to `true`.\n    if: vars.{SWITCH} == 'true'\n"
_KUBECONFIG: Final = f"    secrets:\n      kubeconfig: ${{{{ secrets.{SECRET} }}}}\n"


def files(setup: Setup) -> dict[str, str]:
    """Return the workflows, by path."""
    found = {"check": _check(setup)}
    if setup.paths:
        found["promote"] = _promote(setup)
    if setup.environments:
        found |= {"deploy": _deploy(setup), "drift": _drift(setup)}
    if setup.images:
        found["images"] = _images(setup)
    found["chat"] = _chat(setup)
    return {f"{FOLDER}/gitops-{name}.yml": text for name, text in found.items()}


def _check(setup: Setup) -> str:
    return f"""\
# Says in a comment what is wrong with a change and what it would do. Require the check `check / Check` before merging.
name: Check
on:
  pull_request:
  merge_group:
permissions: {{}}
jobs:
  check:
    permissions:
      contents: read # to read the repository
      pull-requests: write # to post the comment
    uses: {_uses(setup, "check")}
"""


def _promote(setup: Setup) -> str:
    return f"""\
# Proposes what was merged for one environment to the next.
name: Promote
on:
  push:
    branches: [{names.key(setup.branch)}]
  schedule:
    - cron: '*/30 * * * *' # opens gates when their time has come
  workflow_dispatch:
permissions: {{}}
jobs:
  promote:
    permissions:
      contents: write # to push the branches of promotions
      pull-requests: write # to open and close them
      statuses: write # to say on them whether they are ready
      checks: read # for gates that require checks
      deployments: read # for gates that require a healthy deployment
    uses: {_uses(setup, "promote")}
"""


def _deploy(setup: Setup) -> str:
    return f"""\
# Brings each environment to what was merged, and says so on GitHub.
name: Deploy
on:
  push:
    branches: [{names.key(setup.branch)}]
  workflow_dispatch:
permissions: {{}}
jobs:
  deploy:
{_IF}\
    strategy:
      fail-fast: false
      matrix:
        environment: [{names.spelled(setup.environments)}]
    permissions:
      contents: read # to read the repository
      deployments: write # to say how the deployment goes
      statuses: write # to say it on the commit
      pull-requests: read # to know which pull request it comes from
    uses: {_uses(setup, "deploy")}
    with:
      environment: ${{{{ matrix.environment }}}}
{_KUBECONFIG}"""


def _drift(setup: Setup) -> str:
    listed = "".join(f"        {name}\n" for name in setup.environments)
    return f"""\
# Notices when a cluster is no longer what was deployed, and keeps an issue about it.
name: Drift
on:
  schedule:
    - cron: '17 * * * *'
  workflow_dispatch:
permissions: {{}}
jobs:
  drift:
{_IF}\
    permissions:
      contents: read # to read the repository and its locks
      issues: write # to keep one issue for each environment
    uses: {_uses(setup, "drift")}
    with:
      environment: |
{listed}\
{_KUBECONFIG}"""


def _images(setup: Setup) -> str:
    return f"""\
# Proposes newer images, by the policies of .gitops.yaml and those of Flux.
name: Images
on:
  schedule:
    - cron: '43 * * * *'
  workflow_dispatch:
permissions: {{}}
jobs:
  images:
    permissions:
      contents: write # to push the branches of updates
      pull-requests: write # to open and close them
    uses: {_uses(setup, "images")}
    # Registries that ask for credentials: a line HOST=USER:PASSWORD for each, in this secret. Empty where there is none.
    secrets:
      registry-credentials: ${{{{ secrets.{REGISTRIES} }}}}
"""


def _chat(setup: Setup) -> str:
    return f"""\
# Does what a comment on a pull request orders, such as `/diff` or `/lock production`, for those who may.
name: Chat
on:
  issue_comment: # zizmor: ignore[dangerous-triggers] the main branch is checked out, and only who has the role `write` is heard
    types: [created]
permissions: {{}}
jobs:
  chat:
    permissions:
      contents: write # to push the branches of promotions, and locks
      pull-requests: write # to answer, and to open promotions
      statuses: write # to say on promotions whether they are ready
      checks: read # for gates that require checks
      deployments: write # to say what /deploy does
    uses: {_uses(setup, "chat")}
{_KUBECONFIG}"""


def _uses(setup: Setup, name: str) -> str:
    said = f" # {setup.version}" if setup.version else ""
    return f"{OURS}/{FOLDER}/{name}.yml@{setup.ref}{said}"
