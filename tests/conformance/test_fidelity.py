"""Engine `schema` judges as a real API server does. docs/fidelity.md has the figures of a larger run."""

from __future__ import annotations

import pytest

from tests.conformance import fidelity
from tests.conformance.judging import APISERVER

CAUGHT = 0.95
ON_THEIR_LINE = 0.98


@pytest.mark.corpora
@pytest.mark.tools
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_as_faithful_as_promised() -> None:
    measured = fidelity.measure(fidelity.COUNT, fidelity.SEED)
    said = f"{fidelity.summary(measured)}\n{fidelity.misses(measured, 5)}"
    assert len(measured.rejected) > fidelity.COUNT / 2, said
    assert len(measured.accepted) > fidelity.COUNT / 4, said
    assert measured.false_alarms == [], said
    assert len(measured.caught) >= CAUGHT * len(measured.rejected), said
    caught = measured.caught
    assert sum(one.on_its_line for one in caught) >= ON_THEIR_LINE * len(caught), said


@pytest.mark.corpora
@pytest.mark.tools
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_server_inside_judges_as_the_server_outside() -> None:
    measured = fidelity.measure(700, fidelity.SEED, engine=APISERVER)
    said = f"{fidelity.summary(measured)}\n{fidelity.misses(measured, 5)}"
    assert len(measured.rejected) > 350, said
    assert measured.false_alarms == [], said
    # A kind that neither Kubernetes nor the tree defines may be defined in the cluster: it is said to be unchecked.
    missed = [one for one in measured.rejected if one.missed and "no matches for kind" not in one.answer.message]
    assert missed == [], said
    single = measured.in_one_place
    assert sum(one.on_its_line for one in single) >= ON_THEIR_LINE * len(single), said
