"""Kustomize's `helmCharts`: which charts they inflate, and which of them must not be handed to Helm.

kustomize calls Helm with what a kustomization says (api/types/helmchartargs.go, v5.7): the name of a release stands where an
option could, and a folder of settings can be named. So only what is plainly understood is let through.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.render.helm.charts import Artifact, Chart, Indexed, Local
from gitops_action.render.helm.release import wrong_name
from gitops_action.repository.addresses import has_scheme, is_web_address
from gitops_action.repository.kustomizations import folded
from gitops_action.repository.paths import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitops_action.model import JSONValue, Pointer
    from gitops_action.repository.kustomizations import Kustomization

FIELD: Final = "helmCharts"
_GLOBALS: Final = "helmGlobals"
_DEFAULT_HOME: Final = "charts"
_TEXTS: Final = ("name", "version", "repo", "releaseName", "namespace", "valuesFile", "kubeVersion", "nameTemplate")
_LISTS: Final = ("additionalValuesFiles", "apiVersions")


@dataclass(frozen=True, slots=True)
class Inflated:
    """One entry of `helmCharts`. `place` is the folder, from the repository's root, in which kustomize looks for the chart.

    `problem` says why it is not handed to Helm, "" if it is.
    """

    pointer: Pointer
    place: str = ""
    chart: Chart | None = None
    problem: str = ""


def inflated(layer: Kustomization, is_there: Callable[[str], bool]) -> Iterator[Inflated]:
    """Yield what a kustomization inflates; `is_there` says of a folder whether it has a chart."""
    document = layer.document.value if layer.document else None
    homes = layer.value(_GLOBALS)
    if _spelt_twice(document) or _spelt_twice(homes):
        yield Inflated(layer.pointer(FIELD), problem="a field is written in two spellings, and only one of them counts")
    elif isinstance(homes, dict) and folded(homes, "configHome") is not None:
        yield Inflated(layer.pointer(_GLOBALS), problem="`configHome` gives Helm settings of the pull request's own")
    else:
        home = folded(homes, "chartHome") if isinstance(homes, dict) else None
        home = home if isinstance(home, str) and home else _DEFAULT_HOME
        for pointer, entry in layer.items(FIELD):
            yield _read(pointer, entry, layer.folder, home, is_there)


def _spelt_twice(value: JSONValue) -> bool:
    """Whether a mapping has names that are one to kustomize, which does not look at case."""
    return isinstance(value, dict) and len({name.casefold() for name in value}) < len(value)


def _read(pointer: Pointer, entry: JSONValue, folder: str, home: str, is_there: Callable[[str], bool]) -> Inflated:
    if not isinstance(entry, dict):
        return Inflated(pointer, problem="it is not an object")
    if problem := _wrong(entry):
        return Inflated(pointer, problem=problem)
    texts = {name: str(folded(entry, name) or "") for name in _TEXTS}
    name, version, repo = texts["name"], texts["version"], texts["repo"]
    inside = f"{name}-{version}/{name}" if version and repo else name
    place = join(folder, posixpath.join(home, inside))
    if place is None:
        return Inflated(pointer, problem=f"`{home}` leaves the repository")
    if is_there(place):
        return Inflated(pointer, place, Local(place))
    if not repo:
        return Inflated(pointer, problem=f"there is no chart in `{place}`, and no `repo` is named")
    oci = repo.startswith("oci://")
    chart = Artifact(f"{repo.removeprefix('oci://').rstrip('/')}/{name}", version) if oci else None
    return Inflated(pointer, place, chart or Indexed(repo.rstrip("/"), name, version))


def _wrong(entry: dict[str, JSONValue]) -> str:
    listed = [item for name in _LISTS for item in _items(folded(entry, name))]
    plain = [value for name in _TEXTS if (value := folded(entry, name)) is not None] + listed
    if _spelt_twice(entry) or not all(_is_plain(value) for value in plain):
        return "it has a text that could be taken for an option, or a field in two spellings"
    name, release = str(folded(entry, "name") or ""), str(folded(entry, "releaseName") or "")
    if not name or "/" in name or name.startswith("."):
        return f"`{name}` is no name of a chart"
    if not release:
        return "without `releaseName` Helm makes up another name on each build"
    files = [folded(entry, "valuesFile"), *_items(folded(entry, "additionalValuesFiles"))]
    if any(isinstance(path, str) and (is_web_address(path) or has_scheme(path)) for path in files):
        return "values are read from files of the repository only"
    return wrong_name(release, str(folded(entry, "namespace") or "default"))


def _is_plain(value: JSONValue) -> bool:
    return isinstance(value, str) and not value.startswith("-") and value.isprintable()


def _items(value: JSONValue) -> list[JSONValue]:
    return value if isinstance(value, list) else [] if value is None else [value]
