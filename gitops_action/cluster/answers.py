"""What is sent to an API server, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from gitops_action.parts import mappings, part, text
from gitops_action.records import dataclass

_OK: Final = range(200, 300)

JSON: Final = "application/json"
# JSON is YAML, and every server knows this name for it.
APPLY: Final = "application/apply-patch+yaml"
JSON_PATCH: Final = "application/json-patch+json"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `body` is JSON-like; `path` is percent-encoded and begins with a slash."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = JSON
    accept: str = JSON


@dataclass(frozen=True, slots=True)
class Cause:
    """One of the reasons that a Status has. `field` is written as the server writes it, such as `spec.ports[0].name`."""

    reason: str
    message: str
    field: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` is HTTP's, 0 if nobody answered; `body` is the parsed JSON, or the text where it is none.

    `problem` says why nobody answered. `warnings` are those of the server, without the codes around them.
    """

    status: int
    body: Any = None
    warnings: Sequence[str] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked."""
        return self.status in _OK

    @property
    def reason(self) -> str:
        """The Status' reason in one word, such as `AlreadyExists`; "" if it has none."""
        return text(self._status.get("reason"))

    @property
    def message(self) -> str:
        """What went wrong, as the server says it."""
        said = text(self._status.get("message"))
        return self.problem or said or (self.body[:500] if isinstance(self.body, str) else "") or f"HTTP {self.status}"

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The single reasons, in the server's order."""
        return tuple(
            Cause(text(one.get("reason")), text(one.get("message")), text(one.get("field")))
            for one in mappings(part(self._status, "details"), "causes")
        )

    @property
    def exists_already(self) -> bool:
        """Whether a creation was refused only because there is such an object.

        The server validates and admits an object before it finds out: https://github.com/kubernetes/apiserver/blob/
        master/pkg/registry/generic/registry/store.go.
        """
        return self.reason == "AlreadyExists"

    @property
    def is_answer(self) -> bool:
        """Whether somebody answered at all, and not merely that the server is out of order or knows nobody of this name."""
        return self.status not in {0, 401, 429, 502, 503, 504}

    @property
    def _status(self) -> Mapping[str, Any]:
        return self.body if isinstance(self.body, Mapping) and self.body.get("kind") == "Status" else {}
