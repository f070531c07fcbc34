"""Build the pinned programs of this folder into a cache that outlives the clone.

    python tools/build.py [--list | --path | --into FOLDER] [TOOL...]

Each tool has a Go module here, whose go.mod and go.sum name all it is made of. What was built is kept under a key of those
files, the flags and the Go version: a second run, from this clone or another, finds it there and is immediate.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE: Final = Path(__file__).resolve().parent
BUILD_FLAGS: Final = ("-mod=readonly", "-trimpath", "-buildvcs=false")
# What Go says when it could not get a module, as opposed to could not compile one.
DOWNLOAD_FAILED: Final = re.compile(
    r"dial tcp|no such host|i/o timeout|connection (refused|reset)|proxyconnect|GOPROXY|x509|TLS"
)


class CannotBuildError(Exception):
    """A tool could not be built; the message is one line that says what to do."""


@dataclass(frozen=True)
class Tool:
    """A program: where its main package is, and which of its variables carry the version."""

    name: str
    folder: str
    package: str
    module: str
    variables: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    """Files of the module, as patterns, that are kept beside the program in `share`."""

    @property
    def source(self) -> Path:
        """The folder of the Go module that pins this tool."""
        return HERE / self.folder

    @cached_property
    def version(self) -> str:
        """The version that go.mod requires."""
        found = re.search(rf"^(?:require)?\s+{re.escape(self.module)} (v\S+)", self._read("go.mod"), re.MULTILINE)
        if found is None:
            raise CannotBuildError(f"{self.source / 'go.mod'} does not require {self.module}: run `go get` there")
        return found[1]

    @property
    def ldflags(self) -> str:
        """The linker's flags: no symbols, and the version where the program reads it."""
        major, minor, *_ = self.version.removeprefix("v").split(".")
        values = {"version": self.version, "major": major, "minor": minor}
        return " ".join(["-s", "-w", *(f"-X {variable.format(**values)}" for variable in self.variables)])

    def key(self, go: GoEnvironment) -> str:
        """Name all that the binary depends on."""
        parts = [self.package, self._read("go.mod"), self._read("go.sum"), *BUILD_FLAGS, self.ldflags, *go.identity]
        parts += self.data
        parts += [self._read(source.name) for source in sorted(self.source.glob("*.go"))]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def _read(self, name: str) -> str:
        return (self.source / name).read_text(encoding="utf-8")


_KUBERNETES_VERSION: Final = (
    "k8s.io/component-base/version.gitVersion={version}",
    "k8s.io/component-base/version.gitMajor={major}",
    "k8s.io/component-base/version.gitMinor={minor}",
    "k8s.io/component-base/version.gitTreeState=clean",
)


def _kubernetes(name: str) -> Tool:
    return Tool(name, "kubernetes", f"k8s.io/kubernetes/cmd/{name}", "k8s.io/kubernetes", _KUBERNETES_VERSION)


def _flux(name: str) -> Tool:
    module = f"github.com/fluxcd/{name}"
    return Tool(name, name, module, module, data=("config/crd/bases/*.yaml",))


def _registry(name: str) -> Tool:
    module = "github.com/google/go-containerregistry"
    return Tool(name, "registry", f"{module}/cmd/{name}", module)


TOOLS: Final = (
    Tool(
        "kubeconform",
        "kubeconform",
        "github.com/yannh/kubeconform/cmd/kubeconform",
        "github.com/yannh/kubeconform",
        ("main.version={version}",),
    ),
    Tool(
        "kustomize",
        "kustomize",
        "sigs.k8s.io/kustomize/kustomize/v5",
        "sigs.k8s.io/kustomize/kustomize/v5",
        ("sigs.k8s.io/kustomize/api/provenance.version={version}",),
    ),
    Tool(
        "helm",
        "helm",
        "helm.sh/helm/v3/cmd/helm",
        "helm.sh/helm/v3",
        ("helm.sh/helm/v3/internal/version.version={version}",),
    ),
    Tool("etcd", "etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3"),
    _kubernetes("kube-apiserver"),
    _kubernetes("kubectl"),
    _kubernetes("kube-controller-manager"),
    _kubernetes("kube-scheduler"),
    Tool(
        "kwok",
        "kwok",
        "sigs.k8s.io/kwok/cmd/kwok",
        "sigs.k8s.io/kwok",
        ("sigs.k8s.io/kwok/pkg/consts.Version={version}",),
        ("kustomize/stage/node/fast/node-*.yaml", "kustomize/stage/pod/fast/pod-*.yaml"),
    ),
    _flux("source-controller"),
    _flux("kustomize-controller"),
    Tool(
        "actionlint",
        "actionlint",
        "github.com/rhysd/actionlint/cmd/actionlint",
        "github.com/rhysd/actionlint",
        ("github.com/rhysd/actionlint.version={version}",),
    ),
    _registry("registry"),
    _registry("crane"),
    Tool("tags-oracle", "tags-oracle", ".", "github.com/Masterminds/semver/v3"),
    Tool("yaml-oracle", "yaml-oracle", ".", "sigs.k8s.io/yaml"),
    Tool("flux-oracle", "flux-oracle", ".", "github.com/fluxcd/pkg/kustomize"),
)


@dataclass(frozen=True)
class GoEnvironment:
    """The Go that builds: its program, and what of it ends up in a binary."""

    program: str
    identity: tuple[str, ...]

    @classmethod
    def find(cls, folder: Path) -> GoEnvironment:
        """Ask Go, inside the module, as go.mod may select another toolchain than the installed one."""
        program = shutil.which("go")
        if program is None:
            raise CannotBuildError("Go is not installed or not on PATH: install Go 1.26 or newer, then run this again")
        command = [program, "env", "-json", "GOVERSION", "GOOS", "GOARCH"]
        asked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if asked.returncode != 0:
            raise CannotBuildError(f"Go does not run in {folder}: {_last_line(asked.stderr)}")
        answer: dict[str, str] = json.loads(asked.stdout)
        return cls(program, (answer["GOVERSION"], answer["GOOS"], answer["GOARCH"]))


@dataclass(frozen=True)
class Cache:
    """The folder outside the clone in which the binaries are kept."""

    root: Path

    @classmethod
    def of_this_user(cls) -> Cache:
        """Follow GITOPS_TOOL_CACHE, else where XDG keeps caches."""
        if configured := os.environ.get("GITOPS_TOOL_CACHE"):
            return cls(Path(configured).absolute())
        base = os.environ.get("XDG_CACHE_HOME")
        return cls((Path(base) if base else Path.home() / ".cache") / "gitops-action")

    @property
    def bin(self) -> Path:
        """The folder that goes onto PATH."""
        return self.root / "bin"

    def binary(self, tool: Tool, go: GoEnvironment) -> Path:
        """Return where this very build of a tool is, or will be."""
        return self.root / "builds" / f"{tool.name}-{tool.key(go)}" / tool.name

    def link(self, binary: Path) -> None:
        """Make `bin/<tool>` this build; in one step, as another process may be starting it."""
        link = self.bin / binary.name
        target = Path(os.path.relpath(binary, self.bin))
        if link.is_symlink() and link.readlink() == target:
            return
        self.bin.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.bin, prefix=".link-") as scratch:
            fresh = Path(scratch) / binary.name
            fresh.symlink_to(target)
            fresh.replace(link)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Let one process at a time build the same thing; the others wait, and then find it built."""
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w", encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def build(tool: Tool, cache: Cache) -> Path:
    """Build a tool unless the cache has it, and link it into the bin folder."""
    go = GoEnvironment.find(tool.source)
    binary = cache.binary(tool, go)
    if not binary.exists():
        with cache.lock(binary.parent.name):
            if not binary.exists():
                _compile(tool, go, binary)
    cache.link(binary)
    return binary


def _compile(tool: Tool, go: GoEnvironment, binary: Path) -> None:
    print(f"building {tool.name} {tool.version}; the first time takes a while", file=sys.stderr, flush=True)
    binary.parent.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=binary.parent.parent, prefix=f".{tool.name}-") as scratch:
        output = Path(scratch, "built", tool.name)
        command = [go.program, "build", *BUILD_FLAGS, f"-ldflags={tool.ldflags}", f"-o={output}", tool.package]
        environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
        ran = subprocess.run(command, cwd=tool.source, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise CannotBuildError(_why(tool, ran.stderr))
        _keep_data(tool, go, output.parent)
        output.parent.rename(binary.parent)


def _keep_data(tool: Tool, go: GoEnvironment, folder: Path) -> None:
    """Copy what the module has besides its program: it is only there as long as Go's module cache is."""
    if not tool.data:
        return
    command = [go.program, "list", "-m", "-f", "{{.Dir}}", tool.module]
    asked = subprocess.run(command, cwd=tool.source, capture_output=True, text=True, check=False)
    root = Path(asked.stdout.strip())
    for pattern in tool.data:
        found = sorted(root.glob(pattern))
        if asked.returncode != 0 or not found:
            raise CannotBuildError(f"{tool.module} {tool.version} has no {pattern}")
        (folder / "share").mkdir(exist_ok=True)
        for file in found:
            shutil.copyfile(file, folder / "share" / file.name)


def _why(tool: Tool, stderr: str) -> str:
    last = _last_line(stderr)
    if DOWNLOAD_FAILED.search(stderr):
        return f"cannot download the modules of {tool.name}: {last}; check the network and GOPROXY, then run this again"
    return f"cannot build {tool.name}: {last}; `go build {tool.package}` in {tool.source} shows all of it"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "no message"


def _show(tools: Sequence[Tool], cache: Cache) -> None:
    for tool in tools:
        binary = cache.binary(tool, GoEnvironment.find(tool.source))
        state = "built" if binary.exists() else "absent"
        print(f"{tool.name:<15} {tool.version:<9} {state:<7} {binary}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what was named, or everything; 2 when that could not be done."""
    parser = argparse.ArgumentParser(description="Build the pinned tools into the cache.", allow_abbrev=False)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=", ".join(tool.name for tool in TOOLS))
    parser.add_argument("--list", action="store_true", help="print tool, version, state and path; build nothing")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="copy the binaries there as well")
    parser.add_argument("--path", action="store_true", help="print the folder of the binaries; build nothing")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.tools) - {tool.name for tool in TOOLS})
    if unknown:
        parser.error(f"no such tool: {', '.join(unknown)}")
    chosen = [tool for tool in TOOLS if not options.tools or tool.name in options.tools]
    cache = Cache.of_this_user()
    try:
        if options.path:
            print(cache.bin)
        elif options.list:
            _show(chosen, cache)
        else:
            for tool in chosen:
                binary = build(tool, cache)
                if options.into:
                    options.into.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(binary, options.into)
    except (CannotBuildError, OSError) as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
