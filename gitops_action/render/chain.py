"""What one overlay is built from, and what of it must not be built.

Pull requests are hostile: a kustomization can name files outside of the repository, addresses of the runner's own
network, and programs. kustomize's own limits are kept as well (see `kustomize.py`); this is the first of two fences, and
the one whose messages say where.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding, JSONValue
from gitops_action.records import dataclass
from gitops_action.render.findings import finding
from gitops_action.render.helm.inflated import FIELD
from gitops_action.repository.references import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gitops_action.repository.graph import Graph, Node, Plugin, Remote
    from gitops_action.repository.kustomizations import Kustomization

_HELM: Final = (FIELD, "helmChartInflationGenerator")
_FUNCTION: Final = ("config.kubernetes.io/function", "config.k8s.io/function")
# What Git is let to fetch over (`program.environment`).
_HTTPS: Final = ("https://", "git::https://", "github.com/")
# What an overlay may build from; everything else is read as a file.
_BASES: Final = frozenset({Role.RESOURCE, Role.COMPONENT})
_NOT_RENDERED: Final = "the overlay was not rendered"


@dataclass(frozen=True, slots=True)
class Chain:
    """All kustomizations that one overlay is built from, innermost first, and why it may not be rendered.

    `remote` says whether it builds from an address that the configuration allows.
    """

    target: str
    layers: tuple[Kustomization, ...]
    findings: tuple[Finding, ...]
    remote: bool = False


def chain(
    graph: Graph,
    target: str,
    allows: Callable[[str], bool],
    inflation: Mapping[str, Sequence[Finding]] | None = None,
) -> Chain:
    """Return what the overlay in the folder `target` is built from.

    `allows` says of an address whether the configuration lets overlays build from it; `inflation` why the `helmCharts` of a
    folder cannot be inflated, None where that is off.
    """
    nodes = graph.layers(target)
    remotes = [remote for node in nodes for remote in node.remotes if not remote.role.is_of_helm]
    findings = [found for node in nodes for found in _refused(node, inflation)]
    findings += (found for remote in remotes if (found := _judged(remote, allows)) is not None)
    layers = tuple(node.kustomization for node in nodes)
    return Chain(target, layers, tuple(dict.fromkeys(findings)), remote=bool(remotes))


def _refused(node: Node, inflation: Mapping[str, Sequence[Finding]] | None) -> Iterator[Finding]:
    """Yield what no configuration allows."""
    for refusal in node.refusals:
        yield dataclasses.replace(refusal, message=f"{refusal.message}; {_NOT_RENDERED}", engine="render")
    kustomization = node.kustomization
    for name in _HELM:
        if name == FIELD and inflation is not None:
            yield from inflation.get(node.folder, ())
        elif kustomization.has(name):
            hint = "`render.helmCharts` in the configuration switches it on; " if name == FIELD else ""
            message = f"`{name}` makes kustomize run Helm, which is off; {hint}{_NOT_RENDERED}"
            location = kustomization.locate(kustomization.pointer(name), key=True)
            yield finding("render-plugin-refused", message, location)
    for plugin in node.plugins:
        found = _plugin(plugin)
        if found:
            yield found


def _judged(remote: Remote, allows: Callable[[str], bool]) -> Finding | None:
    """Return why an address is not fetched from; None if it is."""
    message = f"{remote.text} is not in this repository; nothing was fetched and {_NOT_RENDERED}"
    if remote.role in _BASES and allows(remote.text):
        if remote.text.lower().startswith(_HTTPS):
            return None
        message = f"{remote.text} is allowed, but overlays are built without keys: use an https:// address"
    return finding("remote-base-refused", message, remote.location)


def _plugin(plugin: Plugin) -> Finding | None:
    """Return why a plugin is refused; None if it is a builtin that runs no program."""
    if isinstance(plugin.value, Finding):
        message = f"the configuration of a plugin cannot be read: {plugin.value.message}"
        return finding("kustomize-build-failed", message, plugin.location)
    reason = _reason(plugin.value)
    return finding("render-plugin-refused", f"{reason}; {_NOT_RENDERED}", plugin.location) if reason else None


def _reason(value: JSONValue) -> str:
    if not isinstance(value, dict):
        return "the configuration of a plugin is not an object"
    kind = value.get("kind")
    if kind == "HelmChartInflationGenerator":
        return f"a {kind} makes kustomize run Helm, which is off"
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    function = isinstance(annotations, dict) and any(name in annotations for name in _FUNCTION)
    if function or value.get("apiVersion") != "builtin":
        return f"{kind} is a plugin that is not built into kustomize; plugins are off"
    return ""
