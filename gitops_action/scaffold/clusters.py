"""What each cluster is made of: Flux's Kustomizations, or one kustomization that `deploy` applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.scaffold import flux_objects
from gitops_action.scaffold.wish import Via

if TYPE_CHECKING:
    from gitops_action.scaffold.wish import Setup


def files(setup: Setup) -> dict[str, str]:
    """Return the files of `clusters/`, by path."""
    if setup.via is Via.APPLY:
        return {f"clusters/{name}/kustomization.yaml": _applied(name) for name in setup.environments}
    found: dict[str, str] = {}
    for name in setup.environments:
        found[f"clusters/{name}/access.yaml"] = _kustomization("access", "./access")
        found[f"clusters/{name}/infrastructure.yaml"] = _kustomization("infrastructure", f"./infrastructure/{name}")
        found[f"clusters/{name}/apps.yaml"] = _kustomization("apps", f"./apps/{name}", after=("infrastructure",))
    return found


def _applied(environment: str) -> str:
    return f"""\
# All that is applied to this cluster. `access/` is not: what grants rights is applied by a person.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../infrastructure/{environment}
  - ../../apps/{environment}
"""


def _kustomization(name: str, path: str, *, after: tuple[str, ...] = ()) -> str:
    wanted = flux_objects.Kustomization(
        name,
        flux_objects.NAMESPACE,
        source=flux_objects.Source("GitRepository", flux_objects.NAMESPACE),
        path=path,
        interval="10m",
        retry_interval="1m",
        timeout="5m",
        prune=True,
        wait=True,
        depends_on=tuple(("", one) for one in after),
    )
    return flux_objects.text(flux_objects.kustomization(wanted))
