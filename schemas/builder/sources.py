"""Where the catalogs come from: pinned Go modules, each with the checksum that Go's own checksum database knows."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from zipfile import ZipFile

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pin(NamedTuple):
    """One version of a Go module and its `h1:` checksum."""

    module: str
    version: str
    sum: str


_KUBERNETES: Final = "k8s.io/kubernetes"

# The newest patch release of each minor that the module proxy has.
KUBERNETES: Final = (
    Pin(_KUBERNETES, "v1.28.15", "h1:d91N2Znk+E8REIJZlrD6za2JtIwvEypa0DB1IoU4fJ0="),
    Pin(_KUBERNETES, "v1.29.6", "h1:jn8kA/oVOAWZOeoorx6xZ4d+KgGp+Evgi90x9bEI/DE="),
    Pin(_KUBERNETES, "v1.30.14", "h1:MrlKXh9uhLIJpyxOeXhcndzRVSvwiV9iJ8NgH8nqPsg="),
    Pin(_KUBERNETES, "v1.31.14", "h1:UtjLfqvXLuSVDdJ4+NpQCIfFkKkLnAAVmxAEMsnkhjk="),
    Pin(_KUBERNETES, "v1.32.13", "h1:5TGYdZ6YZqdp6h/Rp1vX/4TIoybMPdgv97LCZCtPuNQ="),
    Pin(_KUBERNETES, "v1.33.13", "h1:bmH31xUdSzeA5vk0wZAK9MZp11mdLuzUSeKk0qN3hPQ="),
    Pin(_KUBERNETES, "v1.34.4", "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk="),
    Pin(_KUBERNETES, "v1.35.4", "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM="),
    Pin(_KUBERNETES, "v1.36.3", "h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o="),
    Pin(_KUBERNETES, "v1.37.2", "h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE="),
)

# The Go types keep their `prerelease-lifecycle` notes long after an API is gone; the newest release that still has
# the types tells when it went.
LIFECYCLE: Final = (
    Pin("k8s.io/api", "v0.28.15", "h1:u+Sze8gI+DayQxndS0htiJf8yVooHyUx/H4jEehtmNs="),
    Pin("k8s.io/api", "v0.37.2", "h1:PnxqnUFy93jr2GcpWDkKOm8wfy25kT9wa572MuQS8oc="),
    Pin("k8s.io/apiextensions-apiserver", "v0.37.2", "h1:myaUiAlm1NRLYdpAvWYTqdgeiCepFupJiRFVVueMUYw="),
    Pin("k8s.io/kube-aggregator", "v0.37.2", "h1:cUT/C/WM3UtoREoTYthSCFxldpdG3y5q9UniWYxcmPE="),
)


@dataclass(frozen=True)
class Archive:
    """The zip of one module version; `names` are relative to the module's root."""

    pin: Pin
    zip: ZipFile

    @property
    def names(self) -> list[str]:
        """Every file of the module."""
        prefix = len(self._prefix)
        return sorted(name[prefix:] for name in self.zip.namelist())

    def read(self, name: str) -> bytes:
        """Return one file's content."""
        return self.zip.read(self._prefix + name)

    @property
    def _prefix(self) -> str:
        return f"{self.pin.module}@{self.pin.version}/"


@contextmanager
def archive(pin: Pin) -> Iterator[Archive]:
    """Fetch a module through the `go` command into a folder of its own, which is removed again.

    Raises SystemExit if it cannot be had or its checksum is not the pinned one.
    """
    with tempfile.TemporaryDirectory(prefix="gitops-schemas-") as scratch:
        Path(scratch, "go.mod").write_text("module schemas\n")
        answer = subprocess.run(
            ["go", "mod", "download", "-json", f"{pin.module}@{pin.version}"],  # noqa: S607 - the user's own Go
            cwd=scratch,
            env={**os.environ, "GOMODCACHE": str(Path(scratch, "cache")), "GOFLAGS": "-modcacherw"},
            capture_output=True,
            check=False,
        )
        try:
            facts = json.loads(answer.stdout)
        except json.JSONDecodeError:
            raise SystemExit(f"go mod download {pin.module}@{pin.version}: {answer.stderr.decode()}") from None
        if facts.get("Error"):
            raise SystemExit(f"go mod download {pin.module}@{pin.version}: {facts['Error']}")
        if facts["Sum"] != pin.sum:
            raise SystemExit(f"{pin.module}@{pin.version} has the checksum {facts['Sum']}, not the pinned {pin.sum}")
        with ZipFile(facts["Zip"]) as opened:
            yield Archive(pin, opened)
