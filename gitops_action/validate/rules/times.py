"""Durations, cron schedules and time zones as the API server reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

_DURATION: Final = regex(r"[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_PART: Final = regex(r"([0-9]*)(?:\.([0-9]*))?([a-zµμ]+)")
_NANOSECONDS: Final = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_LONGEST: Final = 2**63
_DIGITS: Final = 20

_MONTHS: Final = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905 - short
}
_DAYS: Final = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS: Final[tuple[tuple[int, int, Mapping[str, int]], ...]] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_DESCRIPTORS: Final = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_EVERY: Final = "@every "
# White space for Python, but not for Go.
_NO_SPACE: Final = frozenset("\x1c\x1d\x1e\x1f")
_NUMBER: Final = regex(r"\+?[0-9]+")


def is_duration(text: str) -> bool:
    """Tell whether Go's time.ParseDuration takes the text."""
    if not _DURATION.fullmatch(text):
        return False
    negative, text = text[:1] == "-", text.lstrip("+-")
    nanoseconds = 0
    for whole, fraction, unit in _PART.findall(text):
        if len(whole.lstrip("0")) > _DIGITS:
            return False
        nanoseconds += int(whole or "0") * _NANOSECONDS[unit]
        if fraction:
            nanoseconds += _NANOSECONDS[unit] * int(fraction[:_DIGITS]) // 10 ** len(fraction[:_DIGITS])
        if nanoseconds > _LONGEST:
            return False
    return nanoseconds < _LONGEST or negative


def is_schedule(text: str) -> bool:
    """Tell whether ValidateCronJobSpec takes the schedule: cron.ParseStandard does, and no time zone is in it.

    See https://github.com/robfig/cron/blob/v3.0.1/parser.go and validateScheduleFormat of pkg/apis/batch/validation.
    """
    if "TZ" in text or not _NO_SPACE.isdisjoint(text):
        return False
    if text.startswith("@"):
        return text in _DESCRIPTORS or (text.startswith(_EVERY) and is_duration(text.removeprefix(_EVERY)))
    fields = text.split()
    return len(fields) == len(_FIELDS) and all(
        _is_range(part, *bounds)
        for field, bounds in zip(fields, _FIELDS, strict=True)
        for part in field.split(",")
        if part
    )


def _is_range(text: str, lowest: int, highest: int, names: Mapping[str, int]) -> bool:
    """Like getRange: a number, `*` or `?`, perhaps up to another number, perhaps with a step."""
    limits, slash, step = text.partition("/")
    low, *high = limits.split("-")
    if low in {"*", "?"}:
        start, end = lowest, highest
    else:
        if len(high) > 1:
            return False
        start = end = _moment(low, names)
        if high:
            end = _moment(high[0], names)
        elif slash:
            end = highest
    if slash and not _step(step):
        return False
    return lowest <= start <= end <= highest


def _moment(text: str, names: Mapping[str, int]) -> int:
    """Return the number, -1 (which no field takes) for what is none."""
    number = names.get(text.lower())
    return number if number is not None else _number(text)


def _step(text: str) -> bool:
    return 0 < _number(text) < _LONGEST


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or len(text.lstrip("+0")) > _DIGITS:
        return -1
    return int(text)


def is_time_zone(text: str) -> bool:
    """Tell whether the server knows a zone of this name; its form is another matter."""
    from gitops_action.validate.rules.time_zones import is_known  # noqa: PLC0415 - a long list, needed rarely

    return is_known(text)
