"""What is installed: a wheel with the catalogs in it, small enough to be fetched in each job."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from gitops_action.data import schemas_folder
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MIB = 2**20


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    [built] = folder.glob("*.whl")
    return built


def test_the_catalogs_are_in_the_wheel_and_small(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        sizes = {
            info.filename.removeprefix("gitops_action/schemas/"): info.file_size
            for info in archive.infolist()
            if info.filename.startswith("gitops_action/schemas/")
        }
        catalogs = [name for name in sizes if name.endswith(".jsonl")]
        assert {"kubernetes/definitions.jsonl", "kubernetes/kinds.jsonl", "flux/kinds.jsonl"} <= set(catalogs)
        for name in catalogs:
            assert archive.read(f"gitops_action/schemas/{name}") == (schemas_folder() / name).read_bytes()
        assert {"gitops.schema.json", "report.schema.json"} <= sizes.keys()
    assert not [name for name in sizes if "builder" in name]
    # 12 MB is what catalogs of ten releases may take, unpacked.
    assert sum(sizes.values()) <= 12 * MIB
    assert wheel.stat().st_size <= 2 * MIB


def test_the_container_image_is_built_from_all_that_the_wheel_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    tops = {f"{path.partition('/')[0]}/" for path in taken}
    copied = set(re.findall(r"^COPY (\S+/) ", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    let_in = set(re.findall(r"^!(\S+/)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    assert tops <= copied
    assert tops <= let_in


def test_the_policy_that_init_writes_is_in_the_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        for path in sorted((ROOT / "deploy").rglob("*.yaml")):
            inside = f"gitops_action/manifests/{path.relative_to(ROOT / 'deploy').as_posix()}"
            assert archive.read(inside) == path.read_bytes()


def test_nothing_of_the_repository_but_the_package_is_in_the_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        assert {name for name in tops if not name.endswith(".dist-info")} == {"gitops_action"}
        assert not [name for name in archive.namelist() if "/tests/" in name or name.endswith(".pyc")]
