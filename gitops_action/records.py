"""`dataclass`, made in less than half the time: a run makes some 170 of them, and that was a quarter of a small `check`.

The standard library writes and compiles the source of up to eight methods for each class. Here only `__init__` is its own;
the others are the same for all classes, and do the same (objects compare as tuples of their values do). That a class is
frozen is held by the type checker alone: at run time nobody looks, which also makes objects in a quarter of the time.
See docs/decisions/0016-speed.md.
"""

from __future__ import annotations

import dataclasses
import operator
from functools import partial
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ORDERS: Final = (("__lt__", operator.lt), ("__le__", operator.le), ("__gt__", operator.gt), ("__ge__", operator.ge))


def _dataclass(
    cls: type | None = None, /, *, eq: bool = True, frozen: bool = False, order: bool = False, slots: bool = False
) -> Any:
    """Make a dataclass as `dataclasses.dataclass` does, by those of its options that are in use here."""
    make = partial(_made, eq=eq, frozen=frozen, order=order, slots=slots)
    return make if cls is None else make(cls)


def _made(cls: type, *, eq: bool, frozen: bool, order: bool, slots: bool) -> type:
    if cls.__doc__ is None:
        # Or the standard library would ask for the class's signature, to have something to say.
        cls.__doc__ = cls.__name__
    made: type = dataclasses.dataclass(repr=False, eq=False, slots=slots)(cls)
    fields = dataclasses.fields(made)
    methods: dict[str, Any] = {"__repr__": _repr([one.name for one in fields if one.repr])}
    if eq:
        key = _key([one.name for one in fields if one.compare])
        methods |= {"__eq__": _comparison(operator.eq, key), "__hash__": _hash(key) if frozen else None}
        if order:
            methods |= {name: _comparison(compare, key) for name, compare in _ORDERS}
    for name, method in methods.items():
        # A class keeps what it has of its own; one with an `__eq__` has None for `__hash__` from Python.
        if cls.__dict__.get(name) is None:
            setattr(made, name, method)
    return made


def _key(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what gives the values that objects are compared by."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _comparison(compare: Callable[[Any, Any], bool], key: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return compare(key(self), key(other)) if other.__class__ is self.__class__ else NotImplemented

    return method


def _hash(key: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda self: hash(key(self))


def _repr(names: Sequence[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def method(self: Any) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({shown})"

    return method


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass

__all__ = ["dataclass"]
