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
    prefix = _prefix(address, mirrors)
    if prefix is None:
        return chart
    mirror = mirrors[prefix]
    if isinstance(chart, InGit) and not mirror.startswith(("https://", "http://")):
        raise MirrorError(f"the mirror of {prefix} has to begin with https://, as it stands in for a Git repository")
    if "://" not in mirror:
        return posixpath.normpath(mirror)
    there = mirrored(address, mirrors)
    if isinstance(chart, Artifact):
        if not there.startswith("oci://"):
            raise MirrorError(f"the mirror of {prefix} has to begin with oci:// too")
        return replace(chart, repository=there.removeprefix("oci://"))
    if isinstance(chart, Indexed) and there.startswith("oci://"):
        return Artifact(f"{there.removeprefix('oci://')}/{chart.name}", chart.version)
    return replace(chart, url=there)


def mirrored(address: str, mirrors: Mapping[str, str]) -> str:
    """Return what stands in for an address; itself if nothing does. A mirror that is a folder gives no address."""
    prefix = _prefix(address, mirrors)
    return address if prefix is None else mirrors[prefix].rstrip("/") + address[len(prefix.rstrip("/")) :]


def _prefix(address: str, mirrors: Mapping[str, str]) -> str | None:
    return max((prefix for prefix in mirrors if _begins(address, prefix.rstrip("/"))), key=len, default=None)


def _begins(address: str, prefix: str) -> bool:
    return address == prefix or address.startswith(prefix + "/")
