"""What a server said when it was asked, without consequences, to take one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.cluster.answers import Answer
    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.model import Manifest


@dataclass(frozen=True, slots=True)
class Trial:
    """One manifest on trial.

    `kind` is None where the server has no such kind, or nobody can tell which (`sent` is what it was asked to take).
    `live` is the object as the server has it before, None if there is none. `created` is the answer to a strict creation,
    `applied` to a strict server-side apply; None where that was not asked.
    """

    manifest: Manifest
    sent: Mapping[str, Any]
    kind: ResourceType | None = None
    live: Mapping[str, Any] | None = None
    created: Answer | None = None
    applied: Answer | None = None
