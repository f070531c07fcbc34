"""Expressions that are compiled late are good ones, and answer as compiled ones do."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
import re
from itertools import chain
from pathlib import Path

import pytest

import gitops_action
from gitops_action.regex import Lazy, regex

_MODULES = [
    name for _, name, _ in pkgutil.walk_packages(gitops_action.__path__, "gitops_action.") if name != "gitops_action.__main__"
]  # fmt: skip


def _all() -> list[Lazy]:
    loaded = map(importlib.import_module, _MODULES)
    return [
        value for value in chain.from_iterable(vars(module).values() for module in loaded) if isinstance(value, Lazy)
    ]


def test_every_expression_of_the_package_can_be_compiled() -> None:
    found = _all()
    assert len(found) > 200
    for one in found:
        assert one.pattern is not None


def test_it_answers_as_a_compiled_one() -> None:
    late, early = regex(r"(?P<a>x+)|y", re.IGNORECASE), re.compile(r"(?P<a>x+)|y", re.IGNORECASE)
    for text in ("xX", "y", "", "zx"):
        assert late.findall(text) == early.findall(text)
        assert bool(late.fullmatch(text)) is bool(early.fullmatch(text))
    assert late.sub(lambda match: f"<{match['a']}>", "axxb") == "a<xx>b"
    assert (late.pattern, late.flags, late.groups) == (early.pattern, early.flags, early.groups)
    assert regex(b"a").search(b"ba")


def test_a_copy_is_a_pattern() -> None:
    for one in (regex("a"), regex("a", re.IGNORECASE)):
        assert copy.copy(one) == copy.deepcopy(one) == re.compile("a", one.flags)
        assert pickle.loads(pickle.dumps(one)) == re.compile("a", one.flags)  # noqa: S301 - written a moment ago


def test_a_wrong_one_is_told_by_its_first_use() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.search("")


def test_only_where_lines_are_read_are_expressions_compiled_at_once() -> None:
    package = Path(gitops_action.__file__).parent
    early = re.compile(r"^\w+(?:: Final)? = re\.compile\(", re.MULTILINE)
    found = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if early.search(path.read_text())}
    assert found == {"repository/lines.py", "repository/quick.py"}
