"""Walking one object beside another in which list elements may stand elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import JSONValue, Pointer

# The members by which Kubernetes tells the elements of its lists apart (x-kubernetes-patch-merge-key and
# x-kubernetes-list-map-keys), the most telling first.
_KEYS: Final = (
    "name", "mountPath", "devicePath", "containerPort", "port", "ip", "key", "topologyKey", "type", "uid", "op", "host",
    "path",
)  # fmt: skip


class Absent:
    """Stands for "nothing there", which None does not."""


ABSENT: Final = Absent()


def at(value: JSONValue, pointer: Sequence[str | int]) -> JSONValue | Absent:
    """Return what is at `pointer`, ABSENT if nothing is."""
    for step in pointer:
        if isinstance(value, dict) and isinstance(step, str) and step in value:  # noqa: SIM114 - for the types
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return ABSENT
    return value


def same(one: JSONValue | Absent, other: JSONValue | Absent) -> bool:
    """Return whether two values are equal, with 1, 1.0 and true kept apart."""
    return type(one) is type(other) and one == other


def align(rendered: JSONValue, written: JSONValue, pointer: Pointer) -> Pointer:
    """Return how far, and by which steps, `pointer` into `rendered` leads into `written`.

    Elements of lists are found by the member that names them, then by equality, then by position.
    """
    steps: list[str | int] = []
    for step in pointer:
        if isinstance(step, str):
            if not isinstance(written, dict) or step not in written:
                break
            rendered = rendered.get(step) if isinstance(rendered, dict) else None
            written = written[step]
            steps.append(step)
            continue
        element = at(rendered, (step,))
        # A step that leads nowhere, such as a negative index, must not be looked for by position.
        if isinstance(element, Absent) or not isinstance(written, list):
            break
        index = _index(element, written, step)
        if index is None:
            break
        rendered, written = element, written[index]
        steps.append(index)
    return tuple(steps)


def _index(element: JSONValue, written: list[JSONValue], position: int) -> int | None:
    """Return where the element of a rendered list stands in the list that was written."""
    if isinstance(element, dict):
        for key in _KEYS:
            if key not in element:
                continue
            alike = [
                index for index, item in enumerate(written) if isinstance(item, dict) and item.get(key) == element[key]
            ]
            if position in alike:
                return position
            if alike:
                return alike[0]
            if any(isinstance(item, dict) and key in item for item in written):
                return None
        return position if position < len(written) and isinstance(written[position], dict) else None
    if position < len(written) and same(written[position], element):
        return position
    return next((index for index, item in enumerate(written) if same(item, element)), None)
