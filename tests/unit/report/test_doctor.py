"""What `doctor` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitops_action.doctor.lines import DEPLOY, EVERY, Examination, Job, Line, State, Topic
from gitops_action.report import doctor as report
from tests.schemas import problems
from tests.support import ROOT

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

_CHECK, _PROMOTE, _CHARTS = (frozenset({job}) for job in (Job.CHECK, Job.PROMOTE, Job.CHARTS))
FOUND = Examination(
    [
        Line(Topic.CLUSTER, "account", State.OK, "system:serviceaccount:ci:deployer", "", DEPLOY, "prd"),
        Line(
            Topic.CLUSTER, "rights for deploy-flux", State.MISSING, "it may not list kustomizations",
            "kubectl create clusterrole …", frozenset({Job.DEPLOY_FLUX}), "prd",
        ),
        Line(Topic.PROGRAMS, "git 2.39.5", State.OK, "/usr/bin/git", "", EVERY),
        Line(Topic.PROGRAMS, "helm", State.MISSING, "helm not found: it renders charts", "install it", _CHARTS),
        Line(Topic.GITHUB, "required checks", State.WARNING, "main requires none", "Settings > Rules", _CHECK),
        Line(Topic.GITHUB, "pull-requests: write", State.UNKNOWN, "GitHub does not tell", "permissions", _PROMOTE | _CHECK),
        Line(Topic.GITHUB, "strange\x1b[31m | <b>", State.MISSING, "x\n::error::y", "`a` | b", _PROMOTE),
    ],
    frozenset({Job.CHECK, Job.PROMOTE}),
)  # fmt: skip


def test_the_text(snapshot: SnapshotAssertion) -> None:
    assert report.text(FOUND) == snapshot


def test_the_summary(snapshot: SnapshotAssertion) -> None:
    assert report.markdown(FOUND) == snapshot


def test_nothing_in_it_drives_a_terminal_or_a_runner() -> None:
    text = report.text(FOUND)
    assert "\x1b" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "\x1b[31mmissing" in report.text(FOUND, colour=True)
    assert "<b>" not in report.markdown(FOUND)


def test_json_is_what_its_schema_says() -> None:
    text = report.as_json(FOUND)
    assert problems("doctor", text) == []
    value = json.loads(text)
    assert value["asked"] == ["check", "promote"]
    assert {one["name"]: one["state"] for one in value["lines"]}["helm"] == "not needed"
    assert next(one for one in value["jobs"] if one["job"] == "deploy-flux") == {
        "job": "deploy-flux", "state": "lacks", "lacks": ["rights for deploy-flux"], "unknown": [],
    }  # fmt: skip


def test_the_schema_knows_every_job() -> None:
    schema = json.loads((ROOT / "schemas/doctor.schema.json").read_text(encoding="utf-8"))
    assert schema["properties"]["asked"]["items"]["enum"] == [job.value for job in Job]


def test_nothing_is_missing() -> None:
    fine = Examination([Line(Topic.GIT, "history", State.OK)], frozenset({Job.CHECK}))
    assert report.text(fine).splitlines()[-1] == "* asked about: check: nothing is missing"
