"""What stands in for the address of a chart: another address, or a folder of the repository."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from gitops_action.render.helm.charts import Artifact, Indexed, InGit

if TYPE_CHECKING:
    from collections.abc import Mapping

Fetched: TypeAlias = "Indexed | Artifact | InGit"


class MirrorError(ValueError):
    """A mirror that cannot stand in for an address; the message says why."""


def mirror_of(chart: Fetched, mirrors: Mapping[str, str]) -> Fetched | str:
    """Return the chart at the address that stands in for its own, or the folder that does; itself if there is none.

    The longest beginning of an address counts, at whole parts of its path. Raises MirrorError.
    """
    address = f"oci://{chart.repository}" if isinstance(chart, Artifact) else chart.url
    prefixes = [prefix for prefix in mirrors if _begins(address, prefix.rstrip("/"))]
    if not prefixes:
        return chart
    prefix = max(prefixes, key=len)
    mirror = mirrors[prefix]
    if isinstance(chart, InGit) and not mirror.startswith(("https://", "http://")):
        raise MirrorError(f"the mirror of {prefix} has to begin with https://, as it stands in for a Git repository")
    if "://" not in mirror:
        return posixpath.normpath(mirror)
    there = mirror.rstrip("/") + address[len(prefix.rstrip("/")) :]
    if isinstance(chart, Artifact):
        if not there.startswith("oci://"):
            raise MirrorError(f"the mirror of {prefix} has to begin with oci:// too")
        return replace(chart, repository=there.removeprefix("oci://"))
    if isinstance(chart, Indexed) and there.startswith("oci://"):
        return Artifact(f"{there.removeprefix('oci://')}/{chart.name}", chart.version)
    return replace(chart, url=there)


def _begins(address: str, prefix: str) -> bool:
    return address == prefix or address.startswith(prefix + "/")
