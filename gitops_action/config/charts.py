"""The settings for charts: where they may come from, how they are rendered, and those of the tree that are installed."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gitops_action.config import remote_bases
from gitops_action.model import Location
from gitops_action.records import dataclass
from gitops_action.repository.paths import join

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Charts:
    """How charts are had and rendered.

    `allow` are hosts, or beginnings of addresses without their scheme, that charts may come from; `mirrors` give for the
    beginning of an address what stands in for it: another address, or a folder of the repository with archives.
    `api_versions` are what the clusters know besides Kubernetes' own; `timeout` is in seconds and for one release.
    """

    allow: tuple[str, ...] = ()
    mirrors: Mapping[str, str] = field(default_factory=dict)
    api_versions: tuple[str, ...] = ()
    timeout: float = 60.0

    def names(self, reference: str) -> bool:
        """Whether `allow` has an address, which is given without its scheme, or the beginning of it."""
        return remote_bases.is_allowed(reference, self.allow)

    def allows(self, reference: str) -> bool:
        """Whether a chart may come from an address, which is given without its scheme: `allow` or a mirror has it."""
        mirrors = (mirror.partition("://")[2] for mirror in self.mirrors.values() if "://" in mirror)
        return self.names(reference) or remote_bases.is_allowed(reference, mirrors)


@dataclass(frozen=True, slots=True)
class TreeChart:
    """A chart of the tree that is installed in environments (all that have values for it, where none is named).

    `values` are files, later ones over earlier ones; `{environment}` in them stands for the environment's name.
    """

    chart: str
    environments: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    name: str = ""
    namespace: str = "default"
    location: Location = field(default=Location(""), compare=False)


def wrong_mirror(address: str, mirror: str) -> str:
    """Say what is wrong with what stands in for an address; "" if nothing is."""
    scheme = address.partition("://")[0]
    wanted = {"oci": ("oci://", "a registry"), "ssh": ("https://", "a Git repository")}.get(scheme, ("", ""))
    if "://" not in mirror and scheme != "ssh":
        return "write a path from the repository's root" if join(".", mirror) is None else ""
    try:
        parts = urlsplit(mirror)
    except ValueError:
        return "that is no address"
    if parts.username or parts.password or not parts.hostname:
        return "write an address with a host and without credentials"
    is_ours = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if parts.scheme not in {"https", "oci"} and not is_ours:
        return "only https:// and oci:// are fetched"
    if not mirror.startswith(wanted[0]) and not (is_ours and scheme == "ssh"):
        return f"what stands in for {wanted[1]} begins with {wanted[0]}"
    return ""
