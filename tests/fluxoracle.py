"""Flux itself, asked what it makes of a Kustomization, an object or a text (tools/flux-oracle says how)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tests.support import tool


class FluxRefusesError(Exception):
    """What Flux says of a question that it does not answer."""


class FluxOracle:
    """The Go code of kustomize-controller, asked one question at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [str(tool("flux-oracle"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def build(
        self, kustomization: Mapping[str, Any], files: Mapping[str, str], objects: Sequence[Mapping[str, Any]] = ()
    ) -> list[dict[str, Any]]:
        """Return the objects that Flux would apply; `objects` are the ConfigMaps and Secrets that are in the cluster.

        Raises FluxRefusesError.
        """
        answer = self._ask({"kustomization": kustomization, "files": files, "objects": objects})
        built: list[dict[str, Any]] = self._answered(answer).get("objects", [])
        return built

    def substitute(
        self, value: Mapping[str, Any], variables: Mapping[str, str], *, always: bool = False
    ) -> dict[str, Any]:
        """Return an object after variables were put in. Raises FluxRefusesError."""
        answer = self._ask({"object": value, "variables": variables, "always": always})
        substituted: dict[str, Any] = self._answered(answer)["object"]
        return substituted

    def written(self, value: Mapping[str, Any]) -> str:
        """Return an object as it is written before variables are put in. Raises FluxRefusesError."""
        return str(self._answered(self._ask({"object": value}))["yaml"])

    def expand(self, text: str, variables: Mapping[str, str]) -> str:
        """Return a text after variables were put in. Raises FluxRefusesError."""
        return str(self._answered(self._ask({"text": text, "variables": variables}))["text"])

    def left_out(self, files: Mapping[str, str], ignore: str | None = None) -> list[str]:
        """Return the files, and with a slash the folders, that are not in the artifact of a source of `files`. Raises FluxRefusesError."""
        answer = self._answered(self._ask({"source": {"ignore": ignore}, "files": files}))
        gone: list[str] = answer.get("left_out", [])
        return gone

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        # Flux reads an object as YAML, which has no pairs of escapes for one character.
        self.process.stdin.write(json.dumps(question, ensure_ascii=False) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    @staticmethod
    def _answered(answer: dict[str, Any]) -> dict[str, Any]:
        if "error" in answer:
            raise FluxRefusesError(answer["error"])
        return answer


@contextmanager
def flux_oracle() -> Iterator[FluxOracle]:
    """Start the oracle, and end it."""
    oracle = FluxOracle()
    with oracle.process:
        yield oracle
        assert oracle.process.stdin is not None
        oracle.process.stdin.close()
