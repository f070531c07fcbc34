"""The configuration and the clone: what is missing in them for which job."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitops_action.config import Config, Engine
from gitops_action.config.deployment import Deployment
from gitops_action.config.images import By, Choice, ImagePolicy
from gitops_action.config.model import Environment
from gitops_action.config.promotion import Promotion, PromotionPath
from gitops_action.doctor.lines import Job, Line, State
from gitops_action.doctor.repository import Clone, configured, judge, registries
from gitops_action.images import objects
from gitops_action.model import Finding, Severity

GOOD = Clone(
    config=Config(
        environments=(Environment("production", (), deploy=Deployment(via="flux")),),
        promotion=Promotion(paths=(PromotionPath("staging", "production"),)),
        file=".gitops.yaml",
    ),
    environments=("staging", "production"), remote="https://github.com/octo/fleet", reached=True, main="main",
    based=True, pushes=True,
)  # fmt: skip


def lines(clone: Clone) -> dict[str, Line]:
    return {one.name: one for one in judge(clone)}


def test_a_clone_that_has_all() -> None:
    found = lines(GOOD)
    assert {name for name, one in found.items() if one.state is not State.OK} == {"deployed via apply"}
    assert found["promotion paths"].message == "staging → production"
    assert found["deployed via flux"].jobs == {Job.DEPLOY_FLUX}


@pytest.mark.parametrize(
    ("change", "name", "state", "message"),
    [
        ({"problem": "/x is not a Git repository"}, "repository", State.MISSING, "/x is not a Git repository"),
        ({"empty": True}, "commits", State.MISSING, "no commit yet"),
        ({"shallow": True}, "history", State.MISSING, "shallow"),
        (
            {"config": None, "config_problem": ".gitops.yaml:3:1: no"},
            "configuration",
            State.MISSING,
            ".gitops.yaml:3:1",
        ),
        ({"dirty": True}, "uncommitted", State.WARNING, "what is committed was looked at"),
        ({"environments": ("default",)}, "environments", State.MISSING, "none was found"),
        ({"environments": ("staging",)}, "promotion paths", State.MISSING, "they name production"),
        ({"config": Config()}, "promotion paths", State.MISSING, "tell none: promotions have to name both"),
        (
            {"config": Config(), "assumed": (PromotionPath("staging", "production"),)},
            "promotion paths",
            State.WARNING,
            "none is set: the names of directories tell staging → production",
        ),
        ({"config": Config()}, "configuration", State.OK, "no .gitops.yaml"),
        ({"remote": ""}, "remote", State.MISSING, "no remote `origin`"),
        ({"reached": None, "reached_problem": "offline"}, "remote", State.UNKNOWN, "offline"),
        ({"reached": False, "reached_problem": "no route"}, "remote", State.MISSING, "no route"),
        ({"based": False}, "merge base", State.MISSING, "no commit in common"),
        ({"based": None}, "merge base", State.UNKNOWN, "not in this clone"),
        ({"pushes": False, "pushes_problem": "403"}, "push", State.MISSING, "403"),
        ({"pushes": None}, "push", State.UNKNOWN, "not known"),
    ],
)
def test_what_is_missing_is_said_with_its_fix(change: dict[str, object], name: str, state: State, message: str) -> None:
    found = lines(replace(GOOD, **change))[name]  # type: ignore[arg-type] # a table of fields
    assert (found.state, message in found.message) == (state, True), found
    assert state is State.OK or found.fix


def test_what_is_wrong_with_a_clone_stops_no_validation() -> None:
    assert Job.VALIDATE not in lines(Clone(problem="none"))["repository"].jobs
    assert Job.INIT not in lines(Clone(empty=True))["commits"].jobs


def test_the_jobs_that_a_configuration_wants() -> None:
    assert configured(GOOD) == {Job.PROMOTE, Job.DEPLOY_FLUX}
    engines = (Engine.APISERVER, Engine.KUBECONFORM)
    assert configured(Clone(config=Config(engines=engines))) == {Job.APISERVER, Job.KUBECONFORM}
    assert configured(Clone(config=Config(), charts=True)) == {Job.CHARTS}
    assert configured(Clone(config=Config())) == configured(Clone()) == frozenset()


def test_image_policies() -> None:
    found = lines(replace(GOOD, policies=objects.read((), ())))["image policies"]
    assert (found.state, found.jobs) == (State.MISSING, frozenset({Job.IMAGES}))
    assert "images: {policies:" in found.fix
    choice = Choice(By.SEMVER, "1.x")
    good, bad = (ImagePolicy(name, image, choice, ()) for name, image in (("web", "ghcr.io/a/web"), ("api", "NO SUCH")))
    clone = replace(GOOD, policies=objects.read((), (good, bad)))
    assert lines(clone)["image policies"].message == "web"
    (wrong,) = [one for name, one in lines(clone).items() if name.startswith("image policy in")]
    assert (wrong.state, "api: " in wrong.message) == (State.WARNING, True)
    assert Job.IMAGES in configured(clone)


def test_credentials_of_registries_are_named_by_host_only() -> None:
    assert registries(["ghcr.io"], "").message == "for ghcr.io"
    assert "only what is public" in registries([], "").message
    assert registries([], "line 1 is not HOST=USER:PASSWORD").state is State.MISSING


def test_a_path_that_means_nothing_is_a_line_with_its_place() -> None:
    lost = Finding("config-path-unmatched", Severity.WARNING, "`ignore`: no file …", ".gitops.yaml", 3, 9)
    line = lines(replace(GOOD, unmatched=[lost]))["path at .gitops.yaml:3:9"]
    assert (line.state, line.message, line.fix) == (State.WARNING, lost.message, "correct it in .gitops.yaml")
