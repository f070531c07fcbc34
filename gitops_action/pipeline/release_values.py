"""The `valuesFiles` of a chart that lies in a Git repository: paths in that repository, which take the place of its values."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gitops_action.model import Severity
from gitops_action.pipeline.release_sources import read_values
from gitops_action.pipeline.release_work import FailedError
from gitops_action.render.findings import finding
from gitops_action.render.helm.values import merge, without_ciphertext

if TYPE_CHECKING:
    from gitops_action.render.helm.release import Options, Release
    from gitops_action.repository.tree import Tree


def own_values(release: Release, tree: Tree | None) -> Options:
    """Return how a release's chart is rendered, with the values of its files, where it lies in a tree.

    Raises FailedError for a file that Flux could not use either, UnavailableError for one that could not be fetched.
    """
    options = release.options
    if tree is None or not options.values_files:
        return options
    own: dict[str, Any] = {}
    for path in map(posixpath.normpath, options.values_files):
        held, _, problem = read_values(tree, path)
        if held is None and not (options.ignore_missing_values and path not in tree.entries):
            place = release.locator.locate(("spec", "chart", "spec", "valuesFiles"), key=True)
            code = "helm-values-invalid" if path in tree.entries else "helm-values-missing"
            if path not in tree.entries:
                problem = f"{path} is not among the files that Flux takes of the repository"
            raise FailedError(finding(code, problem, place, severity=Severity.ERROR))
        own = merge(own, held or {})
    return replace(options, values_files=(), own_values=without_ciphertext(own))
