"""What is to be installed: a chart, a name, values and what is done with the outcome; read from a HelmRelease.

Names and defaults are helm-controller's: https://fluxcd.io/flux/components/helm/helmreleases/.
"""

from __future__ import annotations

import hashlib
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import RELEASE_TARGET, Manifest
from gitops_action.parts import mappings, part
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render.helm.kinds import GROUP, KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Location, Locator, Pointer
    from gitops_action.render.helm.charts import Chart

# https://github.com/helm/helm/blob/v3.18.0/pkg/chartutil/validate_name.go
_NAME: Final = regex(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_NAME: Final = 53
_HASH_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Options:
    """How the chart is rendered and what is done with its objects.

    Of the chart, `values_files` take the place of its own values, or `own_values` do, if these are given. `post_renderers` are
    the `kustomize` parts of a HelmRelease, in order. `labels` and `annotations` come on each object, after them.
    """

    crds: bool = True
    create_namespace: bool = False
    check_schema: bool = True
    values_files: tuple[str, ...] = ()
    own_values: Mapping[str, Any] | None = None
    ignore_missing_values: bool = False
    post_renderers: tuple[Mapping[str, Any], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    origin: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Release:
    """One release of one environment; `target` is what reports call it.

    `written` are those of its values that `locator` locates, below `values_at`. `hides`: placeholders stand among them.
    """

    target: str
    environment: str
    name: str
    namespace: str
    chart: Chart
    values: Mapping[str, Any]
    locator: Locator
    written: Mapping[str, Any] = field(default_factory=dict)
    values_at: Pointer = ()
    chart_at: Pointer = ()
    options: Options = Options()
    needs: tuple[str, ...] = ()
    unknown_values: bool = False
    hides: bool = False
    cluster: str = ""

    @property
    def place(self) -> Location:
        """Where its chart is named."""
        return self.locator.locate(self.chart_at)


def target_of(manifest: Manifest) -> str:
    """Return what reports call a HelmRelease: `HelmRelease/NAMESPACE/NAME`."""
    which = manifest.id
    return f"{RELEASE_TARGET}{which.namespace or 'default'}/{which.name}"


def names(manifest: Manifest) -> tuple[str, str]:
    """Return the name and the namespace that Helm gets to know."""
    spec, which = manifest.value["spec"], manifest.id
    target = _text(spec, "targetNamespace")
    name = _text(spec, "releaseName") or (f"{target}-{which.name}" if target else which.name)
    return _shortened(name), target or which.namespace or "default"


def wrong_name(name: str, namespace: str) -> str:
    """Say what is wrong with the name or the namespace of a release, by Helm's rules; "" if nothing is."""
    for what, text, longest in (("the release's name", name, _LONGEST_NAME), ("its namespace", namespace, 63)):
        if len(text) > longest or not _NAME.fullmatch(text):
            return f"{what} `{text[:80]}` is not made of lower case letters, digits, `-` and `.` only"
    return ""


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: _LONGEST_NAME - _HASH_LENGTH - 1]}-{digest}"


def options(manifest: Manifest, chart: Mapping[str, Any]) -> Options:
    """Read how a HelmRelease wants its chart rendered; `chart` is its `spec.chart.spec`, or the `spec` of its HelmChart."""
    spec = manifest.value["spec"]
    install = part(spec, "install")
    common = part(spec, "commonMetadata")
    listed = chart.get("valuesFiles")
    files = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    # Of the first API version.
    files += [chart["valuesFile"]] if isinstance(chart.get("valuesFile"), str) else []
    which = manifest.id
    return Options(
        crds=install.get("crds") != "Skip" and install.get("skipCRDs") is not True,
        create_namespace=install.get("createNamespace") is True and bool(spec.get("targetNamespace")),
        check_schema=install.get("disableSchemaValidation") is not True,
        values_files=tuple(files),
        ignore_missing_values=chart.get("ignoreMissingValuesFiles") is True,
        post_renderers=tuple(
            part(one, "kustomize") for one in mappings(spec, "postRenderers") if part(one, "kustomize")
        ),
        labels=_texts(part(common, "labels")),
        annotations=_texts(part(common, "annotations")),
        origin={f"{GROUP}/name": which.name, f"{GROUP}/namespace": which.namespace or "default"},
    )


def needs(manifest: Manifest) -> tuple[str, ...]:
    """Return the releases that have to be there before, as reports call them."""
    own = manifest.id.namespace or "default"
    return tuple(
        f"{RELEASE_TARGET}{_text(one, 'namespace') or own}/{_text(one, 'name')}"
        for one in mappings(manifest.value["spec"], "dependsOn")
        if _text(one, "kind") in {"", KIND}
    )


def _text(value: Mapping[str, Any], name: str) -> str:
    member = value.get(name)
    return member if isinstance(member, str) else ""


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    return {key: text for key, text in value.items() if isinstance(text, str)}
