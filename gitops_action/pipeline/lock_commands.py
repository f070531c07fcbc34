"""`lock` and `unlock`: people hold an environment, or a component in it, back from promotions."""

from __future__ import annotations

import getpass
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitops_action.adapters.git import Repository
from gitops_action.config.promotion_reading import duration
from gitops_action.errors import UsageError
from gitops_action.pipeline.locking import release, take
from gitops_action.pipeline.places import open_remote
from gitops_action.pipeline.promotion_scene import open_scene
from gitops_action.promote.components import components_of, roots
from gitops_action.promote.locks import Lock

if TYPE_CHECKING:
    from gitops_action.pipeline.places import Place


def lock(place: Place, environment: str, component: str, reason: str, period: str) -> Lock:
    """Lock an environment, or a component in it (""), for a time ("": until it is unlocked), and return the lock.

    Raises UsageError for what is no time, LockedError where somebody else has it.
    """
    length = duration(period) if period else None
    if period and not length:
        raise UsageError(f"--for: `{period}` is no length of time: write 90m, 2h or 1d12h")
    now = datetime.now(UTC).replace(microsecond=0)
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        scene = open_scene(repository, "HEAD", place.config)
        known = components_of(environment, scene.config, scene.folders, scene.config.promotion.layout)
        if (component and component not in known) or not roots(environment, scene.config, scene.folders):
            # A lock of what does not exist would look as if it held something.
            what = f"component `{component}` in `{environment}`" if component else f"environment `{environment}`"
            raise UsageError(f"there is no {what} here: nothing was locked")
        owner = repository.setting("user.email") or getpass.getuser()
        made = Lock(environment, component, owner, reason, now, now + length if length else None)
        take(open_remote(place, repository, stack), made, now)
    return made


def unlock(place: Place, environment: str, component: str, *, force: bool) -> Lock:
    """Take a lock away and return it. Raises UsageError where there is none, LockedError for one of a pull request."""
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        return release(open_remote(place, repository, stack), environment, component, force=force)
