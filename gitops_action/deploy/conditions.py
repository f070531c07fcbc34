"""The conditions of live objects, which may have anything in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from gitops_action.parts import mappings, part, text
from gitops_action.records import dataclass

Object: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """One of `status.conditions`."""

    status: str
    reason: str = ""
    message: str = ""
    observed_generation: int | None = None

    @property
    def is_true(self) -> bool:
        """Whether it holds."""
        return self.status == "True"

    @property
    def is_false(self) -> bool:
        """Whether it does not hold."""
        return self.status == "False"

    @property
    def said(self) -> str:
        """Its reason and message in one line."""
        return ": ".join(filter(None, (self.reason, " ".join(self.message.split()))))


def conditions(live: Object) -> dict[str, Condition]:
    """Return the conditions of an object by type."""
    return {
        text(one.get("type")): Condition(
            text(one.get("status")),
            text(one.get("reason")),
            text(one.get("message")),
            seen if isinstance(seen := one.get("observedGeneration"), int) else None,
        )
        for one in mappings(part(live, "status"), "conditions")
    }
