"""`access/`: the accounts of the jobs, with no more rights than they need; applied by a person, or by Flux.

The account that can do nothing but dry runs, and the policy that makes it so, are those of `deploy/` in this project; they
come with the package. The account that deploys builds upon them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.data import deploy_folder
from gitops_action.scaffold.wish import Via

if TYPE_CHECKING:
    from gitops_action.scaffold.wish import Setup

FOLDER: Final = "access"
_TAKEN: Final = ("namespace.yaml", "policy.yaml", "account.yaml", "rights.yaml")
_ACCOUNT: Final = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: deploy
  namespace: gitops-action
automountServiceAccountToken: false
"""
# What `deploy --via flux` needs: docs/deploy.md.
_FLUX: Final = """\
# The account of the workflow Deploy: it looks, and asks Flux to look at Git now. Flux itself does the writing.
{account}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: gitops-action-flux
rules:
  - apiGroups: [source.toolkit.fluxcd.io, kustomize.toolkit.fluxcd.io, helm.toolkit.fluxcd.io]
    resources: ["*"]
    verbs: [get, list, patch]
{flux}{view}"""
_APPLY: Final = """\
# The account of the workflow Deploy: what can be previewed it can do, and it can take it away again. Secrets, nodes, admission
# policies and tokens are not among it. Custom resources of your own: add their groups to both roles.
{account}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: gitops-action-deploy
rules:
  - apiGroups: [""]
    resources: [configmaps, endpoints, limitranges, podtemplates, replicationcontrollers, resourcequotas, serviceaccounts, services]
    verbs: [delete]
  - apiGroups: [apps]
    resources: [daemonsets, deployments, replicasets, statefulsets]
    verbs: [delete]
  - apiGroups: [batch]
    resources: [cronjobs, jobs]
    verbs: [delete]
  - apiGroups: [autoscaling]
    resources: [horizontalpodautoscalers]
    verbs: [delete]
  - apiGroups: [policy]
    resources: [poddisruptionbudgets]
    verbs: [delete]
  - apiGroups: [networking.k8s.io]
    resources: [ingresses, networkpolicies]
    verbs: [delete]
  # The lease that keeps two deployments apart.
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [get, list, create, update, patch, delete]
  # Why something does not become healthy.
  - apiGroups: [""]
    resources: [events]
    verbs: [get, list]
{deploy}{preview}"""
_BINDING: Final = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {name}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {role}
subjects:
  - kind: ServiceAccount
    name: deploy
    namespace: gitops-action
"""


def files(setup: Setup) -> dict[str, str]:
    """Return the files of `access/`, by path. Raises FileNotFoundError if the installation is incomplete."""
    found = {f"{FOLDER}/{name}": (deploy_folder() / name).read_text(encoding="utf-8") for name in _TAKEN}
    found[f"{FOLDER}/deploy.yaml"] = _deployer(setup.via)
    found[f"{FOLDER}/kustomization.yaml"] = _kustomization()
    return found


def _kustomization() -> str:
    listed = "".join(f"  - {name}\n" for name in (*_TAKEN, "deploy.yaml"))
    return f"""\
# The accounts of the jobs: `preview` can do nothing but dry runs, `deploy` deploys.
#     kubectl apply --server-side -k {FOLDER}
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
# The policy before the rights that it restricts.
sortOptions:
  order: fifo
resources:
{listed}"""


def _deployer(via: Via) -> str:
    def binding(name: str, role: str) -> str:
        return _BINDING.format(name=name, role=role)

    if via is Via.FLUX:
        return _FLUX.format(
            account=_ACCOUNT,
            flux=binding("gitops-action-flux", "gitops-action-flux"),
            view=binding("gitops-action-flux-view", "view"),
        )
    return _APPLY.format(
        account=_ACCOUNT,
        deploy=binding("gitops-action-deploy", "gitops-action-deploy"),
        preview=binding("gitops-action-deploy-preview", "gitops-action-preview"),
    )
