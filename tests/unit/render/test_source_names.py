"""A name of a source is wrong only where what is in the repository speaks against it."""

from __future__ import annotations

import pytest

from gitops_action.render.flux.source_names import SourceNames

GIT, HELM = "GitRepository", "HelmRepository"
OWN = (GIT, "flux-system")


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        # Another one was meant: of the same kind, that is here, or that the others use and the operator makes.
        ((HELM, "bitnmai"), SourceNames({(HELM, "bitnami")}), "did you mean `bitnami`?"),
        ((GIT, "flux-sytem"), SourceNames({OWN}), "did you mean `flux-system`?"),
        ((GIT, "flux_system"), SourceNames({OWN}), None),
        ((GIT, "fluxsystem"), SourceNames({OWN}), "did you mean `flux-system`?"),
        ((GIT, "flux-sytem"), SourceNames((), {OWN: 2, (GIT, "flux-sytem"): 1}), "did you mean `flux-system`?"),
        ((GIT, "flux-sytem"), SourceNames((), {OWN: 1, (GIT, "flux-sytem"): 1}), None),
        ((HELM, "flux-sytem"), SourceNames((), {OWN: 2}), None),
        ((HELM, "bitnmai"), SourceNames({(GIT, "bitnami")}), None),
        # It is there, or it is what Flux is set up with.
        ((HELM, "bitnami"), SourceNames({(HELM, "bitnami"), (HELM, "bitnmai")}), None),
        ((GIT, "flux-system"), SourceNames({(GIT, "flux-systems")}, closed=True), None),
        # Those that differ on purpose.
        ((GIT, "team-a"), SourceNames({(GIT, "team-b")}), None),
        ((GIT, "podinfo2"), SourceNames({(GIT, "podinfo")}), None),
        ((GIT, "apps-staging"), SourceNames({(GIT, "apps-production")}), None),
        ((GIT, "${name}"), SourceNames({(GIT, "name")}), None),
        # It is nowhere, and all that there is would be here.
        ((HELM, "jetstack"), SourceNames({(HELM, "bitnami"), OWN}, closed=True), ""),
        ((HELM, "jetstack"), SourceNames({(HELM, "bitnami"), OWN}), None),
        ((HELM, "jetstack"), SourceNames({(HELM, "bitnami")}, closed=True), None),
        ((HELM, "jetstack"), SourceNames({OWN}, closed=True), None),
        # Kinds that others make.
        (("ExternalArtifact", "x"), SourceNames({("ExternalArtifact", "xy"), OWN}, closed=True), None),
    ],
)
def test_missing(name: tuple[str, str], names: SourceNames, expected: str | None) -> None:
    assert names.missing(*name) == expected
