"""Waits until live objects are what they were asked to be."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from gitops_action.deploy.health import CURRENT, Health, Status, health_of
from gitops_action.pipeline.reading import Name, read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.ports import ApiServer

_LOOK_SECONDS: Final = 1.0
# So often it is said that nothing is new.
_SAY_SECONDS: Final = 30.0
_NOT_FOUND: Final = 404
_NAMED: Final = 3


def wait(  # noqa: PLR0913 - what a wait is made of
    server: ApiServer,
    pending: Mapping[Name, ResourceType],
    *,
    deadline: float,
    check: Callable[[], None],
    tell: Callable[[str], None],
    vanishing: Container[Name] = (),
) -> dict[Name, Health]:
    """Return the health of each object, once all are current, one has failed, or the time (`time.monotonic`) is over.

    A server that does not answer is waited for like the objects. `check` may raise to end the wait. Of `vanishing`, those
    that are gone have ended well, as Flux takes it: https://github.com/fluxcd/pkg/blob/main/ssa/manager_wait.go.
    """
    found: dict[Name, Health] = {name: Health(Status.IN_PROGRESS, "was not looked at") for name in pending}
    said, said_at = "", time.monotonic()
    while True:
        check()
        waiting = [name for name in pending if not found[name].is_current]
        answers = read_all(server, [pending[name] for name in waiting], waiting)
        for name, answer in zip(waiting, answers, strict=True):
            if answer.ok and isinstance(answer.body, dict):
                found[name] = health_of(answer.body)
            elif answer.status == _NOT_FOUND:
                found[name] = CURRENT if name in vanishing else health_of(None)
            else:
                found[name] = Health(Status.IN_PROGRESS, f"cannot be read: {answer.message}")
        left = {name: health for name, health in found.items() if not health.is_current}
        now = time.monotonic()
        if not left or any(one.status is Status.FAILED for one in left.values()) or now >= deadline:
            return found
        text = _summary(left, len(found))
        if text != said or now - said_at > _SAY_SECONDS:
            tell(text)
            said, said_at = text, now
        time.sleep(min(_LOOK_SECONDS, max(0.0, deadline - now)))


def _summary(left: Mapping[Name, Health], total: int) -> str:
    kinds = Counter(name.kind for name in left)
    named = [f"{name.kind}/{name.name}: {health.message}" for name, health in sorted(left.items())[:_NAMED]]
    more = len(left) - len(named)
    return f"{total - sum(kinds.values())} of {total} are healthy; waiting for {'; '.join(named)}" + (
        f"; and {more} more" if more else ""
    )
