"""One revision of a repository as image updates see it: policies, uses of images, and who holds which file back."""

from __future__ import annotations

import posixpath
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gitops_action.environments import of_directory, of_file
from gitops_action.images import automations, markers, objects, seeking
from gitops_action.images.plan import finding
from gitops_action.model import Finding
from gitops_action.pipeline.followed import reads_of
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.sides import read
from gitops_action.promote.components import component_folders, folders_of
from gitops_action.promote.edits import EditError
from gitops_action.promote.locks import holds
from gitops_action.records import dataclass
from gitops_action.repository.documents import Document, load
from gitops_action.repository.flux_sources import FluxObject, FluxSources, read_objects
from gitops_action.repository.references import objects as objects_of
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from gitops_action.adapters.git import Repository
    from gitops_action.config import Config
    from gitops_action.images.objects import Policies
    from gitops_action.images.seeking import Wanted
    from gitops_action.images.uses import Use
    from gitops_action.pipeline.sides import Question
    from gitops_action.promote.locks import Lock
    from gitops_action.repository.tree import Tree

_SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Built:
    """A folder that is built for an environment, by Flux or as it is, and the files that this reads."""

    environment: str
    folder: str
    reads: frozenset[str]


@dataclass
class Scene:
    """A revision, its configuration, and the locks (None: nobody was asked)."""

    head: str
    tree: Tree
    config: Config
    built: Sequence[Built]
    locks: Sequence[Lock] | None = None
    findings: list[Finding] = field(default_factory=list)
    _components: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    @classmethod
    def open(cls, repository: Repository, head: str, config: str = "") -> Scene:
        """Read a revision. Raises UsageError for what is no revision or configuration."""
        return cls.of(read(repository, Revisions(head, everything=True), Overrides(config=config)))

    @classmethod
    def of(cls, asked: Question) -> Scene:
        """Return the scene of a revision that has been read."""
        side, config = asked.head, asked.config
        overlays = [Built(of_directory(root, config), root, side.graph.closure(root)) for root in side.targets]
        flux = [Built(unit.environment, unit.folder, reads_of(side.flux.following, unit)) for unit in side.flux.units]
        return cls(asked.head_sha, side.tree, config, [*overlays, *flux])

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The YAML files that may hold images or policies, and are not ignored."""
        names = [
            path
            for path, entry in self.tree.entries.items()
            if entry.kind is EntryKind.FILE and path.endswith(_SUFFIXES) and not self.config.ignores(path)
        ]
        # What is too large to be read is reported by `check`.
        return {path: data for path, data in self.tree.read(sorted(names)) if isinstance(data, bytes)}

    def policies(self) -> Policies:
        """Return the policies of Flux's objects and of the configuration."""
        return objects.read(self._of_flux, self.config.images.policies)

    def set_by_flux(self, uses: Sequence[Use]) -> Iterator[Finding]:
        """Say which of the marked uses Flux itself would update, too."""
        at_work = [one for one in self._of_flux if automations.is_at_work(one)]
        if at_work:
            sources = FluxSources(tuple(read_objects(self.tree, self.files)))
            found = [
                automations.Automation(one, "" if folder == "." else folder)
                for one in at_work
                if isinstance(one.value, dict)
                for folder in sources.edited_by(FluxObject(one.file, one.value)).folders
            ]
            yield from automations.findings(found, uses, self._of_flux)

    @cached_property
    def _of_flux(self) -> list[Document]:
        """Flux's objects that are about images."""
        return [
            one
            for path, data in self.files.items()
            if objects.MARK in data
            for one in objects_of(data, path)
            if isinstance(one, Document)
        ]

    def marked(self) -> list[Use]:
        """Return what all markers point to; a file with markers that cannot be read is a finding."""
        paths = [path for path, data in self.files.items() if markers.MARK in data]
        return [use for path in paths for use in self._uses(path, markers.marked, report=True)]

    def found(self, wanted: Wanted, hints: Sequence[str], paths: Callable[[str], bool]) -> list[Use]:
        """Return the uses of images that are wanted, in the files of `paths`; every such file has one of the `hints`."""
        needles = [hint.encode() for hint in hints]
        names = [
            path
            for path, data in self.files.items()
            # Hidden folders hold workflows and settings, ours too.
            if paths(path)
            and path != self.config.file
            and not path.startswith(".")
            and "/." not in path
            and (wanted.fields or any(needle in data for needle in needles))
        ]
        return [
            use
            for path in names
            for use in self._uses(path, lambda text, document: seeking.found(text, document, wanted), report=False)
        ]

    def _uses(self, path: str, look: Callable[[str, Document], Iterable[Use]], *, report: bool) -> Iterator[Use]:
        data = self.files[path]
        text = data.decode(errors="replace").removeprefix("\ufeff")
        for item in load(data, path, self.config.limits):
            if isinstance(item, Finding):
                # Charts' templates are no YAML; that markers are in what cannot be read has to be said.
                if report and item.code != "yaml-duplicate-key":
                    self.findings.append(item)
                continue
            try:
                yield from look(text, item)
            except EditError as error:
                self.findings.append(finding("image-not-editable", str(error)))

    def environment(self, file: str) -> str:
        """Return the environment that a file is of."""
        return of_file(file, self.config)

    def component(self, file: str, environment: str) -> str:
        """Return the component of an environment that a file is in, "" where it is in none."""
        return min(self._names(file, environment))

    def _names(self, file: str, environment: str) -> set[str]:
        """Return the names that the component of a file goes by; "" where it is in none."""
        if environment not in self._components:
            layout = self.config.promotion.layout
            self._components[environment] = component_folders(environment, self.config, self._folders, layout)
        folders = self._components[environment]
        folder = posixpath.dirname(file)
        while folder and folder not in folders:
            folder = posixpath.dirname(folder)
        return folders.get(folder, {""})

    def held(self, file: str, now: datetime) -> Lock | None:
        """Return the lock that keeps a file as it is: one of its environment, or of one that is built from it."""
        places = {(self.environment(file), file)}
        places |= {(one.environment, f"{one.folder}/x") for one in self.built if file in one.reads}
        for environment, path in sorted(places):
            for component in sorted(self._names(path, environment)):
                lock = holds(self.locks or (), environment, component, now)
                if lock is not None:
                    return lock
        return None

    @cached_property
    def _folders(self) -> dict[str, bool]:
        return folders_of(self.tree.entries)
