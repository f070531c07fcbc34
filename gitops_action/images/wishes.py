"""What `image set APP=REF` means: which uses of images an APP is, and what a REF makes of them; pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.errors import UsageError
from gitops_action.images import references
from gitops_action.images.decisions import Action, Decision, Target, changed
from gitops_action.images.uses import Part, repository_of, taken_apart
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitops_action.images.references import Repository
    from gitops_action.images.uses import Use


@dataclass(frozen=True, slots=True)
class Setting:
    """One APP and what it is to be. `name` is "" where only the version is said; one of `tag` and `digest` is there."""

    app: str
    name: str
    tag: str
    digest: str

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag and self.name else self.tag
        return self.name + tag + (f"@{self.digest}" if self.digest else "")


def parse(text: str) -> Setting:
    """Read `APP=REF`; REF is TAG, TAG@DIGEST, @DIGEST, or an image with one of these. Raises UsageError, saying what is wrong."""
    app, equals, reference = (part.strip() for part in text.partition("="))
    if not equals or not app or not reference:
        raise UsageError(f"`{text[:200]}` is not APP=REF, such as web=1.2.3 or web=ghcr.io/acme/web:1.2.3")
    name, tag, digest = taken_apart(reference)
    if name and not tag and "/" not in name:
        name, tag = "", name
    if reference.startswith(":"):
        name = ""
    for value, is_right, what in ((tag, references.is_tag, "tag"), (digest, references.is_digest, "digest")):
        if value and not is_right(value):
            raise UsageError(f"{app}: `{value[:200]}` is no {what}")
    if name and repository_of(name) is None:
        raise UsageError(f"{app}: `{name[:200]}` is no name of an image")
    if not tag and not digest:
        raise UsageError(f"{app}: `{reference[:200]}` has neither a tag nor a digest")
    return Setting(app, name, tag, digest)


def parse_all(texts: Iterable[str]) -> list[Setting]:
    """Read several. Raises UsageError also where two want different things of one APP, and where there are none."""
    found: dict[str, Setting] = {}
    for text in texts:
        one = parse(text)
        if found.setdefault(one.app, one) != one:
            raise UsageError(f"{one.app}: both {found[one.app]} and {one} are wanted")
    if not found:
        raise UsageError("say what to set: APP=REF, such as web=1.2.3")
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Candidate:
    """A use of an image, and the environment and component of its file."""

    use: Use
    environment: str
    component: str


def choose(setting: Setting, candidates: Sequence[Candidate], environment: str) -> list[Candidate]:
    """Return the uses that an APP is in an environment ("": in the only one).

    By the name of the image, in full or its last part, or of the policy in a marker; else by the component. Raises
    UsageError where there is none, or where it is not clear which are meant.
    """
    mine = [one for one in candidates if _is_named(setting.app, one.use)]
    if not mine:
        mine = _of_component(setting, [one for one in candidates if one.component == setting.app])
    environments = sorted({one.environment for one in mine})
    if not mine:
        known = sorted({_short(one.use) for one in candidates} - {""})
        hint = f"images here: {', '.join(known[:20])}" if known else "no image is used here"
        raise UsageError(
            f"nothing here is called `{setting.app}`: neither an image, nor a policy of a marker, nor a component ({hint})"
        )
    if environment:
        mine = [one for one in mine if one.environment == environment]
        if not mine:
            raise UsageError(f"`{setting.app}` is not used in {environment}, but in {', '.join(environments)}")
    elif len(environments) > 1:
        raise UsageError(f"`{setting.app}` is used in {', '.join(environments)}: say in which with --environment")
    return mine


def _is_named(app: str, use: Use) -> bool:
    if use.marker and app in {use.marker, use.marker.partition(":")[2]}:
        return True
    repository = repository_of(use.image)
    if repository is None:
        return False
    return repository_of(app) == repository if "/" in app else repository.path.rpartition("/")[2] == app


def _of_component(setting: Setting, mine: Sequence[Candidate]) -> list[Candidate]:
    """Of a component only one image can be meant: that which REF names, else its only one."""
    if setting.name:
        return [one for one in mine if repository_of(one.use.image) == repository_of(setting.name)]
    images: dict[Repository | None, str] = {repository_of(one.use.image): one.use.image for one in mine}
    if len(images) > 1:
        raise UsageError(
            f"the component `{setting.app}` has {', '.join(sorted(images.values()))}: say which of them is meant"
        )
    return list(mine)


def apply(setting: Setting, candidate: Candidate, held: Callable[[str], object | None]) -> Decision:
    """Return what becomes of one use; `held` says what keeps a file as it is."""
    use = candidate.use
    if use.digest and not setting.digest:
        return _refused(candidate, f"it is pinned to a digest: give TAG@DIGEST instead of `{setting}`")
    if not setting.tag and any(slot.part is Part.TAG and slot.text for slot in use.slots):
        return _refused(candidate, "it names a tag: give TAG@DIGEST")
    target = Target(setting.name or use.image, setting.tag, setting.digest)
    decided = _at(candidate, changed(use, target, pinned=bool(setting.digest)))
    lock = held(use.file) if decided.action is Action.UPDATE else None
    return decided if lock is None else replace(decided, action=Action.HELD, reason=f"held: {lock}", edits=())


def _refused(candidate: Candidate, reason: str) -> Decision:
    return _at(candidate, Decision(candidate.use, "", Action.REFUSED, reason=reason))


def _at(candidate: Candidate, decision: Decision) -> Decision:
    return replace(decision, environment=candidate.environment, component=candidate.component)


def _short(use: Use) -> str:
    return use.image.rpartition("/")[2]
