"""Regular expressions that are compiled when they are first used.

The modules of a run hold some 200 expressions and a run uses a quarter of them; the others took a tenth of the time that
`check` needs to start.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    from collections.abc import Callable


def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, but compiled by the first use: then a wrong expression raises `re.error`.

    Where it is asked millions of times `re.compile` is better: each question costs 20 ns more here.
    """
    return cast("re.Pattern[AnyStr]", Lazy(source, flags))


def form(source: str, longest: int | None = None) -> Callable[[str], bool]:
    """Return what tells whether a text has a form as a whole, and at most `longest` characters. Its classes mean ASCII."""
    pattern = regex(source, re.ASCII)
    if longest is None:
        return lambda text: pattern.fullmatch(text) is not None
    return lambda text: len(text) <= longest and pattern.fullmatch(text) is not None


def re2_pattern(source: str) -> Any:
    """Return a compiled expression of RE2, as Go has them: no pattern takes longer than its text is long.

    Raises ValueError, saying why, for what RE2 does not take, and ImportError where there is no RE2 for the platform.
    """
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - few runs need it

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(source, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        raise ValueError(said.decode(errors="replace") if isinstance(said, bytes) else str(said)) from None


class Lazy:
    """Stands in for a pattern until something is asked of it, and has its methods from then on."""

    def __init__(self, source: AnyStr, flags: int) -> None:
        self._compile = partial(re.compile, source, flags)

    def __reduce__(self) -> tuple[Any, ...]:
        return re.compile, self._compile.args

    def __getattr__(self, name: str) -> Any:
        # Only asked for what is not there yet; what is set here is found without this method.
        found = getattr(self._compile(), name)
        setattr(self, name, found)
        return found
