"""What `init` and `create` would write, for people: a tree, then what becomes of each file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.diff.canonical import visible
from gitops_action.report.escape import one_line, visible_lines
from gitops_action.scaffold.plan import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.scaffold.plan import Plan, Planned

_WORDS: Final = {State.NEW: "", State.UNCHANGED: " (there already)", State.KEPT: " (left as it is)"}


def plan_text(root: str, plan: Plan) -> str:
    """Write the tree of all files, the files that are left as they are with the reason, and the counts."""
    branches: dict[str, Any] = {}
    for one in plan.files:
        *folders, name = one.path.split("/")
        at = branches
        for folder in folders:
            at = at.setdefault(f"{folder}/", {})
        at[name] = one
    lines = [f"{visible(root)}/", *_tree(branches, "")]
    kept = plan.of(State.KEPT)
    if kept:
        lines += ["", "Left as they are:", *(f"  {visible(one.path)}: {one.note}" for one in kept)]
    if plan.notes:
        lines += ["", *(f"Note: {one_line(note, 500)}" for note in plan.notes)]
    lines += ["", _counts(plan)]
    return "\n".join(lines) + "\n"


def done_text(plan: Plan, steps: str) -> str:
    """Say what was written, and what is left to do: `steps`, and those of the plan that no file says."""
    count = len(plan.new)
    if not count:
        return "Nothing was to be written.\n"
    readme = any(one.path == "README.md" and one.state is State.NEW for one in plan.files)
    more = "README.md has the next steps.\n" if readme else ""
    said = f"\nNext steps:\n\n{plan.steps}" if plan.steps else more
    return f"Wrote {count} file{'' if count == 1 else 's'}. {steps}{said}"


def _counts(plan: Plan) -> str:
    counts = {state: len(plan.of(state)) for state in State}
    parts = [f"{counts[State.NEW]} to write"]
    if counts[State.UNCHANGED]:
        parts.append(f"{counts[State.UNCHANGED]} unchanged")
    if counts[State.KEPT]:
        parts.append(f"{counts[State.KEPT]} left as they are")
    return f"{len(plan.files)} files: {', '.join(parts)}"


def _tree(branches: Mapping[str, Any], lead: str) -> Iterator[str]:
    # Folders after the files of a folder would tear apart what the alphabet keeps together.
    items = sorted(branches.items())
    for number, (name, below) in enumerate(items, 1):
        last = number == len(items)
        yield f"{lead}{'└── ' if last else '├── '}{visible(name)}{_state(below)}"
        if isinstance(below, dict):
            yield from _tree(below, lead + ("    " if last else "│   "))


def _state(below: Planned | dict[str, Any]) -> str:
    return "" if isinstance(below, dict) else _WORDS[below.state]


def created_text(files: Mapping[str, bytes], url: str, *, dry_run: bool) -> str:
    """Say which files were written or proposed; of a dry run, with what they would hold."""
    if not dry_run:
        lead = f"Proposed: {url}\n" if url else ""
        return lead + "".join(f"{'  ' if url else 'Wrote '}{visible(path)}\n" for path in files)
    return "\n".join(f"{visible(path)} would hold:\n\n{_indented(content)}" for path, content in files.items())


def _indented(content: bytes) -> str:
    return "".join(f"    {line}\n" for line in visible_lines(content.decode(errors="replace").rstrip("\n")))
