"""The three-way merge of one document: what of a change from `old` to `new` (the source's) goes into `target`.

Leaf by leaf: where the target has it already, nothing; where it has the old value, the new one; where all three differ,
what a rule says, and without one it is for people to decide. Elements of lists go by their keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Location, Pointer
from gitops_action.promote.decisions import MISSING, Action, Decision, Display
from gitops_action.promote.edit import Delete, Edit, Insert, Set
from gitops_action.promote.fields import Label, Place, Versions, as_typed, keys, position, readable
from gitops_action.promote.lists import labels
from gitops_action.promote.rules import Fate, Path, RuleSet, is_range
from gitops_action.promote.values import same
from gitops_action.records import dataclass
from gitops_action.repository import images

if TYPE_CHECKING:
    from gitops_action.repository.documents import Document

Spelling = Callable[[Pointer], str]
"""Gives the text of the source's value at a pointer, with its comments; "" if it cannot."""
InlineRules = Callable[[Pointer], Fate | None]
"""Gives what a comment in the target says of the field at a pointer."""

_IMAGE_KEYS: Final = frozenset({"image"})


@dataclass(slots=True)
class Merged:
    """What to edit in the target's document, and what was decided, promoted values included."""

    edits: list[Edit] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


class Merge:
    """Merges into one document of the target. `sync`: whatever differs is taken, unless a rule keeps it."""

    def __init__(  # noqa: PLR0913 - what a merge goes by
        self,
        target: Document,
        rules: RuleSet,
        *,
        kind: str,
        resource: str,
        sync: bool = False,
        spelling: Spelling = lambda _pointer: "",
        inline: InlineRules = lambda _pointer: None,
    ) -> None:
        self._target = target
        self._rules = rules
        self._kind = kind
        self._resource = resource
        self._sync = sync
        self._spelling = spelling
        self._inline = inline
        self._show = Display(kind)
        self.merged = Merged()

    def run(self, old: Any, new: Any) -> Merged:
        """Merge the source's change from `old` to `new`."""
        target = self._target.value
        self._value(Versions(target if self._sync else old, new, target), Place(), None)
        return self.merged

    def _value(self, versions: Versions, place: Place, parent: Any) -> None:
        old, new, target = versions.all
        if same(old, new) or same(as_typed(new, target), target):
            return
        if versions.each(dict):
            for key in dict.fromkeys((*new, *(old if isinstance(old, dict) else ()))):
                self._value(versions.member(key), place.at(key, key, key), target)
            return
        if versions.each(list) and self._list(versions, place):
            return
        if place.path and place.path[-1] in _IMAGE_KEYS and all(isinstance(value, str) for value in versions.all):
            self._image(versions, place, parent)
            return
        if self._sync:
            self._synchronise(versions, place, parent)
        elif same(old, target) or same(as_typed(old, target), target):
            self._take(versions, place, parent, new)
        elif target is MISSING and isinstance(new, dict) and isinstance(old, dict):
            self._graft(versions, place, parent)
        else:
            self._differing(versions, place, parent)

    def _synchronise(self, versions: Versions, place: Place, parent: Any) -> None:
        """Take what the source has, unless a rule keeps the target's; what only the target has stays."""
        fate, reason = self._fate(place)
        if fate in {Fate.KEEP, Fate.BLOCK} and versions.target is not MISSING:
            self._leave(fate, reason, versions, place, parent)
        elif versions.new is not MISSING:
            self._take(versions, place, parent, versions.new)

    def _list(self, versions: Versions, place: Place) -> bool:
        """Merge element by element; False where the list can only be taken as a whole."""
        old = [] if versions.old is MISSING else versions.old
        new, target = versions.new, versions.target
        found = labels(
            place.path[-1] if place.path else "", [old, new, target], kustomization=self._kind == "Kustomization"
        )
        if found is None:
            return False
        olds, news, targets = found
        for label in dict.fromkeys((*news, *olds)):
            three = Versions(
                *(
                    items[names[label]] if label in names else MISSING
                    for items, names in zip((old, new, target), found, strict=True)
                )
            )
            at = targets.get(label)
            if at is None:
                at = position(label, list(news), targets, len(target)) if label in news else len(target)
            self._value(three, place.at(Label(label), at, news.get(label, 0)), target)
        return True

    def _image(self, versions: Versions, place: Place, parent: Any) -> None:
        """Merge a reference's name and its version apart: registries differ between environments."""
        old, new, target = (images.parse(value) for value in versions.all)
        result = target
        for part in ("name", "version"):
            before, after, present = (getattr(image, part) for image in (old, new, target))
            if after in {before, present}:
                continue
            if present != before and not self._sync:
                fate, reason = self._fate(place)
                if part == "version" and fate is None:
                    fate, reason = Fate.PROMOTE, "tags and digests of images: by default"
                if fate is not Fate.PROMOTE:
                    self._leave(fate, reason, versions, place, parent)
                    return
            result = replace(result, name=after) if part == "name" else replace(result, tag=after[0], digest=after[1])
        if result != target:
            self._take(versions, place, parent, str(result))

    def _take(self, versions: Versions, place: Place, parent: Any, value: Any) -> None:
        """Put the source's value into the target, but for what is kept out of it."""
        if self._inline(place.target) is Fate.BLOCK:
            self._decide(Action.BLOCK, versions, place, parent, "a comment in the target")
            return
        value = as_typed(value, versions.target)
        if self._rules.may_block:
            if not isinstance(value, dict | list) and not self._rules.wants(place.path):
                return
            if self._rules.blocks(place.path):
                self._decide(Action.BLOCK, versions, place, parent, "a rule blocks it")
                return
            cut = self._without_blocked(value, place.path)
            if cut is MISSING or (value is MISSING and not self._rules.wants(place.path)):
                return
            spelled = same(cut, value)
            value = cut
        else:
            spelled = True
        number = self._target.index
        if value is MISSING:
            self.merged.edits.append(Delete(number, place.target))
        elif versions.target is MISSING:
            like = self._spelling(place.source) if spelled else ""
            self.merged.edits.append(Insert(number, place.target, value, like))
        else:
            like = "" if isinstance(value, str | dict | list) else self._spelling(place.source)
            self.merged.edits.append(Set(number, place.target, value, like))
        self._decide(Action.PROMOTE, replace(versions, new=value), place, parent, "")

    def _without_blocked(self, value: Any, path: Path) -> Any:
        """Return a value without what a rule blocks, and what the mode does not ask for; MISSING if nothing is left."""
        if not isinstance(value, dict):
            return value if self._rules.wants(path) or value is MISSING else MISSING
        if self._rules.wants(path) and not any(True for _ in value):
            return value
        kept = {}
        for key, item in value.items():
            if not self._rules.blocks((*path, key)):
                part = self._without_blocked(item, (*path, key))
                if part is not MISSING:
                    kept[key] = part
        return kept or MISSING

    def _graft(self, versions: Versions, place: Place, parent: Any) -> None:
        """Merge below a mapping that the target does not have: only what a rule promotes is written, with its parents."""
        value = self._grafted(versions.old, versions.new, place)
        if value is not MISSING:
            if isinstance(place.target[-1], int):
                # An element of a list is nothing without its key.
                value = {key: versions.new[key] for key in keys(place.path[-1], versions.new)} | value
            self.merged.edits.append(Insert(self._target.index, place.target, value))
            self._decide(Action.PROMOTE, replace(versions, new=value), place, parent, "")

    def _grafted(self, old: Any, new: Any, place: Place) -> Any:
        if same(old, new):
            return MISSING
        if isinstance(new, dict) and isinstance(old, dict):
            parts = {
                key: self._grafted(old.get(key, MISSING), new.get(key, MISSING), place.at(key, key, key))
                for key in dict.fromkeys((*new, *old))
            }
            return {key: part for key, part in parts.items() if part is not MISSING} or MISSING
        versions = Versions(old, new, MISSING)
        if new is MISSING:
            return MISSING
        if old is MISSING:
            return MISSING if self._rules.blocks(place.path) else self._without_blocked(new, place.path)
        fate, reason = self._fate(place)
        if fate is Fate.PROMOTE and not is_range(new) and self._rules.wants(place.path):
            return new
        self._leave(fate if fate is not Fate.PROMOTE else None, reason, versions, place, None)
        return MISSING

    def _differing(self, versions: Versions, place: Place, parent: Any) -> None:
        """Decide where old, new and the target's value all differ."""
        if versions.new is MISSING and versions.target is MISSING:
            return
        fate, reason = self._fate(place)
        if fate is Fate.PROMOTE and (is_range(versions.target) or is_range(versions.new)):
            fate, reason = None, "the target follows a range of versions of its own"
        if fate is Fate.PROMOTE:
            self._take(versions, place, parent, versions.new)
        else:
            self._leave(fate, reason, versions, place, parent)

    def _leave(self, fate: Fate | None, reason: str, versions: Versions, place: Place, parent: Any) -> None:
        if not self._rules.wants(place.path) and not isinstance(versions.new, dict | list):
            return
        if self._rules.blocks(place.path) or fate is Fate.BLOCK:
            self._decide(Action.BLOCK, versions, place, parent, reason or "a rule blocks it")
        elif fate is Fate.KEEP:
            self._decide(Action.KEEP, versions, place, parent, reason)
        else:
            self._decide(Action.CONFLICT, versions, place, parent, reason or "the target has a value of its own")

    def _fate(self, place: Place) -> tuple[Fate | None, str]:
        said = self._inline(place.target)
        if self._rules.blocks(place.path):
            return Fate.BLOCK, "a rule blocks it"
        return (said, "a comment in the target") if said else self._rules.fate(place.path, self._kind)

    def _decide(self, action: Action, versions: Versions, place: Place, parent: Any, reason: str) -> None:
        location: Location = self._target.locate(place.target)
        old, new, target = (self._show(value, place.target, parent) for value in versions.all)
        path = readable(place.path)
        self.merged.decisions.append(
            Decision(action, location.file, path, self._resource, location.line, old, new, target, reason)
        )
