"""What to say when the program itself is at fault."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback

from gitops_action import __version__


def describe_crash() -> str:
    """Write the traceback of the exception under way to a file; return what to tell the user, ending in a newline.

    A traceback names code and the exception's message, no values of variables.
    """
    kind, value, _ = sys.exc_info()
    name = kind.__name__ if kind else "nothing"
    with tempfile.NamedTemporaryFile(
        "w", prefix="gitops-action-crash-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(f"gitops-action {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n")
        log.write(traceback.format_exc())
    return (
        f"gitops-action: unexpected {name}: {value}\n"
        f"This is a fault of gitops-action, not of your files. Please report it with the log {log.name}\n"
    )
