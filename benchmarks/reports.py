"""Reports at size: the parts of a check of many clusters merged, and 5,000 changes written in every form."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from benchmarks.harness import Contender, alternate, table
from benchmarks.inputs import clusters

if TYPE_CHECKING:
    from pathlib import Path

_OURS: Final = (sys.executable, "-m", "gitops_action")
_CLUSTERS: Final = 40
_OBJECTS: Final = 1_250
_CHANGED: Final = 125
_LEGS: Final = 8
_ROUNDS: Final = 5
_PERMITTED: Final = (0, 1)
_FORMS: Final = ("markdown", "sarif", "html")


def merge_and_render(scratch: Path) -> str:
    """Run `check` on a generated repository in legs, then measure `report merge` and the forms of its report."""
    repository = scratch / "clusters"
    base, head = clusters(repository, _CLUSTERS, _OBJECTS, _CHANGED)
    legs = scratch / "legs"
    legs.mkdir()
    for leg in range(1, _LEGS + 1):
        command = [
            *_OURS, "check", "--repo", str(repository), "--base", base, "--head", head, "--engine", "schema",
            "--shard", f"{leg}/{_LEGS}", "--output", "json", "--output-file", str(legs / f"{leg}.json"),
        ]  # fmt: skip
        if subprocess.run(command, check=False).returncode not in _PERMITTED:
            raise SystemExit(f"the check of leg {leg} did not work")
    whole = scratch / "whole.json"
    merge = [*_OURS, "report", "merge", str(legs), "--output", "json", "--output-file", str(whole)]
    merging = [Contender("report merge", merge, scratch)]
    alternate(merging, _ROUNDS)
    changes = json.loads(whole.read_text(encoding="utf-8"))["changes"]
    altered = sum(change["outcome"] != "unchanged" for change in changes)
    size = sum(path.stat().st_size for path in legs.iterdir()) / 2**20
    title = f"merge: {len(changes):,} objects in {_CLUSTERS} clusters, {altered:,} changes, {_LEGS} reports of {size:.0f} MB"
    shown = table(title, merging, "at most 5 s and 300 MB")
    few = scratch / "changes.json"
    kept = json.loads(whole.read_text(encoding="utf-8"))
    kept["changes"] = [change for change in kept["changes"] if change["outcome"] != "unchanged"]
    few.write_text(json.dumps(kept), encoding="utf-8")
    forms = [Contender(form, [*_OURS, "report", "render", str(few), "--output", form], scratch) for form in _FORMS]
    alternate(forms, _ROUNDS)
    total = sum(form.median for form in forms)
    return f"{shown}\n{table(f'rendering {altered:,} changes: {total:.3f} s altogether', forms, 'at most 3 s and 300 MB altogether')}"
