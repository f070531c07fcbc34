"""What is deleted by an inventory, where a cluster gives the inventory and where it does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gitops_action.cluster.answers import Answer, Request
from gitops_action.cluster.kinds import Kinds, ResourceType
from gitops_action.model import Change, Outcome, ResourceId
from gitops_action.pipeline.inventories import deletions

FLUX = "kustomize.toolkit.fluxcd.io/v1"
VERBS = frozenset({"list"})
KINDS = Kinds(
    [
        ResourceType(FLUX, "Kustomization", "kustomizations", namespaced=True, verbs=VERBS),
        ResourceType("v1", "ConfigMap", "configmaps", namespaced=True, verbs=VERBS),
    ]
)
KEPT = ResourceId("v1", "ConfigMap", "web", "kept")
CHANGES = [Change("staging", Outcome.UNCHANGED, KEPT, target="apps/staging")]


@dataclass
class Server:
    """Answers lists as it is told to: our own port, as no real server fails on demand."""

    answers: list[Answer]
    kinds: Kinds = KINDS
    asked: list[Request] = field(default_factory=list)

    def discover(self) -> Kinds:
        return self.kinds

    def send(self, request: Request) -> Answer:
        self.asked.append(request)
        return self.answers.pop(0)

    def send_all(self, requests: Iterable[Request]) -> list[Answer]:
        return [self.send(request) for request in requests]


def flux(*names: str, more: str = "") -> Answer:
    entries = [{"id": f"web_{name}__ConfigMap", "v": "v1"} for name in names]
    item = {"spec": {"prune": True, "path": "./apps/staging"}, "status": {"inventory": {"entries": entries}}}
    return Answer(200, {"items": [item], "metadata": {"continue": more} if more else {}})


def found(*answers: Answer, sets: Iterable[str] = ()) -> list[tuple[Outcome, str]]:
    changes = deletions(Server(list(answers)), "staging", CHANGES, sets, ())
    return [(change.outcome, change.resource.name) for change in changes]


def test_what_nothing_renders_any_more() -> None:
    assert found(flux("kept", "gone")) == [(Outcome.DELETE, "gone")]
    assert found(flux("kept")) == []


def test_all_pages_count() -> None:
    assert found(flux("kept", more="next"), flux("gone")) == [(Outcome.DELETE, "gone")]


def refused(status: int) -> Answer:
    body: Any = {"kind": "Status", "message": "no list for you", "code": status}
    return Answer(status, body, problem="" if status else "no answer")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(403, Outcome.FORBIDDEN), (500, Outcome.UNKNOWN), (0, Outcome.UNKNOWN), (200, Outcome.UNKNOWN)],
)
def test_a_list_that_is_not_to_be_had_is_never_nothing_deleted(status: int, outcome: Outcome) -> None:
    assert found(refused(status)) == [(outcome, "*")]
    # What came before it broke off is told as well.
    assert found(flux("gone", more="next"), refused(status)) == [(Outcome.DELETE, "gone"), (outcome, "*")]
    assert found(flux("kept"), refused(status), sets=["applyset-1"]) == [(outcome, "*")]


def test_the_reason_is_said() -> None:
    (change,) = deletions(Server([refused(403)]), "staging", CHANGES, (), ())
    assert change.resource == ResourceId(FLUX, "Kustomization", "", "*")
    assert "not known what would be deleted: no list for you" in change.message
