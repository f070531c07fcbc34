"""Nothing is overwritten: what is there is the same, or is left as it is and named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitops_action.scaffold.plan import State, plan


def test_each_state() -> None:
    found = plan({"a": "1", "b": "1", "c": "1", "d": "1"}, {"b": b"1", "c": b"2", "d": None})
    assert [(one.path, one.state) for one in found.files] == [
        ("a", State.NEW),
        ("b", State.UNCHANGED),
        ("c", State.KEPT),
        ("d", State.KEPT),
    ]
    assert found.new == {"a": b"1"}
    assert "other content" in found.files[2].note
    assert "no file" in found.files[3].note


_TEXTS = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["", "1", "2"]))


@given(_TEXTS, _TEXTS)
def test_what_is_there_is_never_among_what_is_written(files: dict[str, str], present: dict[str, str]) -> None:
    there = {path: text.encode() for path, text in present.items()}
    first = plan(files, dict(there))
    assert set(first.new) == set(files) - set(present)
    after = {**there, **first.new}
    again = plan(files, dict(after))
    assert again.new == {}
    assert {one.path: one.state for one in again.of(State.KEPT)} == {
        one.path: one.state for one in first.of(State.KEPT)
    }
