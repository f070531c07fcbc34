"""`doctor` and `status` in the image: they look at what is there, also where that is little, and say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cluster import flux
from tests.cluster.components import cluster
from tests.container.containers import WORKSPACE, action
from tests.container.sample import FILES
from tests.container.workspace import workspace
from tests.github.conftest import WORKFLOW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.container.workspace import Workspace
    from tests.github.fake import Fake

pytestmark = [
    pytest.mark.container,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first one builds the image
    pytest.mark.xdist_group("container"),
]


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    site = workspace(tmp_path, FILES)
    site.checkout(site.base)
    site.say({"ref": "refs/heads/main", "inputs": None})
    return site


def test_the_doctor_without_network_token_or_cluster(image: str, made: Workspace) -> None:
    ended = action(image, made, "workflow_dispatch", inputs={"command": "doctor"})
    assert ended.exit_code == 0, ended.log
    assert "Traceback" not in ended.log
    programs, _, rest = ended.log.partition("\n\n")
    rows = [line.split(maxsplit=2) for line in programs.splitlines()[1:]]
    assert [state for state, *_ in rows] == ["ok"] * 6, programs
    assert [name for _, name, _ in rows] == ["git", "kustomize", "helm", "kubeconform", "kube-apiserver", "Python"]
    # The repository is known, and what nobody could be asked about is not taken for granted.
    assert "staging, production" in rest
    assert "GitHub was not asked" in rest
    assert "asked about: validate, check: nothing is missing; 1 thing is not known" in ended.summary


def test_the_doctor_asks_github(image: str, made: Workspace, fake: Fake) -> None:
    inputs = {"command": "doctor", "github-token": WORKFLOW}
    ended = action(image, made, "workflow_dispatch", inputs=inputs, env={"GITHUB_API_URL": fake.url}, network="host")
    assert ended.exit_code in {0, 1}, ended.log
    assert {one.method for one in fake.requests} == {"GET"}
    assert "GitHub was not asked" not in ended.log
    assert "Traceback" not in ended.log
    assert WORKFLOW not in ended.log.replace(f"::add-mask::{WORKFLOW}\n", "") + ended.summary


def test_status_without_a_cluster_says_what_is_missing(image: str, made: Workspace) -> None:
    ended = action(image, made, "workflow_dispatch", inputs={"command": "status"})
    assert ended.exit_code == 2, ended.log
    (error,) = [line for line in ended.log.splitlines() if line.startswith("::error")]
    assert "there is no kubeconfig" in error
    assert "Traceback" not in ended.log


@pytest.mark.tools
def test_a_cluster_with_flux_is_looked_at(image: str, made: Workspace, tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster") as found:
        flux.begin(found, tmp_path / "flux").kustomization("broken", "./nowhere")
        (made.path / "kubeconfig").write_bytes(found.kubeconfig.read_bytes())
        inputs = {"kubeconfig": f"{WORKSPACE}/kubeconfig"}
        status, doctor = (
            action(image, made, "workflow_dispatch", inputs={**inputs, **more}, network="host")
            for more in ({"command": "status"}, {"command": "doctor", "job": "deploy-flux"})
        )
        secret = found.tokens["admin"]
    # What Flux deploys is not ready, and the job says so by its exit code.
    assert status.exit_code == 1, status.log
    assert "| Kustomization | `flux-system/broken` |" in status.summary
    assert doctor.exit_code == 0, doctor.log
    assert re.search(r"ok +rights for deploy-flux +all that is needed", doctor.log)
    assert re.search(r"ok +Flux Kustomization +v1", doctor.log)
    assert secret not in status.log + status.summary + doctor.log + doctor.summary
