"""Whether Flux can be installed into a cluster, as `flux check --pre` and `flux bootstrap` find out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster.answers import Request
from gitops_action.cluster.rights import Check, Right, State, may

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.cluster.answers import Answer

# The oldest minor version of Kubernetes for each minor version of Flux 2: `kubernetesConstraints` in cmd/flux/check.go at the
# tags v2.0.0 to v2.9.4 of https://github.com/fluxcd/flux2
_OLDEST: Final = {0: 24, 1: 25, 2: 26, 3: 28, 4: 28, 5: 30, 6: 31, 7: 32, 8: 33, 9: 33}
_EVERYTHING: Final = Right("*", "*", "*")
_OWN: Final = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/flux-system"
_ABSENT: Final = 404
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")


def questions() -> tuple[Request, ...]:
    """Return what is asked: the version, whether the account may do everything, and which folder Flux follows already."""
    return Request("GET", "/version"), may(_EVERYTHING), Request("GET", _OWN)


def judge(answers: Sequence[Answer], flux: str, minor: int, path: str) -> list[Check]:
    """Say what the answers to `questions` mean for a version of Flux that is to follow the folder `path`."""
    version, everything, own = answers
    return [_version(version, flux, minor), _rights(everything), _installed(own, path)]


def _version(answer: Answer, flux: str, minor: int) -> Check:
    said = str(_part(answer.body, "gitVersion") or "") if answer.ok else ""
    parts = _VERSION.match(said)
    if parts is None:
        return Check("kubernetes", State.PROBLEM, f"the cluster does not say its version: {answer.message or said}")
    oldest = _OLDEST.get(minor, max(_OLDEST.values()))
    if (int(parts[1]), int(parts[2])) < (1, oldest):
        return Check("kubernetes", State.PROBLEM, f"{said} is too old: Flux {flux} needs 1.{oldest} or newer")
    if minor not in _OLDEST:
        return Check(
            "kubernetes", State.WARNING, f"{said}; what Flux {flux} needs is not known here: see its release notes"
        )
    return Check("kubernetes", State.OK, f"{said} (Flux {flux} needs 1.{oldest} or newer)")


def _rights(answer: Answer) -> Check:
    if not answer.ok:
        return Check("rights", State.WARNING, f"whether the account may install Flux is not known: {answer.message}")
    if _part(_part(answer.body, "status"), "allowed") is True:
        return Check("rights", State.OK, "the account may do everything, as whoever installs Flux has to")
    return Check("rights", State.PROBLEM, "whoever installs Flux has to be cluster-admin, and this account is not")


def _installed(answer: Answer, path: str) -> Check:
    if answer.status == _ABSENT:
        return Check("flux", State.OK, "it is not set up in this cluster yet")
    if not answer.ok:
        return Check("flux", State.WARNING, f"whether it is set up in this cluster is not known: {answer.message}")
    there = str(_part(_part(answer.body, "spec"), "path") or "./")
    if _plain(there) == _plain(path):
        return Check("flux", State.OK, f"it follows {there} already: this brings it to the version of the manifest")
    return Check("flux", State.PROBLEM, f"it follows {there} already, not ./{path}: a cluster follows one folder")


def _plain(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in {"", "."})


def _part(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
