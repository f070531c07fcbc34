"""Parts of a check that separate jobs do: who does what follows from the repository alone, so that no job tells another.

No environment is ever split: an object that moves between two overlays of one is seen by one job.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gitops_action.errors import UsageError
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_LEGS: Final = 256
"""How many jobs GitHub starts from one matrix."""

_NUMBER: Final = regex(r"(?P<number>[1-9]\d{0,3})/(?P<of>[1-9]\d{0,3})")


class By(StrEnum):
    """What a matrix has a leg for."""

    ENVIRONMENT = "environment"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Shard:
    """One leg: `number` of `of` parts of about the same size, or the environment or cluster (`by`) called `name`."""

    number: int = 1
    of: int = 1
    by: By | None = None
    name: str = ""

    def __str__(self) -> str:
        return f"{self.by}={self.name}" if self.by else f"{self.number}/{self.of}"

    def environments(self, sizes: Mapping[str, int], clusters: Mapping[str, str]) -> frozenset[str]:
        """Return the environments that this leg is for.

        `sizes` has every environment's, in any one unit; `clusters` has the cluster of each environment that is known.
        """
        if self.by is None:
            return frozenset(_balanced(sizes, self.of)[self.number - 1])
        return frozenset(name for name in sizes if _group(name, self.by, clusters) == self.name)


def parse(text: str) -> Shard:
    """Read `2/8`, `environment=NAME` or `cluster=NAME`. Raises UsageError."""
    by, is_named, name = text.partition("=")
    if is_named and name and by in {*By}:
        return Shard(by=By(by), name=name)
    found = _NUMBER.fullmatch(text)
    if found and int(found["number"]) <= int(found["of"]):
        return Shard(int(found["number"]), int(found["of"]))
    raise UsageError(f"--shard: `{text}` is neither a part such as 2/8 nor environment=NAME nor cluster=NAME")


def legs(sizes: Mapping[str, int], clusters: Mapping[str, str], *, by: By, number: int = 0) -> list[Shard]:
    """Return the legs of a matrix: `number` parts, or one for each environment or cluster.

    There is always one at least, since GitHub takes a matrix without any for a mistake; and no part is empty otherwise.
    Raises UsageError for more than GitHub starts.
    """
    if number:
        of = max(1, min(number, len(sizes)))
        found = [Shard(place, of) for place in range(1, of + 1)]
    else:
        groups = dict.fromkeys(_group(name, by, clusters) for name in sizes)
        found = [Shard(by=by, name=name) for name in groups] or [Shard()]
    if len(found) > MOST_LEGS:
        raise UsageError(
            f"{len(found)} legs are more than the {MOST_LEGS} that GitHub starts: use --shards with a number up to that"
        )
    return found


def as_matrix(found: Sequence[Shard]) -> str:
    """Write legs as JSON for `strategy.matrix`, on one line. Each has a number, as not every name can name an artifact."""
    import json  # noqa: PLC0415 - the help of each command gets here, and needs no more than names

    included = [{"shard": str(one), "number": number} for number, one in enumerate(found, 1)]
    return json.dumps({"include": included}, ensure_ascii=False)


def of_matrix(text: str) -> list[str]:
    """Read the names of the legs from what `as_matrix` wrote. Raises UsageError for anything else."""
    import json  # noqa: PLC0415 - as above

    try:
        value: Any = json.loads(text)
        names = [leg["shard"] for leg in value["include"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UsageError("--matrix: this is not what the command `matrix` prints") from error
    if not all(isinstance(name, str) for name in names):
        raise UsageError("--matrix: this is not what the command `matrix` prints")
    return [str(parse(name)) for name in names]


def siblings(name: str) -> list[str]:
    """Return all legs that the name of one tells: the parts of `2/3` are 1/3, 2/3 and 3/3; of another only itself."""
    shard = parse(name)
    return [name] if shard.by else [f"{place}/{shard.of}" for place in range(1, shard.of + 1)]


def _group(environment: str, by: By, clusters: Mapping[str, str]) -> str:
    # An environment whose cluster is not known is taken for one of its own.
    return environment if by is By.ENVIRONMENT else clusters.get(environment, environment)


def _balanced(sizes: Mapping[str, int], number: int) -> list[list[str]]:
    """Deal the environments out, the largest first and each to the part that has least so far."""
    parts: list[list[str]] = [[] for _ in range(number)]
    loads = [(0, place) for place in range(number)]
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        load, place = min(loads)
        parts[place].append(name)
        loads[place] = (load + max(1, sizes[name]), place)
    return parts
