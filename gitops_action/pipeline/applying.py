"""Applies objects for real, again where that helps, and says what became of each."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import refusal, requests
from gitops_action.cluster.answers import Answer, Request
from gitops_action.deploy.result import Action, Deployed
from gitops_action.diff.dry_run import why_replaced
from gitops_action.records import dataclass
from gitops_action.validate.plain import without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.model import Manifest, Pointer
    from gitops_action.ports import ApiServer

RECREATE: Final = "kustomize.toolkit.fluxcd.io/force"
"""The annotation (`enabled`) of objects that may be deleted and made anew where a field cannot be changed, as Flux has it."""
_PART: Final = 50
_PAUSE_SECONDS: Final = 1.0
# For so long what only time can mend is tried again, if nothing else gets done meanwhile.
_STUBBORN_SECONDS: Final = 30.0
_GONE_SECONDS: Final = 60.0
_NOT_FOUND: Final = 404
_CREATED: Final = 201
_CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object to apply. `live` is how it is now, None if it is not there or not known.

    `left` are values that are not sent: somebody else sets them, and may.
    """

    manifest: Manifest
    kind: ResourceType
    live: Mapping[str, Any] | None = None
    left: Sequence[Pointer] = ()

    @property
    def value(self) -> Mapping[str, Any]:
        """What is sent."""
        return without(self.manifest.value, self.left) if self.left else self.manifest.value

    @property
    def file(self) -> str:
        """Where it is written, as `file:line`."""
        where = self.manifest.locator.locate(())
        return f"{where.file}:{where.line}" if where.line else where.file

    def ended(self, action: Action, message: str = "") -> Deployed:
        """Return what became of it."""
        return Deployed(self.manifest.id, action, message, self.file)


def apply_all(
    server: ApiServer, wanted: Sequence[Wanted], *, force: bool, deadline: float, check: Callable[[], None]
) -> list[tuple[Deployed, Mapping[str, Any] | None]]:
    """Apply all; return in order what became of each, and what it is now (None where it was refused).

    `check` is asked between parts whether to go on; it raises if not. `deadline` is of `time.monotonic`.
    """
    found: dict[int, tuple[Deployed, Mapping[str, Any] | None]] = {}
    pending = list(range(len(wanted)))
    patience = time.monotonic() + _STUBBORN_SECONDS
    while pending:
        later: list[int] = []
        for start in range(0, len(pending), _PART):
            check()
            part = pending[start : start + _PART]
            answers = server.send_all(_request(wanted[at], force) for at in part)
            for at, answer in zip(part, answers, strict=True):
                now = time.monotonic()
                if _may_pass(answer) and now < min(patience, deadline):
                    later.append(at)
                else:
                    found[at] = _ended(server, wanted[at], answer, force=force)
        if len(later) < len(pending):
            patience = time.monotonic() + _STUBBORN_SECONDS
        pending = later
        if pending:
            time.sleep(_PAUSE_SECONDS)
    return [found[at] for at in range(len(wanted))]


def _request(one: Wanted, force: bool) -> Request:  # noqa: FBT001 - as the server calls it
    return requests.apply(one.kind, one.value, dry_run=False, force=force)


def _may_pass(answer: Answer) -> bool:
    """Whether a refusal is one that time may mend: nobody answers, or what it needs is just being made."""
    if answer.ok:
        return False
    message = answer.message
    return (
        answer.status in {0, 429, 502, 503, 504}
        or bool(refusal.missing_namespace(answer))
        or (answer.status == _CONFLICT and "the object has been modified" in message)
        or (answer.status == _NOT_FOUND and "could not find the requested resource" in message)
        or "failed calling webhook" in message
        or "because it is being terminated" in message
    )


def _ended(server: ApiServer, one: Wanted, answer: Answer, *, force: bool) -> tuple[Deployed, Mapping[str, Any] | None]:
    if refusal.needs_replacement(answer) and may_recreate(one.manifest):
        return _recreated(server, one, force=force)
    if not answer.ok or not isinstance(answer.body, dict):
        return one.ended(Action.FAILED, explained(answer)), None
    body = answer.body
    same = one.live is not None and _version(one.live) == _version(body)
    created = answer.status == _CREATED or one.live is None
    action = Action.UNCHANGED if same else Action.CREATED if created else Action.CONFIGURED
    return one.ended(action), body


def _recreated(server: ApiServer, one: Wanted, *, force: bool) -> tuple[Deployed, Mapping[str, Any] | None]:
    path = requests.object_path(one.kind, one.manifest.value)
    answer = server.send(Request("DELETE", path, {"propagationPolicy": "Background"}))
    deadline = time.monotonic() + _GONE_SECONDS
    while answer.ok and server.send(Request("GET", path)).status != _NOT_FOUND and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
    if answer.ok or answer.status == _NOT_FOUND:
        answer = server.send(_request(one, force))
    if not answer.ok or not isinstance(answer.body, dict):
        return one.ended(Action.FAILED, f"was to be made anew: {explained(answer)}"), None
    return one.ended(Action.CREATED, f"made anew, as `{RECREATE}: enabled` allows"), answer.body


def may_recreate(manifest: Manifest) -> bool:
    """Whether its author allows to delete it and make it anew."""
    metadata = manifest.value.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return isinstance(notes, Mapping) and str(notes.get(RECREATE, "")).lower() == "enabled"


def explained(answer: Answer) -> str:
    """Say why the server refuses an object, and what to do about it where the server does not."""
    if refusal.needs_replacement(answer):
        return f"{why_replaced(answer)} (delete it, or annotate it with `{RECREATE}: enabled`)"
    managers = sorted(
        {part.split('"')[1] for part in _messages(answer) if part.startswith("conflict with ") and '"' in part}
    )
    if answer.status == _CONFLICT and managers:
        return f"{', '.join(managers)} set fields of it too: {answer.message} (take them over with --force-conflicts)"
    return answer.message


def _messages(answer: Answer) -> Iterable[str]:
    return (cause.message for cause in answer.causes)


def _version(live: Mapping[str, Any]) -> str:
    metadata = live.get("metadata")
    return str(metadata.get("resourceVersion", "")) if isinstance(metadata, Mapping) else ""
