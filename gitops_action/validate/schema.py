"""Engine `schema`: our own strict pass over every manifest, offline."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.catalog import Catalog
from gitops_action.validate.crds import Crds
from gitops_action.validate.encryption import Sealed, unseal
from gitops_action.validate.engine import EngineResult
from gitops_action.validate.lookup import UNJUDGED, Lookup, Note, Schemas, definition_findings
from gitops_action.validate.messages import all_problems, wrong_type
from gitops_action.validate.mistaken import kind_mismatch, kind_or_version
from gitops_action.validate.plain import plain, without
from gitops_action.validate.problems import Problem, finding, holds_secrets
from gitops_action.validate.rules.duplicates import which
from gitops_action.validate.rules.registry import judge as judge_by_rules
from gitops_action.validate.rules.replaced import is_of_replaced
from gitops_action.validate.unknown import in_order

if TYPE_CHECKING:
    from gitops_action.model import Finding, Manifest, Pointer
    from gitops_action.validate.compiling import Compiled
    from gitops_action.validate.locations import Locations

# Reviews are questions to the server, not objects: they need no name.
_NAMELESS: Final = frozenset({"authentication.k8s.io", "authorization.k8s.io"})
# It gets a name of the server's (the strategy in pkg/registry/core/limitrange).
_NAMED_BY_SERVER: Final = ("v1", "LimitRange")
_WITH_CLAIMS: Final = "StatefulSet"
_SEVERAL: Final = frozenset({"rule-violated", "rule-unchecked"})


class SchemaEngine:
    """Judges manifests by the schemas of one or several target versions of Kubernetes."""

    name: Final = "schema"

    def __init__(
        self,
        catalogs: Catalog | Sequence[Catalog],
        crds: Crds | None = None,
        locations: Locations | None = None,
    ) -> None:
        """Take the target versions, the custom resources that the tree defines, and where else schemas may be."""
        targets = [catalogs] if isinstance(catalogs, Catalog) else list(catalogs)
        self._schemas = [Schemas(catalog, Crds() if crds is None else crds, locations) for catalog in targets]
        self._said: set[Note] = set()

    def validate(self, manifests: Iterable[Manifest]) -> EngineResult:
        """Judge each manifest by every target version."""
        findings: list[Finding] = []
        notes: dict[Note, None] = {}
        found = checked = 0
        for manifest in manifests:
            found += 1
            wrong, judged = self._judge(manifest, notes)
            checked += judged
            findings += (finding(manifest, which(manifest.value, problem), self.name) for problem in wrong)
        findings += definition_findings(notes, self.name)
        return EngineResult(findings, found, checked)

    def problems(self, manifest: Manifest) -> list[Problem]:
        """Return what is wrong with one manifest, for who looks for the place of what another engine found."""
        return [which(manifest.value, problem) for problem in self._judge(manifest, {})[0]]

    def _judge(self, manifest: Manifest, notes: dict[Note, None]) -> tuple[list[Problem], bool]:
        sealed = unseal(manifest.value, manifest.unknown)
        value = sealed.value
        wrong = list(basics(value))
        api_version, kind = value.get("apiVersion"), value.get("kind")
        if not (isinstance(api_version, str) and api_version and isinstance(kind, str) and kind):
            return sealed.judged(wrong), not sealed.unknown
        judged = True
        said: list[tuple[Problem, str]] = []
        for schemas in self._schemas:
            lookup = schemas.find(api_version, kind)
            if lookup.notes:
                notes.update(dict.fromkeys(lookup.notes))
            if lookup.problem:
                fresh = [kind_or_version(value, in_order(lookup.problem, value), schemas)]
                judged = judged and lookup.problem.code not in UNJUDGED
            else:
                known = [_prepared(value, schema) for schema in lookup.schemas]
                fresh = _errors(sealed, lookup.schemas, known)
                if fresh and kind == _WITH_CLAIMS:
                    fresh = [problem for problem in fresh if not is_of_replaced(value, problem)]
                mismatch = kind_mismatch(value, fresh, schemas) if fresh and not lookup.definitions else None
                if mismatch is not None:
                    fresh = [mismatch]
                else:
                    fresh += _broken_rules(sealed, fresh, lookup.schemas, known, schemas.catalog.minor)
                if lookup.definitions:
                    fresh += self._unchecked(lookup, notes)
            if lookup.deprecated:
                fresh.append(lookup.deprecated)
            said += ((problem, schemas.catalog.version) for problem in fresh)
        if said:
            wrong += self._by_version(said, {_key(problem) for problem in wrong})
        return sealed.judged(wrong), judged

    def _by_version(
        self, said: Iterable[tuple[Problem, str]], seen: Container[tuple[str, Pointer, str]]
    ) -> Iterator[Problem]:
        """Say each problem once, unless it has been `seen`, and of which versions it is one."""
        versions: dict[tuple[str, Pointer, str], tuple[Problem, list[str]]] = {}
        for problem, version in said:
            if _key(problem) not in seen:
                versions.setdefault(_key(problem), (problem, []))[1].append(version)
        return (self._for_versions(problem, named) for problem, named in versions.values())

    def _unchecked(self, lookup: Lookup, notes: dict[Note, None]) -> Iterator[Problem]:
        """Note the rules that cannot be evaluated; those of bundled definitions at the first object, as they have no place."""
        for note in lookup.unchecked_rules():
            if note.definition.manifest is not None or note.definition.place is not None:
                notes[note] = None
            elif note not in self._said:
                self._said.add(note)
                yield Problem(note.code, ("kind",), note.message, key=True)

    def _for_versions(self, problem: Problem, versions: Sequence[str]) -> Problem:
        """Name the target versions that a problem is one of, unless all are."""
        named = list(dict.fromkeys(versions))
        if len(named) == len(self._schemas) or any(version in problem.message for version in named):
            return problem
        message = f"{problem.message} (Kubernetes {', '.join(named)})"
        return Problem(problem.code, problem.pointer, message, problem.key)


def _key(problem: Problem) -> tuple[str, Pointer, str]:
    """Return what tells problems apart: one value may violate several rules, all else is said of it once."""
    return problem.code, problem.pointer, problem.message if problem.code in _SEVERAL else ""


def basics(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Check what every object needs, whatever its kind: an apiVersion, a kind, metadata with a name."""
    secret = holds_secrets(value)
    for field in ("apiVersion", "kind"):
        written = value.get(field)
        if written is None or written == "":
            yield Problem("required-field", (field,), f"{field} is required")
        elif not isinstance(written, str):
            yield wrong_type((field,), ["string"], written, secret=secret)
    metadata = value.get("metadata")
    names = {} if metadata is None else metadata
    if not isinstance(names, Mapping):
        yield wrong_type(("metadata",), ["object"], names, secret=secret)
        return
    for field in ("name", "generateName", "namespace"):
        if not isinstance(names.get(field), str | None):
            yield wrong_type(("metadata", field), ["string"], names[field], secret=secret)
    if not (names.get("name") or names.get("generateName")) and _needs_a_name(value):
        yield Problem("required-field", ("metadata", "name"), "metadata.name is required")


def _needs_a_name(value: Mapping[str, Any]) -> bool:
    api_version, kind = value.get("apiVersion"), value.get("kind")
    if not (isinstance(api_version, str) and api_version and kind):
        return False  # there is worse
    return api_version.rpartition("/")[0] not in _NAMELESS and (api_version, kind) != _NAMED_BY_SERVER


def _errors(sealed: Sealed, schemas: Sequence[Compiled], known: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Judge what is `known` by each schema: none of the problems if one finds none, else those of the first."""
    wrong: list[Problem] = []
    for schema, instance in zip(schemas, known, strict=True):
        try:
            if schema.validator.is_valid(instance):
                return []
            errors = sealed.plain(schema.validator.iter_errors(instance))
        except (ValueError, TypeError, OverflowError, RecursionError):
            # Something that JSON cannot hold: name it, and judge the rest.
            fit, unfit = plain(sealed.value)
            wrong = wrong or unfit + all_problems(list(schema.validator.iter_errors(fit)), schema.schema, fit)
            continue
        wrong = wrong or all_problems(errors, schema.schema, instance)
    return wrong


def _broken_rules(
    sealed: Sealed,
    wrong: Sequence[Problem],
    schemas: Sequence[Compiled],
    known: Sequence[Mapping[str, Any]],
    minor: int,
) -> list[Problem]:
    """Judge by the rules whatever fits the schema; what they say of a part that does not fit would only be its echo.

    Of several schemas the one that finds least counts, as in `_errors`.
    """
    pointers = [problem.pointer for problem in wrong]
    if len(schemas) == 1:
        broken = _by_rules(sealed, pointers, schemas[0], known[0], minor)
    else:
        judged = (_by_rules(sealed, pointers, *each, minor) for each in zip(schemas, known, strict=True))
        broken = min(judged, key=len)
    if not broken or not pointers:
        return broken
    return [problem for problem in broken if not any(_related(problem.pointer, pointer) for pointer in pointers)]


def _by_rules(
    sealed: Sealed, pointers: Sequence[Pointer], schema: Compiled, known: Mapping[str, Any], minor: int
) -> list[Problem]:
    secret = holds_secrets(sealed.value)
    try:
        problems = judge_by_rules(without(known, pointers), minor, secret=secret, kind=schema.facts)
    except (TypeError, AttributeError, ValueError):
        # Pointers are those of what JSON can hold; what it cannot was named already.
        known = plain(known)[0]
        problems = judge_by_rules(without(known, pointers), minor, secret=secret, kind=schema.facts)
    if schema.custom_rules is not None:
        problems += schema.custom_rules().judge(known, [*pointers, *sealed.pointers])
    return problems


def _prepared(value: Mapping[str, Any], schema: Compiled) -> Mapping[str, Any]:
    try:
        return schema.prepared(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return value


def _related(one: Pointer, other: Pointer) -> bool:
    return one[: len(other)] == other[: len(one)]
