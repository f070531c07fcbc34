"""All files of a new repository, or those that one gets that takes gitops-action up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.scaffold import access, clusters, guide, housekeeping, settings, workflows, workloads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.scaffold.wish import Setup


def of_new(setup: Setup) -> dict[str, str]:
    """Return the texts of a new repository's files, by path."""
    return {
        **workloads.files(setup),
        **clusters.files(setup),
        **access.files(setup),
        **settings.of_new(setup),
        **workflows.files(setup),
        **housekeeping.files(setup),
        **guide.files(setup),
    }


def of_existing(
    setup: Setup, environments: Mapping[str, Sequence[str]], unordered: Sequence[str] = ()
) -> dict[str, str]:
    """Return the configuration and the workflows of a repository that was there before, by path."""
    return {
        **settings.of_existing(setup, environments, unordered),
        **workflows.files(setup),
        **housekeeping.linting(setup),
    }
