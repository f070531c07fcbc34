"""Locks: refs that keep changes from an environment, or from one component in it, each a commit that says why.

To make a ref that must not exist is atomic in Git, and everybody who can fetch can see it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from gitops_action.promote import trailers
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX: Final = "refs/gitops/locks/"
_WHOLE: Final = "_"
# Git refuses some signs and sequences in names of refs (git-check-ref-format); a dot is always written out.
_PLAIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock. `component` "" means the whole environment; without `expires` it holds until somebody takes it away."""

    environment: str
    component: str
    owner: str
    reason: str
    created: datetime
    expires: datetime | None = None
    pull_request: int | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires is not None and now >= self.expires

    def __str__(self) -> str:
        what = f"{self.component} in {self.environment}" if self.component else self.environment
        until = f", until {self.expires.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if self.expires else ""
        return f"{what} is locked by {self.owner}: {self.reason}{until}"


def ref_name(environment: str, component: str = "") -> str:
    """Return the ref of a lock; two places never share one."""
    return f"{PREFIX}{_escaped(environment)}/{_escaped(component) if component else _WHOLE}"


def place_of(ref: str) -> tuple[str, str] | None:
    """Return the environment and component that a ref locks; None if it is no lock's."""
    parts = ref.removeprefix(PREFIX).split("/")
    if not ref.startswith(PREFIX) or len(parts) != 2:  # noqa: PLR2004 - environment and component
        return None
    environment, component = parts
    return _unescaped(environment), "" if component == _WHOLE else _unescaped(component)


def message(lock: Lock, nonce: str = "") -> str:
    """Return the message of the commit that a lock's ref points at.

    `nonce` makes two commits differ that say the same: else who pushes second would find it done, and hold it too.
    """
    said = [
        ("Lock-Environment", _line(lock.environment)),
        *([("Lock-Component", _line(lock.component))] if lock.component else []),
        ("Lock-Owner", _line(lock.owner)),
        ("Lock-Reason", _line(lock.reason)),
        ("Lock-Created", lock.created.astimezone(UTC).isoformat(timespec="seconds")),
        *([("Lock-Expires", lock.expires.astimezone(UTC).isoformat(timespec="seconds"))] if lock.expires else []),
        *([("Lock-Pull-Request", str(lock.pull_request))] if lock.pull_request else []),
        *([("Lock-Nonce", nonce)] if nonce else []),
    ]
    return trailers.append(_line(f"Lock {lock.component or 'everything'} in {lock.environment}"), said)


def parse(ref: str, text: str) -> Lock | None:
    """Read a lock; None if the ref is none. One that cannot be read holds all the same: it is locked by nobody knows whom."""
    place = place_of(ref)
    if place is None:
        return None
    said = {key.lower(): value for key, value in trailers.parse(text)}
    broken = Lock(
        *place, "somebody", "the lock cannot be read: take it away with `unlock`", datetime.fromtimestamp(0, UTC)
    )
    try:
        number = said.get("lock-pull-request", "")
        lock = Lock(
            *place,
            said["lock-owner"],
            said["lock-reason"],
            _time(said["lock-created"]),
            _time(said["lock-expires"]) if "lock-expires" in said else None,
            int(number) if number.isdecimal() else None,
        )
    except (KeyError, ValueError):
        return broken
    # A commit that speaks of another place than its ref was put there by somebody else.
    meant = said.get("lock-environment"), said.get("lock-component", "")
    return lock if meant == (_line(lock.environment), _line(lock.component) if lock.component else "") else broken


def holds(locks: Iterable[Lock], environment: str, component: str, now: datetime) -> Lock | None:
    """Return the lock that keeps changes from a component in an environment, if there is one."""
    for lock in locks:
        if lock.environment == environment and lock.component in {"", component} and not lock.is_over(now):
            return lock
    return None


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]+", " ", text).split())[:500] or "not said"


def _escaped(name: str) -> str:
    # `_` alone means everything, so that it is written out; `%` is fine in a ref's name.
    return quote(name, safe=_PLAIN).replace(".", "%2E").replace("_", "%5F").replace("~", "%7E")


def _unescaped(name: str) -> str:
    return unquote(name)
