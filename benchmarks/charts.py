"""A repository with fifty releases: what the cache of charts and of what they render to is worth."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from benchmarks.harness import Contender, alternate, table
from gitops_action.adapters.processes import tool_cache
from tests.gitrepo import GitRepo, init

if TYPE_CHECKING:
    from pathlib import Path

_ROUNDS: Final = 5
_RELEASES: Final = 50
_CHARTS: Final = 10
_OPTIONS: Final = 5
_OURS: Final = (sys.executable, "-m", "gitops_action")
_REPOSITORY: Final = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: flux-system}}
spec: {{interval: 1h, url: '{url}'}}
"""
_RELEASE: Final = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: app-{number}, namespace: shop}}
spec:
  interval: 10m
  chart:
    spec:
      chart: chart-{chart}
      version: 1.x
      sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}
  values:
    replicaCount: {replicas}
    autoscaling: {{enabled: true}}
    ingress: {{enabled: true, className: nginx}}
"""


def releases(scratch: Path, helm: Path) -> str:
    """Measure a full check of fifty releases without anything in the cache, with all, and after one has changed."""
    served = scratch / "charts"
    served.mkdir()
    handler = partial(_Quiet, directory=str(served))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        _publish(scratch / "sources", served, helm)
        repo = init(scratch / "releases")
        files = {f"production/app-{number}.yaml": _release(number, 2) for number in range(_RELEASES)}
        repo.commit({"production/charts.yaml": _REPOSITORY.format(url=url), **files})
        before = repo.commit({"README.md": "Fifty releases.\n"})
        after = repo.commit({"production/app-7.yaml": _release(7, 3)})
        contenders = [
            _check(scratch, repo, "warm cache", "warm", before),
            _check(scratch, repo, "warm cache, one release changed", "one", after),
            _check(scratch, repo, "cold cache", "cold", before),
        ]
        alternate(contenders, _ROUNDS)
    finally:
        server.shutdown()
    return table(f"check --all: {_RELEASES} releases of {_CHARTS} charts", contenders, "at most 0.2 for both")


def _release(number: int, replicas: int) -> str:
    return _RELEASE.format(number=number, chart=number % _CHARTS, replicas=replicas)


def _check(scratch: Path, repo: GitRepo, name: str, kind: str, head: str) -> Contender:
    """Return a full check of one commit, with a cache that has all, nothing, or only what the last commit did not change."""
    cache, full = scratch / f"cache-{kind}", scratch / "cache-warm"

    def prepare() -> None:
        if kind != "warm":
            shutil.rmtree(cache, ignore_errors=True)
        if kind == "one":
            shutil.copytree(full, cache, symlinks=True)
        cache.mkdir(exist_ok=True)
        if not (cache / "bin").exists():
            (cache / "bin").symlink_to(tool_cache() / "bin")

    command = [*_OURS, "check", "--repo", str(repo.path), "--head", head, "--all", "--output", "json"]
    return Contender(name, command, scratch, environment={"GITOPS_TOOL_CACHE": str(cache)}, prepare=prepare)


def _publish(sources: Path, served: Path, helm: Path) -> None:
    sources.mkdir()
    for number in range(_CHARTS):
        subprocess.run([helm, "create", f"chart-{number}"], cwd=sources, check=True, capture_output=True)
        metadata = sources / f"chart-{number}" / "Chart.yaml"
        metadata.write_text(metadata.read_text().replace("version: 0.1.0", "version: 1.0.0"))
        # As an application brings its database.
        subprocess.run([helm, "create", "database"], cwd=metadata.parent / "charts", check=True, capture_output=True)
        for chart in (metadata.parent, metadata.parent / "charts" / "database"):
            _options(chart / "templates")
        subprocess.run([helm, "package", f"chart-{number}", "-d", served], cwd=sources, check=True, capture_output=True)
    subprocess.run([helm, "repo", "index", served], check=True, capture_output=True)


def _options(templates: Path) -> None:
    """Add what published charts have most of: templates for what is off unless somebody asks for it."""
    for path in sorted(templates.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        for number in range(_OPTIONS):
            optional = f"{{{{- if .Values.option{number} }}}}\n{text}\n{{{{- end }}}}\n"
            (templates / f"{path.stem}-{number}.yaml").write_text(optional, encoding="utf-8")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""
