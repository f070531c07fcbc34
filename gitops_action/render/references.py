"""What a kustomization makes kustomize read or run, found without running it; what must not be is refused.

Pull requests are hostile: a kustomization can name files outside of the repository, addresses of the runner's own
network, and programs. kustomize's own limits are kept as well (see `kustomize.py`); this is the first of two fences, and
the one whose messages say where.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding, JSONValue, Location, Pointer
from gitops_action.render.findings import finding
from gitops_action.render.sources import Kustomization, Sources, folded_item, parsed
from gitops_action.repository.remotes import has_scheme, is_repository, is_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Use(Enum):
    """How kustomize takes a reference."""

    RESOURCE = "a file or the folder of a kustomization"
    FOLDER = "the folder of a kustomization"
    CONFIG = "the configuration of generators and transformers: a file, a folder, or the text itself"
    FILE = "a file"


@dataclass(frozen=True, slots=True)
class Reference:
    """A path, address or text in a kustomization that kustomize would load, and its place there."""

    text: str
    pointer: Pointer
    use: Use


@dataclass(frozen=True, slots=True)
class Chain:
    """All kustomizations that one overlay is built from, innermost first, and why it may not be rendered.

    `remote` says whether it builds from an address that the configuration allows.
    """

    target: str
    layers: tuple[Kustomization, ...]
    findings: tuple[Finding, ...]
    remote: bool = False


_LISTS: Final = (
    ("resources", Use.RESOURCE),
    ("bases", Use.RESOURCE),
    ("components", Use.FOLDER),
    ("crds", Use.FILE),
    ("configurations", Use.FILE),
    ("patchesStrategicMerge", Use.FILE),
    ("generators", Use.CONFIG),
    ("transformers", Use.CONFIG),
    ("validators", Use.CONFIG),
)
_PATHS: Final = ("patches", "patchesJson6902", "replacements")
_GENERATORS: Final = ("configMapGenerator", "secretGenerator")
_GENERATOR_FILES: Final = ("files", "envs", "env")
_HELM: Final = ("helmCharts", "helmChartInflationGenerator")

# Members of a builtin plugin's configuration that name files (api/builtins of kustomize).
_CONFIG_FILES: Final = frozenset(
    {"path", "paths", "file", "files", "env", "envs", "valuesfile", "additionalvaluesfiles", "charthome", "confighome"}
)
_FUNCTION: Final = ("config.kubernetes.io/function", "config.k8s.io/function")

# What Git is let to fetch over (`kustomize.environment`).
_HTTPS: Final = ("https://", "git::https://", "github.com/")
_CONFIG_DEPTH: Final = 50
_NOT_RENDERED: Final = "the overlay was not rendered"


def references(kustomization: Kustomization) -> Iterator[Reference]:
    """Yield everything that a kustomization makes kustomize load."""
    for name, use in _LISTS:
        yield from (
            Reference(value, place, use) for place, value in kustomization.items(name) if isinstance(value, str)
        )
    for name in _PATHS:
        for pointer, value in kustomization.items(name):
            key, path = folded_item(value, "path")
            if isinstance(path, str) and path:
                yield Reference(path, (*pointer, key), Use.FILE)
    for pointer, value in kustomization.mapping("openapi"):
        if isinstance(value, str) and str(pointer[-1]).casefold() == "path":
            yield Reference(value, pointer, Use.FILE)
    for name in _GENERATORS:
        for pointer, value in kustomization.items(name):
            yield from _generator_files(pointer, value)


def _generator_files(pointer: Pointer, value: JSONValue) -> Iterator[Reference]:
    for member in _GENERATOR_FILES:
        key, sources = folded_item(value, member)
        for index, source in enumerate(sources if isinstance(sources, list) else [sources]):
            if isinstance(source, str) and source:
                place = (*pointer, key, index) if isinstance(sources, list) else (*pointer, key)
                yield Reference(source_file(source) if member == "files" else source, place, Use.FILE)


def source_file(source: str) -> str:
    """Return the path in an entry of a generator's `files`, which is `path` or `name=path`."""
    return source.partition("=")[2] or source


def is_inline(text: str) -> bool:
    """Return whether a text that may be a path is the thing itself."""
    return "\n" in text or ": " in text or "{" in text


def is_remote(text: str, use: Use) -> bool:
    """Return whether kustomize would fetch `text` from elsewhere."""
    return is_web_address(text) or (use is not Use.FILE and (has_scheme(text) or is_repository(text)))


def join(directory: str, path: str) -> str | None:
    """Return `path`, as a kustomization in `directory` means it, from the root; None if it leaves the repository."""
    if path.startswith("/"):
        return None
    joined = posixpath.normpath(posixpath.join(directory, path))
    if joined == ".." or joined.startswith("../"):
        return None
    return "" if joined == "." else joined


def walk(sources: Sources, target: str, allows: Callable[[str], bool]) -> Chain:
    """Follow the kustomization of the folder `target` through everything it builds from.

    `allows` says of an address whether the configuration lets overlays build from it.
    """
    walker = _Walker(sources, allows)
    walker.visit(target, configs=False)
    return Chain(target, tuple(walker.layers), tuple(dict.fromkeys(walker.findings)), walker.remote)


class _Walker:
    def __init__(self, sources: Sources, allows: Callable[[str], bool]) -> None:
        self.sources = sources
        self.allows = allows
        self.layers: list[Kustomization] = []
        self.findings: list[Finding] = []
        self.remote = False
        self.seen: set[tuple[str, bool]] = set()

    def visit(self, start: str, *, configs: bool) -> None:
        """Take up the kustomization of a folder and, before it, all it names. With a stack: chains may be deep."""
        stack: list[tuple[Kustomization, bool, Iterator[Reference]]] = []

        def enter(directory: str, *, configs: bool) -> None:
            directory = self.sources.resolve(directory)
            found = None if (directory, configs) in self.seen else self.sources.kustomization(directory)
            self.seen.add((directory, configs))
            if isinstance(found, Finding):
                self.findings.append(found)
            elif found is not None:
                self.refuse_helm(found)
                stack.append((found, configs, references(found)))

        enter(start, configs=configs)
        while stack:
            kustomization, configs, left = stack[-1]
            reference = next(left, None)
            if reference is None:
                stack.pop()
                self.layers.append(kustomization)
                continue
            folder = self.follow(kustomization, reference, configs=configs)
            if folder is not None:
                enter(folder, configs=configs or reference.use is Use.CONFIG)

    def follow(self, kustomization: Kustomization, reference: Reference, *, configs: bool) -> str | None:
        """Judge one reference; return the folder whose kustomization it means, if it means one."""
        location = kustomization.locate(reference.pointer)
        if is_remote(reference.text, reference.use):
            self.judge_remote(reference, location)
            return None
        # kustomize takes what does not parse as a patch or a configuration for a path, so every text is judged as one.
        path = join(kustomization.directory, reference.text)
        if path is None:
            self.findings.append(_leaves(reference.text, location))
            return None
        refusal = self.sources.refusal(path)
        if refusal:
            self.findings.append(finding("path-escapes-repository", f"{refusal}; {_NOT_RENDERED}", location))
            return None
        if reference.use is Use.CONFIG and is_inline(reference.text):
            self.judge_configs(reference.text.encode(errors="replace"), location, kustomization.directory)
            return None
        if reference.use is not Use.FILE and self.sources.is_directory(path):
            return path
        if reference.use is Use.CONFIG or (configs and reference.use is Use.RESOURCE):
            content = self.sources.read(path)
            if content is not None:
                self.judge_configs(content, Location(path), kustomization.directory)
        return None

    def judge_remote(self, reference: Reference, location: Location) -> None:
        message = f"{reference.text} is not in this repository; nothing was fetched and {_NOT_RENDERED}"
        if reference.use in (Use.RESOURCE, Use.FOLDER) and self.allows(reference.text):
            if reference.text.lower().startswith(_HTTPS):
                self.remote = True
                return
            message = f"{reference.text} is allowed, but overlays are built without keys: use an https:// address"
        self.findings.append(finding("remote-base-refused", message, location))

    def refuse_helm(self, kustomization: Kustomization) -> None:
        for name in _HELM:
            if kustomization.has(name):
                location = kustomization.locate(kustomization.pointer(name), key=True)
                message = f"`{name}` makes kustomize run Helm, which is off; {_NOT_RENDERED}"
                self.findings.append(finding("render-plugin-refused", message, location))

    def judge_configs(self, data: bytes, location: Location, directory: str) -> None:
        """Judge the configuration of generators, transformers or validators; `location` is where it is written."""
        own_file = location.line is None
        for item in parsed(data, location.file):
            if isinstance(item, Finding):
                message = f"the configuration of a plugin cannot be read: {item.message}"
                place = item.location if own_file else location
                self.findings.append(finding("kustomize-build-failed", message, place))
                continue
            message = _plugin(item.value)
            if message:
                place = item.locate(()) if own_file else location
                self.findings.append(finding("render-plugin-refused", message, place))
            for pointer, written in _named_files(item.value):
                place = item.locate(pointer) if own_file else location
                for text in {written, source_file(written)}:
                    if is_remote(text, Use.FILE):
                        self.judge_remote(Reference(text, pointer, Use.FILE), place)
                    elif join(directory, text) is None:
                        self.findings.append(_leaves(text, place))


def _leaves(text: str, location: Location) -> Finding:
    message = f"{text} is outside of the repository; {_NOT_RENDERED}"
    return finding("path-escapes-repository", message, location)


def _plugin(value: JSONValue) -> str:
    """Return why a plugin's configuration is refused; "" if it is a builtin that runs no program."""
    if not isinstance(value, dict):
        return f"the configuration of a plugin is not an object; {_NOT_RENDERED}"
    kind = value.get("kind")
    if kind == "HelmChartInflationGenerator":
        return f"a HelmChartInflationGenerator makes kustomize run Helm, which is off; {_NOT_RENDERED}"
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    function = isinstance(annotations, dict) and any(name in annotations for name in _FUNCTION)
    if function or value.get("apiVersion") != "builtin":
        return f"{kind} is a plugin that is not built into kustomize; plugins are off and {_NOT_RENDERED}"
    return ""


def _named_files(value: JSONValue) -> Iterator[tuple[Pointer, str]]:
    """Yield the texts under members that name files, anywhere in a plugin's configuration."""
    stack: list[tuple[Pointer, JSONValue, bool]] = [((), value, False)]
    while stack:
        pointer, element, named = stack.pop()
        if isinstance(element, str):
            if named and element:
                yield pointer, element
        elif len(pointer) > _CONFIG_DEPTH:
            continue
        elif isinstance(element, list):
            stack.extend(((*pointer, index), item, named) for index, item in enumerate(element))
        elif isinstance(element, dict):
            for key, item in element.items():
                # A field specification's path is a place in an object, not a file.
                if key.casefold() != "fieldspecs":
                    stack.append(((*pointer, key), item, key.casefold() in _CONFIG_FILES))
