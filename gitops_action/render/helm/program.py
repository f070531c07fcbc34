"""How Helm is called, and what it may see of this machine: a chart, values, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gitops_action.render.helm.release import Release

_NOWHERE: Final = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Helm:
    """The program; `identity` changes with it."""

    path: Path
    identity: str


def argv(  # noqa: PLR0913 - what Helm is told
    program: Path,
    release: Release,
    chart: Path,
    values: Path,
    *,
    version: str,
    api_versions: Sequence[str],
    check_schema: bool,
) -> list[str]:
    """Return the argument list that renders a release, without its hooks and tests, asking nobody.

    `helm template` looks nothing up in a cluster and resolves no name, as long as neither `--validate`, `--enable-dns` nor a
    server-side dry run is asked for.
    """
    arguments = [str(program), "template", f"--namespace={release.namespace}", f"--values={values}"]
    arguments += [f"--kube-version={version}", "--no-hooks", "--skip-tests"]
    arguments.append("--include-crds" if release.options.crds else "--skip-crds")
    arguments += (f"--api-versions={one}" for one in api_versions)
    if not check_schema:
        arguments.append("--skip-schema-validation")
    # A name that begins with a dash would be an option, and one of them runs a program.
    return [*arguments, "--", release.name, str(chart)]


def environment(empty: Path) -> dict[str, str]:
    """Return the environment that Helm runs in: homes with nothing in them, no network, no cluster, no plugins."""
    home = str(empty)
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE)
    return {
        **proxies,
        "NO_PROXY": "",
        "no_proxy": "",
        "HOME": home,
        "PATH": home,
        "TMPDIR": home,
        "XDG_CONFIG_HOME": home,
        "XDG_CACHE_HOME": home,
        "XDG_DATA_HOME": home,
        "HELM_CONFIG_HOME": home,
        "HELM_CACHE_HOME": home,
        "HELM_DATA_HOME": home,
        "HELM_PLUGINS": home,
        "HELM_REGISTRY_CONFIG": f"{home}/registry.json",
        "HELM_REPOSITORY_CONFIG": f"{home}/repositories.yaml",
        "HELM_REPOSITORY_CACHE": home,
        "DOCKER_CONFIG": home,
        "KUBECONFIG": f"{home}/kubeconfig",
        "KUBERNETES_SERVICE_HOST": "",
        "GOGC": "400",
        "GOMEMLIMIT": "1GiB",
    }
