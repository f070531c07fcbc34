"""Whether Flux can be installed into a cluster, as `flux check --pre` and `flux bootstrap` find out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from gitops_action.cluster.answers import Request
from gitops_action.cluster.rights import Right, allowed, may
from gitops_action.doctor.lines import Job, Line, State, Topic
from gitops_action.parts import part, text
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.cluster.answers import Answer

# The oldest minor version of Kubernetes for each minor version of Flux 2: `kubernetesConstraints` in cmd/flux/check.go at the
# tags v2.0.0 to v2.9.4 of https://github.com/fluxcd/flux2
_OLDEST: Final = {0: 24, 1: 25, 2: 26, 3: 28, 4: 28, 5: 30, 6: 31, 7: 32, 8: 33, 9: 33}
_EVERYTHING: Final = Right("*", "*", "*")
_OWN: Final = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/flux-system"
_ABSENT: Final = 404
_VERSION: Final = regex(r"v?(\d+)\.(\d+)")


def questions() -> tuple[Request, ...]:
    """Return what is asked: the version, whether the account may do everything, and which folder Flux follows already."""
    return Request("GET", "/version"), may(_EVERYTHING), Request("GET", _OWN)


def judge(answers: Sequence[Answer], flux: str, minor: int, path: str) -> list[Line]:
    """Say what the answers to `questions` mean for a version of Flux that is to follow the folder `path`."""
    version, everything, own = answers
    return [_version(version, flux, minor), _rights(everything), _installed(own, path)]


def _version(answer: Answer, flux: str, minor: int) -> Line:
    said = text(answer.body.get("gitVersion")) if answer.ok and isinstance(answer.body, Mapping) else ""
    parts = _VERSION.match(said)
    if parts is None:
        message = f"the cluster does not say its version: {answer.message if not answer.ok else said or 'nothing'}"
        return _line("kubernetes", State.MISSING, message, "check that the cluster can be reached")
    oldest = _OLDEST.get(minor, max(_OLDEST.values()))
    if (int(parts[1]), int(parts[2])) < (1, oldest):
        message = f"{said} is too old: Flux {flux} needs 1.{oldest} or newer"
        return _line("kubernetes", State.MISSING, message, "upgrade the cluster, or take an older Flux")
    if minor not in _OLDEST:
        message = f"{said}; what Flux {flux} needs is not known here"
        return _line("kubernetes", State.UNKNOWN, message, "see its release notes")
    return _line("kubernetes", State.OK, f"{said} (Flux {flux} needs 1.{oldest} or newer)")


def _rights(answer: Answer) -> Line:
    may_all = allowed(answer)
    if may_all is None:
        return _line("rights", State.UNKNOWN, f"whether the account may install Flux is not known: {answer.message}")
    if may_all:
        return _line("rights", State.OK, "the account may do everything, as whoever installs Flux has to")
    message = "whoever installs Flux has to be cluster-admin, and this account is not"
    return _line("rights", State.MISSING, message, "name a context of another account with --context")


def _installed(answer: Answer, path: str) -> Line:
    if answer.status == _ABSENT:
        return _line("flux", State.OK, "it is not set up in this cluster yet")
    if not answer.ok:
        return _line("flux", State.UNKNOWN, f"whether it is set up in this cluster is not known: {answer.message}")
    there = text(part(answer.body, "spec").get("path")) or "./"
    if _plain(there) == _plain(path):
        return _line("flux", State.OK, f"it follows {there} already: this brings it to the version of the manifest")
    message = f"it follows {there} already, not ./{path}: a cluster follows one folder"
    return _line("flux", State.MISSING, message, "write to that folder (--path), or name another cluster")


def _line(name: str, state: State, message: str, fix: str = "") -> Line:
    return Line(Topic.CLUSTER, name, state, message, fix, frozenset({Job.INIT}))


def _plain(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in {"", "."})
