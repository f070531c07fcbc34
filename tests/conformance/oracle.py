"""Asks a real API server what it thinks of a manifest: a strict dry-run of its creation. Nothing is remembered."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from gitops_action.adapters.control_plane import HOST, ControlPlane, control_plane
from gitops_action.repository.documents import Document, load
from gitops_action.validate.crds import CrdVersion, bundled, definition_of
from tests.conformance.seeds import Seed

_THREADS: Final = 4
_YAML: Final = "application/yaml"
_JSON: Final = "application/json"
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# What is wrong only because of what this one cluster has: which objects, which address ranges, which ports.
_OF_THE_CLUSTER: Final = re.compile(
    r"no PriorityClass with name|RuntimeClass \"[^\"]*\" not found|not in the valid range"
    r"|provided port is not in the valid range|not configured on this cluster|range of valid ports|provided IP is not"
    r"|the server could not find the requested resource"
)
_NO_NAMESPACE: Final = re.compile(r"^namespaces \"([^\"]*)\" not found")
# What others rely on: these are created before anything is judged.
_STATE_KINDS: Final = ("Namespace", "PriorityClass", "RuntimeClass")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `fields` are those that it names, as it writes them."""

    accepted: bool
    message: str = ""
    fields: tuple[str, ...] = ()
    status: int = 201

    @property
    def of_the_cluster(self) -> bool:
        """Whether it is refused for what the cluster has, which no file can tell."""
        if absent := _NO_NAMESPACE.search(self.message):
            return bool(_LABEL.fullmatch(absent[1]))  # others there can never be
        return not self.accepted and bool(_OF_THE_CLUSTER.search(self.message))


@dataclass
class Oracle:
    """A server with the namespaces and the custom resources in place."""

    plane: ControlPlane
    version: str = ""
    _paths: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)
    _local: threading.local = field(default_factory=threading.local)

    def prepare(self, seeds: Sequence[Seed]) -> None:
        """Create the custom resources of `seeds` and of Flux, and what objects cannot be created without."""
        self.version = self._ask("GET", "/version")[1]["gitVersion"]
        crds = [seed.value for seed in seeds if seed.kind == "CustomResourceDefinition"]
        crds += _flux()
        for crd in crds:
            self._ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json.dumps(crd), _JSON)
        self._wait_for(crds)
        self._discover()
        named = {str(seed.value["metadata"].get("namespace") or "default") for seed in seeds}
        for name in sorted(named):
            self._create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for seed in seeds:
            if seed.kind in _STATE_KINDS:
                self._create(seed.value)

    def judge(self, texts: Iterable[str]) -> Iterator[Answer]:
        """Yield the server's answer to each manifest, in order."""
        with ThreadPoolExecutor(_THREADS) as pool:
            yield from pool.map(self.answer, texts)

    def answer(self, text: str) -> Answer:
        """Return what the server says of one manifest, given as YAML."""
        read = [item for item in load(text.encode(), "mutant.yaml") if isinstance(item, Document)]
        value = read[0].value if len(read) == 1 else None
        if not isinstance(value, dict):
            value = {}
        path = self._path(value)
        if path is None:
            if not value:
                # Whatever the server would make of the address: the text is no object.
                path = "/api/v1/namespaces/default/configmaps"
            else:
                return Answer(
                    False,
                    f"no matches for kind {value.get('kind')!r} in version {value.get('apiVersion')!r}",
                    ("kind",),
                    404,
                )
        try:
            status, said = self._ask("POST", f"{path}?dryRun=All&fieldValidation=Strict", text, _YAML)
        except http.client.RemoteDisconnected:
            # A Job of completions: null with a successPolicy makes 1.36.3 panic, and there may be others.
            return Answer(False, "the server broke the connection off, each time", (), 500)
        if status in {200, 201} or (status == 409 and said.get("reason") == "AlreadyExists"):
            return Answer(accepted=True, status=status)
        if status == 429 or (status >= 500 and "unable to" not in str(said)):
            return Answer(False, f"{status}: {said}", (), status)
        causes = said.get("details", {}).get("causes", [])
        return Answer(False, said.get("message", ""), tuple(cause.get("field", "") for cause in causes), status)

    def _path(self, value: Mapping[str, Any]) -> str | None:
        found = self._paths.get((str(value.get("apiVersion")), str(value.get("kind"))))
        if found is None:
            return None
        path, namespaced = found
        if not namespaced:
            return path
        metadata = value.get("metadata")
        namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
        if not (isinstance(namespace, str) and namespace):
            namespace = "default"
        base, _, resource = path.rpartition("/")
        return f"{base}/namespaces/{quote(namespace, safe='')}/{resource}"

    def _create(self, value: Mapping[str, Any]) -> None:
        path = self._path(value)
        if path is not None:
            self._ask("POST", path, json.dumps(value), _JSON)

    def _discover(self) -> None:
        for group in ("api", "apis"):
            _, answer = self._ask(
                "GET", f"/{group}", accept="application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            )
            for item in answer["items"]:
                name = item["metadata"].get("name", "")
                for version in item["versions"]:
                    api_version = f"{name}/{version['version']}" if name else version["version"]
                    for resource in version.get("resources", ()):
                        kind = resource["responseKind"]
                        if "create" in resource["verbs"] and (kind.get("group") or name) == name:
                            prefix = f"/apis/{api_version}" if name else f"/api/{api_version}"
                            namespaced = resource["scope"] == "Namespaced"
                            self._paths[api_version, kind["kind"]] = (f"{prefix}/{resource['resource']}", namespaced)

    def _wait_for(self, crds: Sequence[Mapping[str, Any]]) -> None:
        deadline = time.monotonic() + 30
        waiting = {crd["metadata"]["name"] for crd in crds}
        while waiting and time.monotonic() < deadline:
            _, listed = self._ask("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
            states = {
                crd["metadata"]["name"]: {
                    one["type"]: one["status"] for one in crd.get("status", {}).get("conditions") or ()
                }
                for crd in listed["items"]
            }
            waiting = {name for name in waiting if name in states and states[name].get("Established") != "True"}
            time.sleep(0.05)
        time.sleep(1)  # until discovery and the handlers know of them, which nothing says

    def _ask(
        self, method: str, path: str, body: str | None = None, kind: str = _JSON, accept: str = _JSON
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.plane.token}", "Content-Type": kind, "Accept": accept}
        for attempt in range(3):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = http.client.HTTPSConnection(HOST, self.plane.port, context=self.plane.tls(), timeout=30)
                self._local.connection = connection
            try:
                connection.request(method, path, None if body is None else body.encode(), headers)
                response = connection.getresponse()
                said = response.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._local.connection = None
                if attempt == 2:
                    raise
                continue
            try:
                return response.status, json.loads(said)
            except ValueError:
                return response.status, {"message": said.decode(errors="replace")}
        raise AssertionError


@contextmanager
def oracle(seeds: Sequence[Seed]) -> Iterator[Oracle]:
    """Run a server that is ready to judge mutants of `seeds`."""
    with control_plane() as plane:
        server = Oracle(plane)
        server.prepare(seeds)
        yield server


def _flux() -> list[dict[str, Any]]:
    """Make CustomResourceDefinitions of the schemas that come with the program."""
    versions: dict[tuple[str, str], list[CrdVersion]] = {}
    for api_version, kind in bundled().kinds():
        versions.setdefault((api_version.rpartition("/")[0], kind), []).extend(bundled().of(api_version, kind))
    return [definition_of(group, kind, found) for (group, kind), found in versions.items()]
