"""The values that pass between the rooms: plain, immutable, free of effects.

Positions are 1-based lines and columns, as editors and GitHub count them; files are POSIX paths
relative to the repository's root. A *pointer* is a tuple of mapping keys and list indices from the
root of one manifest, for example ``("spec", "containers", 0, "image")``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias

from gitops_action.records import dataclass

RELEASE_TARGET: Final = "HelmRelease/"
"""What the target of an object begins with that a chart rendered, in place of an overlay's folder."""

JSONValue: TypeAlias = "bool | int | float | str | list[Any] | dict[str, Any] | None"
Pointer: TypeAlias = tuple[str | int, ...]


class Severity(StrEnum):
    """How much a finding weighs; `--fail-on` compares by `rank`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]


_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


class Outcome(StrEnum):
    """What would become of one object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    UNVALIDATED = "unvalidated"
    WEBHOOK_BLOCKED = "webhook-blocked"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    ERROR = "error"


class Verdict(StrEnum):
    """The report in one word. `INCOMPLETE`: something could not be checked, so nothing is promised."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"

    @property
    def exit_code(self) -> int:
        """What a job ends with."""
        return {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.INCOMPLETE: 3}[self]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; line and column are None where only the file is known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True, order=True)
class ResourceId:
    """The identity of an object in one cluster. `namespace` is "" where none is written."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What an object is in a cluster, in whichever version it is written: group, kind, namespace and name."""
        return self.group, self.kind, self.namespace, self.name

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else f"{self.kind}/{self.name}"


class Locator(Protocol):
    """Finds where a value of one manifest was written."""

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        """Return the place of the value at `pointer` (of its key if `key`), or of its nearest written parent."""
        ...


@dataclass(frozen=True, slots=True)
class Manifest:
    """One Kubernetes object as it would be applied, and how to find where it was written.

    `value` is JSON-like with string keys. `target` is the directory of the overlay that rendered it, or the release
    (`HelmRelease/NAMESPACE/NAME`), "" for an object read straight from a file; `environment` is "" where none applies.
    At the pointers `unknown` stand placeholders for what is not in Git. `cluster` is the folder of the cluster that it is for, ""
    unless several clusters of one environment are told apart.
    """

    value: Mapping[str, Any]
    locator: Locator
    environment: str = ""
    target: str = ""
    unknown: frozenset[Pointer] = frozenset()
    cluster: str = ""

    @property
    def id(self) -> ResourceId:
        """The identity, with "" for whatever is absent or not a string."""
        metadata = self.value.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        return ResourceId(
            _text(self.value.get("apiVersion")),
            _text(self.value.get("kind")),
            _text(metadata.get("namespace")),
            _text(metadata.get("name")) or _text(metadata.get("generateName")),
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or that could not be checked. `code` is a key of `codes.CODES`.

    `pointer` is the JSON pointer (RFC 6901) of the value in `resource`; "" where it is about the whole, or about none.
    """

    code: str
    severity: Severity
    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    resource: ResourceId | None = None
    environment: str = ""
    target: str = ""
    engine: str = ""
    pointer: str = ""

    @property
    def location(self) -> Location:
        """Where, as one value."""
        return Location(self.file, self.line, self.column)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Worst first, then by place, so that reports are the same on each run."""
        return (
            self.severity.rank,
            self.file,
            self.line or 0,
            self.column or 0,
            self.code,
            self.message,
            self.environment,
            self.target,
            self.engine,
        )


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `before` and `after` are redacted; None with `present_*` False is absence."""

    path: str
    before: JSONValue = None
    after: JSONValue = None
    present_before: bool = True
    present_after: bool = True
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A field, by its path, that `manager` owns in the cluster."""

    manager: str
    path: str


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one object in one environment. `diff` is a redacted unified diff, "" if unchanged.

    Where a live cluster was asked: `drift` and `drift_diff` are what differed from the base before the change; `claims`
    are the fields that the change sets and others own, `leftovers` those that it removes and that stay for others.
    """

    environment: str
    outcome: Outcome
    resource: ResourceId
    target: str = ""
    file: str = ""
    fields: Sequence[FieldChange] = ()
    diff: str = ""
    message: str = ""
    drift: Sequence[FieldChange] = ()
    drift_diff: str = ""
    claims: Sequence[Claim] = ()
    leftovers: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class EngineCoverage:
    """How many manifests one engine was given and how many it judged."""

    engine: str
    found: int
    checked: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at, so that "no findings" can be told from "nothing checked".

    `releases` counts the releases of charts, `releases_unknown` those of them of whose objects nothing is known.
    `suppressed` counts the findings that are not shown because they are accepted; `suppressed_inline` those of them that
    a comment in a file accepts.
    """

    files: int = 0
    files_by_class: Mapping[str, int] = field(default_factory=dict)
    resources: int = 0
    targets: int = 0
    targets_failed: int = 0
    engines: Sequence[EngineCoverage] = ()
    suppressed: int = 0
    suppressed_inline: int = 0
    releases: int = 0
    releases_unknown: int = 0


@dataclass(frozen=True, slots=True)
class Timing:
    """The wall-clock seconds one step took."""

    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run found out; the only input of every renderer.

    `shard` names the leg of a matrix that the run did, "" where it did all.
    """

    command: str
    verdict: Verdict
    findings: Sequence[Finding] = ()
    changes: Sequence[Change] = ()
    coverage: Coverage = Coverage()
    timings: Sequence[Timing] = ()
    base: str = ""
    head: str = ""
    environments: Sequence[str] = ()
    shard: str = ""
