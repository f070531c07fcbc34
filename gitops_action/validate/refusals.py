"""Engine `apiserver`: what a real API server says of each object on trial, placed where the value was written.

The server names fields, not lines, and not every field: a typing error in a quantity comes without a path. So where the
engine `schema` finds something wrong at the same value, or in it, its place is taken; the words are the server's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import refusal
from gitops_action.cluster.fields import ABSENT, pointer, value_at, without_indices
from gitops_action.codes import CODES
from gitops_action.model import Severity
from gitops_action.regex import regex
from gitops_action.validate.encryption import unseal
from gitops_action.validate.engine import EngineResult
from gitops_action.validate.lookup import UNJUDGED
from gitops_action.validate.problems import Problem, finding, holds_secrets, path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitops_action.cluster.answers import Answer, Cause
    from gitops_action.cluster.trials import Trial
    from gitops_action.model import Finding, Pointer
    from gitops_action.validate.schema import SchemaEngine

NAME: Final = "apiserver"

# Of https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/types.go, and field.ErrorType.
_CODES: Final = {
    "FieldValueNotFound": "invalid-reference",
    "FieldValueRequired": "required-field",
    "FieldValueDuplicate": "duplicate-item",
    "FieldValueNotSupported": "invalid-enum",
    "FieldValueForbidden": "forbidden-field",
    "FieldValueTooLong": "limit-exceeded",
    "FieldValueTooMany": "limit-exceeded",
    "FieldValueTypeInvalid": "wrong-type",
}
_STRICT: Final = regex(r"strict decoding error: (.*)", re.DOTALL)
_STRICT_PART: Final = regex(r'(unknown|duplicate) field "((?:[^"\\]|\\.)*)"')
_GO_FIELD: Final = regex(r"cannot unmarshal (\w+) into Go struct field \w+\.([\w.$/-]+) of type (\S+)")
_DECODER: Final = regex(r'^.*? in version "[^"]*" cannot be handled as an? \w+: (?:json: |v\w+\.\w+\.)?', re.DOTALL)
# Of custom resources whose schema is not met: the other causes say what is wrong.
_UNDECIDED: Final = regex(r"some validation rules were not checked because the object was invalid")
_PREFIX: Final = regex(r"^((?:spec|metadata|data|rules|webhooks|template)[\w.\[\]-]*): ")
_DEPRECATED: Final = regex(r"is deprecated in v\d|is deprecated; use")
_LABEL: Final = regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# What a kind's absence looks like to the engine `schema`.
_OF_KIND: Final = UNJUDGED | {"unknown-kind", "api-removed", "required-field"}
# The schemas know nothing of these.
_OF_THE_SERVER: Final = frozenset({"admission-denied", "immutable-field"})
_TOO_LARGE: Final = 413


def judge(trials: Iterable[Trial], hints: SchemaEngine, name: str = NAME) -> EngineResult:
    """Return what the server found wrong, as engine `name`. `hints` tells where, where the server does not."""
    findings: list[Finding] = []
    found = checked = 0
    for trial in trials:
        problems, judged = _of(trial, hints)
        found += 1
        checked += judged
        findings += (finding(trial.manifest, problem, name) for problem in problems)
    return EngineResult(findings, found, checked)


def _of(trial: Trial, hints: SchemaEngine) -> tuple[list[Problem], bool]:
    sealed = unseal(trial.manifest.value, trial.manifest.unknown)
    if sealed.unknown:
        return sealed.judged([]), False
    if trial.kind is None:
        known = [problem for problem in hints.problems(trial.manifest) if problem.code in _OF_KIND]
        problems = known or [_unserved(trial.sent)]
        return problems, not any(problem.code in UNJUDGED for problem in problems)
    verdict = _verdict(trial)
    if verdict is None or not verdict.is_answer:
        said = "it was not asked" if verdict is None else verdict.message
        return [Problem("engine-failed", (), f"the API server could not judge the object: {said}")], False
    problems = []
    if not (verdict.ok or verdict.exists_already):
        problems = [*_refused(verdict, trial, hints)]
    elif trial.applied is not None and trial.applied.is_answer and not trial.applied.ok:
        problems = [*_refused_by_apply(trial.applied, trial)]
    told = [problem.pointer for problem in problems]
    problems += (one for one in _warned(trial) if not any(at and one.pointer[: len(at)] == at for at in told))
    return sealed.judged(problems), not any(problem.code in UNJUDGED for problem in problems)


def _verdict(trial: Trial) -> Answer | None:
    """Return the answer that counts: that to the creation, or for what exists already that to the apply."""
    if trial.created is None:
        return trial.applied
    if trial.live is None or trial.applied is None:
        return trial.created
    if refusal.is_of_apply(trial.applied):
        return trial.created
    return trial.applied


def _unserved(value: Mapping[str, Any]) -> Problem:
    kind, version = value.get("kind"), value.get("apiVersion")
    return Problem(
        "schema-missing", ("kind",), f"the API server has no kind {kind} of {version}: not checked", key=True
    )


def _refused(answer: Answer, trial: Trial, hints: SchemaEngine) -> Iterator[Problem]:
    value = trial.sent
    known = [problem for problem in hints.problems(trial.manifest) if CODES[problem.code].severity is Severity.ERROR]
    seen: set[tuple[str, Pointer]] = set()
    for problem in _placed(list(_problems(answer, value)), known, value):
        if (problem.code, problem.pointer) not in seen:
            seen.add((problem.code, problem.pointer))
            yield problem


def _placed(said: list[Problem], known: list[Problem], value: Any) -> list[Problem]:
    """Move problems to where the schemas found them; each of their findings is taken once.

    First those about the same value or one in it or around it. Then, what is left on either side is the same if it is one
    on each side (a selector that does not match: the server names the labels), or if the server names what is not there.
    """
    placed: list[Problem | None] = []
    for problem in said:
        hint = None if problem.code in _OF_THE_SERVER else _hint(problem, known)
        placed.append(None if hint is None else _moved(problem, hint))
    left = [index for index, (one, there) in enumerate(zip(said, placed, strict=True)) if _is_open(one, there)]
    if len(left) != 1 or len(known) != 1:
        left = [index for index in left if not _exists(said[index].pointer, value)]
    for index, hint in zip(left, list(known), strict=False):
        placed[index] = _moved(said[index], hint)
    return [there or one for one, there in zip(said, placed, strict=True)]


def _is_open(problem: Problem, placed: Problem | None) -> bool:
    return placed is None and problem.code not in _OF_THE_SERVER


def _hint(problem: Problem, known: list[Problem]) -> Problem | None:
    inside = [one for one in known if one.pointer[: len(problem.pointer)] == problem.pointer]
    around = [one for one in known if one.pointer and problem.pointer[: len(one.pointer)] == one.pointer]
    found = next(iter((*inside, *sorted(around, key=lambda one: -len(one.pointer)))), None)
    if found is not None:
        known.remove(found)
    return found


def _moved(problem: Problem, hint: Problem) -> Problem:
    return Problem(hint.code, hint.pointer, problem.message, hint.key)


def _exists(place: Pointer, value: Any) -> bool:
    return value_at(value, place) not in (ABSENT, None)


def _problems(answer: Answer, value: Mapping[str, Any]) -> Iterator[Problem]:
    message = answer.message
    if namespace := refusal.missing_namespace(answer):
        code = "invalid-reference" if _LABEL.fullmatch(namespace) else "invalid-name"
        yield Problem(code, ("metadata", "namespace"), f'metadata.namespace: namespace "{namespace}" not found')
    elif strict := _STRICT.search(message):
        yield from _strict(strict[1], value)
    elif refusal.is_of_policy(answer):
        yield Problem("admission-denied", (), _shown(message, value))
    elif any(cause.field for cause in answer.causes):
        yield from (_of_cause(cause, value) for cause in answer.causes if not _UNDECIDED.search(cause.message))
    elif answer.status == _TOO_LARGE:
        yield Problem("limit-exceeded", (), f"the object is too large for the API server: {message}")
    else:
        yield _unplaced(message, value)


def _strict(text: str, value: Mapping[str, Any]) -> Iterator[Problem]:
    parts = list(_STRICT_PART.finditer(text))
    for part in parts:
        code = "unknown-field" if part[1] == "unknown" else "duplicate-item"
        yield Problem(code, pointer(part[2], value), f'{part[1]} field "{part[2]}"', key=True)
    if not parts:
        yield _unplaced(text, value)


def _of_cause(cause: Cause, value: Mapping[str, Any]) -> Problem:
    where = pointer(cause.field, value)
    code = "immutable-field" if refusal.is_immutable(cause) else _CODES.get(cause.reason, "invalid-value")
    said = cause.message
    if code == "immutable-field":
        said = f"{said}: the apply will fail; the object needs to be replaced"
    return Problem(code, where, f"{cause.field}: {_shown(said, value)}")


def _unplaced(message: str, value: Mapping[str, Any]) -> Problem:
    """Make a problem of a message that names no field, or only a path without indices."""
    said = _DECODER.sub("", message)
    if typed := _GO_FIELD.search(message):
        places = without_indices(typed[2], value)
        place = places[0] if len(places) == 1 else next((one for one in places if _is(one, typed[1], value)), ())
        return Problem("wrong-type", place, f"{path_text(place) or typed[2]}: got {typed[1]}, wants {typed[3]}")
    code = "invalid-format" if "must match the regular expression" in said else "invalid-value"
    return Problem(code, (), _shown(said, value))


_GO_NAMES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,), "number": (int, float), "bool": (bool,), "array": (list,), "object": (dict,),
}  # fmt: skip


def _is(place: Pointer, name: str, value: Any) -> bool:
    value = value_at(value, place)
    expected = _GO_NAMES.get(name)
    is_flag = isinstance(value, bool)
    return expected is not None and isinstance(value, expected) and (name == "bool") == is_flag


def _refused_by_apply(answer: Answer, trial: Trial) -> Iterator[Problem]:
    """Say what only server-side apply does not take."""
    placed = [cause for cause in answer.causes if cause.field]
    told = re.search(r"(?:^|: )\.([\w.\[\]=\"/,: -]+?): (duplicate entries.*|field not declared.*)", answer.message)
    if told:
        where = pointer(told[1], trial.sent)
        yield Problem(
            "apply-conflict", where, f"server-side apply refuses it: {told[1]}: {_shown(told[2], trial.sent)}"
        )
    elif placed:
        for cause in placed:
            where = pointer(cause.field, trial.sent)
            said = _shown(cause.message, trial.sent)
            yield Problem("apply-conflict", where, f"server-side apply refuses it: {cause.field}: {said}")
    else:
        yield Problem("apply-conflict", (), f"server-side apply refuses it: {_shown(answer.message, trial.sent)}")


def _warned(trial: Trial) -> Iterator[Problem]:
    answers = [answer for answer in (trial.created, trial.applied) if answer is not None]
    for text in dict.fromkeys(text for answer in answers for text in answer.warnings):
        if _DEPRECATED.search(text):
            yield Problem("api-deprecated", ("apiVersion",), f"the API server warns: {text}")
            continue
        prefix = _PREFIX.match(text)
        where = pointer(prefix[1], trial.sent) if prefix else ()
        yield Problem("server-warning", where, f"the API server warns: {_shown(text, trial.sent)}")


def _shown(text: str, value: Mapping[str, Any]) -> str:
    """Return a message as it may be shown: of a Secret, only what stands before a value that the server repeats."""
    if not holds_secrets(value):
        return text
    return re.sub(
        r"(Invalid value|Unsupported value|Duplicate value): .*?(?=: |$)", r"\1", text, count=1, flags=re.DOTALL
    )
