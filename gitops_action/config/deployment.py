"""How an environment is deployed, as the configuration says it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gitops_action.records import dataclass

NAMESPACE: Final = "default"
TIMEOUT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Deployment:
    """Settings of `deploy` for one environment.

    `via` is `apply` or `flux`, "" where it has to be said. `namespace` holds the inventory and the lease of `apply`;
    `prune` are kinds that it may delete although it does not by itself. `kustomizations` of Flux, as NAMESPACE/NAME, are
    found by their source and path where none is named.
    """

    via: str = ""
    namespace: str = NAMESPACE
    prune: tuple[str, ...] = ()
    kustomizations: tuple[str, ...] = ()
    timeout: timedelta = TIMEOUT
