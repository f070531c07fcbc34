"""How a function says that the server's function refuses its arguments, too."""

from __future__ import annotations

from typing import Final

# In contrast to what cannot be evaluated here.
REFUSED: Final = "refused: "


class FunctionError(ValueError):
    """An argument that the server's function refuses as well."""

    def __init__(self, message: str) -> None:
        super().__init__(REFUSED + message)
