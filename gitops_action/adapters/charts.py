"""Charts by what releases say of them: remembered, mirrored, or fetched and kept. It has the network, and renders nothing.

Which hosts may be asked is not the pull request's to say (`allows`). What comes is held to its digest and to limits before it
is kept; what was kept is held to its digest again. No credentials leave for a host other than their own.
"""

from __future__ import annotations

import json
import posixpath
import threading
import time
from dataclasses import field
from typing import TYPE_CHECKING, Final, TypeAlias

from gitops_action.adapters.chart_fetching import Fetching, digest_of
from gitops_action.adapters.chart_pages import UnavailableError, require_safe, split
from gitops_action.adapters.keeping import EXACT_FOR, RANGE_FOR, Keep
from gitops_action.errors import RegistryError
from gitops_action.model import Finding
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render.helm import index
from gitops_action.render.helm.archive import ArchiveError, unpack
from gitops_action.render.helm.charts import Artifact, Indexed, InGit
from gitops_action.render.helm.mirrors import MirrorError, mirror_of
from gitops_action.semver import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gitops_action.adapters.foreign_git import ForeignGit
    from gitops_action.images.credentials import Login, Logins
    from gitops_action.repository.tree import Tree

_MAX_KEPT: Final = 1 << 30
_ARCHIVE: Final = regex(r"(?P<name>.+?)-(?P<version>v?\d+\.\d+\.\d+(?:[-+].*)?)\.tgz")


@dataclass(frozen=True, slots=True)
class Found:
    """A chart that can be had: the SHA-256 of its archive, and its version."""

    digest: str
    version: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Why a chart cannot be had, and the reason code to say it under."""

    reason: str
    code: str = "chart-unavailable"


Outcome: TypeAlias = "Found | Absent"


@dataclass(slots=True)
class ChartStore:
    """Charts by what releases say of them. Safe to use from several threads.

    `cache` is a folder of its own, None for none. `allows` says of an address, without its scheme, whether it may be asked.
    `trusts` says of one of a Git repository whether it may be asked with the host's credentials. `mirrors` give other
    addresses, or folders of the tree, for those that begin with theirs.
    """

    cache: Path | None
    allows: Callable[[str], bool]
    trusts: Callable[[str], bool]
    mirrors: Mapping[str, str] = field(default_factory=dict)
    offline: bool = False
    logins: Logins | None = None
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    _archives: dict[str, bytes] = field(default_factory=dict)
    _fetching: Fetching | None = None
    _foreign: ForeignGit | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def find(self, chart: Indexed | Artifact, tree: Tree) -> Outcome:
        """Return which archive a chart is, having fetched it if need be; `tree` has the mirrors that are folders."""
        try:
            mirrored = mirror_of(chart, self.mirrors)
            if isinstance(mirrored, str):
                return self._in_folder(mirrored, chart, tree)
            assert not isinstance(mirrored, InGit)  # noqa: S101 - a mirror is of the same kind
            return self._known(mirrored) or self._fetched(mirrored)
        except UnavailableError as error:
            return Absent(str(error), error.code)
        except (RegistryError, MirrorError) as error:
            return Absent(str(error))

    def tree(self, chart: InGit) -> Tree | Absent:
        """Return the files of the commit that a chart lies in. Reading them can raise UnavailableError."""
        try:
            mirrored = mirror_of(chart, self.mirrors)
            assert isinstance(mirrored, InGit)  # noqa: S101 - a mirror is of the same kind
            self._permitted(mirrored.url)
            return self._git.tree(mirrored.url, mirrored.reference)
        except (UnavailableError, MirrorError) as error:
            return Absent(str(error))

    def archive(self, found: Found) -> bytes | None:
        """Return the archive of a chart that was found; None if it is gone meanwhile."""
        held = self._archives.get(found.digest)
        if held is None and (kept := self._blobs.get(found.digest)) is not None:
            held = kept.content
        return held if held is not None and digest_of(held) == found.digest else None

    def close(self) -> None:
        """Bound what is kept between runs."""
        self._blobs.trim(_MAX_KEPT)
        self._names.trim(_MAX_KEPT // 64)
        if self._foreign is not None:
            self._foreign.close()

    @property
    def _git(self) -> ForeignGit:
        from gitops_action.adapters.foreign_git import ForeignGit  # noqa: PLC0415 - most runs fetch nothing

        with self._lock:
            if self._foreign is None:
                cache = self.cache and self.cache / "git"
                self._foreign = ForeignGit(cache, self._login, self.offline, self.sleep, self.now)
            return self._foreign

    def _login(self, url: str) -> Login | None:
        """Return the credentials for a Git repository: a host that may be asked has others that are nobody's to read."""
        parts = split(url)
        trusted = self.logins is not None and self.trusts(f"{parts.netloc.lower()}{parts.path}")
        return self.logins.find(parts.netloc) if self.logins is not None and trusted else None

    @property
    def _sources(self) -> Fetching:
        with self._lock:
            if self._fetching is None:
                self._fetching = Fetching(self.logins, self.sleep, self.now)
            return self._fetching

    @property
    def _blobs(self) -> Keep:
        return Keep(self.cache and self.cache / "archives", self.now)

    @property
    def _names(self) -> Keep:
        return Keep(self.cache and self.cache / "versions", self.now)

    def _in_folder(self, folder: str, chart: Indexed | Artifact, tree: Tree) -> Outcome:
        """Return a chart of a folder with archives, as `helm package` names them."""
        name = chart.name if isinstance(chart, Indexed) else posixpath.basename(chart.repository)
        archives = {
            match["version"]: path
            for path in tree.entries
            if posixpath.dirname(path) == folder
            and (match := _ARCHIVE.fullmatch(posixpath.basename(path))) is not None
            and match["name"] == name
        }
        tag = "" if isinstance(chart, Indexed) or chart.tag == "latest" else chart.tag
        try:
            best = index.newest(archives, tag or chart.version)
        except ValueError as error:
            return Absent(str(error), "helm-release-invalid")
        if best is None:
            return Absent(f"the mirror `{folder}` has no archive of chart `{name}` that fits: {chart}")
        _, data = next(iter(tree.read([archives[best]])))
        if isinstance(data, Finding):
            return Absent(f"{archives[best]}: {data.message}")
        return self._taken(data, best, archives[best])

    def _known(self, chart: Indexed | Artifact) -> Found | None:
        """Return what is remembered of a chart, if it is not too old and its archive is there."""
        kept = self._names.get(_key(chart))
        content = None if kept is None else kept.content
        if content is not None or not self.offline:
            # Else nobody is asked and nothing given; to say who may be asked takes all files of a tree.
            self._permitted(chart.url if isinstance(chart, Indexed) else f"oci://{chart.repository}")
        if kept is None or content is None:
            return None
        fresh = 0 <= kept.age < (EXACT_FOR if _is_exact(chart) else RANGE_FOR)
        try:
            facts = json.loads(content)
            found = Found(str(facts["digest"]), str(facts["version"]))
        except (ValueError, KeyError, TypeError):
            return None
        return found if (fresh or self.offline) and self.archive(found) is not None else None

    def _permitted(self, url: str) -> None:
        parts = split(url)
        if parts.scheme == "ssh":
            raise UnavailableError("it is asked by https:// only; a mirror can stand in for ssh:// (`charts.mirrors`)")
        if parts.scheme != "oci":
            require_safe(url)
        if not self.allows(f"{parts.netloc.lower()}{parts.path}"):
            raise UnavailableError(
                f"{parts.netloc} is not asked, since neither a source on the base branch nor `charts.allow` of its configuration "
                "names it"
            )

    def _fetched(self, chart: Indexed | Artifact) -> Outcome:
        if self.offline:
            return Absent(f"{chart} is not in the cache, and nothing is fetched offline")
        fetched = self._sources.fetch(chart)
        outcome = self._taken(fetched.content, fetched.version, fetched.origin)
        if isinstance(outcome, Found):
            facts = {"digest": outcome.digest, "version": outcome.version}
            self._names.put(_key(chart), json.dumps(facts).encode())
        return outcome

    def _taken(self, data: bytes, version: str, origin: str) -> Outcome:
        """Keep an archive that is fit for use."""
        try:
            unpack(data)
        except ArchiveError as error:
            return Absent(f"{origin} is no chart that can be used: {error}", "chart-corrupt")
        found = Found(digest_of(data), version)
        self._archives[found.digest] = data
        self._blobs.put(found.digest, data)
        return found


def _key(chart: Indexed | Artifact) -> str:
    return repr(chart)


def _is_exact(chart: Indexed | Artifact) -> bool:
    return parse(chart.version) is not None or (isinstance(chart, Artifact) and bool(chart.digest or parse(chart.tag)))
