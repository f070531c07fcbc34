"""The image under test, built once for all tests of this folder, and a fake GitHub for each."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.container.images.build import build_action, prepare
from tests.container.images.daemon import DockerUnavailableError, alone, docker, ensure, stop
from tests.container.jobs import Act
from tests.github.conftest import fleet
from tests.github.fake import Fake
from tests.github.holding import holding
from tests.support import ROOT, require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE = "gitops-action-test/action:local"
ACTS = "act-gitops-action-gitops-action-v0-dockeraction"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return this repository as it would be checked out now: what Git knows or would, without caches and environments."""
    require((ROOT / ".git").exists() and shutil.which("git"), "a Git clone of this repository")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - the machine's Git
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("gitops-action")
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file() and not name.startswith("tests/"):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


@pytest.fixture(scope="session")
def image(checkout: Path) -> Iterator[str]:
    """Build the action's image; act builds its own from the same layers. A daemon that this starts, it ends."""
    started = None
    try:
        started = ensure()
        prepare()
    except DockerUnavailableError as error:
        require(present=False, what=f"Docker ({error})")
    try:
        with _renewed(IMAGE), _renewed(ACTS):
            with alone("action"):  # another clone builds under the same name
                build_action(IMAGE, checkout)
                identity = docker("images", "--quiet", IMAGE)
            yield identity
    finally:
        if started is not None:
            stop()


@contextmanager
def _renewed(name: str) -> Iterator[None]:
    """Remove the image that had this name before, if it has another one by then."""
    previous = docker("images", "--quiet", name)
    yield
    if previous and previous != docker("images", "--quiet", name):
        with suppress(DockerUnavailableError):  # another clone's tests may be using it
            docker("rmi", previous)


@pytest.fixture(scope="session")
def act(image: str, checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Act:
    """Return act, with a cache of its own."""
    assert image
    return Act(checkout, tmp_path_factory.mktemp("act"))


@pytest.fixture
def fake() -> Iterator[Fake]:
    """Start a GitHub; what breaks GitHub's description of its API fails the test."""
    with Fake(fleet(), holding()) as server:
        yield server
        assert server.violations == []


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a proxy of this machine out of the containers: nothing in them may need it."""
    for name in list(os.environ):
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"}:
            monkeypatch.delenv(name)
