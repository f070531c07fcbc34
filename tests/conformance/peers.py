"""What other validators say of the same mutants: whether they refuse them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.kubeconform import command, write_schemas
from gitops_action.adapters.processes import run
from tests.conformance.judging import write
from tests.conformance.mutants import Mutant
from tests.conformance.seeds import CATALOG
from tests.support import tool

_SECONDS = 600.0


def kubeconform(mutants: Sequence[Mutant]) -> list[bool]:
    """Tell which mutants kubeconform refuses, with the schemas that ours has for built-in kinds, and none for others."""
    with tempfile.TemporaryDirectory(prefix="gitops-peers-") as scratch:
        files, schemas = Path(scratch) / "files", Path(scratch) / "schemas"
        write(files, {f"m{number:06}.yaml": one.text for number, one in enumerate(mutants)})
        write_schemas(CATALOG, schemas)
        done = run(command(tool("kubeconform"), schemas, files), timeout=_SECONDS, permitted=(0, 1))
    refused = {
        int(Path(entry["filename"]).name[1:7])
        for entry in json.loads(done.stdout)["resources"]
        if entry["status"] in {"statusInvalid", "statusError"}
    }
    return [number in refused for number in range(len(mutants))]
