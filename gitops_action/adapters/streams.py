"""Standard output and error: what cannot be written there is said in one line, and a closed pipe is no fault."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Final

from gitops_action.errors import GitOpsError

if TYPE_CHECKING:
    from typing import NoReturn, TextIO

EXIT_BROKEN_PIPE: Final = 141


class _Watched(io.TextIOWrapper):
    """A stream that says which one it is where it cannot be written."""

    title: str = ""

    def write(self, text: str, /) -> int:
        """Write. Raises GitOpsError where it cannot be; ends the program where whoever read along has read enough."""
        try:
            return super().write(text)
        except OSError as error:
            self._give_up(error)

    def flush(self) -> None:
        """Flush. Raises as `write`."""
        try:
            super().flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> NoReturn:
        # What is still held back goes nowhere; Python would complain again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(EXIT_BROKEN_PIPE)
        raise GitOpsError(f"{self.title} cannot be written: {error.strerror}") from error


def watch() -> None:
    """Have standard output and error watched from here on; also those that were closed when the program started."""
    sys.stdout = _watched(sys.stdout, "standard output")
    sys.stderr = _watched(sys.stderr, "standard error")


def _watched(stream: TextIO | None, title: str) -> TextIO:
    if stream is None:
        # Nobody opened it: writing fails, and no file that is opened later gets its number.
        raw = io.FileIO(os.open(os.devnull, os.O_RDONLY), "w", closefd=False)
        watched = _Watched(io.BufferedWriter(raw), encoding="utf-8", write_through=True)
    elif type(stream) is io.TextIOWrapper:
        encoding, errors, by_line = stream.encoding, stream.errors, stream.line_buffering
        watched = _Watched(stream.detach(), encoding, errors, line_buffering=by_line)
    else:
        return stream
    watched.title = title
    return watched
