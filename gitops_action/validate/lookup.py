"""Finds the schema that a manifest is to be judged by, or says why there is none."""

from __future__ import annotations

from dataclasses import field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from gitops_action.codes import CODES
from gitops_action.model import Finding
from gitops_action.records import dataclass
from gitops_action.validate.compiling import Compiled, SchemaError, compile_schema
from gitops_action.validate.crds import Crds, CrdVersion, bundled
from gitops_action.validate.lifecycle import deprecated, deprecated_definition
from gitops_action.validate.problems import Problem, finding, path_text, quoted
from gitops_action.validate.rules import registry
from gitops_action.validate.rules.check import KindFacts
from gitops_action.validate.rules.lists import of_definition, of_structural
from gitops_action.validate.structural import has_rules, resource_schema
from gitops_action.validate.unknown import missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.catalog import Catalog
    from gitops_action.validate.cel.rules import Rules
    from gitops_action.validate.locations import Locations

UNJUDGED: Final = frozenset({"schema-missing", "schema-unreachable"})
"""Codes of objects that were not judged because there is no schema to judge them by."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be said of a definition, at a place in its manifest, rather than of the manifests that it judges."""

    definition: CrdVersion
    code: str
    message: str
    pointer: Pointer = ("spec", "versions")


@dataclass(frozen=True, slots=True)
class Lookup:
    """The schemas of one kind: one as a rule, several if the tree defines it differently in several places.

    Without schemas, `problem` says why. `deprecated` is to be said of each object although it can be judged. `notes` are
    about definitions that cannot be used in whole or in part; `definitions` are those that the schemas are of.
    """

    schemas: Sequence[Compiled] = ()
    problem: Problem | None = None
    deprecated: Problem | None = None
    notes: Sequence[Note] = ()
    definitions: Sequence[CrdVersion] = ()

    def unchecked_rules(self) -> Iterator[Note]:
        """Say which rules of `x-kubernetes-validations` could not be evaluated up to now."""
        for schema, definition in zip(self.schemas, self.definitions, strict=False):
            if schema.custom_rules is not None:
                yield from _unchecked(schema.custom_rules(), definition)


@dataclass
class Schemas:
    """All schemas for one target version of Kubernetes.

    Built-in kinds come first, then the tree's CRDs, then the bundled ones, then the configured locations.
    """

    catalog: Catalog
    crds: Crds = field(default_factory=Crds)
    locations: Locations | None = None
    _found: dict[tuple[str, str], Lookup] = field(default_factory=dict, repr=False)

    def find(self, api_version: str, kind: str) -> Lookup:
        """Return the compiled schemas of a kind, each made once."""
        found = self._found.get((api_version, kind))
        if found is None:
            found = self._find(api_version, kind)
            self._found[api_version, kind] = found
        return found

    def fitting(self, value: Mapping[str, Any]) -> list[str]:
        """Return the built-in kinds, of the apiVersion of an object, that have all of its fields and a schema that it fits."""
        others = sorted(
            (one.kind, one.definition)
            for one in self.catalog.kinds.values()
            if one.api_version == value["apiVersion"] and one.kind != value["kind"]
        )
        # By the names of their fields most fall away, so that few have to be compiled.
        having = (
            kind
            for kind, definition in others
            if self.catalog.definition(definition).get("properties", {}).keys() >= value.keys()
        )
        return [kind for kind in having if self.fits(value, kind)]

    def fits(self, value: Mapping[str, Any], kind: str) -> bool:
        """Tell whether an object fits the schema of a built-in kind of its apiVersion."""
        schema = self.find(value["apiVersion"], kind).schemas[0]
        try:
            return schema.validator.is_valid({**value, "kind": kind})
        except (ValueError, TypeError, OverflowError, RecursionError):
            # Something that JSON cannot hold.
            return False

    def _find(self, api_version: str, kind: str) -> Lookup:
        known = self.catalog.kinds.get((api_version, kind))
        if known is not None:
            return Lookup([_native(self.catalog, api_version, kind)], deprecated=deprecated(known, self.catalog))
        return (
            _defined(self.catalog, self.crds, api_version, kind)
            or _bundled(self.catalog, api_version, kind)
            or self._further(api_version, kind)
            or Lookup(problem=missing(api_version, kind, self.catalog, self.crds))
        )

    def _further(self, api_version: str, kind: str) -> Lookup | None:
        """Ask the configured locations, unless the tree or Kubernetes itself says that there is no such kind."""
        group = api_version.rpartition("/")[0]
        if self.locations is None or group in self.catalog.groups or self.crds.api_versions(group, kind):
            return None
        from gitops_action.validate.locations import LocatedSchemaError, UnreachableError  # noqa: PLC0415 - start-up time

        name = f"{api_version} {kind}"
        found = CrdVersion(api_version, kind, None, None, status_subresource=True)
        try:
            located = self.locations.find(api_version, kind, self.catalog.minor)
        except UnreachableError as error:
            code = "schema-missing" if error.offline else "schema-unreachable"
            message = f"no schema for {name}, so it is not checked: {error}"
            return Lookup(problem=Problem(code, ("kind",), message))
        except LocatedSchemaError as error:
            return _unusable(replace(found, address=error.address, place=error.place), str(error))
        if located is None:
            return None
        found = replace(found, schema=located.structural, address=located.address, place=located.place)
        if located.compiled is None:
            return _of_definitions(self.catalog, [found])
        facts = KindFacts(None, built_in=False)
        schema = replace(located.compiled, structural=located.compiled.schema, facts=facts)
        notes = [
            Note(
                found,
                "rule-unchecked",
                f"the schema of {name} at {located.address} has a part that is not checked: {part}",
            )
            for part in located.unchecked
        ]
        return Lookup([schema], notes=notes)


def prepare(catalog: Catalog, api_version: str, kind: str) -> None:
    """Have ready what it takes to judge an object of a kind that Kubernetes or Flux define: for whoever has to wait."""
    if (api_version, kind) in catalog.kinds:
        schemas: Sequence[Compiled] = [_native(catalog, api_version, kind)]
    else:
        schemas = (_bundled(catalog, api_version, kind) or Lookup()).schemas
    for schema in schemas:
        if schema.custom_rules is not None:
            schema.custom_rules()
    registry.rules_of(api_version, kind)


def definition_findings(notes: Iterable[Note], engine: str) -> Iterator[Finding]:
    """Place what is to be said of definitions; a bundled one has no place and no fault of the user's."""
    for note in notes:
        place = note.definition.place
        if note.definition.manifest is not None:
            problem = Problem(note.code, note.pointer, note.message, key=True)
            yield finding(note.definition.manifest, problem, engine)
        elif place is not None:
            severity = CODES[note.code].severity
            yield Finding(note.code, severity, note.message, place.file, place.line, place.column, engine=engine)


def _wrong_in(schema: object, minor: int) -> str:
    from gitops_action.validate.rules.custom_resource_schemas import unreadable  # noqa: PLC0415 - start-up time

    return unreadable(schema, minor)


def _unusable(definition: CrdVersion, reason: str) -> Lookup:
    """Return what becomes of objects whose schema was found elsewhere and cannot be used."""
    name = f"{definition.api_version} {definition.kind}"
    note = Note(definition, "schema-invalid", f"the schema of {name} at {definition.address} cannot be used: {reason}")
    message = f"{name} is not checked: the schema at {definition.address} cannot be used"
    return Lookup(problem=Problem("schema-missing", ("kind",), message), notes=[note])


def _defined(catalog: Catalog, among: Crds, api_version: str, kind: str) -> Lookup | None:
    definitions = among.of(api_version, kind)
    served = [definition for definition in definitions if definition.served]
    if served:
        return replace(_of_definitions(catalog, served), deprecated=deprecated_definition(served[0], among))
    if definitions:
        message = f"{api_version} {kind} is not served: its CustomResourceDefinition says served: false"
        return Lookup(problem=Problem("api-removed", ("apiVersion",), message))
    return None


@cache
def _bundled(catalog: Catalog, api_version: str, kind: str) -> Lookup | None:
    return _defined(catalog, bundled(), api_version, kind)


def _of_definitions(catalog: Catalog, definitions: Sequence[CrdVersion]) -> Lookup:
    from gitops_action.validate.formats import checkers  # noqa: PLC0415 - start-up time of built-in kinds

    schemas: list[Compiled] = []
    used: list[CrdVersion] = []
    notes: list[Note] = []
    for definition in definitions:
        name = f"{definition.api_version} {definition.kind}"
        reason = ""
        try:
            if definition.schema is None:
                raise SchemaError("it has no schema")  # noqa: TRY301 - one way out for all reasons
            if definition.manifest is not None and (wrong := _wrong_in(definition.schema, catalog.minor)):
                raise SchemaError(wrong)  # noqa: TRY301 - one way out for all reasons
            schema = resource_schema(
                definition.schema,
                catalog.metadata_schema(),
                status_subresource=definition.status_subresource,
                preserve_unknown_fields=definition.preserve_unknown_fields,
            )
            compiled = compile_schema(schema, checkers(catalog.minor))
        except SchemaError as error:
            reason = str(error)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            reason = "it is not a structural schema"
        else:
            facts = KindFacts(definition.namespaced, built_in=False, keyed=of_structural(definition.schema))
            rules = partial(_rules, definition, catalog.minor) if has_rules(definition.schema) else None
            schemas.append(replace(compiled, structural=definition.schema, facts=facts, custom_rules=rules))
            used.append(definition)
            for pattern in compiled.unchecked:
                message = f"the schema of {name} has a pattern that is not checked: {quoted(pattern)}"
                notes.append(Note(definition, "rule-unchecked", message))
        if reason:
            notes.append(Note(definition, "schema-invalid", f"the schema of {name} cannot be used: {reason}"))
    problem = None
    if not schemas:
        name = f"{definitions[0].api_version} {definitions[0].kind}"
        where = f"at {definitions[0].address}" if definitions[0].address else "in its CustomResourceDefinition"
        message = f"{name} is not checked: the schema {where} cannot be used"
        problem = Problem("schema-missing", ("kind",), message)
    return Lookup(schemas, problem, notes=notes, definitions=used)


@cache
def _rules(definition: CrdVersion, minor: int) -> Rules:
    from gitops_action.validate.cel.compiling import compile_rules  # noqa: PLC0415 - CEL takes long to load

    return compile_rules(definition.schema or {}, minor, status=not definition.status_subresource)


def _unchecked(rules: Rules, definition: CrdVersion) -> Iterator[Note]:
    name = f"{definition.api_version} {definition.kind}"
    for pointer, reason in rules.unchecked.items():
        what = f"the rule {path_text(pointer)} of {name} is" if pointer else f"the rules of {name} are"
        yield Note(definition, "rule-unchecked", f"{what} not checked: {reason}", (*definition.schema_at, *pointer))


@cache
def _native(catalog: Catalog, api_version: str, kind: str) -> Compiled:
    schema = catalog.schema(api_version, kind)
    if schema is None:
        raise KeyError(kind)
    found = catalog.kinds[api_version, kind]
    facts = KindFacts(found.namespaced, keyed=of_definition(found.definition, catalog.definition))
    return replace(compile_schema(schema), facts=facts)
