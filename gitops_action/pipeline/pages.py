"""Lists of a cluster, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster.answers import JSON, Answer, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.ports import ApiServer

_PAGE: Final = 500


def pages(
    server: ApiServer, path: str, query: Mapping[str, str] | None = None, *, most: int, accept: str = JSON
) -> Iterator[Answer]:
    """Yield the answers to the question for a list, at most `most` of them; one that is no list is the last."""
    asked = {**(query or {}), "limit": str(_PAGE)}
    for _ in range(most):
        answer = server.send(Request("GET", path, asked, accept=accept))
        yield answer
        following = next_page(answer)
        if not following:
            return
        asked = {**asked, "continue": following}


def items_of(answer: Answer) -> list[Any] | None:
    """Return the items of a page; None if it is none."""
    items = answer.body.get("items") if answer.ok and isinstance(answer.body, dict) else None
    return items if isinstance(items, list) else None


def next_page(answer: Answer) -> str:
    """Return what the next page is asked for by, "" if there is none."""
    return answer.body.get("metadata", {}).get("continue") or "" if items_of(answer) is not None else ""
