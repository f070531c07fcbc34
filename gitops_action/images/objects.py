"""Policies as Flux's objects in the tree say them: ImagePolicy and ImageRepository.

https://fluxcd.io/flux/components/image/. What cannot be used is a finding at its place, and the others go on.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gitops_action import semver
from gitops_action.codes import finding_at
from gitops_action.config.images import EXCLUDED, By, Choice, Reflection
from gitops_action.images import references
from gitops_action.images.policies import Policy
from gitops_action.model import Finding, Location
from gitops_action.parts import part
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gitops_action.config.images import ImagePolicy
    from gitops_action.model import Pointer
    from gitops_action.repository.documents import Document

_Object = TypeVar("_Object")
GROUP: Final = "image.toolkit.fluxcd.io"
MARK: Final = GROUP.encode()
"""No file without these bytes has such an object."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What was found: policies, labels of those that rest, and what is wrong with others."""

    policies: tuple[Policy, ...]
    suspended: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()


def read(documents: Iterable[Document], own: Iterable[ImagePolicy]) -> Policies:
    """Return the policies of Flux's objects among `documents`, and the configuration's own."""
    found: list[Policy] = []
    suspended: set[str] = set()
    findings: list[Finding] = []
    mine = [one for one in documents if _group(one) == GROUP]
    repositories = [one for one in mine if _text(one.value, "kind") == "ImageRepository"]
    for document in mine:
        if _text(document.value, "kind") != "ImagePolicy":
            continue
        label = ":".join(_key(document))
        try:
            policy = _policy(document, label, repositories)
        except _WrongError as error:
            findings.append(_wrong(error.document.locate(error.pointer), f"{label}: {error}"))
            continue
        if policy is None:
            suspended.add(label)
        else:
            found.append(policy)
    for one in own:
        place = one.location or Location("")
        try:
            repository = references.parse_repository(one.image)
        except ValueError as error:
            findings.append(_wrong(place, f"{one.name}: {error}"))
            continue
        found.append(
            Policy(one.name, one.image, repository, one.choice, place, one.digest, one.exclude, one.paths, one.fields)
        )
    return Policies(tuple(_distinct(found)), frozenset(suspended), tuple(findings))


def _distinct(found: Sequence[Policy]) -> Iterator[Policy]:
    """Tell policies of one name apart by their folders: clusters have objects of one name each in their own."""
    count = Counter(one.label for one in found)
    for one in found:
        folder = posixpath.dirname(one.location.file)
        yield one if count[one.label] == 1 else replace(one, where=folder or ".")


class _WrongError(Exception):
    def __init__(self, document: Document, pointer: Pointer, message: str) -> None:
        super().__init__(message)
        self.document = document
        self.pointer = pointer


def _policy(document: Document, label: str, repositories: Sequence[Document]) -> Policy | None:
    """Read an ImagePolicy; None where it, or its ImageRepository, is suspended."""
    spec = part(document.value, "spec")
    reference = part(spec, "imageRepositoryRef")
    namespace = _text(reference, "namespace") or label.partition(":")[0]
    name = _text(reference, "name")
    target = nearest(
        document.file, [one for one in repositories if _key(one) == (namespace, name)], lambda one: one.file
    )
    if target is None:
        raise _WrongError(
            document, ("spec", "imageRepositoryRef"), f"there is no ImageRepository {namespace}:{name} in the tree"
        )
    about = part(target.value, "spec")
    if spec.get("suspend") is True or about.get("suspend") is True:
        return None
    image = _text(about, "image")
    try:
        repository = references.parse_repository(image)
    except ValueError as error:
        raise _WrongError(target, ("spec", "image"), str(error)) from None
    written = spec.get("digestReflectionPolicy", Reflection.NEVER)
    if written not in {*Reflection}:
        raise _WrongError(
            document, ("spec", "digestReflectionPolicy"), f"`{written}` is none of {', '.join(Reflection)}"
        )
    excluded = about.get("exclusionList")
    return Policy(
        label,
        image,
        repository,
        _choice(document, spec),
        document.locate(()),
        Reflection(written),
        tuple(map(str, excluded)) if isinstance(excluded, list) else EXCLUDED,
        secret=_text(part(about, "secretRef"), "name"),
        insecure=about.get("insecure") is True,
    )


def _choice(document: Document, spec: Mapping[str, Any]) -> Choice:
    policy = part(spec, "policy")
    given = [by for by in (By.SEMVER, By.NUMERICAL, By.ALPHABETICAL) if isinstance(policy.get(by.value), Mapping)]
    if len(given) != 1:
        raise _WrongError(document, ("spec", "policy"), "it needs exactly one of semver, numerical and alphabetical")
    by = given[0]
    settings = policy[by.value]
    if by is By.SEMVER:
        argument = str(settings.get("range", ""))
        try:
            semver.read_range(argument)
        except ValueError as error:
            raise _WrongError(document, ("spec", "policy", "semver", "range"), str(error)) from None
    else:
        argument = str(settings.get("order") or "asc").lower()
        if argument not in {"asc", "desc"}:
            raise _WrongError(document, ("spec", "policy", by.value, "order"), f"`{argument}` is neither asc nor desc")
    chosen = part(spec, "filterTags")
    return Choice(by, argument, _text(chosen, "pattern"), _text(chosen, "extract"))


def _group(document: Document) -> str:
    return _text(document.value, "apiVersion").partition("/")[0]


def _key(document: Document) -> tuple[str, str]:
    metadata = part(document.value, "metadata")
    return _text(metadata, "namespace"), _text(metadata, "name")


def _wrong(place: Location, message: str) -> Finding:
    return finding_at("image-policy-invalid", message, place)


def nearest(file: str, candidates: Sequence[_Object], file_of: Callable[[_Object], str]) -> _Object | None:
    """Return the first of those that are kept nearest to a file; None of none."""
    shared = [len(posixpath.commonpath([f"/{file}", f"/{file_of(one)}"])) for one in candidates]
    return candidates[shared.index(max(shared))] if candidates else None


def _text(value: Any, name: str) -> str:
    member = value.get(name) if isinstance(value, Mapping) else None
    return member if isinstance(member, str) else ""
