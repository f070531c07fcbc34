"""Reads live objects with as few requests as it takes: by their lists where there are many."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from gitops_action.cluster import requests
from gitops_action.cluster.answers import Answer, Request
from gitops_action.pipeline.pages import items_of, next_page, pages
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.ports import ApiServer

# From this many objects of one kind in one namespace on, their list is asked for.
_MANY: Final = 4
ABSENT: Final = Answer(404)


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """An object of a server by its kind, namespace ("" for what has none) and name."""

    api_version: str
    kind: str
    namespace: str
    name: str


def read_all(server: ApiServer, kinds: Sequence[ResourceType], names: Sequence[Name]) -> list[Answer]:
    """Return the answer to the question for each object, in order; `kinds` has the type of each name."""
    found: dict[Name, Answer] = {}
    asked: dict[Name, ResourceType] = dict(zip(names, kinds, strict=True))
    single: list[Name] = []
    for _, members in groupby(sorted(asked), key=lambda one: (one.api_version, one.kind, one.namespace)):
        group = list(members)
        listed = of_list(server, asked[group[0]], group) if len(group) >= _MANY else {}
        found |= listed
        single += [one for one in group if one not in listed]
    answers = server.send_all(Request("GET", asked[one].path(one.namespace, one.name)) for one in single)
    found |= zip(single, answers, strict=True)
    return [found[one] for one in names]


def of_list(server: ApiServer, kind: ResourceType, group: Sequence[Name]) -> dict[Name, Answer]:
    """Return what the list of a kind in one namespace says of the objects: of those it has, and of all if it is whole.

    No more pages are asked for than half as many as there are objects.
    """
    if "list" not in kind.verbs:
        return {}
    wanted = {one.name: one for one in group}
    found: dict[Name, Answer] = {}
    whole = False
    for answer in pages(server, kind.path(group[0].namespace), most=max(1, len(group) // 2)):
        items = items_of(answer)
        if items is None:
            return {}  # each is asked for by itself, and has its own answer
        for item in items:
            # The items of a list do not say what they are.
            named = {"apiVersion": kind.api_version, "kind": kind.kind, **item}
            if (one := wanted.get(requests.name_of(named))) is not None:
                found[one] = Answer(200, named)
        whole = not next_page(answer)
    return {one: found.get(one, ABSENT) for one in group} if whole else found
