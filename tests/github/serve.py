"""The fake GitHub as a process of its own, for tests that run the action in a container."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from tests.github.fake import Fake
from tests.github.holding import Holding
from tests.github.state import State


def main() -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(prog="python -m tests.github.fake", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--port", type=int, default=0, help="0: any; the address is printed")
    parser.add_argument("--prefix", default="", help="/api/v3 for a GitHub Enterprise Server")
    parser.add_argument("--state", type=Path, required=True, help="JSON: read at start if there, written after writes")
    parser.add_argument("--requests", type=Path, help="JSON lines: every request (default: STATE.requests)")
    parser.add_argument(
        "--violations", type=Path, help="text: what broke GitHub's description (default: STATE.violations)"
    )
    options = parser.parse_args()
    # Not in `fake`: there it would be loaded by every test that only needs the server.
    from tests.npm.fetch import fetch  # noqa: PLC0415

    beside = options.state.name
    found = fetch()
    holding = Holding(found.openapi, found.graphql)
    holding.load(graphql=True)
    fake = Fake(
        State.load(options.state) if options.state.exists() else State(),
        holding,
        host=options.listen,
        port=options.port,
        prefix=options.prefix,
        state_file=options.state,
        log=options.requests or options.state.with_name(f"{beside}.requests"),
        violations_file=options.violations or options.state.with_name(f"{beside}.violations"),
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    with fake:
        print(f"listening on {fake.url}", flush=True)  # noqa: T201 - whoever started this waits for the line
        ended.wait()


if __name__ == "__main__":
    main()
