"""Questions about an account: who it is, what it may do, and whether what it writes is let through.

An account is asked about itself only: SelfSubjectReview and SelfSubjectAccessReview change nothing. Whether real writes are
refused is found out by creating what exists in every cluster: admission comes before the server notices that, so that the
worst that can happen is a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from gitops_action.cluster.answers import Answer, Request
from gitops_action.records import dataclass

_REVIEW: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_WHO: Final = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """To do something with a resource of a group; `*` is everything. `subresource` as in `pods/exec`.

    `namespace` is where; "" is everywhere.
    """

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        where = f" in {self.namespace}" if self.namespace else ""
        return f"{self.verb} {self.kind}{where}"

    @property
    def kind(self) -> str:
        """What it is about, in words."""
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        return resource + (f" of {self.group}" if self.group else "")

    def within(self, namespace: str) -> Right:
        """Return the same right in one namespace."""
        return replace(self, namespace=namespace)


def who() -> Request:
    """Return the question who the account is."""
    return Request("POST", _WHO, {}, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})


def may(right: Right) -> Request:
    """Return the question whether the account has a right."""
    attributes = {
        "verb": right.verb,
        "group": right.group,
        "resource": right.resource,
        "subresource": right.subresource,
        "namespace": right.namespace,
    }
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value or key == "group"}},
    }
    return Request("POST", _REVIEW, {}, body)


def allowed(answer: Answer) -> bool | None:
    """Return what the answer to `may` says; None where it is none."""
    if not answer.ok:
        return None
    status = answer.body.get("status") if isinstance(answer.body, Mapping) else None
    return isinstance(status, Mapping) and status.get("allowed") is True


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
