"""Our dataclasses are those of the standard library, but for what is said of them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from dataclasses import field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gitops_action
from gitops_action.records import dataclass

# To compare them, each is made twice: by ours, and by the standard library.
_VALUES = st.integers(-2, 2) | st.text(max_size=1) | st.none()


def _twice(**options: bool) -> list[Any]:
    made = []
    for decorator in (dataclass, dataclasses.dataclass):

        @decorator(**options)
        class Thing:
            """A thing."""

            a: Any
            b: Any = 2
            hidden: Any = field(default=3, repr=False)
            aside: Any = field(default=4, compare=False)

        made.append(Thing)
    return made


@pytest.mark.parametrize("options", [
    {}, {"slots": True}, {"frozen": True}, {"frozen": True, "slots": True}, {"frozen": True, "slots": True, "order": True},
    {"frozen": True, "eq": False},
])  # fmt: skip
@given(first=st.tuples(_VALUES, _VALUES, _VALUES, _VALUES), second=st.tuples(_VALUES, _VALUES, _VALUES, _VALUES))
def test_they_compare_and_look_alike(options: dict[str, bool], first: tuple[Any, ...], second: tuple[Any, ...]) -> None:
    ours, theirs = _twice(**options)
    (x, y), (p, q) = ((one(*first), one(*second)) for one in (ours, theirs))
    assert repr(x) == repr(p)
    assert (x == y) is (p == q)
    assert (x == p) is False
    assert (ours.__hash__ is None) is (theirs.__hash__ is None)
    if options.get("eq", True) and options.get("frozen"):
        assert hash(x) == hash(p)
    if options.get("order"):
        for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
            try:
                expected: object = getattr(p, compare)(q)
            except TypeError:
                with pytest.raises(TypeError):
                    getattr(x, compare)(y)
            else:
                assert getattr(x, compare)(y) is expected
    assert dataclasses.asdict(x).keys() == dataclasses.asdict(p).keys()
    assert dataclasses.replace(x, a=7).a == 7


@dataclass(frozen=True, slots=True)
class One:
    a: Any


@dataclass(frozen=True, slots=True)
class Own:
    a: int

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 5

    def __repr__(self) -> str:
        return "own"


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


def test_those_of_one_field_of_none_and_with_methods_of_their_own() -> None:
    nan = float("nan")
    assert One(nan) == One(nan)
    assert hash(One(1)) == hash((1,))
    assert One(1) != One(2)
    assert Nothing() == Nothing()
    assert {Nothing(), Nothing()} == {Nothing()}
    assert Own(1) == Own(2)
    assert hash(Own(1)) == 5
    assert repr(Own(1)) == "own"
    assert One.__doc__ == "One"
    round_about = One([])
    round_about.a.append(round_about)
    assert repr(round_about) == "One(a=[...])"


def test_they_can_be_copied_and_sent_to_another_process() -> None:
    for one in (One([1]), Nothing(), One(One(2))):
        assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - written a moment ago
        assert copy.deepcopy(one) == one
        assert copy.copy(one) == one


def test_one_with_slots_takes_no_other_attribute() -> None:
    with pytest.raises(AttributeError):
        One(1).other = 2  # type: ignore[attr-defined]  # that is the point


def test_all_records_are_made_in_this_way() -> None:
    package = Path(gitops_action.__file__).parent
    others = [
        path
        for path in package.rglob("*.py")
        if re.search(r"^from dataclasses import .*\bdataclass\b", path.read_text(), re.MULTILINE)
    ]
    assert others == []
