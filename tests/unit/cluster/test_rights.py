"""What the answers of a cluster mean for an account; what it answers is in tests/cluster/test_doctor.py."""

from __future__ import annotations

from gitops_action.cluster.answers import Answer
from gitops_action.cluster.rights import QUESTIONS, State, judge


def test_what_was_not_answered_is_not_fine() -> None:
    refused = Answer(403, problem="no")
    found = {one.name: one.state for one in judge(dict.fromkeys(QUESTIONS, refused), [refused])}
    assert found["power"] is State.WARNING
    assert found["questions"] is State.WARNING
    assert found["preview"] is not State.OK


def test_what_is_not_allowed_is_not_held() -> None:
    no = Answer(201, {"status": {"allowed": False}})
    found = {one.name: one.state for one in judge(dict.fromkeys(QUESTIONS, no), [Answer(403)])}
    assert (found["power"], found["writes"], found["secrets"]) == (State.OK, State.OK, State.OK)
    yes = Answer(201, {"status": {"allowed": True}})
    found = {one.name: one.state for one in judge(dict.fromkeys(QUESTIONS, yes), [Answer(409)])}
    assert (found["power"], found["writes"], found["secrets"]) == (State.PROBLEM, State.PROBLEM, State.WARNING)
