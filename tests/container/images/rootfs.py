"""The root file system under every stand-in: Debian as debootstrap makes it, with this machine's mirror and certificates."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.container.images.daemon import DockerUnavailableError, docker, install, say, state

PACKAGES = ("ca-certificates", "python3", "python3-pip", "python3-venv")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# Where this machine gets packages from, if not from the usual places; the tools in the images read the same variables.
INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE")
# Changes when the code below makes something else of the same inputs.
RECIPE = "1"


def digest(*parts: str) -> str:
    """Return a short name for what something is made of."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Base:
    """A Debian release, as an image that the recipes start from."""

    suite: str

    @property
    def image(self) -> str:
        """The image's name; its tag says what is in it."""
        return f"gitops-action-test/{self.suite}:{self.key}"

    @functools.cached_property
    def key(self) -> str:
        """Name all that the root file system depends on."""
        return digest(RECIPE, self.suite, *PACKAGES, *self.sources, *_indexes(), _certificates())

    @functools.cached_property
    def sources(self) -> list[str]:
        """The suites as apt's lines, from the mirrors that this machine uses for its own release."""
        apt_get = shutil.which("apt-get")
        if apt_get is None:
            raise DockerUnavailableError("stand-ins for base images can only be made on Debian")
        own = _own_release()
        command = [apt_get, "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        mirrors = {release: mirror for mirror, release in map(str.split, listed)}
        releases = [release for release in (own, f"{own}-updates", f"{own}-security") if release in mirrors]
        if own not in releases:
            raise DockerUnavailableError(f"apt knows no mirror of {own}")
        return [f"deb {mirrors[release]} {release.replace(own, self.suite)} main" for release in releases]

    def ensure(self) -> str:
        """Have the image, from Docker's store, else from the cached archive, else made anew; return its name."""
        if not docker("images", "--quiet", self.image):
            archive = state() / f"{self.suite}-{self.key}.tar"
            if not archive.exists():
                self._bootstrap(archive)
            changes = [f"--change=ENV {index}" for index in _indexes()]
            docker("import", *changes, str(archive), self.image)
        return self.image

    def _bootstrap(self, archive: Path) -> None:
        if os.geteuid() != 0:
            raise DockerUnavailableError("stand-ins for base images can only be made by root")
        install("debootstrap")
        say(f"making a root file system of Debian {self.suite} (a minute)")
        mirror = self.sources[0].split()[1]
        with tempfile.TemporaryDirectory(dir=state(), prefix=".rootfs-") as scratch:
            root = Path(scratch, "root")
            include = f"--include={','.join(PACKAGES)}"
            _run(shutil.which("debootstrap"), "--variant=minbase", include, self.suite, str(root), mirror)
            (root / "etc/apt/sources.list").write_text("\n".join([*self.sources, ""]), encoding="utf-8")
            _trust(root)
            for litter in ("var/cache/apt", "var/lib/apt/lists"):
                shutil.rmtree(root / litter)
                (root / litter).mkdir()
            packed = Path(scratch, "root.tar")
            _run(shutil.which("tar"), "--numeric-owner", "-C", str(root), "-cf", str(packed), ".")
            packed.rename(archive)


def _own_release() -> str:
    found = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "unknown"


def _indexes() -> list[str]:
    return [f"{name}={os.environ[name]}" for name in INDEXES if name in os.environ]


def _certificates() -> str:
    """Return the authorities that this machine trusts, which may be more than Debian's: a proxy's, a company's."""
    path = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    return Path(path).read_text(encoding="utf-8", errors="replace") if path else ""


def _trust(root: Path) -> None:
    """Add those that Debian does not have already, as its administrators do."""
    known = {_body(path.read_text(encoding="ascii")) for path in (root / "usr/share/ca-certificates").rglob("*.crt")}
    folder = root / "usr/local/share/ca-certificates"
    folder.mkdir(parents=True, exist_ok=True)
    for certificate in CERTIFICATE.findall(_certificates()):
        if _body(certificate) not in known:
            (folder / f"{digest(certificate)}.crt").write_text(f"{certificate}\n", encoding="ascii")
    _run(shutil.which("chroot"), str(root), "update-ca-certificates")


def _body(certificate: str) -> str:
    """Leave out what formatting adds."""
    return "".join(certificate.split())


def _run(*command: str | None) -> None:
    if command[0] is None:
        raise DockerUnavailableError("debootstrap, tar and chroot are needed")
    ran = subprocess.run([part or "" for part in command], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise DockerUnavailableError(f"{Path(command[0]).name} failed: {(ran.stdout + ran.stderr).strip()[-600:]}")
