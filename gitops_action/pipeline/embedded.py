"""The engine `apiserver`: each environment's change, or each of its clusters', on trial at a control plane of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.config import Config, Engine
from gitops_action.pipeline.trials import Job, try_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.adapters.planes import Planes
    from gitops_action.cluster.trials import Trial
    from gitops_action.model import Manifest
    from gitops_action.ports import Progress
    from gitops_action.validate.crds import Crds


def embedded(  # noqa: PLR0913 - the change, what it is made upon, and who judges it
    planes: Planes,
    config: Config,
    changed: Iterable[Manifest],
    *,
    base: Iterable[Manifest] = (),
    crds: Sequence[Crds] = (),
    progress: Progress,
) -> Iterator[tuple[str, list[Trial]]]:
    """Yield each environment that the engine judges, with what the server said of its changed manifests, for each cluster.

    Raises ToolMissingError without the programs of the control plane, ToolFailedError if they do not work.
    """
    jobs: dict[tuple[str, str], list[Manifest]] = {}
    for manifest in changed:
        if Engine.APISERVER in config.settings(manifest.environment).engines:
            jobs.setdefault((manifest.environment, manifest.cluster), []).append(manifest)
    older = list(base)
    names = sorted(jobs)
    with progress.step("Ask the API server", len(names)) as step:
        for index, name in enumerate(names):
            with planes.take() as server:
                if index + 1 < len(names):
                    planes.prepare()
                environment, cluster = name
                upon = [one for one in older if one.environment == environment and one.cluster in {cluster, ""}]
                trials = try_out(server, Job(jobs[name], upon, crds))
            step.advance()
            yield environment, trials
