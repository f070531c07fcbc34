"""The table of rules and formats, put to a real API server: it holds what that says."""

from __future__ import annotations

import json

import pytest

from tests.conformance.oracle import oracle
from tests.conformance.seeds import Seed
from tests.unit.validate.cel.cases import cases, definition

pytestmark = [pytest.mark.tools, pytest.mark.slow]


def test_the_server_says_so() -> None:
    table = cases()
    crd = definition({f"field{case.number}": case.schema for case in table})
    expected = [
        (case, value, good)
        for case in table
        for values, good in ((case.good, True), (case.bad, False), (case.missed, False))
        for value in values
    ]
    with oracle([Seed("crd.json", json.dumps(crd), crd)]) as server:
        answers = server.judge(case.manifest(value) for case, value, _ in expected)
        other = [
            (case.name, value, answer.message)
            for (case, value, good), answer in zip(expected, answers, strict=True)
            if answer.accepted is not good
        ]
    assert not other
