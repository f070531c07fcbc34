"""The fields of a kustomization with their types.

As in sigs.k8s.io/kustomize/api v0.20 and v0.21: types/kustomization.go and the types that it names, resid of kyaml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from names that anybody may choose."""

    item: Type


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping with fields; `hint` is what people mean who write a text in its place."""

    of: Mapping[str, Type]
    hint: str = ""


Type: TypeAlias = "Literal['string', 'integer', 'boolean', 'anything'] | ListOf | MapOf | Fields"


def _texts(*names: str) -> dict[str, Type]:
    return dict.fromkeys(names, "string")


def _switches(*names: str) -> dict[str, Type]:
    return dict.fromkeys(names, "boolean")


_LIST: Final = ListOf("string")
_MAP: Final = MapOf("string")
_GVK: Final = _texts("group", "version", "kind")
_ID: Final = {**_GVK, **_texts("name", "namespace")}
_SELECTOR: Final = Fields({**_ID, **_texts("annotationSelector", "labelSelector")})
_OPTIONS: Final = Fields({"labels": _MAP, "annotations": _MAP, **_switches("disableNameSuffixHash", "immutable")})
_GENERATED: Final[Mapping[str, Type]] = {
    **_texts("namespace", "name", "behavior", "env"),
    **dict.fromkeys(("literals", "files", "envs"), _LIST),
    "options": _OPTIONS,
}
_LABEL: Final = Fields(
    {
        "pairs": _MAP,
        **_switches("includeSelectors", "includeTemplates"),
        "fields": ListOf(Fields({**_GVK, **_texts("path"), **_switches("create")})),
    }
)
_PATCH: Final = Fields(
    # `options` has two fields in v0.21 and takes any in v0.20.
    {**_texts("path", "patch"), "target": _SELECTOR, "options": MapOf("boolean")},
    "path: FILE",
)
_IMAGE: Final = Fields(_texts("name", "newName", "tagSuffix", "newTag", "digest"), "name: IMAGE")
_FIELD_OPTIONS: Final = Fields({**_texts("delimiter", "encoding"), "index": "integer", "create": "boolean"})
_REPLACEMENT: Final = Fields(
    {
        "source": Fields({**_ID, "fieldPath": "string", "options": _FIELD_OPTIONS}),
        "targets": ListOf(
            Fields({"select": _SELECTOR, "reject": ListOf(_SELECTOR), "fieldPaths": _LIST, "options": _FIELD_OPTIONS})
        ),
        **_texts("sourceValue", "path"),
    },
    "path: FILE",
)
_VAR: Final = Fields(
    {
        "name": "string",
        "objref": Fields({**_ID, "apiVersion": "string"}),
        "fieldref": Fields({"fieldPath": "string"}),
    }
)
_CHART: Final = Fields(
    {
        **_texts("name", "version", "repo", "releaseName", "namespace", "valuesFile", "valuesMerge", "kubeVersion"),
        **_texts("nameTemplate"),
        **_switches("includeCRDs", "skipHooks", "skipTests", "debug", "devel"),
        **dict.fromkeys(("additionalValuesFiles", "apiVersions"), _LIST),
        "valuesInline": MapOf("anything"),
    }
)
_CHART_ARGS: Final = Fields(
    {
        **_texts("chartName", "chartVersion", "chartRepoUrl", "chartHome", "chartRepoName", "helmBin", "helmHome"),
        **_texts("values", "valuesMerge", "releaseName", "releaseNamespace"),
        "valuesLocal": MapOf("anything"),
        "extraArgs": _LIST,
    }
)
KUSTOMIZATION: Final = Fields(
    {
        **_texts("kind", "apiVersion", "namePrefix", "nameSuffix", "namespace"),
        **dict.fromkeys(("openapi", "commonLabels", "commonAnnotations"), _MAP),
        **dict.fromkeys(("resources", "components", "crds", "bases", "configurations", "patchesStrategicMerge"), _LIST),
        **dict.fromkeys(("generators", "transformers", "validators", "buildMetadata"), _LIST),
        **dict.fromkeys(("patches", "patchesJson6902"), ListOf(_PATCH)),
        **dict.fromkeys(("images", "imageTags"), ListOf(_IMAGE)),
        "metadata": Fields({**_texts("name", "namespace"), "labels": _MAP, "annotations": _MAP}),
        "labels": ListOf(_LABEL),
        "replacements": ListOf(_REPLACEMENT),
        "replicas": ListOf(Fields({"name": "string", "count": "integer"})),
        "vars": ListOf(_VAR),
        "sortOptions": Fields(
            {"order": "string", "legacySortOptions": Fields(dict.fromkeys(("orderFirst", "orderLast"), _LIST))}
        ),
        "configMapGenerator": ListOf(Fields(_GENERATED)),
        "secretGenerator": ListOf(Fields({**_GENERATED, "type": "string"})),
        "helmGlobals": Fields(_texts("chartHome", "configHome")),
        "helmCharts": ListOf(_CHART),
        "helmChartInflationGenerator": ListOf(_CHART_ARGS),
        "generatorOptions": _OPTIONS,
    }
)
