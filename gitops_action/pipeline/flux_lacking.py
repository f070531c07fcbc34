"""What a build of Flux does not find, though the repository has it: why that is so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.render.findings import finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gitops_action.model import Finding
    from gitops_action.render.flux.unit import Unit
    from gitops_action.repository.flux_contents import Contents

_CODE = "flux-artifact-incomplete"


def explained(
    unit: Unit, findings: Iterable[Finding], needed: Collection[str], contents: Contents
) -> Iterator[Finding]:
    """Yield the findings of a build that failed; those of what the source leaves out of the files `needed` say so."""
    left_out = sorted(path for path in needed if contents.leaves_out(path))
    for one in findings:
        subject = one.message.partition(" ")[0]
        path = next((path for path in left_out if f"{path}/".startswith(f"{subject}/")), None)
        if path is None:
            yield one
        else:
            message = (
                f"Flux does not find {path}, which Kustomization {unit.label} is built from: {contents.why_not(path)}"
            )
            yield replace(one, code=_CODE, message=message)


def not_copied(unit: Unit, files: Iterable[str]) -> Iterator[Finding]:
    """Say which of the `files` that a unit is built from are not copied into its artifact, if it has one."""
    lacking = unit.artifact.lacks(unit.folder, files) if unit.artifact else []
    if unit.artifact and lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        message = (
            f"Kustomization {unit.label} is built from {lacking[0]}{more}, which the ArtifactGenerator does not copy into the "
            f"artifact {unit.artifact.name}, or not to where it is looked for"
        )
        yield finding(_CODE, message, unit.manifest.locator.locate(("spec", "sourceRef"), key=True))
