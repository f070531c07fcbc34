"""Why an object is not healthy, in the cluster's own words: its last events, and those of the Pods that it makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.deploy.health_rules import waiting_reason
from gitops_action.pipeline.pages import items_of, pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.pipeline.reading import Name
    from gitops_action.ports import ApiServer

_MOST_PAGES: Final = 4
_SHOWN: Final = 3
_WIDTH: Final = 240
# How controllers name what they make: https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go.
_LETTER: Final = "[bcdfghjklmnpqrstvwxz2456789]"
_HASH, _RANDOM = f"-{_LETTER}{{1,10}}", f"-{_LETTER}{{5}}"
_ENDINGS: Final = {
    ("Deployment", "ReplicaSet"): _HASH,
    ("Deployment", "Pod"): _HASH + _RANDOM,
    ("ReplicaSet", "Pod"): _RANDOM,
    ("DaemonSet", "Pod"): _RANDOM,
    ("StatefulSet", "Pod"): r"-\d+",
    ("Job", "Pod"): rf"(?:-\d+)?{_RANDOM}",
    ("CronJob", "Job"): r"-\d+",
}


def troubles(server: ApiServer, names: Sequence[Name]) -> dict[Name, tuple[str, ...]]:
    """Return up to three lines on each object, the newest first; () where nothing is known, or may be read."""
    found: dict[Name, tuple[str, ...]] = {}
    for namespace in sorted({name.namespace for name in names}):
        events = _events(server, namespace or "default")
        pods = list(_items(server, f"/api/v1/namespaces/{namespace}/pods")) if namespace else []
        for name in names:
            if name.namespace == namespace:
                lines = [*_of_pods(name, pods), *_of_events(name, events)]
                found[name] = tuple(dict.fromkeys(lines))[:_SHOWN]
    return found


def _of_pods(name: Name, pods: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for pod in pods:
        pod_name = str(pod.get("metadata", {}).get("name", ""))
        reason = waiting_reason(pod) if _is_of("Pod", pod_name, name) else ""
        if reason:
            yield _line(f"Pod/{pod_name}: {reason}")


def _of_events(name: Name, events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for event in events:
        about = event.get("involvedObject") or {}
        if _is_of(str(about.get("kind")), str(about.get("name")), name):
            yield _line(f"{about.get('kind')}/{about.get('name')}: {event.get('reason')}: {event.get('message')}")


def _is_of(kind: str, name: str, owner: Name) -> bool:
    """Whether an object is the owner, or what the owner makes, by its name: another may be called almost the same."""
    if kind == owner.kind and name == owner.name:
        return True
    ending = _ENDINGS.get((owner.kind, kind))
    return ending is not None and bool(re.fullmatch(re.escape(owner.name) + ending, name))


def _events(server: ApiServer, namespace: str) -> list[dict[str, Any]]:
    """Return a namespace's events, warnings first and then the newest first."""
    found = list(_items(server, f"/api/v1/namespaces/{namespace}/events"))
    found.sort(key=_time, reverse=True)
    return sorted(found, key=lambda event: event.get("type") != "Warning")


def _time(event: Mapping[str, Any]) -> str:
    series = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or "")


def _items(server: ApiServer, path: str) -> Iterator[dict[str, Any]]:
    for answer in pages(server, path, most=_MOST_PAGES):
        yield from (item for item in items_of(answer) or () if isinstance(item, dict))


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
