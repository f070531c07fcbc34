"""From the bytes of `.gitops.yaml` to a Config, or to everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from gitops_action.config.model import Config
from gitops_action.config.names import FILE_NAMES
from gitops_action.errors import UsageError
from gitops_action.model import Finding, Severity
from gitops_action.repository import documents
from gitops_action.repository.documents import Limits

if TYPE_CHECKING:
    from gitops_action.config import schema

_FREE_KEY: Final = "x-"
# Far more than a person writes, and little enough to be read in no time, whatever is in it.
_LIMITS: Final = Limits(max_bytes=256 * 1024, max_documents=10, max_depth=50)


class ConfigError(UsageError):
    """The configuration cannot be used; `findings` say all that is wrong, each with its place."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(f"{finding.location}: {finding.message}" for finding in self.findings))


def find(paths: Container[str]) -> str | None:
    """Return the path of the configuration among `paths` of a tree; None if there is none.

    Raises ConfigError if there are two of them.
    """
    present = [name for name in FILE_NAMES if name in paths]
    if len(present) > 1:
        message = f"there is also {present[0]}: keep one of the two"
        raise ConfigError([Finding("config-invalid", Severity.ERROR, message, present[1])])
    return present[0] if present else None


def load(data: bytes | None, file: str = FILE_NAMES[0]) -> Config:
    """Read the configuration; `data` is None where there is no file, which gives the defaults.

    Raises ConfigError with every problem found.
    """
    if data is None:
        return Config()
    loaded = documents.load(data, file, _LIMITS)
    broken = [entry for entry in loaded if isinstance(entry, Finding)]
    if broken:
        raise ConfigError(broken)
    found = [entry for entry in loaded if not isinstance(entry, Finding)]
    if not found:
        raise ConfigError([_problem("the file is empty: write `version: 1`, or remove the file", file, 1)])
    if len(found) > 1:
        raise ConfigError([_problem("one document is expected: remove what begins here", file, found[1].line)])
    return _read(found[0])


def _problem(message: str, file: str, line: int) -> Finding:
    return Finding("config-invalid", Severity.ERROR, message, file, line, 1)


def _read(document: documents.Document) -> Config:
    """Hold the document to the schema, then read what is sound of it, so that all problems come at once."""
    from gitops_action.config import reading, schema  # noqa: PLC0415 - where there is no file, starting takes less time

    problems = schema.problems(document.value)
    broken = {problem.pointer[0] if problem.pointer else None for problem in problems}
    config = Config()
    if None not in broken or isinstance(document.value, Mapping):
        sound = {key: value for key, value in _settings(document.value).items() if key not in broken}
        config, more = reading.read(sound, document)
        problems = [*problems, *more]
    if problems:
        raise ConfigError(sorted((_finding(problem, document) for problem in problems), key=lambda it: it.sort_key))
    return config


def _settings(value: Any) -> dict[str, Any]:
    return {key: part for key, part in value.items() if not key.startswith(_FREE_KEY)}


def _finding(problem: schema.Problem, document: documents.Document) -> Finding:
    place = document.locate(problem.pointer, key=problem.at_key)
    return Finding("config-invalid", Severity.ERROR, problem.message, place.file, place.line, place.column)
