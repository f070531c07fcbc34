"""The real kubeconform, run as strictly as it can be, on the same schemas as ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.validate.catalog import Catalog

_LOCATION: Final = "{{.Group}}_{{.ResourceAPIVersion}}/{{.ResourceKind}}.json"


def write_schemas(catalog: Catalog, folder: Path) -> None:
    """Write the schemas of a release's kinds into a new folder, as kubeconform looks for them."""
    for api_version, kind in catalog.kinds:
        group, _, version = api_version.rpartition("/")
        # kubeconform calls the core group by its version.
        path = folder / f"{group or version}_{version}" / f"{kind.lower()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(catalog.schema(api_version, kind)), encoding="utf-8")


def command(program: Path, schemas: Path, files: Path) -> list[str]:
    """Return the command line that judges a folder of files by those schemas; it writes JSON."""
    strict = ["-strict", "-ignore-missing-schemas", "-output", "json"]
    return [str(program), *strict, "-schema-location", f"{schemas}/{_LOCATION}", str(files)]
