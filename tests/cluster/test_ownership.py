"""What `is_applied` promises, held to a real API server: where it says so, applying changes nothing."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.control_plane import control_plane
from gitops_action.cluster import ownership, requests
from gitops_action.diff.normalise import normalise, same
from tests.cluster.servers import FLUX, client, deploy, get, objects
from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.adapters.api_server import HttpApiServer

pytestmark = [pytest.mark.tools, pytest.mark.xdist_group("clusters")]

TEXT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: default
  labels: {app: web, tier: front}
  annotations: {a.b/c: "1"}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1
        args: ["-a", "-b"]
        ports: [{containerPort: 80}, {containerPort: 81, name: more, protocol: TCP}]
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        resources: {limits: {cpu: 100m}}
        volumeMounts: [{name: tmp, mountPath: /tmp}]
      - name: side
        image: nginx:2
        securityContext: {capabilities: {drop: [ALL]}}
      volumes: [{name: tmp, emptyDir: {}}]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[HttpApiServer]:
    tool("etcd")
    tool("kube-apiserver")
    with control_plane() as plane, client(plane) as connected:
        deploy(connected, TEXT)
        yield connected


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*at, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*at, index))


def edits(value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the object with one thing changed, added, removed or moved, anywhere."""
    for at in places(value):
        if len(at) < 2 or at[:2] == ("metadata", "name") or at[:2] == ("metadata", "namespace"):
            continue
        for what in ("remove", "change", "add", "reverse"):
            changed = copy.deepcopy(value)
            holder: Any = changed
            for part in at[:-1]:
                holder = holder[part]
            here = holder[at[-1]]
            if what == "remove":
                del holder[at[-1]]
            elif what == "change" and isinstance(here, str):
                holder[at[-1]] = here + "x"
            elif what == "add" and isinstance(here, dict):
                here["labels" if at == ("metadata",) else "zz"] = {"zz": "1"} if at == ("metadata",) else "zz"
            elif what == "reverse" and isinstance(here, list) and len(here) > 1:
                here.reverse()
            else:
                continue
            yield f"{what} {at}", changed


def test_it_is_applied_as_it_was(server: HttpApiServer) -> None:
    (value,) = objects(TEXT)
    live = get(server, "/apis/apps/v1/namespaces/default/deployments/web")
    assert ownership.is_applied(live, value, FLUX)
    assert not ownership.is_applied(live, value, "kubectl")


def test_where_nothing_would_change_nothing_changes(server: HttpApiServer) -> None:
    (value,) = objects(TEXT)
    kind = server.kinds.find("apps/v1", "Deployment")
    assert kind is not None
    live = get(server, "/apis/apps/v1/namespaces/default/deployments/web")
    listed = list(edits(value))
    assert len(listed) >= 100
    answers = server.send_all(requests.apply(kind, changed, manager=FLUX) for _, changed in listed)
    certain = 0
    for (what, changed), answer in zip(listed, answers, strict=True):
        if ownership.is_applied(live, changed, FLUX):
            certain += 1
            assert answer.ok, what
            assert same(normalise(answer.body), normalise(live)), what
            assert answer.body["metadata"]["managedFields"] == live["metadata"]["managedFields"], what
    # Each of these edits alters what is applied.
    assert certain == 0
