"""What every engine of validation is: manifests in, findings and honest counts out."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from gitops_action.model import EngineCoverage, Finding, Manifest
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What one engine found out.

    `found` counts the manifests it was given, `checked` those it came to a verdict on: one without a schema, or
    encrypted, is found but not checked, and carries a finding that says so.
    """

    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    checked: int = 0

    def __add__(self, other: EngineResult) -> EngineResult:
        """Join the results of two batches of manifests."""
        return EngineResult(self.findings + other.findings, self.found + other.found, self.checked + other.checked)

    def coverage(self, engine: str) -> EngineCoverage:
        """Return the counts as the report has them."""
        return EngineCoverage(engine, self.found, self.checked)


class Engine(Protocol):
    """One way of judging manifests."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    def validate(self, manifests: Iterable[Manifest]) -> EngineResult:
        """Judge each manifest. Raises GitOpsError if the engine itself cannot work."""
        ...
