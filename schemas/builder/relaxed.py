from __future__ import annotations
from typing import Final
RELAXED: Final[dict[str, frozenset[str]]] = {}
