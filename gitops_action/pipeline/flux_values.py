"""What Flux puts into objects after the build: the values of variables, and labels and annotations for all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gitops_action.pipeline.flux_builds import Built
from gitops_action.records import dataclass
from gitops_action.render.findings import finding
from gitops_action.render.substitution import AllBut, clean, substitute
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.model import Finding, Manifest
    from gitops_action.pipeline.following import Following
    from gitops_action.render.flux.unit import Reference, Unit


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of a unit. Those that come from a Secret are `unknown`; `absent` are sources that Git has not."""

    known: Mapping[str, str]
    unknown: frozenset[str] = frozenset()
    absent: tuple[Reference, ...] = ()

    @property
    def hidden(self) -> frozenset[str] | AllBut:
        """The variables whose values only the cluster knows: with a source that Git has not, all others may be."""
        return AllBut(frozenset(self.known)) if self.absent else self.unknown


class Values:
    """Finds the variables of units in what is deployed with them."""

    def __init__(self, following: Following) -> None:
        """Look among what `following` has found."""
        self._following = following
        self._variables: dict[tuple[str, ...], Variables] = {}
        self._open: set[tuple[str, ...]] = set()
        self._texts: dict[str, bytes] | None = None
        self._found: dict[tuple[str, str, str, Reference], Mapping[str, Any] | None] = {}

    def of(self, unit: Unit, built: Built) -> Built:
        """Return what has been built of a unit as Flux applies it."""
        if not built.ok or not built.manifests:
            return built
        result = built
        if unit.substitutes:
            result = self._substituted(unit, built)
        labels, annotations = unit.common_metadata
        if labels or annotations:
            common = tuple(_with_metadata(manifest, labels, annotations) for manifest in result.manifests)
            result = replace(result, manifests=common)
        return result

    def _substituted(self, unit: Unit, built: Built) -> Built:
        variables = self.variables(unit)
        manifests: list[Manifest] = []
        findings: list[Finding] = [*built.findings]
        uncertain: set[str] = set()
        for manifest in built.manifests:
            done = substitute(manifest.value, variables.known, variables.hidden, always=unit.always)
            uncertain |= {name for name in done.used if name in variables.hidden}
            if done.problem:
                message = f"variables cannot be put into {manifest.id}: {done.problem}"
                findings.append(finding("substitution-failed", message, manifest.locator.locate(done.problem_at)))
            for name, pointer in zip(done.missing, done.missing_at, strict=True):
                message = f"`${{{name}}}` has neither a value nor a default in Kustomization {unit.label}: Flux puts nothing there"
                findings.append(finding("variable-without-value", message, manifest.locator.locate(pointer)))
            manifests.append(replace(manifest, value=done.value, unknown=frozenset(done.unknown_at)))
        ok = not any(one.code == "substitution-failed" for one in findings)
        findings += _unknown(unit, variables, uncertain)
        return Built(tuple(manifests) if ok else (), tuple(findings), ok)

    def variables(self, unit: Unit) -> Variables:
        """Return the variables of a unit."""
        if unit.key not in self._variables:
            if unit.key in self._open:
                # What a unit gets its variables from depends on the unit itself.
                return Variables(unit.variables, absent=unit.references)
            self._open.add(unit.key)
            self._variables[unit.key] = self._read(unit)
            self._open.remove(unit.key)
        return self._variables[unit.key]

    def _read(self, unit: Unit) -> Variables:
        known: dict[str, str] = {}
        unknown: set[str] = set()
        absent: list[Reference] = []
        for reference in unit.references:
            value = self._find(unit, reference)
            if value is None:
                absent.append(reference)
            elif reference.kind == "Secret":
                names = {name for field in ("data", "stringData") for name in _texts(value.get(field), every=True)}
                unknown |= names
                known = {name: text for name, text in known.items() if name not in names}
            else:
                texts = _texts(value.get("data"))
                known |= {name: clean(text) for name, text in texts.items()}
                unknown -= texts.keys()
        known |= {name: clean(text) for name, text in unit.variables.items()}
        return Variables(known, frozenset(unknown - known.keys()), tuple(absent))

    def _find(self, unit: Unit, reference: Reference) -> Mapping[str, Any] | None:
        """Return the ConfigMap or Secret that is deployed in the unit's cluster and namespace."""
        key = (unit.environment, unit.cluster, unit.namespace, reference)
        if key not in self._found:
            wanted = (reference.kind, reference.name, unit.namespace)
            self._found[key] = next(
                (
                    manifest.value
                    for manifest in self._candidates(unit, reference.name)
                    if (manifest.id.kind, manifest.id.name, manifest.id.namespace) == wanted
                ),
                None,
            )
        return self._found[key]

    def _candidates(self, unit: Unit, name: str) -> Iterator[Manifest]:
        """Yield the objects of the cluster that come out of files which have the name somewhere."""
        following = self._following
        files = [path for path, text in self._sources().items() if name.encode() in text]
        for other in following.beside(unit):
            reads = following.builds.parts(other).reads if following.builds.exists(other) else frozenset()
            if not reads.isdisjoint(files):
                following.builds.build([other])
                built = following.builds.result(other)
                yield from (built if other.key in self._open else self.of(other, built)).manifests
        yield from following.others(files, unit)

    def _sources(self) -> Mapping[str, bytes]:
        """Return the files that could hold a ConfigMap, a Secret, or what makes one."""
        if self._texts is None:
            tree = self._following.tree
            paths = [
                path
                for path, entry in tree.entries.items()
                if path.endswith((".yaml", ".yml")) and entry.kind is EntryKind.FILE
            ]
            self._texts = {
                path: data
                for path, data in tree.read(paths)
                if isinstance(data, bytes) and (b"onfigMap" in data or b"ecret" in data)
            }
        return self._texts


def _unknown(unit: Unit, variables: Variables, uncertain: set[str]) -> Iterator[Finding]:
    """Say once for each unit which variables are not known, and which of their sources is not in Git."""
    if not uncertain and all(reference.optional for reference in variables.absent):
        return
    place = unit.manifest.locator.locate(("spec", "postBuild", "substituteFrom"), key=True)
    names = ", ".join(f"`{name}`" for name in sorted(uncertain)) or "none that is used"
    sources = [f"{one.kind} {unit.namespace}/{one.name} is not in this repository" for one in variables.absent]
    why = "; ".join(sources) or "they come from a Secret"
    message = f"Kustomization {unit.label} has variables whose values are not known here ({names}): {why}"
    yield finding("variable-unknown", message, place)


def _texts(value: object, *, every: bool = False) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        name: text if isinstance(text, str) else "" for name, text in value.items() if every or isinstance(text, str)
    }


def _with_metadata(manifest: Manifest, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Manifest:
    """Return an object with labels and annotations that all objects of a unit get.

    Of both that it has, also where only one of them is given, null becomes "", and none stay where one is no text:
    fluxcd/pkg/ssa v0.76.2 `SetCommonMetadata`, apimachinery's `NestedNullCoercingStringMap`.
    """
    metadata = manifest.value.get("metadata")
    if not isinstance(metadata, dict):
        return manifest
    changed = dict(metadata)
    for field, given in (("labels", labels), ("annotations", annotations)):
        present = metadata.get(field)
        kept = (
            {name: "" if text is None else text for name, text in present.items()} if isinstance(present, dict) else {}
        )
        if not all(isinstance(text, str) for text in kept.values()):
            kept = {}
        if kept or given:
            changed[field] = {**kept, **given}
    return replace(manifest, value={**manifest.value, "metadata": changed})
