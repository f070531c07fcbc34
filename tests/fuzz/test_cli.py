"""The command line on a folder of hostile files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fuzz import hostile
from tests.fuzz.test_bytes import MANIFEST, WHOLE
from tests.fuzz.test_definitions import BROKEN, definition

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("output", ["text", "json", "markdown"])
def test_hostile_files_are_findings(tmp_path: Path, output: str) -> None:
    """Each kind of trouble in one folder, and one good object, which is found in spite of it."""
    for number, data in enumerate(WHOLE.values()):
        (tmp_path / f"{number}.yaml").write_bytes(data)
    for number, schema in enumerate(BROKEN.values()):
        (tmp_path / f"crd{number}.yaml").write_text(hostile.write(definition(schema)))
    for number, value in enumerate([*hostile.EMPTY, *hostile.DEEP, *map(hostile.Raw, hostile.NUMBERS)]):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": value}
        (tmp_path / f"pod{number}.yaml").write_text(hostile.write(pod))
    (tmp_path / "good.yaml").write_text(MANIFEST)
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", "validate", "--output", output, "."],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 1, said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("gitops-action-crash-*"))
    if output == "json":
        report = json.loads(done.stdout)
        assert report["coverage"]["resources"] >= 1
