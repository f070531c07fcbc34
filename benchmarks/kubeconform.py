"""The real kubeconform, run as strictly as it can be, on the same schemas as ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gitops_action.validate.catalog import Catalog

_LOCATION: Final = "{{.Group}}_{{.ResourceAPIVersion}}/{{.ResourceKind}}.json"


def write_schemas(catalog: Catalog, folder: Path, *, standalone: bool = False) -> None:
    """Write the schemas of a release's kinds into a new folder, as kubeconform looks for them.

    They refer to definitions, as ours do, which makes them small; or are `standalone`, as those that kubeconform downloads are:
    each part is written out wherever it is used. The descriptions are not there, which would make them longer still.
    """
    for api_version, kind in catalog.kinds:
        group, _, version = api_version.rpartition("/")
        # kubeconform calls the core group by its version.
        path = folder / f"{group or version}_{version}" / f"{kind.lower()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = catalog.schema(api_version, kind) or {}
        if standalone:
            schema = _written_out(schema, schema.pop("definitions"), ())
        path.write_text(json.dumps(schema), encoding="utf-8")


def _written_out(part: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    """Put definitions in the place of references to them; what contains itself ends there with anything goes."""
    if isinstance(part, list):
        return [_written_out(item, definitions, inside) for item in part]
    if not isinstance(part, dict):
        return part
    reference = part.get("$ref")
    if isinstance(reference, str):
        name = reference.rpartition("/")[2]
        return {} if name in inside else _written_out(definitions[name], definitions, (*inside, name))
    return {key: _written_out(item, definitions, inside) for key, item in part.items()}


def command(program: Path, schemas: Path, files: Path) -> list[str]:
    """Return the command line that judges a folder of files by those schemas; it writes JSON."""
    strict = ["-strict", "-ignore-missing-schemas", "-output", "json"]
    return [str(program), *strict, "-schema-location", f"{schemas}/{_LOCATION}", str(files)]
