"""Sources that Kustomizations and HelmReleases name and that are nowhere, as far as a repository can tell."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gitops_action.render.findings import finding, of_target
from gitops_action.render.flux.source_names import SourceNames, references
from gitops_action.render.helm.kinds import KIND, is_release
from gitops_action.repository.flux_sources import FluxObject, read_objects

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from gitops_action.model import Finding, Manifest
    from gitops_action.pipeline.following import Following
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

_CODE: Final = "flux-source-missing"
_SUFFIXES: Final = (".yaml", ".yml")
# The Flux operator makes sources of these, as of templates.
_MAKER: Final = b"ResourceSet"


class MissingSources:
    """Finds them; the whole tree is read once if something seems to be missing."""

    def __init__(self, tree: Tree, graph: Graph, following: Following | None) -> None:
        """Take a tree with its kustomizations, and what Flux deploys of it, if there is a cluster to begin with."""
        self._tree = tree
        self._graph = graph
        self._objects = following.objects if following else []
        self._elsewhere = following.elsewhere if following else []
        # Without a cluster nothing has been read yet.
        self._seen = _names(self._objects) if following else None
        self._hints: dict[tuple[str, str], str | None] = {}

    def of(self, manifest: Manifest) -> Iterator[Finding]:
        """Yield what is missing for a Kustomization or a HelmRelease."""
        for pointer, kind, name in references(manifest.value):
            hint = self._hint(kind, name)
            if hint is None:
                continue
            which = manifest.id
            label = f"{which.namespace}/{which.name}" if which.namespace else which.name
            what = "chart" if which.kind == KIND else "files"
            message = f"{which.kind} {label} takes its {what} from {kind} {name}, which nothing here makes"
            message = f"{message}: {hint}" if hint else message
            yield finding(_CODE, message, manifest.locator.locate(pointer))

    def _hint(self, kind: str, name: str) -> str | None:
        """Return what `SourceNames.missing` does; many objects name the same."""
        if (kind, name) not in self._hints:
            found = self._seen is not None and self._seen.missing(kind, name) is None
            self._hints[kind, name] = None if found else self._certain.missing(kind, name)
        return self._hints[kind, name]

    @cached_property
    def _certain(self) -> SourceNames:
        """The sources that are written anywhere, also where nobody looks for what Flux deploys."""
        paths = [path for path in self._tree.entries if path.endswith(_SUFFIXES)]
        names = _names([*self._objects, *read_objects(self._tree, paths)])
        makes = any(isinstance(data, bytes) and _MAKER in data for _, data in self._tree.read(paths))
        makes = makes or any(node.remotes for node in self._graph.nodes.values())
        others = (named for one in self._elsewhere for named in references(one.manifest.value))
        known = {(kind, name) for _, kind, name in others}.intersection(names.written)
        return SourceNames(names.written, names.used, closed=not (makes or known))


def without_source(
    tree: Tree, graph: Graph, following: Following | None, manifests: Iterable[Manifest], targets: Container[str]
) -> list[Finding]:
    """Return what is missing for the HelmReleases in plain files and in the overlays `targets`, among `manifests`.

    Of those that Flux's Kustomizations deploy it is said there.
    """
    mine = [one for one in manifests if is_release(one) and (not one.target or one.target in targets)]
    if not mine:
        return []
    missing = MissingSources(tree, graph, following)
    return [of_target(found, one.target, one.environment) for one in mine for found in missing.of(one)]


def _names(objects: Iterable[FluxObject]) -> SourceNames:
    listed = list(objects)
    used = {
        (one.file, one.cluster, one.namespace, one.name, kind, name)
        for one in listed
        for _, kind, name in references(one.value)
    }
    return SourceNames(
        frozenset((one.kind, one.name) for one in listed), Counter((kind, name) for *_, kind, name in used), closed=True
    )
