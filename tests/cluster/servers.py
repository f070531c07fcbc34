"""Real API servers for tests, and real clusters in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import yaml

from gitops_action.adapters.api_server import Access, HttpApiServer
from gitops_action.cluster import requests
from gitops_action.cluster.answers import JSON, Answer, Request

if TYPE_CHECKING:
    from gitops_action.adapters.control_plane import ControlPlane

MERGE = "application/merge-patch+json"
FLUX = "kustomize-controller"


def client(plane: ControlPlane, user: str = "admin", **settings: Any) -> HttpApiServer:
    """Return a client for one of the users of a control plane."""
    return HttpApiServer(Access(plane.url, plane.tls(), lambda: f"Bearer {plane.tokens[user]}"), **settings)


def objects(text: str) -> list[dict[str, Any]]:
    """Return the documents of a YAML text."""
    return [one for one in yaml.safe_load_all(text) if one]


def deploy(server: HttpApiServer, text: str, manager: str = FLUX) -> None:
    """Apply manifests for real, as Flux would."""
    for value in objects(text):
        kind = server.discover().find(value["apiVersion"], value["kind"])
        assert kind is not None, value["kind"]
        done(server.send(requests.apply(kind, value, dry_run=False, manager=manager)))


def patch(server: HttpApiServer, path: str, value: Mapping[str, Any], manager: str = "kubectl-edit") -> None:
    """Change an object as a person would."""
    done(server.send(Request("PATCH", path, {"fieldManager": manager}, dict(value), MERGE)))


def get(server: HttpApiServer, path: str) -> Any:
    """Return what is at a path."""
    return done(server.send(Request("GET", path))).body


def put(server: HttpApiServer, path: str, value: Mapping[str, Any]) -> None:
    """Replace an object, or a part of it such as its status."""
    done(server.send(Request("PUT", path, {}, dict(value), JSON)))


def done(answer: Answer) -> Answer:
    """Return an answer that must be good."""
    assert answer.ok, answer.message
    return answer


def names(listed: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names of objects."""
    return {str(one["metadata"]["name"]) for one in listed}
