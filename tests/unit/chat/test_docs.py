"""docs/chat.md says what the code says."""

from __future__ import annotations

from gitops_action.chat.commands import COMMANDS
from tests.support import ROOT


def test_the_page_has_every_command_with_its_usage_and_role() -> None:
    page = (ROOT / "docs/chat.md").read_text(encoding="utf-8").replace("\\|", "|")
    rows = [line for line in page.splitlines() if line.startswith("| `/")]
    assert len(rows) == len(COMMANDS)
    for one, row in zip(COMMANDS.values(), rows, strict=True):
        assert row.startswith(f"| `{one.usage}` |")
        assert row.endswith(f"| {one.role.value} |")
