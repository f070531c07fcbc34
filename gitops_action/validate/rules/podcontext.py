"""What the rules for one part of a Pod need to know about its other parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gitops_action.model import Pointer


@dataclass(slots=True)
class PodContext:
    """A Pod or a template of Pods, with the server's defaults filled in; `at` is the pointer of its spec.

    `is_pod` is False for a template. `metadata` is that of the Pod or the template. `volumes` maps the name of each
    volume to the kind of its source; it is None where not all names are known or good, so that none can be missed.
    `claim_templates` are the names of a StatefulSet's volumeClaimTemplates, None for any other kind. `volumes_at` is where
    volumes are missing altogether, () if there are some.
    """

    spec: Mapping[str, Any]
    metadata: Mapping[str, Any]
    is_pod: bool
    at: Pointer = ()
    claim_templates: Collection[str] | None = None
    volumes: Mapping[str, str] | None = None
    claims: Collection[str] = ()
    restart_policy: str = "Always"
    grace_period: int = 30
    host_network: bool = False
    host_users: bool = True
    has_windows_options: bool = False
    volumes_at: Pointer = ()
