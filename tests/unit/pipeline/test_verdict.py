"""The verdict promises nothing that was not seen; messages hold no secret."""

from __future__ import annotations

import base64

import pytest

from gitops_action.config import Config, load
from gitops_action.model import (
    Change,
    Coverage,
    Finding,
    Location,
    Manifest,
    Outcome,
    Pointer,
    ResourceId,
    Severity,
    Verdict,
)
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.verdict import Outcomes, effects, report

ID = ResourceId("v1", "ConfigMap", "", "a")
WARNING = Finding("schema-missing", Severity.WARNING, "it is so", "a.yaml", 1, 1)
ERROR = Finding("wrong-type", Severity.ERROR, "it is so", "b.yaml", 1, 1)
SEEN = Coverage(resources=1)


def verdict(outcomes: Outcomes, config: Config | None = None) -> Verdict:
    return report("check", outcomes, config or Config(), Clock()).verdict


def change(outcome: Outcome, environment: str = "staging") -> Change:
    return Change(environment, outcome, ID)


@pytest.mark.parametrize(
    ("fail_on", "findings", "expected"),
    [
        ("error", [], Verdict.PASSED),
        ("error", [WARNING], Verdict.PASSED),
        ("error", [WARNING, ERROR], Verdict.FAILED),
        ("warning", [WARNING], Verdict.FAILED),
        ("never", [ERROR], Verdict.PASSED),
    ],
)
def test_findings_fail_from_the_threshold_on(fail_on: str, findings: list[Finding], expected: Verdict) -> None:
    config = load(f"version: 1\nfailOn: {fail_on}\n".encode())
    assert verdict(Outcomes(findings, SEEN), config) is expected


@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_is_not_known_is_not_passed(outcome: Outcome) -> None:
    known = {
        Outcome.CREATE, Outcome.UPDATE, Outcome.REPLACE, Outcome.DELETE, Outcome.UNCHANGED, Outcome.CONFLICT,
        Outcome.UNVALIDATED,
    }  # fmt: skip
    expected = Verdict.PASSED if outcome in known else Verdict.INCOMPLETE
    assert verdict(Outcomes([], SEEN, [change(Outcome.UPDATE), change(outcome)])) is expected


def test_overlays_that_failed_and_nothing_to_judge_are_not_passed() -> None:
    assert verdict(Outcomes([], Coverage(targets=2, targets_failed=1))) is Verdict.INCOMPLETE
    assert verdict(Outcomes([], SEEN, complete=False)) is Verdict.INCOMPLETE
    # A failure is the worse of the two.
    assert verdict(Outcomes([ERROR], SEEN, complete=False)) is Verdict.FAILED


def test_effects_are_what_would_alter_the_cluster() -> None:
    changes = [change(outcome) for outcome in Outcome]
    assert {it.outcome for it in effects(changes)} == {Outcome.CREATE, Outcome.UPDATE, Outcome.REPLACE, Outcome.DELETE}


def test_findings_come_worst_first_each_once() -> None:
    found = report("check", Outcomes([WARNING, ERROR, WARNING], SEEN), Config(), Clock()).findings
    assert found == [ERROR, WARNING]


def test_environments_come_in_the_order_in_which_a_change_travels() -> None:
    changes = [change(Outcome.CREATE, name) for name in ("production", "staging", "dev")]
    assert report("check", Outcomes([], SEEN, changes), Config(), Clock()).environments == [
        "dev",
        "staging",
        "production",
    ]


class Nowhere:
    """A locator for a manifest that nobody asks for its place."""

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        raise AssertionError(pointer, key)


def test_no_message_has_a_secret_s_value() -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"token": base64.b64encode(b"hunter2-canary").decode()},
        "stringData": {"other": "correct-horse-battery"},
    }
    said = Finding("wrong-type", Severity.ERROR, "not hunter2-canary, nor correct-horse-battery", "s.yaml", 1, 1)
    manifests = [Manifest(secret, Nowhere())]
    (found,) = report("check", Outcomes([said], SEEN), Config(), Clock(), manifests=manifests).findings
    assert "canary" not in found.message
    assert "battery" not in found.message
    assert found.message.startswith("not ")


def test_a_step_that_is_entered_again_adds_up_and_counts_when_it_fails() -> None:
    clock = Clock()
    with clock.step("read"), clock.step("render"):
        pass
    with pytest.raises(RuntimeError), clock.step("read"):
        raise RuntimeError
    assert [timing.step for timing in clock.timings] == ["render", "read"]
    assert all(timing.seconds >= 0 for timing in clock.timings)


def test_no_object_is_looked_at_for_secrets_where_nothing_is_said() -> None:
    looked_at = iter([Manifest({"kind": "Secret"}, Nowhere())])
    assert (
        report("check", Outcomes([], SEEN, [change(Outcome.UPDATE)]), Config(), Clock(), manifests=looked_at).findings
        == []
    )
    assert next(looked_at).value == {"kind": "Secret"}
