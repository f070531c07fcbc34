"""Kubeconfigs for tests."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import yaml

from gitops_action.adapters.certificates import server_certificate

CERTIFICATE = server_certificate("127.0.0.1")
AUTHORITY = base64.b64encode(CERTIFICATE.authority.encode()).decode()


def written(folder: Path, user: dict[str, Any] | None = None, name: str = "config", **cluster: Any) -> Path:
    value = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [
            {"name": "c", "cluster": {"server": "https://127.0.0.1:1", "certificate-authority-data": AUTHORITY}}
        ],
        "users": [{"name": "u", "user": {"token": "geheim"} if user is None else user}],
    }
    value["clusters"][0]["cluster"].update(cluster)  # type: ignore[index]
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    return path
