"""`doctor`: what this machine has for the jobs, and what the credentials of a cluster can do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.processes import find_tool
from gitops_action.cluster import rights
from gitops_action.cluster.rights import Check, State
from gitops_action.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.ports import ApiServer

_TOOLS: Final = (
    (("git",), State.PROBLEM, "needed by check and diff"),
    (("kustomize", "kubectl"), State.PROBLEM, "one of them builds overlays"),
    (("helm",), State.WARNING, "builds charts"),
    (("kubeconform",), State.WARNING, "the engine kubeconform"),
    (("kube-apiserver", "etcd"), State.WARNING, "the engine apiserver needs both"),
)
_BOTH: Final = "kube-apiserver"
_SIGNS: Final = {State.OK: "ok     ", State.WARNING: "warning", State.PROBLEM: "problem"}


def doctor(clusters: Clusters) -> list[Check]:
    """Look at the programs that are there, and at the account of a cluster if one is meant.

    Raises UsageError where it is not known how to reach the cluster.
    """
    return [*_tools(), *(_account(clusters) if clusters.asked else ())]


def as_text(checks: Sequence[Check]) -> str:
    """Write a line for each check."""
    width = max(len(check.name) for check in checks)
    return "".join(f"{_SIGNS[check.state]}  {check.name:{width}}  {check.message}\n" for check in checks)


def as_json(checks: Sequence[Check]) -> str:
    """Write the checks as a JSON list."""
    listed = [{"name": check.name, "state": check.state.value, "message": check.message} for check in checks]
    return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def exit_code(checks: Sequence[Check]) -> int:
    """Return 1 if there is a problem, else 0."""
    return 1 if any(check.state is State.PROBLEM for check in checks) else 0


def _tools() -> Iterator[Check]:
    for names, state, purpose in _TOOLS:
        found = {name: path for name in names if (path := find_tool(name)) is not None}
        enough = len(found) == len(names) if _BOTH in names else bool(found)
        places = ", ".join(str(path) for path in found.values())
        if enough:
            yield Check(names[0], State.OK, f"{places} ({purpose})")
        else:
            absent = " and ".join(name for name in names if name not in found)
            yield Check(names[0], state, f"{absent} not found: {purpose}; the container image has it")


def _account(clusters: Clusters) -> Iterator[Check]:
    from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - start-up time
    from gitops_action.config import Config  # noqa: PLC0415

    # Each that is named; the current one where none is.
    contexts = list(dict.fromkeys(clusters.contexts.values())) or [""]
    for context in contexts:
        meant = replace(clusters, contexts={"": context} if context else {})
        lead = f"{context}: " if len(contexts) > 1 else ""
        try:
            with HttpApiServer(meant.access("", Config(), [context])) as server:
                yield from (replace(check, name=f"{lead}{check.name}") for check in _asked(server))
        except ClusterError as error:
            yield Check(f"{lead}cluster", State.PROBLEM, str(error))


def _asked(server: ApiServer) -> Iterator[Check]:
    who = server.send(rights.who())
    name = rights.name_of(who)
    if not name:
        yield Check("account", State.PROBLEM, f"the cluster does not say who asks: {who.message}")
        return
    yield Check("account", State.OK, name)
    answers = server.send_all(rights.may(right) for right in rights.QUESTIONS)
    probed = server.send_all(rights.probes())
    yield from rights.judge(dict(zip(rights.QUESTIONS, answers, strict=True)), probed)
