"""`make bench`: every benchmark in one run; prints ratios of medians, versions and the machine."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks import charts, cluster, deployment, kubeconform, overlays, promotion, reports
from benchmarks.harness import Contender, alternate, machine, table
from benchmarks.inputs import copies, fleet
from gitops_action import __version__
from gitops_action.adapters.processes import find_tool
from gitops_action.validate.catalog import Catalog
from tests.support import CORPORA

_ROUNDS: Final = 7
_COPIES: Final = 20
# Documents with a kind in each corpus, as kubeconform counts them.
_DOCUMENTS: Final = {
    "flux2-kustomize-helm-example": 23,
    "flux2-multi-tenancy": 17,
    "kubernetes-examples": 290,
    "podinfo": 3,
}
_DOCUMENTS_OF_ALL: Final = sum(_DOCUMENTS.values())
_OURS: Final = (sys.executable, "-m", "gitops_action")


def validation(scratch: Path, program: Path) -> str:
    """Measure `validate` beside kubeconform on the same files with the same schemas."""
    files = scratch / "manifests"
    count = copies(CORPORA / "kubernetes-examples", files, _COPIES)
    contenders = _validators(scratch, files, program)
    alternate(contenders, _ROUNDS)
    title = f"validate: {count} files, kubernetes-examples x {_COPIES} with names and values of their own"
    return table(title, contenders, "at most 1.0")


def corpora(scratch: Path, program: Path) -> str:
    """Measure the same on 10,000 documents of all corpora, and what ten times as many take."""
    shown = []
    for documents, rounds in ((10_000, _ROUNDS), (100_000, 1)):
        files = scratch / f"corpora-{documents}"
        count = sum(
            copies(CORPORA / name, files / name, -(-documents // _DOCUMENTS_OF_ALL)) for name in sorted(_DOCUMENTS)
        )
        contenders = _validators(scratch, files, program)
        alternate(contenders, rounds)
        aim = "at most 0.7" if documents == 10_000 else "at most 10.5 times the line of ours above, and 400 MB"  # noqa: PLR2004
        shown.append(table(f"validate: {documents:,} documents in {count:,} files of all corpora", contenders, aim))
    return "\n".join(shown)


def _validators(scratch: Path, files: Path, program: Path) -> list[Contender]:
    schemas, standalone = scratch / "schemas", scratch / "standalone"
    if not schemas.exists():
        kubeconform.write_schemas(Catalog.newest(), schemas)
        kubeconform.write_schemas(Catalog.newest(), standalone, standalone=True)
    return [
        # Offline, as nothing here is to measure how long it takes to fetch charts.
        Contender("gitops-action validate", [*_OURS, "validate", str(files), "--offline", "--output", "json"], scratch),
        Contender("kubeconform -strict, standalone schemas", kubeconform.command(program, standalone, files), scratch),
        Contender("kubeconform -strict", kubeconform.command(program, schemas, files), scratch),
    ]


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
    program = find_tool("kubeconform")
    if program is None:
        raise SystemExit("kubeconform is missing: run `make tools`")
    if not all((CORPORA / name).is_dir() for name in _DOCUMENTS):
        raise SystemExit("the corpora are missing: run `make corpora`, or set GITOPS_CORPORA")
    version = subprocess.run([program, "-v"], check=True, capture_output=True, text=True).stdout.strip()
    # What was built by `go install` names itself "development"; the lock has the version.
    print(machine({"gitops-action": __version__, "kubeconform": version}))
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as folder:
        for benchmark in (start, pull_request):
            print(benchmark(Path(folder)), flush=True)
        kubectl = find_tool("kubectl")
        if kubectl is None:
            raise SystemExit("kubectl is missing: run `make tools`")
        print(cluster.embedded(Path(folder)), flush=True)
        print(cluster.preview(Path(folder), kubectl), flush=True)
        print(deployment.deployments(Path(folder), kubectl), flush=True)
        print(deployment.waiting(Path(folder)), flush=True)
        print(reports.merge_and_render(Path(folder)), flush=True)
        kustomize = find_tool("kustomize")
        if kustomize is None:
            raise SystemExit("kustomize is missing: run `make tools`")
        print(overlays.overlays(Path(folder), kustomize), flush=True)
        print(promotion.plans(Path(folder), kustomize), flush=True)
        helm = find_tool("helm")
        if helm is None:
            raise SystemExit("helm is missing: run `make tools`")
        print(charts.releases(Path(folder), helm), flush=True)
        for beside_kubeconform in (validation, corpora):
            print(beside_kubeconform(Path(folder), program), flush=True)


if __name__ == "__main__":
    main()
