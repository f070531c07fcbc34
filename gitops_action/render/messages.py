"""What kustomize's error messages mean: one sentence for people, and the best place that can be found.

kustomize (v5.7, and v5.8 within kubectl 1.37) wraps errors on the way up: "accumulating resources: accumulation
err='…': recursed accumulation of path '/tmp/x/base': …". The innermost folder and the innermost cause are what matters.
Paths of this machine, and dumps of configuration (which may hold Secrets), are cut out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding, JSONValue, Location, Pointer
from gitops_action.render.findings import finding, shown
from gitops_action.render.references import Chain, join
from gitops_action.render.sources import Kustomization, Sources

if TYPE_CHECKING:
    from gitops_action.ports import Completed

_MAX_MESSAGE: Final = 400

_FOLDER: Final = re.compile(
    r"(?:recursed accumulation of|recursed merging from|couldn't make target for) path '(?P<folder>[^']*)': "
)
_NESTED: Final = re.compile(r"accumulation err='(?:accumulating|merging) resources from '(?P<entry>[^']*)': ")
_DUMP: Final = re.compile(r" with config: `.*?`(?=: )|(?<=from) \[.*\]|&\{0x[0-9a-f]+ <nil>\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Case:
    """A failed build: what is left of the message, and where to look."""

    text: str
    folder: str
    sources: Sources
    chain: Chain

    @property
    def kustomization(self) -> Kustomization | None:
        found = self.sources.kustomization(self.sources.resolve(self.folder))
        return found if isinstance(found, Kustomization) else None

    @property
    def place(self) -> Location:
        """The kustomization of the innermost folder, or of the overlay."""
        file = self.sources.kustomization_file(self.folder) or self.sources.kustomization_file(self.chain.target)
        return Location(file or self.folder)

    def entry(self, *names: str) -> Location:
        """Where one of `names` (texts, or paths from the root) is written in the innermost kustomization."""
        kustomization = self.kustomization
        if kustomization:
            for pointer, value in _texts(kustomization.document.value):
                # Generators take `name=path`.
                path = value.partition("=")[2] or value
                if not {value, path, join(self.folder, value), join(self.folder, path)}.isdisjoint(names):
                    return kustomization.locate(pointer)
        return self.place

    def field(self, *names: str) -> Location:
        """Where the field that one of `names` is, in the innermost kustomization or else in any."""
        for layer in (self.kustomization, *self.chain.layers):
            for name in names:
                if layer and name.casefold() in layer.fields:
                    return layer.locate(layer.pointer(name), key=True)
        return self.place


def explain(completed: Completed, roots: Sequence[str], sources: Sources, chain: Chain) -> Finding:
    """Return the finding for a build that failed; `roots` are the folders of this machine to cut out of the message."""
    text = _cleaned(completed, roots)
    folders = list(_FOLDER.finditer(text))
    folder = _relative(folders[-1]["folder"]) if folders else chain.target
    cause = text[folders[-1].end() :] if folders else text
    case = _Case(cause, folder, sources, chain)
    crash = re.search(r"(?m)^panic: (.*)$", text)
    if crash:
        message = f"kustomize itself crashed on this overlay: {crash[1]}"
        return finding("kustomize-build-failed", message[:_MAX_MESSAGE], case.place)
    for pattern, reading in _READINGS:
        matched = pattern.search(cause)
        if matched:
            code, message, location = reading(case, matched)
            return finding(code, message[:_MAX_MESSAGE], location)
    message = _DUMP.sub("", cause).strip().partition("\n")[0] or f"exit code {completed.exit_code}"
    nested = _NESTED.search(cause)
    location = case.entry(nested["entry"]) if nested else case.place
    broken = _broken_file(case)
    if broken:
        message, location = f"{broken.file} cannot be read: {broken.message}", broken.location
    return finding("kustomize-build-failed", f"kustomize: {message}"[:_MAX_MESSAGE], location)


def _cleaned(completed: Completed, roots: Sequence[str]) -> str:
    text = completed.stderr.decode(errors="replace")
    start = re.search(r"(?m)^[Ee]rror: ", text)
    text = text[start.end() :] if start else text
    for root in sorted(set(roots), key=len, reverse=True):
        text = text.replace(root + "/", "").replace(root, ".")
    return text.strip()


def _relative(path: str) -> str:
    return "" if path == "." else path


def _texts(value: JSONValue) -> list[tuple[Pointer, str]]:
    """Return all texts in a value, in order."""
    found: list[tuple[Pointer, str]] = []
    stack: list[tuple[Pointer, JSONValue]] = [((), value)]
    while stack:
        pointer, element = stack.pop()
        if isinstance(element, str):
            found.append((pointer, element))
        elif isinstance(element, list):
            stack.extend(((*pointer, index), item) for index, item in reversed(list(enumerate(element))))
        elif isinstance(element, dict):
            stack.extend(((*pointer, key), item) for key, item in reversed(list(element.items())))
    return found


def _broken_file(case: _Case) -> Finding | None:
    """Return the first thing that our own reader finds broken in a file that the overlay names."""
    for layer in case.chain.layers:
        for _, text in _texts(layer.document.value):
            path = join(layer.directory, text)
            if path and "\n" not in text and case.sources.read(path) is not None:
                for item in case.sources.documents(path):
                    if isinstance(item, Finding):
                        return item
    return None


# Each reading gives the code, the message and the place for one kind of message.
_Answer = tuple[str, str, Location]
_Reading = Callable[[_Case, "re.Match[str]"], _Answer]
_FAILED: Final = "kustomize-build-failed"


def _malformed(case: _Case, matched: re.Match[str]) -> _Answer:
    path = join(case.folder, matched["file"]) or matched["file"]
    location = Location(path, int(matched["line"])) if matched["line"] else Location(path)
    own = [item for item in case.sources.documents(path) if isinstance(item, Finding)]
    return _FAILED, f"{path} is not well-formed YAML: {matched['why']}", own[0].location if own else location


def _missing(case: _Case, matched: re.Match[str]) -> _Answer:
    path = matched["path"]
    return _FAILED, f"{path} does not exist", case.entry(path)


def _twice(case: _Case, matched: re.Match[str]) -> _Answer:
    nested = re.search(r"merging resources from '([^']*)'", case.text)
    message = f"{_readable(matched['id'])} is defined more than once in what is built here"
    if nested:
        return _FAILED, message, case.entry(nested[1])
    # The folder that was being merged is named in the kustomization above it.
    for layer in case.chain.layers:
        for name in ("resources", "bases", "components"):
            for pointer, value in layer.items(name):
                if isinstance(value, str) and join(layer.directory, value) == case.folder:
                    return _FAILED, message, layer.locate(pointer)
    return _FAILED, message, case.place


def _no_target(case: _Case, matched: re.Match[str]) -> _Answer:
    kind, name = matched["id"].partition(".")[0], matched["id"].partition("/")[2].partition(".[")[0]
    name = re.sub(r"\.[^.\[\]/]+$", "", name) if not matched["id"].endswith("]") else name
    message = f"a patch is for {_readable(matched['id'])}, which is not among what it is applied to"
    for layer in reversed(case.chain.layers):
        for pointer, file, text in _patch_texts(case, layer):
            documents = case.sources.documents(file) if file else ()
            for item in documents:
                if not isinstance(item, Finding) and _is(item.value, kind, name):
                    return _FAILED, message, item.locate(("metadata", "name"))
            if text and re.search(rf"\b{re.escape(kind)}\b", text) and re.search(rf"\b{re.escape(name)}\b", text):
                return _FAILED, message, layer.locate(pointer)
    return _FAILED, message, case.field("patches", "patchesStrategicMerge")


def _patch_texts(case: _Case, layer: Kustomization) -> list[tuple[Pointer, str, str]]:
    """Return the place, the file or the text of each patch that a kustomization names."""
    found = []
    for name in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        for pointer, text in _texts([value for _, value in layer.items(name)]):
            path = join(layer.directory, text) if "\n" not in text else None
            file = path if path and case.sources.read(path) is not None else ""
            found.append(((*layer.pointer(name), *pointer), file, "" if file else text))
    return found


def _is(value: JSONValue, kind: str, name: str) -> bool:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return (
        isinstance(value, dict)
        and value.get("kind") == kind
        and isinstance(metadata, dict)
        and metadata.get("name") == name
    )


def _no_path(case: _Case, matched: re.Match[str]) -> _Answer:
    message = f"a JSON patch cannot {matched['op']} {matched['path']}: nothing is there"
    needle = re.compile(rf"(?m)^.*\bpath\"?:\s*[\"']?{re.escape(matched['path'])}[\"']?\s*[,}}]?\s*$")
    for layer in reversed(case.chain.layers):
        for pointer, file, text in _patch_texts(case, layer):
            content = (case.sources.read(file) or b"").decode(errors="replace") if file else text
            found = needle.search(content)
            if found and file:
                return _FAILED, message, Location(file, content[: found.start()].count("\n") + 1)
            if found:
                place = layer.locate(pointer)
                return _FAILED, message, _inside(layer, place, found[0]) or place
    return _FAILED, message, case.field("patches", "patchesJson6902")


def _inside(layer: Kustomization, start: Location, line: str) -> Location | None:
    """Return the line of a text that is written in a kustomization from `start` on."""
    lines = layer.text.decode(errors="replace").splitlines()
    for number in range(start.line or 1, len(lines) + 1):
        if lines[number - 1].strip() == line.strip():
            return Location(layer.file, number)
    return None


def _restricted(case: _Case, matched: re.Match[str]) -> _Answer:
    path = matched["path"]
    message = f"{path} is not in or below {shown(_relative(matched['folder']))}, the folder of the kustomization that names it"
    if path.startswith("/"):
        return "path-escapes-repository", "a path leads out of the repository", case.place
    return (
        _FAILED,
        f"{message}; kustomize refuses that unless the configuration lifts the load restriction",
        case.entry(path),
    )


def _invalid(case: _Case, matched: re.Match[str]) -> _Answer:
    field = matched["field"] or matched["unknown"]
    if matched["line"]:
        location = Location(case.place.file, int(matched["line"]))
    else:
        location = case.field(field.partition(".")[0]) if field else case.place
    return _FAILED, f"the kustomization is not valid: {matched['why']}", location


def _no_kustomization(case: _Case, matched: re.Match[str]) -> _Answer:
    folder = _relative(matched["folder"])
    message = f"{shown(folder)} has no kustomization.yaml, kustomization.yml or Kustomization"
    for layer in case.chain.layers:
        for pointer, text in _texts(layer.document.value):
            if folder != case.chain.target and join(layer.directory, text) == folder:
                return _FAILED, message, layer.locate(pointer)
    return _FAILED, message, case.place


def _not_an_object(case: _Case, matched: re.Match[str]) -> _Answer:
    path = join(case.folder, matched["entry"]) or matched["entry"]
    return (
        _FAILED,
        f"{path} has a document that is not a Kubernetes object: {matched['why']}",
        case.entry(matched["entry"]),
    )


def _wrong_kind(case: _Case, matched: re.Match[str]) -> _Answer:
    folder = _relative(matched["folder"])
    is_component = matched["no"] == "!="
    message = (
        f"{shown(folder)} is a Component: name it under `components`, not under `resources`"
        if is_component
        else f"{shown(folder)} is not a Component: name it under `resources`, not under `components`"
    )
    return _FAILED, message, case.entry(folder)


def _plugin(case: _Case, matched: re.Match[str]) -> _Answer:
    what = f"{matched['kind']} is a plugin" if matched["kind"] else "Helm is asked for"
    fields = ("generators", "transformers", "validators", "helmCharts")
    return "render-plugin-refused", f"{what}; plugins are off when a pull request is rendered", case.field(*fields)


def _literal(case: _Case, matched: re.Match[str]) -> _Answer:
    del matched
    message = "an entry of `literals` is not of the form name=value"
    return _FAILED, message, case.field("configMapGenerator", "secretGenerator")


def _cycle(case: _Case, matched: re.Match[str]) -> _Answer:
    folder = shown(_relative(matched["inner"]))
    return _FAILED, f"{folder} is named by what it is built from, which goes in a circle", case.entry(matched["inner"])


def _several(case: _Case, matched: re.Match[str]) -> _Answer:
    folder = shown(_relative(matched["folder"].strip()))
    return _FAILED, f"{folder} has more than one kustomization file; only one may be there", case.place


def _replacement(case: _Case, matched: re.Match[str]) -> _Answer:
    source = matched["source"]
    what = f"no object for the source {_readable(source)}" if source else f"no field {matched['target']} in a target"
    return _FAILED, f"a replacement finds {what}", case.field("replacements")


def _merge(case: _Case, matched: re.Match[str]) -> _Answer:
    kind, name = matched["kind"], matched["name"]
    message = f"there is no {kind} {name} that the generator could merge into or replace"
    for pointer, entry in case.kustomization.items(f"{kind}Generator") if case.kustomization else ():
        if isinstance(entry, dict) and entry.get("name") == name and case.kustomization:
            return _FAILED, message, case.kustomization.locate(pointer)
    return _FAILED, message, case.field(f"{kind}Generator")


def _no_patch(case: _Case, matched: re.Match[str]) -> _Answer:
    path = matched["path"]
    message = f"{path or 'a patch'} is neither a strategic merge patch (which names apiVersion, kind and metadata.name"
    return (
        _FAILED,
        f"{message}, unless it has a target) nor a JSON patch",
        case.entry(path) if path else case.field("patches"),
    )


def _variable(case: _Case, matched: re.Match[str]) -> _Answer:
    return _FAILED, f"the variable {matched['name']} refers to no field of any object", case.field("vars")


def _readable(identity: str) -> str:
    """`Deployment.v1.apps/web.[noNs]` as `Deployment web`."""
    gvk, _, rest = identity.partition("/")
    name, _, namespace = rest.partition(".[") if rest.endswith("]") else rest.rpartition(".")
    namespace = "" if namespace in ("noNs]", "") else namespace.rstrip("]")
    return f"{gvk.partition('.')[0]} {name}" + (f" in namespace {namespace}" if namespace else "")


_READINGS: Final[tuple[tuple[re.Pattern[str], _Reading], ...]] = (
    (re.compile(r"MalformedYAMLError: yaml: (?:line (?P<line>\d+): )?(?P<why>.*?) in File: (?P<file>\S+)"), _malformed),
    (re.compile(r"must specify --enable-helm|unable to load external plugin '(?P<kind>[^']*)'"), _plugin),
    (re.compile(r"security; file '(?P<path>[^']*)' is not in or below '(?P<folder>[^']*)'"), _restricted),
    (re.compile(r"cycle detected: candidate root '(?P<inner>[^']*)'"), _cycle),
    (re.compile(r"evalsymlink failure on '(?P<path>[^']*)'"), _missing),
    (re.compile(r"may not add resource with an already registered id: (?P<id>\S+?)(?=: |'|\s|$)"), _twice),
    (re.compile(r"failed to find unique target for patch (?P<id>[^\s;]+)"), _no_target),
    (
        re.compile(r"(?P<op>\w+) operation does not apply: doc is missing (?:path|key): (?P<path>\S+?)(?=: |\s|$)"),
        _no_path,
    ),
    (re.compile(r"unable to find one of .* in directory '(?P<folder>[^']*)'"), _no_kustomization),
    (
        re.compile(
            r"invalid Kustomization: (?:yaml: |json: )?(?:line (?P<line>\d+): )?(?P<why>unknown field \"(?P<unknown>[^\"]*)\""
            r"|cannot unmarshal \w+ into Go struct field \w+\.(?P<field>\S+) of type .*|.*)"
        ),
        _invalid,
    ),
    (
        re.compile(r"(?P<why>(?P<field>apiVersion|kind)(?: for \S+)? should be .*)(?P<line>)(?P<unknown>)"),
        _invalid,
    ),
    (
        re.compile(
            r"resources from '(?P<entry>[^']*)': (?P<why>missing (?:kind|apiVersion|metadata\.name|Resource metadata))"
        ),
        _not_an_object,
    ),
    (re.compile(r"expected kind (?P<no>!=)? ?'Component' for path '(?P<folder>[^']*)'"), _wrong_kind),
    (re.compile(r"Found multiple kustomization files under: (?P<folder>.*)"), _several),
    (re.compile(r"invalid literal source"), _literal),
    (
        re.compile(r"Kind:\"(?P<kind>[^\"]*)\".*?Name:\"(?P<name>[^\"]*)\".* does not exist; cannot merge or replace"),
        _merge,
    ),
    (re.compile(r"unable to parse SM or JSON patch from \[(?:path: \"(?P<path>[^\"]*)\")?"), _no_patch),
    (re.compile(r"var '\{(?P<name>\S+) .* cannot be mapped to a field"), _variable),
    (
        re.compile(r"nothing selected by (?P<source>\S+)|unable to find field \"(?P<target>[^\"]*)\" in replacement"),
        _replacement,
    ),
)
