"""Whether an account can preview a cluster, and whether it could do more than that.

An account is asked about itself only: SelfSubjectReview and SelfSubjectAccessReview change nothing. Whether real writes are
refused is found out by creating what exists in every cluster: admission comes before the server notices that, so that the
worst that can happen is a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gitops_action.cluster.answers import Answer, Request

_REVIEW: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_WHO: Final = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_CONFLICT: Final = 409
_FORBIDDEN: Final = 403


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what it is called, what it came to, and what to do."""

    name: str
    state: State
    message: str


@dataclass(frozen=True, slots=True)
class Right:
    """To do something with a resource of a group; `*` is everything. `subresource` as in `pods/exec`."""

    verb: str
    group: str
    resource: str
    subresource: str = ""

    def __str__(self) -> str:
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        return f"{self.verb} {resource}" + (f" of {self.group}" if self.group else "")


_EVERYTHING: Final = Right("*", "*", "*")
# With any of these an account can become another, or take the policy away that keeps it from writing.
_POWER: Final = (
    _EVERYTHING,
    *(
        Right(verb, "admissionregistration.k8s.io", resource)
        # No policy is asked about any of these four.
        for resource in (
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        )
        for verb in ("create", "update", "patch", "delete", "deletecollection")
    ),
    *(Right("impersonate", "", kind) for kind in ("users", "groups", "serviceaccounts")),
    *(Right(verb, "rbac.authorization.k8s.io", "clusterroles") for verb in ("bind", "escalate")),
    Right("create", "", "serviceaccounts", "token"),
    Right("approve", "certificates.k8s.io", "signers"),
    # The kubelet itself takes either for leave to run commands, and asks no policy.
    Right("get", "", "nodes", "proxy"),
    Right("create", "", "nodes", "proxy"),
)
_READING: Final = (Right("get", "", "secrets"), Right("list", "", "secrets"))
_PREVIEW: Final = tuple(
    Right(verb, group, resource)
    for group, resource in (("", "configmaps"), ("", "services"), ("", "namespaces"), ("apps", "deployments"))
    for verb in ("get", "list", "patch", "create")
)
QUESTIONS: Final[Sequence[Right]] = (*_POWER, *_READING, *_PREVIEW)


def who() -> Request:
    """Return the question who the account is."""
    return Request("POST", _WHO, {}, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})


def may(right: Right) -> Request:
    """Return the question whether the account has a right, in every namespace."""
    attributes = {
        "verb": right.verb,
        "group": right.group,
        "resource": right.resource,
        "subresource": right.subresource,
    }
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value or key == "group"}},
    }
    return Request("POST", _REVIEW, {}, body)


def probes() -> tuple[Request, ...]:
    """Return a real creation of what exists in every cluster: it is refused, or in conflict, and never done.

    Only a namespace that Kubernetes lets nobody delete will do: a service account may be absent, and would be created.
    """
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
    return (Request("POST", "/api/v1/namespaces", {}, space),)


def name_of(answer: Answer) -> str:
    """Return the account's name from the answer to `who`, "" if it is not said."""
    value: Any = answer.body if answer.ok else None
    for key in ("status", "userInfo", "username"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def judge(answers: Mapping[Right, Answer], probed: Sequence[Answer]) -> list[Check]:
    """Say what the answers to `QUESTIONS` and `probes` mean."""
    held = {right for right, answer in answers.items() if _allowed(answer)}
    unknown = [right for right, answer in answers.items() if not answer.ok]
    checks = [_power(held, unknown), _writes(held, probed), _preview(held), _secrets(held)]
    if unknown:
        said = answers[unknown[0]].message
        checks.append(Check("questions", State.WARNING, f"{len(unknown)} questions were not answered: {said}"))
    return checks


def _allowed(answer: Answer) -> bool:
    status = answer.body.get("status") if answer.ok and isinstance(answer.body, Mapping) else None
    return isinstance(status, Mapping) and status.get("allowed") is True


def _power(held: set[Right], unknown: Sequence[Right]) -> Check:
    if _EVERYTHING in held:
        message = "it may do everything (cluster-admin): use an account of deploy/ for previews"
        return Check("power", State.PROBLEM, message)
    found = [str(right) for right in _POWER if right in held]
    if found:
        message = f"it could take the policy away or become another: it may {', '.join(found)}; remove these rights"
        return Check("power", State.PROBLEM, message)
    if set(unknown).intersection(_POWER):
        return Check(
            "power", State.WARNING, "whether it could take the policy away is not known: questions were not answered"
        )
    return Check("power", State.OK, "it can neither take policies away nor become another account")


def _writes(held: set[Right], probed: Sequence[Answer]) -> Check:
    if any(answer.status == _CONFLICT or answer.ok for answer in probed):
        message = "real writes are not refused: apply deploy/policy.yaml for this account"
        return Check("writes", State.PROBLEM, message)
    if any("dry run" in answer.message and answer.status == _FORBIDDEN for answer in probed):
        return Check("writes", State.OK, "what is not a dry run is refused by a policy")
    if any(right in held for right in _PREVIEW if right.verb in {"create", "patch"}):
        said = probed[0].message if probed else "nothing was asked"
        return Check("writes", State.WARNING, f"whether real writes are refused is not known: {said}")
    return Check("writes", State.OK, "it may not write")


def _preview(held: set[Right]) -> Check:
    missing = [str(right) for right in _PREVIEW if right not in held]
    if not missing:
        return Check("preview", State.OK, "it has the rights that a preview needs")
    return Check("preview", State.WARNING, f"objects will be shown as forbidden: it may not {', '.join(missing)}")


def _secrets(held: set[Right]) -> Check:
    if held.intersection(_READING):
        return Check("secrets", State.WARNING, "it may read Secrets: whoever has its credentials can read them all")
    return Check("secrets", State.OK, "it may not read Secrets; a changed one is shown as forbidden")
