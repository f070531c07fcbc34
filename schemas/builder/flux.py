"""Makes the catalog of Flux's kinds from the Go types of its controllers' APIs, with controller-gen as Flux itself does.

The modules are pinned, with their checksums, by `flux-apis/go.mod` and `flux-apis/go.sum`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

import yaml

_MODULE: Final = Path(__file__).resolve().parent / "flux-apis"
_PROSE: Final = frozenset({"description", "externalDocs", "example"})


def kind_lines() -> list[str]:
    """One JSON object a line for each group, version and kind, its structural schema as the CRD has it."""
    modules = [line for line in _go("list", "-m", "-f", "{{.Path}}@{{.Version}}", "all").split() if _is_api(line)]
    kinds = {}
    with tempfile.TemporaryDirectory(prefix="gitops-schemas-") as out:
        for module in modules:
            folder = Path(out, module.split("/")[2])
            _go("tool", "controller-gen", "crd", f"paths={module.partition('@')[0]}/...", f"output:crd:dir={folder}")
            for path in sorted(folder.glob("*.yaml")):
                for key, entry in _versions(yaml.safe_load(path.read_text())):
                    kinds[key] = {**entry, "source": module}
    return [
        json.dumps({"group": key[0], "version": key[1], "kind": key[2], **kinds[key]}, separators=(",", ":"))
        for key in sorted(kinds)
    ]


def _is_api(module: str) -> bool:
    path = module.partition("@")[0].split("/")
    return path[:2] == ["github.com", "fluxcd"] and "api" in path[3:4]


def _versions(crd: dict[str, Any]) -> list[tuple[tuple[str, str, str], dict[str, Any]]]:
    spec = crd["spec"]
    return [
        (
            (spec["group"], version["name"], spec["names"]["kind"]),
            {
                "namespaced": spec["scope"] == "Namespaced",
                **({"deprecated": True} if version.get("deprecated") else {}),
                "status": "status" in version.get("subresources", {}),
                "schema": _without_prose(version["schema"]["openAPIV3Schema"]),
            },
        )
        for version in spec["versions"]
        if version["served"]
    ]


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_prose(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _without_prose(part) for name, part in value.items()}
        if key == "properties"
        else value
        if key in {"default", "enum"}
        else _without_prose(value)
        for key, value in sorted(schema.items())
        if key not in _PROSE
    }


def _go(*arguments: str) -> str:
    answer = subprocess.run(["go", *arguments], cwd=_MODULE, capture_output=True, text=True, check=False)  # noqa: S607 - the user's own Go
    if answer.returncode:
        raise SystemExit(f"go {' '.join(arguments)}: {answer.stderr}")
    return answer.stdout
