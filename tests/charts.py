"""Charts of our own, packed as Helm packs them, in a repository with an index and in a registry."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from textwrap import dedent
from typing import TYPE_CHECKING

from tests.hosts import answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.hosts import Host
    from tests.registry import LocalRegistry

CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
        - name: main
          image: {{ .Values.image | quote }}
"""
VALUES = "replicas: 1\nimage: docker.io/library/nginx:1.27\n"


def chart(name: str = "web", version: str = "1.0.0", **files: str) -> dict[str, str]:
    """Return the files of a small chart; names of further files have `__` for `/` and end in `_yaml` for `.yaml`."""
    more = {path.replace("__", "/").replace("_yaml", ".yaml"): dedent(text) for path, text in files.items()}
    return {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n",
        "values.yaml": VALUES,
        "templates/deployment.yaml": DEPLOYMENT,
        **more,
    }


def below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the files as they lie in a folder of a repository."""
    return {f"{folder}/{path}": text for path, text in files.items()}


def packed(files: Mapping[str, str | bytes], root: str = "web") -> bytes:
    """Return the archive of a chart, the same for the same files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for path, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(f"{root}/{path}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)


def serve_index(host: Host, archives: Mapping[tuple[str, str], bytes], path: str = "") -> str:
    """Have a host answer as a repository of charts, by name and version, and return its address."""
    entries: dict[str, list[dict[str, object]]] = {}
    for (name, version), data in archives.items():
        file = f"{name}-{version}.tgz"
        digest = hashlib.sha256(data).hexdigest()
        entries.setdefault(name, []).append({"name": name, "version": version, "urls": [file], "digest": digest})
        host.says(answer(content=data, content_type="application/gzip"), path=f"{path}/{file}")
    index = json.dumps({"apiVersion": "v1", "entries": entries}).encode()
    host.says(answer(content=index), path=f"{path}/index.yaml")
    return host.url + path


def push(registry: LocalRegistry, repository: str, version: str, data: bytes, media_type: str = CHART_LAYER) -> str:
    """Put a chart into a registry as `helm push` does, and return the digest of its manifest."""
    config = json.dumps({"name": repository.rpartition("/")[2], "version": version}).encode()
    value = {
        "config": {"mediaType": CHART_CONFIG, "size": len(config), "digest": registry.blob(repository, config)},
        "layers": [{"mediaType": media_type, "size": len(data), "digest": registry.blob(repository, data)}],
    }
    return registry.manifest(repository, version.replace("+", "_"), value)
