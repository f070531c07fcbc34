"""Workflows that run us: what their tokens lack, told from what is written."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from gitops_action.doctor.lines import DEPLOY, Job, Line, State
from gitops_action.doctor.workflows import judge, uses
from gitops_action.scaffold import workflows as scaffolded
from gitops_action.scaffold.wish import Setup, Via
from tests.support import ROOT

OURS = "gitops-action/gitops-action"
GOOD = {"contents": "read", "pull-requests": "write"}
CHECKOUT = {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0}}


def steps(with_: dict[str, Any] | None = None, checkout: Any = CHECKOUT, **job: Any) -> dict[str, Any]:
    return {"steps": [checkout, {"uses": f"{OURS}@v0", "with": with_ or {}}], "permissions": GOOD, **job}


def lines(job: Any, workflow: Any = None) -> dict[str, Line]:
    found = {".github/workflows/a.yml": {**(workflow or {}), "jobs": {"it": job}}}
    return {one.name: one for one in judge(uses(found))}


def test_a_job_that_has_what_it_needs() -> None:
    found = lines(steps())
    assert found["a.yml: it"].state is State.OK
    assert "a.yml: it, checkout" not in found
    assert "check" not in found
    assert found["promote"].message == "no workflow runs `promote`"


@pytest.mark.parametrize(
    ("permissions", "state", "said"),
    [
        ({"contents": "read"}, State.MISSING, "its token lacks pull-requests: write"),
        ({"pull-requests": "read"}, State.MISSING, "its token lacks contents: read, pull-requests: write"),
        ({}, State.MISSING, "contents: read, pull-requests: write"),
        ("read-all", State.MISSING, "its token lacks pull-requests: write"),
        ("write-all", State.OK, ""),
        (None, State.UNKNOWN, "the repository's default holds"),
        ("nonsense", State.UNKNOWN, ""),
    ],
)
def test_permissions(permissions: Any, state: State, said: str) -> None:
    found = lines(steps(permissions=permissions))["a.yml: it"]
    assert (found.state, said in found.message) == (state, True), found.message
    assert state is State.OK or "pull-requests: write" in found.fix


def test_a_job_has_the_workflows_permissions_where_it_says_none() -> None:
    job = steps()
    del job["permissions"]
    assert lines(job, {"permissions": {}})["a.yml: it"].state is State.MISSING
    assert lines(job, {"permissions": GOOD})["a.yml: it"].state is State.OK
    assert lines(job)["a.yml: it"].state is State.UNKNOWN


def test_a_token_of_its_own_is_not_in_the_workflow() -> None:
    found = lines(steps({"command": "promote reconcile", "app-id": "5"}))["a.yml: it"]
    assert (found.state, found.jobs) == (State.OK, frozenset({Job.PROMOTE}))


def test_a_shallow_checkout_is_seen() -> None:
    found = lines(steps(checkout={"uses": "actions/checkout@v4"}))
    assert found["a.yml: it, checkout"].state is State.MISSING
    assert "fetch-depth: 0" in found["a.yml: it, checkout"].fix


@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        ("check", {Job.CHECK}),
        ("promote", {Job.PROMOTE}),
        ("deploy", DEPLOY),
        ("drift", {Job.DRIFT}),
        ("images", {Job.IMAGES}),
    ],
)
def test_reusable_workflows_need_what_they_ask_for_themselves(name: str, jobs: frozenset[Job]) -> None:
    workflow = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))
    (asked,) = [one["permissions"] for one in workflow["jobs"].values() if "permissions" in one]
    job = {"uses": f"{OURS}/.github/workflows/{name}.yml@v0", "permissions": asked}
    found = lines(job)["a.yml: it"]
    assert (found.state, found.jobs) == (State.OK, jobs), found.message
    # Without any one of them it would not do: the two tables are the same.
    for key in asked:
        left = {one: level for one, level in asked.items() if one != key}
        assert lines({**job, "permissions": left})["a.yml: it"].state is State.MISSING, key


@pytest.mark.parametrize("via", Via)
def test_what_init_writes_lacks_nothing(via: Via) -> None:
    written = scaffolded.files(Setup(("staging", "production"), via))
    found = list(judge(uses({path: yaml.safe_load(text) for path, text in written.items()})))
    assert {one.name: one.state for one in found} == {
        f"gitops-{name}.yml: {name}": State.OK for name in ("check", "promote", "deploy", "drift", "images")
    }


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        "x",
        {"jobs": []},
        {"jobs": {"a": None}},
        {"jobs": {"a": {"steps": ["x", None]}}},
        {"jobs": {"a": {"steps": 5, "with": 7}}},
    ],
)
def test_odd_workflows_are_passed_over(odd: Any) -> None:
    assert uses({".github/workflows/a.yml": odd}) == []


def test_others_are_none_of_ours() -> None:
    job = {"steps": [{"uses": "actions/checkout@v4"}, {"uses": "other/action@v1"}]}
    assert uses({"a.yml": {"jobs": {"it": job}}}) == []
    assert uses({"a.yml": {"jobs": {"it": {"uses": f"{OURS}/.github/workflows/release.yml@v0"}}}}) == []


def test_a_workflow_is_to_be_copied_from_where_there_is_one() -> None:
    pages = {word for line in judge([]) for word in line.fix.split() if word.endswith(".md")}
    assert len(pages) == 4
    for page in pages:
        text = (ROOT / page).read_text()
        assert "\njobs:\n" in text, page
        assert "uses: gitops-action/gitops-action" in text, page
