"""What becomes of one object in a real cluster: what the change does, kept apart from what had drifted before it.

Three states are compared, all of them the server's own: the object as it is, as the base would leave it, and as the head
would. Live against base is drift; base against head is the change. What others own shows in neither.
"""

from __future__ import annotations

import copy
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import helm, ownership, refusal
from gitops_action.cluster.fields import ABSENT, pointer, value_at
from gitops_action.cluster.inventory import with_marks
from gitops_action.diff.canonical import to_yaml
from gitops_action.diff.difference import difference
from gitops_action.diff.dry_run import why_replaced
from gitops_action.diff.fields import field_changes
from gitops_action.diff.normalise import normalise
from gitops_action.diff.redact import redact
from gitops_action.diff.unified import unified
from gitops_action.diff.veil import veiled
from gitops_action.model import RELEASE_TARGET, Change, Claim, FieldChange, Outcome
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from gitops_action.cluster.answers import Answer
    from gitops_action.cluster.kinds import ResourceType
    from gitops_action.cluster.ownership import Manager
    from gitops_action.diff.sensitive import Redaction
    from gitops_action.model import Manifest, Pointer

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_CONFLICT: Final = "FieldManagerConflict"
# In a path, a step to an item of a list that has no key.
_BY_PLACE: Final = regex(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a cluster said of one object. An answer is None where that was not asked.

    `change` is what the renderings say. `read` is the answer to the question for the object, `of_base` and `of_head` those
    to the server-side apply of what either revision renders. `claims` are the fields that others own and the head sets.
    """

    change: Change
    base: Manifest | None = None
    head: Manifest | None = None
    kind: ResourceType | None = None
    read: Answer | None = None
    of_base: Answer | None = None
    of_head: Answer | None = None
    claims: Sequence[Claim] = ()

    @property
    def live(self) -> Mapping[str, Any] | None:
        """The object as it is; None if there is none, or nobody could say."""
        return self.read.body if self.read is not None and self.read.ok and isinstance(self.read.body, dict) else None

    @property
    def is_of_release(self) -> bool:
        """Whether it is an object of a release, which Helm installs."""
        return self.change.target.startswith(RELEASE_TARGET)

    @property
    def is_patched(self) -> bool:
        """Whether Helm changes it by patches, which conflict with nobody."""
        return self.is_of_release and self.live is not None and helm.is_patched(self.live)


@dataclass(frozen=True, slots=True)
class Arriving:
    """What the same change creates, so that nothing in it can be tried yet."""

    namespaces: Collection[str] = frozenset()
    kinds: Collection[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Ignored:
    """What is not looked at: the values at `pointers`, and those that only managers own who are `foreign`."""

    pointers: Callable[[Mapping[str, Any]], list[Pointer]] = field(default=lambda _: [])
    foreign: Callable[[Manager], bool] = field(default=lambda manager: bool(manager.subresource))


def without_what_goes(preview: Preview) -> dict[str, Any] | None:
    """Return what Helm's patch would make of an object: the forced apply, without what the base has and the head has not.

    None where there is no such thing, or Helm does not patch it. A list without keys is replaced as a whole by the apply.
    """
    if not preview.is_patched or preview.base is None or preview.head is None:
        return None
    answer = preview.of_head
    if answer is None or not answer.ok or not isinstance(answer.body, dict):
        return None
    result: dict[str, Any] = copy.deepcopy(answer.body)
    gone = [
        pointer(one.path, result)
        for one in _written(preview.base, preview.head, preview.live)
        if not one.present_after and not _BY_PLACE.search(one.path)
    ]
    gone = [place for place in gone if value_at(result, place) is not ABSENT]
    for place in sorted(gone, key=lambda it: [str(part).zfill(8) for part in it], reverse=True):
        holder = value_at(result, place[:-1])
        del holder[place[-1]]
    return result if gone else None


def claims_of(answer: Answer) -> tuple[Claim, ...]:
    """Return who owns what, from the refusal of an apply that does not force."""
    found = []
    for cause in answer.causes:
        if cause.reason == _CONFLICT:
            name = cause.message.partition('"')[2].partition('"')[0]
            found.append(Claim(name or cause.message, cause.field.removeprefix(".")))
    return tuple(found)


def changed(preview: Preview, arriving: Arriving, ignored: Ignored, rules: Redaction) -> Change:
    """Return what becomes of the object, with what had drifted. "Unknown" is never "unchanged"."""
    change = preview.change
    if preview.kind is None or preview.read is None:
        return _unasked(preview, arriving)
    answer = preview.read if preview.live is None and preview.read.status != _NOT_FOUND else preview.of_head
    if answer is preview.read:
        return _open(change, preview.read)
    if preview.head is None:
        return _deleted(preview)
    if answer is None:  # pragma: no cover - whatever is read is tried
        raise AssertionError
    if not answer.ok:
        return _refused(preview, answer, arriving, ignored, rules)
    if preview.live is None:
        message = "is not in the cluster, although the base has it" if preview.base is not None else change.message
        return replace(change, outcome=Outcome.CREATE, message=message, **_whole(preview, rules))
    return _compared(preview, _live(preview) or preview.live, answer, ignored, rules)


def _live(preview: Preview) -> Mapping[str, Any] | None:
    """Return the object as it is, without values that Git does not know, as they may be a Secret's."""
    if preview.live is None:
        return None
    live = veiled(preview.live, preview.base)
    is_known = preview.of_base is not None and preview.of_base.ok
    return live if is_known else veiled(live, preview.head)


def _unasked(preview: Preview, arriving: Arriving) -> Change:
    change = preview.change
    resource = change.resource
    if (resource.api_version, resource.kind) in arriving.kinds:
        message = "not validated by the server: its kind arrives in the same change"
        return replace(change, outcome=Outcome.UNVALIDATED, message=message)
    if preview.kind is None and change.outcome is Outcome.DELETE:
        return replace(change, outcome=Outcome.UNCHANGED, diff="", fields=(), message="its kind is not in the cluster")
    message = f"the cluster has no kind {resource.kind} of {resource.api_version}"
    return replace(change, outcome=Outcome.ERROR, message=message)


def _open(change: Change, answer: Answer) -> Change:
    outcome = Outcome.FORBIDDEN if answer.status == _FORBIDDEN else Outcome.ERROR
    return replace(change, outcome=outcome, message=answer.message)


def _deleted(preview: Preview) -> Change:
    if preview.live is None:
        return replace(
            preview.change, outcome=Outcome.UNCHANGED, diff="", fields=(), message="is gone from the cluster already"
        )
    if preview.is_of_release and helm.is_kept(preview.live):
        message = "it stays in the cluster, as its annotation tells Helm to keep it"
        return replace(preview.change, outcome=Outcome.UNCHANGED, diff="", fields=(), message=message)
    return replace(preview.change, outcome=Outcome.DELETE)


def _refused(preview: Preview, answer: Answer, arriving: Arriving, ignored: Ignored, rules: Redaction) -> Change:
    outcome, message = _why_refused(answer, arriving)
    change, live = replace(preview.change, outcome=outcome, message=message), _live(preview)
    return (
        change if live is None else _with_drift(change, live, _of_base(preview, live, _skipped(live, ignored)), rules)
    )


def _why_refused(answer: Answer, arriving: Arriving) -> tuple[Outcome, str]:
    message = answer.message
    if namespace := refusal.missing_namespace(answer):
        if namespace in arriving.namespaces:
            return (
                Outcome.UNVALIDATED,
                f"not validated by the server: namespace `{namespace}` arrives in the same change",
            )
        return Outcome.ERROR, f"the cluster has no namespace `{namespace}`"
    if webhook := refusal.webhook_without_dry_run(answer):
        return Outcome.WEBHOOK_BLOCKED, f"preview unavailable: webhook `{webhook}` does not support dry run"
    if refusal.needs_replacement(answer):
        return Outcome.REPLACE, why_replaced(answer)
    if answer.status == _FORBIDDEN and " cannot " in message:
        return Outcome.FORBIDDEN, message
    return Outcome.ERROR, message


def _whole(preview: Preview, rules: Redaction) -> dict[str, Any]:
    """Return what a creation shows: the object as it is written, without the defaults that everybody knows."""
    if preview.change.outcome is Outcome.CREATE or preview.head is None:
        return {}
    _, after = redact(None, normalise(preview.head.value), rules)
    return {"diff": unified("", to_yaml(after)), "fields": ()}


def _skipped(live: Mapping[str, Any], ignored: Ignored) -> list[Pointer]:
    return [*ignored.pointers(live), *ownership.pointers(live, ignored.foreign)]


def _of_base(preview: Preview, live: Mapping[str, Any], skipped: list[Pointer]) -> Mapping[str, Any]:
    """Return what the base would leave; what is there if that is not known."""
    answer = preview.of_base
    return ownership.with_values_of(live, answer.body, skipped) if answer is not None and answer.ok else live


def _with_drift(change: Change, live: Mapping[str, Any], base: Mapping[str, Any], rules: Redaction) -> Change:
    """Add in what the cluster differed from the base before the change."""
    drift, text = _difference(live, base, rules)
    return replace(change, drift=drift, drift_diff=text)


def _compared(preview: Preview, live: Mapping[str, Any], answer: Answer, ignored: Ignored, rules: Redaction) -> Change:
    skipped = _skipped(live, ignored)
    before, after = _of_base(preview, live, skipped), ownership.with_values_of(live, answer.body, skipped)
    fields, text = _difference(before, after, rules)
    claims = tuple(claim for claim in preview.claims if pointer(claim.path, live) not in skipped)
    outcome = Outcome.CONFLICT if claims else Outcome.UPDATE if text or fields else Outcome.UNCHANGED
    message = preview.change.message
    if outcome is Outcome.UNCHANGED and preview.change.outcome is Outcome.UPDATE:
        message = "the same to the cluster"
    elif claims:
        message = "others own fields that it sets: a plain apply fails; forced, it takes them over"
    change = replace(
        preview.change, outcome=outcome, fields=fields, diff=text, message=message,
        claims=claims, leftovers=_leftovers(preview, live, after, fields),
    )  # fmt: skip
    return _with_drift(change, live, before, rules)


def _difference(
    before: Mapping[str, Any], after: Mapping[str, Any], rules: Redaction
) -> tuple[tuple[FieldChange, ...], str]:
    return difference(_comparable(before), _comparable(after), rules) or ((), "")


def _comparable(value: Mapping[str, Any]) -> dict[str, Any]:
    result = normalise(value)
    metadata = result.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(metadata, dict) and isinstance(annotations, dict) and _LAST_APPLIED in annotations:
        kept = {key: one for key, one in annotations.items() if key != _LAST_APPLIED}
        result["metadata"] = {**metadata, "annotations": kept} if kept else {
            key: one for key, one in metadata.items() if key != "annotations"
        }  # fmt: skip
    return result


def _written(base: Manifest, head: Manifest, live: Mapping[str, Any] | None) -> tuple[FieldChange, ...]:
    """Return what differs between two manifests as whoever deploys them sends them."""
    return field_changes(normalise(with_marks(base.value, live)), normalise(with_marks(head.value, live)))


def _leftovers(
    preview: Preview, live: Mapping[str, Any], after: Mapping[str, Any], effect: Sequence[FieldChange]
) -> tuple[Claim, ...]:
    """Return the fields that the change removes from Git and that stay in the cluster, since somebody else owns them."""
    if preview.base is None or preview.head is None or preview.is_patched:
        return ()
    gone = {one.path for one in effect if not one.present_after}
    found = []
    for one in _written(preview.base, preview.head, live):
        place = pointer(one.path, live)
        if one.present_after or one.path in gone or value_at(after, pointer(one.path, after)) is ABSENT:
            continue
        names = sorted({manager.name for manager in ownership.owners(live, place)})
        if names:
            found.append(Claim(", ".join(names), one.path))
    return tuple(found)
