"""The configured schema locations, tied to a tree and to the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitops_action.config import Config
    from gitops_action.repository.tree import Tree
    from gitops_action.validate.locations import Locations


def locations(config: Config, tree: Tree, *, offline: bool = False) -> Locations | None:
    """Return where further schemas are looked for, None if nowhere. With `offline` only the cache is asked for addresses."""
    if not config.schema_locations:
        return None
    from gitops_action.adapters.processes import tool_cache  # noqa: PLC0415 - most configurations have no locations
    from gitops_action.adapters.schema_store import SchemaStore  # noqa: PLC0415
    from gitops_action.validate.locations import Locations  # noqa: PLC0415

    return Locations(config.schema_locations, tree, SchemaStore(tool_cache() / "schemas", offline=offline))
