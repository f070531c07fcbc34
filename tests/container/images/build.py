"""Have every image that the container tests need: `python -m tests.container.images.build [--stop]`.

The base images that the Dockerfile names are pulled. Where no registry is reachable, they are made here under the very same
names, from Debian's packages and this machine's Go, so that the Dockerfile is built as it is. See README.md in this folder.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_action.adapters.processes import tool_cache
from tests.container.images.daemon import DockerUnavailableError, alone, docker, ensure, say, stop
from tests.container.images.rootfs import Base, digest
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).resolve().parent
DOCKERFILE = ROOT / "Dockerfile"
RUNNER = "gitops-action-test/runner:local"
LABEL = "gitops-action.stand-in"


@dataclass(frozen=True)
class StandIn:
    """An image to make: its name, its recipe, the trees that the recipe copies, and what else distinguishes it."""

    name: str
    recipe: str
    trees: Mapping[str, Path] = field(default_factory=dict)
    identity: tuple[str, ...] = ()

    def key(self, base: Base) -> str:
        """Name everything that the image is made of."""
        return digest(base.key, (HERE / self.recipe).read_text(encoding="utf-8"), *self.identity)

    def make(self, base: Base) -> None:
        """Build the recipe; its context is put together here, so that nothing is copied first."""
        say(f"making {self.name} from Debian's packages")
        previous = docker("images", "--quiet", self.name)
        with tempfile.TemporaryFile() as context:
            # Docker knows an archive by its first block, which must be a plain header.
            with tarfile.open(fileobj=context, mode="w", format=tarfile.GNU_FORMAT) as tar:
                tar.add(HERE / self.recipe, "Dockerfile")
                for target, source in self.trees.items():
                    tar.add(source, target)
            context.seek(0)
            labels = ("--label", f"{LABEL}={self.key(base)}", "--tag", self.name)
            docker(
                "build",
                "--network=host",
                *_proxies(),
                "--build-arg",
                f"BASE={base.ensure()}",
                *labels,
                "-",
                stdin=context,
            )

        if previous:
            with suppress(DockerUnavailableError):  # a container may still be using it
                docker("rmi", previous)


def bases() -> list[str]:
    """Return the images that the Dockerfile starts from, each once."""
    names = re.findall(r"^FROM (\S+:\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    return list(dict.fromkeys(names))


def prepare() -> None:
    """Make sure that a daemon runs and has all images; quick if so already."""
    ensure()
    with alone("images"):
        # What was pulled stays; a stand-in of an older recipe is made again.
        replaced = [name for name in bases() if _label(name) or not (_present(name) or _pull(name))]
        base = Base(_suite(bases()))
        for image in [*map(_stand_in, replaced), StandIn(RUNNER, "runner.Dockerfile")]:
            if _label(image.name) != image.key(base):
                image.make(base)


def build_action(tag: str, folder: Path = ROOT) -> None:
    """Build the action's image from a checkout; the host's network also serves where the daemon has no bridge."""
    docker("build", "--network=host", *_proxies(), "--tag", tag, str(folder))


def _stand_in(name: str) -> StandIn:
    kind = name.partition(":")[0]
    if kind == "golang":
        return _golang(name)
    if kind == "python":
        return StandIn(name, "python.Dockerfile")
    raise DockerUnavailableError(f"{name} cannot be pulled, and {HERE} has no recipe for a stand-in")


def _golang(name: str) -> StandIn:
    """Bring this machine's Go and, of the tools that the Dockerfile builds, those that it has built already."""
    go = shutil.which("go")
    if go is None:
        raise DockerUnavailableError(f"{name} cannot be pulled, and without Go here there is nothing to make it from")
    asked = subprocess.run([go, "env", "-json", "GOROOT", "GOVERSION"], capture_output=True, check=True)
    answer: dict[str, str] = json.loads(asked.stdout)
    wanted = re.findall(r"build\.py --into \S+ (.+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    trees = {"go": Path(answer["GOROOT"])}
    for tool in " ".join(wanted).split():
        binary = (tool_cache() / "bin" / tool).resolve()
        if binary.exists():
            trees[f"tool-cache/builds/{binary.parent.name}"] = binary.parent
    return StandIn(name, "golang.Dockerfile", trees, (answer["GOVERSION"], *trees))


def _suite(names: Sequence[str]) -> str:
    """Return the Debian release that the base images' tags name."""
    suites = {name.rpartition("-")[2] for name in names}
    if len(suites) != 1:
        raise DockerUnavailableError(f"{DOCKERFILE} mixes Debian releases: {', '.join(sorted(suites))}")
    return suites.pop()


def _present(name: str) -> bool:
    return bool(docker("images", "--quiet", name))


def _pull(name: str) -> bool:
    try:
        docker("pull", "--quiet", name)
    except DockerUnavailableError:
        return False
    return True


def _label(name: str) -> str:
    """Return what a stand-in of ours was made of; empty for an image that is absent or came from elsewhere."""
    if not _present(name):
        return ""
    labels: dict[str, str] | None = json.loads(docker("inspect", "--format", "{{json .Config.Labels}}", name))
    return (labels or {}).get(LABEL, "")


def _proxies() -> list[str]:
    """Hand the proxy's variables on; Docker knows these names, and keeps them out of the image."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
    return [argument for name in names if name in os.environ for argument in ("--build-arg", name)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare the images, or end the daemon that an earlier run started; 1 if there can be no Docker here."""
    parser = argparse.ArgumentParser(description="Prepare Docker and the images of the container tests.")
    parser.add_argument("--stop", action="store_true", help="end the daemon that an earlier run started")
    options = parser.parse_args(arguments)
    try:
        if options.stop:
            say("stopped dockerd" if stop() else "no dockerd of ours is running")
        else:
            prepare()
    except DockerUnavailableError as error:
        say(f"no container tests here: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
