"""Charts of the tree that are installed without a HelmRelease: as the configuration says, or as their files suggest.

A chart with `values-staging.yaml` beside its Chart.yaml (or `values/staging.yaml`) is taken to be installed in staging with these
values, if staging is an environment by its name or by the configuration.
"""

from __future__ import annotations

import posixpath
from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.environments import infer, of_directory
from gitops_action.model import Location
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.paths import folders_with

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gitops_action.config.charts import TreeChart
    from gitops_action.config.model import Config

CHART_FILE: Final = "Chart.yaml"
_VALUES: Final = regex(r"(?:values[-_.]|values/)(?P<environment>[A-Za-z0-9][A-Za-z0-9._-]*?)\.ya?ml")


@dataclass(frozen=True, slots=True)
class Installed:
    """A chart of the tree in one environment. `inferred`: nobody said so but the names of its files."""

    folder: str
    environment: str
    values: tuple[str, ...] = ()
    name: str = ""
    namespace: str = "default"
    inferred: bool = False
    location: Location = field(default=Location(""), compare=False)

    def reads(self, path: str) -> bool:
        """Whether a file has a part in what it renders to."""
        return path in self.values or self.folder == "." or path.startswith(f"{self.folder}/")


def installed(paths: Collection[str], config: Config) -> list[Installed]:
    """Return the charts of a tree, given by its paths, and the environments that they are installed in."""
    said = [one for entry in config.helm for one in _said(entry, config)]
    known = {entry.chart for entry in config.helm}
    unsaid = [folder for folder in _charts(paths) if folder not in known and not config.ignores(folder)]
    beside = _values_files(paths, config) if unsaid else {}
    return said + [
        Installed(folder, environment, values, inferred=True, location=Location(values[0]))
        for folder in unsaid
        for environment, values in sorted(beside.get(folder, {}).items())
    ]


def _said(entry: TreeChart, config: Config) -> Iterator[Installed]:
    environments = entry.environments or tuple(known.name for known in config.environments if not known.announced)
    for environment in environments or (of_directory(entry.chart, config),):
        values = tuple(posixpath.normpath(text.replace("{environment}", environment)) for text in entry.values)
        yield Installed(entry.chart, environment, values, entry.name, entry.namespace, location=entry.location)


def _charts(paths: Iterable[str]) -> list[str]:
    """Return the folders of charts that are no parts of other charts."""
    folders = sorted(folder or "." for folder in folders_with(CHART_FILE, paths))
    found: list[str] = []
    for folder in folders:
        if not any(outer == "." or folder.startswith(f"{outer}/") for outer in found):
            found.append(folder)
    return found


def _values_files(paths: Iterable[str], config: Config) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the files with values for an environment, by the folder that they would be a chart's in."""
    known = {environment.name for environment in config.environments}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        parent, _, last = folder.rpartition("/")
        if last == "values":
            folder, name = parent, f"values/{name}"
        match = _VALUES.fullmatch(name)
        if match is None:
            continue
        environment = match["environment"]
        if environment in known or infer(environment) is not None:
            held = found.setdefault(folder or ".", {})
            held[environment] = (*held.get(environment, ()), path)
    return found
