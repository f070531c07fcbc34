"""Reads the part `images` of a configuration that meets the schema, and finds what a schema cannot express."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitops_action import semver
from gitops_action.config.images import EXCLUDED, By, Choice, Grouping, ImagePolicy, Images, Reflection
from gitops_action.config.promotion_reading import pull_requests
from gitops_action.config.schema import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.config.globs import PathPattern
    from gitops_action.model import Locator, Pointer


class ImagesReader:
    """Reads the policies; `add` is told what is wrong, `patterns` reads paths."""

    def __init__(
        self,
        locator: Locator,
        patterns: Callable[[Pointer, list[str]], tuple[PathPattern, ...]],
        add: Callable[[Problem], None],
    ) -> None:
        """Take where the file was read from."""
        self._locator = locator
        self._patterns = patterns
        self._add = add

    def read(self, written: Mapping[str, Any]) -> Images:
        """Read the whole part; of what is wrong, as much as makes sense."""
        defaults = Images()
        return Images(
            tuple(self._policy(name, entry) for name, entry in written.get("policies", {}).items()),
            Grouping(written.get("group", defaults.grouping)),
            pull_requests(written.get("pullRequests", {}), defaults.pull_requests.labels),
            tuple(written.get("insecure", ())),
        )

    def _policy(self, name: str, entry: Mapping[str, Any]) -> ImagePolicy:
        pointer: Pointer = ("images", "policies", name)
        return ImagePolicy(
            name,
            entry["image"],
            self._choice(pointer, entry),
            self._patterns((*pointer, "paths"), entry["paths"]),
            Reflection(entry.get("digest", Reflection.NEVER)),
            tuple(entry.get("fields", ())),
            tuple(entry.get("exclude", EXCLUDED)),
            self._locator.locate(pointer, key=True),
        )

    def _choice(self, pointer: Pointer, entry: Mapping[str, Any]) -> Choice:
        given = [by for by in By if by.value in entry]
        if len(given) != 1:
            names = ", ".join(f"`{by}`" for by in By)
            self._add(Problem(pointer, f"give exactly one of {names}: it says which tag is the newest", at_key=True))
        by = given[0] if given else By.SEMVER
        argument = str(entry.get(by.value, "*"))
        if by is By.SEMVER:
            try:
                semver.read_range(argument)
            except ValueError as error:
                self._add(Problem((*pointer, by.value), str(error)))
        elif by in {By.NUMERICAL, By.ALPHABETICAL} and argument not in {"asc", "desc"}:
            self._add(Problem((*pointer, by.value), f"`{argument}` is no order: it is asc (the last one wins) or desc"))
        chosen = entry.get("filter", {})
        return Choice(by, argument, chosen.get("pattern", ""), chosen.get("extract", ""))
