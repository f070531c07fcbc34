"""Says what becomes of each object between two renderings of the same environments.

Objects pair by environment, cluster and identity there (group, kind, namespace, name), so that an object that moved
between overlays is not deleted and created. What a target that failed to render would have held is unknown: its
objects are never taken for deleted or created.
"""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from gitops_action.diff.canonical import to_yaml
from gitops_action.diff.difference import ONLY_ORDER, difference
from gitops_action.diff.normalise import normalise, normalise_both
from gitops_action.diff.redact import redact
from gitops_action.diff.sensitive import Redaction
from gitops_action.diff.unified import unified
from gitops_action.model import RELEASE_TARGET, Change, Manifest, Outcome
from gitops_action.regex import regex

Target: TypeAlias = tuple[str, str]
"""An overlay as one environment sees it: (environment, target)."""

_Key: TypeAlias = tuple[str, str, str, str, str, str, bool]
_Pair: TypeAlias = tuple[Manifest | None, Manifest | None]

# Kustomize ends generated names with ten characters of a hash, from an alphabet without vowels and look-alikes:
# https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/hasher/hasher.go
_HASHED: Final = regex(r"(?P<base>.+)-[2456789bcdfghkmt]{10}")
_HASHED_KINDS: Final = frozenset({"ConfigMap", "Secret"})


def compare(
    base: Sequence[Manifest],
    head: Sequence[Manifest],
    *,
    failed_base: Collection[Target] = (),
    failed_head: Collection[Target] = (),
    redaction: Redaction | None = None,
) -> list[Change]:
    """Return one change per object (unchanged ones too), by environment and identity; redacted.

    `failed_base` and `failed_head` name the targets that could not be rendered at each revision. An object whose own
    target failed on the other side is unknown; one that would be deleted is also unknown where any overlay of its
    environment failed at head, since it may have moved there. Nothing moves into a chart by itself.
    """
    rules = redaction or Redaction()
    fate = _Fate(frozenset(failed_base), frozenset(failed_head))
    changes = [_change(old, new, fate, rules) for old, new in _pairs(base, head)]
    return sorted(changes, key=lambda change: (change.environment, change.resource, change.target, change.outcome))


def _pairs(base: Sequence[Manifest], head: Sequence[Manifest]) -> Iterator[_Pair]:
    # What moves between clusters that are there before and after is deleted in the one and created in the other.
    staying = frozenset({one.cluster for one in base} & {one.cluster for one in head})
    olds, news = _by_key(base, staying), _by_key(head, staying)
    gone: list[Manifest] = []
    come: list[Manifest] = []
    for key in olds.keys() | news.keys():
        old, new = olds.get(key, []), news.get(key, [])
        yield from _pair_by_target(old, new)
        yield from zip(old, new, strict=False)
        paired = min(len(old), len(new))
        gone += old[paired:]
        come += new[paired:]
    yield from _pair_hashed(gone, come)
    yield from ((old, None) for old in gone)
    yield from ((None, new) for new in come)


def _by_key(manifests: Sequence[Manifest], staying: Collection[str]) -> dict[_Key, list[Manifest]]:
    result: dict[_Key, list[Manifest]] = defaultdict(list)
    for manifest in manifests:
        which = manifest.id
        cluster = manifest.cluster if manifest.cluster in staying else ""
        generated = is_generated(manifest.value)
        key = (manifest.environment, cluster, which.group, which.kind, which.namespace, which.name, generated)
        result[key].append(manifest)
    return result


def _pair_by_target(old: list[Manifest], new: list[Manifest]) -> Iterator[_Pair]:
    """Take from both lists, in order, what comes from the same target."""
    waiting: dict[str, list[Manifest]] = defaultdict(list)
    for manifest in new:
        waiting[manifest.target].append(manifest)
    left: list[Manifest] = []
    for manifest in old:
        if queue := waiting[manifest.target]:
            yield manifest, queue.pop(0)
        else:
            left.append(manifest)
    old[:] = left
    remaining = {id(manifest) for queue in waiting.values() for manifest in queue}
    new[:] = [manifest for manifest in new if id(manifest) in remaining]


def _pair_hashed(gone: list[Manifest], come: list[Manifest]) -> Iterator[_Pair]:
    """Take from both lists generated ConfigMaps and Secrets of one target that differ in their name's hash only."""
    olds, news = _by_hashed_name(gone), _by_hashed_name(come)
    for key in sorted(olds.keys() & news.keys()):
        if len(olds[key]) == len(news[key]) == 1:
            old, new = olds[key][0], news[key][0]
            gone[:] = [manifest for manifest in gone if manifest is not old]
            come[:] = [manifest for manifest in come if manifest is not new]
            yield old, new


def _by_hashed_name(manifests: list[Manifest]) -> dict[tuple[str, ...], list[Manifest]]:
    result: dict[tuple[str, ...], list[Manifest]] = defaultdict(list)
    for manifest in manifests:
        which = manifest.id
        match = _HASHED.fullmatch(which.name)
        if match and which.kind in _HASHED_KINDS:
            key = (manifest.environment, manifest.target, which.kind, which.namespace, match["base"])
            result[key].append(manifest)
    return result


def is_generated(manifest: Mapping[str, Any]) -> bool:
    """Whether the object has no name of its own: the server makes one up on each creation."""
    metadata = manifest.get("metadata")
    return isinstance(metadata, Mapping) and bool(metadata.get("generateName")) and not metadata.get("name")


class _Fate:
    """What the absence of an object's partner means, given the targets that failed."""

    def __init__(self, failed_base: frozenset[Target], failed_head: frozenset[Target]) -> None:
        self._failed_base = failed_base
        self._failed_head = failed_head

    def of_missing_head(self, old: Manifest) -> tuple[Outcome, str]:
        """Say what became of an object that only the base has."""
        if (old.environment, old.target) in self._failed_head:
            return Outcome.UNKNOWN, f"{_named(old.target)} was not rendered at head"
        elsewhere = _overlays(self._failed_head, old.environment)
        if elsewhere:
            other = _named(elsewhere[0])
            return Outcome.UNKNOWN, f"gone from {_named(old.target)}, but {other} may hold it: not rendered at head"
        return Outcome.DELETE, ""

    def of_missing_base(self, new: Manifest) -> tuple[Outcome, str]:
        """Say where an object comes from that only the head has."""
        if (new.environment, new.target) in self._failed_base:
            return Outcome.UNKNOWN, f"{_named(new.target)} was not rendered at base"
        elsewhere = _overlays(self._failed_base, new.environment)
        if elsewhere:
            return Outcome.CREATE, f"unless {_named(elsewhere[0])} held it, which was not rendered at base"
        return Outcome.CREATE, ""


def _overlays(failed: Collection[Target], environment: str) -> list[str]:
    return sorted(target for where, target in failed if where == environment and not target.startswith(RELEASE_TARGET))


def _named(target: str) -> str:
    return f"`{target}`" if target else "the target"


def _change(old: Manifest | None, new: Manifest | None, fate: _Fate, rules: Redaction) -> Change:
    if old is not None and new is not None:
        return _paired(old, new, rules)
    if old is not None:
        outcome, message = fate.of_missing_head(old)
        one, text = old, _diff(old.value, None, rules)
    elif new is not None:
        outcome, message = fate.of_missing_base(new)
        one, text = new, _diff(None, new.value, rules)
    else:  # pragma: no cover - a pair has at least one side
        raise AssertionError
    return _row(one, outcome, diff="" if outcome is Outcome.UNKNOWN else text, message=message)


def _paired(old: Manifest, new: Manifest, rules: Redaction) -> Change:
    message = ""
    if old.id.name != new.id.name:
        message = f"generated: takes the place of `{old.id.name}`, since its content changed"
    elif old.target != new.target:
        message = f"moved from {_named(old.target)} to {_named(new.target)}"
    elif is_generated(new.value):
        message = "generateName: each apply creates a new object"
    if _identical(old.value, new.value):
        return _row(new, Outcome.UNCHANGED, message=message)
    found = difference(*normalise_both(old.value, new.value), rules)
    if found is None:
        return _row(new, Outcome.UNCHANGED, message=message)
    fields, text = found
    return _row(new, Outcome.UPDATE, fields=fields, diff=text, message=message if text else ONLY_ORDER)


def _identical(before: Any, after: Any) -> bool:
    """Whether two manifests are equal to the order of their keys; the quick way out for nearly all of a repository."""
    try:
        # Version 2 has no references between equal values, so that equal values give equal bytes.
        return marshal.dumps(before, 2) == marshal.dumps(after, 2)
    except ValueError:  # not plain dictionaries and lists
        return False


def _diff(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, rules: Redaction) -> str:
    old, new = redact(None if before is None else normalise(before), None if after is None else normalise(after), rules)
    return unified("" if old is None else to_yaml(old), "" if new is None else to_yaml(new))


def _row(manifest: Manifest, outcome: Outcome, **more: Any) -> Change:
    return Change(
        environment=manifest.environment,
        outcome=outcome,
        resource=manifest.id,
        target=manifest.target,
        file=manifest.locator.locate(()).file,
        **more,
    )
