"""Engine `kubeconform`: the real program, offline on our schemas, its verdicts placed in our files.

Each manifest goes into a file of its own, numbered, because nothing else in kubeconform's answer tells two objects
of one name apart (its line numbers count within documents, its order varies, and its stream reader shares a buffer
with its workers). Of its messages only the text holds every cause, so that is what is read.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gitops_action.errors import ToolFailedError, ToolMissingError
from gitops_action.regex import regex
from gitops_action.validate import verdicts
from gitops_action.validate.crds import Crds
from gitops_action.validate.encryption import unseal
from gitops_action.validate.engine import EngineResult
from gitops_action.validate.lookup import UNJUDGED, Schemas, definition_findings
from gitops_action.validate.plain import plain
from gitops_action.validate.problems import Problem, finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitops_action.model import Finding, Manifest
    from gitops_action.ports import Run
    from gitops_action.validate.catalog import Catalog
    from gitops_action.validate.encryption import Sealed
    from gitops_action.validate.locations import Locations
    from gitops_action.validate.lookup import Note

_SAFE: Final = regex(r"[A-Za-z0-9][A-Za-z0-9.-]*(?:/[A-Za-z0-9][A-Za-z0-9.-]*)?")
_TEMPLATE: Final = "{{.Group}}_{{.ResourceAPIVersion}}/{{.ResourceKind}}.json"
_INSTALL: Final = (
    "install it with `go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0`, build it with `make tools`, "
    "or use the engine schema"
)
_EXITS: Final = (0, 1)
_UNJUDGED: Final = UNJUDGED | {"engine-failed"}


class KubeconformEngine:
    """Judges manifests with kubeconform, strictly, by the same schemas as the engine `schema`."""

    name: Final = "kubeconform"

    def __init__(  # noqa: PLR0913 - what it judges by, and with
        self,
        run: Run,
        program: Path | None,
        catalog: Catalog,
        crds: Crds | None = None,
        *,
        locations: Locations | None = None,
        timeout: float = 300,
    ) -> None:
        """Take what runs programs, where kubeconform is (None: nowhere), the target version, the tree's CRDs, and more."""
        self._run = run
        self._program = program
        self._schemas = Schemas(catalog, Crds() if crds is None else crds, locations)
        self._timeout = timeout

    def validate(self, manifests: Iterable[Manifest]) -> EngineResult:
        """Judge each manifest. Raises ToolMissingError without the program, ToolFailedError if it does not work."""
        if self._program is None:
            raise ToolMissingError(f"the engine kubeconform needs the program kubeconform: {_INSTALL}")
        listed = [(manifest, unseal(manifest.value, manifest.unknown)) for manifest in manifests]
        findings: list[Finding] = []
        notes: dict[Note, None] = {}
        checked = 0
        with tempfile.TemporaryDirectory(prefix="gitops-kubeconform-") as scratch:
            folder = Path(scratch)
            unfit = {
                index: problems
                for index, (_, sealed) in enumerate(listed)
                if (problems := self._write(sealed, index, folder, notes))
            }
            answers = self._answers(self._program, folder) if listed else {}
        for index, (manifest, sealed) in enumerate(listed):
            problems = list(unfit.get(index, ()))
            if index in answers:
                for answer in answers[index]:
                    problems += verdicts.problems(answer, sealed.value, self._schemas)
                problems += verdicts.deprecation(sealed.value, self._schemas)
            elif not problems and not sealed.unknown:
                raise ToolFailedError(f"kubeconform said nothing about {manifest.id} in {manifest.locator.locate(())}")
            checked += not (sealed.unknown or any(problem.code in _UNJUDGED for problem in problems))
            problems = sealed.judged(problems)
            # Its own order varies from run to run.
            placed = (finding(manifest, problem, self.name) for problem in problems)
            findings += sorted(placed, key=lambda one: one.sort_key)
        findings += definition_findings(notes, self.name)
        return EngineResult(findings, len(listed), checked)

    def _write(self, sealed: Sealed, index: int, folder: Path, notes: dict[Note, None]) -> list[Problem]:
        """Write a manifest, and the schema of its kind if it is new; return why it is not written, or not as it is."""
        if sealed.unknown:
            return []
        value = sealed.value
        api_version, kind = value.get("apiVersion"), value.get("kind")
        if isinstance(api_version, str) and isinstance(kind, str) and api_version and kind:
            if not (_SAFE.fullmatch(api_version) and _SAFE.fullmatch(kind) and "/" not in kind):
                # Both become part of a path, and this one may lead anywhere.
                problem = self._schemas.find(api_version, kind).problem
                return [problem] if problem else []
            notes.update(dict.fromkeys(self._export(api_version, kind, folder / "schemas")))
            for schema in self._schemas.find(api_version, kind).schemas[:1]:
                value = schema.prepared(value)
        problems: list[Problem] = []
        try:
            text = json.dumps(value, allow_nan=False)
            text.encode()
        except (TypeError, ValueError, RecursionError):
            cleaned, problems = plain(value)
            text = json.dumps(cleaned)
        target = folder / "manifests" / f"{index}.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return problems

    def _export(self, api_version: str, kind: str, folder: Path) -> Iterable[Note]:
        lookup = self._schemas.find(api_version, kind)
        parts = api_version.split("/")
        path = folder / f"{parts[0]}_{parts[-1]}" / f"{kind.lower()}.json"
        if lookup.schemas and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(lookup.schemas[0].schema), encoding="utf-8")
        return lookup.notes

    def _answers(self, program: Path, folder: Path) -> dict[int, list[Mapping[str, Any]]]:
        """Run the program and return what it says of each manifest, by number."""
        if not (folder / "manifests").is_dir():
            return {}
        argv = [str(program), "-output", "json", "-verbose", "-strict"]
        argv += ["-kubernetes-version", f"{self._schemas.catalog.version}.0"]
        argv += ["-schema-location", f"{folder / 'schemas'}/{_TEMPLATE}", "--", str(folder / "manifests")]
        done = self._run(argv, cwd=folder, timeout=self._timeout, permitted=_EXITS)
        if done.timed_out:
            raise ToolFailedError(f"kubeconform did not end within {self._timeout:g} s")
        answers: dict[int, list[Mapping[str, Any]]] = {}
        try:
            for answer in json.loads(done.stdout)["resources"]:
                answers.setdefault(int(Path(answer["filename"]).stem), []).append(answer)
        except (KeyError, TypeError, ValueError):
            said = (done.stderr or done.stdout).decode(errors="replace").strip()[:500]
            raise ToolFailedError(f"kubeconform did not answer as it should: {said}") from None
        return answers
