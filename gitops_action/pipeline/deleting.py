"""What left Git: found by the inventory, tried by a dry run, and deleted once the rest is healthy."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster.answers import Request
from gitops_action.deploy import ordering
from gitops_action.deploy.pruning import kept
from gitops_action.deploy.result import Action, Deployed
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from gitops_action.cluster.answers import Answer
    from gitops_action.pipeline.apply_sets import Member
    from gitops_action.ports import ApiServer

_Key = tuple[str, str, str, str]
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Gone:
    """What nothing declares any more: what is to be deleted, and what stays all the same, with the reason."""

    pruned: Sequence[Member] = ()
    spared: Sequence[tuple[Member, str]] = ()

    @property
    def kept(self) -> list[Deployed]:
        """What stays, as a result."""
        return [Deployed(one.resource, Action.SKIPPED, f"kept: {reason}") for one, reason in self.spared]


def gone(members: Iterable[Member], declared: Collection[_Key], named: Collection[str]) -> Gone:
    """Sort the members that are not `declared`; `named` are kinds that may be deleted although they are not by themselves."""
    pruned, spared = [], []
    for member in members:
        if member.resource.key in declared:
            continue
        reason = kept(member.resource.kind, member.live, named)
        if reason:
            spared.append((member, reason))
        else:
            pruned.append(member)
    return Gone(pruned, spared)


def refused(server: ApiServer, members: Sequence[Member]) -> list[Deployed]:
    """Try all deletions by a dry run; return those that would fail. Nothing is deleted."""
    answers = server.send_all(_request(one, dry_run=True) for one in members)
    found = zip(members, answers, strict=True)
    return [_ended(one, answer) for one, answer in found if not _is_done(answer) and "dry run" not in answer.message]


def delete(server: ApiServer, members: Sequence[Member]) -> list[Deployed]:
    """Delete, in the opposite order of applying: a webhook goes before what answers it. Return what became of each."""

    def stage(one: Member) -> int:
        return -ordering.stage(one.resource.api_version, one.resource.kind)

    found = []
    for _, group in groupby(sorted(members, key=stage), key=stage):
        part = list(group)
        answers = server.send_all(_request(one, dry_run=False) for one in part)
        found += [_ended(one, answer) for one, answer in zip(part, answers, strict=True)]
    return found


def _request(one: Member, *, dry_run: bool) -> Request:
    uid = str((one.live.get("metadata") or {}).get("uid") or "")
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
        # What was made anew meanwhile is somebody else's.
        "preconditions": {"uid": uid},
    }
    body |= {"dryRun": ["All"]} if dry_run else {}
    return Request("DELETE", one.kind.path(one.resource.namespace, one.resource.name), {}, body)


def _is_done(answer: Answer) -> bool:
    return answer.ok or answer.status == _NOT_FOUND


def _ended(one: Member, answer: Answer) -> Deployed:
    if _is_done(answer):
        return Deployed(one.resource, Action.DELETED)
    return Deployed(one.resource, Action.FAILED, f"was to be deleted: {answer.message}")
