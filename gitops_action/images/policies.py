"""Which tag a policy picks, and which of two tags is newer by its own order.

Semantics: https://fluxcd.io/flux/components/image/imagepolicies/. Unlike there, a tag that the order cannot read is passed
over and counted, and does not stop the policy.
"""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from gitops_action import semver
from gitops_action.config.images import CREATED, EXCLUDED, By, Choice, Reflection
from gitops_action.images.patterns import any_finds, compiled
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from gitops_action.config.globs import PathPattern
    from gitops_action.images.patterns import Pattern
    from gitops_action.images.references import Repository
    from gitops_action.model import Location

_NUMBER: Final = regex(r"[-+]?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of the configuration, or an ImagePolicy with its ImageRepository.

    `label` is its name in markers, `namespace:name`, or that of the configuration. `image` is as people wrote it. `paths`
    are where its uses are looked for besides markers; only the configuration's have such. `secret` is what the repository's
    credentials are in, which is not read; `where` its folder, if there are others of the same label.
    """

    label: str
    image: str
    repository: Repository
    choice: Choice
    location: Location
    digest: Reflection = Reflection.NEVER
    exclude: tuple[str, ...] = EXCLUDED
    paths: tuple[PathPattern, ...] = ()
    fields: tuple[str, ...] = ()
    secret: str = ""
    insecure: bool = False
    where: str = ""

    @property
    def id(self) -> str:
        """What tells it from all others: its label, and its folder where others have the same one."""
        return f"{self.label} ({self.where})" if self.where else self.label

    @property
    def wants_facts(self) -> bool:
        """Whether the registry has to be asked of each tag."""
        return self.choice.by is By.NEWEST


@dataclass(frozen=True, slots=True)
class Fact:
    """What an image says of itself, for the order NEWEST."""

    created: datetime | None
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The tags of an image as one policy sees them, the newest last.

    `all` is how many there are, of which `excluded` are no images or do not match the filter, `unread` are none that the
    order can read, and `outside` are not in the range.
    """

    tags: tuple[str, ...]
    all: int
    excluded: int = 0
    unread: int = 0
    outside: int = 0
    _keys: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def newest(self) -> str | None:
        """The tag that the policy picks; None where there is none."""
        return self.tags[-1] if self.tags else None

    def order(self, one: str, other: str) -> int | None:
        """Return 1 where the first tag is newer than the other, -1 where it is older, 0 where neither; None: not known."""
        keys = self._keys.get(one), self._keys.get(other)
        if one == other:
            return 0
        if keys[0] is None or keys[1] is None:
            return None
        return int(keys[0] > keys[1]) - int(keys[0] < keys[1])

    def newer_than(self, tag: str) -> list[str]:
        """Return the tags that are newer than one, the newest last; none where its place is not known."""
        return [one for one in self.tags if self.order(one, tag) == 1]


class Order:
    """How one policy reads tags. Raises PatternError where it has an expression that is none, ValueError for its range."""

    def __init__(self, policy: Policy) -> None:
        choice = policy.choice
        self._choice = choice
        self._pattern = compiled(choice.pattern) if choice.pattern else None
        self._exclude: Sequence[Pattern] = [compiled(text) for text in policy.exclude]
        self._range = semver.read_range(choice.argument) if choice.by is By.SEMVER else None

    def candidates(self, tags: Iterable[str]) -> list[str]:
        """Return the tags that pass the filter."""
        return [tag for tag in tags if self.read(tag) is not None]

    def rank(
        self, tags: Sequence[str], present: Iterable[str] = (), facts: Mapping[str, Fact] | None = None
    ) -> Ranking:
        """Order the tags of a registry; `present` are those that files have, whose place is wanted to be known too.

        `facts` are needed for the order NEWEST.
        """
        key = self._key(facts or {})
        keys: dict[str, Any] = {}
        excluded = unread = outside = 0
        found: list[str] = []
        for tag in tags:
            text = self.read(tag)
            if text is None:
                excluded += 1
                continue
            value = key(tag, text)
            if value is None:
                unread += 1
                continue
            keys[tag] = value
            if self._range is not None and value not in self._range:
                outside += 1
                continue
            found.append(tag)
        for tag in present:
            text = self.read(tag)
            if tag not in keys and text is not None:
                keys[tag] = key(tag, text)
        found.sort()
        found.sort(key=lambda tag: keys[tag])
        return Ranking(tuple(found), len(tags), excluded, unread, outside, keys)

    def read(self, tag: str) -> str | None:
        """Return what of a tag is compared; None where it does not count."""
        if any_finds(self._exclude, tag):
            return None
        return tag if self._pattern is None else self._pattern.extract(tag, self._choice.extract)

    def _key(self, facts: Mapping[str, Fact]) -> Callable[[str, str], Any]:
        choice = self._choice
        last = choice.argument != "desc"
        match choice.by:
            case By.SEMVER:
                return lambda _, text: semver.of_tag(text)
            case By.NUMERICAL:
                return lambda _, text: _number(text, last=last)
            case By.ALPHABETICAL:
                return lambda _, text: text if last else _Reversed(text)
            case By.NEWEST:
                return lambda tag, _: _fact(facts.get(tag), choice.argument)


@dataclass(frozen=True, slots=True)
class _Reversed:
    """A text that is less the later it comes."""

    text: str

    def __lt__(self, other: _Reversed) -> bool:
        return self.text > other.text

    def __gt__(self, other: _Reversed) -> bool:
        return self.text < other.text


def _number(text: str, *, last: bool) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text)
    return value if last else value.copy_negate()


def _fact(fact: Fact | None, wanted: str) -> Any:
    """Return what makes one image newer than another: its time, or the value of a label, where numbers come before texts."""
    if fact is None:
        return None
    if wanted == CREATED:
        return fact.created
    text = fact.labels.get(wanted)
    if text is None:
        return None
    number = _number(text, last=True)
    return (1, Decimal(0), text) if number is None else (0, number, "")
