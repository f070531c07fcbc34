"""What a Flux Kustomization writes into a build, as one more layer of it: so that findings point to its own lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.repository.kustomizations import Kustomization

if TYPE_CHECKING:
    from gitops_action.model import Location, Locator, Pointer
    from gitops_action.render.flux.unit import Unit
    from gitops_action.render.sources import Sources

_NAMES: Final = {"namespace": "targetNamespace"}


class FluxLayer(Kustomization):
    """The fields of a Flux Kustomization under the names that kustomize has for them."""

    __slots__ = ("_locator",)
    _locator: Locator

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        """Return where the Kustomization, or the patch of it, has what is at `pointer` here."""
        first, *rest = pointer or ("",)
        inner = ("spec", _NAMES.get(str(first), first), *rest) if pointer else ("spec",)
        return self._locator.locate(inner, key=key)


def layer_of(unit: Unit, sources: Sources) -> FluxLayer:
    """Return the layer that a unit adds to the build of its folder."""
    spec = unit.spec
    values: dict[str, Any] = {
        name: spec[name] for name in ("namePrefix", "nameSuffix", "patches", "images") if name in spec
    }
    if "targetNamespace" in spec:
        values["namespace"] = spec["targetNamespace"]
    locator = unit.manifest.locator
    file = locator.locate(("spec",)).file
    layer = FluxLayer(
        file,
        unit.folder,
        sources.read(file) or b"",
        fields={name.casefold(): (name, value) for name, value in values.items()},
    )
    object.__setattr__(layer, "_locator", locator)
    return layer
