"""The README of a new repository: what lies where, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.scaffold.wish import OURS, Via
from gitops_action.scaffold.workflows import SECRET, SWITCH

if TYPE_CHECKING:
    from gitops_action.scaffold.wish import Setup

_DOCS: Final = f"https://github.com/{OURS}/blob/main"


FILE: Final = "README.md"


def files(setup: Setup) -> dict[str, str]:
    """Return the README, by its path."""
    return {FILE: "\n".join((_layout(setup), f"## Next steps\n\n{steps(setup)}", _everyday(setup)))}


def _layout(setup: Setup) -> str:
    listed = " → ".join(f"`{name}`" for name in setup.environments)
    clusters = (
        "Flux's Kustomizations of each cluster: `infrastructure` first, then `apps`"
        if setup.via is Via.FLUX
        else "one kustomization for each cluster, with all that is applied to it"
    )
    onwards = "promotes what was merged from one environment to the next" if setup.paths else "says what they change"
    ending = "waits until Flux has applied it" if setup.via is Via.FLUX else "applies it"
    return f"""\
# Configuration of our clusters

What runs in {listed}, kept in Git. Changes come by pull request: [gitops-action](https://github.com/{OURS}) checks them,
{onwards}, and {ending}.

| Where | What |
|---|---|
| `apps/base/<app>` | what an application is in every environment |
| `apps/<environment>/<app>` | what is different there: tags, replicas, hosts |
| `infrastructure/` | what has to be there before the applications: namespaces, operators |
| `clusters/<environment>` | {clusters} |
| `access/` | the accounts of the jobs, and the policy that lets one of them do nothing but dry runs ([why]({_DOCS}/deploy/README.md)) |
| `.gitops.yaml` | environments, the way of a change between them, and which newer images are taken up ([all settings]({_DOCS}/docs/configuration.md)) |
| `.github/workflows/gitops-*.yml` | check, promote, deploy, drift, new images, and orders in comments |
"""


def steps(setup: Setup) -> str:
    """Return what is left to do on GitHub and in the clusters, as a numbered list."""
    todo = [
        (
            "Push this to GitHub, and protect the branch: require the check `check / Check`, and reviews by code owners (name "
            "yours in `.github/CODEOWNERS`)."
        ),
    ]
    if setup.paths:
        todo.append(
            "*Settings > Actions > General*: allow GitHub Actions to create pull requests, so that promotions can be proposed. "
            f"[A GitHub App]({_DOCS}/docs/promote.md#tokens) makes checks run on them, too."
        )
    if setup.via is Via.FLUX:
        path = f"clusters/{setup.environments[0]}"
        todo.append(
            "Set Flux up, once for each cluster; it says what to do with the keys, which never come into Git:\n\n"
            "       flux install --export > install.yaml\n"
            f"       gitops-action init flux --owner ORGANISATION --repository REPOSITORY --branch {setup.branch} --path {path} "
            "--components install.yaml\n"
        )
    else:
        todo.append(
            "Let a person who may do everything make the accounts, once in each cluster:\n\n"
            "       kubectl apply --server-side -k access\n"
        )
    todo.append(
        f"Make a kubeconfig with one context for each environment, named as the environment, whose user is the account `deploy` "
        f"in the namespace `gitops-action` (`kubectl create token deploy --namespace gitops-action`, or your cloud's login). Put it "
        f"into the secret `{SECRET}`, and set the variable `{SWITCH}` to `true`: until then the jobs Deploy and Drift do nothing.\n\n"
        f"       gh secret set {SECRET} < kubeconfig\n"
        f"       gh variable set {SWITCH} --body true\n"
    )
    todo.append(
        f"If you like, [show in pull requests what a change would do in the clusters]({_DOCS}/docs/preview.md), with the account "
        "`preview`, which can do nothing else. `gitops-action doctor` says what is still missing, and for which job."
    )
    listed = "\n".join(f"{number}. {step}" for number, step in enumerate(todo, 1))
    return f"{listed}\n"


def _everyday(setup: Setup) -> str:
    first = setup.environments[0]
    lines = [
        ("gitops-action check --all", "is everything right?"),
        (f"gitops-action check --base origin/{setup.branch}", "and what would this branch change?"),
        (f"gitops-action render apps/{first}", "the manifests themselves"),
    ]
    if setup.paths:
        lines.append(("gitops-action promote plan", "what would be promoted where?"))
    lines.append(("gitops-action doctor", "what is missing for which job?"))
    width = max(len(command) for command, _ in lines)
    shown = "".join(f"    {command:{width}}   # {what}\n" for command, what in lines)
    return f"""\
## On your machine

    pipx install 'gitops-action[kubectl]'
{shown}
A new application is a folder in `apps/base`, one in each `apps/<environment>` with a line in the `kustomization.yaml` there, and a
namespace in `infrastructure/base/namespaces.yaml`. Each environment is a cluster of its own here; those that share one need
namespaces of their own.
"""
