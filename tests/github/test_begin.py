"""The circle that `init` begins: a new image in a real registry, its pull request, and the promotions that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.images.credentials import Logins
from gitops_action.pipeline import image_updating
from gitops_action.pipeline.places import Place
from gitops_action.scaffold import repository, workloads
from gitops_action.scaffold.wish import Setup, Via
from tests.github.conftest import WORKFLOW
from tests.github.fleet import Fleet
from tests.registry import serve
from tests.support import tool

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.fake import Fake

pytestmark = pytest.mark.tools
SETUP = Setup(("dev", "staging", "production"), Via.APPLY)


def tag(fleet: Fleet, environment: str, revision: str = "main") -> str:
    text = fleet.read(f"apps/{environment}/web/kustomization.yaml", revision)
    (line,) = [line for line in text.splitlines() if "newTag:" in line]
    return line.partition("newTag: ")[2]


def test_a_new_image_travels_from_the_registry_to_production(
    tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tool('kustomize').parent}:/usr/bin:/bin")
    with serve() as registry:
        image = f"{registry.host}/podinfo"
        registry.image("podinfo", "6.9.0", "6.9.1", "7.0.0")
        files = {path: text.replace(workloads.IMAGE, image) for path, text in repository.of_new(SETUP).items()}
        fleet = Fleet.begin(tmp_path, fake, files, files.pop(".gitops.yaml"))
        place = Place(fleet.clone, token=WORKFLOW, repository=fake.state.repository, api_url=fake.url)
        outcome = image_updating.update(place, image_updating.Wish((), Logins()))
    assert [one.step.value for one in outcome.done] == ["created"]
    assert (tag(fleet, "dev", "images/web"), tag(fleet, "staging", "images/web")) == ("6.9.1", "6.9.0")
    fleet.merge()
    for source, target in (("dev", "staging"), ("staging", "production")):
        assert fleet.steps() == ["created"]
        (pull,) = fleet.open
        assert pull.head_ref == f"promote/web/{source}-{target}"
        assert not pull.draft
        fleet.merge()
        assert tag(fleet, target) == "6.9.1"
    assert fleet.steps() == []
    # What is an environment's own stays: production has two of them.
    assert "count: 2" in fleet.read("apps/production/web/kustomization.yaml")
