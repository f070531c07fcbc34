"""Fields that the OpenAPI description calls required and the API server does not insist on."""

from __future__ import annotations

from typing import Final

RELAXED: Final[dict[str, frozenset[str]]] = {}
