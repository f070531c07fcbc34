"""Runs `validate` on files, in this process, to the end: what people and programs read is written too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Engine
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.validate import validate
from gitops_action.report import json_report, markdown, text

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report


def judged(folder: Path, files: dict[str, bytes]) -> Report:
    """Return the report on a folder with these files, and no others."""
    for path in folder.iterdir():
        path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    report = validate([str(folder)], Overrides(engines=(Engine.SCHEMA,)), SilentProgress())
    assert json.loads(json_report.dump(report))
    assert text.render(report)
    assert markdown.comment(report, marker="<!-- fuzz -->")
    for finding in report.findings:
        assert "\n" not in finding.message
        assert len(finding.message) < 5000, finding.message[:200]
        assert finding.line is None or finding.line > 0
    return report
