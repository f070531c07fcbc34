"""Builds the schema catalogs beside this folder: `python -m schemas.builder`; `--check` compares instead of writing.

It needs Go, whose module proxy has all the sources. What it writes is the same on each run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from schemas.builder import flux, kubernetes
from schemas.builder.sources import KUBERNETES, LIFECYCLE, archive

HERE: Final = Path(__file__).resolve().parent
OUT: Final = HERE.parent


def built() -> dict[Path, str]:
    """Return each generated file and what has to be in it."""
    minors = []
    for pin in KUBERNETES:
        print(f"{pin.module} {pin.version}", file=sys.stderr)
        with archive(pin) as source:
            minors.append(kubernetes.minor(source))
    ends = {}
    for pin in LIFECYCLE:
        with archive(pin) as source:
            ends.update(kubernetes.lifecycles(source))
    return {
        OUT / "kubernetes" / "definitions.jsonl": _text(kubernetes.definition_lines(minors)),
        OUT / "kubernetes" / "kinds.jsonl": _text(kubernetes.kind_lines(minors, ends)),
        OUT / "flux" / "kinds.jsonl": _text(flux.kind_lines()),
    }


def _text(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)


def main() -> int:
    """Write the catalogs, or with `--check` return 1 if they are not what the sources give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    stale = []
    for path, text in built().items():
        if options.check:
            if not path.is_file() or path.read_text() != text:
                stale.append(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"{path.relative_to(OUT.parent)}: {len(text)} bytes")
    for path in stale:
        print(f"{path.relative_to(OUT.parent)} is not what the sources give", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
