"""One thing wrong with one manifest, before its place in the files is looked up; shared by all engines and rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gitops_action.codes import CODES
from gitops_action.model import Finding, Manifest, Pointer
from gitops_action.records import dataclass

_SHOWN: Final = 60
# Messages repeat names that may be of any length.
_LONGEST: Final = 1000
_PLAIN_KEY: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at `pointer`, or with the key there. `message` is one line and shows no secret value.

    For something missing, `pointer` is where it belongs; the place found is then that of the parent.
    """

    code: str
    pointer: Pointer
    message: str
    key: bool = False


def finding(manifest: Manifest, problem: Problem, engine: str) -> Finding:
    """Place a problem: the line and column in the file that the value, the key or the nearest parent was written in."""
    place = manifest.locator.locate(problem.pointer, key=problem.key)
    if not problem.key and _holds_others(manifest.value, problem.pointer):
        above = manifest.locator.locate(problem.pointer, key=True)
        place = place if above.file == place.file and above.line == place.line else above
    return Finding(
        problem.code,
        CODES[problem.code].severity,
        _one_line(problem.message),
        file=place.file,
        line=place.line,
        column=place.column,
        resource=manifest.id,
        environment=manifest.environment,
        target=manifest.target,
        engine=engine,
        pointer=json_pointer(problem.pointer),
    )


def _holds_others(value: Any, pointer: Pointer) -> bool:
    """Whether a field has a mapping or a list. The first line of one that stands below its key belongs to what is in it."""
    if not pointer or isinstance(pointer[-1], int):
        return False
    try:
        held = value_at(value, pointer)
    except (IndexError, TypeError):
        return False
    return isinstance(held, Mapping | list) and bool(held)


def value_at(value: Any, pointer: Pointer) -> Any:
    """Return what is at a pointer, None where a mapping on the way there lacks the key.

    Raises IndexError or TypeError where it leads into a list that is shorter, or into what has no parts.
    """
    for part in pointer:
        if isinstance(value, Mapping) and part not in value:
            return None
        value = value[part]
    return value


def _one_line(text: str) -> str:
    """Return a message as it may be shown: the names in it are those that somebody wrote."""
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def json_pointer(pointer: Sequence[str | int]) -> str:
    """Write a pointer as RFC 6901 does: `/spec/containers/0/image`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in pointer)


def pointer_into(value: Any, path: Iterable[str | int]) -> Pointer:
    """Tell keys that look like numbers from indices, by the value itself: checkers do not."""
    pointer: list[str | int] = []
    for part in path:
        if isinstance(value, list):
            index = int(part) if isinstance(part, int) or part.isdecimal() else -1
            pointer.append(index if index >= 0 else part)
            value = value[index] if 0 <= index < len(value) else None
        else:
            pointer.append(str(part))
            value = value.get(str(part)) if isinstance(value, Mapping) else None
    return tuple(pointer)


def path_text(pointer: Sequence[str | int]) -> str:
    """Write a pointer as people do: `spec.containers[0].image`, `metadata.labels["a.b/c"]`."""
    text = ""
    for part in pointer:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part and _PLAIN_KEY.issuperset(part):
            text += f".{part}" if text else part
        else:
            text += f"[{quoted(part)}]"
    return text


def quoted(text: str) -> str:
    """Put text into double quotes, on one line and cut if it is long."""
    text = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    written = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return '"' + written.replace('"', '\\"') + '"'


def listed(names: Sequence[str], word: str = "or") -> str:
    """Write names as in a sentence: `one`, `one or two`, `one, two or three`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def value_text(value: object, *, secret: bool) -> str:
    """Describe a value for a message: its type, and a short scalar as it is unless it may be secret."""
    match value:
        case None:
            return "null"
        case bool():
            noun, shown = "boolean", str(value).lower()
        case int() | float():
            noun, shown = "number", repr(value)
        case str():
            noun, shown = "string", quoted(value)
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return f"a {type(value).__name__}"
    is_long = len(value if isinstance(value, str) else shown) > _SHOWN
    return f"a {noun}" if secret or is_long else f"the {noun} {shown}"


def holds_secrets(value: Mapping[str, Any]) -> bool:
    """Whether no value of this manifest may be shown."""
    return value.get("kind") == "Secret"


def closest(word: str, choices: Sequence[str]) -> str | None:
    """Return what was probably meant, or None."""
    import difflib  # noqa: PLC0415 - only where something is wrong

    by_folded = {choice.casefold(): choice for choice in reversed(choices)}
    if word.casefold() in by_folded:
        return by_folded[word.casefold()]
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.7)
    return near[0] if near else None


def is_slip(word: str, meant: str) -> bool:
    """Whether `word` is `meant` in other case, or with one letter too many, too few, another or swapped with the next.

    The first letter has to be right: kinds that differ in it are named on purpose, as `XCluster` beside `Cluster`.
    """
    if word == meant or word[:1].casefold() != meant[:1].casefold():
        return False
    if word.casefold() == meant.casefold():
        return True
    start = next((at for at, (one, other) in enumerate(zip(word, meant, strict=False)) if one != other), len(meant))
    start = min(start, len(word))
    one, other = word[start:], meant[start:]
    return (
        one[1:] == other[1:]
        or one[1:] == other
        or one == other[1:]
        or (one[:2] == other[:2][::-1] and one[2:] == other[2:])
    )


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """Return `; did you mean "…"?`, or "" if nothing is close."""
    near = closest(word, choices)
    return f"; did you mean {quoted(near)}?" if near else ""
