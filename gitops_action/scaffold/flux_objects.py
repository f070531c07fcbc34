"""Objects of Flux, as `flux create` makes them: GitRepository and Kustomization.

Fields and defaults follow `flux create source git` and `flux create kustomization` of Flux 2.9:
https://github.com/fluxcd/flux2/blob/v2.9.4/cmd/flux/create_source_git.go and create_kustomization.go beside it.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from gitops_action.errors import UsageError
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render import goyaml
from gitops_action.scaffold import names

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE: Final = "flux-system"
"""Where Flux lives, and what it calls the source of the repository that it is set up from."""
CHECKED: Final = {
    "Deployment": "apps/v1",
    "DaemonSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
}
"""The kinds that `--health-check` takes, with their versions."""
_COMMIT: Final = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class GitRepository:
    """What a GitRepository is to say; `branch`, `tag`, `semver`, `commit` and `ref_name` say which commit."""

    name: str
    namespace: str
    url: str
    branch: str = ""
    tag: str = ""
    semver: str = ""
    commit: str = ""
    ref_name: str = ""
    interval: str = "1m"
    timeout: str = ""
    secret: str = ""
    provider: str = ""
    ignore: tuple[str, ...] = ()
    submodules: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a Kustomization; without a namespace, in that of the Kustomization."""

    kind: str
    name: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Kustomization:
    """What a Kustomization is to say. `depends_on` are pairs of namespace ("": its own) and name.

    `health_checks` are triples of kind, name and namespace.
    """

    name: str
    namespace: str
    source: Source
    path: str = "./"
    prune: bool = False
    interval: str = "1m"
    retry_interval: str = ""
    timeout: str = ""
    wait: bool = False
    target_namespace: str = ""
    service_account: str = ""
    depends_on: tuple[tuple[str, str], ...] = ()
    health_checks: tuple[tuple[str, str, str], ...] = ()
    decryption: str = ""
    decryption_secret: str = ""
    kubeconfig_secret: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def git_repository(wanted: GitRepository) -> dict[str, Any]:
    """Return the object. Raises UsageError for an address or a reference that Flux does not take."""
    spec: dict[str, Any] = {
        "url": _url(wanted.url),
        "interval": names.duration(wanted.interval, "--interval"),
        "ref": _ref(wanted),
    }
    if wanted.timeout:
        spec["timeout"] = names.duration(wanted.timeout, "--fetch-timeout")
    if wanted.secret:
        spec["secretRef"] = {"name": names.object_name(wanted.secret, "--secret-ref")}
    if wanted.provider:
        spec["provider"] = wanted.provider
    if wanted.ignore:
        spec["ignore"] = "\n".join(wanted.ignore)
    if wanted.submodules:
        spec["recurseSubmodules"] = True
    return _object("source.toolkit.fluxcd.io/v1", "GitRepository", wanted.name, wanted.namespace, wanted.labels, spec)


def kustomization(wanted: Kustomization) -> dict[str, Any]:
    """Return the object. Raises UsageError for a value that Flux does not take."""
    spec: dict[str, Any] = {
        "sourceRef": {key: value for key, value in _source_ref(wanted.source).items() if value},
        "path": _path(wanted.path),
        "prune": wanted.prune,
        "interval": names.duration(wanted.interval, "--interval"),
    }
    if wanted.retry_interval:
        spec["retryInterval"] = names.duration(wanted.retry_interval, "--retry-interval")
    if wanted.timeout:
        spec["timeout"] = names.duration(wanted.timeout, "--health-check-timeout")
    if wanted.wait:
        spec["wait"] = True
    elif wanted.health_checks:
        # `wait` stands above them: https://fluxcd.io/flux/components/kustomize/kustomizations/#wait
        spec["healthChecks"] = [
            {"apiVersion": CHECKED[kind], "kind": kind, "name": name, "namespace": space}
            for kind, name, space in wanted.health_checks
        ]
    if wanted.target_namespace:
        spec["targetNamespace"] = names.namespace(wanted.target_namespace, "--target-namespace")
    if wanted.service_account:
        spec["serviceAccountName"] = names.object_name(wanted.service_account, "--service-account")
    if wanted.depends_on:
        spec["dependsOn"] = [
            {"name": name, **({"namespace": space} if space else {})} for space, name in wanted.depends_on
        ]
    if wanted.decryption:
        secret = {"secretRef": {"name": wanted.decryption_secret}} if wanted.decryption_secret else {}
        spec["decryption"] = {"provider": wanted.decryption, **secret}
    if wanted.kubeconfig_secret:
        spec["kubeConfig"] = {
            "secretRef": {"name": names.object_name(wanted.kubeconfig_secret, "--kubeconfig-secret-ref")}
        }
    return _object(
        "kustomize.toolkit.fluxcd.io/v1", "Kustomization", wanted.name, wanted.namespace, wanted.labels, spec
    )


def text(*objects: Mapping[str, Any]) -> str:
    """Write objects as Flux does: the same library's YAML, each document after `---`."""
    return "".join(f"---\n{goyaml.write(one).text}" for one in objects)


def _object(  # noqa: PLR0913, PLR0917 - what an object has
    version: str, kind: str, name: str, space: str, labelled: Mapping[str, str], spec: dict[str, Any]
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": names.object_name(name), "namespace": names.namespace(space)}
    if labelled:
        metadata["labels"] = dict(labelled)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def _url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"ssh", "http", "https"} or not parts.hostname or re.search(r"\s", url):
        raise UsageError(f"--url: Flux takes addresses with ssh://, https:// and http://, and {url!r} is none of these")
    if parts.password or (parts.scheme != "ssh" and parts.username):
        raise UsageError("--url: the address holds a credential: put it into a Secret, and name that with --secret-ref")
    return url


def _ref(wanted: GitRepository) -> dict[str, str]:
    given = [
        (option, value)
        for option, value in (
            ("--tag", wanted.tag),
            ("--semver", wanted.semver),
            ("--commit", wanted.commit),
            ("--ref-name", wanted.ref_name),
        )
        if value
    ]
    if len(given) > 1 or (given and wanted.branch and not wanted.commit):
        both = [option for option, _ in given] + (["--branch"] if wanted.branch else [])
        raise UsageError(f"{' and '.join(both)} exclude each other: say one way which commit is meant")
    if not given and not wanted.branch:
        raise UsageError("say which commit is meant: --branch, --tag, --semver, --commit or --ref-name")
    if wanted.commit:
        if not _COMMIT.fullmatch(wanted.commit):
            raise UsageError(f"--commit: {wanted.commit!r} is no whole commit: write its 40 digits")
        return {"commit": wanted.commit, **({"branch": wanted.branch} if wanted.branch else {})}
    if wanted.ref_name:
        return {"name": wanted.ref_name}
    if wanted.semver:
        return {"semver": wanted.semver}
    return {"tag": wanted.tag} if wanted.tag else {"branch": wanted.branch}


def _path(path: str) -> str:
    return f"./{names.folder(path, '--path')}"


def _source_ref(found: Source) -> dict[str, str]:
    return {"kind": found.kind, "name": found.name, "namespace": found.namespace}
