import tempfile, sys
from pathlib import Path
from benchmarks import overlays
from gitops_action.adapters.processes import find_tool
with tempfile.TemporaryDirectory() as d:
    print(overlays.overlays(Path(d), find_tool("kustomize")))
