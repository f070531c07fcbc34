"""What follows for the jobs from single lines."""

from __future__ import annotations

import pytest

from gitops_action.doctor.lines import DEPLOY, Examination, Job, Line, State, Topic, jobs_of, listed, words

ONLY_CHECK, ONLY_DRIFT = frozenset({Job.CHECK}), frozenset({Job.DRIFT})


def line(state: State, jobs: frozenset[Job] = ONLY_CHECK, topic: Topic = Topic.GIT) -> Line:
    return Line(topic, state.value, state, "said", "mend it", jobs)


@pytest.mark.parametrize(
    ("states", "verdict", "code"),
    [
        ([State.OK], State.OK, 0),
        ([], State.OK, 0),
        ([State.OK, State.WARNING], State.OK, 0),
        ([State.OK, State.UNKNOWN], State.UNKNOWN, 0),
        ([State.UNKNOWN, State.MISSING], State.MISSING, 1),
    ],
)
def test_what_is_unknown_is_never_ready(states: list[State], verdict: State, code: int) -> None:
    found = Examination([line(one) for one in states], ONLY_CHECK)
    assert next(one.state for one in found.verdicts if one.job is Job.CHECK) is verdict
    assert found.exit_code == code


def test_what_another_job_lacks_does_not_count_and_is_not_needed() -> None:
    found = Examination([line(State.MISSING, ONLY_DRIFT), line(State.OK, ONLY_DRIFT)], ONLY_CHECK)
    assert found.exit_code == 0
    assert [one.state for one in found.shown] == [State.NOT_NEEDED, State.OK]
    assert next(one.state for one in found.verdicts if one.job is Job.DRIFT) is State.MISSING


def test_lines_are_shown_by_topic() -> None:
    topics = [Topic.CLUSTER, Topic.PROGRAMS, Topic.GITHUB, Topic.GIT, Topic.WORKFLOWS, Topic.CONFIGURATION]
    found = Examination([line(State.OK, topic=one) for one in topics], ONLY_CHECK)
    assert [one.topic for one in found.shown] == list(Topic)


def test_deploy_is_the_way_that_is_configured() -> None:
    assert jobs_of("deploy", {Job.DEPLOY_FLUX, Job.PROMOTE}) == {Job.DEPLOY_FLUX}
    assert jobs_of("deploy") == DEPLOY
    assert all(jobs_of(word) for word in words())


def test_long_lists_are_cut() -> None:
    assert listed("abc", 3) == "a, b, c"
    assert listed("abcdef", 2) == "a, b and 4 more"
