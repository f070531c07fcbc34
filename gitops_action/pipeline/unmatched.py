"""What a configuration names that the repository does not have: paths, and environments of promotions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES, closest
from gitops_action.environments import infer, meant
from gitops_action.model import Finding, Location
from gitops_action.repository.paths import folders_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gitops_action.config import Config
    from gitops_action.config.globs import PathPattern

UNMATCHED: Final = "config-path-unmatched"
_UNKNOWN: Final = "config-environment-unknown"


def unmatched(config: Config, paths: Collection[str]) -> list[Finding]:
    """Return a warning for each path of an environment, and each pattern of `ignore`, that means none of `paths`.

    `paths` are all files of the revisions that are looked at. Without environments in the configuration, one for each
    environment of a promotion path that no folder and no file is named after.
    """
    if not config.file:
        return []
    patterns = [
        *((f"environment `{one.name}`", pattern) for one in config.environments for pattern in one.paths),
        *(("`ignore`", pattern) for pattern in config.ignore),
    ]
    found = [_nothing(owner, pattern, paths, config) for owner, pattern in patterns if not _means(pattern, paths)]
    return found if config.environments else [*found, *_unknown(config, paths)]


def _means(pattern: PathPattern, paths: Collection[str]) -> bool:
    if pattern.is_plain:
        # Much faster than matching, and most patterns are plain.
        below = f"{pattern.text}/"
        # What is below a link or a submodule is not listed.
        above = ("/".join(pattern.parts[:count]) for count in range(1, len(pattern.parts) + 1))
        return any(path in paths for path in above) or any(path.startswith(below) for path in paths)
    return any(map(pattern.matches, paths))


def _nothing(owner: str, pattern: PathPattern, paths: Iterable[str], config: Config) -> Finding:
    near = closest(pattern.text, folders_of(paths) - {"."}) if pattern.is_plain else None
    hint = f"; did you mean `{near}`?" if near else ": correct it, or take it out"
    return _finding(
        UNMATCHED, f"{owner}: no file of the repository is in `{pattern.text}`{hint}", pattern.place, config
    )


def _unknown(config: Config, paths: Iterable[str]) -> Iterator[Finding]:
    wanted = {name for one in config.promotion.paths for name in (one.source, one.target)}
    wanted -= {name for chart in config.helm for name in chart.environments}
    lost = {name for name in wanted if not _is_named(name, paths)}
    if not lost:
        return
    known = sorted({found for folder in folders_of(paths) if (found := infer(folder))})
    for one in config.promotion.paths:
        for name in sorted({one.source, one.target} & lost):
            near = meant(name, known)
            hint = f"; did you mean `{near}`?" if near else ""
            message = f"promotion {one}: there is no environment `{name}`: no folder and no file has its name{hint}"
            yield _finding(_UNKNOWN, message, one.location, config)


def _is_named(name: str, paths: Iterable[str]) -> bool:
    """Whether a folder, or a word in the name of a file (`values-dev.yaml`), is the name of an environment."""
    pattern = re.compile(rf"(?:^|/)(?:{re.escape(name)}/|[^/]*(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])[^/]*$)")
    return any(name in path and pattern.search(path) for path in paths)


def _finding(code: str, message: str, place: Location | None, config: Config) -> Finding:
    place = place or Location(config.file)
    return Finding(code, CODES[code].severity, message, place.file, place.line, place.column)
