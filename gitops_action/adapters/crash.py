"""What to say when the program itself is at fault."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback

from gitops_action import __version__


def describe_crash(*, keep_log: bool = True) -> str:
    """Return what to tell the user of the exception under way, ending in a newline.

    What the exception says may quote a Secret, so it goes only into the log, a private file on the user's machine.
    Without `keep_log`, or where it cannot be written, the calls that led here are told instead: they are our own code.
    """
    kind, _, trace = sys.exc_info()
    title = f"gitops-action: unexpected {kind.__name__ if kind else 'nothing'}\n"
    fault = "This is a fault of gitops-action, not of your files. Please report it with "
    about = f"gitops-action {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    try:
        log = _log(about) if keep_log else ""
    except OSError:
        log = ""
    if log:
        return f"{title}{fault}the log {log} (look first whether it quotes something secret)\n"
    return f"{title}{fault}these lines:\n{about}{''.join(traceback.format_tb(trace))}"


def _log(about: str) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="gitops-action-crash-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
    ) as log:
        log.write(f"{about}\n{traceback.format_exc()}")
    return log.name
