"""`make bench`: every benchmark in one run; prints ratios of medians, versions and the machine."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.harness import Contender, alternate, machine, table
from benchmarks.inputs import copies, fleet
from gitops_action import __version__
from gitops_action.adapters.processes import find_tool
from gitops_action.validate.catalog import Catalog
from tests.support import CORPORA

_ROUNDS: Final = 7
_COPIES: Final = 20
_OURS: Final = (sys.executable, "-m", "gitops_action")
_LOCATION: Final = "{{.Group}}_{{.ResourceAPIVersion}}/{{.ResourceKind}}.json"


def validation(scratch: Path, kubeconform: Path) -> str:
    """Measure `validate` beside kubeconform on the same files with the same schemas."""
    files = scratch / "manifests"
    count = copies(CORPORA / "kubernetes-examples", files, _COPIES)
    location = _schemas(scratch / "schemas")
    contenders = [
        Contender("gitops-action validate", [*_OURS, "validate", str(files), "--output", "json"], scratch),
        Contender(
            "kubeconform -strict",
            [
                str(kubeconform), "-strict", "-ignore-missing-schemas", "-output", "json",
                "-schema-location", f"{location}/{_LOCATION}", str(files),
            ],
            scratch,
        ),
    ]  # fmt: skip
    alternate(contenders, _ROUNDS)
    title = f"validate: {count} files, kubernetes-examples x {_COPIES} with names and values of their own"
    return table(title, contenders, "at most 1.0")


def _schemas(folder: Path) -> Path:
    """Write the catalog's schemas as kubeconform looks for them."""
    catalog = Catalog.newest()
    for api_version, kind in catalog.kinds:
        group, _, version = api_version.rpartition("/")
        path = folder / f"{group}_{version}" / f"{kind.lower()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(catalog.schema(api_version, kind)), encoding="utf-8")
    return folder


def pull_request(scratch: Path) -> str:
    """Measure `check` of three changed files beside `check --all`."""
    repository = scratch / "fleet"
    repository.mkdir()
    base, head = fleet(repository)
    count = sum(1 for path in repository.rglob("*.yaml"))
    common = [*_OURS, "check", "--repo", str(repository), "--base", base, "--head", head, "--output", "json"]
    contenders = [
        Contender("check, 3 changed files", common, scratch),
        Contender("check --all", [*common, "--all"], scratch),
    ]
    alternate(contenders, 5)
    return table(f"pull request: {count} files in 250 overlays, 3 of them changed", contenders, "at most 0.25")


def start(scratch: Path) -> str:
    """Measure the start to the first finding of one file."""
    file = scratch / "one.yaml"
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndat: {}\n", encoding="utf-8")
    contenders = [Contender("validate one file", [*_OURS, "validate", str(file)], scratch)]
    alternate(contenders, _ROUNDS)
    return table("start to first finding", contenders, "at most 0.35 s")


def main() -> None:
    """Run all benchmarks."""
    kubeconform = find_tool("kubeconform")
    if kubeconform is None:
        raise SystemExit("kubeconform is missing: run `make tools`")
    if not CORPORA.is_dir():
        raise SystemExit("the corpora are missing: run `make corpora`, or set GITOPS_CORPORA")
    version = subprocess.run([kubeconform, "-v"], check=True, capture_output=True, text=True).stdout.strip()
    # What was built by `go install` names itself "development"; the lock has the version.
    print(machine({"gitops-action": __version__, "kubeconform": version}))
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as folder:
        for benchmark in (start, pull_request):
            print(benchmark(Path(folder)), flush=True)
        print(validation(Path(folder), kubeconform), flush=True)


if __name__ == "__main__":
    main()
