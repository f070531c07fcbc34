"""A real registry on loopback (go-containerregistry's), and images to put into it."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class LocalRegistry:
    """Pushes to a registry at `host`, over one connection."""

    host: str

    def blob(self, repository: str, content: bytes) -> str:
        digest = digest_of(content)
        self._send("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", content, "application/octet-stream")
        return digest

    def manifest(self, repository: str, reference: str, value: Mapping[str, Any], media_type: str = MANIFEST) -> str:
        content = json.dumps({"schemaVersion": 2, "mediaType": media_type, **value}).encode()
        self._send("PUT", f"/v2/{repository}/manifests/{reference}", content, media_type)
        return digest_of(content)

    def image(
        self,
        repository: str,
        *tags: str,
        created: str = "2026-01-02T03:04:05Z",
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """Push an image without layers under each of `tags`, and return its digest."""
        value = self.image_value(repository, created=created, labels=labels or {}, about=tags[0])
        digests = {self.manifest(repository, tag, value) for tag in tags}
        return digests.pop()

    def image_value(
        self, repository: str, *, created: str, labels: Mapping[str, str], about: str, architecture: str = "amd64"
    ) -> dict[str, Any]:
        config = {
            "architecture": architecture,
            "os": "linux",
            "created": created,
            "config": {"Labels": dict(labels), "Env": [f"IT_IS={about}"]},
            "rootfs": {"type": "layers", "diff_ids": []},
        }
        content = json.dumps(config).encode()
        digest = self.blob(repository, content)
        return {"config": {"mediaType": CONFIG, "size": len(content), "digest": digest}, "layers": []}

    def _send(self, method: str, path: str, body: bytes, content_type: str) -> None:
        connection = http.client.HTTPConnection(self.host, timeout=20)
        try:
            connection.request(method, path, body, {"Content-Type": content_type})
            answer = connection.getresponse()
            said = answer.read()
            assert answer.status in {201, 202}, (method, path, answer.status, said)
        finally:
            connection.close()


@contextmanager
def serve() -> Iterator[LocalRegistry]:
    """Run the registry until the block ends."""
    process = subprocess.Popen([tool("registry"), "-port", "0"], stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        said = process.stderr.readline().decode()
        port = re.search(r"serving on port (\d+)", said)
        assert port is not None, said
        # It logs each request: a full pipe would stop it.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield LocalRegistry(f"127.0.0.1:{port[1]}")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
