"""What kustomize's error messages mean: one sentence for people, and the best place that can be found.

kustomize (v5.7, and v5.8 within kubectl 1.37) wraps errors on the way up: "accumulating resources: accumulation
err='…': recursed accumulation of path '/tmp/x/base': …". The innermost folder and the innermost cause are what matters.
Paths of this machine, and dumps of configuration (which may hold Secrets), are cut out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from gitops_action.codes import closest
from gitops_action.model import Finding, Location
from gitops_action.regex import regex
from gitops_action.render.failure import (
    Failure,
    broken_file,
    cleaned,
    is_object,
    line_inside,
    patch_texts,
    readable,
    texts_of,
)
from gitops_action.render.findings import finding, shown
from gitops_action.repository.kustomization_fit import unfit
from gitops_action.repository.paths import join

if TYPE_CHECKING:
    from gitops_action.ports import Completed
    from gitops_action.render.chain import Chain
    from gitops_action.render.sources import Sources

_MAX_MESSAGE: Final = 400

_FOLDER: Final = regex(
    r"(?:recursed accumulation of|recursed merging from|couldn't make target for) path '(?P<folder>[^']*)': "
)
_NESTED: Final = regex(r"accumulation err='(?:accumulating|merging) resources from '(?P<entry>[^']*)': ")
_DUMP: Final = regex(r" with config: `.*?`(?=: )|(?<=from) \[.*\]|&\{0x[0-9a-f]+ <nil>\}", re.DOTALL)


def explain(completed: Completed, roots: Sequence[str], sources: Sources, chain: Chain) -> Finding:
    """Return the finding for a build that failed; `roots` are the folders of this machine to cut out of the message."""
    text = cleaned(completed, roots)
    folders = list(_FOLDER.finditer(text))
    folder = folders[-1]["folder"] if folders else chain.target
    cause = text[folders[-1].end() :] if folders else text
    case = Failure(cause, folder, sources, chain)
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
    broken = broken_file(case)
    if broken:
        message, location = f"{broken.file} cannot be read: {broken.message}", broken.location
    return finding("kustomize-build-failed", f"kustomize: {message}"[:_MAX_MESSAGE], location)


# Each reading gives the code, the message and the place for one kind of message.
_Answer = tuple[str, str, Location]
_Reading = Callable[[Failure, "re.Match[str]"], _Answer]
_FAILED: Final = "kustomize-build-failed"


def _malformed(case: Failure, matched: re.Match[str]) -> _Answer:
    path = join(case.folder, matched["file"]) or matched["file"]
    location = Location(path, int(matched["line"])) if matched["line"] else Location(path)
    own = [item for item in case.sources.documents(path) if isinstance(item, Finding)]
    return _FAILED, f"{path} is not well-formed YAML: {matched['why']}", own[0].location if own else location


def _missing(case: Failure, matched: re.Match[str]) -> _Answer:
    path = matched["path"]
    return _FAILED, f"{path} does not exist", case.entry(path)


def _twice(case: Failure, matched: re.Match[str]) -> _Answer:
    nested = re.search(r"merging resources from '([^']*)'", case.text)
    message = f"{readable(matched['id'])} is defined more than once in what is built here"
    if nested:
        return _FAILED, message, case.entry(nested[1])
    # The folder that was being merged is named in the kustomization above it.
    for layer in case.chain.layers:
        for name in ("resources", "bases", "components"):
            for pointer, value in layer.items(name):
                if isinstance(value, str) and join(layer.folder, value) == case.folder:
                    return _FAILED, message, layer.locate(pointer)
    return _FAILED, message, case.place


def _no_target(case: Failure, matched: re.Match[str]) -> _Answer:
    kind, name = matched["id"].partition(".")[0], matched["id"].partition("/")[2].partition(".[")[0]
    name = re.sub(r"\.[^.\[\]/]+$", "", name) if not matched["id"].endswith("]") else name
    message = f"a patch is for {readable(matched['id'])}, which is not among what it is applied to"
    for layer in reversed(case.chain.layers):
        for pointer, file, text in patch_texts(case, layer):
            documents = case.sources.documents(file) if file else ()
            for item in documents:
                if not isinstance(item, Finding) and is_object(item.value, kind, name):
                    return _FAILED, message, item.locate(("metadata", "name"))
            if text and re.search(rf"\b{re.escape(kind)}\b", text) and re.search(rf"\b{re.escape(name)}\b", text):
                return _FAILED, message, layer.locate(pointer)
    return _FAILED, message, case.field("patches", "patchesStrategicMerge")


def _no_path(case: Failure, matched: re.Match[str]) -> _Answer:
    message = f"a JSON patch cannot {matched['op']} {matched['path']}: nothing is there"
    needle = re.compile(rf"(?m)^.*\bpath\"?:\s*[\"']?{re.escape(matched['path'])}[\"']?\s*[,}}]?\s*$")
    for layer in reversed(case.chain.layers):
        for pointer, file, text in patch_texts(case, layer):
            content = (case.sources.read(file) or b"").decode(errors="replace") if file else text
            found = needle.search(content)
            if found and file:
                return _FAILED, message, Location(file, content[: found.start()].count("\n") + 1)
            if found:
                place = layer.locate(pointer)
                return _FAILED, message, line_inside(layer, place, found[0]) or place
    return _FAILED, message, case.field("patches", "patchesJson6902")


def _restricted(case: Failure, matched: re.Match[str]) -> _Answer:
    path = matched["path"]
    message = f"{path} is not in or below {shown(matched['folder'])}, the folder of the kustomization that names it"
    if path.startswith("/"):
        return "path-escapes-repository", "a path leads out of the repository", case.place
    return (
        _FAILED,
        f"{message}; kustomize refuses that unless the configuration lifts the load restriction",
        case.entry(path),
    )


def _unknown(case: Failure, matched: re.Match[str]) -> _Answer:
    name = matched["unknown"]
    for layer in (case.kustomization, *case.chain.layers):
        for one in unfit(layer.document.value) if layer and layer.document else ():
            if one.unknown == name and layer:
                near = closest(name, one.known)
                hint = f"; did you mean `{near}`?" if near else f": there are {', '.join(sorted(one.known))}"
                return _FAILED, f"{one.message}{hint}", layer.locate(one.pointer, key=one.key)
    return _FAILED, f'the kustomization is not valid: unknown field "{name}"', case.place


def _invalid(case: Failure, matched: re.Match[str]) -> _Answer:
    field = matched["field"]
    if matched["line"]:
        location = Location(case.place.file, int(matched["line"]))
    else:
        location = case.field(field.partition(".")[0]) if field else case.place
    return _FAILED, f"the kustomization is not valid: {matched['why']}", location


def _no_kustomization(case: Failure, matched: re.Match[str]) -> _Answer:
    folder = matched["folder"]
    message = f"{shown(folder)} has no kustomization.yaml, kustomization.yml or Kustomization"
    for layer in case.chain.layers:
        for pointer, text in texts_of(layer.document.value if layer.document else None):
            if folder != case.chain.target and join(layer.folder, text) == folder:
                return _FAILED, message, layer.locate(pointer)
    return _FAILED, message, case.place


def _not_an_object(case: Failure, matched: re.Match[str]) -> _Answer:
    path = join(case.folder, matched["entry"]) or matched["entry"]
    return (
        _FAILED,
        f"{path} has a document that is not a Kubernetes object: {matched['why']}",
        case.entry(matched["entry"]),
    )


def _wrong_kind(case: Failure, matched: re.Match[str]) -> _Answer:
    folder = matched["folder"]
    is_component = matched["no"] == "!="
    message = (
        f"{shown(folder)} is a Component: name it under `components`, not under `resources`"
        if is_component
        else f"{shown(folder)} is not a Component: name it under `resources`, not under `components`"
    )
    return _FAILED, message, case.entry(folder)


def _plugin(case: Failure, matched: re.Match[str]) -> _Answer:
    what = f"{matched['kind']} is a plugin" if matched["kind"] else "Helm is asked for"
    fields = ("generators", "transformers", "validators", "helmCharts")
    return "render-plugin-refused", f"{what}; plugins are off when a pull request is rendered", case.field(*fields)


def _literal(case: Failure, matched: re.Match[str]) -> _Answer:
    del matched
    message = "an entry of `literals` is not of the form name=value"
    return _FAILED, message, case.field("configMapGenerator", "secretGenerator")


def _cycle(case: Failure, matched: re.Match[str]) -> _Answer:
    folder = shown(matched["inner"])
    return _FAILED, f"{folder} is named by what it is built from, which goes in a circle", case.entry(matched["inner"])


def _replacement(case: Failure, matched: re.Match[str]) -> _Answer:
    source = matched["source"]
    what = f"no object for the source {readable(source)}" if source else f"no field {matched['target']} in a target"
    return _FAILED, f"a replacement finds {what}", case.field("replacements")


def _merge(case: Failure, matched: re.Match[str]) -> _Answer:
    kind, name = matched["kind"], matched["name"]
    message = f"there is no {kind} {name} that the generator could merge into or replace"
    for pointer, entry in case.kustomization.items(f"{kind}Generator") if case.kustomization else ():
        if isinstance(entry, dict) and entry.get("name") == name and case.kustomization:
            return _FAILED, message, case.kustomization.locate(pointer)
    return _FAILED, message, case.field(f"{kind}Generator")


def _no_patch(case: Failure, matched: re.Match[str]) -> _Answer:
    path = matched["path"]
    message = f"{path or 'a patch'} is neither a strategic merge patch (which names apiVersion, kind and metadata.name"
    return (
        _FAILED,
        f"{message}, unless it has a target) nor a JSON patch",
        case.entry(path) if path else case.field("patches"),
    )


def _variable(case: Failure, matched: re.Match[str]) -> _Answer:
    return _FAILED, f"the variable {matched['name']} refers to no field of any object", case.field("vars")


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
    (re.compile(r"invalid Kustomization: (?:json: )?unknown field \"(?P<unknown>[^\"]*)\""), _unknown),
    (
        re.compile(
            r"invalid Kustomization: (?:yaml: |json: )?(?:line (?P<line>\d+): )?(?P<why>"
            r"cannot unmarshal \w+ into Go struct field \w+\.(?P<field>\S+) of type .*|.*)"
        ),
        _invalid,
    ),
    (
        re.compile(r"(?P<why>(?P<field>apiVersion|kind)(?: for \S+)? should be .*)(?P<line>)"),
        _invalid,
    ),
    (
        re.compile(
            r"resources from '(?P<entry>[^']*)': (?P<why>missing (?:kind|apiVersion|metadata\.name|Resource metadata))"
        ),
        _not_an_object,
    ),
    (re.compile(r"expected kind (?P<no>!=)? ?'Component' for path '(?P<folder>[^']*)'"), _wrong_kind),
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
