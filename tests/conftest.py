"""What holds for all tests."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


# How long an example takes says something of the machine, and nothing of what is tested.
settings.register_profile("gitops-action", deadline=None)
settings.load_profile("gitops-action")


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """Undo what a run that was interrupted leaves: it is not told again to end, and neither would be what it starts."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)
