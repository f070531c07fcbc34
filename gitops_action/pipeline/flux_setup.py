"""`init flux`: what `flux bootstrap github` leaves in a repository, and whether a cluster is fit for it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from gitops_action.adapters.new_files import present_at
from gitops_action.doctor import prerequisites
from gitops_action.doctor.lines import Job, Line, State, Topic
from gitops_action.errors import ClusterError, UsageError
from gitops_action.pipeline.work_tree import open_folder, planned
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES
from gitops_action.scaffold import flux_install, flux_sync
from gitops_action.scaffold.flux_objects import NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.scaffold.flux_install import Install
    from gitops_action.scaffold.flux_sync import Sync
    from gitops_action.scaffold.plan import Plan


def look(root: Path, wanted: Sync, components: Path | None) -> tuple[Plan, Install]:
    """Plan the files of one cluster. Writes nothing.

    `components` is Flux's install manifest; without one, what the folder has already counts. Raises UsageError for what is
    none, or where there is none.
    """
    folder = open_folder(root)
    path = f"{wanted.folder}/{flux_sync.COMPONENTS}"
    data, name = _components(folder.path, path, components)
    install = flux_install.read(data, name)
    notes = [f"Flux {install.version}: {', '.join(install.images)}"]
    beside = [posixpath.join(wanted.path, one) for one in KUSTOMIZATION_NAMES]
    for file, text in present_at(folder.path, beside).items():
        if text is not None and not flux_sync.lists_itself(text, file):
            notes.append(
                f"{file} does not list {NAMESPACE}: add it to its resources, or Flux does not keep itself up to date"
            )
    return planned(folder, flux_sync.files(wanted, data.decode()), notes), install


def _components(root: Path, path: str, given: Path | None) -> tuple[bytes, str]:
    if given is not None:
        try:
            return given.read_bytes(), str(given)
        except OSError as error:
            raise UsageError(f"--components: {given}: cannot be read: {error.strerror}") from error
    present = present_at(root, [path]).get(path)
    if present is None:
        raise UsageError(
            "give Flux's install manifest with --components FILE: `flux install --export > install.yaml` writes it, and each "
            "release of Flux has it as install.yaml"
        )
    return present, path


def prerequisites_of(clusters: Clusters, install: Install, path: str) -> list[Line]:
    """Ask a cluster whether Flux can be installed there, as far as one is named; else say what was not asked.

    Raises UsageError where it is not known how to reach the cluster.
    """
    from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - few runs look at a cluster
    from gitops_action.config import Config  # noqa: PLC0415

    if not clusters.asked:
        message = (
            f"not checked, as no cluster was named (--kubeconfig, --context): whether it is new enough for Flux {install.version}, "
            "whether the account may install it, and whether it follows another folder already"
        )
        return [Line(Topic.CLUSTER, "cluster", State.UNKNOWN, message, "", frozenset({Job.INIT}))]
    try:
        with HttpApiServer(clusters.access("", Config(), [""])) as server:
            answers = server.send_all(prerequisites.questions())
    except ClusterError as error:
        return [Line(Topic.CLUSTER, "cluster", State.MISSING, str(error), "", frozenset({Job.INIT}))]
    return prerequisites.judge(answers, install.version, install.minor, path)
